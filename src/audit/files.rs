//! Files that only their owner may read, and one writer per store.
//!
//! The lock lies in a file of its own beside the store (`audit.sqlite.lock`),
//! because on some systems a lock on the store itself would shut out SQLite.
//! The system gives it back when the process ends, in whichever way.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::AuditError;
use crate::one_writer;

/// Read and written by its owner only.
const PRIVATE: u32 = 0o600;

/// Held while the store is open for writing.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the store at `path`.
    pub(super) fn take(path: &Path) -> Result<Lock, AuditError> {
        let name = beside(path, ".lock");
        let file = open(&name).map_err(|error| AuditError::io(&name, &error))?;
        match one_writer::lock(&file).map_err(|error| AuditError::io(&name, &error))? {
            true => Ok(Lock { _file: file }),
            false => Err(AuditError::Locked {
                path: path.to_owned(),
            }),
        }
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(PRIVATE)
        .open(path)
}

/// Makes the folder of a store, and those above it, for its owner only. A
/// folder that is there keeps its mode: it may hold other things.
pub(super) fn folder_of(path: &Path) -> Result<(), AuditError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| AuditError::io(folder, &error)),
        _ => Ok(()),
    }
}

/// Makes the store's file before SQLite does, which would give it another
/// mode. SQLite gives `-wal` and `-shm` the mode of the store. Only for the
/// holder of the lock: closing a file takes away the locks that SQLite holds
/// on it in the same process.
pub(super) fn make_private(path: &Path) -> Result<(), AuditError> {
    open(path).map_err(|error| AuditError::io(path, &error))?;
    for name in ["", "-wal", "-shm", ".lock"].map(|suffix| beside(path, suffix)) {
        let metadata = match std::fs::metadata(&name) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(AuditError::io(&name, &error)),
        };
        if metadata.permissions().mode() & 0o777 != PRIVATE {
            std::fs::set_permissions(&name, Permissions::from_mode(PRIVATE))
                .map_err(|error| AuditError::io(&name, &error))?;
        }
    }
    Ok(())
}
