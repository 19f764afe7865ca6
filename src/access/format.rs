//! The file's format: tables, version, permissions, and how it is opened.
//!
//! A new file is made whole beside its place and then linked there. So two
//! processes that begin at once use one file, a kill leaves none that is half
//! made, and an empty file is known for what it is: one that lost its keys.
//!
//! SQLite keeps what it writes beside the file (`-journal`) with the file's
//! own permissions. The plain rollback journal is used, and no write-ahead
//! log: writes are few, and no shared memory lies about.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::error::AccessError;
use super::home::make_private;
use super::text;

/// Raised when an older program would misread the file.
pub const FORMAT_MAJOR: u32 = 1;
/// Raised when something is added that an older program can ignore.
pub const FORMAT_MINOR: u32 = 0;

/// `PRAGMA application_id`: "PrKy".
const APPLICATION_ID: i32 = 0x5072_4b79;

/// How long SQLite waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);

const TABLES: &str = "
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- `hash` is the SHA-256 of the key's text, `reviews` ids with commas between.
CREATE TABLE keys (
    id             TEXT PRIMARY KEY,
    name           TEXT NOT NULL UNIQUE,
    hash           BLOB NOT NULL,
    person         TEXT,
    scopes         TEXT NOT NULL,
    per_minute     INTEGER,
    usd_per_day    REAL,
    retention_none INTEGER NOT NULL,
    reviews        TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER,
    revoked_at     INTEGER
);

-- Revoked is for good, and a key is never taken out of the record.
CREATE TRIGGER keys_stay_revoked BEFORE UPDATE OF revoked_at ON keys
WHEN OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at
BEGIN SELECT RAISE(ABORT, 'a revoked key stays revoked'); END;

-- `day` is days since 1970, UTC.
CREATE TABLE spend (
    key_id TEXT NOT NULL,
    day    INTEGER NOT NULL,
    usd    REAL NOT NULL,
    PRIMARY KEY (key_id, day)
) WITHOUT ROWID;
";

/// Opens the keys' file, or makes it.
pub(super) fn open(path: &Path) -> Result<Connection, AccessError> {
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        make_private(folder)?;
    }
    match fs::metadata(path) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => create(path)?,
        Err(error) => return Err(AccessError::io(path, &error)),
    }
    check_private(path)?;
    let connection = connect(path)?;
    check(&connection, path)?;
    Ok(connection)
}

fn connect(path: &Path) -> Result<Connection, AccessError> {
    // Without CREATE: a file that SQLite makes has the permissions of the umask.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let fault = |error| AccessError::sqlite(path, &error);
    let connection = Connection::open_with_flags(path, flags).map_err(fault)?;
    connection.busy_timeout(BUSY).map_err(fault)?;
    connection
        .pragma_update(None, "synchronous", "FULL")
        .map_err(fault)?;
    Ok(connection)
}

/// Makes a new file, unless another process is faster.
fn create(path: &Path) -> Result<(), AccessError> {
    let mark = text::no_hash()?;
    let mark: String = mark.iter().take(8).map(|b| format!("{b:02x}")).collect();
    let beside = with_ending(path, &format!(".{mark}.new"));
    let made = create_at(&beside).and_then(|()| match fs::hard_link(&beside, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(AccessError::io(path, &error))
        }
        _ => Ok(()),
    });
    // Its name only; the file stays where it was linked to.
    let removed = fs::remove_file(&beside);
    made?;
    removed.map_err(|error| AccessError::io(&beside, &error))
}

fn create_at(path: &Path) -> Result<(), AccessError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| AccessError::io(path, &error))?;
    let mut connection = connect(path)?;
    let mut fill = || -> Result<(), rusqlite::Error> {
        let transaction = connection.transaction()?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.execute_batch(TABLES)?;
        transaction.execute(
            "INSERT INTO meta (key, value) VALUES ('format', ?1)",
            [format!("{FORMAT_MAJOR}.{FORMAT_MINOR}")],
        )?;
        transaction.commit()
    };
    fill().map_err(|error| AccessError::sqlite(path, &error))
}

/// Nobody but the owner may read the file, or what lies beside it.
fn check_private(path: &Path) -> Result<(), AccessError> {
    for ending in ["", "-journal", "-wal", "-shm"] {
        let file = with_ending(path, ending);
        let found = match fs::metadata(&file) {
            Ok(found) => found,
            Err(_) if !ending.is_empty() => continue,
            Err(error) => return Err(AccessError::io(&file, &error)),
        };
        if !found.is_file() {
            return Err(AccessError::Foreign { path: file });
        }
        let mode = found.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(AccessError::Exposed {
                path: file,
                mode,
                wanted: 0o600,
            });
        }
        if ending.is_empty() && found.len() == 0 {
            return Err(AccessError::Damaged {
                path: file,
                what: "it is empty".into(),
            });
        }
    }
    Ok(())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Is it a file of ours that we can use, and whole?
fn check(connection: &Connection, path: &Path) -> Result<(), AccessError> {
    let fault = |error: rusqlite::Error| AccessError::sqlite(path, &error);
    let foreign = || AccessError::Foreign {
        path: path.to_owned(),
    };
    let id: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(fault)?;
    if id != APPLICATION_ID {
        return Err(foreign());
    }
    let found: Option<String> = connection
        .query_row("SELECT value FROM meta WHERE key = 'format'", [], |row| {
            row.get(0)
        })
        .optional()
        .map_err(fault)?;
    let found = found.ok_or_else(foreign)?;
    let major = found.split('.').next().unwrap_or_default();
    match major.parse::<u32>() {
        Ok(major) if major <= FORMAT_MAJOR => {}
        Ok(_) => {
            return Err(AccessError::Newer {
                path: path.to_owned(),
                found,
                expected: FORMAT_MAJOR,
            });
        }
        Err(_) => return Err(foreign()),
    }
    let whole: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(fault)?;
    if whole == "ok" {
        Ok(())
    } else {
        Err(AccessError::Damaged {
            path: path.to_owned(),
            what: whole,
        })
    }
}
