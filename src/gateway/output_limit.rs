//! Answers that end at their limit of tokens before they are of use: what is
//! said of them. The same question would be cut at the same place, so it is not
//! asked again unchanged.

use serde_json::Value;

use super::call::Usage;
use crate::panel::model::Model;

/// Most completion tokens that are asked for; `None`: the server decides.
pub(super) fn asked(model: &Model) -> Option<u64> {
    let extra = |name| model.extra.get(name).and_then(Value::as_u64);
    extra("max_completion_tokens")
        .or(extra("max_tokens"))
        .or(model.max_tokens.map(u64::from))
}

/// What is said, with what to write in the panel. `usage` is what the provider
/// counted.
pub(super) fn words(model: &Model, usage: Usage, lacks: &str) -> String {
    let name = &model.name;
    match asked(model) {
        // A server may stop earlier than it was asked to.
        Some(limit) if usage.completion == 0 || usage.completion.saturating_mul(2) >= limit => {
            format!(
                "the answer ended at its limit of {limit} tokens, and {lacks}: raise max_tokens \
                 of [models.{name}]"
            )
        }
        Some(limit) => format!(
            "the answer ended after {} tokens though {limit} were asked for, and {lacks}: the \
             server has a limit of its own, or its context is too small",
            usage.completion
        ),
        None => format!(
            "the answer ended at a limit of the server's own, after {} tokens, and {lacks}: set \
             max_tokens of [models.{name}]",
            usage.completion
        ),
    }
}
