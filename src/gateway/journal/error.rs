//! Why the journal could not be opened, read or written.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi;

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
    /// Rows are not as they were written. None of them is used.
    #[error("{}", damaged(rows))]
    Damaged {
        /// Each in words: which call, or what else it is.
        rows: Vec<String>,
    },
    /// SQLite cannot find its way in the file.
    #[error(
        "the file of the run's journal is damaged ({reason}): it is not used. Put back a copy of \
         it, or start a new run"
    )]
    Malformed {
        /// In SQLite's own words.
        reason: String,
    },
    /// There is no room on the disk.
    #[error("{}", full(reason, *lost))]
    Full {
        /// In SQLite's own words.
        reason: String,
        /// Answers that had come and could not be kept; they are bought again.
        lost: usize,
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

/// Rows that are named in a message; the others are counted.
const MOST_NAMED: usize = 3;

fn damaged(rows: &[String]) -> String {
    let named = rows.get(..MOST_NAMED).unwrap_or(rows).join("; ");
    let more = match rows.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!(
        "the run's journal is not as it was written (a damaged disk, or a copy that went wrong): \
         {named}{more}. Nothing of it is used. Put back a copy of the file, or have what is \
         damaged taken out and asked again: primum mend RUN"
    )
}

fn full(reason: &str, lost: usize) -> String {
    let kept = match lost {
        0 => "nothing is lost".to_owned(),
        lost => format!(
            "nothing that was kept is lost, but {lost} answer(s) that were on their way are bought \
             again"
        ),
    };
    format!("the disk is full ({reason}): {kept}; free space and run the same command again")
}

impl JournalError {
    /// An error of the file system, with the path it is about.
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        JournalError::Store {
            reason: format!("{}: {error}", path.display()),
        }
    }

    /// Of one row.
    pub(super) fn row(name: String) -> Self {
        JournalError::Damaged { rows: vec![name] }
    }

    /// The same, with the number of answers that it has cost.
    pub(super) fn losing(self, answers: usize) -> Self {
        match self {
            JournalError::Full { reason, .. } => JournalError::Full {
                reason,
                lost: answers,
            },
            other => other,
        }
    }
}

/// Failures to write for want of room, beyond [`ErrorCode::DiskFull`]: a quota
/// and a limit of file sizes come as these.
const NO_ROOM: [i32; 4] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_FSYNC,
    ffi::SQLITE_IOERR_TRUNCATE,
    ffi::SQLITE_IOERR_SHMSIZE,
];

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        let reason = error.to_string();
        let Some(sqlite) = error.sqlite_error() else {
            return JournalError::Store { reason };
        };
        match sqlite.code {
            ErrorCode::DiskFull => JournalError::Full { reason, lost: 0 },
            ErrorCode::SystemIoFailure if NO_ROOM.contains(&sqlite.extended_code) => {
                let reason = format!("{reason}; or a quota or a limit of file sizes is reached");
                JournalError::Full { reason, lost: 0 }
            }
            ErrorCode::DatabaseCorrupt => JournalError::Malformed { reason },
            _ => JournalError::Store { reason },
        }
    }
}
