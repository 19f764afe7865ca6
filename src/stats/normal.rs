//! The normal distribution, of one and of two variables, and integrals over it.

use statrs::distribution::{ContinuousCDF, Normal};
use std::f64::consts::{FRAC_PI_2, PI};

/// Beyond this the density weighs less than 1e-18.
const END: f64 = 9.0;
/// Pieces of an integral over the whole line.
const PIECES: usize = 180;
/// Pieces of an integral over an angle.
const ANGLES: usize = 64;
/// Halvings of the pieces towards a place where a function is steep.
const HALVINGS: i32 = 24;

/// Nodes and weights of the five-point rule of Gauss and Legendre on [-1, 1].
const RULE: [(f64, f64); 5] = [
    (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
    (-0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
    (0.906_179_845_938_664, 0.236_926_885_056_189_1),
];

/// Probability that a standard normal lies below `x`.
pub fn cdf(x: f64) -> f64 {
    Normal::standard().cdf(x)
}

/// The value below which a standard normal lies with probability `p`; infinite
/// at 0 and 1.
pub fn quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p.clamp(0.0, 1.0))
}

/// Probability that two standard normals of correlation `rho` lie below `h` and
/// below `k`.
///
/// With the derivative by `rho`, which is the density (Plackett, *A reduction
/// formula for normal multivariate integrals*, Biometrika 41, 1954), and `rho` =
/// sin t (Drezner and Wesolowsky, Journal of Statistical Computation and
/// Simulation 35, 1990): Φ(h)Φ(k) + 1/2π ∫ exp(-(h² - 2hk sin t + k²) / 2cos² t)
/// dt from 0 to arcsin `rho`.
pub fn bivariate_cdf(h: f64, k: f64, rho: f64) -> f64 {
    let density = |t: f64| {
        let cos = t.cos();
        let distance = h * h - 2.0 * h * k * t.sin() + k * k;
        (-distance / (2.0 * cos * cos)).exp()
    };
    let end = rho.clamp(-1.0, 1.0).asin();
    // Near a right angle the integrand may be steep; pieces shrink towards it.
    let ends: Vec<f64> = (0..=ANGLES)
        .map(|i| {
            let share = i as f64 / ANGLES as f64;
            end * (share * FRAC_PI_2).sin()
        })
        .collect();
    cdf(h) * cdf(k) + over(&ends, density) / (2.0 * PI)
}

/// Expectation of a function of a standard normal that may be steep around
/// `steep`.
pub fn expectation(steep: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let mut ends: Vec<f64> = (0..=PIECES)
        .map(|i| END * (2.0 * i as f64 / PIECES as f64 - 1.0))
        .collect();
    for at in steep.iter().filter(|at| at.abs() < END) {
        ends.push(*at);
        for halving in 0..HALVINGS {
            let off = 0.1 * 0.5_f64.powi(halving);
            ends.extend([at - off, at + off]);
        }
    }
    ends.sort_by(f64::total_cmp);
    let density = |x: f64| (-x * x / 2.0).exp() / (2.0 * PI).sqrt();
    over(&ends, |x| density(x) * f(x))
}

/// Integral over the pieces between these ends.
pub(super) fn over(ends: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let piece = |from: f64, to: f64| {
        let (middle, half) = (f64::midpoint(from, to), (to - from) / 2.0);
        let at = |(node, weight): &(f64, f64)| weight * half * f(middle + half * node);
        RULE.iter().map(at).sum::<f64>()
    };
    ends.windows(2).map(|pair| piece(pair[0], pair[1])).sum()
}
