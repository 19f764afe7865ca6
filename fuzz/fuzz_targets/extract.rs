//! JSON in a model's answer: what is found is what stands there.

#![no_main]

use libfuzzer_sys::fuzz_target;
use primum::gateway::extract;
use serde_json::Value;

fuzz_target!(|text: &str| {
    assert_eq!(extract::first(text), extract::candidates(text).next());
    if serde_json::from_str::<Value>(text).is_err() {
        let mut found = extract::candidates(text);
        assert!(found.all(|value| value.is_object() || value.is_array()));
    }
});
