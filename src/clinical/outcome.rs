//! How a consult ended. `degraded` and `abstained` are the first thing that a
//! reader sees (design rule 5).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a consult ended, with the reasons in plain words. Reasons name agents
/// and rules, never the patient's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Outcome {
    /// Every stage did its work.
    Complete,
    /// Answered, but something failed or was skipped: what.
    Degraded {
        /// What failed or was skipped, one reason a line.
        reasons: Vec<String>,
    },
    /// Needs a human: why. A plan may be at hand, marked as not to be used
    /// unreviewed.
    Abstained {
        /// Which rules were not met.
        reasons: Vec<String>,
    },
    /// There is no answer.
    Failed {
        /// What went wrong.
        reasons: Vec<String>,
    },
}

impl Outcome {
    /// The outcome of an answer: abstained for any reason to, else degraded by
    /// what failed, else complete.
    pub fn of(mut abstained: Vec<String>, mut degraded: Vec<String>) -> Self {
        if !abstained.is_empty() {
            abstained.append(&mut degraded);
            Self::Abstained { reasons: abstained }
        } else if degraded.is_empty() {
            Self::Complete
        } else {
            Self::Degraded { reasons: degraded }
        }
    }

    /// `complete`, `degraded`, `abstained` or `failed`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Degraded { .. } => "degraded",
            Self::Abstained { .. } => "abstained",
            Self::Failed { .. } => "failed",
        }
    }

    /// The reasons, empty for `complete`.
    pub fn reasons(&self) -> &[String] {
        match self {
            Self::Complete => &[],
            Self::Degraded { reasons } | Self::Abstained { reasons } | Self::Failed { reasons } => {
                reasons
            }
        }
    }
}
