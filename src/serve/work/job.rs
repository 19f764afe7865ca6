//! A consult at work: how far it is, who follows it, and how it is stopped.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use super::events::{Event, EventLog, What};
use super::reply::Reply;
use super::view::State;
use crate::panel::model::Retention;
use crate::serve::config::Served;
use crate::serve::http::problem::Problem;

/// A consult at work.
#[derive(Debug)]
pub struct Job {
    /// `c_` and 32 hexadecimal digits.
    pub id: String,
    /// Id of the key that asked.
    pub owner: String,
    /// Who answers.
    pub panel: Arc<Served>,
    /// What remains of it.
    pub retention: Retention,
    /// Milliseconds since 1970.
    pub created_at: u64,
    /// When the answer must be there.
    pub deadline: Instant,
    /// What happened so far.
    pub log: EventLog,
    phase: watch::Sender<Phase>,
    stop: watch::Sender<Option<Stop>>,
}

/// How far it is.
#[derive(Clone, Debug)]
pub enum Phase {
    /// In the queue.
    Queued,
    /// At work.
    Running,
    /// Over.
    Ended(Arc<Ended>),
}

/// How it ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// `answered`, `cancelled`, `failed` or `interrupted`.
    pub state: State,
    /// The answer; also of a panel that failed, for its stages.
    pub reply: Option<Reply>,
    /// Why there is none.
    pub problem: Option<Problem>,
    /// Milliseconds since 1970.
    pub at: u64,
}

/// Why it is stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Who asked wants it no more, or has gone away.
    Cancelled,
    /// The service stops.
    Shutdown,
}

/// What a job is made of.
#[derive(Debug)]
pub struct NewJob {
    /// Id of the key that asks.
    pub owner: String,
    /// Who answers.
    pub panel: Arc<Served>,
    /// What remains.
    pub retention: Retention,
    /// Milliseconds since 1970.
    pub created_at: u64,
    /// When the answer must be there.
    pub deadline: Instant,
    /// The events.
    pub log: EventLog,
}

impl Job {
    /// A job in the queue. `id` comes from [`new_id`].
    pub fn new(id: String, new: NewJob) -> Arc<Self> {
        Arc::new(Self {
            id,
            owner: new.owner,
            panel: new.panel,
            retention: new.retention,
            created_at: new.created_at,
            deadline: new.deadline,
            log: new.log,
            phase: watch::Sender::new(Phase::Queued),
            stop: watch::Sender::new(None),
        })
    }

    /// How far it is.
    pub fn phase(&self) -> Phase {
        self.phase.borrow().clone()
    }

    /// It has its place.
    pub fn started(&self) {
        self.phase.send_replace(Phase::Running);
    }

    /// The last event of a consult that ends so.
    pub fn last_event(&self, ended: &Ended) -> Event {
        let reply = ended.reply.as_ref();
        self.log.last(What::Finished {
            state: ended.state.name().to_owned(),
            outcome: reply.and_then(|reply| Some(reply.outcome.as_ref()?.name().to_owned())),
        })
    }

    /// It is over; the first end stays.
    pub fn end(&self, ended: Ended, last: Event) {
        let first = self.phase.send_if_modified(|phase| {
            let first = !matches!(phase, Phase::Ended(_));
            if first {
                *phase = Phase::Ended(Arc::new(ended));
            }
            first
        });
        if first {
            self.log.close(last);
        }
    }

    /// Stops it; the first reason stays.
    pub fn stop(&self, why: Stop) {
        self.stop.send_if_modified(|stop| {
            let first = stop.is_none();
            if first {
                *stop = Some(why);
            }
            first
        });
    }

    /// Waits until it is to be stopped.
    pub async fn stopped(&self) -> Stop {
        let mut stop = self.stop.subscribe();
        let why = stop
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|why| *why);
        match why {
            Some(why) => why,
            None => std::future::pending().await,
        }
    }

    /// Waits for its end.
    pub async fn ended(&self) -> Arc<Ended> {
        let mut phase = self.phase.subscribe();
        loop {
            if let Phase::Ended(ended) = &*phase.borrow_and_update() {
                return Arc::clone(ended);
            }
            // The sender lives as long as the job.
            if phase.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// A new id from the operating system's randomness.
///
/// # Errors
/// When the operating system has none to give.
pub fn new_id() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    let mut id = String::from("c_");
    for byte in bytes {
        id.push_str(&format!("{byte:02x}"));
    }
    Ok(id)
}

/// Stops its consult when it is dropped: its caller has gone away.
#[derive(Debug)]
pub struct Attached(Option<Arc<Job>>);

impl Attached {
    /// `goes_on`: the caller asked for it to go on alone.
    pub fn new(job: &Arc<Job>, goes_on: bool) -> Self {
        Self((!goes_on).then(|| Arc::clone(job)))
    }

    /// From now on it goes on alone.
    pub fn let_go(mut self) {
        self.0 = None;
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        if let Some(job) = self.0.take() {
            job.stop(Stop::Cancelled);
        }
    }
}
