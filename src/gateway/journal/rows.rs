//! Rows of the journal as the program has them, and their checksums.

use std::sync::Arc;

use super::seal::{Checksum, Table};
use crate::gateway::call::{FailureKind, Notice, Usage};
use crate::gateway::key::Key;

/// A finished call. `Debug` hides the words.
#[derive(Clone, PartialEq)]
pub struct CallRow {
    /// Key of the call.
    pub key: Key,
    /// The item it was asked for (of the first who asked).
    pub item: Arc<str>,
    /// Stage.
    pub stage: Arc<str>,
    /// Seat.
    pub seat: Arc<str>,
    /// Trial, from 1.
    pub trial: u32,
    /// Name of the provider in the panel.
    pub provider: Arc<str>,
    /// Name of the model in the panel.
    pub model: Arc<str>,
    /// The model's words.
    pub text: Arc<str>,
    /// Tokens of the attempt that was answered.
    pub usage: Usage,
    /// The provider did not say how many tokens it took; they are estimated.
    pub usage_estimated: bool,
    /// What else came with it that its reader must know.
    pub notices: Vec<Notice>,
    /// Dollars of these tokens by the panel's price; `None`: no price. They are
    /// estimated as the tokens are.
    pub usd: Option<f64>,
    /// Dollars that earlier, invalid answers under this key have cost. What
    /// attempts without an answer cost is in [`UnansweredRow`]s.
    pub usd_lost: f64,
    /// The part of `usd_lost` that is estimated.
    pub usd_lost_estimated: f64,
    /// Seconds of all attempts and of the waits between them.
    pub seconds: f64,
    /// Attempts, from 1.
    pub attempts: u32,
    /// The model's id in the provider's answer.
    pub response_model: Option<String>,
    /// Why the model stopped, in the provider's word.
    pub finish_reason: Option<String>,
    /// When it was written, in milliseconds since 1970; set by the journal.
    pub created_at: u64,
}

impl std::fmt::Debug for CallRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallRow")
            .field("key", &self.key)
            .field("stage", &self.stage)
            .field("seat", &self.seat)
            .field("text_bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// Answers of one model in one stage with which the same came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answered {
    /// Name of the model in the panel.
    pub model: String,
    /// Stage.
    pub stage: String,
    /// The model's id in the provider's answers.
    pub response_model: Option<String>,
    /// Why the model stopped, in the provider's word.
    pub finish_reason: Option<String>,
    /// What came with them, [`Notice::UsageEstimated`] included.
    pub notices: Vec<Notice>,
    /// How many there are.
    pub count: u64,
}

impl CallRow {
    /// Dollars of this answer, whether told or estimated, and of the invalid
    /// ones before it.
    pub(super) fn cost(&self) -> Cost {
        let usd = self.usd.unwrap_or(0.0);
        let estimated = if self.usage_estimated { usd } else { 0.0 };
        Cost {
            usd: usd + self.usd_lost,
            estimated_usd: estimated + self.usd_lost_estimated,
        }
    }

    /// Takes the place of an earlier row under its key: what that one had cost
    /// stays counted.
    pub(super) fn replacing(mut self, old: &CallRow) -> CallRow {
        let cost = old.cost();
        self.usd_lost += cost.usd;
        self.usd_lost_estimated += cost.estimated_usd;
        self
    }

    /// `usable`: it is not marked as invalid. `notices`: as they stand in the
    /// file, for a later version may have others.
    pub(super) fn checksum(&self, usable: bool, notices: Option<&str>) -> i64 {
        Checksum::of(Table::Calls)
            .bytes(self.key.bytes())
            .text(&self.item)
            .text(&self.stage)
            .text(&self.seat)
            .number(self.trial.into())
            .text(&self.provider)
            .text(&self.model)
            .number(usable.into())
            .text(&self.text)
            .number(self.usage.prompt)
            .number(self.usage.completion)
            .number(self.usage.reasoning)
            .number(self.usage.cached)
            .number(self.usage_estimated.into())
            .maybe(self.usd, Checksum::float)
            .float(self.usd_lost)
            .float(self.usd_lost_estimated)
            .float(self.seconds)
            .number(self.attempts.into())
            .maybe(self.response_model.as_deref(), Checksum::text)
            .maybe(self.finish_reason.as_deref(), Checksum::text)
            .maybe(notices, Checksum::text)
            .number(self.created_at)
            .finish()
    }

    /// All that came with the answer.
    pub fn all_notices(&self) -> Vec<Notice> {
        all_notices(self.usage_estimated, self.notices.clone())
    }
}

pub(super) fn all_notices(usage_estimated: bool, mut notices: Vec<Notice>) -> Vec<Notice> {
    if usage_estimated && !notices.contains(&Notice::UsageEstimated) {
        notices.insert(0, Notice::UsageEstimated);
    }
    notices
}

