//! Writing rows: each with its checksum, its table's seal with it.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::error::JournalError;
use super::read::{self, CALLS, Stored, StoredCall};
use super::rows::{CallRow, FailureRow, UnansweredRow, meta_checksum, result_checksum};
use super::seal::{Seals, Table};
use crate::gateway::key::Key;
use crate::gateway::notice;

/// A transaction under way.
pub(super) struct Writing<'a> {
    pub(super) connection: &'a Connection,
    pub(super) seals: &'a mut Seals,
    pub(super) now: u64,
}

impl Writing<'_> {
    /// A finished call. A row that is there already is replaced.
    pub(super) fn call(&mut self, row: &CallRow) -> Result<(), JournalError> {
        if self.put_call(row)? {
            return Ok(());
        }
        if let Some(old) = self.stored(&row.key)? {
            self.connection
                .prepare_cached("DELETE FROM calls WHERE key = ?1")?
                .execute([row.key.bytes().as_slice()])?;
            self.seals.of(Table::Calls).take(old.checksum);
            self.put_call(&row.clone().replacing(&old.row.call))?;
        }
        Ok(())
    }

    /// The row under a key, as it was checked when the file was opened.
    fn stored(&self, key: &Key) -> Result<Option<Stored<StoredCall>>, JournalError> {
        let mut query = self
            .connection
            .prepare_cached(&format!("{CALLS} WHERE key = ?1"))?;
        let found = query.query_row([key.bytes().as_slice()], read::call);
        Ok(found.optional()?)
    }

    /// `false`: its key is taken.
    fn put_call(&mut self, row: &CallRow) -> Result<bool, JournalError> {
        let row = &CallRow {
            created_at: self.now,
            ..row.clone()
        };
        let notices = notice::to_row(&row.notices);
        let checksum = row.checksum(true, notices.as_deref());
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO calls (key, item, stage, seat, trial, provider, model, status, text,
                 prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens,
                 usage_estimated, usd, usd_lost, usd_lost_estimated, seconds, attempts,
                 response_model, finish_reason, created_at, notices, checksum)
             VALUES (:key, :item, :stage, :seat, :trial, :provider, :model, 'ok', :text,
                 :prompt, :completion, :reasoning, :cached,
                 :estimated, :usd, :usd_lost, :usd_lost_estimated, :seconds, :attempts,
                 :response_model, :finish_reason, :created_at, :notices, :checksum)
             ON CONFLICT (key) DO NOTHING",
        )?;
        let rows = insert.execute(named_params! {
            ":key": row.key.bytes().as_slice(),
            ":item": &*row.item,
            ":stage": &*row.stage,
            ":seat": &*row.seat,
            ":trial": row.trial,
            ":provider": &*row.provider,
            ":model": &*row.model,
            ":text": &*row.text,
            ":prompt": whole(row.usage.prompt),
            ":completion": whole(row.usage.completion),
            ":reasoning": whole(row.usage.reasoning),
            ":cached": whole(row.usage.cached),
            ":estimated": row.usage_estimated,
            ":usd": row.usd,
            ":usd_lost": row.usd_lost,
            ":usd_lost_estimated": row.usd_lost_estimated,
            ":seconds": row.seconds,
            ":attempts": row.attempts,
            ":response_model": row.response_model,
            ":finish_reason": row.finish_reason,
            ":created_at": whole(row.created_at),
            ":notices": notices,
            ":checksum": checksum,
        })?;
        if rows > 0 {
            self.seals.of(Table::Calls).add(checksum);
        }
        Ok(rows > 0)
    }

    /// Marks an answer as invalid.
    pub(super) fn invalidate(&mut self, key: &Key) -> Result<(), JournalError> {
        let Some(old) = self.stored(key)? else {
            return Ok(());
        };
        let new = old.row.call.checksum(false, old.row.notices.as_deref());
        self.connection
            .prepare_cached("UPDATE calls SET status = 'invalid', checksum = ?2 WHERE key = ?1")?
            .execute((key.bytes().as_slice(), new))?;
        self.replaced(Table::Calls, Some(old.checksum), new);
        Ok(())
    }

    pub(super) fn failure(&mut self, row: &FailureRow) -> Result<(), JournalError> {
        let row = &FailureRow {
            created_at: self.now,
            ..row.clone()
        };
        let id: i64 = self
            .connection
            .prepare_cached("SELECT ifnull(max(id), 0) + 1 FROM failures")?
            .query_row([], |row| row.get(0))?;
        let checksum = row.checksum(id, row.kind.as_str(), 0.0);
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO failures (id, key, item, stage, seat, trial, provider, model, kind,
                 message, attempts, usd, seconds, created_at, checksum)
             VALUES (:id, :key, :item, :stage, :seat, :trial, :provider, :model, :kind,
                 :message, :attempts, 0, :seconds, :created_at, :checksum)",
        )?;
        insert.execute(named_params! {
            ":id": id,
            ":key": row.key.bytes().as_slice(),
            ":item": &*row.item,
            ":stage": &*row.stage,
            ":seat": &*row.seat,
            ":trial": row.trial,
            ":provider": &*row.provider,
            ":model": &*row.model,
            ":kind": row.kind.as_str(),
            ":message": row.message,
            ":attempts": row.attempts,
            ":seconds": row.seconds,
            ":created_at": whole(row.created_at),
            ":checksum": checksum,
        })?;
        self.seals.of(Table::Failures).add(checksum);
        Ok(())
    }

    /// An attempt without an answer; a row of its number is replaced.
    pub(super) fn unanswered(&mut self, row: &UnansweredRow) -> Result<(), JournalError> {
        let row = &UnansweredRow {
            created_at: self.now,
            ..row.clone()
        };
        self.settle(&[row.id])?;
        let why = row.why.as_str();
        let checksum = row.checksum(why);
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO unanswered (id, key, item, stage, seat, trial, provider, model, why, usd,
                 estimated, created_at, checksum)
             VALUES (:id, :key, :item, :stage, :seat, :trial, :provider, :model, :why, :usd,
                 :estimated, :created_at, :checksum)",
        )?;
        insert.execute(named_params! {
            ":id": whole(row.id),
            ":key": row.key.bytes().as_slice(),
            ":item": &*row.item,
            ":stage": &*row.stage,
            ":seat": &*row.seat,
            ":trial": row.trial,
            ":provider": &*row.provider,
            ":model": &*row.model,
            ":why": why,
            ":usd": row.usd,
            ":estimated": row.estimated,
            ":created_at": whole(row.created_at),
            ":checksum": checksum,
        })?;
        self.seals.of(Table::Unanswered).add(checksum);
        Ok(())
    }

    /// Attempts of which it is known what became of them: nothing of them
    /// stays here.
    pub(super) fn settle(&mut self, ids: &[u64]) -> Result<(), JournalError> {
        let mut delete = self
            .connection
            .prepare_cached("DELETE FROM unanswered WHERE id = ?1 RETURNING checksum")?;
        for id in ids {
            let checksum: Option<i64> = delete
                .query_row([whole(*id)], |row| row.get(0))
                .optional()?;
            if let Some(checksum) = checksum {
                self.seals.of(Table::Unanswered).take(checksum);
            }
        }
        Ok(())
    }

    pub(super) fn meta(&mut self, name: &str, value: &str) -> Result<(), JournalError> {
        let old: Option<i64> = self
            .connection
            .prepare_cached("DELETE FROM meta WHERE key = ?1 RETURNING checksum")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        let checksum = meta_checksum(name, value);
        self.connection
            .prepare_cached("INSERT INTO meta (key, value, checksum) VALUES (?1, ?2, ?3)")?
            .execute((name, value, checksum))?;
        self.replaced(Table::Meta, old, checksum);
        Ok(())
    }

    pub(super) fn result(&mut self, kind: &str, id: &str, body: &str) -> Result<(), JournalError> {
        let old: Option<i64> = self
            .connection
            .prepare_cached("DELETE FROM results WHERE kind = ?1 AND id = ?2 RETURNING checksum")?
            .query_row([kind, id], |row| row.get(0))
            .optional()?;
        let checksum = result_checksum(kind, id, body);
        self.connection
            .prepare_cached(
                "INSERT INTO results (kind, id, body, checksum) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((kind, id, body, checksum))?;
        self.replaced(Table::Results, old, checksum);
        Ok(())
    }

    fn replaced(&mut self, table: Table, old: Option<i64>, new: i64) {
        let seal = self.seals.of(table);
        if let Some(old) = old {
            seal.take(old);
        }
        seal.add(new);
    }
}

/// SQLite's integers are signed.
pub(super) fn whole(number: u64) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
