//! Looking through a whole file: does every row fit its checksum, is every row
//! there? Done whenever a journal is opened, so that nothing is built on a file
//! that is not as it was written. It costs one pass over the file.

use std::collections::HashSet;

use rusqlite::{Connection, Row};

use super::error::JournalError;
use super::format::File;
use super::read::{self, Stored};
use super::seal::{Seal, Seals, Table};
use crate::gateway::key::Key;

/// What a whole file holds.
#[derive(Default)]
pub(super) struct Whole {
    /// Keys with a usable answer.
    pub(super) usable: HashSet<Key>,
    pub(super) seals: Seals,
    /// Number of the last attempt.
    pub(super) last_attempt: u64,
}

/// A row that is not as it was written.
pub(super) struct Damage {
    pub(super) table: Table,
    /// In words.
    pub(super) name: String,
}

impl File {
    /// Everything in the file, at one moment.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] with every row that does not fit.
    pub(super) fn check(&self) -> Result<Whole, JournalError> {
        let moment = self.connection.unchecked_transaction()?;
        let mut damage = Vec::new();
        let whole = look_through(&moment, self.sealed, |found, _| damage.push(found))?;
        if !self.sealed {
            return Ok(whole);
        }
        let kept = Seals::read(&moment)?;
        for table in Table::ALL {
            let (then, now) = (kept.get(table), whole.seals.get(table));
            let told = damage.iter().any(|damage| damage.table == table);
            if then != now && !told {
                let name = unlike(table, then, now);
                damage.push(Damage { table, name });
            }
        }
        if damage.is_empty() {
            return Ok(whole);
        }
        Err(JournalError::Damaged {
            rows: damage.into_iter().map(|damage| damage.name).collect(),
        })
    }
}

fn unlike(table: Table, then: Seal, now: Seal) -> String {
    let name = table.name();
    match then.rows.cmp(&now.rows) {
        std::cmp::Ordering::Greater => {
            format!(
                "{} row(s) of the table `{name}` are gone",
                then.rows - now.rows
            )
        }
        _ => format!("the table `{name}` is not what its seal says"),
    }
}

/// Looks through all tables; what does not fit goes to `damaged`, with its row.
/// What is returned is made of the rows that do. Without checksums all fit.
pub(super) fn look_through(
    connection: &Connection,
    sealed: bool,
    mut damaged: impl FnMut(Damage, &Row<'_>),
) -> Result<Whole, JournalError> {
    let mut whole = Whole::default();
    for table in Table::ALL {
        let sql = match table {
            Table::Meta => read::META,
            Table::Calls => read::CALLS,
            Table::Unanswered => read::UNANSWERED,
            Table::Failures => read::FAILURES,
            Table::Results => read::RESULTS,
        };
        let mut query = connection.prepare(sql)?;
        let mut rows = query.query([])?;
        // In tables that are found by their key a row out of its place would
        // not be found.
        let mut before: Option<[String; 2]> = None;
        while let Some(row) = rows.next()? {
            let mut place = None;
            let stored = match table {
                Table::Meta => read::meta(row).map(|stored| {
                    place = Some([stored.row.0.clone(), String::new()]);
                    sums(&stored)
                }),
                Table::Results => read::result(row).map(|stored| {
                    let [kind, id, _] = &stored.row;
                    place = Some([kind.clone(), id.clone()]);
                    sums(&stored)
                }),
                Table::Failures => read::failure(row).map(|stored| sums(&stored)),
                Table::Unanswered => read::unanswered(row).map(|stored| {
                    whole.last_attempt = whole.last_attempt.max(stored.row.id);
                    sums(&stored)
                }),
                Table::Calls => read::call(row).map(|stored| {
                    if stored.row.usable && (!sealed || stored.checksum == stored.computed) {
                        whole.usable.insert(stored.row.call.key);
                    }
                    sums(&stored)
                }),
            };
            let in_place = place.is_none() || place > before;
            match stored {
                Ok((checksum, computed)) if !sealed || (checksum == computed && in_place) => {
                    whole.seals.of(table).add(checksum);
                    before = place.or(before);
                }
                // SQLite's own failures are no rows.
                Err(error) if error.sqlite_error().is_some() => return Err(error.into()),
                _ => {
                    let name = read::name(table, row);
                    damaged(Damage { table, name }, row);
                }
            }
        }
    }
    Ok(whole)
}

fn sums<T>(stored: &Stored<T>) -> (i64, i64) {
    (stored.checksum, stored.computed)
}
