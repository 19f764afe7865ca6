//! A rubric made ready for grading.

use std::sync::Arc;

use serde_json::Value;

use super::cost::largest_cost;
use super::profile::GradingProfile;
use crate::clinical::Rubric;
use crate::score::PreparedRubric;
use crate::score::prepared::Walked;

/// What the scores of an answer need to know of a case.
#[derive(Clone, Debug)]
pub struct GradingRubric {
    pub(super) prepared: Arc<PreparedRubric>,
    /// Options that are a needed specialist or emergency referral.
    pub(super) referrals: Vec<i64>,
    /// Cost of the worst possible answer, by the profile's weights.
    pub(super) largest_cost: u32,
    /// Appropriate actions, groups of alternatives once.
    pub(super) appropriate: u32,
}

impl GradingRubric {
    /// Makes a rubric ready. Build it once per case and keep it.
    pub fn new(profile: &GradingProfile, rubric: &Rubric) -> Self {
        let prepared = Arc::new(PreparedRubric::new(rubric));
        let referrals = referrals(rubric).filter(|id| prepared.knows(*id)).collect();
        Self {
            referrals,
            largest_cost: largest_cost(profile, &prepared),
            // Nobody has 2^32 options.
            appropriate: u32::try_from(prepared.recall_walk.len()).unwrap_or(u32::MAX),
            prepared,
        }
    }

    /// Numbers of the options, in rubric order.
    pub fn option_ids(&self) -> impl Iterator<Item = i64> + '_ {
        self.prepared.option_ids()
    }

    /// Options that are a needed referral; one that the rubric does not list
    /// could never be graded and is none.
    pub fn referrals(&self) -> &[i64] {
        &self.referrals
    }

    /// Cost of the worst possible answer to this case.
    pub fn largest_cost(&self) -> u32 {
        self.largest_cost
    }

    /// Appropriate actions of which a grade says "recommended", groups once.
    pub(super) fn hits(&self, recommended: impl Fn(usize) -> bool) -> u32 {
        let hit = |place: usize| self.prepared.options[place].score >= 7 && recommended(place);
        let hits = self.prepared.recall_walk.iter().filter(|step| match step {
            Walked::Single(place) => hit(*place),
            Walked::Group(group) => self.prepared.groups[*group].iter().any(|&place| hit(place)),
        });
        u32::try_from(hits.count()).unwrap_or(u32::MAX)
    }
}

/// `specialistConsult.consults[].optionId`, as far as they are numbers.
fn referrals(rubric: &Rubric) -> impl Iterator<Item = i64> + '_ {
    let consults = rubric
        .specialist_consult
        .as_ref()
        .and_then(|consult| consult.get("consults"))
        .and_then(Value::as_array);
    consults
        .into_iter()
        .flatten()
        .filter_map(|consult| consult.get("optionId")?.as_i64())
}
