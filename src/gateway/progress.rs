//! Counters for a live view.

use std::sync::atomic::{AtomicU64, Ordering};

use super::call::Usage;
use super::journal::Cost;

/// Where a run's calls stand; a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Calls that have their answer, from the journal or bought.
    pub finished: u64,
    /// Of these, calls for which nothing had to be bought.
    pub from_journal: u64,
    /// Calls that failed (also those not sent).
    pub failed: u64,
    /// Requests on their way now.
    pub in_flight: u64,
    /// Calls that wait for a limit, a pause or the budget.
    pub waiting: u64,
    /// Attempts after the first.
    pub retries: u64,
    /// Dollars spent in the whole run, what the journal already held included;
    /// models without a price count as nothing.
    pub usd: f64,
    /// The part of `usd` that is estimated: no provider has told it.
    pub usd_estimated: f64,
    /// Tokens bought by this gateway, as far as they are known.
    pub tokens: Usage,
}

#[derive(Default)]
pub(super) struct Counters {
    pub(super) finished: AtomicU64,
    pub(super) from_journal: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) in_flight: AtomicU64,
    pub(super) waiting: AtomicU64,
    pub(super) retries: AtomicU64,
    prompt: AtomicU64,
    completion: AtomicU64,
    reasoning: AtomicU64,
    cached: AtomicU64,
}

impl Counters {
    pub(super) fn count_tokens(&self, usage: Usage) {
        self.prompt.fetch_add(usage.prompt, Ordering::Relaxed);
        self.completion
            .fetch_add(usage.completion, Ordering::Relaxed);
        self.reasoning.fetch_add(usage.reasoning, Ordering::Relaxed);
        self.cached.fetch_add(usage.cached, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self, spent: Cost) -> Progress {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Progress {
            finished: get(&self.finished),
            from_journal: get(&self.from_journal),
            failed: get(&self.failed),
            in_flight: get(&self.in_flight),
            waiting: get(&self.waiting),
            retries: get(&self.retries),
            usd: spent.usd,
            usd_estimated: spent.estimated_usd,
            tokens: Usage {
                prompt: get(&self.prompt),
                completion: get(&self.completion),
                reasoning: get(&self.reasoning),
                cached: get(&self.cached),
            },
        }
    }
}

/// Adds one.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// One more until dropped.
pub(super) struct Gauge<'a>(&'a AtomicU64);

impl<'a> Gauge<'a> {
    pub(super) fn raise(counter: &'a AtomicU64) -> Self {
        count(counter);
        Gauge(counter)
    }
}

impl Drop for Gauge<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
