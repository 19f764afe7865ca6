//! Student's t distribution, central and noncentral.

use std::f64::consts::PI;

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};
use statrs::function::gamma::ln_gamma;

use super::normal;

/// Steps of Newton after the first guess of a quantile.
const STEPS: usize = 4;
/// Pieces of the integral of the noncentral distribution.
const PIECES: usize = 240;
/// How many standard deviations of a chi variable the integral goes out.
const REACH: f64 = 12.0;

/// Probability that a t variable with `freedom` degrees of freedom lies below
/// `x`. NaN without any freedom.
pub fn cdf(x: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |t| t.cdf(x))
}

/// The value below which a t variable lies with probability `p`; infinite at 0
/// and 1. NaN without any freedom.
pub fn quantile(p: f64, freedom: f64) -> f64 {
    let Ok(t) = StudentsT::new(0.0, 1.0, freedom) else {
        return f64::NAN;
    };
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.5 {
        return 0.0;
    }
    if p < 0.5 {
        return -quantile(1.0 - p, freedom);
    }
    let mut x = t.inverse_cdf(p);
    for _ in 0..STEPS {
        let next = x - (t.cdf(x) - p) / t.pdf(x);
        if !next.is_finite() {
            break;
        }
        x = next;
    }
    x
}

/// Probability that a noncentral t variable lies below `x`: (Z + `shift`) / S
/// with Z standard normal and S² a chi-square by its `freedom`. Integrated over
/// S: E Φ(x S - `shift`) (Johnson, Kotz and Balakrishnan, *Continuous Univariate
/// Distributions*, 2nd ed., volume 2, chapter 31). Good to 1e-9.
pub fn noncentral_cdf(x: f64, freedom: f64, shift: f64) -> f64 {
    // The ln of the density of S is `constant` + (freedom - 1) ln s - freedom s² / 2.
    let half = freedom / 2.0;
    let constant = std::f64::consts::LN_2 + half * half.ln() - ln_gamma(half);
    let density = |s: f64| {
        if s <= 0.0 {
            // Only a chi of one degree of freedom has density at 0.
            return if freedom == 1.0 {
                (2.0 / PI).sqrt()
            } else {
                0.0
            };
        }
        (constant + (freedom - 1.0) * s.ln() - half * s * s).exp()
    };
    let out = REACH / (2.0 * freedom).sqrt();
    let (from, to) = ((1.0 - out).max(0.0), 1.0 + out);
    let place = |share: f64| {
        // With few degrees of freedom S reaches down to 0, where Φ is steep when
        // `x` is large: smaller pieces there.
        if from > 0.0 { share } else { share * share }
    };
    let ends: Vec<f64> = (0..=PIECES)
        .map(|i| from + (to - from) * place(i as f64 / PIECES as f64))
        .collect();
    normal::over(&ends, |s| density(s) * normal::cdf(x * s - shift)).clamp(0.0, 1.0)
}
