//! The one repair turn: the model sees its answer again and what was wrong
//! with it.

use super::call::{Call, Message, Role};
use super::harmless::harmless;
use super::structured::Misfit;

/// The call that asks again. It is a call of its own, with a key of its own:
/// its messages hold the bad answer.
pub(super) fn turn(call: &Call, answer: &str, misfit: &Misfit) -> Call {
    let mut call = call.clone();
    call.messages.push(Message {
        role: Role::Assistant,
        content: harmless(answer).into(),
    });
    call.messages.push(Message {
        role: Role::User,
        content: format!(
            "Your answer does not fit the JSON Schema:\n- {}\n\
             Answer again with the whole corrected JSON object and nothing else. \
             Change only what is needed to make it fit.",
            misfit.for_model
        )
        .into(),
    });
    call
}
