//! A candidate: drafted items that mean the same, and what the panel made of
//! them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plan::DraftRef;
use super::text::PatientText;

/// One candidate with all that was said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerCandidate {
    /// `C1`, `C2`, … in the order of the first drafted item of each.
    pub id: String,
    /// The wording that stands for all of them.
    pub text: PatientText,
    /// The drafted items, in the panel's order. Every drafted item is in
    /// exactly one candidate.
    pub members: Vec<DraftRef>,
    /// Candidates that would be the contrary of this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opposes: Vec<String>,
    /// Advisors who wanted it when the decision was taken, in the panel's
    /// order.
    pub supporters: Vec<String>,
    /// Ratings, round by round (`delphi`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<RatingRound>,
    /// What advisors changed about it, in order (`debate`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stances: Vec<Stance>,
    /// Share of the votes for it, from 0 to 1 (`vote`, `debate`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Did the consensus take it into the plan?
    pub kept: bool,
    /// The rule that decided, in words.
    pub rule: String,
}

/// The ratings of one candidate in one round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RatingRound {
    /// From 1.
    pub round: u32,
    /// Ratings by advisor.
    pub ratings: BTreeMap<String, Rating>,
    /// Median, from 1 to 9; null without any rating.
    pub median: Option<f64>,
    /// Do the raters disagree, by the method's definition?
    pub disagreement: bool,
}

/// One advisor's rating of one candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rating {
    /// From 1 to 9 on the benchmark's scale: 1-3 harm if done, 7-9 harm if left
    /// out.
    pub rating: u8,
    /// What happens if it is done, in the advisor's words.
    pub if_done: PatientText,
    /// What happens if it is left out.
    pub if_left_out: PatientText,
}

/// What one advisor changed about one candidate in a debate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stance {
    /// From 1.
    pub round: u32,
    /// The advisor.
    pub agent: String,
    /// What it did.
    pub change: Change,
    /// Why, in its words.
    pub reason: PatientText,
    /// Of a reword: the new wording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<PatientText>,
    /// The rule that refused the change; null when it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A change in a debate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It now wants it.
    Adopt,
    /// It no longer wants it.
    Withdraw,
    /// It says that it must not be done.
    Object,
    /// It wants it in other words.
    Reword,
}
