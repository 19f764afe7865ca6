//! The metrics of one arm: pooled over the run's cases as the published ones
//! are, with both kinds of interval, and the ratios as means over cases beside
//! them.

use std::collections::BTreeMap;

use crate::report::summary::Estimate;
use crate::score::bootstrap;
use crate::score::grading::{
    CaseCluster, CaseTallies, GradedMetric, GradedScores, GradingProfile, RunToRun, Tally,
};

/// One metric of an arm.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// Which.
    pub metric: GradedMetric,
    /// With its interval over cases; `None`: it has no value.
    pub over_cases: Option<CaseCluster>,
    /// Over the trials, the cases fixed.
    pub run_to_run: RunToRun,
}

/// The metrics of one arm.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    /// Base cases with a scored answer.
    pub cases: usize,
    /// Every metric, in the order of reports.
    pub metrics: Vec<Number>,
    /// Ratios as means over cases, by name.
    pub per_case: Vec<(String, Estimate)>,
}

impl Numbers {
    /// The metrics of scored answers: `(case, trial, scores)`.
    pub fn of<'a>(
        profile: &GradingProfile,
        trials: u32,
        scored: impl Iterator<Item = (&'a str, u32, &'a GradedScores)> + Clone,
    ) -> Self {
        let tallies = CaseTallies::new(trials, scored.clone());
        let metrics = tallies
            .over_cases(profile.resamples())
            .into_iter()
            .map(|(metric, over_cases)| Number {
                metric,
                over_cases,
                run_to_run: tallies.run_to_run(metric),
            })
            .collect();
        let per_case = GradedMetric::POOLED
            .into_iter()
            .filter_map(|metric| {
                let estimate = mean_over_cases(profile, metric, scored.clone())?;
                Some((format!("{}_per_case", metric.name()), estimate))
            })
            .collect();
        Self {
            cases: tallies.cases(),
            metrics,
            per_case,
        }
    }

    /// Point estimates with intervals over cases, by name; without what has no
    /// value or no bounded interval.
    pub fn estimates(&self) -> BTreeMap<String, Estimate> {
        let pooled = self.metrics.iter().filter_map(|number| {
            let CaseCluster { mean, lo, hi } = number.over_cases?;
            let n = self.cases;
            let hi = hi?;
            Some((
                number.metric.name().to_owned(),
                Estimate { mean, lo, hi, n },
            ))
        });
        pooled.chain(self.per_case.iter().cloned()).collect()
    }
}

/// A ratio of every answer, then the mean of a case, then the mean over cases.
/// An answer in which the ratio has no value is left out of it.
fn mean_over_cases<'a>(
    profile: &GradingProfile,
    metric: GradedMetric,
    scored: impl Iterator<Item = (&'a str, u32, &'a GradedScores)>,
) -> Option<Estimate> {
    let mut cases: Vec<(&str, Vec<f64>)> = Vec::new();
    for (case, _, scores) in scored {
        let Some(value) = metric.of(&Tally::from(scores)) else {
            continue;
        };
        match cases.iter_mut().rev().find(|(known, _)| *known == case) {
            Some((_, values)) => values.push(value),
            None => cases.push((case, vec![value])),
        }
    }
    let means: Vec<(&str, f64)> = cases
        .iter()
        .map(|(case, values)| (*case, crate::score::mean(values)))
        .collect();
    let interval = (!means.is_empty()).then(|| bootstrap::interval(&means, profile.resamples()))?;
    Some(Estimate {
        mean: interval.mean,
        lo: interval.lo,
        hi: interval.hi,
        n: means.len(),
    })
}
