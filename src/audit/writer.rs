//! The one thread that writes.
//!
//! It takes what lies in its queue, writes all of it in one transaction,
//! commits, and only then acknowledges each. One commit costs one flush to
//! disk, whether it carries one record or five hundred; under load the queue
//! grows while the disk is busy, and the batches with it.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::error::AuditError;
use super::model::{Decision, End, Head, NewConsult};
use super::ops::Chain;
use super::{Clock, locked};
use crate::clinical::PatientText;

/// Most records in one transaction, so that the first one does not wait for
/// ever while others keep coming.
const MOST_IN_BATCH: usize = 1_000;

/// Something to write.
pub(super) enum Op {
    Asked(Box<NewConsult>),
    Answered {
        id: String,
        outcome: String,
        answer: PatientText,
        events: String,
    },
    Ended {
        id: String,
        end: End,
    },
    Decided {
        id: String,
        decision: Box<Decision>,
    },
    Interrupt,
    Purge {
        before: u64,
    },
    /// Takes what was deleted out of the file beside the store.
    Scrub,
}

type Written = Result<usize, AuditError>;

struct Job {
    op: Op,
    done: oneshot::Sender<Written>,
}

/// The thread's handle. Dropping it writes what is queued, then ends it.
pub(super) struct Writer {
    queue: Option<mpsc::UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        head: Arc<Mutex<Head>>,
        clock: Clock,
    ) -> Result<Writer, AuditError> {
        let (queue, jobs) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("audit".into())
            .spawn(move || run(connection, &head, &clock, jobs))
            .map_err(|error| AuditError::Store {
                reason: format!("no thread for the audit log: {error}"),
            })?;
        Ok(Writer {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Returns when the record is on disk, with how many consults it was
    /// about. When the caller goes away meanwhile, it is written all the same.
    pub(super) async fn write(&self, op: Op) -> Written {
        let (done, written) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(AuditError::Closed)?;
        queue
            .send(Job { op, done })
            .map_err(|_| AuditError::Closed)?;
        written.await.unwrap_or(Err(AuditError::Closed))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been reported by its hook; every
            // waiting caller was told that the log is closed.
            let _ = thread.join();
        }
    }
}

fn run(
    mut connection: Connection,
    head: &Mutex<Head>,
    clock: &Clock,
    mut jobs: mpsc::UnboundedReceiver<Job>,
) {
    let mut batch: Vec<Job> = Vec::new();
    while let Some(first) = jobs.blocking_recv() {
        batch.push(first);
        while batch.len() < MOST_IN_BATCH
            // Scrubbing works between transactions only.
            && !matches!(batch.last(), Some(Job { op: Op::Scrub, .. }))
            && let Ok(next) = jobs.try_recv()
        {
            batch.push(next);
        }
        let scrub = batch.pop_if(|job| matches!(job.op, Op::Scrub));
        let ops: Vec<&Op> = batch.iter().map(|job| &job.op).collect();
        let written = write_all(&mut connection, head, clock, &ops);
        for (job, written) in batch.drain(..).zip(written) {
            // Nobody may be waiting any more.
            let _ = job.done.send(written);
        }
        if let Some(job) = scrub {
            let _ = job.done.send(scrub_wal(&connection));
        }
    }
}

/// The outcome of each. When the batch cannot be written, each is tried alone:
/// one that is too large for the disk must not take the others with it.
fn write_all(
    connection: &mut Connection,
    head: &Mutex<Head>,
    clock: &Clock,
    ops: &[&Op],
) -> Vec<Written> {
    match commit(connection, ops, clock()) {
        Ok((outcomes, now)) => {
            *locked(head) = now;
            outcomes
        }
        Err(_) if ops.len() > 1 => ops
            .iter()
            .flat_map(|op| write_all(connection, head, clock, &[op]))
            .collect(),
        Err(error) => ops.iter().map(|_| Err(error.clone())).collect(),
    }
}

/// Either all of it is on disk (except what was refused, which wrote nothing),
/// or nothing.
fn commit(
    connection: &mut Connection,
    ops: &[&Op],
    now: u64,
) -> Result<(Vec<Written>, Head), AuditError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut chain = Chain::begin(&transaction, now)?;
    let mut outcomes = Vec::with_capacity(ops.len());
    for op in ops {
        match chain.apply(op) {
            Err(error @ AuditError::Store { .. }) => return Err(error),
            outcome => outcomes.push(outcome),
        }
    }
    let head = chain.end()?;
    transaction.commit()?;
    Ok((outcomes, head))
}

fn scrub_wal(connection: &Connection) -> Written {
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 {
        Ok(0)
    } else {
        Err(AuditError::Reading)
    }
}
