//! How an agent is asked: its prompt rendered into messages, and the call that
//! goes to the gateway. Solo arms and panels ask an advisor through the same
//! function, so that a draft *is* the solo answer: same key, one call.

use std::sync::Arc;

use serde::Serialize;

use crate::clinical::PatientText;
use crate::gateway::{Answer, Call, CallError, FailureKind, Gateway, Message, Role, Schema};
use crate::panel::model::{Agent, Model, Panel, Prompt};
use crate::panel::prompt;

use super::fence::fence;

/// A consult as deliberation may see it: the question, and labels that say
/// nothing about the answer. Nothing else of a case can be reached from here
/// (design rule 12).
#[derive(Clone, Debug)]
pub struct Consult {
    /// Item id, a label.
    pub item: Arc<str>,
    /// Trial, from 1.
    pub trial: u32,
    /// The question.
    pub presentation: PatientText,
}

/// Values for prompt variables; what a role does not use stays empty. Foreign
/// texts come fenced.
#[derive(Serialize, Default)]
pub(crate) struct Vars<'a> {
    pub case: String,
    pub presentation: &'a str,
    pub persona: Option<&'a str>,
    pub words: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drafts: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_edits: Option<usize>,
}

impl<'a> Vars<'a> {
    /// What every role gets.
    pub fn new(panel: &Panel, agent: &'a Agent, consult: &'a Consult) -> Self {
        let presentation = consult.presentation.expose();
        Self {
            case: fence("case", presentation),
            presentation,
            persona: agent.persona.as_deref(),
            words: panel.budget.words,
            ..Self::default()
        }
    }
}

/// Asks an agent.
pub(crate) async fn ask(
    panel: &Panel,
    gateway: &Gateway,
    agent: &Agent,
    stage: &'static str,
    consult: &Consult,
    vars: &Vars<'_>,
    schema: Option<Arc<Schema>>,
) -> Result<Answer, CallError> {
    let model = model_of(panel, &agent.model)?;
    let prompt = panel
        .prompts
        .get(&agent.prompt)
        .ok_or_else(|| misconfigured(format!("there is no prompt \"{}\"", agent.prompt)))?;
    gateway
        .call(Call {
            model,
            stage,
            seat: agent.name.as_str().into(),
            trial: consult.trial,
            messages: messages(prompt, vars)?,
            schema,
            item: consult.item.clone(),
        })
        .await
}

/// An advisor's free-text draft, which is also its solo answer.
pub async fn ask_draft(
    panel: &Panel,
    gateway: &Gateway,
    advisor: &Agent,
    consult: &Consult,
) -> Result<Answer, CallError> {
    let vars = Vars::new(panel, advisor, consult);
    ask(panel, gateway, advisor, "draft", consult, &vars, None).await
}

/// A prompt with its variables filled in, as messages. A prompt without a
/// system part gives one message.
pub fn messages(prompt: &Prompt, vars: impl Serialize) -> Result<Vec<Message>, CallError> {
    let (system, user) =
        prompt::render(prompt, &vars).map_err(|error| misconfigured(error.to_string()))?;
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

/// The model of this name, shared.
pub fn model_of(panel: &Panel, name: &str) -> Result<Arc<Model>, CallError> {
    panel
        .models
        .get(name)
        .map(|model| Arc::new(model.clone()))
        .ok_or_else(|| misconfigured(format!("there is no model \"{name}\"")))
}

/// A checked panel cannot get here; a hand-built one can.
fn misconfigured(message: String) -> CallError {
    CallError {
        kind: FailureKind::BadRequest,
        message,
    }
}
