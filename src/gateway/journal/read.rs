//! Reading rows. What does not fit its checksum is an error that names it, and
//! is never given out.

use std::collections::{HashMap, HashSet};

use rusqlite::Row;
use rusqlite::types::{Type, ValueRef};

use super::Used;
use super::error::JournalError;
use super::format::File;
use super::rows::{
    Answered, CallRow, Cost, FailureRow, Unanswered, UnansweredRow, all_notices, meta_checksum,
    result_checksum,
};
use super::seal::Table;
use crate::gateway::call::{FailureKind, Usage};
use crate::gateway::key::Key;
use crate::gateway::notice;

/// A row as the file has it.
pub(super) struct Stored<T> {
    pub(super) row: T,
    /// As it was written with it.
    pub(super) checksum: i64,
    /// As it comes out now.
    pub(super) computed: i64,
}

/// An answer, and whether it may be used.
pub(super) struct StoredCall {
    pub(super) call: CallRow,
    pub(super) usable: bool,
    /// As they stand in the file.
    pub(super) notices: Option<String>,
}

pub(super) const CALLS: &str = "SELECT key, item, stage, seat, trial, provider, model, text, \
     prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, usage_estimated, usd, \
     seconds, attempts, response_model, finish_reason, created_at, usd_lost, notices, \
     usd_lost_estimated, status, checksum FROM calls";
pub(super) const FAILURES: &str = "SELECT key, item, stage, seat, trial, provider, model, kind, \
     message, attempts, usd, created_at, id, checksum, seconds FROM failures";
pub(super) const UNANSWERED: &str = "SELECT key, item, stage, seat, trial, provider, model, why, \
     usd, estimated, created_at, id, checksum FROM unanswered";
pub(super) const META: &str = "SELECT key, value, checksum FROM meta";
pub(super) const RESULTS: &str = "SELECT kind, id, body, checksum FROM results";

pub(super) fn call(row: &Row<'_>) -> rusqlite::Result<Stored<StoredCall>> {
    let notices: Option<String> = row.get(20)?;
    let call = CallRow {
        key: key(row)?,
        item: row.get(1)?,
        stage: row.get(2)?,
        seat: row.get(3)?,
        trial: row.get(4)?,
        provider: row.get(5)?,
        model: row.get(6)?,
        text: row.get(7)?,
        usage: Usage {
            prompt: natural(row.get(8)?),
            completion: natural(row.get(9)?),
            reasoning: natural(row.get(10)?),
            cached: natural(row.get(11)?),
        },
        usage_estimated: row.get(12)?,
        usd: row.get(13)?,
        seconds: row.get(14)?,
        attempts: row.get(15)?,
        response_model: row.get(16)?,
        finish_reason: row.get(17)?,
        created_at: natural(row.get(18)?),
        usd_lost: row.get(19)?,
        notices: notice::from_row(notices.as_deref()),
        usd_lost_estimated: row.get(21)?,
    };
    let usable = row.get::<_, String>(22)? == "ok";
    Ok(Stored {
        checksum: row.get(23)?,
        computed: call.checksum(usable, notices.as_deref()),
        row: StoredCall {
            call,
            usable,
            notices,
        },
    })
}

pub(super) fn failure(row: &Row<'_>) -> rusqlite::Result<Stored<(FailureRow, f64)>> {
    let kind: String = row.get(7)?;
    let usd: f64 = row.get(10)?;
    let failure = FailureRow {
        key: key(row)?,
        item: row.get(1)?,
        stage: row.get(2)?,
        seat: row.get(3)?,
        trial: row.get(4)?,
        provider: row.get(5)?,
        model: row.get(6)?,
        // A word of a later minor version is shown as what it is at least.
        kind: FailureKind::from_word(&kind).unwrap_or(FailureKind::Server),
        message: row.get(8)?,
        attempts: row.get(9)?,
        seconds: row.get(14)?,
        created_at: natural(row.get(11)?),
    };
    Ok(Stored {
        checksum: row.get(13)?,
        computed: failure.checksum(row.get(12)?, &kind, usd),
        row: (failure, usd),
    })
}

pub(super) fn unanswered(row: &Row<'_>) -> rusqlite::Result<Stored<UnansweredRow>> {
    let why: String = row.get(7)?;
    let attempt = UnansweredRow {
        id: natural(row.get(11)?),
        key: key(row)?,
        item: row.get(1)?,
        stage: row.get(2)?,
        seat: row.get(3)?,
        trial: row.get(4)?,
        provider: row.get(5)?,
        model: row.get(6)?,
        why: Unanswered::from_word(&why),
        usd: row.get(8)?,
        estimated: row.get(9)?,
        created_at: natural(row.get(10)?),
    };
    Ok(Stored {
        checksum: row.get(12)?,
        computed: attempt.checksum(&why),
        row: attempt,
    })
}

