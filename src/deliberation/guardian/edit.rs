//! What a guardian answers: edits, each with the harm that it is to prevent.

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::clinical::{Category, Check, HarmType, PatientText, Severity};
use crate::deliberation::book::Why;
use crate::gateway::Schema;

/// What a guardian must answer.
pub static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    Arc::new(Schema::new(
        "primum_guardian_edits",
        json!({
            "title": "primum_guardian_edits",
            "type": "object",
            "additionalProperties": false,
            "required": ["edits"],
            "properties": {
                "edits": {"type": "array", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                        "op", "item", "text", "category", "harm_type", "severity", "reason",
                        "confidence"
                    ],
                    "properties": {
                        "op": {"enum": ["add", "remove", "modify"]},
                        "item": {"type": ["integer", "null"]},
                        "text": {"type": ["string", "null"]},
                        "category": crate::deliberation::category_schema(),
                        "harm_type": {"enum": ["omission", "commission"]},
                        "severity": {"enum": ["Severe", "Moderate", "Mild"]},
                        "reason": {"type": "string"},
                        "confidence": {"type": "number", "minimum": 0, "maximum": 1}
                    }
                }}
            }
        }),
    ))
});

/// A guardian's answer, as its schema has it.
#[derive(Clone, Deserialize)]
pub struct Edits {
    /// In the guardian's order, the most important first.
    pub edits: Vec<Edit>,
}

/// One proposed edit.
#[derive(Clone, Serialize, Deserialize)]
pub struct Edit {
    /// What to do.
    pub op: Op,
    /// Number of the item in the plan as the guardian saw it; null for an
    /// addition.
    pub item: Option<i64>,
    /// The words of an addition, or the whole new words of an item.
    pub text: Option<PatientText>,
    /// Kind of action.
    pub category: Option<Category>,
    /// The harm that it is to prevent.
    pub harm_type: HarmType,
    /// How severe that harm would be.
    pub severity: Severity,
    /// Why.
    pub reason: PatientText,
    /// From 0 to 1.
    pub confidence: f64,
}

/// What an edit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// A new item.
    Add,
    /// An item goes.
    Remove,
    /// An item gets other words.
    Modify,
}

impl Edit {
    /// The edit as JSON text, for the ledger.
    pub fn as_proposed(&self) -> PatientText {
        PatientText::from(serde_json::to_string(self).unwrap_or_default())
    }

    /// The reason of the change that it makes.
    pub fn why(&self, checks: Vec<Check>) -> Why {
        Why {
            reason: crate::deliberation::one_line(&self.reason),
            edit: Some(self.as_proposed()),
            checks,
        }
    }

    /// How severe the guardian says it would be to leave the item out.
    pub fn omitted(&self) -> Option<Severity> {
        (self.harm_type == HarmType::Omission).then_some(self.severity)
    }
}
