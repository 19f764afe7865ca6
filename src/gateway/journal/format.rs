//! The file's format: tables, version, and how a connection is set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction};

use super::error::JournalError;
use super::mend;

/// Raised when an older program would misread the file, or spoil it. 2: rows and
/// tables carry checksums, and attempts without an answer have a table.
pub const FORMAT_MAJOR: u32 = 2;
/// Raised when something is added that an older program can ignore.
pub const FORMAT_MINOR: u32 = 0;

/// The older major that is still read, and brought up to date when it is
/// opened for writing.
const OLDER_MAJOR: u32 = 1;

/// Where the version stands in `meta`.
pub(super) const FORMAT_KEY: &str = "format";

/// `PRAGMA application_id`: "Prim".
const APPLICATION_ID: i32 = 0x5072_696d;

/// How long SQLite waits for a lock that another program (a viewer, a backup)
/// holds on the file.
const BUSY: Duration = Duration::from_secs(5);

/// Every table but `seals` has a checksum of the row in each row (`seal`).
const TABLES: &str = "
CREATE TABLE meta (
    key      TEXT PRIMARY KEY,
    value    TEXT NOT NULL,
    checksum INTEGER NOT NULL
) WITHOUT ROWID;

-- One row per call that was bought. `status` is ok or invalid: an invalid
-- answer is kept for people and bought again. Tokens and `usd` are those of the
-- attempt that was answered; `usd_lost` is what earlier, invalid answers under
-- the same key have cost, `usd_lost_estimated` the part of it that is estimated.
-- `notices` is a list of what else came with the answer, as JSON; null where
-- there is nothing.
CREATE TABLE calls (
    key                BLOB PRIMARY KEY,
    item               TEXT NOT NULL,
    stage              TEXT NOT NULL,
    seat               TEXT NOT NULL,
    trial              INTEGER NOT NULL,
    provider           TEXT NOT NULL,
    model              TEXT NOT NULL,
    status             TEXT NOT NULL CHECK (status IN ('ok', 'invalid')),
    text               TEXT NOT NULL,
    prompt_tokens      INTEGER NOT NULL,
    completion_tokens  INTEGER NOT NULL,
    reasoning_tokens   INTEGER NOT NULL,
    cached_tokens      INTEGER NOT NULL,
    usage_estimated    INTEGER NOT NULL,
    usd                REAL,
    usd_lost           REAL NOT NULL DEFAULT 0,
    seconds            REAL NOT NULL,
    attempts           INTEGER NOT NULL,
    response_model     TEXT,
    finish_reason      TEXT,
    created_at         INTEGER NOT NULL,
    notices            TEXT,
    usd_lost_estimated REAL NOT NULL DEFAULT 0,
    checksum           INTEGER NOT NULL
);

-- One row per call that failed for good. What its attempts cost stands in
-- `unanswered`; `usd` is from files of format 1.
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
    seconds    REAL NOT NULL,
    created_at INTEGER NOT NULL,
    checksum   INTEGER NOT NULL
);

