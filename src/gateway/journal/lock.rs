//! One writer per run. The lock lies in a file of its own beside the journal
//! (`run.sqlite.lock`), because on some systems a lock on the journal itself
//! would shut out SQLite. The system gives it back when the process ends, in
//! whichever way; the empty file stays.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use super::error::JournalError;
use crate::one_writer;

/// Held while the journal is open for writing.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the run whose journal is at `path`.
    pub(super) fn take(path: &Path) -> Result<Lock, JournalError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let name = PathBuf::from(name);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&name)
            .map_err(|error| JournalError::io(&name, &error))?;
        match one_writer::lock(&file).map_err(|error| JournalError::io(&name, &error))? {
            true => Ok(Lock { _file: file }),
            false => Err(JournalError::Locked {
                path: path.to_owned(),
            }),
        }
    }
}
