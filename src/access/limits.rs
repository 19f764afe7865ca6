//! Requests per minute and key.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::locked;
use super::record::KeyRecord;

/// Requests per minute that a key can be limited to, at most: what is
/// remembered of a key grows with its limit.
pub const MAX_PER_MINUTE: u32 = 10_000;

const WINDOW: Duration = Duration::from_secs(60);

/// Counts requests: no window of 60 seconds holds more of a key's than its
/// limit, and all of them may come at once. (A bucket would let twice as many
/// through in its first minute, or spread them so that a client which asks and
/// then looks twice is refused.) Only keys with a limit that were used in the
/// last minutes are remembered.
#[derive(Debug, Default)]
pub struct Rates(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Times of the last requests that were let through, by id.
    times: HashMap<String, VecDeque<Instant>>,
    swept: Option<Instant>,
}

impl Rates {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets a request of a key through and counts it. The key must be one that
    /// was checked, so that strangers cost no memory.
    ///
    /// # Errors
    /// How long to wait before the next request is let through, when the limit
    /// is reached; a refused request is not counted.
    pub fn admit(&self, key: &KeyRecord, now: Instant) -> Result<(), Duration> {
        let Some(limit) = key.per_minute else {
            return Ok(());
        };
        let limit = limit.clamp(1, MAX_PER_MINUTE) as usize;
        let mut seen = locked(&self.0);
        seen.sweep(now);
        let times = match seen.times.get_mut(&key.id) {
            Some(times) => times,
            None => seen.times.entry(key.id.clone()).or_default(),
        };
        forget(times, now);
        // The limit of a key never changes, but what is known of it comes from
        // a file: hold to what it says now.
        if let Some(freed) = times.len().checked_sub(limit)
            && let Some(oldest) = times.get(freed)
        {
            return Err((*oldest + WINDOW).saturating_duration_since(now));
        }
        // Threads may come here in another order than they read the time.
        let last = times.back().copied();
        times.push_back(last.map_or(now, |last| last.max(now)));
        Ok(())
    }

    /// How many keys are remembered.
    pub fn remembered(&self) -> usize {
        locked(&self.0).times.len()
    }
}

impl Seen {
    /// Once a minute: forgets keys that were not used in the last.
    fn sweep(&mut self, now: Instant) {
        let due = |swept: Instant| now.saturating_duration_since(swept) >= WINDOW;
        if self.swept.is_none_or(due) {
            self.swept = Some(now);
            self.times.retain(|_, times| {
                forget(times, now);
                !times.is_empty()
            });
        }
    }
}

/// Drops times that lie a window or more back.
fn forget(times: &mut VecDeque<Instant>, now: Instant) {
    while times
        .front()
        .is_some_and(|time| now.saturating_duration_since(*time) >= WINDOW)
    {
        times.pop_front();
    }
}
