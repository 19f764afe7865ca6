//! Rows of the journal, as they are written and read.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::types::Type;
use rusqlite::{Connection, Row, named_params};

use super::Used;
use super::error::JournalError;
use crate::gateway::call::{FailureKind, Notice, Usage};
use crate::gateway::key::Key;
use crate::gateway::notice;

/// A finished call. `Debug` hides the words.
#[derive(Clone, PartialEq)]
pub struct CallRow {
    /// Key of the call.
    pub key: Key,
    /// The item it was asked for (of the first who asked).
    pub item: Arc<str>,
    /// Stage.
    pub stage: Arc<str>,
    /// Seat.
    pub seat: Arc<str>,
    /// Trial, from 1.
    pub trial: u32,
    /// Name of the provider in the panel.
    pub provider: Arc<str>,
    /// Name of the model in the panel.
    pub model: Arc<str>,
    /// The model's words.
    pub text: Arc<str>,
    /// Tokens of the attempt that was answered.
    pub usage: Usage,
    /// The provider did not say how many tokens it took; they are estimated.
    pub usage_estimated: bool,
    /// What else came with it that its reader must know.
    pub notices: Vec<Notice>,
    /// Dollars of these tokens by the panel's price; `None`: no price.
    pub usd: Option<f64>,
    /// Dollars that other attempts, and earlier, invalid answers are known to
    /// have cost.
    pub usd_lost: f64,
    /// Seconds, summed over attempts.
    pub seconds: f64,
    /// Attempts, from 1.
    pub attempts: u32,
    /// The model's id in the provider's answer.
    pub response_model: Option<String>,
    /// Why the model stopped, in the provider's word.
    pub finish_reason: Option<String>,
    /// When it was written, in milliseconds since 1970; set by the journal.
    pub created_at: u64,
}

impl std::fmt::Debug for CallRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallRow")
            .field("key", &self.key)
            .field("stage", &self.stage)
            .field("seat", &self.seat)
            .field("text_bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// Answers of one model in one stage with which the same came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answered {
    /// Name of the model in the panel.
    pub model: String,
    /// Stage.
    pub stage: String,
    /// The model's id in the provider's answers.
    pub response_model: Option<String>,
    /// Why the model stopped, in the provider's word.
    pub finish_reason: Option<String>,
    /// What came with them, [`Notice::UsageEstimated`] included.
    pub notices: Vec<Notice>,
    /// How many there are.
    pub count: u64,
}

impl CallRow {
    /// All that came with the answer.
    pub fn all_notices(&self) -> Vec<Notice> {
        all_notices(self.usage_estimated, self.notices.clone())
    }
}

fn all_notices(usage_estimated: bool, mut notices: Vec<Notice>) -> Vec<Notice> {
    if usage_estimated && !notices.contains(&Notice::UsageEstimated) {
        notices.insert(0, Notice::UsageEstimated);
    }
    notices
}

/// A call that failed for good.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureRow {
    /// Key of the call.
    pub key: Key,
    /// The item it was asked for.
    pub item: Arc<str>,
    /// Stage.
    pub stage: Arc<str>,
    /// Seat.
    pub seat: Arc<str>,
    /// Trial, from 1.
    pub trial: u32,
    /// Name of the provider in the panel.
    pub provider: Arc<str>,
    /// Name of the model in the panel.
    pub model: Arc<str>,
    /// What kind of failure.
    pub kind: FailureKind,
    /// In one line for people; no text of prompts or answers.
    pub message: String,
    /// Attempts that were sent; 0 when an earlier failure had shown that it
    /// would be in vain.
    pub attempts: u32,
    /// Dollars that the attempts are known to have cost.
    pub usd: f64,
    /// When it was written, in milliseconds since 1970; set by the journal.
    pub created_at: u64,
}

const CALL_COLUMNS: &str = "key, item, stage, seat, trial, provider, model, text, prompt_tokens, \
     completion_tokens, reasoning_tokens, cached_tokens, usage_estimated, usd, seconds, attempts, \
     response_model, finish_reason, created_at, usd_lost, notices";

pub(super) fn insert_call(
    connection: &Connection,
    row: &CallRow,
    now: u64,
) -> Result<(), JournalError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO calls (key, item, stage, seat, trial, provider, model, status, text,
             prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, usage_estimated,
             usd, usd_lost, seconds, attempts, response_model, finish_reason, created_at, notices)
         VALUES (:key, :item, :stage, :seat, :trial, :provider, :model, 'ok', :text,
             :prompt, :completion, :reasoning, :cached, :estimated,
             :usd, :usd_lost, :seconds, :attempts, :response_model, :finish_reason, :created_at,
             :notices)
         ON CONFLICT (key) DO UPDATE SET
             usd_lost = usd_lost + ifnull(usd, 0) + excluded.usd_lost, status = 'ok', text = excluded.text,
             item = excluded.item, model = excluded.model,
             prompt_tokens = excluded.prompt_tokens,
             completion_tokens = excluded.completion_tokens,
             reasoning_tokens = excluded.reasoning_tokens, cached_tokens = excluded.cached_tokens,
             usage_estimated = excluded.usage_estimated, usd = excluded.usd,
             seconds = excluded.seconds, attempts = excluded.attempts,
             response_model = excluded.response_model, finish_reason = excluded.finish_reason,
             created_at = excluded.created_at, notices = excluded.notices",
    )?;
    insert.execute(named_params! {
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
        ":seconds": row.seconds,
        ":attempts": row.attempts,
        ":response_model": row.response_model,
        ":finish_reason": row.finish_reason,
        ":created_at": whole(now),
        ":notices": notice::to_row(&row.notices),
    })?;
    Ok(())
}

