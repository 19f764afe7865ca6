//! The generator of numpy's `default_rng(0)`: PCG64 (128-bit state, XSL-RR
//! output), and its bounded 32-bit integers by Lemire's method. Constants and
//! rules: scoring.md, section 13.

/// State after seeding with 0.
const STATE: u128 = 35_399_562_948_360_463_058_890_781_895_381_311_971;
/// Increment after seeding with 0.
const INCREMENT: u128 = 87_136_372_517_582_989_555_478_159_403_783_844_777;
/// The multiplier of PCG's 128-bit generator.
const MULTIPLIER: u128 = 0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645;

/// The generator, seeded with 0.
pub(super) struct Pcg64 {
    state: u128,
    /// The unused high half of the last output. It survives across draws.
    kept: Option<u32>,
}

impl Pcg64 {
    pub fn new() -> Self {
        Self {
            state: STATE,
            kept: None,
        }
    }

    #[allow(clippy::cast_possible_truncation)] // halves of a word, on purpose
    fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        let fold = (self.state >> 64) as u64 ^ self.state as u64;
        fold.rotate_right((self.state >> 122) as u32)
    }

    #[allow(clippy::cast_possible_truncation)]
    fn next_u32(&mut self) -> u32 {
        if let Some(high) = self.kept.take() {
            return high;
        }
        let word = self.next_u64();
        self.kept = Some((word >> 32) as u32);
        word as u32
    }

    /// An index below `len`, uniformly. One element needs no draw.
    pub fn below(&mut self, len: u32) -> usize {
        if len <= 1 {
            return 0;
        }
        below(len, || self.next_u32())
    }
}

/// Lemire's method: the high half of a product, with the few low halves
/// rejected that would favour some indices.
#[allow(clippy::cast_possible_truncation)]
fn below(len: u32, mut next: impl FnMut() -> u32) -> usize {
    let mut product = u64::from(next()) * u64::from(len);
    if (product as u32) < len {
        // (2^32 - len) mod len
        let threshold = len.wrapping_neg() % len;
        while (product as u32) < threshold {
            product = u64::from(next()) * u64::from(len);
        }
    }
    (product >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::{Pcg64, below};

    #[test]
    fn the_stream_is_that_of_default_rng_0() {
        // numpy.random.default_rng(0).integers(0, 10, 10)
        let mut generator = Pcg64::new();
        let drawn: Vec<usize> = (0..10).map(|_| generator.below(10)).collect();
        assert_eq!(drawn, [8, 6, 5, 2, 3, 0, 0, 0, 1, 8]);
    }

    #[test]
    fn a_stratum_of_one_draws_nothing() {
        let mut generator = Pcg64::new();
        assert_eq!(generator.below(1), 0);
        assert_eq!(generator.below(10), 8);
    }

    #[test]
    fn low_halves_under_the_threshold_are_drawn_anew() {
        // For 3 the threshold is (2^32 - 3) mod 3 = 1: a low half of 0 is
        // rejected, 1 and 2 are looked at and taken.
        let mut words = [0, 0, 0xAAAA_AAAB_u32].into_iter();
        let mut taken = 0;
        let index = below(3, || {
            taken += 1;
            words.next().unwrap_or(0)
        });
        // 0xAAAAAAAB * 3 = 2 * 2^32 + 1
        assert_eq!((index, taken), (2, 3));

        // For 2^31 + 1 the threshold is 2^31 - 1.
        let len = (1 << 31) + 1;
        let mut words = [2, u32::MAX].into_iter();
        // 2 * len has the low half 2, which is below the threshold.
        let index = below(len, || words.next().unwrap_or(0));
        assert_eq!(index, 1 << 31);
    }

    #[test]
    fn a_power_of_two_rejects_nothing() {
        let mut words = [0_u32].into_iter();
        assert_eq!(below(8, || words.next().unwrap_or(u32::MAX)), 0);
    }
}
