//! Failures that the next call would meet again: it is not sent.
//!
//! In a run, a refused key or an account without quota stops its provider, an
//! unknown model that model. A provider that never answered anything, and could
//! not be reached in all attempts of a call, is taken for a wrong address; one
//! that has answered before is only away, and every call tries for itself. One
//! that asks for a longer pause than is waited for is asked no more. A model
//! whose requests are refused in the same words [`EQUAL`] times, without an
//! answer to one of the same form between them, is not asked either: what is
//! refused is what the panel says.
//!
//! In a service nothing is for ever: there each provider has a circuit
//! ([`Switch`]), and an unknown model costs each call its one request.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::call::{Call, CallError, FailureKind};
use super::circuit::{self, Circuit, CircuitState, Switch, Verdict};
use super::sync::locked;
use super::troubles::same_words;

/// So many equal refusals stop a model.
const EQUAL: u32 = 3;

/// What is known about one provider.
pub(super) struct Breaker {
    provider: String,
    answered: AtomicBool,
    kind: Kind,
}

/// Id of a model, and whether a structured answer is asked for: requests of one
/// form are refused or taken alike.
type Form = (String, bool);

enum Kind {
    Permanent {
        provider: Mutex<Option<CallError>>,
        models: Mutex<HashMap<String, CallError>>,
        refusals: Mutex<HashMap<Form, (String, u32)>>,
    },
    Recovering(Mutex<Switch>, Duration),
}

/// Leave for one attempt. Dropped without a verdict, it says nothing, unless it
/// had been waited for long enough.
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    number: Option<u64>,
    since: Instant,
}

impl Breaker {
    pub(super) fn new(provider: &str, circuit: Circuit) -> Breaker {
        Breaker {
            provider: provider.to_owned(),
            answered: AtomicBool::new(false),
            kind: match circuit {
                Circuit::Permanent => Kind::Permanent {
                    provider: Mutex::default(),
                    models: Mutex::default(),
                    refusals: Mutex::default(),
                },
                Circuit::Recovering {
                    after,
                    cool_down,
                    longest,
                    hangs_after,
                } => {
                    let switch = Switch::new(after, cool_down, longest);
                    Kind::Recovering(Mutex::new(switch), hangs_after)
                }
            },
        }
    }

    /// Is it worth waiting for a turn? Takes nothing.
    ///
    /// # Errors
    /// The failure that an earlier call of the same provider or model met.
    pub(super) fn check(&self, model_id: &str) -> Result<(), CallError> {
        match &self.kind {
            Kind::Permanent {
                provider, models, ..
            } => {
                let known = locked(provider).clone();
                match known.or_else(|| locked(models).get(model_id).cloned()) {
                    Some(error) => Err(error),
                    None => Ok(()),
                }
            }
            Kind::Recovering(switch, _) => {
                let pass = locked(switch).looks(Instant::now());
                self.passed(pass).map(|_| ())
            }
        }
    }

