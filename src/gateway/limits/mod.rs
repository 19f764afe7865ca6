//! What one provider lets through: requests and tokens a minute, calls in
//! flight, and pauses that it asks for.
//!
//! What lives here: waiting, and nothing else. What may come in: tokio time
//! (so that tests can pause it) and governor. What may not: HTTP, money, the
//! journal. No lock is held while a call is on its way.
//!
//! Admission is one queue in the order of arrival. Its head waits for a pause
//! to end, then for requests and tokens, then for a free place, and leaves at
//! once when it has all of them: at most one call holds tokens without being
//! sent, so tokens never pile up into a burst.

mod freeze;
mod rate;
mod window;

use std::sync::Arc;
use std::time::Duration;

use crate::panel::model::Limits;
use freeze::Freeze;
use rate::Rate;
pub(super) use window::Place;
use window::Window;

/// One provider's limits.
pub(super) struct ProviderLimits {
    queue: tokio::sync::Mutex<()>,
    freeze: Freeze,
    requests: Option<Rate>,
    tokens: Option<Rate>,
    window: Arc<Window>,
}

impl ProviderLimits {
    pub(super) fn new(limits: &Limits) -> Self {
        ProviderLimits {
            queue: tokio::sync::Mutex::new(()),
            freeze: Freeze::new(),
            requests: limits.requests_per_minute.map(Rate::per_minute),
            tokens: limits.tokens_per_minute.map(Rate::per_minute),
            window: Window::new(limits.in_flight),
        }
    }

    /// Waits for a turn, for a call that will probably take this many tokens.
    /// Safe to drop while it waits.
    pub(super) async fn admit(&self, tokens: u64) -> Place {
        let turn = self.queue.lock().await;
        self.freeze.wait().await;
        if let Some(requests) = &self.requests {
            requests.take(1).await;
        }
        if let Some(rate) = &self.tokens {
            rate.take(tokens).await;
        }
        let place = self.window.enter().await;
        drop(turn);
        // A pause may have begun while this call waited for its place.
        self.freeze.wait().await;
        place
    }

    /// After the call: what it took against what was reserved.
    pub(super) fn settle(&self, reserved: u64, used: u64) {
        if let Some(rate) = &self.tokens {
            rate.settle(reserved, used);
        }
    }

    /// The provider asked for a pause: nothing is sent for so long.
    pub(super) fn pause(&self, length: Duration) {
        self.freeze.pause(length);
    }
}
