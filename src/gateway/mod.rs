//! One door to every model.
//!
//! What lives here: all that happens between a [`Call`] and its [`Answer`].
//! In this order: calls with the same key in flight are joined (`flights`);
//! the journal is looked up (`journal`, the memo); money is set aside
//! (`budget`); the provider's limits are waited for (`limits`); the request is
//! sent, and sent again where that can help (`transport`, `retry`, `buy`, with
//! the money of each attempt in `attempt`); the
//! answer is journaled and only then given back (`ask`). Structured answers
//! are asked for by a schema of a neutral form (`shape`), sent as the server
//! takes it (`forms`, `modes`, `fall_back`), found in the text (`extract`), read
//! leniently (`lenient`), checked (`structured`) and, once, repaired (`repair`). What the next call would meet again is not sent
//! (`breaker`, and for a service `circuit`), and nothing is once the run is being stopped or the budget is
//! reached (`gate`).
//!
//! The doors themselves (`doors`: connections, limits, what is known to fail)
//! may be shared: a service has them once, and before them a gateway per request
//! with a journal, a budget and a gate of its own, so that no request sees
//! another one's answers.
//!
//! Beside the door lie the two tools of everyone who asks: `compose` makes
//! messages from a prompt, `fence` delimits foreign text in them. Whoever asks,
//! control tokens of chat formats in a message are made harmless (`harmless`).
//!
//! What may come in: the panel's resolved types (`panel::model`), in `compose`
//! also its prompts, and libraries. What may not: cases, plans, judges; the
//! gateway knows messages and schemas and not what they are about. Everything is safe to
//! drop at any point: what was set aside is given back, an answer that came is
//! written or not, and never half.
//!
//! No prompt, answer or key is ever logged or part of an error. Events carry
//! provider, model, stage, seat, status, attempt and the head of the key; the
//! failures of providers carry their own words, shortened and without the
//! prompt's text.

mod advice;
mod ask;
mod attempt;
mod bounded;
mod breaker;
mod budget;
mod buy;
pub mod call;
mod circuit;
pub mod clock;
pub mod compose;
mod config;
pub mod control;
mod descriptors;
mod doors;
mod ended;
mod estimate;
pub mod extract;
mod fall_back;
pub mod fence;
mod flights;
pub mod forms;
mod gate;
pub mod harmless;
pub mod journal;
pub mod key;
pub mod lenient;
mod limits;
mod modes;
mod notice;
mod output_limit;
pub mod probe;
mod progress;
mod repair;
mod retry;
mod room;
pub mod same_model;
mod schema_check;
pub mod shape;
mod structured;
mod sync;
mod transport;
mod troubles;
mod unstated;
mod words;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use tracing::warn;

pub use advice::advice;
pub use budget::exact_dollars;
pub use buy::{usd, without_times};
pub use call::{Answer, Call, CallError, Ended, FailureKind, Message, Notice, Role, Schema, Usage};
pub use circuit::{Circuit, CircuitState};
pub use config::{GatewayConfig, GatewayError, RequestConfig};
pub use doors::Doors;
pub use journal::{Cost, Journal, JournalError, Used};
pub use key::Key;
pub use progress::Progress;
pub use troubles::{Trouble, distinct};
pub(crate) use words::is_dense;

/// The gateway. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    doors: Doors,
    journal: Journal,
    flights: flights::Flights,
    budget: Arc<budget::Budget>,
    gate: gate::Gate,
    counters: progress::Counters,
    run_seed: u64,
    jitter_seed: u64,
    backoff: Duration,
    store_nothing: bool,
    halt_on: Vec<FailureKind>,
    lost: Mutex<HashMap<Key, CallError>>,
}

impl Gateway {
    /// Builds a gateway with doors of its own, as a run has them; nothing is
    /// sent.
    ///
    /// # Errors
    /// [`GatewayError`] when a key is missing, an address or key cannot be
    /// used, or the journal cannot be read.
    pub fn new(config: GatewayConfig) -> Result<Gateway, GatewayError> {
        let doors = Doors::new(config.providers, config.keys, Circuit::Permanent)?;
        let request = RequestConfig {
            journal: config.journal,
            run_seed: config.run_seed,
            jitter_seed: config.jitter_seed,
            budget_usd: config.budget_usd,
            cap_usd: None,
            backoff: config.backoff,
            store_nothing: false,
        };
        Self::build(&doors, request, config.halt_on)
    }

    /// A gateway for one request of a service: its own journal, budget and
    /// counters, before doors that all requests share. Cheap: nothing is read,
    /// connected or compiled.
    ///
    /// # Errors
    /// [`GatewayError::Journal`] when the journal cannot be read.
    pub fn over(doors: &Doors, request: RequestConfig) -> Result<Gateway, GatewayError> {
        Self::build(doors, request, Vec::new())
    }

    fn build(
        doors: &Doors,
        request: RequestConfig,
        halt_on: Vec<FailureKind>,
    ) -> Result<Gateway, GatewayError> {
        let spent = request.journal.spent()?;
        // A call that ended at its limit would do so again: it is asked again
        // when its limit is another one, and then it is another call.
        let at_the_limit = request.journal.failures()?.into_iter();
        let at_the_limit = at_the_limit.filter(|row| row.kind == FailureKind::OutputLimit);
        let lost = at_the_limit.map(|row| {
            let (kind, message) = (row.kind, row.message);
            (row.key, CallError::new(kind, message).after(row.seconds))
        });
        Ok(Gateway(Arc::new(Inner {
            doors: doors.clone(),
            journal: request.journal,
            flights: flights::Flights::default(),
            budget: budget::Budget::new(request.budget_usd, request.cap_usd, spent),
            gate: gate::Gate::new(),
            counters: progress::Counters::default(),
            run_seed: request.run_seed,
            jitter_seed: request.jitter_seed,
            backoff: request.backoff,
            store_nothing: request.store_nothing,
            halt_on,
            lost: Mutex::new(lost.collect()),
        })))
    }

