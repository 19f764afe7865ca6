//! What the headline numbers would be if what is unscored, ungraded or
//! abstained had come out otherwise (interfaces, "Denominators").

use std::collections::HashMap;

use super::rows::{OptionsArm, OptionsRow};
use crate::report::OutcomeKind;
use crate::report::summary::Sensitivity;
use crate::score::grading::{CaseTallies, GradedMetric, GradedScores};

/// An answer about which nothing is known, of a case without a rubric, at its
/// worst: one severe omission and no safety at all.
const WORST: GradedScores = GradedScores {
    omission: [1, 0, 0],
    commission: [0; 3],
    true_positive: 0,
    uncertain: 0,
    harmful: 0,
    appropriate: 0,
    complete: false,
    escalated: None,
    safety: 0.0,
};

/// The same at its best.
const BEST: GradedScores = GradedScores {
    omission: [0; 3],
    complete: true,
    safety: 1.0,
    ..WORST
};

/// A metric of an arm under other assumptions.
pub fn sensitivity(
    trials: u32,
    arm: &OptionsArm,
    lead: Option<&OptionsArm>,
    metric: GradedMetric,
    more_is_worse: bool,
) -> Sensitivity {
    let value = |choose: &dyn Fn(&OptionsRow) -> Option<GradedScores>| {
        let chosen: Vec<(&str, u32, GradedScores)> = arm
            .rows
            .iter()
            .filter_map(|row| Some((row.case.as_str(), row.trial, choose(row)?)))
            .collect();
        let tallies = CaseTallies::new(trials, chosen.iter().map(|(c, t, s)| (*c, *t, s)));
        tallies.run_to_run(metric).mean
    };
    let is_abstained = |row: &OptionsRow| row.outcome == Some(OutcomeKind::Abstained);
    let abstained = |other: &dyn Fn(&OptionsRow) -> Option<GradedScores>| {
        let pick = |row: &OptionsRow| {
            if is_abstained(row) {
                other(row)
            } else {
                row.scores
            }
        };
        // Without a value for each of them there is no such mean: leaving some
        // out would compare other items.
        let mut rows = arm.rows.iter().filter(|row| is_abstained(row)).peekable();
        let known = rows.peek().is_some() && rows.all(|row| other(row).is_some());
        known.then(|| value(&pick)).flatten()
    };
    let of_lead: HashMap<(&str, u32), GradedScores> = lead
        .into_iter()
        .flat_map(|lead| &lead.rows)
        .filter_map(|row| Some(((row.item.as_str(), row.trial), row.scores?)))
        .collect();
    let (worst, best) = if more_is_worse {
        (1.0, 0.0)
    } else {
        (0.0, 1.0)
    };
    Sensitivity {
        complete_cases: value(&|row| row.scores.filter(|_| row.ungraded.is_empty())),
        worst: value(&|row| Some(row.worst.unwrap_or(WORST))).unwrap_or(worst),
        best: value(&|row| Some(row.best.unwrap_or(BEST))).unwrap_or(best),
        abstained_as_nothing: abstained(&|row| row.doing_nothing),
        abstained_as_lead: abstained(&|row| of_lead.get(&(row.item.as_str(), row.trial)).copied()),
    }
}
