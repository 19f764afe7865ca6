//! How long to wait before another attempt; the only import of backon.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// Longest wait between two attempts, before jitter.
const LONGEST: Duration = Duration::from_secs(30);

/// Waits that double from `first` to half a minute, each lengthened by up to
/// itself at random from `seed`, so that calls that failed together do not
/// come back together. It never ends: attempts and the deadline are the
/// caller's to count.
pub(super) fn waits(first: Duration, seed: u64) -> impl Iterator<Item = Duration> + Send {
    ExponentialBuilder::new()
        .with_min_delay(first)
        .with_max_delay(LONGEST)
        .with_factor(2.0)
        .without_max_times()
        .with_jitter()
        .with_jitter_seed(seed)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_with_jitter_and_are_repeatable() {
        let first = Duration::from_millis(500);
        let some: Vec<_> = waits(first, 7).take(20).collect();
        for (index, wait) in some.iter().enumerate() {
            let base = (first * 2u32.saturating_pow(index as u32)).min(LONGEST);
            assert!(*wait >= base && *wait <= base * 2, "{index}: {wait:?}");
        }
        assert_eq!(some, waits(first, 7).take(20).collect::<Vec<_>>());
        assert_ne!(some, waits(first, 8).take(20).collect::<Vec<_>>());
    }
}
