//! What a deliberation comes to.

use serde::{Deserialize, Serialize};

use crate::clinical::{Dissent, Ledger, Outcome, PatientText, Plan, PlanFlow};
use crate::gateway::{CallError, FailureKind, Notice};

/// Which stages run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stages {
    /// All of them.
    All,
    /// The panel without its guardians, as a baseline.
    WithoutGuardians,
}

/// What a panel answered to one consult.
#[derive(Clone, Debug)]
pub struct Deliberation {
    /// How it ended. The first thing that a reader must be shown.
    pub outcome: Outcome,
    /// The rendered plan; `None` only when the outcome is `failed`.
    pub text: Option<PatientText>,
    /// The plan behind the text.
    pub plan: Plan,
    /// The life of every recommendation.
    pub ledger: Ledger,
    /// Disagreement that a reader must know of, what matters most first; also
    /// in a complete answer.
    pub dissent: Vec<Dissent>,
    /// The text as it would stand after the consensus and after each guardian,
    /// in their order, so that the effect of each can be measured. Empty where
    /// no guardian was asked.
    pub steps: Vec<Step>,
    /// Everything that was on the table after each stage, before the word
    /// budget, so that harms can be followed through the stages.
    pub flow: PlanFlow,
    /// What happened that changes no outcome, such as a word budget exceeded.
    pub notes: Vec<String>,
    /// What was asked, in the order of the stages.
    pub stages: Vec<StageRecord>,
    /// What came with the answers of agents, each once.
    pub told: Vec<Told>,
    /// Dollars of all its calls; `None` when a model has no price.
    pub usd: Option<f64>,
    /// Seconds along the critical path, our own waits left out.
    pub seconds: f64,
}

/// What came with an answer of an agent that a reader must know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The agent's name.
    pub seat: String,
    /// What.
    pub notice: Notice,
}

impl Told {
    /// In words.
    pub fn words(&self) -> String {
        format!("{}: {}", self.seat, self.notice.words())
    }

    /// Adds what came with an agent's answer to what is known.
    pub fn add(known: &mut Vec<Told>, seat: &str, notices: &[Notice]) {
        for notice in notices {
            let told = Told {
                seat: seat.to_owned(),
                notice: notice.clone(),
            };
            if !known.contains(&told) {
                known.push(told);
            }
        }
    }

    /// What of it changes no outcome, in words. That worsens an outcome stands
    /// among its reasons.
    pub fn notes(known: &[Told]) -> impl Iterator<Item = String> + '_ {
        let quiet = known.iter().filter(|told| !told.notice.degrades());
        quiet.map(Told::words)
    }

    /// Is the cost of an answer estimated, in whole or in part?
    pub fn is_estimated(known: &[Told]) -> bool {
        known.iter().any(|told| told.notice.is_of_cost())
    }
}

/// The plan's text after one stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// `consensus`, or the guardian's name.
    pub after: String,
    /// The plan rendered to the word budget, as it stood then.
    pub text: PatientText,
    /// Of a guardian: edits carried out.
    pub applied: usize,
    /// Of a guardian: edits refused.
    pub refused: usize,
}

/// One question of a deliberation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRecord {
    /// `draft`, `cluster`, `synthesis`, `rating`, `debate`, `guardian`, `check`.
    pub stage: String,
    /// The agent's name.
    pub seat: String,
    /// What went wrong, if anything.
    pub failure: Option<FailureKind>,
    /// Of an answer that counts for nothing: why, such as "it repeats the
    /// question".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
}

/// A call was not sent because the run is being stopped, the budget is
/// reached, or the journal cannot be written: this consult is not finished,
/// and nothing may be concluded from it.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Interrupted(pub CallError);

impl Interrupted {
    /// `Ok(result)` unless the failure is an interruption.
    pub fn check<T>(result: Result<T, CallError>) -> Result<Result<T, CallError>, Self> {
        match result {
            Err(error)
                if matches!(
                    error.kind,
                    FailureKind::Stopped | FailureKind::Budget | FailureKind::Journal
                ) =>
            {
                Err(Self(error))
            }
            other => Ok(other),
        }
    }
}
