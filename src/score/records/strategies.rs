//! Strategies: the actions of an answer, grouped by what depends on what
//! (scoring.md, 2.5).

use serde::{Deserialize, Serialize};

use super::{Keyed, Record};
use crate::clinical::PatientText;

/// The strategies of one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategiesRecord {
    /// Item id.
    pub id: String,
    /// Repeat of the item, from 0.
    pub trial: u64,
    /// Who answered.
    pub model: String,
    /// Strategies by their smallest action id.
    pub strategies: Vec<Strategy>,
    /// Ids of options that are met only in part, sorted.
    pub partial_option_ids: Vec<i64>,
    /// How many overrides changed something; there only after a review that
    /// had any.
    #[serde(
        rename = "_overrides_applied",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub overrides_applied: Option<u64>,
    /// How many promotions no action explains; there only after a review that
    /// had any override.
    #[serde(
        rename = "_promotions_unattributed",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub promotions_unattributed: Option<u64>,
}

/// Actions that hang together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strategy {
    /// 0, 1, 2 ... in order.
    pub strategy_id: u64,
    /// Text of the action with the smallest id.
    pub summary: PatientText,
    /// Its actions by id.
    pub sub_actions: Vec<SubAction>,
    /// Does it match any option?
    pub matched: bool,
    /// Option ids that its actions match; sorted, promotions at the end.
    pub matched_options: Vec<i64>,
}

/// One action of a strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubAction {
    /// Number that the judge gave it.
    pub id: i64,
    /// The action in words.
    pub action: PatientText,
    /// Kind of action in the judge's word.
    pub category: PatientText,
    /// Words of the answer.
    pub evidence: PatientText,
    /// The match string as the judge wrote it.
    pub match_raw: PatientText,
    /// Option ids in it, in order, repeats kept.
    pub match_resolved: Vec<i64>,
}

impl Record for StrategiesRecord {
    const KIND: &'static str = "strategies record";
}

impl Keyed for StrategiesRecord {
    fn key(&self) -> (&str, u64) {
        (&self.id, self.trial)
    }
}
