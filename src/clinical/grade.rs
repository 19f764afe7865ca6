//! Grades of options, and the life of a grade from the votes to the end.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::harm::{HarmType, Severity};
use super::ledger::{RefusedEdit, Unused};
use super::text::PatientText;

/// The grade of an option (scoring.md, section 18).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Grade {
    /// Expected benefit exceeds expected harm; it will be done.
    Appropriate,
    /// It will not be done.
    Inappropriate,
}

impl Grade {
    /// The grade for "is it appropriate?".
    pub fn of(appropriate: bool) -> Self {
        if appropriate {
            Self::Appropriate
        } else {
            Self::Inappropriate
        }
    }

    /// Is it appropriate?
    pub fn is_appropriate(self) -> bool {
        self == Self::Appropriate
    }
}

/// One graded option, in the benchmark's own shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GradedOption {
    /// Number of the option.
    #[serde(rename = "Option")]
    pub option: i64,
    /// The grade.
    #[serde(rename = "GradeAI")]
    pub grade: Grade,
    /// Why.
    #[serde(rename = "Rationale")]
    pub rationale: PatientText,
}

/// The life of every grade of a panel's answer. Every option of the list has an
/// entry, so the ledger adds up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GradeLedger {
    /// In the order of the list.
    pub entries: Vec<GradeEntry>,
    /// Flips that were refused, with the rule that refused them.
    #[serde(default)]
    pub refused: Vec<RefusedEdit>,
    /// Advisors whose grades were not used, in the panel's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused: Vec<Unused>,
}

/// The life of one option's grade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GradeEntry {
    /// Number of the option.
    pub option: i64,
    /// Usable grades by advisor; an advisor that is not in it gave none.
    pub votes: BTreeMap<String, Grade>,
    /// What the consensus made of them; `None`: nothing usable, see `why`.
    pub consensus: Option<Grade>,
    /// How the consensus came about, or why there is none.
    pub why: String,
    /// Guardians' flips, in order.
    #[serde(default)]
    pub flips: Vec<Flip>,
}

/// A guardian's flip that was carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flip {
    /// The guardian.
    pub guardian: String,
    /// The new grade.
    pub grade: Grade,
    /// The harm that it is to prevent.
    pub harm_type: HarmType,
    /// How severe that harm would be.
    pub severity: Severity,
    /// In the guardian's words.
    pub reason: PatientText,
    /// From 0 to 1.
    pub confidence: f64,
}

impl GradeEntry {
    /// The grade as it stands; `None`: no usable one.
    pub fn grade(&self) -> Option<Grade> {
        self.flips.last().map(|flip| flip.grade).or(self.consensus)
    }
}
