//! Failures that the next call would meet again: it is not sent.
//!
//! A refused key or an account without quota stops its provider, an unknown
//! model that model. A provider that never answered anything, and could not be
//! reached in all attempts of a call, is taken for a wrong address; one that
//! has answered before is only away, and every call tries for itself.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::call::{CallError, FailureKind};
use super::sync::locked;

/// What is known about one provider.
#[derive(Default)]
pub(super) struct Breaker {
    answered: AtomicBool,
    provider: Mutex<Option<CallError>>,
    models: Mutex<HashMap<String, CallError>>,
}

impl Breaker {
    /// # Errors
    /// The failure that an earlier call of the same provider or model met.
    pub(super) fn check(&self, model_id: &str) -> Result<(), CallError> {
        let known = locked(&self.provider).clone();
        match known.or_else(|| locked(&self.models).get(model_id).cloned()) {
            Some(error) => Err(error),
            None => Ok(()),
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
    pub(super) fn failed(&self, model_id: &str, error: &CallError) {
        match error.kind {
            FailureKind::Refused | FailureKind::Quota => self.stop(error),
            FailureKind::Unreachable if !self.answered.load(Ordering::Relaxed) => self.stop(error),
            FailureKind::NotFound => {
                let mut models = locked(&self.models);
                models
                    .entry(model_id.to_owned())
                    .or_insert_with(|| error.clone());
            }
            _ => {}
        }
    }

    fn stop(&self, error: &CallError) {
        locked(&self.provider).get_or_insert_with(|| error.clone());
    }
}
