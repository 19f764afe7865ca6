//! What a case set can show: the power of a two-sided paired t test, the
//! smallest difference that it would detect, and how many cases, or variants
//! and trials, a wished difference would need.
//!
//! By the noncentral t distribution (Cohen, *Statistical Power Analysis for the
//! Behavioral Sciences*, 2nd ed., chapter 2), with the standard deviation of the
//! differences of cases taken as known. That deviation comes from data, so these
//! are plans and no promises.

use super::components::Components;
use super::student::{noncentral_cdf, quantile};

/// Halvings of a search.
const STEPS: usize = 60;
/// More cases than anyone has.
const MOST_CASES: usize = 10_000_000;

/// What a test should do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// Two-sided error rate, such as 0.05.
    pub alpha: f64,
    /// Wished power, such as 0.8.
    pub power: f64,
}

impl Default for Aim {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            power: 0.8,
        }
    }
}

impl Aim {
    fn possible(self) -> bool {
        self.alpha > 0.0 && self.alpha < 1.0 && self.power > self.alpha && self.power < 1.0
    }
}

/// Power of the two-sided paired t test at `alpha` for a true difference, with
/// `n` cases whose differences have the standard deviation `sd`. `None` with
/// fewer than two cases, without any deviation, or for an alpha that is not
/// between 0 and 1.
pub fn power(difference: f64, sd: f64, n: usize, alpha: f64) -> Option<f64> {
    let usable = n >= 2 && difference.is_finite() && sd > 0.0 && alpha > 0.0 && alpha < 1.0;
    if !usable {
        return None;
    }
    let freedom = (n - 1) as f64;
    let edge = quantile(1.0 - alpha / 2.0, freedom);
    let shift = difference / sd * (n as f64).sqrt();
    let not_above = noncentral_cdf(edge, freedom, shift);
    let below = noncentral_cdf(-edge, freedom, shift);
    Some((1.0 - not_above + below).clamp(0.0, 1.0))
}

/// The smallest difference that `n` cases detect with the wished power, in the
/// unit of `sd`. `None` as with [`power()`], and for an aim that cannot be.
pub fn smallest_detectable(sd: f64, n: usize, aim: Aim) -> Option<f64> {
    Some(sd * in_deviations(n, aim)?).filter(|found| found.is_finite() && sd > 0.0)
}

/// The smallest detectable difference in standard deviations.
fn in_deviations(n: usize, aim: Aim) -> Option<f64> {
    if !aim.possible() {
        return None;
    }
    let reached = |d: f64| Some(power(d, 1.0, n, aim.alpha)? >= aim.power);
    let (mut low, mut high) = (0.0, 1.0);
    while !reached(high)? {
        low = high;
        high *= 2.0;
        if high > 1e6 {
            return None;
        }
    }
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if reached(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// How many cases detect a difference with the wished power. `None` for a
/// difference of zero, and when it is beyond ten million.
pub fn cases_needed(difference: f64, sd: f64, aim: Aim) -> Option<usize> {
    if difference == 0.0 || !aim.possible() {
        return None;
    }
    let reached = |n: usize| Some(power(difference, sd, n, aim.alpha)? >= aim.power);
    let (mut low, mut high) = (1, 2);
    while !reached(high)? {
        low = high;
        high *= 2;
        if high > MOST_CASES {
            return None;
        }
    }
    // `low` does not reach it, `high` does.
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        if reached(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// How many answers a case (variants times trials) would be needed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ItemsNeeded {
    /// So many a case.
    Items(u64),
    /// No number is enough: the cases themselves differ too much. Even with
    /// endlessly many, only this difference would be detected.
    Impossible {
        /// Smallest detectable difference between endlessly many answers a case.
        smallest: f64,
    },
}

/// How many answers a case detect a difference on `n` cases with the wished
/// power: the variance of a case's mean is `between + within / items`. It takes
/// the further variants and trials to vary as those did that there were. `None`
/// for a difference of zero, with fewer than two cases, or for an aim that
/// cannot be.
pub fn items_needed(
    components: &Components,
    n: usize,
    difference: f64,
    aim: Aim,
) -> Option<ItemsNeeded> {
    if difference == 0.0 || !difference.is_finite() {
        return None;
    }
    let unit = in_deviations(n, aim)?;
    let most = (difference.abs() / unit).powi(2);
    let left = most - components.between;
    if left <= 0.0 {
        return Some(ItemsNeeded::Impossible {
            smallest: unit * components.between.sqrt(),
        });
    }
    // The search stops within a few bits of the exact number.
    let items = (components.within / left * (1.0 - 1e-12)).ceil().max(1.0);
    // A number beyond 2^64 is capped there, which nobody will buy.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Some(ItemsNeeded::Items(items as u64))
}
