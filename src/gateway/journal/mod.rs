//! The journal: a run's memory of every call that was bought.
//!
//! What lives here: one SQLite file per run, its format, its lock, one thread
//! that writes, and reads by key. A call is finished when [`Journal::record`]
//! returned: its row is then on disk (`synchronous = FULL`), and only then may
//! anything be built on it. Many calls that finish together share one commit.
//! An acknowledgement that did not come means that nothing may be built on the
//! answer, whatever the reason.
//!
//! What may come in: SQLite, the standard library, channels of tokio. The
//! clock is handed in. What may not: HTTP, limits, retries, panels; the bench
//! keeps its own results in [`Journal::put_result`] as text that is opaque
//! here.
//!
//! The file format has a version of its own (`meta.format`, major.minor): a
//! new minor adds what older programs can ignore, a new major is refused.

mod error;
mod format;
mod lock;
mod rows;
mod writer;

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension};

use super::key::Key;
use super::sync::locked;
pub use error::JournalError;
pub use format::{FORMAT_MAJOR, FORMAT_MINOR};
pub use rows::{CallRow, FailureRow};
use writer::{Op, Writer};

/// Milliseconds since 1970, for the journal's `created_at`.
pub type Clock = fn() -> u64;

/// The system's clock.
pub fn system_clock() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis().try_into().unwrap_or(u64::MAX))
}

/// A run's journal. Cheap to clone; when the last clone goes, what was handed
/// in is written and the lock is given back.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    /// Comes before the writer, so that it is closed first: the last
    /// connection moves what lies beside the file (`-wal`) into it, and this
    /// one may not write.
    reader: Arc<Mutex<Connection>>,
    /// Dropping it ends the writing thread.
    writer: Option<Writer>,
    /// Keys with a usable answer; a miss costs no query.
    known: Known,
    _lock: Option<lock::Lock>,
}

/// Keys of usable answers, kept by the writer after each commit.
type Known = Arc<RwLock<HashSet<Key>>>;

impl Journal {
    /// Opens a run's file for writing, or starts one. Blocks for a few
    /// milliseconds.
    ///
    /// # Errors
    /// [`JournalError::Locked`] when another process writes this run,
    /// [`JournalError::Newer`] and [`JournalError::Foreign`] for files that
    /// this program must not touch, [`JournalError::Store`] for all that the
    /// file system or SQLite refuses.
    pub fn open(path: &Path, clock: Clock) -> Result<Journal, JournalError> {
        let lock = lock::Lock::take(path)?;
        let connection = format::open_for_writing(path)?;
        let reader = format::open_for_reading(path)?;
        let reader = Arc::new(Mutex::new(reader));
        Self::start(Arc::new(Mutex::new(connection)), reader, Some(lock), clock)
    }

    /// A journal that lives in memory and is gone with its last clone.
    ///
    /// # Errors
    /// [`JournalError::Store`] when SQLite has no memory.
    pub fn in_memory(clock: Clock) -> Result<Journal, JournalError> {
        let connection = Arc::new(Mutex::new(format::open_in_memory()?));
        Self::start(Arc::clone(&connection), connection, None, clock)
    }

    /// Opens a run for reading only, also while another process writes it.
    /// Whatever writes fails with [`JournalError::ReadOnly`].
    ///
    /// # Errors
    /// As [`Journal::open`], without [`JournalError::Locked`].
    pub fn read(path: &Path) -> Result<Journal, JournalError> {
        let reader = format::open_for_reading(path)?;
        let known = Arc::new(RwLock::new(rows::usable_keys(&reader)?));
        Ok(Journal(Arc::new(Inner {
            writer: None,
            reader: Arc::new(Mutex::new(reader)),
            known,
            _lock: None,
        })))
    }

    fn start(
        connection: Arc<Mutex<Connection>>,
        reader: Arc<Mutex<Connection>>,
        lock: Option<lock::Lock>,
        clock: Clock,
    ) -> Result<Journal, JournalError> {
        let keys = rows::usable_keys(&locked(&connection))?;
        let known = Arc::new(RwLock::new(keys));
        let writer = Writer::start(connection, Arc::clone(&known), clock)?;
        Ok(Journal(Arc::new(Inner {
            writer: Some(writer),
            reader,
            known,
            _lock: lock,
        })))
    }

    /// The answer that was bought under this key. Rows that were marked
    /// invalid are not found. A miss costs a look into a set in memory; a hit
    /// one read by primary key.
    ///
    /// # Errors
    /// [`JournalError::Store`] when the file cannot be read.
    pub fn lookup(&self, key: &Key) -> Result<Option<CallRow>, JournalError> {
        let known = self.0.known.read();
        if !known.unwrap_or_else(PoisonError::into_inner).contains(key) {
            return Ok(None);
        }
        rows::call(&locked(&self.0.reader), key)
    }

    /// Writes a finished call and returns when it is on disk. A row that was
    /// marked invalid is replaced; what it had cost stays counted.
    ///
    /// # Errors
    /// When it did not return `Ok`, nothing may be built on the answer.
    pub async fn record(&self, row: CallRow) -> Result<(), JournalError> {
        self.write(Op::Call(Box::new(row))).await
    }

