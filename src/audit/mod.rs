//! What remains of a consult where it was asked to remain: question and answer,
//! and a log of who asked what, what came of it, and who released it.
//!
//! What lives here: one SQLite file, the hash chain over its log, and the
//! functions that check, write out and purge it. The log only grows. Every
//! entry holds the hash of the one before, and of a text only its HMAC under a
//! random salt: a purge deletes text and salt, the log stays as it was and can
//! still be checked. All else that is told about a consult (its state, who
//! released it) is read from the log, never from a second place that could be
//! changed without breaking the chain.
//!
//! A record exists when the call that wrote it returned `Ok`: it is then on
//! disk. Records that come together share one commit.
//!
//! What may come in: SQLite, randomness of the operating system, text that is
//! opaque here, a clock that is handed in. What may not: HTTP, panels, models.
//! Nothing of a text appears in an error or in a `Debug`.

mod chain;
mod contents;
mod error;
mod export;
mod files;
mod format;
mod model;
mod ops;
mod rows;
mod verify;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::access::Clock;
use crate::clinical::PatientText;
pub use error::AuditError;
pub use export::export;
pub use format::{FORMAT_MAJOR, FORMAT_MINOR};
pub use model::{
    Decision, End, Head, Idempotency, NewConsult, Release, ReleaseState, State, Stored, Summary,
    Who,
};
pub use verify::{Finding, Verified, verify};
use writer::{Op, Writer};

/// Name of the file in the service's folder.
pub const DATABASE: &str = "audit.sqlite";

/// The store of consults and their log. Cheap to clone; when the last clone
/// goes, what was handed in is written and the lock is given back.
#[derive(Clone)]
pub struct Audit(Arc<Inner>);

struct Inner {
    /// Comes before the writer, so that it is closed first: the last
    /// connection moves what lies in `-wal` into the file, and this one may
    /// not write.
    reader: Mutex<Connection>,
    /// Dropping it ends the writing thread.
    writer: Writer,
    head: Arc<Mutex<Head>>,
    _lock: files::Lock,
}

