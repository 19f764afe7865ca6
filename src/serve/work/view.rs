//! A consult as it is shown to who asked it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::events::rfc3339;
use super::grades;
use super::job::{Ended, Job, Phase};
use super::opening;
use super::reply::Reply;
use crate::audit;
use crate::clinical::PatientText;
use crate::panel::model::Retention;
use crate::serve::http::problem::{Code, Problem};

/// Version of the shape.
pub const FORMAT: &str = "primum-service/1";

/// A consult.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Consult {
    /// `primum-service/1`.
    pub format: &'static str,
    /// The answer, how it ended first; empty while there is none.
    #[serde(flatten)]
    pub reply: Reply,
    /// `c_` and 32 hexadecimal digits. Whoever does not know it cannot guess
    /// it, and it opens nothing without the key.
    pub id: String,
    /// How far it is.
    pub state: State,
    /// Did a clinician release the answer?
    pub released: bool,
    /// Who decided on it.
    pub release: Release,
    /// The panel's name.
    pub panel: String,
    /// What remains of it: `none` or `audit`.
    pub retention: Retention,
    /// When it was asked, in RFC 3339.
    pub created_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// Why there is no answer.
    pub problem: Option<Problem>,
    /// What was asked, where it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Value>,
}

/// How far a consult is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It waits for its turn.
    Queued,
    /// The panel deliberates.
    Running,
    /// There is an answer.
    Answered,
    /// It was cancelled.
    Cancelled,
    /// There is no answer: see `problem`.
    Failed,
    /// The service stopped before there was an answer.
    Interrupted,
    /// Question and answer were deleted.
    Purged,
}

impl State {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Answered => "answered",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Purged => "purged",
        }
    }
}

/// Whether a clinician released the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Release {
    /// How it stands.
    pub state: ReleaseState,
    /// The person who decided.
    pub by: Option<String>,
    /// When.
    pub at: Option<String>,
    /// What that person wrote to it.
    pub note: Option<PatientText>,
}

/// How a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseState {
    /// Nobody has decided.
    Unreleased,
    /// Released.
    Released,
    /// Rejected.
    Rejected,
    /// Nothing is kept, so nobody can decide.
    NotRecorded,
}

impl Release {
    /// Nobody has decided; under `none` nobody ever can.
    pub fn open(retention: Retention) -> Self {
        Self {
            state: match retention {
                Retention::None => ReleaseState::NotRecorded,
                Retention::Audit => ReleaseState::Unreleased,
            },
            by: None,
            at: None,
            note: None,
        }
    }

    /// As the audit store has it.
    fn stored(release: audit::Release) -> Self {
        Self {
            state: match release.state {
                audit::ReleaseState::Unreleased => ReleaseState::Unreleased,
                audit::ReleaseState::Released => ReleaseState::Released,
                audit::ReleaseState::Rejected => ReleaseState::Rejected,
            },
            by: release.by.map(|who| who.person.unwrap_or(who.key_name)),
            at: release.at.map(rfc3339),
            note: release.note,
        }
    }
}

impl Consult {
    /// A consult that is at work, or has just ended.
    pub fn of_job(job: &Job) -> Self {
        let phase = job.phase();
        let (state, ended) = match &phase {
            Phase::Queued => (State::Queued, None),
            Phase::Running => (State::Running, None),
            Phase::Ended(ended) => (ended.state, Some(ended.as_ref().clone())),
        };
        let ended_at = ended.as_ref().map(|ended| rfc3339(ended.at));
        let (reply, problem) = match ended {
            Some(Ended { reply, problem, .. }) => (reply.unwrap_or_default(), problem),
            None => (Reply::default(), None),
        };
        Self::shown(Self {
            format: FORMAT,
            reply,
            id: job.id.clone(),
            state,
            released: false,
            release: Release::open(job.retention),
            panel: job.panel.name.clone(),
            retention: job.retention,
            created_at: rfc3339(job.created_at),
            ended_at,
            problem,
            question: None,
        })
    }

    /// A consult as it was kept. An answer in a shape that this version cannot
    /// read is a fault of ours, and said so.
    pub fn of_stored(stored: audit::Stored) -> Result<Self, Problem> {
        let unreadable =
            |_| Code::StoreFailed.because("what was kept of this consult cannot be read");
        let reply: Reply = match &stored.answer {
            Some(text) => serde_json::from_str(text.expose()).map_err(unreadable)?,
            None => Reply::default(),
        };
        let question = match &stored.question {
            Some(text) => Some(serde_json::from_str(text.expose()).map_err(unreadable)?),
            None => None,
        };
        let failed = reply.outcome.as_ref().is_some_and(|o| o.name() == "failed");
        let (state, problem) = match &stored.state {
            audit::State::Running => (State::Running, None),
            audit::State::Answered if failed => {
                (State::Failed, Some(no_answer(&reply).of(&stored.id)))
            }
            audit::State::Answered => (State::Answered, None),
            audit::State::Cancelled => (State::Cancelled, Some(Code::Cancelled.plain())),
            audit::State::Failed => (State::Failed, stored_problem(stored.outcome.as_deref())),
            audit::State::Interrupted => (State::Interrupted, Some(cut_off())),
            audit::State::Purged => (State::Purged, None),
        };
        let release = Release::stored(stored.release);
        Ok(Self::shown(Self {
            format: FORMAT,
            reply,
            id: stored.id,
            state,
            released: false,
            release,
            panel: stored.panel,
            retention: Retention::Audit,
            created_at: rfc3339(stored.created_at),
            ended_at: stored.ended_at.map(rfc3339),
            problem,
            question,
        }))
    }

    /// A consult of which the beginning was kept and nobody is at work: its end
    /// could not be written. The log says so after the next start.
    pub fn without_end(stored: audit::Stored) -> Result<Self, Problem> {
        let id = stored.id.clone();
        let consult = Self::of_stored(stored)?;
        Ok(Self {
            state: State::Failed,
            problem: Some(Code::StoreFailed.plain().of(&id)),
            ..consult
        })
    }

    /// With what follows from the rest: the opening of the text, and whether it
    /// is released.
    fn shown(mut self) -> Self {
        self.released = self.release.state == ReleaseState::Released;
        if let Some(text) = &self.reply.text {
            let lines = opening::lines(&self.reply, &self.release);
            self.reply.text = Some(match &self.reply.grade_ledger {
                None => opening::opened(text, &lines),
                Some(_) => grades::opened(text, &lines),
            });
        }
        self
    }

    /// The text as a caller gets it who gets nothing else.
    pub fn text(&self) -> &str {
        self.reply.text.as_ref().map_or("", PatientText::expose)
    }
}

/// Why a panel came to no answer. The reasons name agents and rules.
pub fn no_answer(reply: &Reply) -> Problem {
    let reasons = reply.outcome.as_ref().map_or(&[][..], |o| o.reasons());
    let mut detail = reasons.join("; ");
    if reply.simulated.any() {
        detail.push_str(". Simulated models know only the cases of --cases (cases/demo)");
    }
    Code::NoAnswer.because(detail)
}

/// The problem of a consult that the service's stop cut off.
pub fn cut_off() -> Problem {
    Code::Interrupted.plain()
}

/// The problem of which the code was kept.
fn stored_problem(code: Option<&str>) -> Option<Problem> {
    let code = code?;
    let known = Code::ALL.into_iter().find(|known| known.code() == code);
    Some(known.unwrap_or(Code::Internal).plain())
}
