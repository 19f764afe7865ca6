//! The one thread that writes.
//!
//! It takes what lies in its queue, writes all of it in one transaction,
//! commits, and only then acknowledges each. One commit costs one flush to
//! disk, whether it carries one call or five hundred; under load the queue
//! grows while the disk is busy, and the batches with it.

use std::sync::{Arc, OnceLock, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::Clock;
use super::disk::Known;
use super::error::JournalError;
use super::format::File;
use super::rows::{CallRow, FailureRow, UnansweredRow};
use super::seal::Seals;
use super::spare::Spare;
use super::write::Writing;
use crate::gateway::key::Key;

/// Most entries in one transaction, so that the first one does not wait for
/// ever while others keep coming.
const MOST_IN_BATCH: usize = 1_000;

/// Something to write.
pub(super) enum Op {
    /// An answer, and the attempts that are settled with it.
    Call(Box<CallRow>, Vec<u64>),
    /// A failure, the answers that it made invalid, and the attempts that are
    /// settled with it.
    Failure(Box<FailureRow>, Vec<Key>, Vec<u64>),
    /// An attempt without an answer, so far or for good.
    Unanswered(Box<UnansweredRow>),
    /// Attempts of which nothing is to be kept.
    Settled(Vec<u64>),
    Meta(String, String),
    Result {
        kind: String,
        id: String,
        body: String,
    },
}

struct Job {
    op: Op,
    /// Who waits for it; nobody waits for notes.
    done: Option<oneshot::Sender<Result<(), JournalError>>>,
}

/// What the thread works with.
struct Work {
    connection: Connection,
    seals: Seals,
    known: Known,
    spare: Spare,
    full: Arc<OnceLock<JournalError>>,
    clock: Clock,
}

/// The thread's handle. Dropping it writes what is queued, then ends it.
pub(super) struct Writer {
    queue: Option<mpsc::UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
    full: Arc<OnceLock<JournalError>>,
}

impl Writer {
    pub(super) fn start(
        file: File,
        seals: Seals,
        known: Known,
        spare: Spare,
        clock: Clock,
    ) -> Result<Writer, JournalError> {
        let (queue, jobs) = mpsc::unbounded_channel();
        let full = Arc::new(OnceLock::new());
        let work = Work {
            connection: file.connection,
            seals,
            known,
            spare,
            full: Arc::clone(&full),
            clock,
        };
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || work.run(jobs))
            .map_err(|error| JournalError::Store {
                reason: format!("no thread for the journal: {error}"),
            })?;
        Ok(Writer {
            queue: Some(queue),
            thread: Some(thread),
            full,
        })
    }

    /// Returns when the entry is on disk. When the caller goes away meanwhile,
    /// the entry is written all the same.
    pub(super) async fn write(&self, op: Op) -> Result<(), JournalError> {
        let (done, written) = oneshot::channel();
        self.send(op, Some(done))?;
        written.await.unwrap_or(Err(JournalError::Closed))
    }

    /// Writes without waiting for it. What comes later is on disk no sooner.
    pub(super) fn note(&self, op: Op) {
        // A journal that is closed has told it to those who wait.
        let _ = self.send(op, None);
    }

    /// The disk was full, though what was handed in could be written still.
    pub(super) fn full(&self) -> Option<JournalError> {
        self.full.get().cloned()
    }

    fn send(
        &self,
        op: Op,
        done: Option<oneshot::Sender<Result<(), JournalError>>>,
    ) -> Result<(), JournalError> {
        let queue = self.queue.as_ref().ok_or(JournalError::Closed)?;
        queue
            .send(Job { op, done })
            .map_err(|_| JournalError::Closed)
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

impl Work {
    fn run(mut self, mut jobs: mpsc::UnboundedReceiver<Job>) {
        let mut batch = Vec::new();
        while let Some(first) = jobs.blocking_recv() {
            batch.push(first);
            while batch.len() < MOST_IN_BATCH
                && let Ok(next) = jobs.try_recv()
            {
                batch.push(next);
            }
            let outcome = self.write(&batch);
            for job in batch.drain(..) {
                if let Some(done) = job.done {
                    // Nobody may be waiting any more.
                    let _ = done.send(outcome.clone());
                }
            }
        }
    }

    /// Commits a batch. When the disk is full, the room that was kept free is
    /// given back for it, once; from then on nothing more is to be bought.
    fn write(&mut self, batch: &[Job]) -> Result<(), JournalError> {
        let mut outcome = self.commit(batch);
        if let Err(full @ JournalError::Full { .. }) = &outcome
            && self.spare.give_back()
        {
            let _ = self.full.set(full.clone());
            outcome = self.commit(batch);
        }
        if outcome.is_ok() {
            self.learn(batch);
        }
        let answers = batch.iter().filter(|job| matches!(job.op, Op::Call(..)));
        outcome.map_err(|error| error.losing(answers.count()))
    }

    fn commit(&mut self, batch: &[Job]) -> Result<(), JournalError> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        let mut seals = self.seals.clone();
        let mut writing = Writing {
            connection: &transaction,
            seals: &mut seals,
            now: (self.clock)(),
        };
        for job in batch {
            match &job.op {
                Op::Call(row, settled) => {
                    writing.call(row)?;
                    writing.settle(settled)?;
                }
                Op::Failure(row, invalid, settled) => {
                    for key in invalid {
                        writing.invalidate(key)?;
                    }
                    writing.failure(row)?;
                    writing.settle(settled)?;
                }
                Op::Unanswered(row) => writing.unanswered(row)?,
                Op::Settled(ids) => writing.settle(ids)?,
                Op::Meta(name, value) => writing.meta(name, value)?,
                Op::Result { kind, id, body } => writing.result(kind, id, body)?,
            }
        }
        seals.write(&transaction, &self.seals)?;
        transaction.commit()?;
        self.seals = seals;
        Ok(())
    }

    /// Makes committed answers known to lookups, and invalid ones unknown.
    fn learn(&self, batch: &[Job]) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for job in batch {
            match &job.op {
                Op::Call(row, _) => {
                    known.insert(row.key);
                }
                Op::Failure(_, invalid, _) => {
                    for key in invalid {
                        known.remove(key);
                    }
                }
                Op::Unanswered(_) | Op::Settled(_) | Op::Meta(..) | Op::Result { .. } => {}
            }
        }
    }
}
