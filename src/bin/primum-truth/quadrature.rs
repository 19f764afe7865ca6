//! Integrals over the standard normal distribution.

/// Beyond this the density weighs less than 1e-18.
const END: f64 = 9.0;
const STEPS: usize = 120;

/// Nodes and weights of the five-point Gauss-Legendre rule on [-1, 1].
const RULE: [(f64, f64); 5] = [
    (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
    (-0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
    (0.906_179_845_938_664, 0.236_926_885_056_189_1),
];

/// Expectation of a function of a standard normal, which may jump at `breaks`
/// (and be steep around them).
pub fn over_normal(breaks: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let mut ends: Vec<f64> = (0..=STEPS)
        .map(|i| END * (2.0 * i as f64 / STEPS as f64 - 1.0))
        .collect();
    for at in breaks.iter().filter(|at| at.abs() < END) {
        // Finer and finer steps towards a break catch any steepness.
        ends.push(*at);
        for halving in 1..=20 {
            let off = 0.15 * 0.5_f64.powi(halving);
            ends.extend([at - off, at + off]);
        }
    }
    ends.sort_by(f64::total_cmp);
    ends.windows(2)
        .map(|pair| {
            let (middle, half) = ((pair[0] + pair[1]) / 2.0, (pair[1] - pair[0]) / 2.0);
            RULE.iter()
                .map(|(node, weight)| {
                    let x = middle + half * node;
                    weight * half * density(x) * f(x)
                })
                .sum::<f64>()
        })
        .sum()
}

fn density(x: f64) -> f64 {
    (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_a_jump() {
        assert!((over_normal(&[], |_| 1.0) - 1.0).abs() < 1e-12);
        assert!((over_normal(&[], |x| x * x) - 1.0).abs() < 1e-10);
        let tail = over_normal(&[1.0], |x| f64::from(x > 1.0));
        assert!((tail - 0.158_655_253_931_457_05).abs() < 1e-12, "{tail}");
    }
}