    /// Writes a call that failed for good.
    ///
    /// # Errors
    /// [`JournalError`] when it is not on disk.
    pub async fn record_failure(&self, row: FailureRow) -> Result<(), JournalError> {
        self.write(Op::Failure(Vec::new(), Box::new(row))).await
    }

    /// In one step: marks answers as invalid, so that they are bought again,
    /// and writes the failure that they ended in.
    ///
    /// # Errors
    /// [`JournalError`] when it is not on disk.
    pub async fn invalidate(&self, keys: Vec<Key>, row: FailureRow) -> Result<(), JournalError> {
        self.write(Op::Failure(keys, Box::new(row))).await
    }

    /// A value of the run (`panel_hash`, `seed`, …). `format` is the journal's
    /// own.
    ///
    /// # Errors
    /// [`JournalError::Store`] when the file cannot be read.
    pub fn meta_get(&self, name: &str) -> Result<Option<String>, JournalError> {
        let connection = locked(&self.0.reader);
        let mut query = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        Ok(query.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Sets a value of the run.
    ///
    /// # Errors
    /// [`JournalError`] when it is not on disk; [`JournalError::Reserved`] for
    /// `format`.
    pub async fn meta_set(&self, name: &str, value: &str) -> Result<(), JournalError> {
        if name == format::FORMAT_KEY {
            return Err(JournalError::Reserved);
        }
        self.write(Op::Meta(name.into(), value.into())).await
    }

    /// Puts a result (of the bench), or replaces it.
    ///
    /// # Errors
    /// [`JournalError`] when it is not on disk.
    pub async fn put_result(&self, kind: &str, id: &str, body: &str) -> Result<(), JournalError> {
        self.write(Op::Result {
            kind: kind.into(),
            id: id.into(),
            body: body.into(),
        })
        .await
    }

    /// One result.
    ///
    /// # Errors
    /// [`JournalError::Store`] when the file cannot be read.
    pub fn result(&self, kind: &str, id: &str) -> Result<Option<String>, JournalError> {
        let connection = locked(&self.0.reader);
        let mut query =
            connection.prepare_cached("SELECT body FROM results WHERE kind = ?1 AND id = ?2")?;
        Ok(query.query_row([kind, id], |row| row.get(0)).optional()?)
    }

    /// All results of a kind as (id, body), in the order of their ids.
    ///
    /// # Errors
    /// [`JournalError::Store`] when the file cannot be read.
    pub fn results(&self, kind: &str) -> Result<Vec<(String, String)>, JournalError> {
        let connection = locked(&self.0.reader);
        let mut query = connection
            .prepare_cached("SELECT id, body FROM results WHERE kind = ?1 ORDER BY id")?;
        let rows = query.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Ids of all results of a kind, in their order, without reading what they
    /// hold.
    ///
    /// # Errors
    /// [`JournalError::Store`] when the file cannot be read.
    pub fn result_ids(&self, kind: &str) -> Result<Vec<String>, JournalError> {
        let connection = locked(&self.0.reader);
        let mut query =
            connection.prepare_cached("SELECT id FROM results WHERE kind = ?1 ORDER BY id")?;
        let rows = query.query_map([kind], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Finished calls with a usable answer that were asked for one item in one
    /// trial, in the order in which they were written.
    ///
    /// # Errors
    /// [`JournalError::Store`] when the file cannot be read.
    pub fn calls_of(&self, item: &str, trial: u32) -> Result<Vec<CallRow>, JournalError> {
        rows::calls_of(&locked(&self.0.reader), item, trial)
    }

    /// Every finished call with a usable answer, in the order of its key.
    ///
    /// # Errors
    /// [`JournalError::Store`] when the file cannot be read.
    pub fn calls(&self) -> Result<Vec<CallRow>, JournalError> {
        rows::calls(&locked(&self.0.reader))
    }

    /// How many calls have a usable answer.
    pub fn calls_count(&self) -> usize {
        let known = self.0.known.read();
        known.unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Calls that failed for good and have no answer since, the last failure
    /// of each, in the order in which they were written.
    ///
    /// # Errors
    /// [`JournalError::Store`] when the file cannot be read.
    pub fn failures(&self) -> Result<Vec<FailureRow>, JournalError> {
        rows::failures(&locked(&self.0.reader))
    }

    /// Dollars spent in this run: all answers, also those that were invalid,
    /// and what failed attempts are known to have cost. Calls of models
    /// without a price count as nothing.
    ///
    /// # Errors
    /// [`JournalError::Store`] when the file cannot be read.
    pub fn spent_usd(&self) -> Result<f64, JournalError> {
        rows::spent_usd(&locked(&self.0.reader))
    }

    async fn write(&self, op: Op) -> Result<(), JournalError> {
        match &self.0.writer {
            Some(writer) => writer.write(op).await,
            None => Err(JournalError::ReadOnly),
        }
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Journal({} calls)", self.calls_count())
    }
}
