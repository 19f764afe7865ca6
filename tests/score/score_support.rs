//! Small rubrics and records for the tests of the scoring.

use primum::clinical::Rubric;
use primum::score::{JudgedRecord, Record};
use serde_json::{Value, json};

/// A rubric of these options; their texts do not matter.
pub fn rubric(options: Value) -> Rubric {
    let mut options = options;
    for option in options.as_array_mut().expect("a list of options") {
        option["text"] = json!("an action");
    }
    serde_json::from_value(json!({"id": "Card001", "options": options})).expect("a rubric")
}

/// A record that matches these options, with these actions.
pub fn record(rubric: &Rubric, matched: &[i64], actions: Value) -> JudgedRecord {
    let options: Vec<Value> = rubric
        .options
        .iter()
        .map(|option| json!({"id": option.id, "matched": matched.contains(&option.id)}))
        .collect();
    let actions: Vec<Value> = actions
        .as_array()
        .expect("a list of actions")
        .iter()
        .map(|matched| json!({"number": 1, "action": "", "category": "", "match": matched}))
        .collect();
    let line = json!({
        "id": "Card001", "trial": 0, "judge": "j", "options": options, "responseActions": actions,
    });
    JudgedRecord::from_line(&line.to_string()).expect("a record")
}
