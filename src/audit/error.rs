//! Why the store could not be opened, read or written.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// A failure of the store. Holds nothing of what is stored.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum AuditError {
    /// Another process has it open for writing.
    #[error(
        "{} is being written by another process (a running service?): stop it first",
        .path.display()
    )]
    Locked {
        /// The store.
        path: PathBuf,
    },
    /// Written by a later program.
    #[error(
        "the audit log was written by a newer version of this program (format {found}, this \
         one reads {expected}.x): use the newer program"
    )]
    Newer {
        /// The file's format, major.minor.
        found: String,
        /// Our major version.
        expected: u32,
    },
    /// Not a store of ours.
    #[error("{} is not an audit log of this program", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// There is no file.
    #[error("there is no audit log at {}", .path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The log's end is not what was last written: nothing may be added, or
    /// the gap would be hidden.
    #[error(
        "the audit log was changed by something else: {found}; nothing is added to it. \
         `primum audit verify` says more; move the file away (keep it) to start a new log"
    )]
    Broken {
        /// What is wrong, and where.
        found: String,
    },
    /// A head that was handed in is no hash.
    #[error("a head is a hash of 64 hexadecimal digits")]
    BadHead,
    /// No consult has this id.
    #[error("there is no such consult")]
    Unknown,
    /// A consult has this id already.
    #[error("a consult with this id is recorded already")]
    Exists,
    /// The key asked a consult under this idempotency key before.
    #[error("this idempotency key was used before")]
    Repeated,
    /// The consult has been answered or has ended.
    #[error("the consult has ended already")]
    Ended,
    /// Only an answer can be released or rejected.
    #[error("the consult has no answer to decide on")]
    NotAnswered,
    /// It was released or rejected before.
    #[error("the answer has been released or rejected already")]
    Decided,
    /// What was stored of the consult has been deleted.
    #[error("the consult has been purged")]
    Purged,
    /// Deleted text is still in the file beside the store.
    #[error(
        "another program is reading the audit log, so that purged text is still in the file \
         beside it (-wal): purge again when it has ended"
    )]
    Reading,
    /// The writing thread is gone.
    #[error("the audit log has been closed")]
    Closed,
    /// SQLite or the file system refused; nothing was recorded.
    #[error("the audit log cannot be used: {reason}")]
    Store {
        /// In SQLite's or the system's own words.
        reason: String,
    },
}

impl AuditError {
    /// An error of the file system, with the path it is about.
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        AuditError::Store {
            reason: format!("{}: {error}", path.display()),
        }
    }
}

impl From<rusqlite::Error> for AuditError {
    fn from(error: rusqlite::Error) -> Self {
        let reason = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
                format!(
                    "{error}: is there room on the disk? What was recorded before is kept; free \
                     space, and new consults are recorded again without a restart"
                )
            }
            _ => error.to_string(),
        };
        AuditError::Store { reason }
    }
}