/// A lock that a panicked holder does not turn into a second panic: what is
/// guarded here is whole after every statement.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Audit {
    /// Opens the store for writing, or starts one. Missing folders are made
    /// with mode 0700, every file has mode 0600 from its first moment. Blocks
    /// for a few milliseconds.
    ///
    /// # Errors
    /// [`AuditError::Locked`] when another process writes it,
    /// [`AuditError::Newer`] and [`AuditError::Foreign`] for files that this
    /// program must not touch, [`AuditError::Broken`] when entries at the
    /// log's end are gone, [`AuditError::Store`] for all that the file system
    /// or SQLite refuses.
    pub fn open(path: &Path, clock: Clock) -> Result<Audit, AuditError> {
        files::folder_of(path)?;
        let lock = files::Lock::take(path)?;
        files::make_private(path)?;
        let connection = format::open_for_writing(path)?;
        let head = rows::checked_head(&connection)?;
        let reader = Mutex::new(format::open_for_reading(path)?);
        let head = Arc::new(Mutex::new(head));
        let writer = Writer::start(connection, Arc::clone(&head), clock)?;
        Ok(Audit(Arc::new(Inner {
            reader,
            writer,
            head,
            _lock: lock,
        })))
    }

    /// Records that a consult was asked. `Ok` when it is on disk.
    ///
    /// # Errors
    /// [`AuditError::Exists`] for a known id, [`AuditError::Repeated`] when
    /// this key used this idempotency key before, [`AuditError::Store`] and
    /// [`AuditError::Closed`] when it is not on disk.
    pub async fn asked(&self, consult: NewConsult) -> Result<(), AuditError> {
        self.write(Op::Asked(Box::new(consult))).await.map(drop)
    }

    /// Records the answer. `outcome` stays in the log for ever: a state and
    /// codes, never text of patients or models. `events` is what the caller
    /// may replay later, without such text either.
    ///
    /// # Errors
    /// [`AuditError::Unknown`], [`AuditError::Ended`]; the rest as
    /// [`Audit::asked`].
    pub async fn answered(
        &self,
        id: &str,
        outcome: &str,
        answer: PatientText,
        events: String,
    ) -> Result<(), AuditError> {
        let op = Op::Answered {
            id: id.into(),
            outcome: outcome.into(),
            answer,
            events,
        };
        self.write(op).await.map(drop)
    }

    /// Records that a consult ended without an answer.
    ///
    /// # Errors
    /// As [`Audit::answered`].
    pub async fn ended(&self, id: &str, end: End) -> Result<(), AuditError> {
        self.write(Op::Ended { id: id.into(), end }).await.map(drop)
    }

    /// Records that a clinician released or rejected an answer; once only.
    ///
    /// # Errors
    /// [`AuditError::Decided`] the second time, [`AuditError::NotAnswered`],
    /// [`AuditError::Purged`], [`AuditError::Unknown`]; the rest as
    /// [`Audit::asked`].
    pub async fn decided(&self, id: &str, decision: Decision) -> Result<(), AuditError> {
        let op = Op::Decided {
            id: id.into(),
            decision: Box::new(decision),
        };
        self.write(op).await.map(drop)
    }

    /// For the start: consults that a kill left running become interrupted.
    /// Returns how many.
    ///
    /// # Errors
    /// [`AuditError::Store`], [`AuditError::Closed`].
    pub async fn interrupt_running(&self) -> Result<usize, AuditError> {
        self.write(Op::Interrupt).await
    }

    /// Deletes question, answer, events, note and salts of every consult that
    /// was asked before this time (milliseconds since 1970) and has ended, and
    /// says so in the log. Returns how many. When it returned `Ok`, no byte of
    /// them is in any of the store's files.
    ///
    /// # Errors
    /// [`AuditError::Reading`] when another program's reading keeps deleted
    /// text in the file beside the store: purge again; the rest as
    /// [`Audit::interrupt_running`].
    pub async fn purge(&self, before: u64) -> Result<usize, AuditError> {
        let mut purged = 0;
        loop {
            match self.write(Op::Purge { before }).await? {
                0 => break,
                some => purged += some,
            }
        }
        // Also when there was nothing: an earlier purge may have been kept
        // from this.
        self.write(Op::Scrub).await?;
        Ok(purged)
    }

    /// One consult with what is stored of it; `None` when it is unknown.
    /// Blocks for a read from disk.
    ///
    /// # Errors
    /// [`AuditError::Store`] when the file cannot be read.
    pub fn read(&self, id: &str) -> Result<Option<Stored>, AuditError> {
        let mut connection = locked(&self.0.reader);
        let snapshot = connection.transaction()?;
        rows::stored(&snapshot, id)
    }

    /// Consults of these keys, the newest first, at most `limit`; `before` is
    /// the [`Summary::seq`] of the last one that the caller has seen.
    ///
    /// # Errors
    /// As [`Audit::read`].
    pub fn list(
        &self,
        key_ids: &[String],
        limit: usize,
        before: Option<u64>,
    ) -> Result<Vec<Summary>, AuditError> {
        let mut connection = locked(&self.0.reader);
        let snapshot = connection.transaction()?;
        rows::list(&snapshot, key_ids, limit, before)
    }

    /// The consult that this key asked under this idempotency key, with the
    /// hash of the body that it sent then. Forgotten by a purge.
    ///
    /// # Errors
    /// As [`Audit::read`].
    pub fn idempotent(
        &self,
        key_id: &str,
        key: &str,
    ) -> Result<Option<(String, [u8; 32])>, AuditError> {
        let mut connection = locked(&self.0.reader);
        let snapshot = connection.transaction()?;
        contents::idempotent(&snapshot, key_id, key)
    }

    /// The last entry that is on disk.
    pub fn head(&self) -> Head {
        locked(&self.0.head).clone()
    }

    async fn write(&self, op: Op) -> Result<usize, AuditError> {
        self.0.writer.write(op).await
    }
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Audit({} entries)", self.head().seq)
    }
}