-- What the layers above keep; opaque here.
CREATE TABLE results (
    kind     TEXT NOT NULL,
    id       TEXT NOT NULL,
    body     TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
";

/// The tables that format 2 brought.
const NEW_TABLES: &str = "
-- One row per attempt that costs, or may cost, money and brought no answer. `why`
-- is `sent` while it is on its way and in rows of a process that was killed.
CREATE TABLE unanswered (
    id         INTEGER PRIMARY KEY,
    key        BLOB NOT NULL,
    item       TEXT NOT NULL,
    stage      TEXT NOT NULL,
    seat       TEXT NOT NULL,
    trial      INTEGER NOT NULL,
    provider   TEXT NOT NULL,
    model      TEXT NOT NULL,
    why        TEXT NOT NULL,
    usd        REAL NOT NULL,
    estimated  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    checksum   INTEGER NOT NULL
);

-- By table: how many rows it has, and the sum of their checksums.
CREATE TABLE seals (
    name TEXT PRIMARY KEY,
    rows INTEGER NOT NULL,
    sum  INTEGER NOT NULL
) WITHOUT ROWID;
";

/// Columns that format 2 brought, by table. Rows of before have them as here.
const NEW_COLUMNS: [(&str, &str, &str, &str); 7] = [
    ("calls", "notices", "TEXT", "NULL"),
    ("calls", "usd_lost_estimated", "REAL NOT NULL", "0.0"),
    ("calls", "checksum", "INTEGER NOT NULL", "0"),
    ("failures", "checksum", "INTEGER NOT NULL", "0"),
    ("failures", "seconds", "REAL NOT NULL", "0.0"),
    ("meta", "checksum", "INTEGER NOT NULL", "0"),
    ("results", "checksum", "INTEGER NOT NULL", "0"),
];

/// A run's file, open.
pub(super) struct File {
    pub(super) connection: Connection,
    /// Have its rows checksums? Those of format 1 that are only read have none.
    pub(super) sealed: bool,
}

/// What a file is.
enum Found {
    /// Nothing yet.
    Empty,
    /// A journal of this format.
    Ours,
    /// A journal of the format before.
    Older,
}

/// Opens or starts a run's file; one of format 1 is brought up to date.
pub(super) fn open_for_writing(path: &Path) -> Result<File, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // The version is read before anything is changed.
    let found = look(&connection, path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    match found {
        Found::Ours => {}
        Found::Empty => {
            let transaction = connection.transaction()?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.execute_batch(TABLES)?;
            transaction.execute_batch(NEW_TABLES)?;
            finish(transaction)?;
        }
        Found::Older => {
            let there = not_there(&connection)?;
            let transaction = connection.transaction()?;
            for (table, column, kind, value) in there {
                let add = format!("ALTER TABLE {table} ADD COLUMN {column} {kind} DEFAULT {value}");
                transaction.execute_batch(&add)?;
            }
            transaction.execute_batch(NEW_TABLES)?;
            finish(transaction)?;
        }
    }
    let sealed = true;
    Ok(File { connection, sealed })
}

/// Writes the version, and seals what is there.
fn finish(transaction: Transaction<'_>) -> Result<(), JournalError> {
    transaction.execute(
        "INSERT OR REPLACE INTO meta (key, value, checksum) VALUES (?1, ?2, 0)",
        (FORMAT_KEY, format!("{FORMAT_MAJOR}.{FORMAT_MINOR}")),
    )?;
    mend::seal_all(&transaction)?;
    Ok(transaction.commit()?)
}

/// Opens a run's file for reading, beside its writer. A file of format 1 is
/// not touched: views of the reader's own, which shadow its tables, have the
/// new columns.
pub(super) fn open_for_reading(path: &Path) -> Result<File, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    let sealed = match look(&connection, path)? {
        Found::Ours => true,
        Found::Older => {
            let there = not_there(&connection)?;
            for table in ["calls", "failures", "meta", "results"] {
                let of_table = there.iter().filter(|(name, ..)| *name == table);
                let columns: String = of_table
                    .map(|(_, column, _, value)| format!(", {value} AS {column}"))
                    .collect();
                let view =
                    format!("CREATE TEMP VIEW {table} AS SELECT *{columns} FROM main.{table}");
                connection.execute_batch(&view)?;
            }
            let tables = NEW_TABLES.replace("CREATE TABLE", "CREATE TEMP TABLE");
            connection.execute_batch(&tables)?;
            false
        }
        Found::Empty => {
            return Err(JournalError::Foreign {
                path: path.to_owned(),
            });
        }
    };
    Ok(File { connection, sealed })
}

type Column = (&'static str, &'static str, &'static str, &'static str);

/// The new columns that a file has not.
fn not_there(connection: &Connection) -> Result<Vec<Column>, JournalError> {
    let mut query =
        connection.prepare("SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2")?;
    let mut missing = Vec::new();
    for column in NEW_COLUMNS {
        let count: i64 = query.query_row([column.0, column.1], |row| row.get(0))?;
        if count == 0 {
            missing.push(column);
        }
    }
    Ok(missing)
}

/// Is it a journal that we can use?
fn look(connection: &Connection, path: &Path) -> Result<Found, JournalError> {
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
        return Ok(Found::Empty);
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
        Ok(FORMAT_MAJOR) => Ok(Found::Ours),
        Ok(OLDER_MAJOR) if !is_sealed(connection)? => Ok(Found::Older),
        Ok(FORMAT_MAJOR..) => Err(JournalError::Newer {
            found,
            expected: FORMAT_MAJOR,
        }),
        Ok(_) | Err(_) => Err(foreign()),
    }
}

/// Has it what format 2 brought? Then no damage to its version makes it an older
/// file, in which nothing would be checked.
fn is_sealed(connection: &Connection) -> Result<bool, JournalError> {
    let query = "SELECT count(*) FROM main.sqlite_schema WHERE name = 'seals'";
    let tables: i64 = connection.query_row(query, [], |row| row.get(0))?;
    Ok(tables > 0)
}
