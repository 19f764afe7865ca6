//! A panel against the best of its members.
//!
//! The member that looks best on all cases looks better than it is: it was
//! chosen with the help of the very cases on which it is then measured. So for
//! each case the member is chosen by all other cases, and only its value on the
//! case left out counts (leave-one-out, Stone, Journal of the Royal Statistical
//! Society B 36, 1974). The naive best stands beside it; the gap is the optimism.
//!
//! Choosing costs certainty: where members are close, the choice jumps from case
//! to case, and an interval that takes the chosen values as given covers the
//! truth in 75 to 85 of 100 runs. So the choice is made anew in every resample of
//! cases, for each case with all its copies left out. The percentile ends are
//! then moved away from the mean by √(n / (n - 1)) and by the ratio of Student's
//! to the normal quantile. The interval errs to the safe side where members are
//! close; `docs/statistics.md` shows by how much.

use super::resamples::{Resamples, quantiles};
use super::{normal, student};

/// Sums closer than this, by case, are the same: they may have been added up in
/// another order.
const SAME: f64 = 1e-12;

/// Which values are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Scores.
    HigherIsBetter,
    /// Rates of harm.
    LowerIsBetter,
}

impl Direction {
    /// 1 or -1: times a value, more is better.
    pub fn sign(self) -> f64 {
        match self {
            Self::HigherIsBetter => 1.0,
            Self::LowerIsBetter => -1.0,
        }
    }
}

/// A panel against its best member.
#[derive(Clone, Debug, PartialEq)]
pub struct BestMember {
    /// Cases.
    pub cases: usize,
    /// Mean of the panel.
    pub panel: f64,
    /// Mean of the members chosen without the case on which they count.
    pub baseline: f64,
    /// `panel - baseline`.
    pub difference: f64,
    /// Lower end of its interval.
    pub lo: f64,
    /// Upper end of its interval.
    pub hi: f64,
    /// Two-sided level of the interval.
    pub level: f64,
    /// Panel minus chosen member, case by case.
    pub case_differences: Vec<f64>,
    /// For how many cases each member was chosen, in the order given.
    pub chosen: Vec<usize>,
    /// Place of the member that is best on all cases; the first of equals.
    pub naive: usize,
    /// Its mean.
    pub naive_baseline: f64,
    /// `panel - naive_baseline`.
    pub naive_difference: f64,
    /// By how much the naive best looks better than the one chosen without
    /// looking; in the metric's unit, above 0 whichever way is better.
    pub optimism: f64,
}

/// Compares a panel with its best member chosen by leaving one case out; ties
/// go to the first. All slices have one value a case, the same cases in the same
/// order, as many as `resamples` draws from. `None` when they have not, without
/// members, with fewer than two cases, without resamples, with values that are
/// no numbers, or for a level that is not between 0 and 1.
pub fn best_member<M: AsRef<[f64]>>(
    panel: &[f64],
    members: &[M],
    direction: Direction,
    level: f64,
    resamples: &Resamples,
) -> Option<BestMember> {
    let members: Vec<&[f64]> = members.iter().map(AsRef::as_ref).collect();
    let n = panel.len();
    let usable = |values: &[f64]| values.len() == n && values.iter().all(|v| v.is_finite());
    let fits = n >= 2 && resamples.cases() == n && level > 0.0 && level < 1.0;
    if !fits || members.is_empty() || !usable(panel) || !members.iter().all(|m| usable(m)) {
        return None;
    }
    let race = Race {
        panel,
        members: &members,
        sign: direction.sign(),
    };
    let once = vec![1.0; n];
    let mut chosen = vec![0; members.len()];
    let mut case_differences = Vec::with_capacity(n);
    let difference = race.run(&once, |member, difference| {
        chosen[member] += 1;
        case_differences.push(difference);
    });
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n as f64;
    let panel_mean = mean(panel);
    let naive = race.best(&race.sums(&once));
    let naive_baseline = mean(members.get(naive)?);
    let baseline = panel_mean - difference;

    let mut times = vec![0.0; n];
    let mut differences: Vec<f64> = (0..resamples.count())
        .map(|resample| {
            for (case, times) in times.iter_mut().enumerate() {
                *times = f64::from(resamples.of_case(case)[resample]);
            }
            race.run(&times, |_, _| {})
        })
        .collect();
    let (low, high) = quantiles(&mut differences, (1.0 - level) / 2.0)?;
    let upper = f64::midpoint(1.0, level);
    let cases = n as f64;
    let widen = (cases / (cases - 1.0)).sqrt() * student::quantile(upper, cases - 1.0)
        / normal::quantile(upper);
    Some(BestMember {
        cases: n,
        panel: panel_mean,
        baseline,
        difference,
        lo: (difference + (low - difference) * widen).min(difference),
        hi: (difference + (high - difference) * widen).max(difference),
        level,
        case_differences,
        chosen,
        naive,
        naive_baseline,
        naive_difference: panel_mean - naive_baseline,
        optimism: direction.sign() * (naive_baseline - baseline),
    })
}

struct Race<'a> {
    panel: &'a [f64],
    members: &'a [&'a [f64]],
    sign: f64,
}

impl Race<'_> {
    /// Each member's sum over cases that are there so many times; more is better.
    fn sums(&self, times: &[f64]) -> Vec<f64> {
        let sum = |member: &&[f64]| {
            let values = member.iter().zip(times);
            values.map(|(value, times)| value * times).sum::<f64>() * self.sign
        };
        self.members.iter().map(sum).collect()
    }

    /// Place of the largest sum; the first of equals.
    fn best(&self, sums: &[f64]) -> usize {
        let same = SAME * self.panel.len() as f64;
        let mut best = 0;
        for (place, sum) in sums.iter().enumerate() {
            if *sum > sums[best] + same {
                best = place;
            }
        }
        best
    }

    /// Mean of the panel minus the member chosen without the case, over cases
    /// that are there so many times; tells of each which member was chosen, and the
    /// difference.
    fn run(&self, times: &[f64], mut tell: impl FnMut(usize, f64)) -> f64 {
        let sums = self.sums(times);
        let mut others = sums.clone();
        let (mut total, mut cases) = (0.0, 0.0);
        for (case, (panel, times)) in self.panel.iter().zip(times).enumerate() {
            if *times == 0.0 {
                continue;
            }
            for ((other, sum), member) in others.iter_mut().zip(&sums).zip(self.members) {
                *other = sum - self.sign * times * member[case];
            }
            let best = self.best(&others);
            let difference = panel - self.members[best][case];
            tell(best, difference);
            total += times * difference;
            cases += times;
        }
        total / cases
    }
}
