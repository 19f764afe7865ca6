//! What a report needs to know of every graded item of an arm.

use super::numbers::Numbers;
use crate::report::OutcomeKind;
use crate::score::grading::{GradedScores, GradingProfile};

/// One arm with all its items, in the order of the run.
#[derive(Clone, Debug)]
pub struct OptionsArm {
    /// Name, such as `panel:options-demo` or `solo:ada`.
    pub name: String,
    /// For a panel arm: the arm that stands for its lead advisor alone.
    pub lead: Option<String>,
    /// Every item and trial of the run, answered or not.
    pub rows: Vec<OptionsRow>,
    /// Its metrics.
    pub numbers: Numbers,
}

/// One item of an arm in one trial.
#[derive(Clone, Debug)]
pub struct OptionsRow {
    /// Item id.
    pub item: String,
    /// Base case id.
    pub case: String,
    /// Trial, from 1.
    pub trial: u32,
    /// Options of the case.
    pub options: usize,
    /// How it ended; `None`: not reached.
    pub outcome: Option<OutcomeKind>,
    /// The scores; `None`: there is not one usable grade.
    pub scores: Option<GradedScores>,
    /// The scores with the worse grade for every option without one; `None`:
    /// the case has no rubric.
    pub worst: Option<GradedScores>,
    /// The same with the better grade.
    pub best: Option<GradedScores>,
    /// The scores of recommending nothing, for an abstained answer.
    pub doing_nothing: Option<GradedScores>,
    /// Options without a usable grade, where others have one.
    pub ungraded: Vec<i64>,
    /// Why there is no score.
    pub unscored: Option<String>,
    /// Dollars.
    pub usd: Option<f64>,
    /// The part of them that is estimated.
    pub usd_estimated: f64,
    /// Seconds along the critical path.
    pub seconds: Option<f64>,
}

impl OptionsArm {
    /// An arm with its metrics.
    pub fn new(
        profile: &GradingProfile,
        trials: u32,
        name: String,
        lead: Option<String>,
        rows: Vec<OptionsRow>,
    ) -> Self {
        let scored = rows
            .iter()
            .filter_map(|row| Some((row.case.as_str(), row.trial, row.scores.as_ref()?)));
        let numbers = Numbers::of(profile, trials, scored);
        Self {
            name,
            lead,
            rows,
            numbers,
        }
    }
}
