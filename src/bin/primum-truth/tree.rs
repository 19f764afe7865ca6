//! How many of several writers write a unit, when their errors have nested
//! factors in common: one of all, one of each family, one of each model.

use statrs::distribution::{ContinuousCDF, Normal};

use super::quadrature::{Edge, over_normal};

/// Panels of the outermost integral and of those inside it.
const OUTER: usize = 40;
const INNER: usize = 16;

/// One writer, or a group with a factor of its own.
#[derive(Clone)]
pub enum Tree {
    /// Knows iff the sum of all factors and of its own error lies below the
    /// threshold; writes iff it knows (or, of something harmful, does not).
    Seat {
        threshold: f64,
        harmful: bool,
        /// Standard deviation of its own error.
        sd: f64,
    },
    /// Members that share a factor.
    Group {
        /// Standard deviation of the factor.
        sd: f64,
        members: Vec<Tree>,
        /// Thresholds inside, with the standard deviation of what comes
        /// between the factor and them.
        edges: Vec<(f64, f64)>,
    },
}

impl Tree {
    /// A group. What a single member has for itself and what its group has for
    /// it is one error, and needs one integral.
    pub fn group(sd: f64, mut members: Vec<Self>) -> Self {
        if members.len() == 1
            && let Some(only) = members.pop()
        {
            return match only {
                Self::Seat {
                    threshold,
                    harmful,
                    sd: own,
                } => Self::Seat {
                    threshold,
                    harmful,
                    sd: own.hypot(sd),
                },
                Self::Group {
                    sd: own, members, ..
                } => Self::group(own.hypot(sd), members),
            };
        }
        let mut edges: Vec<(f64, f64)> = members.iter().flat_map(Self::edges_from_above).collect();
        edges.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        edges.dedup();
        Self::Group { sd, members, edges }
    }

    fn edges_from_above(&self) -> Vec<(f64, f64)> {
        match self {
            Self::Seat { threshold, sd, .. } => vec![(*threshold, *sd)],
            Self::Group { sd, edges, .. } => edges
                .iter()
                .map(|(threshold, between)| (*threshold, between.hypot(*sd)))
                .collect(),
        }
    }

    /// Probability of each number of writers.
    pub fn writers(&self) -> Vec<f64> {
        self.given(0.0, OUTER)
    }

    /// The same, given the sum of the factors above.
    fn given(&self, above: f64, panels: usize) -> Vec<f64> {
        match self {
            Self::Seat {
                threshold,
                harmful,
                sd,
            } => {
                let left = threshold - above;
                let knows = if *sd > 0.0 {
                    cdf(left / sd)
                } else {
                    f64::from(left > 0.0)
                };
                let writes = if *harmful { 1.0 - knows } else { knows };
                vec![1.0 - writes, writes]
            }
            Self::Group { sd, members, .. } if *sd <= 0.0 => together(members, above, panels),
            Self::Group { sd, members, edges } => {
                let edges: Vec<Edge> = edges
                    .iter()
                    .map(|(threshold, between)| Edge {
                        at: (threshold - above) / sd,
                        width: between / sd,
                    })
                    .collect();
                over_normal(panels, &edges, |x| together(members, above + sd * x, INNER))
            }
        }
    }
}

fn together(members: &[Tree], above: f64, panels: usize) -> Vec<f64> {
    sum_of(members.iter().map(|member| member.given(above, panels)))
}

/// Distribution of a sum of independent counts.
pub fn sum_of(counts: impl IntoIterator<Item = Vec<f64>>) -> Vec<f64> {
    counts.into_iter().fold(vec![1.0], |sum, count| {
        let mut next = vec![0.0; sum.len() + count.len() - 1];
        for (i, p) in sum.iter().enumerate() {
            for (j, q) in count.iter().enumerate() {
                next[i + j] += p * q;
            }
        }
        next
    })
}

/// Probability that more than half of all write.
pub fn more_than_half(count: &[f64]) -> f64 {
    let all = count.len() - 1;
    count
        .iter()
        .enumerate()
        .filter(|(writers, _)| 2 * writers > all)
        .map(|(_, probability)| probability)
        .sum()
}