    /// Leave to send one attempt now.
    ///
    /// # Errors
    /// As [`Breaker::check`].
    pub(super) fn pass(&self, model_id: &str) -> Result<Pass<'_>, CallError> {
        let number = match &self.kind {
            Kind::Permanent { .. } => {
                self.check(model_id)?;
                None
            }
            Kind::Recovering(switch, _) => {
                let pass = locked(switch).pass(Instant::now());
                Some(self.passed(pass)?)
            }
        };
        Ok(Pass {
            breaker: self,
            number,
            since: Instant::now(),
        })
    }

    fn passed(&self, pass: circuit::Pass) -> Result<u64, CallError> {
        match pass {
            circuit::Pass::Yes(number) => Ok(number),
            circuit::Pass::No { failure, again_in } => Err(CallError::new(
                FailureKind::CircuitOpen,
                format!(
                    "provider {} is not asked: it keeps failing ({}); {}",
                    self.provider,
                    failure.words(),
                    again(again_in)
                ),
            )),
        }
    }

    /// A request of this form was taken: refusals of others were about what
    /// they asked.
    pub(super) fn took(&self, call: &Call) {
        if let Kind::Permanent { refusals, .. } = &self.kind {
            let mut refusals = locked(refusals);
            if !refusals.is_empty() {
                refusals.remove(&form(call));
            }
        }
    }

    /// Is this model not asked any more, while its provider is?
    pub(super) fn has_stopped(&self, model_id: &str) -> bool {
        match &self.kind {
            Kind::Permanent { models, .. } => locked(models).contains_key(model_id),
            Kind::Recovering(..) => false,
        }
    }

    /// The provider answered something.
    pub(super) fn answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Did it ever answer?
    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// A call failed for good.
    pub(super) fn failed(&self, call: &Call, error: &CallError) {
        let model_id = &call.model.id;
        let never = error.kind == FailureKind::Unreachable && !self.has_answered();
        match &self.kind {
            Kind::Permanent {
                provider,
                models,
                refusals,
            } => match error.kind {
                FailureKind::Refused | FailureKind::Quota | FailureKind::Paused => {
                    stop(provider, error);
                }
                FailureKind::BadRequest if count(&mut locked(refusals), call, error) => {
                    locked(models)
                        .entry(model_id.clone())
                        .or_insert_with(|| error.clone());
                }
                FailureKind::Unreachable if never => stop(provider, error),
                FailureKind::NotFound => {
                    let mut models = locked(models);
                    models
                        .entry(model_id.clone())
                        .or_insert_with(|| error.clone());
                }
                _ => {}
            },
            Kind::Recovering(switch, _) if never || error.kind == FailureKind::Paused => {
                locked(switch).lost(error.kind, Instant::now());
            }
            Kind::Recovering(..) => {}
        }
    }

    /// How it stands.
    pub(super) fn state(&self) -> CircuitState {
        match &self.kind {
            Kind::Permanent { provider, .. } => match &*locked(provider) {
                None => CircuitState::Closed,
                Some(error) => CircuitState::Open {
                    failure: error.kind,
                    again_in: None,
                },
            },
            Kind::Recovering(switch, _) => locked(switch).state(Instant::now()),
        }
    }
}

impl Pass<'_> {
    /// The attempt has ended: `None` with an answer.
    pub(super) fn ended(mut self, failure: Option<FailureKind>) {
        let verdict = match failure {
            Some(kind @ (FailureKind::Refused | FailureKind::Quota | FailureKind::Paused)) => {
                Verdict::Lost(kind)
            }
            Some(
                kind @ (FailureKind::Server | FailureKind::Unreachable | FailureKind::Timeout),
            ) => Verdict::Away(kind),
            // Whatever else is wrong, somebody is there and says so.
            _ => Verdict::Well,
        };
        if let (Kind::Recovering(switch, _), Some(number)) =
            (&self.breaker.kind, self.number.take())
        {
            locked(switch).ended(number, verdict, Instant::now());
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let (Kind::Recovering(switch, hangs_after), Some(number)) =
            (&self.breaker.kind, self.number)
        {
            let mut switch = locked(switch);
            if self.since.elapsed() >= *hangs_after {
                let hung = Verdict::Away(FailureKind::Timeout);
                switch.ended(number, hung, Instant::now());
            } else {
                switch.left(number, Instant::now());
            }
        }
    }
}

/// Counts a refusal; `true`: there are enough.
fn count(refusals: &mut HashMap<Form, (String, u32)>, call: &Call, error: &CallError) -> bool {
    let (words, count) = refusals.entry(form(call)).or_default();
    if same_words(words, &error.message) {
        *count += 1;
    } else {
        words.clone_from(&error.message);
        *count = 1;
    }
    *count >= EQUAL
}

fn form(call: &Call) -> Form {
    (call.model.id.clone(), call.schema.is_some())
}

fn stop(provider: &Mutex<Option<CallError>>, error: &CallError) {
    locked(provider).get_or_insert_with(|| error.clone());
}

fn again(again_in: Option<Duration>) -> String {
    match again_in {
        None => "it is being tried again now".to_owned(),
        Some(wait) => format!("it is tried again in {} s", wait.as_secs_f64().ceil()),
    }
}
