//! JSON in a model's answer: what is found is what stands there, and what is
//! JSON is read as it stands.

#![no_main]

use libfuzzer_sys::fuzz_target;
use primum::gateway::extract::{What, candidates, first};
use primum::gateway::lenient::parse;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let found = candidates(text).found;
    assert!(found.iter().all(|one| one.start <= one.end && one.end <= text.len()));
    let value = found.into_iter().find_map(|one| match one.what {
        What::Value(parsed) => Some(parsed.value),
        What::Broken(..) => None,
    });
    assert_eq!(first(text), value);
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        let parsed = parse(text).unwrap_or_else(|_| panic!("JSON was not read"));
        assert_eq!(parsed.value, value);
    }
});
