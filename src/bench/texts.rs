//! Judging the texts of an item: the answer, and what the plan was before its
//! guardians. Equal texts are one question to the judge, with one key, so a text
//! that an arm has is bought once, whoever asks about it first.

use futures::future::try_join_all;

use crate::clinical::{Item, PatientText, Seat};
use crate::deliberation::{Consult, Interrupted, Step};
use crate::gateway::Gateway;
use crate::judge::Question;
use crate::report::{Harm, JudgedStep, harms_of};
use crate::score::records::{MatchRecord, ReviewRecord, response_len};
use crate::score::{JudgedRecord, assemble};

use super::schedule::Bench;
use super::verdict::{Verdict, ask_judge, name_in_records, shown_name};

/// Whose texts are judged: those of one item in one trial.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    /// The run.
    pub bench: &'a Bench,
    /// The way to the judge.
    pub gateway: &'a Gateway,
    /// The item.
    pub item: &'a Item,
    /// What was asked, and in which trial.
    pub consult: &'a Consult,
}

/// A text with what the judge said of it.
#[derive(Debug)]
pub struct JudgedText {
    /// What the judge said.
    pub verdict: Verdict,
    /// The judged and scored record, or why there is none.
    pub record: Result<JudgedRecord, String>,
    /// The same with verdicts without proof taken at their word; `None` where
    /// all are proved.
    pub if_proved: Option<JudgedRecord>,
}

impl Texts<'_> {
    /// Judges one text. `Ok(Err(why))`: there is no usable verdict.
    ///
    /// # Errors
    /// [`Interrupted`] when a call was not made.
    pub async fn judge(
        &self,
        text: &PatientText,
    ) -> Result<Result<JudgedText, String>, Interrupted> {
        let bench = self.bench;
        let Some(key) = bench.key_of(self.item) else {
            return Ok(Err("the case has no rubric".to_owned()));
        };
        let Some((panel, judge)) = &bench.judge else {
            return Ok(Err("there is no judge".to_owned()));
        };
        let question = Question {
            item: self.consult.item.clone(),
            trial: self.consult.trial,
            judge_trial: 1,
            presentation: self.consult.presentation.clone(),
            rubric: key.rubric.clone(),
            guidance: key.guidance.clone(),
            answer: text.clone(),
        };
        let name = shown_name(judge, bench.simulated.has(Seat::Judge));
        let who = (panel.as_ref(), judge);
        let said = ask_judge(who, self.gateway, &key.prepared, &question, &name).await?;
        let record = |matched: &MatchRecord, review: Option<&ReviewRecord>| {
            let length = response_len(text.expose());
            assemble(&bench.profile, &key.prepared, matched, review, length)
                .map(|record| JudgedRecord {
                    judge: name_in_records(judge, bench.simulated.has(Seat::Judge)),
                    ..record
                })
                .map_err(|error| format!("the judgment cannot be scored: {error}"))
        };
        Ok(said.map(|verdict| JudgedText {
            record: record(&verdict.matched, verdict.review.as_ref()),
            if_proved: verdict
                .claimed
                .as_deref()
                .and_then(|(matched, review)| record(matched, review.as_ref()).ok()),
            verdict,
        }))
    }

    /// Judges one text; `None`: it is blank, or there is no record of it.
    ///
    /// # Errors
    /// [`Interrupted`] when a call was not made.
    pub async fn record(&self, text: &PatientText) -> Result<Option<JudgedRecord>, Interrupted> {
        if text.is_blank() {
            return Ok(None);
        }
        let judged = self.judge(text).await?;
        Ok(judged.and_then(|judged| judged.record).ok())
    }

    /// Judges what the plan was after the consensus and after each guardian.
    /// `answer`: the plan as it was answered, and its judgment.
    ///
    /// # Errors
    /// [`Interrupted`] when a call was not made.
    pub async fn judge_steps(
        &self,
        steps: &[Step],
        answer: (&PatientText, Option<&JudgedRecord>),
    ) -> Result<Vec<JudgedStep>, Interrupted> {
        let judged = steps.iter().map(|step| async move {
            Ok(JudgedStep {
                after: step.after.clone(),
                applied: step.applied,
                refused: step.refused,
                harms: self.harms(&step.text, answer).await?,
            })
        });
        try_join_all(judged).await
    }

    async fn harms(
        &self,
        text: &PatientText,
        (answer, judged): (&PatientText, Option<&JudgedRecord>),
    ) -> Result<Option<Vec<Harm>>, Interrupted> {
        if text == answer {
            return Ok(judged.map(harms_of));
        }
        Ok(self.record(text).await?.as_ref().map(harms_of))
    }
}
