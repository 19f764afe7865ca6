//! What a guardian answers: edits, each with the harm that it is to prevent.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clinical::{Category, Check, HarmType, PatientText, Severity};
use crate::deliberation::book::Why;
use crate::deliberation::said::{self, CATEGORIES};
use crate::gateway::Schema;
use crate::gateway::shape::{
    list, number, numbered, object, reference_or_none, remark, text_or_none, word,
};

/// What a guardian must answer about a plan of so many items. `most`: the edits
/// that it may propose.
pub fn schema(items: usize, most: usize) -> Arc<Schema> {
    let edit = object([
        ("op", word(&["add", "remove", "modify"])),
        ("item", reference_or_none(numbered("R", 1..=items as i64))),
        ("text", text_or_none()),
        ("category", word(&CATEGORIES)),
        ("harm_type", word(&["omission", "commission"])),
        ("severity", word(&["Severe", "Moderate", "Mild"])),
        ("reason", remark()),
        ("confidence", number(0.0, 1.0)),
    ]);
    Arc::new(Schema::new(
        "primum_guardian_edits",
        object([("edits", list(edit, 0, most))]),
    ))
}

/// A guardian's answer, as its schema has it.
#[derive(Clone, Deserialize)]
pub struct Edits {
    /// In the guardian's order, the most important first.
    pub edits: Vec<Edit>,
}

impl Edits {
    /// Is there an edit, and none of them one that could be carried out on a
    /// plan of so many items? Then the guardian spoke of another plan than ours.
    pub fn are_about_nothing(&self, items: usize) -> bool {
        let exists = |edit: &Edit| {
            let place = edit.item.and_then(|item| usize::try_from(item).ok());
            place.is_some_and(|item| (1..=items).contains(&item))
        };
        let sound = |edit: &Edit| match edit.op {
            Op::Add => edit.text.is_some(),
            Op::Remove => exists(edit),
            Op::Modify => exists(edit) && edit.text.is_some(),
        };
        !self.edits.is_empty() && !self.edits.iter().any(sound)
    }
}

/// One proposed edit.
#[derive(Clone, Serialize, Deserialize)]
pub struct Edit {
    /// What to do.
    pub op: Op,
    /// Number of the item in the plan as the guardian saw it; null for an
    /// addition.
    #[serde(deserialize_with = "said::number")]
    pub item: Option<i64>,
    /// The words of an addition, or the whole new words of an item.
    #[serde(deserialize_with = "said::text")]
    pub text: Option<PatientText>,
    /// Kind of action.
    #[serde(deserialize_with = "said::word")]
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
