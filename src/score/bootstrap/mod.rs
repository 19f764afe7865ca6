//! The stratified cluster bootstrap of the benchmark (scoring.md, section 13):
//! cases are resampled within their specialty, and the whole case comes along
//! with all its variants.
//!
//! The generator is fixed (see `pcg64`) and starts anew for every interval, so
//! the same values in the same order always give the same ends, bit for bit.
//! It also means that two metrics over the same cases, or the differences
//! between two arms, are resampled alike.

mod pcg64;
mod quantile;
mod strata;

use self::pcg64::Pcg64;
use self::strata::Strata;
use super::mean::mean;

/// Quantiles of the 95 % interval.
const LOWER: f64 = 0.025;
const UPPER: f64 = 0.975;

/// A point estimate with its 95 % interval, unrounded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Unweighted mean of the case values.
    pub mean: f64,
    /// 2.5 % quantile of the replicates.
    pub lo: f64,
    /// 97.5 % quantile of the replicates.
    pub hi: f64,
}

/// Mean of case values and its interval. Cases are named by their base id,
/// whose letters are the stratum; their order matters to the last digits. No
/// case gives NaN, one case an interval without width. `resamples` is
/// [`Profile::resamples`](super::Profile::resamples), or fewer for a quick
/// look; 0 gives NaN ends.
pub fn interval<S: AsRef<str>>(values_by_case: &[(S, f64)], resamples: usize) -> Interval {
    let values: Vec<f64> = values_by_case.iter().map(|(_, value)| *value).collect();
    let point = mean(&values);
    if values.len() < 2 {
        return Interval {
            mean: point,
            lo: point,
            hi: point,
        };
    }
    let mut replicates = replicates(values_by_case, resamples);
    replicates.sort_unstable_by(f64::total_cmp);
    Interval {
        mean: point,
        lo: quantile::of_sorted(&replicates, LOWER),
        hi: quantile::of_sorted(&replicates, UPPER),
    }
}

/// The replicates themselves, in the order drawn, for questions other than an
/// interval (how often is a difference above 0?).
pub fn replicates<S: AsRef<str>>(values_by_case: &[(S, f64)], resamples: usize) -> Vec<f64> {
    let strata = Strata::new(values_by_case);
    let mut generator = Pcg64::new();
    let mut drawn = vec![0.0; values_by_case.len()];
    (0..resamples)
        .map(|_| {
            strata.draw(&mut generator, &mut drawn);
            mean(&drawn)
        })
        .collect()
}

/// The resamples themselves, for a statistic that is no mean: `visit` gets the
/// places of the drawn cases, in the same stream as [`replicates`].
pub fn draws<S: AsRef<str>>(cases: &[S], resamples: usize, mut visit: impl FnMut(&[usize])) {
    let numbered: Vec<(&str, f64)> = cases
        .iter()
        .enumerate()
        // Numbers of cases are far below 2^53.
        .map(|(place, case)| (case.as_ref(), place as f64))
        .collect();
    let strata = Strata::new(&numbered);
    let mut generator = Pcg64::new();
    let mut drawn = vec![0.0; cases.len()];
    let mut places = vec![0; cases.len()];
    for _ in 0..resamples {
        strata.draw(&mut generator, &mut drawn);
        for (place, number) in places.iter_mut().zip(&drawn) {
            // Places went in as whole numbers and come out as they were.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let whole = *number as usize;
            *place = whole;
        }
        visit(&places);
    }
}

/// Both ends of the 95 % interval of replicates; `None` without any.
pub fn ends(mut replicates: Vec<f64>) -> Option<(f64, f64)> {
    if replicates.is_empty() {
        return None;
    }
    replicates.sort_unstable_by(f64::total_cmp);
    Some((
        quantile::of_sorted(&replicates, LOWER),
        quantile::of_sorted(&replicates, UPPER),
    ))
}
