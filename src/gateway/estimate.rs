//! How many tokens and dollars a call will probably take, and how many at most.

use std::collections::HashMap;
use std::sync::Mutex;

use super::buy::usd;
use super::call::{Call, Usage};
use super::sync::locked;

/// Completion tokens of a model that has not answered yet.
const UNKNOWN: u64 = 1_500;

/// Completion tokens that are assumed to be the most where no limit is sent.
const NO_LIMIT: u64 = 8_192;

/// How many times what its limits allow is set aside for a call, by how many
/// answers of its model have kept to them: a provider that does not keep the
/// limit that it is sent shows it in its first answers.
const DOUBT: [f64; 3] = [16.0, 4.0, 2.0];

/// Bytes of a prompt that make a token, at most and as is usual for English
/// text. Where every character is a token of its own (Chinese, say), it has
/// three bytes.
const BYTES_AT_LEAST: usize = 3;
const BYTES: usize = 4;

/// What was seen so far, by model.
#[derive(Default)]
pub(super) struct Estimates(Mutex<HashMap<String, Seen>>);

#[derive(Default)]
struct Seen {
    stages: HashMap<&'static str, Answers>,
    /// Answers that cost no more than their limits allow.
    kept: usize,
    /// Dollars of the dearest answer, as a multiple of what its limits allowed.
    worst: f64,
}

#[derive(Clone, Copy, Default)]
struct Answers {
    count: u64,
    tokens: u64,
}

impl Answers {
    fn mean(self) -> Option<u64> {
        self.tokens.checked_div(self.count)
    }
}

/// Tokens that a call will probably take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) prompt: u64,
    /// The mean of what was seen.
    pub(super) completion: u64,
}

/// Dollars that an attempt may cost; none of them for a model without a price.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Need {
    /// What its limits allow, as far as the provider keeps to them: the prompt
    /// and every token of the output limit, reasoning included. It is what an
    /// attempt counts as of which nobody knows what it cost.
    pub(super) bound: f64,
    /// What is set aside while others are in flight: the bound, and several
    /// times the bound as long as the model has hardly answered.
    pub(super) aside: f64,
    /// Twice the mean of what was seen, or the bound: enough for a call that is
    /// alone in flight.
    pub(super) careful: f64,
}

impl Estimates {
    pub(super) fn of(&self, call: &Call, prompt_bytes: usize) -> Estimate {
        let seen = locked(&self.0);
        let mean = seen
            .get(&call.model.name)
            .and_then(|seen| seen.stages.get(call.stage)?.mean());
        Estimate {
            prompt: prompt_bytes.div_ceil(BYTES) as u64,
            completion: mean.unwrap_or(UNKNOWN).min(limit(call)),
        }
    }

    pub(super) fn need(&self, call: &Call, prompt_bytes: usize) -> Need {
        let dollars = |prompt: usize, completion: u64| {
            let usage = Usage {
                prompt: prompt as u64,
                completion,
                ..Usage::default()
            };
            usd(call.model.price, usage).unwrap_or(0.0)
        };
        let most = limit(call);
        let by_limits = dollars(prompt_bytes.div_ceil(BYTES_AT_LEAST), most);
        if by_limits <= 0.0 {
            return Need::default();
        }
        let all = locked(&self.0);
        let seen = all.get(&call.model.name);
        let worst = seen.map_or(1.0, |seen| seen.worst.max(1.0));
        let kept = seen.map_or(0, |seen| seen.kept);
        let bound = by_limits * worst;
        let mean = seen.and_then(|seen| seen.stages.get(call.stage)?.mean());
        let careful = mean.map_or(bound, |mean| {
            let tokens = mean.saturating_mul(2).max(64);
            dollars(prompt_bytes.div_ceil(BYTES_AT_LEAST), tokens).min(bound)
        });
        Need {
            bound,
            aside: by_limits * worst.max(DOUBT.get(kept).copied().unwrap_or(1.0)),
            careful,
        }
    }

    /// An answer took so many tokens.
    pub(super) fn learn(&self, call: &Call, prompt_bytes: usize, usage: Usage) {
        let allowed = Usage {
            prompt: prompt_bytes.div_ceil(BYTES_AT_LEAST) as u64,
            completion: limit(call),
            ..Usage::default()
        };
        let dollars = |usage| usd(call.model.price, usage).unwrap_or(0.0);
        let ratio = dollars(usage) / dollars(allowed);
        let mut all = locked(&self.0);
        if !all.contains_key(&call.model.name) {
            all.insert(call.model.name.clone(), Seen::default());
        }
        let Some(seen) = all.get_mut(&call.model.name) else {
            return;
        };
        let answers = seen.stages.entry(call.stage).or_default();
        answers.count += 1;
        answers.tokens = answers.tokens.saturating_add(usage.completion);
        if ratio.is_finite() {
            seen.worst = seen.worst.max(ratio);
            seen.kept += usize::from(ratio <= 1.0);
        }
    }
}

/// Most completion tokens that a call asks for.
pub(super) fn limit(call: &Call) -> u64 {
    let model = &call.model;
    let extra = |name| model.extra.get(name).and_then(serde_json::Value::as_u64);
    extra("max_completion_tokens")
        .or(extra("max_tokens"))
        .or(model.max_tokens.map(u64::from))
        .unwrap_or(NO_LIMIT)
}
