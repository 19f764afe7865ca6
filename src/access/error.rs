//! Why a key could not be made, kept or found.

use std::path::{Path, PathBuf};

/// A failure of the keys' file, or a key that cannot be as it was asked for.
/// Holds no key.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum AccessError {
    /// Names are words for people and for logs.
    #[error(
        "the name {name:?} cannot be used: a name has lower-case letters, digits and hyphens, \
         begins with a letter or digit, and has at most 40 characters"
    )]
    BadName {
        /// As it was given.
        name: String,
    },
    /// Names are never used twice, so that a record says who it was.
    #[error(
        "there is already a key named `{name}`{}; names are never used twice",
        if *.revoked { " (revoked)" } else { "" }
    )]
    NameInUse {
        /// The name.
        name: String,
        /// Whether that key is revoked.
        revoked: bool,
    },
    /// A key that may do nothing is of no use.
    #[error("a key needs at least one scope: consult, read, release or admin")]
    NoScope,
    /// Releasing is the act of a person.
    #[error(
        "scope `release` needs a person: an answer is released by somebody, so the key must say \
         by whom"
    )]
    PersonNeeded,
    /// It is shown to readers of an answer.
    #[error(
        "the person's name cannot be used: it has 1 to 100 characters and no control characters"
    )]
    BadPerson,
    /// The key would never have been good.
    #[error("the key would have expired before it was made")]
    ExpiryPast,
    /// A limit that limits nothing, or everything.
    #[error("{what} cannot be {value}: {wanted}")]
    BadLimit {
        /// Which limit.
        what: &'static str,
        /// As it was given.
        value: String,
        /// What would do.
        wanted: &'static str,
    },
    /// A key to be reviewed must be there.
    #[error("there is no key named `{name}` to review")]
    UnknownReviewed {
        /// The name or id.
        name: String,
    },
    /// What is reviewed could not be seen.
    #[error("a key that reviews others needs scope `read` or `release`")]
    ReviewsNeedScope,
    /// No key has this name or id.
    #[error("there is no key named `{name}`")]
    NoSuchKey {
        /// The name or id.
        name: String,
    },
    /// Others could read the hashes, or put keys of their own there.
    #[error(
        "{} is open to others (mode {mode:04o}): make it private with `chmod {wanted:o} {}`",
        .path.display(), .path.display()
    )]
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// What they should be.
        wanted: u32,
    },
    /// Where to keep state is unknown.
    #[error("no folder is known for the service's state; set PRIMUM_HOME to one")]
    NoHome,
    /// Written by a later program.
    #[error(
        "{} was written by a newer version of this program (format {found}, this one reads \
         {expected}.x); use the newer program", .path.display()
    )]
    Newer {
        /// The keys' file.
        path: PathBuf,
        /// The file's format, major.minor.
        found: String,
        /// Our major version.
        expected: u32,
    },
    /// Not a file of ours.
    #[error("{} is no file of keys", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A file of ours that lost something.
    #[error(
        "{} is damaged ({what}); put a copy of it back, or move it away and make new keys",
        .path.display()
    )]
    Damaged {
        /// The keys' file.
        path: PathBuf,
        /// What was seen.
        what: String,
    },
    /// Another file lies where ours was.
    #[error("{} was replaced or removed while it was in use; start again", .path.display())]
    Replaced {
        /// The keys' file.
        path: PathBuf,
    },
    /// Another process holds the file for longer than we wait.
    #[error("the keys' file is in use by another process; try again")]
    Busy,
    /// The system has no randomness.
    #[error("the operating system gave no random numbers")]
    NoRandomness,
    /// SQLite or the file system refused.
    #[error("the keys' file cannot be used: {reason}")]
    Store {
        /// In SQLite's or the system's own words.
        reason: String,
    },
}

impl AccessError {
    /// An error of the file system, with the path it is about.
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        AccessError::Store {
            reason: format!("{}: {error}", path.display()),
        }
    }

    /// An error of SQLite, with the file it is about.
    pub(super) fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => AccessError::Foreign {
                path: path.to_owned(),
            },
            Some(ErrorCode::DatabaseCorrupt) => AccessError::Damaged {
                path: path.to_owned(),
                what: error.to_string(),
            },
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => AccessError::Store {
                reason: format!(
                    "{}: {error}: is there room on the disk? What was kept before is kept still; \
                     free space and try again",
                    path.display()
                ),
            },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => AccessError::Busy,
            _ => AccessError::Store {
                reason: format!("{}: {error}", path.display()),
            },
        }
    }
}
