//! A pause that the provider asked for.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::gateway::sync::locked;

/// Until when nothing is sent. A shorter pause never shortens a longer one.
pub(super) struct Freeze {
    until: Mutex<Option<Instant>>,
}

impl Freeze {
    pub(super) fn new() -> Self {
        Freeze {
            until: Mutex::new(None),
        }
    }

    pub(super) fn pause(&self, length: Duration) {
        let end = Instant::now() + length;
        let mut until = locked(&self.until);
        *until = Some(until.map_or(end, |until| until.max(end)));
    }

    /// Returns when no pause is on, also when it grows meanwhile.
    pub(super) async fn wait(&self) {
        loop {
            let until = *locked(&self.until);
            match until {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => return,
            }
        }
    }
}
