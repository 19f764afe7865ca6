//! Dissent: what a reader of a plan must know of the disagreement behind it,
//! even when the answer is complete. Published panels lose minority warnings;
//! here they are always shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::harm::Severity;
use super::text::PatientText;

/// One disagreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dissent {
    /// What kind.
    pub kind: DissentKind,
    /// How severe the harm would be, as far as somebody said so or a rule
    /// tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The disagreement in a sentence or two.
    pub text: PatientText,
    /// Agents whose view is not the plan's, in the panel's order.
    pub by: Vec<String>,
    /// Items of the plan that it is about, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<usize>,
}

/// Kinds of disagreement, what matters most first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DissentKind {
    /// Opposite recommendations.
    Conflict,
    /// Somebody warned of a severe harm, and the plan does not heed it.
    MinorityWarning,
    /// The advisors rate an action too differently to agree.
    Disagreement,
}

impl DissentKind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::MinorityWarning => "minority warning",
            Self::Disagreement => "disagreement",
        }
    }
}
