//! The file's format: tables, version, and how a connection is set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use super::error::JournalError;

/// Raised when an older program would misread the file.
pub const FORMAT_MAJOR: u32 = 1;
/// Raised when something is added that an older program can ignore.
pub const FORMAT_MINOR: u32 = 1;

/// Where the version stands in `meta`.
pub(super) const FORMAT_KEY: &str = "format";

/// `PRAGMA application_id`: "Prim".
const APPLICATION_ID: i32 = 0x5072_696d;

/// How long SQLite waits for a lock that another program (a viewer, a backup)
/// holds on the file.
const BUSY: Duration = Duration::from_secs(5);

const TABLES: &str = "
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- One row per call that was bought. `status` is ok or invalid: an invalid
-- answer is kept for people and bought again. Tokens and `usd` are those of the
-- attempt that was answered; `usd_lost` is what other attempts, and earlier,
-- invalid answers under the same key are known to have cost. `notices` is a list
-- of what else came with the answer, as JSON; null where there is nothing, and in
-- rows of format 1.0.
CREATE TABLE calls (
    key               BLOB PRIMARY KEY,
    item              TEXT NOT NULL,
    stage             TEXT NOT NULL,
    seat              TEXT NOT NULL,
    trial             INTEGER NOT NULL,
    provider          TEXT NOT NULL,
    model             TEXT NOT NULL,
    status            TEXT NOT NULL CHECK (status IN ('ok', 'invalid')),
    text              TEXT NOT NULL,
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    reasoning_tokens  INTEGER NOT NULL,
    cached_tokens     INTEGER NOT NULL,
    usage_estimated   INTEGER NOT NULL,
    usd               REAL,
    usd_lost          REAL NOT NULL DEFAULT 0,
    seconds           REAL NOT NULL,
    attempts          INTEGER NOT NULL,
    response_model    TEXT,
    finish_reason     TEXT,
    created_at        INTEGER NOT NULL,
    notices           TEXT
);

-- One row per call that failed for good. `usd` is what its attempts are known
-- to have cost.
CREATE TABLE failures (
    id         INTEGER PRIMARY KEY,
    key        BLOB NOT NULL,
    item       TEXT NOT NULL,
    stage      TEXT NOT NULL,
    seat       TEXT NOT NULL,
    trial      INTEGER NOT NULL,
    provider   TEXT NOT NULL,
    model      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    message    TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    usd        REAL NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
);
CREATE INDEX failures_key ON failures (key);

-- What the layers above keep; opaque here.
CREATE TABLE results (
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
";

/// Opens or starts a run's file.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // The version is read before anything is changed.
    let fresh = !check(&connection, path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    if fresh {
        create(&mut connection)?;
    } else {
        add_what_is_new(&mut connection)?;
    }
    Ok(connection)
}

/// Opens a run's file for reading, beside its writer.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    if check(&connection, path)? {
        show_what_is_new(&connection)?;
        Ok(connection)
    } else {
        Err(JournalError::Foreign {
            path: path.to_owned(),
        })
    }
}

fn create(connection: &mut Connection) -> Result<(), JournalError> {
    let transaction = connection.transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.execute_batch(TABLES)?;
    transaction.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2)",
        (FORMAT_KEY, format!("{FORMAT_MAJOR}.{FORMAT_MINOR}")),
    )?;
    transaction.commit()?;
    Ok(())
}

/// Columns that later minor versions added to `calls`, with their types. All of
/// them may be null, which is what they are in older rows.
const ADDED: [(&str, &str); 1] = [("notices", "TEXT")];

/// The added columns that a file has not.
fn not_there(connection: &Connection) -> Result<Vec<(&'static str, &'static str)>, JournalError> {
    let mut query = connection.prepare("SELECT name FROM pragma_table_info('calls')")?;
    let names = query.query_map([], |row| row.get::<_, String>(0))?;
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let there = |name: &str| names.iter().any(|known| known == name);
    Ok(ADDED.into_iter().filter(|(name, _)| !there(name)).collect())
}

/// Brings a file of an older minor version up to this one. The version in
/// `meta` only ever rises.
fn add_what_is_new(connection: &mut Connection) -> Result<(), JournalError> {
    let columns = not_there(connection)?;
    if columns.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for (name, kind) in columns {
        transaction.execute_batch(&format!("ALTER TABLE calls ADD COLUMN {name} {kind}"))?;
    }
    transaction.execute(
        "UPDATE meta SET value = ?2 WHERE key = ?1",
        (FORMAT_KEY, format!("{FORMAT_MAJOR}.{FORMAT_MINOR}")),
    )?;
    Ok(transaction.commit()?)
}

/// Lets a reader ask an older file for the added columns: a view of its own,
/// which shadows the table, has them as null. The file is not touched.
fn show_what_is_new(connection: &Connection) -> Result<(), JournalError> {
    let columns = not_there(connection)?;
    if columns.is_empty() {
        return Ok(());
    }
    let nulls: String = columns
        .iter()
        .map(|(name, _)| format!(", NULL AS {name}"))
        .collect();
    let view = format!("CREATE TEMP VIEW calls AS SELECT *{nulls} FROM main.calls");
    Ok(connection.execute_batch(&view)?)
}

/// Is it a journal that we can use? `false`: an empty file.
fn check(connection: &Connection, path: &Path) -> Result<bool, JournalError> {
    let foreign = || JournalError::Foreign {
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
        Ok(_) => Err(JournalError::Newer {
            found,
            expected: FORMAT_MAJOR,
        }),
        Err(_) => Err(foreign()),
    }
}
