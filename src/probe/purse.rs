//! What may be asked at most: requests, seconds, dollars.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::gateway::{Usage, usd};
use crate::panel::model::Model;

/// Limits of a probe.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Longest time for one answer; a provider's own `call_seconds` holds as
    /// well.
    pub answer: Duration,
    /// Longest time for the whole probe.
    pub whole: Duration,
    /// Most requests.
    pub requests: usize,
    /// Most dollars; `None`: no limit. Models without a price count as nothing.
    pub usd: Option<f64>,
}

/// What is left of them.
pub(super) struct Purse {
    bounds: Bounds,
    end: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    requests: usize,
    spent: f64,
    reserved: f64,
}

/// What is set aside for one request.
pub(super) struct Reserved<'a> {
    purse: &'a Purse,
    usd: f64,
    /// How long its answer may take.
    pub(super) wait: Duration,
}

impl Purse {
    pub(super) fn new(bounds: Bounds) -> Self {
        Purse {
            end: Instant::now() + bounds.whole,
            bounds,
            state: Mutex::default(),
        }
    }

    /// Sets aside what a request may take at most.
    ///
    /// # Errors
    /// Why it is not sent.
    pub(super) fn reserve(
        &self,
        model: &Model,
        prompt_bytes: usize,
        most: u32,
    ) -> Result<Reserved<'_>, String> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let seconds = self.bounds.whole.as_secs_f64();
            return Err(format!("the {seconds} s for the probe are over"));
        }
        let usage = Usage {
            prompt: prompt_bytes.div_ceil(3) as u64,
            completion: most.into(),
            ..Usage::default()
        };
        let price = usd(model.price, usage).unwrap_or(0.0);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.requests >= self.bounds.requests {
            return Err(format!("{} requests were sent", self.bounds.requests));
        }
        if let Some(most) = self.bounds.usd
            && state.spent + state.reserved + price > most
        {
            return Err(format!("the budget of ${most} is reached"));
        }
        state.requests += 1;
        state.reserved += price;
        Ok(Reserved {
            purse: self,
            usd: price,
            wait: self.bounds.answer.min(left),
        })
    }

    /// How long is left of the whole.
    pub(super) fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Requests and dollars.
    pub(super) fn spent(&self) -> (usize, f64) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.requests, state.spent)
    }
}

impl Reserved<'_> {
    /// The request has ended, with these tokens; `None`: nobody knows, so it
    /// counts as all that was set aside.
    pub(super) fn settle(self, model: &Model, usage: Option<Usage>) {
        let price = match usage {
            Some(usage) => usd(model.price, usage).unwrap_or(0.0),
            None => self.usd,
        };
        let mut state = self
            .purse
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.spent += price;
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut state = self
            .purse
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.reserved = (state.reserved - self.usd).max(0.0);
    }
}
