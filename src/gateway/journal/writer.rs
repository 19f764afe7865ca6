//! The one thread that writes.
//!
//! It takes what lies in its queue, writes all of it in one transaction,
//! commits, and only then acknowledges each. One commit costs one flush to
//! disk, whether it carries one call or five hundred; under load the queue
//! grows while the disk is busy, and the batches with it.

use std::sync::PoisonError;
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::Clock;
use super::disk::Known;
use super::error::JournalError;
use super::rows::{self, CallRow, FailureRow};
use crate::gateway::key::Key;

/// Most entries in one transaction, so that the first one does not wait for
/// ever while others keep coming.
const MOST_IN_BATCH: usize = 1_000;

/// Something to write.
pub(super) enum Op {
    Call(Box<CallRow>),
    /// A failure, and the answers that it made invalid.
    Failure(Vec<Key>, Box<FailureRow>),
    Meta(String, String),
    Result {
        kind: String,
        id: String,
        body: String,
    },
}

struct Job {
    op: Op,
    done: oneshot::Sender<Result<(), JournalError>>,
}

/// The thread's handle. Dropping it writes what is queued, then ends it.
pub(super) struct Writer {
    queue: Option<mpsc::UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        known: Known,
        clock: Clock,
    ) -> Result<Writer, JournalError> {
        let (queue, jobs) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || run(connection, &known, clock, jobs))
            .map_err(|error| JournalError::Store {
                reason: format!("no thread for the journal: {error}"),
            })?;
        Ok(Writer {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Returns when the entry is on disk. When the caller goes away meanwhile,
    /// the entry is written all the same.
    pub(super) async fn write(&self, op: Op) -> Result<(), JournalError> {
        let (done, written) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(JournalError::Closed)?;
        let job = Job { op, done };
        queue.send(job).map_err(|_| JournalError::Closed)?;
        written.await.unwrap_or(Err(JournalError::Closed))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been reported by its hook; every
            // waiting caller was told that the journal is closed.
            let _ = thread.join();
        }
    }
}

fn run(
    mut connection: Connection,
    known: &Known,
    clock: Clock,
    mut jobs: mpsc::UnboundedReceiver<Job>,
) {
    let mut batch = Vec::new();
    while let Some(first) = jobs.blocking_recv() {
        batch.push(first);
        while batch.len() < MOST_IN_BATCH
            && let Ok(next) = jobs.try_recv()
        {
            batch.push(next);
        }
        let outcome = commit(&mut connection, &batch, clock());
        if outcome.is_ok() {
            learn(known, &batch);
        }
        for job in batch.drain(..) {
            // Nobody may be waiting any more.
            let _ = job.done.send(outcome.clone());
        }
    }
}

fn commit(connection: &mut Connection, batch: &[Job], now: u64) -> Result<(), JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in batch {
        match &job.op {
            Op::Call(row) => rows::insert_call(&transaction, row, now)?,
            Op::Failure(invalid, row) => {
                for key in invalid {
                    rows::mark_invalid(&transaction, key)?;
                }
                rows::insert_failure(&transaction, row, now)?;
            }
            Op::Meta(name, value) => {
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
                    .execute([name, value])?;
            }
            Op::Result { kind, id, body } => {
                transaction
                    .prepare_cached(
                        "INSERT OR REPLACE INTO results (kind, id, body) VALUES (?1, ?2, ?3)",
                    )?
                    .execute([kind, id, body])?;
            }
        }
    }
    Ok(transaction.commit()?)
}

/// Makes committed answers known to lookups, and invalid ones unknown.
fn learn(known: &Known, batch: &[Job]) {
    let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
    for job in batch {
        match &job.op {
            Op::Call(row) => {
                known.insert(row.key);
            }
            Op::Failure(invalid, _) => {
                for key in invalid {
                    known.remove(key);
                }
            }
            Op::Meta(..) | Op::Result { .. } => {}
        }
    }
}
