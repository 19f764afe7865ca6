//! So many a minute, and in no minute more.

use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use crate::gateway::sync::locked;

/// A rate limit over tokio's clock.
///
/// A bucket that holds a whole minute's worth would let twice the limit
/// through in the first minute. Here a tenth may come at once, and the rest is
/// spread, so that no window of sixty seconds ever holds more than the limit.
pub(super) struct Rate {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    clock: TokioClock,
    burst: u32,
    /// What earlier calls took beyond (positive) or below (negative) their
    /// reservation; settled with the next reservations, since governor takes
    /// nothing back.
    owed: Mutex<i64>,
}

impl Rate {
    /// At most so many in any minute. Zero is taken as one: a panel that is
    /// checked has none.
    pub(super) fn per_minute(limit: u32) -> Self {
        let limit = limit.max(1);
        let burst = (limit / 10).max(1);
        let sustained = limit - burst + 1;
        let quota = Quota::with_period(Duration::from_secs(60) / sustained)
            .unwrap_or_else(|| Quota::per_minute(at_least_one(sustained)))
            .allow_burst(at_least_one(burst));
        let clock = TokioClock(Instant::now());
        Rate {
            limiter: RateLimiter::direct_with_clock(quota, clock),
            clock,
            burst,
            owed: Mutex::new(0),
        }
    }

    /// Waits until so many are free and takes them; in slices, when they are
    /// more than may come at once.
    pub(super) async fn take(&self, amount: u64) {
        let mut left = self.with_debts(amount);
        while left > 0 {
            let slice = u32::try_from(left).unwrap_or(u32::MAX).min(self.burst);
            match self.limiter.check_n(at_least_one(slice)) {
                Ok(Ok(())) => left -= u64::from(slice),
                Ok(Err(not_yet)) => {
                    tokio::time::sleep(not_yet.wait_time_from(self.clock.now())).await;
                }
                // A slice is never above the burst.
                Err(_) => return,
            }
        }
    }

    /// Settles a reservation with what was used.
    pub(super) fn settle(&self, reserved: u64, used: u64) {
        let difference = signed(used).saturating_sub(signed(reserved));
        let mut owed = locked(&self.owed);
        *owed = owed.saturating_add(difference);
    }

    /// The amount with what is owed; a credit never makes a call free.
    fn with_debts(&self, amount: u64) -> u64 {
        let mut owed = locked(&self.owed);
        let due = signed(amount).saturating_add(*owed);
        let charged = due.max(1);
        *owed = due - charged;
        charged.unsigned_abs()
    }
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// Nanoseconds of tokio's clock since the limiter began.
#[derive(Clone, Copy)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Seconds at which calls of this size got through.
    async fn times(limit: u32, sizes: &[u64]) -> Vec<f64> {
        let rate = Rate::per_minute(limit);
        let start = Instant::now();
        let mut times = Vec::new();
        for size in sizes {
            rate.take(*size).await;
            times.push(start.elapsed().as_secs_f64());
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_holds_more_than_the_limit() {
        for limit in [1, 2, 3, 7, 10, 60, 100, 601] {
            let times = times(limit, &vec![1; limit as usize * 3]).await;
            for (first, start) in times.iter().enumerate() {
                let end = times.partition_point(|time| *time < start + 59.99);
                assert!(end - first <= limit as usize, "{limit}: {}", end - first);
            }
            // Nine tenths of the limit are used.
            let minutes = times.last().copied().unwrap_or(0.0) / 60.0;
            assert!(minutes < 3.0 / 0.9, "{limit}: {minutes}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_above_the_burst_is_charged_in_slices() {
        let times = times(1_000, &[100, 1_800, 1]).await;
        assert!(times[0] < 0.1);
        assert!((110.0..130.0).contains(&times[1]), "{times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_difference_to_the_estimate_is_settled_with_the_next_call() {
        let rate = Rate::per_minute(600);
        rate.take(10).await;
        rate.settle(10, 610);
        let start = Instant::now();
        rate.take(1).await;
        assert!(start.elapsed() > Duration::from_secs(50));
        rate.settle(1_000, 0);
        let start = Instant::now();
        rate.take(900).await;
        assert!(start.elapsed() < Duration::from_secs(1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn debts_are_never_lost(calls in prop::collection::vec((0u64..500, 0u64..500), 1..40)) {
            let rate = Rate::per_minute(60);
            let (mut charged, mut used) = (0i64, 0i64);
            for (estimate, actual) in &calls {
                charged += signed(rate.with_debts(*estimate));
                rate.settle(*estimate, *actual);
                used += signed(*actual);
            }
            prop_assert_eq!(charged + *locked(&rate.owed), used);
        }
    }
}
