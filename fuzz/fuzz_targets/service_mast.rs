//! The body of `POST /mast`: options are found by rule, with rising numbers, and
//! no line of the rest is lost.

#![no_main]

#[path = "../../tests/support/service_bodies.rs"]
mod service_bodies;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| service_bodies::mast(text));
