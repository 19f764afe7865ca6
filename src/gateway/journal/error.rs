//! Why the journal could not be opened, read or written.

use std::path::{Path, PathBuf};

/// A failure of the journal. Holds no text of prompts or answers.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum JournalError {
    /// Another process has it open for writing.
    #[error("{} is being written by another process; wait for it or stop it", .path.display())]
    Locked {
        /// The run's file.
        path: PathBuf,
    },
    /// Written by a later program.
    #[error(
        "the run was written by a newer version of this program (journal format {found}, \
         this one reads {expected}.x); use the newer program, or start a new run"
    )]
    Newer {
        /// The file's format, major.minor.
        found: String,
        /// Our major version.
        expected: u32,
    },
    /// Not a journal of ours.
    #[error("{} is not a journal of a run", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Opened with [`super::Journal::read`].
    #[error("the run was opened for reading only")]
    ReadOnly,
    /// `meta.format` is the journal's own.
    #[error("the name `format` is the journal's own")]
    Reserved,
    /// The writing thread is gone.
    #[error("the journal has been closed")]
    Closed,
    /// SQLite or the file system refused.
    #[error("the run's journal cannot be used: {reason}")]
    Store {
        /// In SQLite's or the system's own words.
        reason: String,
    },
}

impl JournalError {
    /// An error of the file system, with the path it is about.
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        JournalError::Store {
            reason: format!("{}: {error}", path.display()),
        }
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        JournalError::Store {
            reason: error.to_string(),
        }
    }
}
