//! Answers that end at their limit of tokens before they are of use. The same
//! question would be cut at the same place, so it is not asked again unchanged:
//! with a higher limit where nobody set this one and the model's window is known
//! to have room, and else the call fails and says what to write in the panel.
//! Pure.

use std::sync::Arc;

use super::call::{Call, Notice, Usage};
use super::room;
use super::transport::prompt_bytes;
use crate::panel::model::Model;

/// How many times the limit is raised by, where there is room.
const MORE: u32 = 4;

/// The same question with a higher limit, and what is to be told of it. `None`:
/// the panel names the limit, which is the most that it wants to pay for, or
/// the window is unknown or full.
pub(super) fn raised(call: &Call) -> Option<(Call, Notice)> {
    let model = &call.model;
    if model.limit_is_stated() || model.context.is_none() {
        return None;
    }
    let bytes = prompt_bytes(call);
    let from = room::output(call, bytes, model.most_output()?);
    let to = room::output(call, bytes, from.saturating_mul(MORE));
    if to <= from {
        return None;
    }
    let model = Model {
        max_output: Some(to),
        ..Model::clone(model)
    };
    let raised = Call {
        model: Arc::new(model),
        ..call.clone()
    };
    let (from, to) = (from.into(), to.into());
    Some((raised, Notice::LimitRaised { from, to }))
}

/// What is said of an answer that ended at its limit, with what to write in the
/// panel. `usage` is what the provider counted, `lacks` what is missing.
pub(super) fn words(call: &Call, usage: Usage, lacks: &str) -> String {
    let model = &call.model;
    let name = &model.name;
    let wrote = usage.completion;
    let Some(most) = model.most_output() else {
        return format!(
            "the answer ended at a limit of the server's own, after {wrote} tokens, and {lacks}: \
             set max_output of [models.{name}]"
        );
    };
    let limit = room::output(call, prompt_bytes(call), most);
    // A server may stop long before it was asked to.
    if wrote > 0 && wrote.saturating_mul(2) < limit.into() {
        return format!(
            "the answer ended after {wrote} tokens though {limit} were allowed, and {lacks}: the \
             server has a limit of its own, or a smaller context than the panel knows of"
        );
    }
    let advice = if limit < most {
        format!("the context of [models.{name}] leaves no more")
    } else if model.limit_is_stated() {
        format!("raise max_output of [models.{name}]")
    } else {
        format!("set a higher max_output for [models.{name}]")
    };
    format!("the answer ended at its limit of {limit} tokens, and {lacks}: {advice}")
}
