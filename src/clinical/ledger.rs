//! The ledger: the life of every recommendation from draft to final plan.
//!
//! It adds up: every drafted item, and every item that a guardian added, has
//! exactly one entry, and every entry exactly one fate (design rule 3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::candidate::LedgerCandidate;
use super::harm::Severity;
use super::plan::DraftRef;
use super::text::PatientText;

/// The whole ledger of one consult.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ledger {
    /// Entries: drafted items by advisor (in the panel's order) and number,
    /// then items that guardians added, in the order of their addition.
    pub entries: Vec<LedgerEntry>,
    /// What the drafted items were pooled into, and what was decided on each;
    /// empty where nothing was pooled.
    #[serde(default)]
    pub candidates: Vec<LedgerCandidate>,
    /// Edits that were refused, with the rule that refused them.
    pub refused: Vec<RefusedEdit>,
    /// What of the drafts was not used: whole drafts, and last items of drafts
    /// that were cut, in the panel's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused: Vec<Unused>,
}

/// What of an advisor's draft was not used. It has no entry: nobody could vote
/// for it, and it is in no plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unused {
    /// The advisor.
    pub agent: String,
    /// Why, in a sentence that quotes nothing.
    pub why: String,
    /// The item that was not whole; absent where the whole draft was not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<PatientText>,
}

/// One recommendation's life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerEntry {
    /// Where it came from.
    pub origin: Origin,
    /// Its words as first written.
    pub text: PatientText,
    /// Of a drafted item: the candidate that it was pooled into, such as `C3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<String>,
    /// What happened to it, in order.
    pub events: Vec<LedgerEvent>,
    /// How it ended.
    pub fate: Fate,
}

/// Who first wrote a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// An item of an advisor's blind draft.
    Draft(DraftRef),
    /// An item that a guardian added.
    Guardian(String),
    /// An item that only the moderator wrote (always refused: no basis).
    Moderator(String),
}

/// One thing that happened to a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerEvent {
    /// Stage and agent, such as `synthesis:maud` or `guardian:gus`.
    pub stage: String,
    /// What was done, such as `merged`, `modified`, `removed`, `kept`, `added`,
    /// `left-out`.
    pub what: String,
    /// Why, in the agent's or the rule's words.
    pub reason: PatientText,
    /// Of a guardian's edit: the whole edit as proposed, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<PatientText>,
    /// Of a change of words: the words before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<PatientText>,
    /// Of a guardian's edit: what the agents said who were asked about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
}

/// What an agent said of a guardian's edit when it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// The agent.
    pub agent: String,
    /// Its verdict.
    pub verdict: CheckVerdict,
    /// Of an objection: how severe the harm would be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Why, in its words.
    pub reason: PatientText,
}

/// A verdict on an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckVerdict {
    /// It should be carried out.
    Agree,
    /// It makes little difference.
    Neutral,
    /// It could hurt the patient.
    Object,
}

/// How a recommendation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "fate", rename_all = "lowercase")]
pub enum Fate {
    /// In the final plan as item `number`, in its first words.
    Kept {
        /// Number in the final plan, from 1.
        number: usize,
    },
    /// In the final plan as part of item `number`, together with others or in
    /// other words.
    Merged {
        /// Number in the final plan, from 1.
        number: usize,
    },
    /// In the final plan in several items, which the moderator made of it.
    Split {
        /// Numbers in the final plan, from 1, at least two.
        numbers: Vec<usize>,
    },
    /// In the final plan as item `number`, in words that a guardian changed.
    Modified {
        /// Number in the final plan, from 1.
        number: usize,
    },
    /// Not in the final plan.
    Removed {
        /// The stage that removed it, such as `synthesis:maud`, `guardian:gus`,
        /// `consensus` or `render`.
        by: String,
    },
}

impl Fate {
    /// The same recommendation, found in item `number` of the plan as well.
    pub fn and_in(self, number: usize) -> Self {
        let mut numbers = match self {
            Self::Kept { number } | Self::Merged { number } | Self::Modified { number } => {
                vec![number]
            }
            Self::Split { numbers } => numbers,
            Self::Removed { .. } => Vec::new(),
        };
        numbers.push(number);
        Self::Split { numbers }
    }

    /// Numbers of the plan's items that carry the recommendation, from 1; none
    /// when it was removed.
    pub fn numbers(&self) -> &[usize] {
        match self {
            Self::Kept { number } | Self::Merged { number } | Self::Modified { number } => {
                std::slice::from_ref(number)
            }
            Self::Split { numbers } => numbers,
            Self::Removed { .. } => &[],
        }
    }
}

/// An edit that a guardian proposed and a rule refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefusedEdit {
    /// The guardian.
    pub guardian: String,
    /// The edit as proposed, as JSON text.
    pub edit: PatientText,
    /// The rule that refused it.
    pub rule: String,
    /// What the agents said who were asked about it, if any were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
}
