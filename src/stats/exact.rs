//! The exact interval of a binomial rate (Clopper and Pearson, *The use of
//! confidence or fiducial limits illustrated in the case of the binomial*,
//! Biometrika 26, 1934). It covers at least as often as it says, mostly more.

use statrs::function::beta::beta_reg;

/// Halvings: enough for the last bits.
const STEPS: usize = 80;

/// The two-sided interval of `level` for `successes` among `n` independent
/// tries; `None` when there are more successes than tries, no tries, or for
/// a level that is not between 0 and 1.
pub fn clopper_pearson(successes: u64, n: u64, level: f64) -> Option<(f64, f64)> {
    if n == 0 || successes > n || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let tail = (1.0 - level) / 2.0;
    let (x, failures) = (successes as f64, (n - successes) as f64);
    let lo = if successes == 0 {
        0.0
    } else {
        beta_quantile(x, failures + 1.0, tail)
    };
    let hi = if successes == n {
        1.0
    } else {
        // From the other side, so that small tails keep their digits.
        1.0 - beta_quantile(failures, x + 1.0, tail)
    };
    Some((lo, hi))
}

fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if beta_reg(a, b, middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}