    /// Asks a model, or finds the answer in the journal. Whatever it returns
    /// with `Ok` is on disk. Dropped before its end, it closes the connection of
    /// its request at once, unless another call waits for the same answer.
    ///
    /// # Errors
    /// [`CallError`], after every attempt that could help. `Budget` and
    /// `Stopped` say that the call was not sent, or not sent again.
    pub async fn call(&self, call: Call) -> Result<Answer, CallError> {
        let inner = &self.0;
        let call = Arc::new(harmless::call(call));
        let ask = |key| {
            let (inner, call) = (Arc::clone(inner), Arc::clone(&call));
            async move { inner.ask_once(&call, key).await }.boxed()
        };
        let outcome = match inner.key(&call) {
            Ok(key) => inner.flights.join(key, || ask(key)).await,
            Err(error) => Err(error),
        };
        let outcome = outcome.map_err(|error| inner.halt(&call, error));
        match &outcome {
            Ok(_) => progress::count(&inner.counters.finished),
            Err(error) => {
                progress::count(&inner.counters.failed);
                warn!(
                    provider = call.model.provider,
                    model = call.model.name,
                    stage = call.stage,
                    seat = &*call.seat,
                    kind = error.kind.as_str(),
                    "a call failed"
                );
            }
        }
        outcome
    }

    /// Where the calls stand. Cheap enough for every frame of a live view.
    pub fn snapshot(&self) -> Progress {
        self.0.counters.snapshot(self.0.budget.spent())
    }

    /// Buys nothing more. Requests that are on their way are finished and
    /// journaled; calls that wait, and attempts that would follow, fail with
    /// [`FailureKind::Stopped`] and this reason. What the journal holds is
    /// still given out.
    pub fn stop(&self, reason: &str) {
        self.0.gate.close(FailureKind::Stopped, reason.to_owned());
    }

    /// Why nothing more is bought, if so: the budget, a stop, or a journal
    /// that cannot be written.
    pub fn stopped(&self) -> Option<CallError> {
        self.0.gate.check().err()
    }

    /// The doors that it stands before, which tell of failures and pauses.
    pub fn doors(&self) -> &Doors {
        &self.0.doors
    }

    /// Waits until there are more distinct failures than this, and gives back
    /// the new ones; for whoever tells a person at once.
    pub async fn new_troubles(&self, known: usize) -> Vec<Trouble> {
        let told = self.0.doors.told();
        let mut distinct = told.subscribe();
        if distinct.wait_for(|count| *count > known).await.is_err() {
            std::future::pending::<()>().await;
        }
        told.all().split_off(known)
    }

    /// The journal that the gateway writes.
    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }
}

impl Inner {
    /// Asks; a call that failed for good stays failed for as long as this
    /// gateway lives, so that every arm that needs it sees the same. A new
    /// session tries it again.
    async fn ask_once(&self, call: &Call, key: Key) -> Result<Answer, CallError> {
        let lost = sync::locked(&self.lost).get(&key).cloned();
        if let Some(error) = lost {
            return Err(error);
        }
        let outcome = self.ask(call, key).await;
        if let Err(error) = &outcome
            && !matches!(
                error.kind,
                FailureKind::Budget | FailureKind::Stopped | FailureKind::Journal
            )
        {
            if error.kind != FailureKind::CircuitOpen {
                self.tell(call, error);
            }
            sync::locked(&self.lost).insert(key, error.clone());
        }
        outcome
    }

    /// Keeps a failure for the person who can act on it; the first of its kind
    /// is also told in the log. The provider's words are not: they may repeat
    /// what it was asked.
    fn tell(&self, call: &Call, error: &CallError) {
        if self.doors.told().note(call, error) {
            warn!(
                provider = call.model.provider,
                model = call.model.name,
                kind = error.kind.as_str(),
                advice = advice::advice(error.kind, &error.message),
                "a model fails in a way that was not seen before"
            );
        }
    }

    /// A failure that every further call would meet as well stops the run; its
    /// call counts as not made, so that nothing is concluded from it. So does
    /// one whose provider asks for a long pause, while others go on.
    fn halt(&self, call: &Call, error: CallError) -> CallError {
        let in_a_run = !self.halt_on.is_empty();
        if error.kind == FailureKind::Paused && in_a_run {
            let kind = FailureKind::Stopped;
            return CallError { kind, ..error };
        }
        let door = self.doors.get(&call.model.provider);
        let stopped = || {
            door.is_some_and(|door| door.breaker.has_stopped(&call.model.id))
                || self.gate.check().is_err()
        };
        let refuses = in_a_run && error.kind == FailureKind::BadRequest && stopped();
        // A provider that has answered before is only away: others go on.
        let only_away = error.kind == FailureKind::Unreachable
            && door.is_some_and(|door| door.breaker.has_answered());
        if only_away || !(refuses || self.halt_on.contains(&error.kind)) {
            return error;
        }
        let message = error.message.clone();
        self.gate.close(error.kind, error.message);
        CallError::new(FailureKind::Stopped, message)
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("providers", &self.0.doors)
            .field("progress", &self.snapshot())
            .finish()
    }
}
