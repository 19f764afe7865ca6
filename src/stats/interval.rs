//! Our own interval for a mean of case values, and for a mean of differences
//! between two arms on the same cases.
//!
//! The case with all its variants and trials is the unit, so every interval
//! takes one value a case. Which method serves which kind of value was chosen
//! by simulation (`examples/coverage.rs`; the table is in `docs/statistics.md`):
//! the one that covers the truth about as often as it says at 30 and 100 cases.
//!
//! * [`Kind::Score`]: t of the mean after removal of skewness by a monotone
//!   cubic (Hall, *On the removal of skewness by transformation*, Journal of the
//!   Royal Statistical Society B 54, 1992). Scores near their ceiling are skewed,
//!   and the plain t interval then covers too seldom.
//! * [`Kind::Rate`]: Wilson's score interval (Wilson, Journal of the American
//!   Statistical Association 22, 1927) when every case is 0 or 1; Hall's t when
//!   cases are means of several answers.
//! * [`Kind::ScoreDifference`]: Student's t of the paired differences.
//! * [`Kind::RateDifference`]: Student's t after two half cases were added, one
//!   for either arm. With one answer a case these are the half counts of Agresti
//!   and Min (*Simple improved confidence intervals for comparing matched
//!   proportions*, Statistics in Medicine 24, 2005), half of what Bonett and Price
//!   add (*Adjusted Wald confidence interval for a difference of binomial
//!   proportions based on paired data*, Journal of Educational and Behavioral
//!   Statistics 37, 2012). With means of several answers they are as large as
//!   the differences that there are.
//!
//! Where all cases have the same value, a spread of nothing would give an
//! interval without width. Then a mean gets the interval of a rate with that
//! mean, the widest that values between 0 and 1 can have; a difference gets
//! the half cases at their full size.

use std::fmt;

use super::{normal, student};

/// What the values of the cases are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Scores between 0 and 1.
    Score,
    /// Shares of a case's answers for which something is so, between 0 and 1;
    /// 0 or 1 with one answer a case.
    Rate,
    /// Differences of scores, between -1 and 1.
    ScoreDifference,
    /// Differences of rates, between -1 and 1.
    RateDifference,
}

impl Kind {
    /// The smallest and the largest possible mean.
    pub fn bounds(self) -> (f64, f64) {
        match self {
            Self::Score | Self::Rate => (0.0, 1.0),
            Self::ScoreDifference | Self::RateDifference => (-1.0, 1.0),
        }
    }

    /// The kind of the difference of two such values.
    #[must_use]
    pub fn difference(self) -> Self {
        match self {
            Self::Score | Self::ScoreDifference => Self::ScoreDifference,
            Self::Rate | Self::RateDifference => Self::RateDifference,
        }
    }
}

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Hall's transformed t.
    TransformedT,
    /// Student's t.
    StudentT,
    /// Wilson's score interval.
    Wilson,
    /// Student's t with two half cases added.
    HalfCases,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TransformedT => "t without skewness (Hall 1992)",
            Self::StudentT => "Student's t",
            Self::Wilson => "Wilson",
            Self::HalfCases => "t with half cases added (after Agresti and Min 2005)",
        })
    }
}

/// A mean over cases with a two-sided interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanInterval {
    /// Unweighted mean of the case values.
    pub mean: f64,
    /// Lower end; never above the mean.
    pub lo: f64,
    /// Upper end; never below the mean.
    pub hi: f64,
    /// Two-sided level, such as 0.95. Each end of an interval of level 0.90 is
    /// a one-sided bound of 95%.
    pub level: f64,
    /// Cases.
    pub cases: usize,
    /// How it was made.
    pub method: Method,
}

impl MeanInterval {
    /// The interval of the difference the other way round.
    #[must_use]
    pub fn turned(self) -> Self {
        Self {
            mean: -self.mean,
            lo: -self.hi,
            hi: -self.lo,
            ..self
        }
    }

    /// Does it leave out zero?
    pub fn excludes_zero(&self) -> bool {
        self.lo > 0.0 || self.hi < 0.0
    }
}

/// The interval of `level` (between 0 and 1) for the mean of one value a case.
/// `None` with fewer than two cases, with NaN among them, or at another level.
pub fn mean_interval(kind: Kind, values: &[f64], level: f64) -> Option<MeanInterval> {
    let sums = Sums::of(values)?;
    if !(level > 0.0 && level < 1.0) {
        return None;
    }
    let (method, (lo, hi)) = match kind {
        Kind::Score if sums.squares > 0.0 => (Method::TransformedT, sums.transformed_t(level)),
        Kind::Rate if sums.squares > 0.0 && !values.iter().all(|v| *v == 0.0 || *v == 1.0) => {
            (Method::TransformedT, sums.transformed_t(level))
        }
        Kind::Score | Kind::Rate => (Method::Wilson, sums.wilson(level)),
        Kind::ScoreDifference if sums.squares > 0.0 => (Method::StudentT, sums.student_t(level)),
        Kind::ScoreDifference => (Method::HalfCases, half_cases(&[sums.mean], sums.n, level)),
        Kind::RateDifference => (Method::HalfCases, half_cases(values, sums.n, level)),
    };
    let (least, most) = kind.bounds();
    Some(MeanInterval {
        mean: sums.mean,
        lo: lo.clamp(least, most).min(sums.mean),
        hi: hi.clamp(least, most).max(sums.mean),
        level,
        cases: values.len(),
        method,
    })
}

