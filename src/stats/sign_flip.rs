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

    let groups = Groups::of(&moving);
    if moving.len() <= EXACT_UP_TO {
        let patterns = 1_u32 << moving.len();
        let hits = (0..patterns)
            .filter(|pattern| extreme(groups.sum([u64::from(*pattern)])))
            .count();
        return Some(hits as f64 / f64::from(patterns));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut words = vec![0; moving.len().div_ceil(64)];
    let mut hits = 1_u32;
    for _ in 0..RESAMPLES {
        words.fill_with(|| rng.next_u64());
        hits += u32::from(extreme(groups.sum(words.iter().copied())));
    }
    Some(f64::from(hits) / f64::from(RESAMPLES + 1))
}

/// The sums of groups of eight differences under each of their 256 patterns of
/// signs, so that a whole pattern is a few look-ups.
struct Groups(Vec<[f64; 256]>);

impl Groups {
    fn of(differences: &[f64]) -> Self {
        let group = |group: &[f64]| {
            let mut sums = [group.iter().sum(); 256];
            for pattern in 1..sums.len() {
                // The lowest sign turned, beside the others as they were.
                let lowest = pattern.trailing_zeros() as usize;
                let without = sums[pattern & (pattern - 1)];
                sums[pattern] = without - 2.0 * group.get(lowest).unwrap_or(&0.0);
            }
            sums
        };
        Self(differences.chunks(8).map(group).collect())
    }

    /// The sum of all differences, with a minus where a bit is set; the words
    /// have 64 signs each.
    fn sum(&self, words: impl IntoIterator<Item = u64>) -> f64 {
        let bytes = words.into_iter().flat_map(u64::to_le_bytes);
        let each = self.0.iter().zip(bytes);
        each.map(|(sums, byte)| sums[usize::from(byte)]).sum()
    }
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
