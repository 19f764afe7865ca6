//! The body of `POST /v1/consults`: read or refused without a quote, and what was
//! read can be written and read again.

#![no_main]

#[path = "../../tests/support/service_bodies.rs"]
mod service_bodies;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| service_bodies::ask(bytes));