/// The interval of `level` for the mean of `a - b`, paired by case. `None` as
/// with [`mean_interval`], and when the arms have not equally many cases.
pub fn paired_interval(kind: Kind, a: &[f64], b: &[f64], level: f64) -> Option<MeanInterval> {
    let differences = differences(a, b)?;
    mean_interval(kind.difference(), &differences, level)
}

/// `a - b` case by case; `None` when there are not equally many.
pub fn differences(a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    (a.len() == b.len()).then(|| a.iter().zip(b).map(|(a, b)| a - b).collect())
}

/// Student's t interval, for values without bounds.
pub fn student_t(values: &[f64], level: f64) -> Option<(f64, f64)> {
    Some(Sums::of(values)?.student_t(level))
}

/// Hall's transformed t interval, for values without bounds.
pub fn transformed_t(values: &[f64], level: f64) -> Option<(f64, f64)> {
    Some(Sums::of(values)?.transformed_t(level))
}

/// Wilson's score interval of `successes` among `n`; `None` when there are more
/// successes than that, or no `n`.
pub fn wilson(successes: u64, n: u64, level: f64) -> Option<(f64, f64)> {
    (n > 0 && successes <= n && level > 0.0 && level < 1.0).then(|| {
        let sums = Sums {
            n: n as f64,
            mean: successes as f64 / n as f64,
            squares: 0.0,
            cubes: 0.0,
        };
        sums.wilson(level)
    })
}

/// Student's t of differences with half a case of `size` added on either side,
/// where `size` is the mean of their absolute values weighted by themselves: 1
/// when they are -1, 0 and 1, and 1 when all are 0.
fn half_cases(values: &[f64], n: f64, level: f64) -> (f64, f64) {
    // One value stands for n of the same.
    let times = n / values.len() as f64;
    let sum = times * values.iter().sum::<f64>();
    let squares = times * values.iter().map(|v| v * v).sum::<f64>();
    let sizes = times * values.iter().map(|v| v.abs()).sum::<f64>();
    let size = if sizes > 0.0 { squares / sizes } else { 1.0 };
    let cases = n + 1.0;
    let mean = sum / cases;
    let variance = ((squares + size * size) / cases - mean * mean).max(0.0) / cases;
    let reach = student::quantile(f64::midpoint(1.0, level), n - 1.0) * variance.sqrt();
    (mean - reach, mean + reach)
}

/// What the intervals need of the values.
struct Sums {
    n: f64,
    mean: f64,
    /// Sum of squared deviations; exactly 0 when all values are the same.
    squares: f64,
    /// Sum of cubed deviations.
    cubes: f64,
}

impl Sums {
    fn of(values: &[f64]) -> Option<Self> {
        let first = *values.first()?;
        if values.len() < 2 || values.iter().any(|v| !v.is_finite()) {
            return None;
        }
        let n = values.len() as f64;
        // The mean of equal values, summed and divided, may differ from them.
        let same = values.iter().all(|v| *v == first);
        let mean = if same {
            first
        } else {
            values.iter().sum::<f64>() / n
        };
        let power = |k: i32| values.iter().map(|v| (v - mean).powi(k)).sum();
        Some(Self {
            n,
            mean,
            squares: power(2),
            cubes: power(3),
        })
    }

    /// Standard deviation with n - 1.
    fn sd(&self) -> f64 {
        (self.squares / (self.n - 1.0)).sqrt()
    }

    fn t(&self, level: f64) -> f64 {
        student::quantile(f64::midpoint(1.0, level), self.n - 1.0)
    }

    fn student_t(&self, level: f64) -> (f64, f64) {
        let reach = self.t(level) * self.sd() / self.n.sqrt();
        (self.mean - reach, self.mean + reach)
    }

    /// With g the skewness, T = (mean - truth) / sd is turned into the nearly
    /// unskewed T + g T² / 3 + g² T³ / 27 + g / 6n, which grows with T and is
    /// turned back in closed form.
    fn transformed_t(&self, level: f64) -> (f64, f64) {
        let sd = self.sd();
        let g = self.cubes / self.n / (sd * sd * sd);
        if !(g.abs() > 1e-6 && g.is_finite()) {
            return self.student_t(level);
        }
        let q = self.t(level) / self.n.sqrt();
        let back = |z: f64| 3.0 / g * ((1.0 + g * (z - g / (6.0 * self.n))).cbrt() - 1.0);
        (self.mean - sd * back(q), self.mean - sd * back(-q))
    }

    fn wilson(&self, level: f64) -> (f64, f64) {
        let z = normal::quantile(f64::midpoint(1.0, level));
        let (p, n) = (self.mean, self.n);
        let weight = 1.0 + z * z / n;
        let centre = (p + z * z / (2.0 * n)) / weight;
        let within = (p * (1.0 - p)).max(0.0) / n + z * z / (4.0 * n * n);
        let reach = z * within.sqrt() / weight;
        (centre - reach, centre + reach)
    }
}
