//! Calls with the same key that are in flight together: one is sent, all get
//! its result. It is dropped with the last one who waits for it, whoever that
//! is, and with it the connection of its request.

use std::collections::HashMap;
use std::sync::Mutex;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use super::call::{Answer, CallError};
use super::key::Key;
use super::sync::locked;

type Outcome = Result<Answer, CallError>;
type Flight = BoxFuture<'static, Outcome>;

/// The calls in flight.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Entry>>);

struct Entry {
    flight: Shared<Flight>,
    waiting: usize,
}

impl Flights {
    /// Asks, or waits for the same call that is in flight. Whoever goes away
    /// leaves it to the others.
    pub(super) async fn join(&self, key: Key, ask: impl FnOnce() -> Flight) -> Outcome {
        let (_seat, flight) = self.seat(key, ask);
        flight.await
    }

    fn seat(&self, key: Key, ask: impl FnOnce() -> Flight) -> (Seat<'_>, Shared<Flight>) {
        let mut flights = locked(&self.0);
        let entry = flights.entry(key).or_insert_with(|| Entry {
            flight: ask().shared(),
            waiting: 0,
        });
        entry.waiting += 1;
        let flight = entry.flight.clone();
        let flights = self;
        (Seat { flights, key }, flight)
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        locked(&self.0).len()
    }
}

/// A place in a flight. The last one who leaves takes it off the list, so that a
/// later call is a new one.
struct Seat<'a> {
    flights: &'a Flights,
    key: Key,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut flights = locked(&self.flights.0);
        let Some(entry) = flights.get_mut(&self.key) else {
            return;
        };
        entry.waiting -= 1;
        if entry.waiting == 0 {
            let last = flights.remove(&self.key);
            // What it holds is given back outside of the lock.
            drop(flights);
            drop(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::call::FailureKind;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    fn failure(message: &str) -> Outcome {
        Err(CallError::new(FailureKind::Server, message))
    }

    #[tokio::test(start_paused = true)]
    async fn one_asks_for_all_and_the_list_is_empty_afterwards() {
        let flights = Arc::new(Flights::default());
        let asked = Arc::new(AtomicUsize::new(0));
        let key = Key::from_bytes([1; 32]);
        let all = (0..20).map(|_| {
            let (flights, asked) = (Arc::clone(&flights), Arc::clone(&asked));
            tokio::spawn(async move {
                let ask = async move {
                    asked.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    failure("one")
                };
                flights
                    .join(key, || ask.boxed())
                    .await
                    .map_err(|error| error.message)
            })
        });
        for outcome in futures::future::join_all(all).await {
            assert_eq!(outcome.expect("no panic").unwrap_err(), "one");
        }
        assert_eq!((asked.load(Ordering::Relaxed), flights.len()), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_goes_away_leaves_the_call_to_the_others() {
        let flights = Arc::new(Flights::default());
        let asked = Arc::new(AtomicUsize::new(0));
        let key = Key::from_bytes([2; 32]);
        let join = || {
            let (flights, asked) = (Arc::clone(&flights), Arc::clone(&asked));
            let ask = async move {
                asked.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(1)).await;
                failure("one")
            };
            tokio::spawn(async move { flights.join(key, || ask.boxed()).await })
        };
        let (first, second, third) = (join(), join(), join());
        tokio::time::sleep(Duration::from_millis(500)).await;
        first.abort();
        third.abort();
        let outcome = tokio::time::timeout(Duration::from_millis(600), second).await;
        let outcome = outcome.expect("not begun anew").expect("no panic");
        assert_eq!(outcome.unwrap_err().message, "one");
        assert_eq!((asked.load(Ordering::Relaxed), flights.len()), (1, 0));
    }

    #[tokio::test]
    async fn it_is_dropped_with_the_last_one_who_waits() {
        struct Dropped(Arc<AtomicUsize>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let flights = Flights::default();
        let dropped = Arc::new(AtomicUsize::new(0));
        let key = Key::from_bytes([3; 32]);
        let never = |held: Dropped| {
            async move {
                let _held = held;
                std::future::pending().await
            }
            .boxed()
        };
        let held = Dropped(Arc::clone(&dropped));
        let mut first = Box::pin(flights.join(key, || never(held)));
        let mut second = Box::pin(flights.join(key, || unreachable!("it is in flight")));
        assert!(futures::poll!(&mut first).is_pending());
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        assert_eq!((dropped.load(Ordering::Relaxed), flights.len()), (0, 1));
        drop(second);
        assert_eq!((dropped.load(Ordering::Relaxed), flights.len()), (1, 0));
    }
}
