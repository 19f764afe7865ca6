//! Headers that decide who may ask from where, and how long is waited: no other
//! host and no other page is let in.

#![no_main]

#[path = "../../tests/support/service_bodies.rs"]
mod service_bodies;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| service_bodies::headers(bytes));
