//! The specialists' rubric of a case: options with scores. Unknown fields are
//! kept, so that a rubric that was read can be written back whole.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::text::PatientText;

/// One rubric file (scoring.md, section 2.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rubric {
    /// Base case id.
    pub id: String,
    /// The text of the case and the specialists' own recommendations. For
    /// judge and score only; deliberation never gets a `Rubric`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<RubricCase>,
    /// The plausible actions, in rubric order.
    pub options: Vec<RubricOption>,
    /// Groups of options, for people and judges; no influence on any number.
    #[serde(
        rename = "abstractionGroups",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub abstraction_groups: Option<Value>,
    /// Referrals that the specialists found needed.
    #[serde(
        rename = "specialistConsult",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub specialist_consult: Option<Value>,
    /// Everything else, as it stood.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
    /// Names of the fields in the order of the file, nulls included, for
    /// writing back. Empty for a value that no file was read for.
    #[serde(skip)]
    pub field_order: Vec<String>,
}

/// Text of a case inside its rubric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RubricCase {
    /// The consult question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presentation: Option<PatientText>,
    /// The specialists' free-text recommendations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommendations: Option<PatientText>,
    /// Everything else, as it stood.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
    /// Names of the fields in the order of the file, nulls included, for
    /// writing back. Empty for a value that no file was read for.
    #[serde(skip)]
    pub field_order: Vec<String>,
}

/// One plausible action of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RubricOption {
    /// Unique within the rubric.
    pub id: i64,
    /// The action in words.
    pub text: String,
    /// Diagnostic, Medication, Procedure, Counseling, Follow-up; the open set
    /// also has Multiple and Contingency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Score 1-9; 0 and null mean "not given".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<i64>,
    /// A reviewer's score, which wins over `score`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<i64>,
    /// Old name of `score`, the last resort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<i64>,
    /// Group label.
    #[serde(
        rename = "abstraction",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub abstraction: Option<String>,
    /// `alternative`, `harm`, `contingency` or none.
    #[serde(
        rename = "abstractionType",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub abstraction_type: Option<String>,
    /// Ids of options of which at least one must be done for this one to make
    /// sense.
    #[serde(rename = "dependsOn", default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<i64>>,
    /// Everything else, as it stood.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
    /// Names of the fields in the order of the file, nulls included, for
    /// writing back. Empty for a value that no file was read for.
    #[serde(skip)]
    pub field_order: Vec<String>,
}

impl RubricOption {
    /// First of `placement`, `score`, `grade` that is neither null nor 0
    /// (scoring.md, section 3); `None` if there is none.
    pub fn effective_score(&self) -> Option<i64> {
        [self.placement, self.score, self.grade]
            .into_iter()
            .flatten()
            .find(|&score| score != 0)
    }

    /// Label of the alternative group that this option belongs to, if any.
    pub fn alternative_group(&self) -> Option<&str> {
        match (
            self.abstraction_type.as_deref(),
            self.abstraction.as_deref(),
        ) {
            (Some("alternative"), Some(label)) if !label.is_empty() => Some(label),
            _ => None,
        }
    }

    /// Category for leaving options out of the scoring (scoring.md, 7.7): the
    /// reviewer's (`reviewerCategory`) if there is one, else `category`.
    pub fn scoring_category(&self) -> Option<&str> {
        self.extra
            .get("reviewerCategory")
            .and_then(Value::as_str)
            .filter(|category| !category.is_empty())
            .or(self.category.as_deref())
    }

    /// Parents, empty when there are none.
    pub fn parents(&self) -> &[i64] {
        self.depends_on.as_deref().unwrap_or_default()
    }
}

impl Rubric {
    /// The option with this id.
    pub fn option(&self, id: i64) -> Option<&RubricOption> {
        self.options.iter().find(|option| option.id == id)
    }
}
