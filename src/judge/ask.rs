//! The two calls of the judge. Each is made once more where its answer cannot be
//! used as it is ([`super::check`]), with what was wrong.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clinical::{PatientText, Rubric};
use crate::gateway::fence::fence;
use crate::gateway::harmless::harmless;
use crate::gateway::{
    Answer, Call, CallError, FailureKind, Gateway, Message, Role, Schema, compose,
};
use crate::panel::model::{Agent, Judge, Panel};
use crate::score::records::{MatchRecord, ReviewRecord};

use super::check::{self, Fault, Matched, Reviewed};
use super::evidence;
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
    /// Overrides of the second call; `None` without a review judge.
    pub review: Option<ReviewRecord>,
    /// Options that the first call left out even when asked again. They count
    /// as not partial; whether they are matched is decided by the actions.
    pub left_out: Vec<i64>,
    /// Options that were called recommended without words of the answer to show
    /// for it, even when asked again, ascending. They count as not recommended.
    pub unproved: Vec<i64>,
    /// Both records with these verdicts taken at their word; `None` where every
    /// verdict is proved.
    pub claimed: Option<(MatchRecord, Option<ReviewRecord>)>,
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
    /// The answer came and cannot be used: why.
    pub unusable: Option<String>,
}

impl JudgeError {
    /// In words, for reports: only names that the rubric and the judge use.
    pub fn words(&self) -> String {
        match &self.unusable {
            Some(why) => format!("the judge's {} cannot be used: {why}", self.call),
            None => format!("the judge's {}: {}", self.call, self.source.kind.words()),
        }
    }
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
        answer: evidence::Answer::new(&harmless(question.answer.expose())),
        usd: Some(0.0),
    };
    let said = session.matching(&judge.match_agent, &vars).await?;
    let mut unproved = said.unproved.clone();
    let record = |actions, options| MatchRecord {
        id: question.item.to_string(),
        trial: question.trial.into(),
        model: String::new(),
        judge: judge.name.clone(),
        actions,
        options,
        runtime: None,
        usage: None,
        prompt_hash: hash_of(panel, &judge.match_agent),
    };
    let (claimed_actions, claimed_options) = said.claimed;
    let claimed = record(claimed_actions, claimed_options);
    let matched = record(said.actions, said.options);

    let (review, claimed_review) = match &judge.review_agent {
        None => (None, None),
        Some(agent) => {
            vars.verdicts = Some(fence(
                "verdicts",
                &block::verdicts(&question.rubric, &matched),
            ));
            vars.persona = agent.persona.as_deref();
            let reviewed = session.reviewing(agent, &vars, &matched).await?;
            unproved.extend(&reviewed.unproved);
            let record = |overrides| ReviewRecord {
                id: matched.id.clone(),
                trial: matched.trial,
                model: String::new(),
                judge: judge.name.clone(),
                overrides,
                runtime: None,
                usage: None,
                prompt_hash: hash_of(panel, agent),
            };
            let claimed = record(reviewed.claimed);
            (Some(record(reviewed.overrides)), Some(claimed))
        }
    };
    unproved.sort_unstable();
    unproved.dedup();
    Ok(Judgment {
        matched,
        review,
        left_out: said.missing,
        claimed: (!unproved.is_empty()).then_some((claimed, claimed_review)),
        unproved,
        usd: session.usd,
    })
}

struct Session<'a> {
    panel: &'a Panel,
    gateway: &'a Gateway,
    question: &'a Question,
    answer: evidence::Answer,
    usd: Option<f64>,
}

