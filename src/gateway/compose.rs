//! From a prompt file and its variables to the messages of a call. Everyone
//! who asks a model goes through here, so that the same question has the same
//! key.

use std::sync::Arc;

use serde::Serialize;

use super::call::{CallError, FailureKind, Message, Role};
use crate::panel::model::{Agent, Model, Panel, Prompt};
use crate::panel::prompt;

/// A prompt with its variables filled in. A prompt without a system part gives
/// one message.
///
/// # Errors
/// [`FailureKind::BadRequest`] when a variable is missing; a checked panel
/// cannot get there.
pub fn messages(prompt: &Prompt, vars: &impl Serialize) -> Result<Vec<Message>, CallError> {
    let (system, user) =
        prompt::render(prompt, vars).map_err(|error| misconfigured(error.to_string()))?;
    let mut messages = Vec::with_capacity(2);
    if let Some(system) = system {
        messages.push(Message {
            role: Role::System,
            content: system.into(),
        });
    }
    messages.push(Message {
        role: Role::User,
        content: user.into(),
    });
    Ok(messages)
}

/// An agent's model and prompt.
///
/// # Errors
/// [`FailureKind::BadRequest`] when the panel names none such; a checked panel
/// cannot get there.
pub fn of_agent<'a>(
    panel: &'a Panel,
    agent: &Agent,
) -> Result<(Arc<Model>, &'a Prompt), CallError> {
    let model = panel
        .models
        .get(&agent.model)
        .ok_or_else(|| misconfigured(format!("there is no model \"{}\"", agent.model)))?;
    let prompt = panel
        .prompts
        .get(&agent.prompt)
        .ok_or_else(|| misconfigured(format!("there is no prompt \"{}\"", agent.prompt)))?;
    Ok((Arc::new(model.clone()), prompt))
}

fn misconfigured(message: String) -> CallError {
    CallError::new(FailureKind::BadRequest, message)
}
