//! Prompt files: a template of a person's own may be wrong, and never more.

#![no_main]

use libfuzzer_sys::fuzz_target;
use primum::panel::prompt::{Role, split, try_out, variables};

fuzz_target!(|text: &str| {
    if let Ok(prompt) = split("fuzzed", "fuzzed.md", text) {
        let _ = variables(&prompt);
        let _ = try_out(&prompt, Role::Guardian);
    }
});
