//! Sealing a file that is not sealed yet, and taking damaged rows out of one
//! that is, so that its run can go on: what they held is asked again.

use std::path::{Path, PathBuf};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row};

use super::check::look_through;
use super::error::JournalError;
use super::format::{self, File};
use super::read::{self, Stored};
use super::rows::{Unanswered, UnansweredRow};
use super::seal::{Seals, Table};
use super::write::Writing;
use super::{Clock, lock};
use crate::gateway::key::Key;

/// What was taken out of a journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Mended {
    /// Every row, in words.
    pub removed: Vec<String>,
    /// Were rows gone altogether, so that nobody can say which?
    pub others_gone: bool,
    /// Where the file as it was is kept; `None`: nothing was damaged, and
    /// nothing was changed.
    pub copy: Option<PathBuf>,
}

/// A damaged row that is to go.
struct Removal {
    table: Table,
    name: String,
    /// The bytes that it is found by, in hexadecimal, for they may be damaged.
    place: [String; 2],
    /// What it may have cost, if it was a call.
    cost: Option<UnansweredRow>,
}

/// Takes damaged rows out; see [`super::Journal::mend`].
pub(super) fn mend(path: &Path, clock: Clock) -> Result<Mended, JournalError> {
    let _lock = lock::Lock::take(path)?;
    let mut file = format::open_for_writing(path)?;
    match file.check() {
        Ok(_) => {
            return Ok(Mended {
                removed: Vec::new(),
                others_gone: false,
                copy: None,
            });
        }
        Err(JournalError::Damaged { .. }) => {}
        Err(error) => return Err(error),
    }
    let copy = copied(&file, path)?;
    let before = Seals::read(&file.connection)?;
    let transaction = file.connection.transaction()?;
    transaction.execute_batch("REINDEX")?;
    let mut removals = Vec::new();
    let whole = look_through(&transaction, true, |damage, row| {
        let place = match damage.table {
            Table::Meta | Table::Calls => [hex(row, 0), String::new()],
            Table::Results => [hex(row, 0), hex(row, 1)],
            Table::Unanswered => [hex(row, 11), String::new()],
            Table::Failures => [hex(row, 12), String::new()],
        };
        removals.push(Removal {
            cost: (damage.table == Table::Calls).then(|| cost(row)),
            table: damage.table,
            name: damage.name,
            place,
        });
    })?;
    for Removal { table, place, .. } in &removals {
        let condition = match table {
            Table::Meta | Table::Calls => "hex(key) = ?1 AND ?2 = ''",
            Table::Results => "hex(kind) = ?1 AND hex(id) = ?2",
            Table::Unanswered | Table::Failures => "hex(id) = ?1 AND ?2 = ''",
        };
        let sql = format!("DELETE FROM {} WHERE {condition}", table.name());
        transaction.execute(&sql, place.each_ref())?;
    }
    let mut seals = whole.seals.clone();
    let gone = |table: Table| {
        let removed = removals.iter().filter(|removal| removal.table == table);
        whole.seals.get(table).rows + removed.count() as i64 != before.get(table).rows
    };
    let others_gone = Table::ALL.into_iter().any(gone);
    let mut writing = Writing {
        connection: &transaction,
        seals: &mut seals,
        now: clock(),
    };
    for (number, removal) in removals.iter().enumerate() {
        if let Some(cost) = &removal.cost {
            writing.unanswered(&UnansweredRow {
                id: whole.last_attempt + 1 + number as u64,
                ..cost.clone()
            })?;
        }
    }
    transaction.execute("DELETE FROM seals", [])?;
    seals.write(&transaction, &Seals::default())?;
    transaction.commit()?;
    file.check()?;
    Ok(Mended {
        removed: removals.into_iter().map(|removal| removal.name).collect(),
        others_gone,
        copy: Some(copy),
    })
}

