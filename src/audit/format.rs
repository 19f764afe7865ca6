//! The file's format: tables, guards, version, and how a connection is set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use super::error::AuditError;

/// Raised when an older program would misread the file.
pub const FORMAT_MAJOR: u32 = 1;
/// Raised when something is added that an older program can ignore.
pub const FORMAT_MINOR: u32 = 0;

const FORMAT_KEY: &str = "format";

/// `PRAGMA application_id`: "PrAu".
const APPLICATION_ID: i32 = 0x5072_4175;

/// How long SQLite waits for a lock that another program holds on the file.
const BUSY: Duration = Duration::from_secs(5);

/// `pad` fills what SQLite keeps of a row in its tree: the texts that follow it
/// then lie in pages of their own, which are never copied when the tree is put
/// in order, and are overwritten when the row is deleted. Without it a purge
/// could leave a copy in the unused part of another page.
const TABLES: &str = "
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE log (
    seq         INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('asked', 'answered', 'cancelled', 'failed',
                                              'interrupted', 'released', 'rejected', 'purged')),
    consult     TEXT NOT NULL,
    key_id      TEXT,
    key_name    TEXT,
    person      TEXT,
    panel       TEXT NOT NULL,
    panel_hash  TEXT NOT NULL,
    outcome     TEXT,
    content_mac BLOB,
    prev        BLOB NOT NULL,
    hash        BLOB NOT NULL
) STRICT;
CREATE INDEX log_consult ON log (consult);
CREATE INDEX log_key ON log (key_id, seq) WHERE kind = 'asked';

-- The last entry, kept apart: a log whose end was cut off does not fit it.
CREATE TABLE counter (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

-- Texts, until they are purged. `part` is question (extra: the hashes of the
-- idempotency key and of the body), answer (extra: the events), or note.
CREATE TABLE contents (
    id      INTEGER PRIMARY KEY,
    consult TEXT NOT NULL,
    part    TEXT NOT NULL CHECK (part IN ('question', 'answer', 'note')),
    pad     BLOB NOT NULL,
    salt    BLOB NOT NULL,
    body    TEXT NOT NULL,
    extra   TEXT
) STRICT;
CREATE UNIQUE INDEX contents_consult ON contents (consult, part);

CREATE TABLE idempotency (
    digest  BLOB PRIMARY KEY,
    consult TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_consult ON idempotency (consult);
";

/// What refuses changes to what only grows. Whoever owns the file can take them
/// away; [`super::verify()`] then says so.
pub(super) const GUARDS: [(&str, &str); 6] = [
    (
        "log_grows",
        "CREATE TRIGGER log_grows BEFORE INSERT ON log
         WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM log)
         BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
    ),
    (
        "log_stays",
        "CREATE TRIGGER log_stays BEFORE UPDATE ON log
         BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
    ),
    (
        "log_keeps",
        "CREATE TRIGGER log_keeps BEFORE DELETE ON log
         BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
    ),
    (
        "counter_grows",
        "CREATE TRIGGER counter_grows BEFORE UPDATE ON counter WHEN NEW.seq <= OLD.seq
         BEGIN SELECT RAISE(ABORT, 'the counter of the audit log only grows'); END",
    ),
    (
        "counter_keeps",
        "CREATE TRIGGER counter_keeps BEFORE DELETE ON counter
         BEGIN SELECT RAISE(ABORT, 'the counter of the audit log only grows'); END",
    ),
    (
        "contents_stay",
        "CREATE TRIGGER contents_stay BEFORE UPDATE ON contents
         BEGIN SELECT RAISE(ABORT, 'stored texts are not changed'); END",
    ),
];

/// Opens or starts a store.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, AuditError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // The version is read before anything is changed.
    let fresh = !check(&connection, path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    // What SQLite would put into a file elsewhere stays in memory.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    if fresh {
        create(&mut connection)?;
    }
    Ok(connection)
}

/// Opens a store for reading, beside its writer.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, AuditError> {
    if !path.exists() {
        return Err(AuditError::Missing {
            path: path.to_owned(),
        });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    if check(&connection, path)? {
        Ok(connection)
    } else {
        Err(AuditError::Foreign {
            path: path.to_owned(),
        })
    }
}

fn create(connection: &mut Connection) -> Result<(), AuditError> {
    let transaction = connection.transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.execute_batch(TABLES)?;
    for (_, guard) in GUARDS {
        transaction.execute_batch(guard)?;
    }
    transaction.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2)",
        (FORMAT_KEY, format!("{FORMAT_MAJOR}.{FORMAT_MINOR}")),
    )?;
    transaction.execute(
        "INSERT INTO counter (one, seq, hash) VALUES (1, 0, zeroblob(32))",
        [],
    )?;
    Ok(transaction.commit()?)
}

/// Is it a store that we can use? `false`: an empty file.
fn check(connection: &Connection, path: &Path) -> Result<bool, AuditError> {
    let foreign = || AuditError::Foreign {
        path: path.to_owned(),
    };
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => foreign(),
            _ => error.into(),
        })?;
    if tables == 0 {
        return Ok(false);
    }
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id != APPLICATION_ID {
        return Err(foreign());
    }
    let found: Option<String> = connection
        .query_row(
            "SELECT value FROM meta WHERE key = ?1",
            [FORMAT_KEY],
            |row| row.get(0),
        )
        .optional()?;
    let found = found.ok_or_else(foreign)?;
    let major = found.split('.').next().unwrap_or_default();
    match major.parse::<u32>() {
        Ok(major) if major <= FORMAT_MAJOR => Ok(true),
        Ok(_) => Err(AuditError::Newer {
            found,
            expected: FORMAT_MAJOR,
        }),
        Err(_) => Err(foreign()),
    }
}