pub(super) fn meta(row: &Row<'_>) -> rusqlite::Result<Stored<(String, String)>> {
    let (name, value): (String, String) = (row.get(0)?, row.get(1)?);
    Ok(Stored {
        checksum: row.get(2)?,
        computed: meta_checksum(&name, &value),
        row: (name, value),
    })
}

pub(super) fn result(row: &Row<'_>) -> rusqlite::Result<Stored<[String; 3]>> {
    let [kind, id, body]: [String; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
    Ok(Stored {
        checksum: row.get(3)?,
        computed: result_checksum(&kind, &id, &body),
        row: [kind, id, body],
    })
}

/// A row in words, as far as it can be read: it may be these very fields that
/// are damaged.
pub(super) fn name(table: Table, row: &Row<'_>) -> String {
    let field = |at: usize| match row.get_ref(at) {
        Ok(ValueRef::Text(text)) => {
            let text = String::from_utf8_lossy(text).into_owned();
            text.chars().filter(|c| !c.is_control()).take(60).collect()
        }
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Blob(bytes)) => {
            let head = bytes.get(..4).unwrap_or(bytes);
            head.iter().map(|byte| format!("{byte:02x}")).collect()
        }
        _ => "?".to_owned(),
    };
    let call = || {
        format!(
            "{} ({}) in stage {} of {}, trial {} (call {})",
            field(3),
            field(6),
            field(2),
            field(1),
            field(4),
            field(0)
        )
    };
    match table {
        Table::Calls => format!("the answer of {}", call()),
        Table::Failures => format!("a failure of {}", call()),
        Table::Unanswered => format!("an attempt without an answer of {}", call()),
        Table::Meta => format!("the run's value `{}`", field(0)),
        Table::Results => format!("the stored result `{}` of `{}`", field(1), field(0)),
    }
}

