//! The two calls of the judge.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clinical::{PatientText, Rubric};
use crate::gateway::fence::fence;
use crate::gateway::{Answer, Call, CallError, Gateway, Message, Role, Schema, compose};
use crate::panel::model::{Agent, Judge, Panel};
use crate::score::records::{MatchAction, MatchOption, MatchRecord, OverrideEntry, ReviewRecord};

use super::{block, schema};

/// What the judge is asked: one answer to one item. Who wrote it is not in it.
#[derive(Clone, Debug)]
pub struct Question {
    /// Item id.
    pub item: Arc<str>,
    /// Trial of the item, from 1.
    pub trial: u32,
    /// How often this judge has judged this answer, from 1. Part of the seat in
    /// the call's key, so that judging again is a new call with a seed of its
    /// own.
    pub judge_trial: u32,
    /// The consult question.
    pub presentation: PatientText,
    /// The rubric of the base case.
    pub rubric: Arc<Rubric>,
    /// Hints for this case, if any.
    pub guidance: Option<Arc<Value>>,
    /// The words that are judged.
    pub answer: PatientText,
}

/// What the judge said.
#[derive(Clone, Debug)]
pub struct Judgment {
    /// Actions and verdicts of the first call. `model` is empty: the judge does
    /// not know it, and the caller fills it in for the files.
    pub matched: MatchRecord,
    /// Overrides of the second call, sanitised; `None` without a review judge.
    pub review: Option<ReviewRecord>,
    /// Options that the first call left out even when asked again. They count
    /// as not partial; whether they are matched is decided by the actions.
    pub left_out: Vec<i64>,
    /// Dollars of all its calls; `None` when a judge has no price.
    pub usd: Option<f64>,
}

/// Why there is no judgment: the item stays unscored.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{call}: {source}")]
pub struct JudgeError {
    /// `match` or `review`.
    pub call: &'static str,
    /// What happened.
    pub source: CallError,
}

#[derive(Serialize)]
struct Vars<'a> {
    case: String,
    answer: String,
    rubric: String,
    guidance: String,
    option_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdicts: Option<String>,
    persona: Option<&'a str>,
}

#[derive(Deserialize)]
struct Matching {
    actions: Vec<MatchAction>,
    options: Vec<MatchOption>,
}

#[derive(Deserialize)]
struct Reviewing {
    overrides: Vec<Value>,
}

/// Judges one answer.
///
/// # Errors
/// [`JudgeError`] when a call has no usable answer; there is no verdict then,
/// and none is made up.
pub async fn judge(
    panel: &Panel,
    judge: &Judge,
    gateway: &Gateway,
    question: &Question,
) -> Result<Judgment, JudgeError> {
    let mut vars = Vars {
        case: fence("case", question.presentation.expose()),
        answer: fence("answer", question.answer.expose()),
        rubric: fence("rubric", &block::rubric(&question.rubric)),
        guidance: guidance_block(question),
        option_count: question.rubric.options.len(),
        verdicts: None,
        persona: judge.match_agent.persona.as_deref(),
    };
    let mut session = Session {
        panel,
        gateway,
        question,
        usd: Some(0.0),
    };

    let in_match = |source| JudgeError {
        call: "match",
        source,
    };
    let (matching, left_out) = session
        .matching(&judge.match_agent, &vars)
        .await
        .map_err(in_match)?;
    let matched = MatchRecord {
        id: question.item.to_string(),
        trial: question.trial.into(),
        model: String::new(),
        judge: judge.name.clone(),
        actions: matching.actions,
        options: matching.options,
        runtime: None,
        usage: None,
        prompt_hash: hash_of(panel, &judge.match_agent),
    };

    let review = match &judge.review_agent {
        None => None,
        Some(agent) => {
            vars.verdicts = Some(fence(
                "verdicts",
                &block::verdicts(&question.rubric, &matched),
            ));
            vars.persona = agent.persona.as_deref();
            let reviewing = session
                .reviewing(agent, &vars)
                .await
                .map_err(|source| JudgeError {
                    call: "review",
                    source,
                })?;
            Some(ReviewRecord {
                id: matched.id.clone(),
                trial: matched.trial,
                model: String::new(),
                judge: judge.name.clone(),
                overrides: reviewing
                    .overrides
                    .into_iter()
                    .map(OverrideEntry::from)
                    .collect(),
                runtime: None,
                usage: None,
                prompt_hash: hash_of(panel, agent),
            })
        }
    };
    Ok(Judgment {
        matched,
        review,
        left_out,
        usd: session.usd,
    })
}

