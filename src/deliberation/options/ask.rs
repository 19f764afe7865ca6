//! Asking an agent for its grades, and once more for what is not usable.

use super::grades::{Reading, schema};
use super::list::OptionList;
use crate::clinical::GradedOption;
use crate::deliberation::Interrupted;
use crate::deliberation::ask::{Consult, Vars, call_of};
use crate::deliberation::usable::{self, Unusable};
use crate::gateway::fence::fence;
use crate::gateway::{Answer, Call, CallError, Ended, FailureKind, Gateway, Message, Notice, Role};
use crate::panel::model::{Agent, Panel};

/// An agent's grades.
#[derive(Clone, Debug)]
pub struct AskedGrades {
    /// Usable grades, in the order of the list.
    pub grades: Vec<GradedOption>,
    /// Options without one, even after the second question.
    pub ungraded: Vec<i64>,
    /// Dollars of both questions; `None`: no price.
    pub usd: Option<f64>,
    /// Seconds of both questions.
    pub seconds: f64,
    /// The answers that the grades come from, without their words.
    answers: Vec<Bare>,
    /// What came with them.
    pub notices: Vec<Notice>,
    /// Why they count for nothing in a panel; `None`: they can be used.
    pub unusable: Option<Unusable>,
}

/// What is kept of an answer.
#[derive(Clone, Debug)]
struct Bare {
    ended: Ended,
    troubles: Vec<String>,
    other_model: Option<String>,
}

impl AskedGrades {
    /// What a reader must know of these grades, in words; none when all is well.
    pub fn troubles(&self, agent: &str) -> Vec<String> {
        let mut troubles = Vec::new();
        for trouble in self.answers.iter().flat_map(|answer| &answer.troubles) {
            if !troubles.contains(trouble) {
                troubles.push(trouble.clone());
            }
        }
        // A refusal by the provider's word is told already.
        let told = self.refused();
        troubles.extend(self.unusable.filter(|_| !told).map(|why| why.of(agent)));
        if !self.ungraded.is_empty() && !self.grades.is_empty() {
            let numbers = super::numbers(&self.ungraded);
            troubles.push(format!("{agent} gave no usable grade for option {numbers}"));
        }
        troubles
    }

    /// Was an answer a refusal, or stopped by a filter?
    pub fn refused(&self) -> bool {
        self.answers.iter().any(|answer| answer.ended.is_refused())
    }

    /// The id of the model that answered, where it is not the one that was asked
    /// for.
    pub fn other_model(&self) -> Option<&str> {
        self.answers
            .iter()
            .find_map(|answer| answer.other_model.as_deref())
    }
}

/// Asks an agent to grade the options. Advisors in a panel and alone are asked
/// through this, so that a draft *is* the solo answer. Option numbers that are
/// missing, repeated or unknown are named in one more question.
///
/// # Errors
/// [`CallError`] when the first question has no answer, or a call could not be
/// made at all. A second question that fails leaves its options ungraded.
pub async fn ask_grades(
    panel: &Panel,
    gateway: &Gateway,
    agent: &Agent,
    consult: &Consult,
    list: &OptionList,
) -> Result<AskedGrades, CallError> {
    let vars = Vars {
        options: Some(fence("options", &list.block())),
        ..Vars::new(panel, agent, consult)
    };
    let call = call_of(panel, agent, "draft", consult, &vars, Some(schema(list)))?;
    let checked = |mut asked: AskedGrades| {
        let (rules, question) = (&panel.draft_checks, &consult.presentation);
        let messages = &call.messages;
        let ended: Vec<Ended> = asked
            .answers
            .iter()
            .map(|bare| bare.ended.clone())
            .collect();
        let grades = &asked.grades;
        asked.unusable = usable::grades(rules, grades, list.len(), &ended, question, messages);
        asked
    };
    let answer = gateway.call(call.clone()).await?;
    let reading = read(&answer, list)?;
    if reading.is_whole() {
        return Ok(checked(asked(reading, list, &[&answer], &agent.name)));
    }
    let again = Call {
        messages: second_question(call.messages.clone(), &answer, &reading, list),
        ..call.clone()
    };
    match Interrupted::check(gateway.call(again).await) {
        Err(Interrupted(error)) => Err(error),
        Ok(Err(_)) => Ok(checked(asked(reading, list, &[&answer], &agent.name))),
        Ok(Ok(second)) => {
            let mended = match read(&second, list) {
                Ok(mending) => reading.mended(mending, list),
                Err(_) => reading,
            };
            Ok(checked(asked(
                mended,
                list,
                &[&answer, &second],
                &agent.name,
            )))
        }
    }
}

fn read(answer: &Answer, list: &OptionList) -> Result<Reading, CallError> {
    answer
        .json
        .as_deref()
        .and_then(|json| Reading::of(json, list))
        .ok_or_else(|| {
            CallError::new(
                FailureKind::Invalid,
                "the grades fit their schema and yet could not be read",
            )
        })
}

fn bare(answer: &Answer, agent: &str) -> Bare {
    Bare {
        ended: answer.ended.clone(),
        troubles: answer.troubles(agent, "answer"),
        other_model: answer.other_model().map(str::to_owned),
    }
}

fn asked(reading: Reading, list: &OptionList, answers: &[&Answer], agent: &str) -> AskedGrades {
    let ungraded = reading.ungraded(list);
    let mut usable = reading.usable;
    AskedGrades {
        grades: list.numbers().filter_map(|n| usable.remove(&n)).collect(),
        ungraded,
        usd: answers.iter().map(|answer| answer.usd).sum(),
        seconds: answers.iter().map(|answer| answer.seconds).sum(),
        answers: answers.iter().map(|answer| bare(answer, agent)).collect(),
        notices: answers
            .iter()
            .flat_map(|answer| answer.notices.iter().cloned())
            .collect(),
        unusable: None,
    }
}

/// The conversation so far, and the question for what is not usable.
fn second_question(
    mut messages: Vec<Message>,
    answer: &Answer,
    reading: &Reading,
    list: &OptionList,
) -> Vec<Message> {
    let wanted: Vec<String> = reading
        .in_question(list)
        .iter()
        .map(|number| OptionList::name(*number))
        .collect();
    messages.push(Message {
        role: Role::Assistant,
        content: answer.text.clone(),
    });
    messages.push(Message {
        role: Role::User,
        content: format!(
            "Your grades cannot be used as they are: {}. Answer again in the same form, with \
             exactly one grade for each of these options: {}.",
            reading.complaint(),
            wanted.join(", ")
        )
        .into(),
    });
    messages
}
