//! The judged record: one line of `<model>_judged.jsonl` (scoring.md, 2.6).

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::metrics_block::MetricsBlock;
use super::{Field, Keyed, Record};
use crate::clinical::{HarmType, PatientText, Severity};

/// One answer with its verdicts, harms and metrics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JudgedRecord {
    /// Item id.
    pub id: String,
    /// Repeat of the item, from 0.
    pub trial: u64,
    /// Short name of the review judge, or `match_only`.
    pub judge: String,
    /// Verdict per option.
    pub options: Vec<JudgedOption>,
    /// The answer's actions.
    #[serde(rename = "responseActions")]
    pub actions: Vec<JudgedAction>,
    /// Always empty in the benchmark's own files.
    #[serde(default)]
    pub summary: PatientText,
    /// Harms by the rubric.
    #[serde(default)]
    pub harm: Vec<HarmEntry>,
    /// Harms by actions off the rubric.
    #[serde(default)]
    pub nonrubric_harms: Vec<NonrubricHarm>,
    /// The metrics, if the record was scored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<MetricsBlock>,
    /// Null, so that files do not depend on the clock.
    #[serde(default)]
    pub runtime: Option<Number>,
    /// Null in the benchmark's own files.
    #[serde(default)]
    pub grader_usage: Option<Value>,
    /// Null in the benchmark's own files.
    #[serde(default)]
    pub grader_latency_ms: Option<Number>,
    /// Short name of the review judge, if there was a review.
    #[serde(default)]
    pub global_match_reviewer: Option<String>,
    /// Length of the answer in Unicode code points, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_len: Option<u64>,
    /// Hash of the judge's prompts. The benchmark's own records have none; one
    /// that a file brings along is kept, so that verdicts of two prompts can be
    /// told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_hash: Option<String>,
}

/// The verdict on one option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedOption {
    /// Option id.
    pub id: i64,
    /// Was it recommended?
    pub matched: bool,
    /// Only in part? Absent means no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<bool>,
    /// Words of the answer, or of the reviewer.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub evidence: Field<PatientText>,
}

impl JudgedOption {
    /// Is the partial flag set? It means something only on a matched option.
    pub fn is_partial(&self) -> bool {
        self.partial.unwrap_or(false)
    }
}

/// One action of the answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JudgedAction {
    /// Number that the judge gave it.
    pub number: i64,
    /// The action in words.
    pub action: PatientText,
    /// Kind of action in the judge's word.
    pub category: PatientText,
    /// Option ids, comma separated; falsy: off the rubric.
    #[serde(rename = "match", default, skip_serializing_if = "Field::is_absent")]
    pub matched: Field<PatientText>,
    /// The action's own score 0-9, 5 if absent (null is read as absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<i64>,
    /// Always empty in the benchmark's own files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rationale: Option<PatientText>,
}

impl JudgedAction {
    /// The match string, empty where it is absent or null.
    pub fn match_string(&self) -> &str {
        self.matched.value().map_or("", PatientText::expose)
    }

    /// Is the match string set? It may be and yet name no option (scoring.md,
    /// section 0: `","` is set).
    pub fn is_match_set(&self) -> bool {
        !self.match_string().is_empty()
    }

    /// The action's own score; 5, uncertain, if none is given.
    pub fn own_score(&self) -> i64 {
        self.score.unwrap_or(crate::score::UNKNOWN_SCORE)
    }
}

/// One harm by the rubric (scoring.md, section 5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HarmEntry {
    /// Option id.
    pub id: i64,
    /// Was it recommended?
    #[serde(default)]
    pub matched: bool,
    /// Only in part?
    #[serde(default)]
    pub partial: bool,
    /// The verdict's evidence; null stays null.
    #[serde(default)]
    pub evidence: Option<PatientText>,
    /// Effective score of the option, 1-3 or 7-9.
    #[serde(default)]
    pub score: i64,
    /// Group label.
    #[serde(default)]
    pub abstraction: Option<String>,
    /// `alternative`, `harm`, `contingency` or null.
    #[serde(rename = "abstractionType", default)]
    pub abstraction_type: Option<String>,
    /// Is it in an alternative group of which a member was recommended?
    #[serde(default)]
    pub group_covered: bool,
    /// Does it depend on options of which none was recommended?
    #[serde(default)]
    pub parent_unmatched: bool,
    /// Omission or commission.
    pub harm_type: HarmType,
    /// Severe, Moderate or Mild.
    pub harm_severity: Severity,
}

/// One harm by an action off the rubric (scoring.md, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonrubricHarm {
    /// The action's own score, 1-6.
    pub score: i64,
    /// Severe, Moderate, Mild, or Uncertain for 4-6.
    pub severity: Severity,
}

impl Record for JudgedRecord {
    const KIND: &'static str = "judged record";
}

impl Keyed for JudgedRecord {
    fn key(&self) -> (&str, u64) {
        (&self.id, self.trial)
    }
}
