//! The match stage: which actions a judge found in an answer, and which
//! options they match (scoring.md, 2.3).

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::{Keyed, Record};
use crate::clinical::PatientText;

/// What the extraction judge said about one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchRecord {
    /// Item id.
    pub id: String,
    /// Repeat of the item, from 0.
    pub trial: u64,
    /// Who answered (an arm, or a pseudonym).
    pub model: String,
    /// Short name of the judge.
    pub judge: String,
    /// Actions found in the answer.
    pub actions: Vec<MatchAction>,
    /// Verdicts per option. Only "matched and partial" is used.
    pub options: Vec<MatchOption>,
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

/// One action of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchAction {
    /// Number that the judge gave it.
    pub id: i64,
    /// The action in words.
    #[serde(default)]
    pub action: PatientText,
    /// Diagnostic, Medication, Procedure, Counseling or Follow-up; other words
    /// are tolerated.
    #[serde(default)]
    pub category: PatientText,
    /// Words of the answer that it rests on.
    #[serde(default)]
    pub evidence: PatientText,
    /// Ids of other actions that it belongs to.
    #[serde(rename = "dependsOn", default)]
    pub depends_on: Vec<i64>,
    /// Option ids, comma separated; empty: not on the rubric.
    #[serde(rename = "match", default)]
    pub matched: PatientText,
}

/// The judge's verdict on one option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchOption {
    /// Option id.
    pub id: i64,
    /// Was it recommended?
    pub matched: bool,
    /// Only in part?
    #[serde(default)]
    pub partial: bool,
    /// Actions that match it.
    #[serde(default)]
    pub matched_action_ids: Vec<i64>,
    /// Words of the answer.
    #[serde(default)]
    pub evidence: PatientText,
}

impl Record for MatchRecord {
    const KIND: &'static str = "match record";
}

impl Keyed for MatchRecord {
    fn key(&self) -> (&str, u64) {
        (&self.id, self.trial)
    }
}
