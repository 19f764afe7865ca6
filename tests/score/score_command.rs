//! What the tests of `primum score` and `primum judge check` share: a small
//! folder of made-up rubrics, and judged lines for it.
#![allow(dead_code)] // each test file uses a part of it

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::bench_common::Place;

/// Words that stand in records and answers, and in no message.
pub const SECRET: &str = "a lady of ninety from Basel";

/// A rubric with one option of each tier.
pub fn rubric(id: &str) -> Value {
    let scores = [9, 8, 7, 5, 3, 2, 1];
    let options: Vec<Value> = (1..)
        .zip(scores)
        .map(|(option, score)| {
            json!({"id": option, "text": format!("Action {option} of {id}"), "score": score})
        })
        .collect();
    json!({"id": id, "synthetic": true, "options": options})
}

/// A folder of two rubrics.
pub fn rubrics(place: &Place) -> PathBuf {
    for id in ["Card001", "Derm001"] {
        place.write(&format!("rubrics/{id}.json"), &rubric(id).to_string());
    }
    place.path("rubrics")
}

/// A judged record that matches these options, each by an action of its own.
pub fn judged(id: &str, trial: u64, judge: &str, matched: &[i64]) -> Value {
    let options: Vec<Value> = (1..=7)
        .map(|option| {
            json!({"id": option, "matched": matched.contains(&option), "partial": false,
                   "evidence": SECRET})
        })
        .collect();
    let actions: Vec<Value> = matched
        .iter()
        .map(|option| {
            json!({"number": option, "action": SECRET, "category": "Diagnostic",
                   "match": option.to_string(), "score": 0, "rationale": ""})
        })
        .collect();
    json!({"id": id, "trial": trial, "judge": judge, "options": options,
           "responseActions": actions, "summary": "", "harm": [], "nonrubric_harms": [],
           "metrics": {}, "runtime": null, "grader_usage": null, "grader_latency_ms": null,
           "global_match_reviewer": judge})
}

/// Lines of a file.
pub fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// `primum score --cases rubrics --judged FILE...` in a place.
pub fn score(place: &Place, files: &[&str], more: &[&str]) -> Command {
    let mut command = place.primum(&["score", "--cases", "rubrics", "--judged"]);
    command.args(files).args(more);
    command
}
