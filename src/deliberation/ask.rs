//! How an agent is asked: its prompt rendered into messages, and the call that
//! goes to the gateway. Solo arms and panels ask an advisor through the same
//! function, so that a draft *is* the solo answer: same key, one call.

use std::sync::Arc;

use serde::Serialize;

use crate::clinical::PatientText;
use crate::gateway::fence::fence;
use crate::gateway::{Answer, Call, CallError, Gateway, Schema, compose};
use crate::panel::model::{Agent, Panel};

use super::usable::{self, Unusable, Usable};

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
    pub items: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edits: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grades: Option<String>,
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
    let call = call_of(panel, agent, stage, consult, vars, schema)?;
    gateway.call(call).await
}

/// The call that asks an agent.
pub(crate) fn call_of(
    panel: &Panel,
    agent: &Agent,
    stage: &'static str,
    consult: &Consult,
    vars: &Vars<'_>,
    schema: Option<Arc<Schema>>,
) -> Result<Call, CallError> {
    let (model, prompt) = compose::of_agent(panel, agent)?;
    Ok(Call {
        model,
        stage,
        seat: agent.name.as_str().into(),
        trial: consult.trial,
        messages: compose::messages(prompt, vars)?,
        schema,
        item: consult.item.clone(),
    })
}

/// An advisor's draft.
#[derive(Clone, Debug)]
pub struct AskedDraft {
    /// The answer as it came, which is also the advisor's solo answer.
    pub answer: Answer,
    /// What of it can be used.
    pub reading: Result<Usable, Unusable>,
}

/// An advisor's free-text draft.
pub async fn ask_draft(
    panel: &Panel,
    gateway: &Gateway,
    advisor: &Agent,
    consult: &Consult,
) -> Result<AskedDraft, CallError> {
    let vars = Vars::new(panel, advisor, consult);
    let call = call_of(panel, advisor, "draft", consult, &vars, None)?;
    let asked = call.messages.clone();
    let answer = gateway.call(call).await?;
    let question = &consult.presentation;
    let reading = usable::read(&panel.draft_checks, &answer, question, &asked);
    Ok(AskedDraft { answer, reading })
}
