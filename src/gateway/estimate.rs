//! How many tokens and dollars a call will probably take, and how many at most.

use std::collections::HashMap;
use std::sync::Mutex;

use super::buy::usd;
use super::call::Usage;
use super::sync::locked;
use super::transport::Body;

/// Completion tokens of a model that has not answered yet.
const UNKNOWN: u64 = 1_500;

/// How many times its output limit is set aside for a call, by how many answers
/// of its model have kept to it: a provider that does not keep the limit that it
/// is sent shows it in its first answers.
const DOUBT: [u64; 3] = [16, 4, 2];
/// More tokens than that are set aside only where the limit itself is higher: it
/// is about the longest that is ever written in one answer.
const MOST_DOUBTED: u64 = 32_768;

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
    /// Twice the mean of what was seen: enough for a call that is alone in
    /// flight.
    pub(super) careful: f64,
}

impl Estimates {
    pub(super) fn of(&self, body: &Body<'_>) -> Estimate {
        let call = body.call;
        let seen = locked(&self.0);
        let mean = seen
            .get(&call.model.name)
            .and_then(|seen| seen.stages.get(call.stage)?.mean());
        Estimate {
            prompt: body.prompt_bytes().div_ceil(BYTES) as u64,
            completion: mean.unwrap_or(UNKNOWN).min(body.most_output()),
        }
    }

    pub(super) fn need(&self, body: &Body<'_>) -> Need {
        let call = body.call;
        let most = body.most_output();
        let dollars = |completion| usd(call.model.price, at_most(body, completion)).unwrap_or(0.0);
        let by_limits = dollars(most);
        if by_limits <= 0.0 {
            return Need::default();
        }
        let all = locked(&self.0);
        let seen = all.get(&call.model.name);
        let bound = by_limits * seen.map_or(1.0, |seen| seen.worst.max(1.0));
        let doubt = DOUBT.get(seen.map_or(0, |seen| seen.kept)).unwrap_or(&1);
        let doubted = most.saturating_mul(*doubt).min(MOST_DOUBTED).max(most);
        let mean = seen.and_then(|seen| seen.stages.get(call.stage)?.mean());
        Need {
            bound,
            aside: bound.max(dollars(doubted)),
            careful: dollars(mean.unwrap_or(UNKNOWN).saturating_mul(2).max(64)).min(bound),
        }
    }

    /// An answer took so many tokens.
    pub(super) fn learn(&self, body: &Body<'_>, usage: Usage) {
        let call = body.call;
        let dollars = |usage| usd(call.model.price, usage).unwrap_or(0.0);
        let ratio = dollars(usage) / dollars(at_most(body, body.most_output()));
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

/// The prompt at its longest, and so many tokens of an answer.
fn at_most(body: &Body<'_>, completion: u64) -> Usage {
    Usage {
        prompt: body.prompt_bytes().div_ceil(BYTES_AT_LEAST) as u64,
        completion,
        ..Usage::default()
    }
}
