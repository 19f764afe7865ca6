//! How many tokens a call will probably take.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::call::Call;
use super::sync::locked;

/// Completion tokens of a model that has not answered yet and has no limit of
/// its own.
const UNKNOWN: u64 = 1_500;

/// Completion tokens seen so far, by model and stage.
#[derive(Default)]
pub(super) struct Estimates(Mutex<HashMap<(Arc<str>, &'static str), Seen>>);

#[derive(Clone, Copy, Default)]
struct Seen {
    answers: u64,
    tokens: u64,
}

/// What a call will probably take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) prompt: u64,
    /// The mean of what was seen.
    pub(super) completion: u64,
    /// Twice the mean, or all that is allowed as long as nothing was seen: for
    /// budgets.
    pub(super) careful: u64,
}

impl Estimates {
    pub(super) fn of(&self, call: &Call, prompt_bytes: usize) -> Estimate {
        let model = &call.model;
        let most = model.most_output().map(u64::from);
        let key = (Arc::from(model.name.as_str()), call.stage);
        let seen = locked(&self.0).get(&key).copied().unwrap_or_default();
        let (completion, careful) = match seen.tokens.checked_div(seen.answers) {
            Some(mean) => (mean, mean.saturating_mul(2).max(64)),
            None => (UNKNOWN, most.unwrap_or(UNKNOWN * 2)),
        };
        let most = most.unwrap_or(u64::MAX);
        Estimate {
            prompt: prompt_bytes.div_ceil(4) as u64,
            completion: completion.min(most),
            careful: careful.min(most),
        }
    }

    pub(super) fn learn(&self, call: &Call, completion: u64) {
        let key = (Arc::from(call.model.name.as_str()), call.stage);
        let mut all = locked(&self.0);
        let seen = all.entry(key).or_default();
        seen.answers += 1;
        seen.tokens = seen.tokens.saturating_add(completion);
    }
}
