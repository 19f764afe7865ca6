//! Calls with the same key that are in flight together: one is sent, all get
//! its result.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::call::{Answer, CallError};
use super::key::Key;
use super::sync::locked;

type Outcome = Result<Answer, CallError>;

/// The calls in flight.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Arc<OnceCell<Outcome>>>>);

impl Flights {
    /// Asks, or waits for the same call that is in flight. When the one who
    /// asks goes away, one of those who wait asks in its stead.
    pub(super) async fn join<F: Future<Output = Outcome>>(
        &self,
        key: Key,
        ask: impl FnOnce() -> F,
    ) -> Outcome {
        let seat = Seat {
            flights: self,
            key,
            cell: Arc::clone(locked(&self.0).entry(key).or_default()),
        };
        seat.cell.get_or_init(ask).await.clone()
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        locked(&self.0).len()
    }
}

/// A place in a flight. Whoever leaves it landed or empty takes it off the
/// list, so that a later call is a new one.
struct Seat<'a> {
    flights: &'a Flights,
    key: Key,
    cell: Arc<OnceCell<Outcome>>,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut flights = locked(&self.flights.0);
        let ours = flights
            .get(&self.key)
            .is_some_and(|cell| Arc::ptr_eq(cell, &self.cell));
        // Two: the list's and this one. New ones are made under the lock only.
        if ours && (self.cell.initialized() || Arc::strong_count(&self.cell) <= 2) {
            flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::call::FailureKind;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    fn failure(message: &str) -> Outcome {
        Err(CallError {
            kind: FailureKind::Server,
            message: message.into(),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn one_asks_for_all_and_the_list_is_empty_afterwards() {
        let flights = Arc::new(Flights::default());
        let asked = Arc::new(AtomicUsize::new(0));
        let key = Key::from_bytes([1; 32]);
        let all = (0..20).map(|_| {
            let (flights, asked) = (Arc::clone(&flights), Arc::clone(&asked));
            tokio::spawn(async move {
                let ask = || async {
                    asked.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    failure("one")
                };
                flights.join(key, ask).await.map_err(|error| error.message)
            })
        });
        for outcome in futures::future::join_all(all).await {
            assert_eq!(outcome.expect("no panic").unwrap_err(), "one");
        }
        assert_eq!((asked.load(Ordering::Relaxed), flights.len()), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_one_who_asks_goes_another_takes_over() {
        let flights = Arc::new(Flights::default());
        let key = Key::from_bytes([2; 32]);
        let first = tokio::spawn({
            let flights = Arc::clone(&flights);
            async move { flights.join(key, std::future::pending).await }
        });
        tokio::task::yield_now().await;
        let second = tokio::spawn({
            let flights = Arc::clone(&flights);
            async move { flights.join(key, || async { failure("second") }).await }
        });
        tokio::task::yield_now().await;
        first.abort();
        let outcome = tokio::time::timeout(Duration::from_secs(1), second).await;
        let outcome = outcome.expect("no hang").expect("no panic");
        assert_eq!(outcome.unwrap_err().message, "second");
        assert_eq!(flights.len(), 0);
    }

    #[tokio::test]
    async fn all_going_away_leaves_nothing() {
        let flights = Flights::default();
        let key = Key::from_bytes([3; 32]);
        let never = flights.join(key, std::future::pending);
        assert!(futures::FutureExt::now_or_never(never).is_none());
        assert_eq!(flights.len(), 0);
    }
}