type Read<T> = fn(&Row<'_>) -> rusqlite::Result<Stored<T>>;

impl File {
    /// One row, if it is there and as it was written.
    fn whole<T>(&self, table: Table, row: &Row<'_>, read: Read<T>) -> Result<T, JournalError> {
        match read(row) {
            Ok(stored) if !self.sealed || stored.checksum == stored.computed => Ok(stored.row),
            Ok(_) => Err(JournalError::row(name(table, row))),
            // What is not of its type, or not UTF-8, was not written so.
            Err(error) if self.sealed && error.sqlite_error().is_none() => {
                Err(JournalError::row(name(table, row)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn select<T>(
        &self,
        table: Table,
        sql: &str,
        params: impl rusqlite::Params,
        read: Read<T>,
    ) -> Result<Vec<T>, JournalError> {
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(self.whole(table, row, read)?);
        }
        Ok(all)
    }

    fn one<T>(
        &self,
        table: Table,
        sql: &str,
        params: impl rusqlite::Params,
        read: Read<T>,
    ) -> Result<Option<T>, JournalError> {
        Ok(self.select(table, sql, params, read)?.pop())
    }

    /// The answer under a key, invalid or not.
    pub(super) fn any_call(&self, key: &Key) -> Result<Option<StoredCall>, JournalError> {
        let sql = format!("{CALLS} WHERE key = ?1");
        let found = self.one(Table::Calls, &sql, [key.bytes().as_slice()], call)?;
        // An index that leads to another row is damaged as well.
        match found {
            Some(stored) if stored.call.key != *key => Err(JournalError::row(format!(
                "the index of calls (call {})",
                key.prefix()
            ))),
            found => Ok(found),
        }
    }

    pub(super) fn usable_keys(&self) -> Result<HashSet<Key>, JournalError> {
        let query = "SELECT key FROM calls WHERE status = 'ok'";
        let mut query = self.connection.prepare_cached(query)?;
        let rows = query.query_map([], key)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn calls(&self) -> Result<Vec<CallRow>, JournalError> {
        self.usable(&format!("{CALLS} WHERE status = 'ok' ORDER BY key"), [])
    }

    pub(super) fn calls_of(&self, item: &str, trial: u32) -> Result<Vec<CallRow>, JournalError> {
        let sql = format!(
            "{CALLS} WHERE status = 'ok' AND item = ?1 AND trial = ?2 ORDER BY created_at, key"
        );
        self.usable(&sql, rusqlite::params![item, trial])
    }

    fn usable(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
    ) -> Result<Vec<CallRow>, JournalError> {
        let stored = self.select(Table::Calls, sql, params, call)?;
        Ok(stored.into_iter().map(|stored| stored.call).collect())
    }

    /// Failures in the order in which they were written, with what those of
    /// format 1 cost.
    pub(super) fn failures(&self) -> Result<Vec<(FailureRow, f64)>, JournalError> {
        let sql = format!("{FAILURES} ORDER BY id");
        self.select(Table::Failures, &sql, [], failure)
    }

    pub(super) fn unanswered(&self) -> Result<Vec<UnansweredRow>, JournalError> {
        let sql = format!("{UNANSWERED} ORDER BY id");
        self.select(Table::Unanswered, &sql, [], unanswered)
    }

    pub(super) fn meta(&self, key: &str) -> Result<Option<String>, JournalError> {
        let found = self.one(Table::Meta, &format!("{META} WHERE key = ?1"), [key], meta)?;
        Ok(found.map(|(_, value)| value))
    }

    pub(super) fn result(&self, kind: &str, id: &str) -> Result<Option<String>, JournalError> {
        let sql = format!("{RESULTS} WHERE kind = ?1 AND id = ?2");
        let found = self.one(Table::Results, &sql, [kind, id], result)?;
        Ok(found.map(|[_, _, body]| body))
    }

    pub(super) fn results(&self, kind: &str) -> Result<Vec<(String, String)>, JournalError> {
        let sql = format!("{RESULTS} WHERE kind = ?1 ORDER BY id");
        let found = self.select(Table::Results, &sql, [kind], result)?;
        Ok(found.into_iter().map(|[_, id, body]| (id, body)).collect())
    }

    pub(super) fn result_ids(&self, kind: &str) -> Result<Vec<String>, JournalError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT id FROM results WHERE kind = ?1 ORDER BY id")?;
        let rows = query.query_map([kind], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn answered(&self) -> Result<Vec<Answered>, JournalError> {
        let mut query = self.connection.prepare_cached(
            "SELECT model, stage, response_model, finish_reason, usage_estimated, notices, count(*)
             FROM calls WHERE status = 'ok' GROUP BY 1, 2, 3, 4, 5, 6",
        )?;
        let rows = query.query_map([], |row| {
            let notices = notice::from_row(row.get::<_, Option<String>>(5)?.as_deref());
            Ok(Answered {
                model: row.get(0)?,
                stage: row.get(1)?,
                response_model: row.get(2)?,
                finish_reason: row.get(3)?,
                notices: all_notices(row.get(4)?, notices),
                count: natural(row.get(6)?),
            })
        })?;
        let mut rows: Vec<Answered> = rows.collect::<Result<_, _>>()?;
        rows.sort();
        Ok(rows)
    }

    /// Dollars of all that was bought, and of what may have to be paid.
    pub(super) fn spent(&self) -> Result<Cost, JournalError> {
        let query = "SELECT
             (SELECT total(usd) + total(usd_lost) FROM calls)
               + (SELECT total(usd) FROM failures) + (SELECT total(usd) FROM unanswered),
             (SELECT total(usd) FROM calls WHERE usage_estimated)
               + (SELECT total(usd_lost_estimated) FROM calls)
               + (SELECT total(usd) FROM unanswered WHERE estimated)";
        Ok(self.connection.query_row(query, [], |row| {
            Ok(Cost {
                usd: row.get(0)?,
                estimated_usd: row.get(1)?,
            })
        })?)
    }

    pub(super) fn used(&self) -> Result<Used, JournalError> {
        let query = "SELECT count(*), ifnull(sum(prompt_tokens), 0),
                 ifnull(sum(completion_tokens), 0), ifnull(sum(reasoning_tokens), 0),
                 ifnull(sum(cached_tokens), 0)
             FROM calls";
        Ok(self.connection.query_row(query, [], |row| {
            Ok(Used {
                calls: natural(row.get(0)?),
                tokens: Usage {
                    prompt: natural(row.get(1)?),
                    completion: natural(row.get(2)?),
                    reasoning: natural(row.get(3)?),
                    cached: natural(row.get(4)?),
                },
            })
        })?)
    }
}

/// Of failures in the order in which they were written the last of each key
/// that has no answer since.
pub(super) fn unmended(
    failures: Vec<FailureRow>,
    answered: impl Fn(&Key) -> bool,
) -> Vec<FailureRow> {
    let last: HashMap<Key, usize> = failures
        .iter()
        .enumerate()
        .map(|(at, row)| (row.key, at))
        .collect();
    let rows = failures.into_iter().enumerate();
    rows.filter(|(at, row)| last.get(&row.key) == Some(at) && !answered(&row.key))
        .map(|(_, row)| row)
        .collect()
}

/// The key stands in the first column of every query of calls.
fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    let bytes: Vec<u8> = row.get(0)?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| {
        let reason = "a key has not 32 bytes";
        rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, reason.into())
    })?;
    Ok(Key::from_bytes(bytes))
}

pub(super) fn natural(number: i64) -> u64 {
    number.try_into().unwrap_or(0)
}
