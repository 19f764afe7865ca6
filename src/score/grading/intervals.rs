//! The two kinds of interval of this format. They answer different questions
//! and are never mixed:
//! * **run to run**: the cases stay as they are, and the run is repeated. This
//!   is what the format published: 1.96 * sd / sqrt(runs).
//! * **over cases**: other cases might have been taken. The stratified cluster
//!   bootstrap of [`crate::score::bootstrap`], with its stream.

use super::metric::GradedMetric;
use super::record::GradedScores;
use super::tally::Tally;
use crate::score::bootstrap;

/// The sums of an arm by case and trial.
#[derive(Clone, Debug, Default)]
pub struct CaseTallies {
    cases: Vec<String>,
    /// By trial, then by case.
    trials: Vec<Vec<Tally>>,
}

/// A metric over the trials of a run, the cases fixed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunToRun {
    /// Mean over the trials that have a value; `None` if none has.
    pub mean: Option<f64>,
    /// 1.96 * sd / sqrt(trials), sd with n - 1; `None` below two trials.
    pub half_width: Option<f64>,
    /// Trials with a value.
    pub trials: usize,
    /// Trials without one: of the NNH, those without any severe error.
    pub without: usize,
}

/// A metric with its interval over cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaseCluster {
    /// Mean over trials of the value of the trial.
    pub mean: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end; `None`: without bound (NNH, where no harm is possible).
    pub hi: Option<f64>,
}

impl CaseTallies {
    /// Sums the answers of an arm: `(case, trial from 1, scores)`, in the
    /// order of the case set, which the last digits of intervals depend on.
    pub fn new<'a>(
        trials: u32,
        scores: impl IntoIterator<Item = (&'a str, u32, &'a GradedScores)>,
    ) -> Self {
        let mut cases: Vec<String> = Vec::new();
        let mut by_trial: Vec<Vec<Tally>> = vec![Vec::new(); trials as usize];
        for (case, trial, one) in scores {
            let place = match cases.iter().rposition(|known| known == case) {
                Some(place) => place,
                None => {
                    cases.push(case.to_owned());
                    cases.len() - 1
                }
            };
            let index = (trial as usize).saturating_sub(1);
            if let Some(sums) = by_trial.get_mut(index) {
                if sums.len() <= place {
                    sums.resize(place + 1, Tally::default());
                }
                sums[place] += Tally::from(one);
            }
        }
        for sums in &mut by_trial {
            sums.resize(cases.len(), Tally::default());
        }
        Self {
            cases,
            trials: by_trial,
        }
    }

    /// Base cases.
    pub fn cases(&self) -> usize {
        self.cases.len()
    }

    /// The sums of each trial.
    pub fn runs(&self) -> impl Iterator<Item = Tally> + '_ {
        self.trials
            .iter()
            .map(|cases| add(cases, 0..cases.len()))
            .filter(|sums| sums.records > 0.0)
    }

    /// The metric over the trials.
    pub fn run_to_run(&self, metric: GradedMetric) -> RunToRun {
        let values: Vec<Option<f64>> = self.runs().map(|sums| metric.of(&sums)).collect();
        let known: Vec<f64> = values.iter().copied().flatten().collect();
        let n = known.len();
        let mean = (n > 0).then(|| crate::score::mean(&known));
        let half_width = mean.filter(|_| n >= 2).map(|mean| {
            let squares: f64 = known.iter().map(|value| (value - mean).powi(2)).sum();
            // Numbers of trials are far below 2^53.
            1.96 * (squares / (n - 1) as f64).sqrt() / (n as f64).sqrt()
        });
        RunToRun {
            mean,
            half_width,
            trials: n,
            without: values.len() - n,
        }
    }

    /// Every metric with its interval over cases, in the order of
    /// [`GradedMetric::ALL`]; `None` for one without a value. A resample in
    /// which a metric has no value (nothing recommended at all) is left out of
    /// that metric's interval. The interval of the NNH is that of the case harm
    /// rate turned over.
    pub fn over_cases(&self, resamples: usize) -> Vec<(GradedMetric, Option<CaseCluster>)> {
        let mut replicates: Vec<Vec<f64>> = vec![Vec::new(); GradedMetric::ALL.len()];
        if self.cases.len() > 1 {
            bootstrap::draws(&self.cases, resamples, |drawn| {
                for (value, known) in self.values(drawn).into_iter().zip(&mut replicates) {
                    known.extend(value);
                }
            });
        }
        let ends: Vec<Option<(f64, f64)>> = replicates.into_iter().map(bootstrap::ends).collect();
        let all: Vec<usize> = (0..self.cases.len()).collect();
        let values = self.values(&all);
        let rate = GradedMetric::ALL
            .iter()
            .zip(&ends)
            .find(|(metric, _)| **metric == GradedMetric::CaseHarmRate)
            .and_then(|(_, ends)| *ends);
        GradedMetric::ALL
            .into_iter()
            .zip(values.into_iter().zip(ends))
            .map(|(metric, (mean, ends))| {
                let interval = mean.map(|mean| {
                    let (lo, hi) = match (metric, rate) {
                        (GradedMetric::Nnh, Some((lo, hi))) => {
                            (1.0 / hi, (lo > 0.0).then(|| 1.0 / lo))
                        }
                        _ => ends.map_or((mean, Some(mean)), |(lo, hi)| (lo, Some(hi))),
                    };
                    CaseCluster { mean, lo, hi }
                });
                (metric, interval)
            })
            .collect()
    }

    /// Every metric as its mean over the trials that have a value, when these
    /// cases were drawn.
    fn values(&self, drawn: &[usize]) -> [Option<f64>; GradedMetric::ALL.len()] {
        let mut sums = [(0.0, 0_u32); GradedMetric::ALL.len()];
        for cases in &self.trials {
            let tally = add(cases, drawn.iter().copied());
            for (metric, (sum, n)) in GradedMetric::ALL.iter().zip(&mut sums) {
                if let Some(value) = metric.of(&tally) {
                    *sum += value;
                    *n += 1;
                }
            }
        }
        sums.map(|(sum, n)| (n > 0).then(|| sum / f64::from(n)))
    }
}

fn add(cases: &[Tally], drawn: impl Iterator<Item = usize>) -> Tally {
    let mut sums = Tally::default();
    for case in drawn {
        if let Some(one) = cases.get(case) {
            sums += *one;
        }
    }
    sums
}
