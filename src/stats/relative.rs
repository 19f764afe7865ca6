//! The relative risk of two arms on the same cases.
//!
//! Its interval is Student's t on the logarithm, by the delta method with the
//! case as the unit: case i pulls the logarithm by a_i / mean(a) - b_i / mean(b)
//! over n, and the spread of these pulls is that of the logarithm (a ratio of
//! means in clusters as in Cochran, *Sampling Techniques*, 3rd ed., section
//! 6.3; the logarithm as in Katz and others, Biometrics 34, 1978).

use thiserror::Error;

use super::student;

/// Risk with what is tested over risk without, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RelativeRisk {
    /// Mean of the first arm.
    pub risk: f64,
    /// Mean of the second arm, to which it is compared.
    pub baseline: f64,
    /// `risk / baseline`; below 1 the first arm has less.
    pub ratio: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Two-sided level, such as 0.95.
    pub level: f64,
    /// Cases.
    pub cases: usize,
}

impl RelativeRisk {
    /// Relative risk reduction, 1 - ratio, with the ends of its interval.
    pub fn reduction(&self) -> (f64, f64, f64) {
        (1.0 - self.ratio, 1.0 - self.hi, 1.0 - self.lo)
    }
}

/// Why there is no relative risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoRelativeRisk {
    /// Fewer than two cases.
    #[error("fewer than two cases")]
    TooFewCases,
    /// The arms have not equally many cases, or values that are none.
    #[error("the arms are not values of the same cases")]
    NotPaired,
    /// Neither arm has any event.
    #[error("neither arm has an event")]
    NoEvents,
    /// The first arm has none: the ratio is 0, its logarithm infinite.
    #[error("the first arm has no event")]
    NoneInFirst,
    /// The second has none: the ratio is infinite.
    #[error("the second arm has no event")]
    NoneInSecond,
}

/// The relative risk of `a` against `b`, one value of at least 0 a case.
pub fn relative_risk(a: &[f64], b: &[f64], level: f64) -> Result<RelativeRisk, NoRelativeRisk> {
    let usable = |values: &[f64]| values.iter().all(|v| v.is_finite() && *v >= 0.0);
    let paired = a.len() == b.len() && usable(a) && usable(b);
    if !(paired && level > 0.0 && level < 1.0) {
        return Err(NoRelativeRisk::NotPaired);
    }
    if a.len() < 2 {
        return Err(NoRelativeRisk::TooFewCases);
    }
    let n = a.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (risk, baseline) = (mean(a), mean(b));
    match (risk > 0.0, baseline > 0.0) {
        (false, false) => return Err(NoRelativeRisk::NoEvents),
        (false, true) => return Err(NoRelativeRisk::NoneInFirst),
        (true, false) => return Err(NoRelativeRisk::NoneInSecond),
        (true, true) => {}
    }
    // The pulls add up to nothing, so their mean need not be taken off.
    let squares: f64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| (a / risk - b / baseline).powi(2))
        .sum();
    let error = (squares / (n - 1.0) / n).sqrt();
    let reach = (student::quantile(f64::midpoint(1.0, level), n - 1.0) * error).exp();
    let ratio = risk / baseline;
    Ok(RelativeRisk {
        risk,
        baseline,
        ratio,
        lo: ratio / reach,
        hi: ratio * reach,
        level,
        cases: a.len(),
    })
}
