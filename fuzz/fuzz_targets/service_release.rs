//! The body of `POST /v1/consults/{id}/release`: read or refused without a quote,
//! and only its two words decide.

#![no_main]

#[path = "../../tests/support/service_bodies.rs"]
mod service_bodies;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| service_bodies::release(bytes));
