//! Integrals over the standard normal distribution.

/// Beyond this the density weighs less than 1e-14.
const END: f64 = 8.0;

/// Nodes and weights of the five-point Gauss-Legendre rule on [-1, 1].
const RULE: [(f64, f64); 5] = [
    (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
    (-0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
    (0.906_179_845_938_664, 0.236_926_885_056_189_1),
];

/// Where a function goes from one value to another.
#[derive(Clone, Copy)]
pub struct Edge {
    /// The middle of it.
    pub at: f64,
    /// How wide it is, as a normal's standard deviation; 0 is a jump.
    pub width: f64,
}

/// Expectation of a function of a standard normal that is smooth but for its
/// edges, component by component.
pub fn over_normal(panels: usize, edges: &[Edge], f: impl Fn(f64) -> Vec<f64>) -> Vec<f64> {
    let step = 2.0 * END / panels as f64;
    let mut ends: Vec<f64> = (0..=panels).map(|i| i as f64 * step - END).collect();
    // An edge as wide as the density itself needs nothing.
    for edge in edges.iter().filter(|e| e.width < 1.0 && e.at.abs() < END) {
        // Finer and finer panels towards it catch any steepness.
        ends.push(edge.at);
        let mut off = step / 2.0;
        while off > (edge.width / 4.0).max(1e-7) {
            ends.extend([edge.at - off, edge.at + off]);
            off /= 2.0;
        }
    }
    ends.sort_by(f64::total_cmp);
    let mut sum: Vec<f64> = Vec::new();
    for pair in ends.windows(2) {
        let (middle, half) = ((pair[0] + pair[1]) / 2.0, (pair[1] - pair[0]) / 2.0);
        if half < 1e-12 {
            continue;
        }
        for (node, weight) in RULE {
            let x = middle + half * node;
            let values = f(x);
            sum.resize(values.len(), 0.0);
            let weight = weight * half * density(x);
            for (sum, value) in sum.iter_mut().zip(&values) {
                *sum += weight * value;
            }
        }
    }
    sum
}

fn density(x: f64) -> f64 {
    (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_a_jump() {
        let edge = Edge {
            at: 1.0,
            width: 0.0,
        };
        for panels in [16, 40] {
            let moments = over_normal(panels, &[], |x| vec![1.0, x, x * x]);
            for (moment, known) in moments.iter().zip([1.0, 0.0, 1.0]) {
                assert!((moment - known).abs() < 1e-9, "{panels}: {moments:?}");
            }
            let tail = over_normal(panels, &[edge], |x| vec![f64::from(x > 1.0)])[0];
            assert!((tail - 0.158_655_253_931_457_05).abs() < 1e-9, "{tail}");
        }
    }
}
