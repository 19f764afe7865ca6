//! Judging answers that came from elsewhere: every answer by every judge, in
//! every judge trial. What is asked, and keeping what was said; scoring it is
//! [`crate::judged`]'s.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use crate::clinical::{Item, PatientText};
use crate::deliberation::Interrupted;
use crate::gateway::Gateway;
use crate::gateway::journal::Journal;
use crate::judge::Question;
use crate::panel::model::{Judge, Panel};
use crate::score::records::response_len;
use crate::score::{JudgedRecord, Profile, assemble};

use super::FolderError;
use super::run::{Progress, Work};
use super::schedule::AnswerKey;
use super::verdict::{Verdict, ask_judge};

/// Everything that is to be judged.
#[derive(Debug)]
pub struct Judging {
    /// Answers with words in them.
    pub answers: Vec<JudgedAnswer>,
    /// The judges, each with the panel that holds its models and prompts, and
    /// its name in judged records.
    pub judges: Vec<(Arc<Panel>, Judge, String)>,
    /// How often each judge judges each answer.
    pub judge_trials: u32,
    /// What judge and score know of each base case, by id.
    pub keys: HashMap<String, AnswerKey>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct JudgedAnswer {
    /// Name of its arm. The judge does not learn it.
    pub arm: String,
    /// What was asked.
    pub item: Arc<Item>,
    /// Trial of the answer.
    pub trial: u32,
    /// The words.
    pub text: PatientText,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgingTask {
    /// Index into [`Judging::answers`].
    pub answer: usize,
    /// Index into [`Judging::judges`].
    pub judge: usize,
    /// From 1.
    pub judge_trial: u32,
}

/// What came of a task; the run's store keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub struct JudgingResult {
    /// What the judge said.
    pub verdict: Option<Verdict>,
    /// Why there is no verdict.
    pub unscored: Option<String>,
}

impl Work for Judging {
    type Task = JudgingTask;
    type Done = JudgingResult;
    const KIND: &'static str = "judging";

    fn tasks(&self) -> Vec<JudgingTask> {
        (1..=self.judge_trials)
            .flat_map(|judge_trial| {
                (0..self.answers.len()).flat_map(move |answer| {
                    (0..self.judges.len()).map(move |judge| JudgingTask {
                        answer,
                        judge,
                        judge_trial,
                    })
                })
            })
            .collect()
    }

    fn id_of(&self, task: JudgingTask) -> String {
        let answer = &self.answers[task.answer];
        format!(
            "{} {} {} {} {}",
            answer.arm, answer.item.id, answer.trial, self.judges[task.judge].2, task.judge_trial
        )
    }

    async fn work(
        &self,
        gateway: &Gateway,
        task: JudgingTask,
    ) -> Result<JudgingResult, Interrupted> {
        let answer = &self.answers[task.answer];
        let Some(key) = self.keys.get(answer.item.base()) else {
            return Ok(JudgingResult {
                verdict: None,
                unscored: Some("the case has no rubric".to_owned()),
            });
        };
        let question = Question {
            item: answer.item.id.as_str().into(),
            trial: answer.trial,
            judge_trial: task.judge_trial,
            presentation: answer.item.prompt.clone(),
            rubric: key.rubric.clone(),
            guidance: key.guidance.clone(),
            answer: answer.text.clone(),
        };
        let (panel, judge, name) = &self.judges[task.judge];
        let said = ask_judge((panel, judge), gateway, &key.prepared, &question, name).await?;
        Ok(match said {
            Ok(verdict) => JudgingResult {
                verdict: Some(verdict),
                unscored: None,
            },
            Err(why) => JudgingResult {
                verdict: None,
                unscored: Some(why),
            },
        })
    }

    fn count(&self, done: &JudgingResult, progress: &Progress) {
        let counter = if done.verdict.is_some() {
            &progress.scored
        } else {
            &progress.troubled
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Judging {
    /// The judged record of a task by what the store has, or why there is none.
    ///
    /// # Errors
    /// [`FolderError`] when the store cannot be read.
    pub fn record(
        &self,
        journal: &Journal,
        profile: &Profile,
        task: JudgingTask,
    ) -> Result<Result<JudgedRecord, String>, FolderError> {
        let id = self.id_of(task);
        let Some(body) = journal.result(Self::KIND, &id)? else {
            return Ok(Err("not reached".to_owned()));
        };
        let stored: JudgingResult =
            serde_json::from_str(&body).map_err(|error| FolderError::Content {
                what: format!("stored verdict on {id}"),
                why: format!("line {}, column {}", error.line(), error.column()),
            })?;
        let answer = &self.answers[task.answer];
        let (Some(verdict), Some(key)) = (stored.verdict, self.keys.get(answer.item.base())) else {
            return Ok(Err(stored
                .unscored
                .unwrap_or_else(|| "there is no verdict".to_owned())));
        };
        let length = response_len(answer.text.expose());
        let record = assemble(
            profile,
            &key.prepared,
            &verdict.matched,
            verdict.review.as_ref(),
            length,
        );
        Ok(record
            .map(|mut record| {
                record.judge.clone_from(&self.judges[task.judge].2);
                record
            })
            .map_err(|error| format!("the judgment cannot be scored: {error}")))
    }
}
