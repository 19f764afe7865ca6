//! The time of one consult. In a benchmark the journaled seconds of the calls
//! along the critical path are counted, so that a resumed run decides as the
//! first one did; with a deadline, the real clock counts as well.

use tokio::time::Instant;

use crate::panel::model::{EditMode, Panel, Protocol, Skippable};

/// How much time there is, and how much has been spent.
#[derive(Debug)]
pub struct Clock {
    budget: Option<f64>,
    spent: f64,
    deadline: Option<Instant>,
    started: Option<Instant>,
    /// Seconds that a call of this consult takes, by the slowest draft that
    /// came in time.
    pace: f64,
    /// Stages that are still to come, in order.
    ahead: Vec<Ahead>,
}

/// A stage that is still to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ahead {
    /// Under which name it may be skipped; `None`: never.
    pub skippable: Option<Skippable>,
    /// Calls in a row.
    pub calls: f64,
}

impl Clock {
    /// At the beginning of a consult.
    pub fn new(panel: &Panel, deadline: Option<Instant>) -> Self {
        Self {
            budget: panel.budget.seconds,
            spent: 0.0,
            deadline,
            started: deadline.map(|_| Instant::now()),
            pace: 0.0,
            ahead: ahead(panel),
        }
    }

    /// Seconds that are left.
    pub fn left(&self) -> f64 {
        let counted = self
            .budget
            .map_or(f64::INFINITY, |budget| budget - self.spent);
        let real = self.deadline.map_or(f64::INFINITY, |deadline| {
            deadline
                .saturating_duration_since(Instant::now())
                .as_secs_f64()
        });
        counted.min(real)
    }

    /// Is an answer that took so long in time? By the journal alone: what has
    /// arrived before the deadline has arrived, however little is left of it.
    pub fn in_time(&self, seconds: f64) -> bool {
        self.budget
            .is_none_or(|budget| seconds <= budget - self.spent)
    }

    /// Seconds of a call that count: no more than the budget has left, for nobody
    /// waits longer.
    pub fn counted(&self, seconds: f64) -> f64 {
        let budget = self.budget;
        budget.map_or(seconds, |budget| seconds.min(budget - self.spent))
    }

    /// Seconds that were waited for an answer that did not come: with a
    /// deadline, what has really gone by since the last stage; in a benchmark,
    /// all that was left.
    pub fn waited(&self) -> f64 {
        match self.started {
            Some(started) => (started.elapsed().as_secs_f64() - self.spent).max(0.0),
            None => self.left().max(0.0),
        }
    }

    /// Seconds spent so far, by the journal.
    pub fn spent(&self) -> f64 {
        self.spent
    }

    /// Seconds were spent.
    pub fn spend(&mut self, seconds: f64) {
        if seconds.is_finite() {
            self.spent += seconds.max(0.0);
        }
    }

    /// The deadline, if there is one.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// What a call takes in this consult.
    pub fn set_pace(&mut self, seconds: f64) {
        self.pace = seconds;
    }

    /// Waits for something, but not beyond the deadline.
    pub async fn until_deadline<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        match self.deadline {
            None => Some(work.await),
            Some(deadline) => tokio::time::timeout_at(deadline, work).await.ok(),
        }
    }

    /// Is there time for a stage that may be skipped? What is skipped first is
    /// what the panel names first; the stages behind this one count.
    pub fn affords(&mut self, panel: &Panel, stage: Skippable) -> bool {
        let left = self.left();
        let from = self
            .ahead
            .iter()
            .position(|ahead| ahead.skippable == Some(stage));
        if let Some(from) = from {
            self.ahead.drain(..from);
        }
        if left <= 0.0 {
            return false;
        }
        !skipped(&self.ahead, &panel.budget.skip, left, self.pace).contains(&stage)
    }

    /// Is a stage of this name still to come?
    pub fn has_ahead(&self, stage: Skippable) -> bool {
        self.ahead
            .iter()
            .any(|ahead| ahead.skippable == Some(stage))
    }

    /// A stage has been done or left out.
    pub fn pass(&mut self, stage: Skippable) {
        if let Some(at) = self
            .ahead
            .iter()
            .position(|ahead| ahead.skippable == Some(stage))
        {
            self.ahead.drain(..=at);
        }
    }
}

/// The stages of a panel after its drafts. A check follows each guardian and is
/// skipped with it.
pub fn ahead(panel: &Panel) -> Vec<Ahead> {
    let stage = |skippable, calls: usize| Ahead {
        skippable,
        calls: calls as f64,
    };
    let mut ahead = Vec::new();
    if panel.clusterer.is_some() && panel.consensus.protocol != Protocol::Lead {
        ahead.push(stage(Some(Skippable::Clusterer), 1));
    }
    match panel.consensus.protocol {
        Protocol::Lead | Protocol::Vote => {}
        Protocol::Synthesis => ahead.push(stage(None, 1)),
        Protocol::Debate => {
            for _ in 0..panel.consensus.rounds {
                ahead.push(stage(Some(Skippable::Rounds), 1));
            }
        }
        Protocol::Delphi => {
            ahead.push(stage(None, 1));
            ahead.push(stage(Some(Skippable::Rounds), 1));
        }
    }
    let checked = usize::from(panel.edits.checkers > 0);
    let rows = match panel.edits.mode {
        EditMode::Serial => panel.guardians.len(),
        EditMode::Parallel => panel.guardians.len().min(1),
    };
    if rows > 0 {
        ahead.push(stage(Some(Skippable::Guardians), rows * (1 + checked)));
    }
    ahead
}

/// Which stages are skipped so that the rest fits into the time that is left:
/// the first ones of the panel's order until it does. `pace`: seconds of a
/// call. Pure.
pub fn skipped(ahead: &[Ahead], order: &[Skippable], left: f64, pace: f64) -> Vec<Skippable> {
    let needed = |gone: &[Skippable]| -> f64 {
        ahead
            .iter()
            .filter(|stage| stage.skippable.is_none_or(|name| !gone.contains(&name)))
            .map(|stage| stage.calls * pace)
            .sum()
    };
    let mut gone = Vec::new();
    for &stage in order {
        if needed(&gone) <= left {
            break;
        }
        gone.push(stage);
    }
    gone
}
