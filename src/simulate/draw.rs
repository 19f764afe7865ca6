//! Draws by hashing: the same key gives the same draw, whatever came before.
//!
//! A key is a chain of numbers and texts. Texts enter as FNV-1a (64 bits);
//! every link goes through the finaliser of SplitMix64, so that keys which
//! differ in one bit of one link give draws without any visible relation.

use statrs::distribution::{ContinuousCDF, Normal};

/// A key under construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's finaliser.
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// FNV-1a of bytes, 64 bits.
pub const fn hash(bytes: &[u8]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        state = (state ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    state
}

impl Key {
    /// A key for one purpose; purposes never share draws.
    pub const fn new(purpose: &str) -> Self {
        Self(mix(hash(purpose.as_bytes())))
    }

    /// The key with a number added to the chain.
    pub const fn with(self, number: u64) -> Self {
        Self(mix(self.0.wrapping_add(GOLDEN) ^ mix(number ^ GOLDEN)))
    }

    /// The key with a text added to the chain.
    pub const fn with_text(self, text: &str) -> Self {
        self.with(hash(text.as_bytes())).with(text.len() as u64)
    }

    /// The draw as an integer.
    pub const fn integer(self) -> u64 {
        mix(self.0.wrapping_add(GOLDEN))
    }

    /// Uniform, strictly between 0 and 1.
    pub fn uniform(self) -> f64 {
        ((self.integer() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// True with the given probability.
    pub fn chance(self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Uniform in `0..n`; 0 when `n` is 0.
    pub fn below(self, n: usize) -> usize {
        ((self.uniform() * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// One element of a list.
    pub fn pick<T>(self, list: &[T]) -> Option<&T> {
        list.get(self.below(list.len()))
    }

    /// Standard normal.
    pub fn normal(self) -> f64 {
        Normal::standard().inverse_cdf(self.uniform())
    }
}

/// Quantile of the standard normal; minus and plus infinity at 0 and 1.
pub fn probit(probability: f64) -> f64 {
    if probability <= 0.0 {
        f64::NEG_INFINITY
    } else if probability >= 1.0 {
        f64::INFINITY
    } else {
        Normal::standard().inverse_cdf(probability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_every_link_and_on_nothing_else() {
        let key = Key::new("own").with(1).with_text("sim-alpha");
        assert_eq!(
            key.integer(),
            Key::new("own").with(1).with_text("sim-alpha").integer()
        );
        for other in [
            Key::new("common").with(1).with_text("sim-alpha"),
            Key::new("own").with(2).with_text("sim-alpha"),
            Key::new("own").with(1).with_text("sim-beta"),
            Key::new("own").with_text("sim-alpha").with(1),
        ] {
            assert_ne!(key.integer(), other.integer());
        }
    }

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let n = 20_000u64;
        let (mut sum, mut squares, mut lagged, mut last) = (0.0, 0.0, 0.0, 0.0);
        for i in 0..n {
            let x = Key::new("test").with(i).normal();
            sum += x;
            squares += x * x;
            lagged += x * last;
            last = x;
        }
        let n = n as f64;
        assert!((sum / n).abs() < 4.0 / n.sqrt());
        assert!((squares / n - 1.0).abs() < 4.0 * (2.0 / n).sqrt());
        assert!((lagged / n).abs() < 4.0 / n.sqrt());
    }

    #[test]
    fn probit_reaches_both_ends() {
        assert_eq!(probit(0.0), f64::NEG_INFINITY);
        assert_eq!(probit(1.0), f64::INFINITY);
        assert!((probit(0.975) - 1.959_963_984_540_054).abs() < 1e-9);
    }
}
