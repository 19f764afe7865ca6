//! What a case set can show at all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::study::Study;
use crate::stats::mcnemar::fewest_discordant;

/// The usual level of tests.
const ALPHA: f64 = 0.05;

/// Counts of what could go wrong, and what a test would need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ability {
    /// Base cases.
    pub cases: usize,
    /// Cases in which a severe harm of omission is possible.
    pub severe_omission: usize,
    /// Cases in which a severe harm of commission by the rubric is possible.
    pub severe_commission: usize,
    /// Cases in which either is.
    pub severe: usize,
    /// Cases that need a referral.
    pub referral: usize,
    /// So many cases must differ between two arms, all in one direction, for p <
    /// 0.05.
    pub fewest_discordant: u64,
}

impl Ability {
    /// Of a study's cases.
    pub fn of(study: &Study) -> Self {
        let count = |so: &dyn Fn(&super::study::CaseFacts) -> bool| {
            study.cases.iter().filter(|case| so(case)).count()
        };
        Self {
            cases: study.cases.len(),
            severe_omission: count(&|case| case.severe_omission),
            severe_commission: count(&|case| case.severe_commission),
            severe: count(&|case| case.severe_omission || case.severe_commission),
            referral: count(&|case| case.referral),
            fewest_discordant: fewest_discordant(ALPHA).unwrap_or_default(),
        }
    }

    /// Could any difference of severe harm be significant?
    pub fn can_show(&self) -> bool {
        self.severe as u64 >= self.fewest_discordant
    }
}