/// A call that failed for good.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureRow {
    /// Key of the call.
    pub key: Key,
    /// The item it was asked for.
    pub item: Arc<str>,
    /// Stage.
    pub stage: Arc<str>,
    /// Seat.
    pub seat: Arc<str>,
    /// Trial, from 1.
    pub trial: u32,
    /// Name of the provider in the panel.
    pub provider: Arc<str>,
    /// Name of the model in the panel.
    pub model: Arc<str>,
    /// What kind of failure.
    pub kind: FailureKind,
    /// In one line for people; no text of prompts or answers.
    pub message: String,
    /// Attempts that were sent; 0 when an earlier failure had shown that it
    /// would be in vain. What they cost is in [`UnansweredRow`]s.
    pub attempts: u32,
    /// Seconds of these attempts and of the waits between them.
    pub seconds: f64,
    /// When it was written, in milliseconds since 1970; set by the journal.
    pub created_at: u64,
}

/// An attempt that costs, or may cost, money and brought no answer.
#[derive(Clone, Debug, PartialEq)]
pub struct UnansweredRow {
    /// Its number in this journal, from [`super::Journal::attempt`].
    pub id: u64,
    /// Key of the call.
    pub key: Key,
    /// The item it was asked for.
    pub item: Arc<str>,
    /// Stage.
    pub stage: Arc<str>,
    /// Seat.
    pub seat: Arc<str>,
    /// Trial, from 1.
    pub trial: u32,
    /// Name of the provider in the panel.
    pub provider: Arc<str>,
    /// Name of the model in the panel.
    pub model: Arc<str>,
    /// What became of it.
    pub why: Unanswered,
    /// Dollars.
    pub usd: f64,
    /// The provider did not say what it took: these are the dollars of the
    /// prompt and of as many tokens as it was allowed.
    pub estimated: bool,
    /// When it was written, in milliseconds since 1970; set by the journal.
    pub created_at: u64,
}

/// What became of an attempt that brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unanswered {
    /// It is on its way, or was so when its process was killed.
    Sent,
    /// It was given up on its way: cancelled, or out of time.
    GivenUp,
    /// No answer came within its time.
    TimedOut,
    /// The answer ended before its end, or could not be read.
    CutOff,
    /// An answer came that is none (empty, say).
    Useless,
    /// Its answer was damaged in the journal and taken out.
    Damaged,
    /// A word of a later version.
    Other,
}

impl Unanswered {
    const ALL: [Unanswered; 7] = [
        Unanswered::Sent,
        Unanswered::GivenUp,
        Unanswered::TimedOut,
        Unanswered::CutOff,
        Unanswered::Useless,
        Unanswered::Damaged,
        Unanswered::Other,
    ];

    /// The word in the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Unanswered::Sent => "sent",
            Unanswered::GivenUp => "given-up",
            Unanswered::TimedOut => "timed-out",
            Unanswered::CutOff => "cut-off",
            Unanswered::Useless => "useless",
            Unanswered::Damaged => "damaged",
            Unanswered::Other => "other",
        }
    }

    pub(super) fn from_word(word: &str) -> Unanswered {
        let known = Self::ALL.into_iter().find(|why| why.as_str() == word);
        known.unwrap_or(Unanswered::Other)
    }
}

/// Dollars, and how many of them are estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// All of them. Models without a price count as nothing.
    pub usd: f64,
    /// The part that no provider has told.
    pub estimated_usd: f64,
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.usd += other.usd;
        self.estimated_usd += other.estimated_usd;
    }
}

impl FailureRow {
    /// `kind`: as it stands in the file. `usd`: of a file of format 1.
    pub(super) fn checksum(&self, id: i64, kind: &str, usd: f64) -> i64 {
        Checksum::of(Table::Failures)
            .number(id as u64)
            .bytes(self.key.bytes())
            .text(&self.item)
            .text(&self.stage)
            .text(&self.seat)
            .number(self.trial.into())
            .text(&self.provider)
            .text(&self.model)
            .text(kind)
            .text(&self.message)
            .number(self.attempts.into())
            .float(usd)
            .float(self.seconds)
            .number(self.created_at)
            .finish()
    }
}

impl UnansweredRow {
    pub(super) fn cost(&self) -> Cost {
        Cost {
            usd: self.usd,
            estimated_usd: if self.estimated { self.usd } else { 0.0 },
        }
    }

    /// `why`: as it stands in the file.
    pub(super) fn checksum(&self, why: &str) -> i64 {
        Checksum::of(Table::Unanswered)
            .number(self.id)
            .bytes(self.key.bytes())
            .text(&self.item)
            .text(&self.stage)
            .text(&self.seat)
            .number(self.trial.into())
            .text(&self.provider)
            .text(&self.model)
            .text(why)
            .float(self.usd)
            .number(self.estimated.into())
            .number(self.created_at)
            .finish()
    }
}

/// Of a value of the run.
pub(super) fn meta_checksum(name: &str, value: &str) -> i64 {
    Checksum::of(Table::Meta).text(name).text(value).finish()
}

/// Of a result.
pub(super) fn result_checksum(kind: &str, id: &str, body: &str) -> i64 {
    Checksum::of(Table::Results)
        .text(kind)
        .text(id)
        .text(body)
        .finish()
}
