//! The cluster sign-flip permutation test of a mean paired difference.
//!
//! Under the null hypothesis that two arms are exchangeable on every case, the
//! sign of each case's difference is arbitrary (Fisher's randomisation test
//! for matched pairs; Good, *Permutation, Parametric and Bootstrap Tests of
//! Hypotheses*, 3rd ed., section 3.2). The case is the unit, so variants and
//! trials of one case are flipped together.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// Up to this many non-zero differences all sign patterns are enumerated.
const EXACT_UP_TO: usize = 16;

/// Random sign patterns beyond that.
const RESAMPLES: u32 = 10_000;

/// Two-sided p-value for the mean of `differences` (one a case) being zero.
/// Exact for up to 16 non-zero differences; otherwise by 10,000 random sign
/// patterns drawn from `seed`, with the observed one counted in. `None`
/// without any difference; 1 when all are zero.
pub fn sign_flip(differences: &[f64], seed: u64) -> Option<f64> {
    if differences.is_empty() || differences.iter().any(|d| d.is_nan()) {
        return None;
    }
    // A zero stays zero under any sign: leave it out.
    let moving: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    if moving.is_empty() {
        return Some(1.0);
    }
    let observed = moving.iter().sum::<f64>().abs();
    // Sums of the same numbers in other signs round differently; a pattern
    // within this distance of the observed one counts as equal to it.
    let slack = 1e-12 * moving.iter().map(|d| d.abs()).sum::<f64>();
    let extreme = |sum: f64| sum.abs() >= observed - slack;

    if moving.len() <= EXACT_UP_TO {
        let patterns = 1u32 << moving.len();
        let hits = (0..patterns)
            .filter(|pattern| {
                let sum: f64 = moving
                    .iter()
                    .enumerate()
                    .map(|(i, d)| if pattern >> i & 1 == 1 { -d } else { *d })
                    .sum();
                extreme(sum)
            })
            .count();
        return Some(hits as f64 / f64::from(patterns));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut hits = 1u32;
    for _ in 0..RESAMPLES {
        let mut sum = 0.0;
        for chunk in moving.chunks(64) {
            let mut bits = rng.next_u64();
            for d in chunk {
                sum += if bits & 1 == 1 { -d } else { *d };
                bits >>= 1;
            }
        }
        hits += u32::from(extreme(sum));
    }
    Some(f64::from(hits) / f64::from(RESAMPLES + 1))
}

#[cfg(test)]
mod tests {
    use super::sign_flip;

    #[test]
    fn six_cases_in_one_direction_are_the_fewest_that_can_be_significant() {
        assert_eq!(sign_flip(&[1.0; 5], 0), Some(2.0 / 32.0));
        assert_eq!(sign_flip(&[1.0; 6], 0), Some(2.0 / 64.0));
    }

    #[test]
    fn zeros_change_nothing_and_nothing_gives_nothing() {
        assert_eq!(
            sign_flip(&[1.0, 0.0, 2.0, 0.0], 0),
            sign_flip(&[1.0, 2.0], 0)
        );
        assert_eq!(sign_flip(&[0.0, 0.0], 0), Some(1.0));
        assert_eq!(sign_flip(&[], 0), None);
    }

    #[test]
    fn the_random_branch_agrees_with_the_exact_one() {
        // 17 differences, of which 16 matter: the last is nearly nothing.
        let mut d: Vec<f64> = (0..16)
            .map(|i| if i % 3 == 0 { -0.4 } else { 0.3 })
            .collect();
        let exact = sign_flip(&d, 0).unwrap_or_default();
        d.push(1e-15);
        let sampled = sign_flip(&d, 7).unwrap_or_default();
        assert!((exact - sampled).abs() < 0.02, "{exact} {sampled}");
        assert_eq!(sign_flip(&d, 7), sign_flip(&d, 7));
    }
}
