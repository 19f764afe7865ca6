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
    /// Its metrics. Options without a usable grade count at their worst.
    pub numbers: Numbers,
    /// Where there are such: the metrics with them at their best, and of the
    /// answers without any.
    pub beside: Option<Beside>,
}

/// What stands beside a worst case.
#[derive(Clone, Debug)]
pub struct Beside {
    /// Options without a usable grade at their best.
    pub best: Numbers,
    /// Answers in which every option has a grade.
    pub complete: Numbers,
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
    /// The scores, options without a grade at their worst; `None`: there is no
    /// answer.
    pub scores: Option<GradedScores>,
    /// The same also where there is no answer; `None`: the case has no rubric.
    pub worst: Option<GradedScores>,
    /// The same with the better grade.
    pub best: Option<GradedScores>,
    /// The scores of recommending nothing, for an abstained answer.
    pub doing_nothing: Option<GradedScores>,
    /// Options without a usable grade, of an answer that came.
    pub ungraded: Vec<i64>,
    /// Why there is no score.
    pub unscored: Option<String>,
    /// Why drafts behind it were not usable, one reason a draft.
    pub unusable: Vec<String>,
    /// Dollars.
    pub usd: Option<f64>,
    /// Are these dollars estimated, in whole or in part?
    pub usd_is_estimated: bool,
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
        let numbers = |pick: &dyn Fn(&OptionsRow) -> Option<GradedScores>| {
            let picked: Vec<(&str, u32, GradedScores)> = rows
                .iter()
                .filter_map(|row| Some((row.case.as_str(), row.trial, pick(row)?)))
                .collect();
            let picked = picked.iter().map(|(case, trial, one)| (*case, *trial, one));
            Numbers::of(profile, trials, picked)
        };
        let partial = rows.iter().any(|row| !row.ungraded.is_empty());
        let beside = partial.then(|| Beside {
            best: numbers(&|row| row.best.filter(|_| row.scores.is_some())),
            complete: numbers(&|row| row.scores.filter(|_| row.ungraded.is_empty())),
        });
        Self {
            name,
            lead,
            numbers: numbers(&|row| row.scores),
            beside,
            rows,
        }
    }
}
