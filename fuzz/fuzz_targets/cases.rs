//! Case files: what is read can be written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use primum::cases::{parse_guidance, parse_items, parse_rubric, write_item, write_rubric};

fuzz_target!(|text: &str| {
    if let Ok(items) = parse_items(text) {
        for item in items {
            let again = parse_items(&write_item(&item)).expect("what was written is read");
            assert_eq!(again, [item]);
        }
    }
    if let Ok(rubric) = parse_rubric(text) {
        let again = parse_rubric(&write_rubric(&rubric)).expect("what was written is read");
        assert_eq!(again, rubric);
    }
    let _ = parse_guidance(text);
});
