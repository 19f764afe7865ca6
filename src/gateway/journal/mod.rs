//! The journal: a run's memory of every call that was bought.
//!
//! What lives here: one SQLite file per run, its format, its lock, one thread
//! that writes, and reads by key (`disk`). A call is finished when
//! [`Journal::record`] returned: its row is then on disk (`synchronous = FULL`),
//! and only then may anything be built on it. Many calls that finish together
//! share one commit. An acknowledgement that did not come means that nothing may
//! be built on the answer, whatever the reason.
//!
//! A service that keeps nothing has a journal per request that is plain memory
//! (`memory`): no file, no thread, and the same answers to the same questions.
//!
//! What may come in: SQLite, the standard library, channels of tokio. The
//! clock is handed in. What may not: HTTP, limits, retries, panels; the bench
//! keeps its own results in [`Journal::put_result`] as text that is opaque
//! here.
//!
//! The file format has a version of its own (`meta.format`, major.minor): a
//! new minor adds what older programs can ignore, a new major is refused. A
//! file of the major before is read as it is, and brought up to date when it is
//! opened for writing.
//!
//! Every row carries a checksum and every table a seal over its rows (`seal`).
//! A file is looked through whenever it is opened (`check`), and every row again
//! when it is read (`read`): what is not as it was written is named and never
//! used, and the run does not go on with it until somebody has decided to
//! ([`Journal::mend`]). Dollars of attempts that brought no answer are kept
//! beside the answers ([`UnansweredRow`]), so that a run that goes on knows what
//! it may have to pay.

mod check;
mod disk;
mod error;
mod format;
mod lock;
mod memory;
mod mend;
mod read;
mod rows;
mod seal;
mod spare;
mod write;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::call::Usage;
use super::key::Key;
use disk::Disk;
pub use error::JournalError;
pub use format::{FORMAT_MAJOR, FORMAT_MINOR};
use memory::Memory;
pub use mend::Mended;
pub use rows::{Answered, CallRow, Cost, FailureRow, Unanswered, UnansweredRow};
use writer::Op;

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
pub struct Journal(Arc<Store>);

enum Store {
    Disk(Disk),
    Memory(Memory),
}

/// What the answers of a journal took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Answers that were bought, repair turns and invalid ones included.
    pub calls: u64,
    /// Their tokens. What failed attempts took is not in it.
    pub tokens: Usage,
}

impl Journal {
    /// Opens a run's file for writing, or starts one. Blocks for a few
    /// milliseconds, and for one pass over the file.
    ///
    /// # Errors
    /// [`JournalError::Locked`] when another process writes this run,
    /// [`JournalError::Newer`] and [`JournalError::Foreign`] for files that
    /// this program must not touch, [`JournalError::Damaged`] and
    /// [`JournalError::Malformed`] for files that are not as they were written,
    /// [`JournalError::Store`] for all that the file system or SQLite refuses.
    pub fn open(path: &Path, clock: Clock) -> Result<Journal, JournalError> {
        Ok(Journal(Arc::new(Store::Disk(Disk::open(path, clock)?))))
    }

    /// A journal that lives in memory and is gone with its last clone. It has
    /// no file and no thread; thousands of them may live at once.
    ///
    /// # Errors
    /// None today; callers treat it as they treat a file.
    pub fn in_memory(clock: Clock) -> Result<Journal, JournalError> {
        Ok(Journal(Arc::new(Store::Memory(Memory::new(clock)))))
    }

    /// Opens a run for reading only, also while another process writes it.
    /// Whatever writes fails with [`JournalError::ReadOnly`].
    ///
    /// # Errors
    /// As [`Journal::open`], without [`JournalError::Locked`].
    pub fn read(path: &Path) -> Result<Journal, JournalError> {
        Ok(Journal(Arc::new(Store::Disk(Disk::read(path)?))))
    }

    /// As [`Journal::read`], without the pass over the file: for a look at one
    /// value of many runs. What is read is checked row by row; that something is
    /// gone is not noticed.
    ///
    /// # Errors
    /// As [`Journal::read`].
    pub fn glance(path: &Path) -> Result<Journal, JournalError> {
        Ok(Journal(Arc::new(Store::Disk(Disk::glance(path)?))))
    }

    /// Takes out of a run's file what is not as it was written, so that the run
    /// can go on: what it held is asked again. The file as it was is kept beside
    /// it. What a damaged answer may have cost stays counted, as far as its row
    /// still tells. Blocks.
    ///
    /// # Errors
    /// As [`Journal::open`]; [`JournalError::Malformed`] when SQLite cannot find
    /// its way in the file.
    pub fn mend(path: &Path, clock: Clock) -> Result<Mended, JournalError> {
        mend::mend(path, clock)
    }

