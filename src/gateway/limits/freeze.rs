//! Pauses that the provider asks for.
//!
//! A call that was refused with a pause always waits for it. Whether the
//! others wait too depends on what the refusal means. A lone one, or many at
//! once, says that the provider has had enough: nothing is sent until the
//! pause is over. But a provider that refuses a few calls all the time (a busy
//! shared server, a router with a weak machine behind it) would be silent
//! nearly always if each of them stopped everybody: with a fifth refused and
//! one second asked for, a thousand calls took 290 seconds; so they take 5 to 10.
//! Hence: a refusal pauses the provider when there was no other pause within
//! the last [`RARE`] calls, or when at least half of the recent calls were
//! refused.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::gateway::sync::locked;

/// A refusal is a lone one when so many calls were sent since the last pause.
const RARE: u64 = 256;
/// So many calls are recent; older ones count half, and half again.
const RECENT: u64 = 32;

/// Whether, and until when, nothing is sent.
pub(super) struct Freeze(Mutex<State>);

struct State {
    until: Option<Instant>,
    /// Counts the pauses; a call carries the count at which it was sent.
    epoch: u64,
    since_pause: u64,
    recent: u64,
    refused: u64,
}

impl Freeze {
    pub(super) fn new() -> Self {
        Freeze(Mutex::new(State {
            until: None,
            epoch: 0,
            since_pause: RARE,
            recent: 0,
            refused: 0,
        }))
    }

    /// Returns when no pause is on, also when it grows meanwhile.
    pub(super) async fn wait(&self) {
        loop {
            let until = locked(&self.0).until;
            match until {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => return,
            }
        }
    }

    /// A call is about to be sent; its number is for [`Freeze::refused`].
    pub(super) fn sent(&self) -> u64 {
        let mut state = locked(&self.0);
        state.since_pause += 1;
        state.recent += 1;
        if state.recent >= RECENT * 2 {
            state.recent /= 2;
            state.refused /= 2;
        }
        state.epoch
    }

    /// The provider refused a call and asked for a pause.
    pub(super) fn refused(&self, sent: u64, pause: Duration) {
        let now = Instant::now();
        let mut state = locked(&self.0);
        if let Some(until) = state.until
            && until > now
        {
            // A shorter pause never shortens a longer one.
            state.until = Some(until.max(now + pause));
        } else if sent == state.epoch {
            state.refused += 1;
            if state.since_pause > RARE || state.refused * 2 >= state.recent {
                *state = State {
                    until: Some(now + pause),
                    epoch: state.epoch + 1,
                    since_pause: 0,
                    recent: 0,
                    refused: 0,
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(1);

    /// Sends calls of which those are refused at once, and counts the pauses.
    async fn pauses(calls: usize, refused: impl Fn(usize) -> bool) -> u64 {
        let freeze = Freeze::new();
        for index in 0..calls {
            freeze.wait().await;
            let sent = freeze.sent();
            if refused(index) {
                freeze.refused(sent, PAUSE);
            }
        }
        locked(&freeze.0).epoch
    }

    #[tokio::test(start_paused = true)]
    async fn a_lone_refusal_pauses_everybody() {
        for lone in [0, 1, 500] {
            assert_eq!(pauses(501, |index| index == lone).await, 1);
        }
        let freeze = Freeze::new();
        let start = Instant::now();
        freeze.refused(freeze.sent(), PAUSE);
        freeze.wait().await;
        assert_eq!(start.elapsed(), PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_of_all_pause_everybody_each_time() {
        assert_eq!(pauses(20, |_| true).await, 20);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_is_used_up_is_noticed_soon_after_many_successes() {
        // The second pause comes after a few dozen calls in vain.
        assert!(pauses(200, |index| index == 0 || index >= 100).await > 50);
    }

    #[tokio::test(start_paused = true)]
    async fn a_steady_share_of_refusals_does_not() {
        assert!(pauses(1_250, |index| index % 5 == 0).await <= 6);
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_pause_counts() {
        let freeze = Freeze::new();
        let (one, two) = (freeze.sent(), freeze.sent());
        let start = Instant::now();
        freeze.refused(one, PAUSE * 3);
        freeze.refused(two, PAUSE);
        freeze.wait().await;
        assert_eq!(start.elapsed(), PAUSE * 3);
    }
}
