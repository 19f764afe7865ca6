//! Requests to the simulated provider: refused or answered, and answered in
//! the same way twice.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use primum::cases::load;
use primum::simulate::{ChatRequest, Engine, SimConfig};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/demo");
    Engine::new(
        &load(demo).expect("the demo cases").cases,
        SimConfig::default(),
    )
});

fuzz_target!(|body: &[u8]| {
    if let Ok(request) = ChatRequest::parse(body) {
        assert_eq!(ENGINE.answer(&request), ENGINE.answer(&request));
    }
});