impl Session<'_> {
    async fn matching(&mut self, agent: &Agent, vars: &Vars<'_>) -> Result<Matched, JudgeError> {
        let rubric = Arc::clone(&self.question.rubric);
        let schema = schema::matching(&ids_of(&rubric));
        let call = self.call(agent, "match", vars, schema)?;
        self.checked(call, |session, given| {
            let matched = check::matching(given, &rubric, &session.answer);
            let (borne, lacks) = (matched.is_borne(), matched.lacks());
            Checked {
                faults: matched.faults.clone(),
                borne: borne.then_some(lacks),
                is: matched,
            }
        })
        .await
    }

    async fn reviewing(
        &mut self,
        agent: &Agent,
        vars: &Vars<'_>,
        first: &MatchRecord,
    ) -> Result<Reviewed, JudgeError> {
        let rubric = Arc::clone(&self.question.rubric);
        let actions = first.actions.iter().map(|action| action.id);
        let schema = schema::reviewing(&ids_of(&rubric), actions);
        let call = self.call(agent, "review", vars, schema)?;
        self.checked(call, |session, given| {
            let reviewed = check::reviewing(given, &rubric, &session.answer, &first.actions);
            let borne = reviewed.is_borne();
            Checked {
                faults: reviewed.faults.clone(),
                borne: borne.then_some(reviewed.unproved.len()),
                is: reviewed,
            }
        })
        .await
    }

    /// A call, and once more with what is wrong with its answer. The better of
    /// the two counts, and the second where they are as good.
    async fn checked<G: DeserializeOwned, T>(
        &mut self,
        call: Call,
        check: impl Fn(&Self, &G) -> Checked<T>,
    ) -> Result<T, JudgeError> {
        let stage = call.stage;
        let failed = |source| JudgeError {
            call: stage,
            source,
            unusable: None,
        };
        let answer = self.ask(call.clone()).await.map_err(failed)?;
        let first = check(self, &decode::<G>(&answer).map_err(failed)?);
        if first.faults.is_empty() {
            return Ok(first.is);
        }
        let again = Call {
            messages: second_turn(call.messages, &answer, &first.faults),
            ..call
        };
        let second = match self.ask(again).await {
            Ok(answer) => decode::<G>(&answer).map(|given| check(self, &given)),
            Err(error) => Err(error),
        };
        let second = match second {
            Ok(second) => second,
            // Not made, or not to be concluded from.
            Err(error) if !is_of_the_answer(error.kind) => return Err(failed(error)),
            Err(error) => {
                return match first.borne {
                    Some(_) => Ok(first.is),
                    None => Err(unusable(stage, &first.faults, error)),
                };
            }
        };
        match (first.borne, second.borne) {
            (Some(first_lacks), Some(second_lacks)) if first_lacks < second_lacks => Ok(first.is),
            (_, Some(_)) => Ok(second.is),
            (Some(_), None) => Ok(first.is),
            (None, None) => {
                let source = CallError::new(
                    FailureKind::Invalid,
                    "the judge's answer contradicts the rubric or itself",
                );
                Err(unusable(stage, &second.faults, source))
            }
        }
    }

    fn call(
        &self,
        agent: &Agent,
        stage: &'static str,
        vars: &Vars<'_>,
        schema: Arc<Schema>,
    ) -> Result<Call, JudgeError> {
        let failed = |source| JudgeError {
            call: stage,
            source,
            unusable: None,
        };
        let (model, prompt) = compose::of_agent(self.panel, agent).map_err(failed)?;
        Ok(Call {
            model,
            stage,
            seat: match self.question.judge_trial {
                0 | 1 => "judge".into(),
                again => format!("judge-{again}").into(),
            },
            trial: self.question.trial,
            messages: compose::messages(prompt, vars).map_err(failed)?,
            schema: Some(schema),
            item: self.question.item.clone(),
        })
    }

    async fn ask(&mut self, call: Call) -> Result<Answer, CallError> {
        let answer = self.gateway.call(call).await?;
        self.usd = self.usd.zip(answer.usd).map(|(sum, usd)| sum + usd);
        Ok(answer)
    }
}

/// An answer with what is wrong with it.
struct Checked<T> {
    is: T,
    faults: Vec<Fault>,
    /// How much it lacks where it can be used; `None`: it cannot.
    borne: Option<usize>,
}

fn ids_of(rubric: &Rubric) -> Vec<i64> {
    rubric.options.iter().map(|option| option.id).collect()
}

fn unusable(call: &'static str, faults: &[Fault], source: CallError) -> JudgeError {
    JudgeError {
        call,
        source,
        unusable: Some(check::words(faults)),
    }
}

/// A failure of the answer, and not one that stops everything.
fn is_of_the_answer(kind: FailureKind) -> bool {
    !matches!(
        kind,
        FailureKind::Budget | FailureKind::Stopped | FailureKind::Journal
    )
}

/// The conversation so far, and what is wrong with the answer.
fn second_turn(mut messages: Vec<Message>, answer: &Answer, faults: &[Fault]) -> Vec<Message> {
    messages.push(Message {
        role: Role::Assistant,
        content: answer.text.clone(),
    });
    let wrong: Vec<String> = faults
        .iter()
        .map(|fault| format!("- {}", fault.words()))
        .collect();
    messages.push(Message {
        role: Role::User,
        content: format!(
            "Your answer cannot be used as it is:\n{}\nAnswer again, whole, in the same form. \
             Call every option by its name on the list, each once; say \"matched\" of exactly \
             those options that stand in the \"match\" of an action; and quote the answer word \
             by word as evidence.",
            wrong.join("\n")
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
fn decode<T: DeserializeOwned>(answer: &Answer) -> Result<T, CallError> {
    answer
        .json
        .as_deref()
        .and_then(|json| T::deserialize(json).ok())
        .ok_or_else(|| {
            CallError::new(
                FailureKind::Invalid,
                "the answer fits its schema and yet could not be read",
            )
        })
}
