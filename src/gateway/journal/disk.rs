//! The journal in a file: one connection that reads, and the thread that
//! writes.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rusqlite::{Connection, OptionalExtension};

use super::error::JournalError;
use super::rows::{self, Answered, CallRow, FailureRow};
use super::writer::{Op, Writer};
use super::{Clock, Used, format, lock};
use crate::gateway::key::Key;
use crate::gateway::sync::locked;

/// A run's file.
pub(super) struct Disk {
    /// Comes before the writer, so that it is closed first: the last
    /// connection moves what lies beside the file (`-wal`) into it, and this
    /// one may not write.
    reader: Mutex<Connection>,
    /// Dropping it ends the writing thread; `None`: only read.
    writer: Option<Writer>,
    /// Keys with a usable answer; a miss costs no query.
    known: Known,
    _lock: Option<lock::Lock>,
}

/// Keys of usable answers, kept by the writer after each commit.
pub(super) type Known = Arc<RwLock<HashSet<Key>>>;

impl Disk {
    pub(super) fn open(path: &Path, clock: Clock) -> Result<Disk, JournalError> {
        let lock = lock::Lock::take(path)?;
        let connection = format::open_for_writing(path)?;
        let reader = format::open_for_reading(path)?;
        let known = Arc::new(RwLock::new(rows::usable_keys(&connection)?));
        let writer = Writer::start(connection, Arc::clone(&known), clock)?;
        Ok(Disk {
            reader: Mutex::new(reader),
            writer: Some(writer),
            known,
            _lock: Some(lock),
        })
    }

    pub(super) fn read(path: &Path) -> Result<Disk, JournalError> {
        let reader = format::open_for_reading(path)?;
        let known = Arc::new(RwLock::new(rows::usable_keys(&reader)?));
        Ok(Disk {
            reader: Mutex::new(reader),
            writer: None,
            known,
            _lock: None,
        })
    }

    pub(super) fn lookup(&self, key: &Key) -> Result<Option<CallRow>, JournalError> {
        let known = self.known.read();
        if !known.unwrap_or_else(PoisonError::into_inner).contains(key) {
            return Ok(None);
        }
        rows::call(&locked(&self.reader), key)
    }

    pub(super) async fn write(&self, op: Op) -> Result<(), JournalError> {
        match &self.writer {
            Some(writer) => writer.write(op).await,
            None => Err(JournalError::ReadOnly),
        }
    }

    pub(super) fn meta(&self, name: &str) -> Result<Option<String>, JournalError> {
        let connection = locked(&self.reader);
        let mut query = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        Ok(query.query_row([name], |row| row.get(0)).optional()?)
    }

    pub(super) fn result(&self, kind: &str, id: &str) -> Result<Option<String>, JournalError> {
        let connection = locked(&self.reader);
        let mut query =
            connection.prepare_cached("SELECT body FROM results WHERE kind = ?1 AND id = ?2")?;
        Ok(query.query_row([kind, id], |row| row.get(0)).optional()?)
    }

    pub(super) fn results(&self, kind: &str) -> Result<Vec<(String, String)>, JournalError> {
        let connection = locked(&self.reader);
        let mut query = connection
            .prepare_cached("SELECT id, body FROM results WHERE kind = ?1 ORDER BY id")?;
        let rows = query.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn result_ids(&self, kind: &str) -> Result<Vec<String>, JournalError> {
        let connection = locked(&self.reader);
        let mut query =
            connection.prepare_cached("SELECT id FROM results WHERE kind = ?1 ORDER BY id")?;
        let rows = query.query_map([kind], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn calls_of(&self, item: &str, trial: u32) -> Result<Vec<CallRow>, JournalError> {
        rows::calls_of(&locked(&self.reader), item, trial)
    }

    pub(super) fn calls(&self) -> Result<Vec<CallRow>, JournalError> {
        rows::calls(&locked(&self.reader))
    }

    pub(super) fn calls_count(&self) -> usize {
        let known = self.known.read();
        known.unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn failures(&self) -> Result<Vec<FailureRow>, JournalError> {
        rows::failures(&locked(&self.reader))
    }

    pub(super) fn answered(&self) -> Result<Vec<Answered>, JournalError> {
        rows::answered(&locked(&self.reader))
    }

    pub(super) fn spent_usd(&self) -> Result<f64, JournalError> {
        rows::spent_usd(&locked(&self.reader))
    }

    pub(super) fn used(&self) -> Result<Used, JournalError> {
        rows::used(&locked(&self.reader))
    }
}
