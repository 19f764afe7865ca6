//! One consult through the program.

use std::process::Command;

use primum::clinical::Ledger;
use primum::clinical::ledger::Origin;
use serde_json::Value;

use super::{Ended, Place, demo_cases, root};

/// The shipped panel.
pub fn demo() -> String {
    root().join("agents/demo.toml").display().to_string()
}

/// `primum consult` with the demo cases.
pub fn consult(place: &Place, panel: &str, args: &[&str]) -> Command {
    let mut command = place.primum(&["consult", panel, "--cases"]);
    command.arg(demo_cases()).args(args);
    command
}

/// The question of a demo item.
pub fn text_of(item: &str) -> String {
    let items = std::fs::read_to_string(demo_cases().join("dataset/items.jsonl")).expect("items");
    items
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .find(|line| line["id"] == item)
        .and_then(|line| line["prompt"].as_str().map(str::to_owned))
        .expect("the item")
}

/// No words of a patient: not one run of five of the question's words.
#[track_caller]
pub fn assert_silent(stderr: &str, question: &str) {
    let words: Vec<&str> = question.split_whitespace().collect();
    for five in words.windows(5) {
        let five = five.join(" ");
        assert!(!stderr.contains(&five), "{five}");
    }
}

/// What is on stdout, which must be JSON alone.
pub fn json_of(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).expect("JSON alone on stdout")
}

/// Advisors with the highest number that the ledger has of each.
pub fn drafted(ledger: &Ledger) -> Vec<(String, usize)> {
    let mut most = std::collections::BTreeMap::new();
    for entry in &ledger.entries {
        if let Origin::Draft(draft) = &entry.origin {
            let known = most.entry(draft.agent.clone()).or_insert(0);
            *known = draft.number.max(*known);
        }
    }
    most.into_iter().collect()
}
