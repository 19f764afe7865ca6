//! How one deliberation is conducted: which stages run, until when, and who
//! watches. None of it may change what the same answers come to, except for a
//! deadline.

use tokio::time::Instant;

use super::result::Stages;
use crate::gateway::FailureKind;

/// How a deliberation is conducted.
#[derive(Clone, Copy)]
pub struct Conduct<'a> {
    /// Seed of the shuffles.
    pub run_seed: u64,
    /// Which stages run.
    pub stages: Stages,
    /// When the answer must be there. `None`, as in a benchmark: only the
    /// journaled seconds of the calls count, so that a resumed run decides as
    /// the first one did.
    pub deadline: Option<Instant>,
    /// Who is told how far it is.
    pub watch: &'a dyn Watch,
}

impl Conduct<'static> {
    /// Without a deadline of its own, and unwatched.
    pub fn new(run_seed: u64, stages: Stages) -> Self {
        Self {
            run_seed,
            stages,
            deadline: None,
            watch: &Unwatched,
        }
    }
}

/// Somebody who is told how far a deliberation is.
pub trait Watch: Send + Sync {
    /// Something happened. Must return at once.
    fn saw(&self, event: Event<'_>);
}

/// Nobody.
struct Unwatched;

impl Watch for Unwatched {
    fn saw(&self, _: Event<'_>) {}
}

/// What happens in a deliberation. Says nothing of what is asked or answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event<'a> {
    /// Agents are asked.
    Asked {
        /// The stage: `draft`, `cluster`, `synthesis`, `rating`, `debate`,
        /// `guardian`, `check`.
        stage: &'static str,
        /// The agents.
        seats: &'a [&'a str],
    },
    /// One of them answered, or failed to.
    Answered {
        /// The stage.
        stage: &'static str,
        /// The agent.
        seat: &'a str,
        /// Seconds that it took, a failure as well; `None` when it was no longer
        /// waited for.
        seconds: Option<f64>,
        /// Why there is none.
        failure: Option<FailureKind>,
    },
    /// An answer came and counts for nothing.
    Unusable {
        /// The stage.
        stage: &'static str,
        /// The agent.
        seat: &'a str,
        /// Why, such as "it repeats the question".
        why: &'a str,
    },
    /// A stage was left out for lack of time.
    Skipped {
        /// The stage.
        stage: &'static str,
    },
    /// The plan stands so far: after the consensus, after a guardian, at the
    /// end.
    Plan {
        /// `consensus`, a guardian's name, or `render`.
        after: &'a str,
        /// Number of its items.
        items: usize,
    },
}