struct Session<'a> {
    panel: &'a Panel,
    gateway: &'a Gateway,
    question: &'a Question,
    usd: Option<f64>,
}

impl Session<'_> {
    /// The first call, and once more when the answer leaves options out.
    /// Returns the better of the two answers with what it still lacks.
    async fn matching(
        &mut self,
        agent: &Agent,
        vars: &Vars<'_>,
    ) -> Result<(Matching, Vec<i64>), CallError> {
        let call = self.call(agent, "match", vars, schema::MATCH.clone())?;
        let answer = self.ask(call.clone()).await?;
        let first: Matching = decode(&answer)?;
        let missing = self.missing(&first);
        if missing.is_empty() {
            return Ok((first, missing));
        }
        let again = Call {
            messages: coverage_turn(call.messages, &answer, &missing),
            ..call
        };
        let second: Matching = decode(&self.ask(again).await?)?;
        let still_missing = self.missing(&second);
        Ok(if still_missing.len() < missing.len() {
            (second, still_missing)
        } else {
            (first, missing)
        })
    }

    async fn reviewing(&mut self, agent: &Agent, vars: &Vars<'_>) -> Result<Reviewing, CallError> {
        let call = self.call(agent, "review", vars, schema::REVIEW.clone())?;
        decode(&self.ask(call).await?)
    }

    fn call(
        &self,
        agent: &Agent,
        stage: &'static str,
        vars: &Vars<'_>,
        schema: Arc<Schema>,
    ) -> Result<Call, CallError> {
        let (model, prompt) = compose::of_agent(self.panel, agent)?;
        Ok(Call {
            model,
            stage,
            seat: match self.question.judge_trial {
                0 | 1 => "judge".into(),
                again => format!("judge-{again}").into(),
            },
            trial: self.question.trial,
            messages: compose::messages(prompt, vars)?,
            schema: Some(schema),
            item: self.question.item.clone(),
        })
    }

    async fn ask(&mut self, call: Call) -> Result<Answer, CallError> {
        let answer = self.gateway.call(call).await?;
        self.usd = self.usd.zip(answer.usd).map(|(sum, usd)| sum + usd);
        Ok(answer)
    }

    /// Options of the rubric that an answer says nothing about.
    fn missing(&self, matching: &Matching) -> Vec<i64> {
        let named: BTreeSet<i64> = matching.options.iter().map(|option| option.id).collect();
        self.question
            .rubric
            .options
            .iter()
            .map(|option| option.id)
            .filter(|id| !named.contains(id))
            .collect()
    }
}

/// The conversation so far, and the question for what was left out.
fn coverage_turn(mut messages: Vec<Message>, answer: &Answer, missing: &[i64]) -> Vec<Message> {
    let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
    messages.push(Message {
        role: Role::Assistant,
        content: answer.text.clone(),
    });
    messages.push(Message {
        role: Role::User,
        content: format!(
            "Your \"options\" leave out: {}. Answer again, whole, in the same form, with every \
             option of the list.",
            names.join(", ")
        )
        .into(),
    });
    messages
}

fn guidance_block(question: &Question) -> String {
    let text = question
        .guidance
        .as_deref()
        .map(block::guidance)
        .unwrap_or_default();
    if text.is_empty() {
        text
    } else {
        fence("guidance", &text)
    }
}

fn hash_of(panel: &Panel, agent: &Agent) -> Option<String> {
    panel
        .prompts
        .get(&agent.prompt)
        .map(|prompt| prompt.sha256.clone())
}

/// A validated answer as its type. The gateway has checked it against the
/// schema, so a failure here means a number that fits no integer of ours.
fn decode<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, CallError> {
    answer
        .json
        .as_deref()
        .and_then(|json| T::deserialize(json).ok())
        .ok_or_else(|| CallError {
            kind: crate::gateway::FailureKind::Invalid,
            message: "the answer fits its schema and yet could not be read".to_owned(),
        })
}
