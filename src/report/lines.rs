//! The benchmark's line files: responses and judged records.

use serde_json::{Value, json};

use crate::clinical::{Outcome, Simulated};
use crate::score::{JsonStyle, JudgedRecord, Record};

/// What must be told of the models behind an answer.
#[derive(Clone, Copy, Debug)]
pub struct Marks<'a> {
    /// Which parts are simulated.
    pub simulated: &'a Simulated,
    /// What their panel warns of.
    pub caveats: &'a [String],
}

/// One line of `responses/<arm>.jsonl` without its end. `runtime` and `usage`
/// are null, since they depend on the clock and on attempts; the outcome
/// stands beside the text, never inside it, so that whoever judges the file
/// does not learn who wrote it. `notes` say what changed no outcome, such as a
/// word budget that was exceeded.
pub fn response_line(
    item: &str,
    trial: u32,
    text: Option<&str>,
    outcome: &Outcome,
    notes: &[String],
    marks: &Marks<'_>,
) -> String {
    let mut line = json!({
        "id": item,
        "trial": trial,
        "response": text,
        "runtime": null,
        "usage": null,
    });
    if let Value::Object(fields) = &mut line {
        if text.is_none() {
            fields.insert("error".into(), outcome.reasons().join("; ").into());
        }
        fields.insert("outcome".into(), outcome.name().into());
        if !outcome.reasons().is_empty() {
            fields.insert("reasons".into(), json!(outcome.reasons()));
        }
        if !notes.is_empty() {
            fields.insert("notes".into(), json!(notes));
        }
        if marks.simulated.any() {
            fields.insert("simulated".into(), marks.simulated.mark().into());
        }
        if !marks.caveats.is_empty() {
            fields.insert("caveats".into(), json!(marks.caveats));
        }
    }
    line.to_string()
}

/// One line of `judged/<arm>.jsonl` without its end, as the public kit writes.
pub fn judged_line(record: &JudgedRecord) -> Result<String, crate::score::records::RecordError> {
    record.to_line(JsonStyle::Kit)
}
