//! A model's draft: any text is read, into items of one line each.

#![no_main]

use libfuzzer_sys::fuzz_target;
use primum::deliberation::parse::{MAX_ITEMS, parse_draft};

fuzz_target!(|text: &str| {
    let draft = parse_draft(text);
    assert!(draft.items.len() <= MAX_ITEMS);
    for item in &draft.items {
        assert!(!item.is_blank());
        assert!(!item.expose().contains(['\n', '\r']));
    }
    assert!(!draft.assessment.expose().contains(['\n', '\r']));
});
