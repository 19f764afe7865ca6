//! The hash of a case set: the same for the same questions, rubrics and
//! guidance in the same order, whatever the folder or the files are called,
//! however the JSON is spaced and its fields are ordered.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::clinical::Case;

/// Changes when the way of hashing does.
const FORMAT: &str = "primum case set 1";

/// SHA-256 in hex over ids, prompts, rubrics and guidance. The order of the
/// cases counts, because `--limit` picks by it; metadata of items does not,
/// because no answer and no number depends on it.
pub(super) fn hash(cases: &[Case]) -> String {
    let mut sha = Sha256::new();
    sha.update(FORMAT);
    for case in cases {
        let items: Vec<Value> = case
            .items
            .iter()
            .map(|item| json!({"id": item.id, "prompt": item.prompt}))
            .collect();
        let rubric = serde_json::to_value(case.rubric.as_deref()).unwrap_or_default();
        let content = json!({
            "id": case.id,
            "items": items,
            "rubric": rubric,
            "guidance": case.guidance.as_deref(),
        });
        feed(&content, &mut sha);
    }
    let mut hex = String::new();
    for byte in sha.finalize() {
        hex.push_str(&format!("{byte:02x}"));
    }
    hex
}

/// Canonical JSON: fields sorted, nulls left out, no space.
fn feed(value: &Value, sha: &mut Sha256) {
    match value {
        Value::Array(elements) => {
            sha.update("[");
            for element in elements {
                feed(element, sha);
                sha.update(",");
            }
            sha.update("]");
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().filter(|(_, v)| !v.is_null()).collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            sha.update("{");
            for (name, value) in fields {
                sha.update(Value::from(name.as_str()).to_string());
                sha.update(":");
                feed(value, sha);
                sha.update(",");
            }
            sha.update("}");
        }
        scalar => sha.update(scalar.to_string()),
    }
}