fn cdf(x: f64) -> f64 {
    if x.is_infinite() {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    Normal::standard().cdf(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RHOS: [[f64; 3]; 7] = [
        [0.35, 0.45, 0.7],
        [0.35, 0.35, 0.35],
        [0.0, 0.0, 0.0],
        [0.0, 0.5, 1.0],
        [0.2, 1.0, 1.0],
        [1.0, 1.0, 1.0],
        [0.6, 0.95, 0.999],
    ];

    fn seat(threshold: f64, rhos: [f64; 3]) -> Tree {
        Tree::Seat {
            threshold,
            harmful: false,
            sd: (1.0 - rhos[2]).sqrt(),
        }
    }

    /// Families of models of seats, all with the same threshold.
    fn tree(threshold: f64, rhos: [f64; 3], families: &[&[usize]]) -> Tree {
        let families = families.iter().map(|models| {
            let models = models.iter().map(|&seats| {
                let seats = vec![seat(threshold, rhos); seats];
                Tree::group((rhos[2] - rhos[1]).sqrt(), seats)
            });
            Tree::group((rhos[1] - rhos[0]).sqrt(), models.collect())
        });
        Tree::group(rhos[0].sqrt(), families.collect())
    }

    #[test]
    fn majorities_of_coins() {
        let coins = |p: &[f64]| more_than_half(&sum_of(p.iter().map(|p| vec![1.0 - p, *p])));
        assert!((coins(&[0.3]) - 0.3).abs() < 1e-12);
        assert!((coins(&[0.5, 0.5]) - 0.25).abs() < 1e-12);
        let p: f64 = 0.9;
        let three = p.powi(3) + 3.0 * p.powi(2) * (1.0 - p);
        assert!((coins(&[p; 3]) - three).abs() < 1e-12);
    }

    #[test]
    fn each_writer_keeps_its_probability_whatever_it_shares() {
        let keeps = |rhos: [f64; 3], shape: &[&[usize]]| {
            for threshold in [-1.0, 2.2] {
                let writers = tree(threshold, rhos, shape).writers();
                let all = (writers.len() - 1) as f64;
                let mean: f64 = (0..).zip(&writers).map(|(k, p)| f64::from(k) * p).sum();
                let off = mean / all - cdf(threshold);
                assert!(off.abs() < 1e-8, "{rhos:?} {threshold} {shape:?}: {off}");
                let total: f64 = writers.iter().sum();
                assert!((total - 1.0).abs() < 1e-8, "{total}");
            }
        };
        for rhos in RHOS {
            for shape in [&[&[1][..]][..], &[&[2]], &[&[1, 1]], &[&[2], &[1]]] {
                keeps(rhos, shape);
            }
        }
        keeps(RHOS[0], &[&[2, 1], &[1]]);
    }

    /// Two standard normals with correlation r are both below 0 with
    /// probability 1/4 + asin(r) / 2 pi.
    #[test]
    fn pairs_correlate_by_the_nearest_factor_that_they_share() {
        for rhos in RHOS {
            let pairs: [&[&[usize]]; 3] = [&[&[1], &[1]], &[&[1, 1]], &[&[2]]];
            for (shape, rho) in pairs.into_iter().zip(rhos) {
                let both = tree(0.0, rhos, shape).writers()[2];
                let known = 0.25 + rho.asin() / (2.0 * std::f64::consts::PI);
                assert!(
                    (both - known).abs() < 1e-8,
                    "{rhos:?} {shape:?}: {both}, {known}"
                );
            }
        }
    }

    #[test]
    fn three_equals_of_one_latent_error_are_one() {
        let rhos = [0.0, 0.5, 1.0];
        let writers = tree(1.2, rhos, &[&[3]]).writers();
        assert!((more_than_half(&writers) - cdf(1.2)).abs() < 1e-9);
    }

    #[test]
    fn all_three_levels_at_once_lie_between_their_neighbours() {
        let rhos = [0.35, 0.45, 0.7];
        let wrong = |shape: &[&[usize]]| 1.0 - more_than_half(&tree(1.2, rhos, shape).writers());
        let order = [
            wrong(&[&[1], &[1], &[1], &[1], &[1]]),
            wrong(&[&[1, 1], &[1], &[1], &[1]]),
            wrong(&[&[3, 1], &[1]]),
            wrong(&[&[5]]),
        ];
        assert!(order.is_sorted(), "{order:?}");
    }
}
