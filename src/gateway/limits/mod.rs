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

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::sync::locked;
use crate::panel::model::Limits;
use freeze::Freeze;
use rate::Rate;
use window::{Place, Window};

/// Windows that providers share.
pub(super) struct Pools(BTreeMap<String, Arc<Window>>);

impl Pools {
    /// One window a pool, as wide as the narrowest of its members says; they
    /// may come from several files.
    pub(super) fn of<'a>(limits: impl Iterator<Item = &'a Limits>) -> Pools {
        let mut widths: BTreeMap<&str, u32> = BTreeMap::new();
        for limits in limits {
            if let Some(pool) = &limits.pool {
                let width = widths.entry(pool).or_insert(limits.in_flight);
                *width = limits.in_flight.min(*width);
            }
        }
        let windows = widths.into_iter();
        Pools(
            windows
                .map(|(name, width)| (name.to_owned(), Window::new(width)))
                .collect(),
        )
    }
}

/// One provider's limits.
pub(super) struct ProviderLimits {
    queue: tokio::sync::Mutex<()>,
    freeze: Freeze,
    requests: Option<Rate>,
    tokens: Option<Rate>,
    window: Arc<Window>,
    waited_for: Mutex<Option<Instant>>,
}

impl ProviderLimits {
    pub(super) fn new(limits: &Limits, pools: &Pools) -> Self {
        let pool = limits.pool.as_ref().and_then(|name| pools.0.get(name));
        ProviderLimits {
            queue: tokio::sync::Mutex::new(()),
            freeze: Freeze::new(),
            waited_for: Mutex::default(),
            requests: limits.requests_per_minute.map(Rate::per_minute),
            tokens: limits.tokens_per_minute.map(Rate::per_minute),
            window: pool.map_or_else(|| Window::new(limits.in_flight), Arc::clone),
        }
    }

    /// Waits for a turn. The tokens that the call will probably take are asked
    /// for when its turn comes, for that estimate gets better meanwhile. Safe
    /// to drop while it waits.
    pub(super) async fn admit(&self, tokens: impl Fn() -> u64) -> Turn {
        let turn = self.queue.lock().await;
        self.freeze.wait().await;
        if let Some(requests) = &self.requests {
            requests.take(1).await;
        }
        let reserved = tokens();
        if let Some(rate) = &self.tokens {
            rate.take(reserved).await;
        }
        let place = self.window.enter().await;
        drop(turn);
        // A pause may have begun while this call waited for its place.
        self.freeze.wait().await;
        Turn {
            place,
            reserved,
            sent: self.freeze.sent(),
        }
    }

    /// After the call: what it took against what was reserved.
    pub(super) fn settle(&self, turn: &Turn, used: u64) {
        if let Some(rate) = &self.tokens {
            rate.settle(turn.reserved, used);
        }
    }

    /// The provider answered, whatever it said, or pushed the call back (429).
    pub(super) fn answered(&self, turn: &Turn, pushed_back: bool) {
        turn.place.answered(pushed_back);
    }

    /// The provider refused the call and asked for a pause.
    pub(super) fn refused(&self, turn: &Turn, pause: Duration) {
        self.freeze.refused(turn.sent, pause);
        let until = Instant::now() + pause;
        let mut waited_for = locked(&self.waited_for);
        *waited_for = Some(waited_for.map_or(until, |known| known.max(until)));
    }

    /// Until when calls wait because the provider asked for it; `None`: they do
    /// not.
    pub(super) fn waited_for(&self) -> Option<Instant> {
        let until = *locked(&self.waited_for);
        until.filter(|until| *until > Instant::now())
    }
}

/// A turn at the provider. Its place is given back when it is dropped.
pub(super) struct Turn {
    place: Place,
    reserved: u64,
    sent: u64,
}