/// Copies the file as it is, what lies beside it included.
fn copied(file: &File, path: &Path) -> Result<PathBuf, JournalError> {
    let whole = "PRAGMA wal_checkpoint(TRUNCATE)";
    file.connection.query_row(whole, [], |_| Ok(()))?;
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(match number {
            0 => ".damaged".to_owned(),
            number => format!(".damaged-{number}"),
        });
        PathBuf::from(name)
    };
    let copy = (0..).map(name).find(|copy| !copy.exists());
    let copy = copy.unwrap_or_else(|| name(0));
    std::fs::copy(path, &copy).map_err(|error| JournalError::io(&copy, &error))?;
    Ok(copy)
}

/// What a damaged answer may have cost, as far as the row still tells.
fn cost(row: &Row<'_>) -> UnansweredRow {
    let text = |at: usize| match row.get_ref(at) {
        Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into(),
        _ => "?".into(),
    };
    let dollars = |at: usize| match row.get_ref(at) {
        Ok(ValueRef::Real(usd)) if (0.0..1e6).contains(&usd) => usd,
        _ => 0.0,
    };
    let key = match row.get_ref(0) {
        Ok(ValueRef::Blob(bytes)) => bytes.try_into().unwrap_or_default(),
        _ => [0; 32],
    };
    UnansweredRow {
        id: 0,
        key: Key::from_bytes(key),
        item: text(1),
        stage: text(2),
        seat: text(3),
        trial: row.get(4).unwrap_or(0),
        provider: text(5),
        model: text(6),
        why: Unanswered::Damaged,
        usd: dollars(13) + dollars(19),
        estimated: true,
        created_at: 0,
    }
}

/// As SQLite's `hex` has it.
fn hex(row: &Row<'_>, at: usize) -> String {
    let bytes = match row.get_ref(at) {
        Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => bytes.to_vec(),
        Ok(ValueRef::Integer(number)) => number.to_string().into_bytes(),
        _ => Vec::new(),
    };
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn value(row: &Row<'_>, at: usize) -> rusqlite::Result<Value> {
    row.get(at)
}

/// Gives every row its checksum, and every table its seal.
pub(super) fn seal_all(connection: &Connection) -> Result<(), JournalError> {
    let mut seals = Seals::default();
    for table in Table::ALL {
        let (sql, put) = match table {
            Table::Meta => (
                read::META,
                "UPDATE meta SET checksum = ?1 WHERE key = ?2 AND ?3 IS NULL",
            ),
            Table::Calls => (
                read::CALLS,
                "UPDATE calls SET checksum = ?1 WHERE key = ?2 AND ?3 IS NULL",
            ),
            Table::Unanswered => (
                read::UNANSWERED,
                "UPDATE unanswered SET checksum = ?1 WHERE id = ?2 AND ?3 IS NULL",
            ),
            Table::Failures => (
                read::FAILURES,
                "UPDATE failures SET checksum = ?1 WHERE id = ?2 AND ?3 IS NULL",
            ),
            Table::Results => (
                read::RESULTS,
                "UPDATE results SET checksum = ?1 WHERE kind = ?2 AND id = ?3",
            ),
        };
        let mut sums: Vec<(i64, [Value; 2])> = Vec::new();
        let mut query = connection.prepare(sql)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            sums.push(match table {
                Table::Meta => (computed(read::meta(row)?), [value(row, 0)?, Value::Null]),
                Table::Calls => (computed(read::call(row)?), [value(row, 0)?, Value::Null]),
                Table::Unanswered => (
                    computed(read::unanswered(row)?),
                    [value(row, 11)?, Value::Null],
                ),
                Table::Failures => (
                    computed(read::failure(row)?),
                    [value(row, 12)?, Value::Null],
                ),
                Table::Results => (
                    computed(read::result(row)?),
                    [value(row, 0)?, value(row, 1)?],
                ),
            });
        }
        let mut put = connection.prepare(put)?;
        for (sum, [one, other]) in sums {
            put.execute((sum, one, other))?;
            seals.of(table).add(sum);
        }
    }
    seals.write(connection, &Seals::default())
}

fn computed<T>(stored: Stored<T>) -> i64 {
    stored.computed
}
