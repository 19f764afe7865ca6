//! One question to one model, asked again where only the moment was wrong.

use std::sync::Arc;
use std::time::Duration;

use crate::gateway::probe::{Heard, Question, Refusal, Timed};
use crate::gateway::{Doors, FailureKind, Message, Schema};
use crate::panel::model::{Model, Provider, StructuredOutput};

use super::purse::{Purse, Reserved};
use super::questions;

/// Most times that one question is asked.
const ATTEMPTS: u32 = 3;
/// Shortest and longest pause between them.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(20));
/// The seed where it makes no difference.
pub(super) const SEED: i32 = 11;

/// Settings under which a question is asked.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    /// With the parameters as they are to be sent.
    pub(super) model: Model,
    /// Is a seed sent?
    pub(super) seed: bool,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) messages: Vec<Message>,
    pub(super) most: u32,
    pub(super) schema: Option<(Arc<Schema>, StructuredOutput)>,
    /// In place of [`SEED`].
    pub(super) seed: Option<i32>,
}

impl Asked {
    pub(super) fn new(messages: Vec<Message>, most: u32) -> Self {
        Asked {
            messages,
            most,
            schema: None,
            seed: None,
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(super) enum Miss {
    /// The provider's doing.
    Refused(Refusal),
    /// It was not asked.
    NotAsked(String),
}

impl Miss {
    pub(super) fn words(&self) -> &str {
        match self {
            Miss::Refused(refusal) => &refusal.words,
            Miss::NotAsked(why) => why,
        }
    }
}

/// Asks one model.
pub(super) struct Asker<'a> {
    pub(super) doors: &'a Doors,
    pub(super) purse: &'a Purse,
    pub(super) provider: &'a Provider,
}

impl Asker<'_> {
    pub(super) async fn ask(&self, trial: &Trial, asked: &Asked) -> Result<Heard, Miss> {
        let mut attempt = 1;
        loop {
            let (question, reserved) = self.question(trial, asked)?;
            let model = &trial.model;
            let refusal = match self.doors.ask_once(&question).await {
                Ok(heard) => {
                    reserved.settle(model, Some(heard.usage));
                    return Ok(heard);
                }
                Err(refusal) => refusal,
            };
            reserved.settle(model, refusal.paid());
            let silent = refusal.kind == FailureKind::Timeout;
            // Nobody waits twice for one that does not answer.
            let Some(pause) = refusal.again.filter(|_| attempt < ATTEMPTS && !silent) else {
                return Err(Miss::Refused(refusal));
            };
            let pause = pause.max(PAUSES.0 * attempt);
            if pause > PAUSES.1.min(self.purse.left()) || refusal.is_all_thought() {
                return Err(Miss::Refused(refusal));
            }
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    pub(super) async fn time(&self, trial: &Trial, asked: &Asked) -> Result<Timed, Miss> {
        let (question, reserved) = self.question(trial, asked)?;
        let timed = self.doors.stream_once(&question).await;
        let paid = timed.as_ref().err().and_then(Refusal::paid);
        reserved.settle(&trial.model, paid);
        timed.map_err(Miss::Refused)
    }

    fn question(&self, trial: &Trial, asked: &Asked) -> Result<(Question, Reserved<'_>), Miss> {
        let schema = asked.schema.as_ref();
        let said: usize = asked.messages.iter().map(|said| said.content.len()).sum();
        let bytes = said + schema.map_or(0, |(schema, _)| schema.text().len());
        let reserved = self.purse.reserve(&trial.model, bytes, asked.most);
        let reserved = reserved.map_err(Miss::NotAsked)?;
        let call_seconds = Duration::try_from_secs_f64(self.provider.limits.call_seconds);
        let question = Question {
            call: questions::call(
                &trial.model,
                asked.messages.clone(),
                schema.map(|(schema, _)| Arc::clone(schema)),
                asked.most,
            ),
            mode: schema.map_or(StructuredOutput::Prompt, |(_, mode)| *mode),
            seed: trial.seed.then(|| asked.seed.unwrap_or(SEED)),
            wait: reserved.wait.min(call_seconds.unwrap_or(Duration::MAX)),
        };
        Ok((question, reserved))
    }
}
