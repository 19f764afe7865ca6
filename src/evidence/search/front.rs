//! Which candidates are worth looking at: none is better in everything.

use super::candidates::Candidate;

/// What a candidate is measured by, in steps so small that only rounding is
/// below them; less is better in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measure {
    /// Severe harm.
    pub severe: i64,
    /// The headline, negated.
    pub headline: i64,
    /// Dollars; what is not known counts as more than anything.
    pub usd: i64,
    /// Seconds, likewise.
    pub seconds: i64,
}

impl Measure {
    /// From shares, dollars and seconds.
    pub fn new(severe: f64, headline: f64, usd: Option<f64>, seconds: Option<f64>) -> Self {
        Self {
            severe: steps(severe),
            headline: -steps(headline),
            usd: usd.map_or(i64::MAX, steps),
            seconds: seconds.map_or(i64::MAX, steps),
        }
    }

    /// Is it at least as good in everything?
    fn covers(&self, other: &Self) -> bool {
        self.severe <= other.severe
            && self.headline <= other.headline
            && self.usd <= other.usd
            && self.seconds <= other.seconds
    }
}

/// A value in steps of 10^-9: sums of the same case values in other patterns
/// differ in their last bits, and must not decide.
pub fn steps(value: f64) -> i64 {
    // Shares, dollars and seconds of a consult are far below 9 * 10^9; what is
    // beyond saturates.
    #[allow(clippy::cast_possible_truncation)]
    let steps = (value * 1e9).round() as i64;
    steps
}

/// What decides between candidates: less severe harm; then the higher headline,
/// fewer advisors, fewer dollars, the order of their names, fewer votes.
pub type Rank<'a> = (i64, i64, usize, i64, &'a [usize], usize);

/// The rank of a candidate; the least is the choice.
pub fn rank<'a>(measure: &Measure, candidate: &'a Candidate) -> Rank<'a> {
    (
        measure.severe,
        measure.headline,
        candidate.members.len(),
        measure.usd,
        &candidate.members,
        candidate.votes,
    )
}

/// The Pareto front among `eligible`, by rank. Of candidates that are equal in
/// everything, the first by rank stands for all.
pub fn front(measures: &[Measure], candidates: &[Candidate], eligible: &[usize]) -> Vec<usize> {
    let mut ordered: Vec<(Measure, Rank<'_>, usize)> = eligible
        .iter()
        .filter_map(|&at| {
            let (measure, candidate) = (measures.get(at)?, candidates.get(at)?);
            Some((*measure, rank(measure, candidate), at))
        })
        .collect();
    // In this order whoever is beaten stands behind who beats it.
    ordered.sort_unstable();
    let mut found: Vec<(Measure, Rank<'_>, usize)> = Vec::new();
    for one in ordered {
        if !found.iter().any(|(known, ..)| known.covers(&one.0)) {
            found.push(one);
        }
    }
    found.sort_unstable_by(|a, b| a.1.cmp(&b.1));
    found.into_iter().map(|(.., at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::{Measure, front};
    use crate::evidence::search::candidates;

    #[test]
    fn what_is_beaten_in_everything_is_left_out() {
        // ada; ada+ben 1, 2; ben.
        let all = candidates::all(2, 2);
        let measures = [
            Measure::new(0.2, 0.5, Some(1.0), Some(9.0)),
            Measure::new(0.1, 0.5, Some(3.0), Some(9.0)),
            Measure::new(0.2, 0.4, Some(3.0), Some(9.0)),
            Measure::new(0.2, 0.5, Some(1.0), Some(9.0)),
        ];
        let every: Vec<usize> = (0..all.len()).collect();
        // Of the equal ones the first name stands for both.
        assert_eq!(front(&measures, &all, &every), [1, 0]);
        assert_eq!(front(&measures, &all, &[2, 3]), [3]);
        assert!(front(&measures, &all, &[]).is_empty());
    }

    #[test]
    fn an_unknown_price_is_no_low_price() {
        let all = candidates::all(2, 1);
        let measures = [
            Measure::new(0.2, 0.5, None, Some(9.0)),
            Measure::new(0.2, 0.5, Some(100.0), Some(9.0)),
        ];
        assert_eq!(front(&measures, &all, &[0, 1]), [1]);
    }
}
