//! How often a majority errs.

use super::MOST;
use crate::stats::normal::{cdf, expectation, quantile};

/// Error rate of a strict majority vote of members with these error rates, whose
/// errors have the correlation `rho` (0 to 1) in the one-factor probit model.
/// `ties_err`: does a tie err?
///
/// At 1 (and next to it, where the model's limit is the better number) one
/// variable decides: m members err exactly where the m-th largest rate allows
/// it.
pub fn majority_error(rates: &[f64], rho: f64, ties_err: bool) -> f64 {
    let n = rates.len();
    // So many errors make the vote wrong.
    let least = if ties_err { n.div_ceil(2) } else { n / 2 + 1 };
    if n == 0 {
        return 0.0;
    }
    if rho <= 0.0 {
        return at_least(least, rates);
    }
    if rho > MOST {
        let mut sorted = rates.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        return sorted.get(least - 1).copied().unwrap_or(0.0);
    }
    let thresholds: Vec<f64> = rates.iter().map(|&rate| quantile(rate)).collect();
    let (own, shared) = ((1.0 - rho).sqrt(), rho.sqrt());
    // There a member goes from hardly ever to nearly always.
    let steep: Vec<f64> = thresholds.iter().map(|z| -z / shared).collect();
    let given = |factor: f64| {
        let rates: Vec<f64> = thresholds
            .iter()
            .map(|z| cdf((z + shared * factor) / own))
            .collect();
        at_least(least, &rates)
    };
    expectation(&steep, given).clamp(0.0, 1.0)
}

/// Probability that at least so many of these independent events happen.
fn at_least(least: usize, rates: &[f64]) -> f64 {
    // chance[m]: that m of those looked at so far happened.
    let mut chance = vec![0.0; rates.len() + 1];
    chance[0] = 1.0;
    for (seen, rate) in rates.iter().enumerate() {
        for m in (0..=seen).rev() {
            chance[m + 1] += chance[m] * rate;
            chance[m] *= 1.0 - rate;
        }
    }
    chance.iter().skip(least).sum()
}
