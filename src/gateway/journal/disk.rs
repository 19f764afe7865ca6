//! The journal in a file: one connection that reads, and the thread that
//! writes.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::check::Whole;
use super::error::JournalError;
use super::format::File;
use super::read::unmended;
use super::rows::{Answered, CallRow, Cost, FailureRow, UnansweredRow};
use super::spare::Spare;
use super::writer::{Op, Writer};
use super::{Clock, Used, format, lock};
use crate::gateway::key::Key;
use crate::gateway::sync::locked;

/// A run's file.
pub(super) struct Disk {
    /// Comes before the writer, so that it is closed first: the last
    /// connection moves what lies beside the file (`-wal`) into it, and this
    /// one may not write.
    reader: Mutex<File>,
    /// Dropping it ends the writing thread; `None`: only read.
    writer: Option<Writer>,
    /// Keys with a usable answer; a miss costs no query.
    known: Known,
    last_attempt: AtomicU64,
    _lock: Option<lock::Lock>,
}

/// Keys of usable answers, kept by the writer after each commit.
pub(super) type Known = Arc<RwLock<HashSet<Key>>>;

impl Disk {
    pub(super) fn open(path: &Path, clock: Clock) -> Result<Disk, JournalError> {
        let lock = lock::Lock::take(path)?;
        let file = format::open_for_writing(path)?;
        let reader = format::open_for_reading(path)?;
        let Whole {
            usable,
            seals,
            last_attempt,
        } = file.check()?;
        let known = Arc::new(RwLock::new(usable));
        let spare = Spare::beside(path);
        let writer = Writer::start(file, seals, Arc::clone(&known), spare, clock)?;
        Ok(Disk {
            reader: Mutex::new(reader),
            writer: Some(writer),
            known,
            last_attempt: AtomicU64::new(last_attempt),
            _lock: Some(lock),
        })
    }

    pub(super) fn read(path: &Path) -> Result<Disk, JournalError> {
        let reader = format::open_for_reading(path)?;
        let whole = reader.check()?;
        Ok(Disk {
            reader: Mutex::new(reader),
            writer: None,
            known: Arc::new(RwLock::new(whole.usable)),
            last_attempt: AtomicU64::new(whole.last_attempt),
            _lock: None,
        })
    }

    pub(super) fn glance(path: &Path) -> Result<Disk, JournalError> {
        let reader = format::open_for_reading(path)?;
        let known = Arc::new(RwLock::new(reader.usable_keys()?));
        Ok(Disk {
            reader: Mutex::new(reader),
            writer: None,
            known,
            last_attempt: AtomicU64::new(0),
            _lock: None,
        })
    }

    pub(super) fn lookup(&self, key: &Key) -> Result<Option<CallRow>, JournalError> {
        if !self.knows(key) {
            return Ok(None);
        }
        match locked(&self.reader).any_call(key)? {
            Some(stored) if stored.usable => Ok(Some(stored.call)),
            // Marked as invalid since it was looked up.
            Some(_) => Ok(None),
            None => Err(JournalError::row(format!(
                "an answer cannot be found any more (call {})",
                key.prefix()
            ))),
        }
    }

    fn knows(&self, key: &Key) -> bool {
        let known = self.known.read();
        known.unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    pub(super) fn attempt(&self) -> u64 {
        self.last_attempt.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) async fn write(&self, op: Op) -> Result<(), JournalError> {
        match &self.writer {
            Some(writer) => writer.write(op).await,
            None => Err(JournalError::ReadOnly),
        }
    }

    pub(super) fn note(&self, op: Op) {
        if let Some(writer) = &self.writer {
            writer.note(op);
        }
    }

    pub(super) fn full(&self) -> Option<JournalError> {
        self.writer.as_ref()?.full()
    }

    pub(super) fn meta(&self, name: &str) -> Result<Option<String>, JournalError> {
        locked(&self.reader).meta(name)
    }

    pub(super) fn result(&self, kind: &str, id: &str) -> Result<Option<String>, JournalError> {
        locked(&self.reader).result(kind, id)
    }

    pub(super) fn results(&self, kind: &str) -> Result<Vec<(String, String)>, JournalError> {
        locked(&self.reader).results(kind)
    }

    pub(super) fn result_ids(&self, kind: &str) -> Result<Vec<String>, JournalError> {
        locked(&self.reader).result_ids(kind)
    }

    pub(super) fn calls_of(&self, item: &str, trial: u32) -> Result<Vec<CallRow>, JournalError> {
        locked(&self.reader).calls_of(item, trial)
    }

    pub(super) fn calls(&self) -> Result<Vec<CallRow>, JournalError> {
        locked(&self.reader).calls()
    }

    pub(super) fn calls_count(&self) -> usize {
        let known = self.known.read();
        known.unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn failures(&self) -> Result<Vec<FailureRow>, JournalError> {
        let failures = locked(&self.reader).failures()?;
        let failures = failures.into_iter().map(|(row, _)| row).collect();
        Ok(unmended(failures, |key| self.knows(key)))
    }

    pub(super) fn answered(&self) -> Result<Vec<Answered>, JournalError> {
        locked(&self.reader).answered()
    }

    pub(super) fn unanswered(&self) -> Result<Vec<UnansweredRow>, JournalError> {
        locked(&self.reader).unanswered()
    }

    pub(super) fn spent(&self) -> Result<Cost, JournalError> {
        locked(&self.reader).spent()
    }

    pub(super) fn used(&self) -> Result<Used, JournalError> {
        locked(&self.reader).used()
    }
}