pub(super) fn insert_failure(
    connection: &Connection,
    row: &FailureRow,
    now: u64,
) -> Result<(), JournalError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO failures (key, item, stage, seat, trial, provider, model, kind, message,
             attempts, usd, created_at)
         VALUES (:key, :item, :stage, :seat, :trial, :provider, :model, :kind, :message,
             :attempts, :usd, :created_at)",
    )?;
    insert.execute(named_params! {
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
        ":usd": row.usd,
        ":created_at": whole(now),
    })?;
    Ok(())
}

pub(super) fn mark_invalid(connection: &Connection, key: &Key) -> Result<(), JournalError> {
    connection
        .prepare_cached("UPDATE calls SET status = 'invalid' WHERE key = ?1")?
        .execute([key.bytes().as_slice()])?;
    Ok(())
}

pub(super) fn call(connection: &Connection, key: &Key) -> Result<Option<CallRow>, JournalError> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {CALL_COLUMNS} FROM calls WHERE key = ?1 AND status = 'ok'"
    ))?;
    let mut rows = query.query([key.bytes().as_slice()])?;
    Ok(rows.next()?.map(read_call).transpose()?)
}

pub(super) fn calls(connection: &Connection) -> Result<Vec<CallRow>, JournalError> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {CALL_COLUMNS} FROM calls WHERE status = 'ok' ORDER BY key"
    ))?;
    let rows = query.query_map([], read_call)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn calls_of(
    connection: &Connection,
    item: &str,
    trial: u32,
) -> Result<Vec<CallRow>, JournalError> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {CALL_COLUMNS} FROM calls WHERE status = 'ok' AND item = ?1 AND trial = ?2
         ORDER BY created_at, key"
    ))?;
    let rows = query.query_map(rusqlite::params![item, trial], read_call)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn answered(connection: &Connection) -> Result<Vec<Answered>, JournalError> {
    let mut query = connection.prepare_cached(
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

pub(super) fn usable_keys(connection: &Connection) -> Result<HashSet<Key>, JournalError> {
    let mut query = connection.prepare_cached("SELECT key FROM calls WHERE status = 'ok'")?;
    let rows = query.query_map([], read_key)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn failures(connection: &Connection) -> Result<Vec<FailureRow>, JournalError> {
    let mut query = connection.prepare_cached(
        "SELECT key, item, stage, seat, trial, provider, model, kind, message, attempts, usd,
             created_at
         FROM failures
         WHERE id IN (SELECT max(id) FROM failures GROUP BY key)
           AND NOT EXISTS (SELECT 1 FROM calls
                           WHERE calls.key = failures.key AND calls.status = 'ok')
         ORDER BY id",
    )?;
    let rows = query.query_map([], |row| {
        let kind: String = row.get(7)?;
        Ok(FailureRow {
            key: read_key(row)?,
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
            usd: row.get(10)?,
            created_at: natural(row.get(11)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn spent_usd(connection: &Connection) -> Result<f64, JournalError> {
    Ok(connection.query_row(
        "SELECT (SELECT total(usd) + total(usd_lost) FROM calls)
              + (SELECT total(usd) FROM failures)",
        [],
        |row| row.get(0),
    )?)
}

pub(super) fn used(connection: &Connection) -> Result<Used, JournalError> {
    let query = "SELECT count(*), ifnull(sum(prompt_tokens), 0), ifnull(sum(completion_tokens), 0),
             ifnull(sum(reasoning_tokens), 0), ifnull(sum(cached_tokens), 0)
         FROM calls";
    Ok(connection.query_row(query, [], |row| {
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

fn read_call(row: &Row<'_>) -> rusqlite::Result<CallRow> {
    Ok(CallRow {
        key: read_key(row)?,
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
        notices: notice::from_row(row.get::<_, Option<String>>(20)?.as_deref()),
    })
}

/// The key stands in the first column of every query here.
fn read_key(row: &Row<'_>) -> rusqlite::Result<Key> {
    let bytes: Vec<u8> = row.get(0)?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| {
        let reason = "a key has not 32 bytes";
        rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, reason.into())
    })?;
    Ok(Key::from_bytes(bytes))
}

/// SQLite's integers are signed.
fn whole(number: u64) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn natural(number: i64) -> u64 {
    number.try_into().unwrap_or(0)
}