    /// The answer that was bought under this key. Rows that were marked
    /// invalid are not found. A miss costs a look into a set in memory; a hit
    /// one read by primary key.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read.
    pub fn lookup(&self, key: &Key) -> Result<Option<CallRow>, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.lookup(key),
            Store::Memory(memory) => Ok(memory.lookup(key)),
        }
    }

    /// Writes a finished call and returns when it is on disk. A row that was
    /// marked invalid is replaced; what it had cost stays counted. `settled`:
    /// attempts whose notes go with it ([`Journal::note`]).
    ///
    /// # Errors
    /// When it did not return `Ok`, nothing may be built on the answer.
    pub async fn record(&self, row: CallRow, settled: Vec<u64>) -> Result<(), JournalError> {
        self.write(Op::Call(Box::new(row), settled)).await
    }

    /// In one step: marks answers as invalid, so that they are bought again,
    /// and writes a call that failed for good.
    ///
    /// # Errors
    /// [`JournalError`] when it is not on disk.
    pub async fn record_failure(
        &self,
        row: FailureRow,
        invalid: Vec<Key>,
        settled: Vec<u64>,
    ) -> Result<(), JournalError> {
        self.write(Op::Failure(Box::new(row), invalid, settled))
            .await
    }

    /// A number for an attempt, which no other one of this journal has.
    pub fn attempt(&self) -> u64 {
        match &*self.0 {
            Store::Disk(disk) => disk.attempt(),
            Store::Memory(memory) => memory.attempt(),
        }
    }

    /// Notes an attempt that has no answer, so far or for good, in place of an
    /// earlier note of it. Returns at once; the note is on disk before whatever
    /// is written after it.
    pub fn note(&self, row: UnansweredRow) {
        self.later(Op::Unanswered(Box::new(row)));
    }

    /// Forgets what was noted of attempts that cost nothing. Returns at once.
    pub fn settled(&self, attempts: Vec<u64>) {
        if !attempts.is_empty() {
            self.later(Op::Settled(attempts));
        }
    }

    /// Why nothing more should be bought though everything could be written so
    /// far: the disk is full.
    pub fn full(&self) -> Option<JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.full(),
            Store::Memory(_) => None,
        }
    }

    /// A value of the run (`panel_hash`, `seed`, …). `format` is the journal's
    /// own.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read.
    pub fn meta_get(&self, name: &str) -> Result<Option<String>, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.meta(name),
            Store::Memory(memory) => Ok(memory.meta(name)),
        }
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
    /// [`JournalError`] when the file cannot be read.
    pub fn result(&self, kind: &str, id: &str) -> Result<Option<String>, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.result(kind, id),
            Store::Memory(memory) => Ok(memory.result(kind, id)),
        }
    }

    /// All results of a kind as (id, body), in the order of their ids.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read.
    pub fn results(&self, kind: &str) -> Result<Vec<(String, String)>, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.results(kind),
            Store::Memory(memory) => Ok(memory.results(kind)),
        }
    }

    /// Ids of all results of a kind, in their order, without reading what they
    /// hold.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read.
    pub fn result_ids(&self, kind: &str) -> Result<Vec<String>, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.result_ids(kind),
            Store::Memory(memory) => Ok(memory.result_ids(kind)),
        }
    }

    /// Finished calls with a usable answer that were asked for one item in one
    /// trial, in the order in which they were written.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read.
    pub fn calls_of(&self, item: &str, trial: u32) -> Result<Vec<CallRow>, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.calls_of(item, trial),
            Store::Memory(memory) => Ok(memory.calls_of(item, trial)),
        }
    }

    /// Every finished call with a usable answer, in the order of its key.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read.
    pub fn calls(&self) -> Result<Vec<CallRow>, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.calls(),
            Store::Memory(memory) => Ok(memory.calls()),
        }
    }

    /// How the models of a run answered: usable answers counted by model, stage
    /// and all that came with them, in that order.
    ///
    /// # Errors
    /// [`JournalError::Store`] when the file cannot be read.
    pub fn answered(&self) -> Result<Vec<Answered>, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.answered(),
            Store::Memory(memory) => Ok(memory.answered()),
        }
    }

    /// How many calls have a usable answer.
    pub fn calls_count(&self) -> usize {
        match &*self.0 {
            Store::Disk(disk) => disk.calls_count(),
            Store::Memory(memory) => memory.calls_count(),
        }
    }

    /// Calls that failed for good and have no answer since, the last failure
    /// of each, in the order in which they were written.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read.
    pub fn failures(&self) -> Result<Vec<FailureRow>, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.failures(),
            Store::Memory(memory) => Ok(memory.failures()),
        }
    }

    /// Attempts that cost, or may cost, money and brought no answer, in their
    /// order.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read.
    pub fn unanswered(&self) -> Result<Vec<UnansweredRow>, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.unanswered(),
            Store::Memory(memory) => Ok(memory.unanswered()),
        }
    }

    /// What this run has cost: all answers, also those that were invalid, and
    /// attempts without an answer. Calls of models without a price count as
    /// nothing.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read.
    pub fn spent(&self) -> Result<Cost, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.spent(),
            Store::Memory(memory) => Ok(memory.spent()),
        }
    }

    /// The dollars of [`Journal::spent`], estimated ones included.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read.
    pub fn spent_usd(&self) -> Result<f64, JournalError> {
        Ok(self.spent()?.usd)
    }

    /// What all answers took, also those that were invalid.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read.
    pub fn used(&self) -> Result<Used, JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.used(),
            Store::Memory(memory) => Ok(memory.used()),
        }
    }

    fn later(&self, op: Op) {
        match &*self.0 {
            Store::Disk(disk) => disk.note(op),
            Store::Memory(memory) => memory.write(op),
        }
    }

    async fn write(&self, op: Op) -> Result<(), JournalError> {
        match &*self.0 {
            Store::Disk(disk) => disk.write(op).await,
            Store::Memory(memory) => {
                memory.write(op);
                Ok(())
            }
        }
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Journal({} calls)", self.calls_count())
    }
}
