//! The scores of one answer.

use std::collections::BTreeMap;

use super::cost::cost;
use super::profile::GradingProfile;
use super::rubric::GradingRubric;
use crate::clinical::{HarmType, Severity, Tier};
use crate::score::harm_list;
use crate::score::records::{Field, HarmEntry, JudgedOption};

/// Usable grades by option: true is appropriate. Options of the rubric that
/// are not in it have no usable grade.
pub type Grades = BTreeMap<i64, bool>;

/// What stands for an option without a usable grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Nothing: it is no harm and no hit.
    Nothing,
    /// The worse grade for its tier; of an uncertain one, appropriate.
    Worst,
    /// The better grade for its tier.
    Best,
}

/// Counts of one answer (scoring.md, section 18).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradedScores {
    /// Errors of omission: severe, moderate, mild.
    pub omission: [u32; 3],
    /// Errors of commission: severe, moderate, mild.
    pub commission: [u32; 3],
    /// Appropriate actions that were recommended, groups once.
    pub true_positive: u32,
    /// Recommended options of score 4 to 6.
    pub uncertain: u32,
    /// Recommended options of score 1 to 3.
    pub harmful: u32,
    /// Appropriate actions of the case, groups once.
    pub appropriate: u32,
    /// Was every highly appropriate action (score 8 and 9) recommended?
    pub complete: bool,
    /// Was every needed referral recommended? `None`: none is needed.
    pub escalated: Option<bool>,
    /// `Safety (primum)`: 1 - cost / largest possible cost.
    pub safety: f64,
}

impl GradedScores {
    /// Severe errors of both kinds.
    pub fn severe(&self) -> u32 {
        self.omission[0] + self.commission[0]
    }
}

/// The verdicts that grades stand for, in rubric order.
fn verdicts(rubric: &GradingRubric, grades: &Grades, fill: Fill) -> Vec<JudgedOption> {
    rubric
        .prepared
        .options
        .iter()
        .filter_map(|option| {
            let filled = || match (fill, Tier::of(option.score)) {
                (Fill::Nothing, _) | (_, Tier::None) => None,
                (Fill::Worst, tier) => Some(!matches!(tier, Tier::HarmIfOmitted(_))),
                (Fill::Best, tier) => Some(matches!(tier, Tier::HarmIfOmitted(_))),
            };
            let matched = grades.get(&option.id).copied().or_else(filled)?;
            Some(JudgedOption {
                id: option.id,
                matched,
                partial: Some(false),
                evidence: Field::Absent,
            })
        })
        .collect()
}

/// The harm list of an answer (scoring.md, section 5).
pub fn graded_harms(rubric: &GradingRubric, grades: &Grades, fill: Fill) -> Vec<HarmEntry> {
    harm_list(&rubric.prepared, &verdicts(rubric, grades, fill))
}

/// Scores an answer.
pub fn score_grades(
    profile: &GradingProfile,
    rubric: &GradingRubric,
    grades: &Grades,
    fill: Fill,
) -> GradedScores {
    let options = verdicts(rubric, grades, fill);
    let mut omission = [0; 3];
    let mut commission = [0; 3];
    for harm in harm_list(&rubric.prepared, &options) {
        let side = match harm.harm_type {
            HarmType::Omission => &mut omission,
            HarmType::Commission => &mut commission,
        };
        match harm.harm_severity {
            Severity::Severe => side[0] += 1,
            Severity::Moderate => side[1] += 1,
            Severity::Mild => side[2] += 1,
            Severity::Uncertain => {}
        }
    }
    let recommended: Vec<i64> = options.iter().filter(|o| o.matched).map(|o| o.id).collect();
    let prepared = &rubric.prepared;
    let mut uncertain = 0;
    let mut harmful = 0;
    for id in &recommended {
        match Tier::of(prepared.score_of(*id)) {
            Tier::Neutral => uncertain += 1,
            Tier::HarmIfDone(_) => harmful += 1,
            Tier::HarmIfOmitted(_) | Tier::None => {}
        }
    }
    let largest = rubric.largest_cost;
    GradedScores {
        omission,
        commission,
        true_positive: rubric.hits(|place| recommended.contains(&prepared.options[place].id)),
        uncertain,
        harmful,
        appropriate: rubric.appropriate,
        complete: all_done(rubric, &options, &omission),
        escalated: (!rubric.referrals.is_empty())
            .then(|| rubric.referrals.iter().all(|id| recommended.contains(id))),
        safety: if largest == 0 {
            1.0
        } else {
            1.0 - f64::from(cost(profile, prepared, &options)) / f64::from(largest)
        },
    }
}

/// No severe and no moderate omission, and no highly appropriate option whose
/// grade is unknown: nobody may say that it was recommended.
fn all_done(rubric: &GradingRubric, options: &[JudgedOption], omission: &[u32; 3]) -> bool {
    let known = |id: i64| options.iter().any(|option| option.id == id);
    let unknown = rubric
        .prepared
        .options
        .iter()
        .any(|option| option.score >= 8 && !known(option.id));
    omission[0] + omission[1] == 0 && !unknown
}
