//! The review stage: what a second judge overrides (scoring.md, 2.4).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::{Keyed, Record};
use crate::clinical::PatientText;

/// What the review judge said about one match record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewRecord {
    /// Item id.
    pub id: String,
    /// Repeat of the item, from 0.
    pub trial: u64,
    /// Who answered (an arm, or a pseudonym).
    pub model: String,
    /// Short name of the judge.
    pub judge: String,
    /// Overrides in order; an option that none names keeps its verdict.
    pub overrides: Vec<OverrideEntry>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Number>,
    /// Token counts as the provider gave them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Value>,
    /// Hash of the judge's prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_hash: Option<String>,
}

/// An element of `overrides` as it stands in the file: an object, or, from
/// some judges, a string that holds one, or anything else.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OverrideEntry(Value);

/// An override in its clean form (scoring.md, 2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The option it is about.
    pub option_id: i64,
    /// The verdict in the judge's word; see [`Override::verdict`].
    pub new_verdict: PatientText,
    /// Why.
    pub rationale: PatientText,
    /// Words of the answer.
    pub evidence: Option<PatientText>,
    /// The action that it is attributed to.
    pub action_id: Option<i64>,
}

/// What an override says about an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Matched in full.
    Yes,
    /// Matched in part.
    Partial,
    /// Not matched.
    No,
}

impl Override {
    /// The verdict, if it is exactly `yes`, `partial` or `no`.
    pub fn verdict(&self) -> Option<Verdict> {
        match self.new_verdict.expose() {
            "yes" => Some(Verdict::Yes),
            "partial" => Some(Verdict::Partial),
            "no" => Some(Verdict::No),
            _ => None,
        }
    }
}

impl OverrideEntry {
    /// The override in it. A string is decoded first. `None` if there is no
    /// object, or its `option_id` is no integer; an `action_id` that is no
    /// integer counts as null, and any other field of a wrong type as absent.
    pub fn read(&self) -> Option<Override> {
        match &self.0 {
            Value::Object(fields) => Self::clean(fields),
            Value::String(text) => {
                let decoded: Value = serde_json::from_str(text).ok()?;
                Self::clean(decoded.as_object()?)
            }
            _ => None,
        }
    }

    fn clean(fields: &Map<String, Value>) -> Option<Override> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        Some(Override {
            option_id: fields.get("option_id")?.as_i64()?,
            new_verdict: text("new_verdict").unwrap_or_default().into(),
            rationale: text("rationale").unwrap_or_default().into(),
            evidence: text("evidence").map(PatientText::from),
            action_id: fields.get("action_id").and_then(Value::as_i64),
        })
    }
}

impl From<Value> for OverrideEntry {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl From<&Override> for OverrideEntry {
    fn from(clean: &Override) -> Self {
        let mut fields = Map::new();
        fields.insert("option_id".into(), clean.option_id.into());
        fields.insert("new_verdict".into(), clean.new_verdict.expose().into());
        fields.insert("rationale".into(), clean.rationale.expose().into());
        fields.insert(
            "evidence".into(),
            clean.evidence.as_ref().map(PatientText::expose).into(),
        );
        fields.insert("action_id".into(), clean.action_id.into());
        Self(Value::Object(fields))
    }
}

impl fmt::Debug for OverrideEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Value::Object(_) => "OverrideEntry(object)",
            Value::String(_) => "OverrideEntry(string)",
            _ => "OverrideEntry(other)",
        })
    }
}

impl Record for ReviewRecord {
    const KIND: &'static str = "review record";
}

impl Keyed for ReviewRecord {
    fn key(&self) -> (&str, u64) {
        (&self.id, self.trial)
    }
}
