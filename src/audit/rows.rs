//! The log's rows, and what they come to for one consult.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::chain::{Entry, NOTHING, hex};
use super::contents::{self, Part};
use super::error::AuditError;
use super::model::{Head, Release, ReleaseState, State, Stored, Summary, Who};

/// SQLite's numbers have a sign.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that is never below zero, unless someone changed it.
pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// The columns of [`entry`].
pub(super) const COLUMNS: &str = "seq, at, kind, consult, key_id, key_name, person, panel, \
     panel_hash, outcome, content_mac, prev, hash";

/// An entry from a row of [`COLUMNS`].
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        seq: number(row, 0)?,
        at: number(row, 1)?,
        kind: row.get(2)?,
        consult: row.get(3)?,
        key_id: row.get(4)?,
        key_name: row.get(5)?,
        person: row.get(6)?,
        panel: row.get(7)?,
        panel_hash: row.get(8)?,
        outcome: row.get(9)?,
        content_mac: row.get(10)?,
        prev: row.get(11)?,
        hash: row.get(12)?,
    })
}

pub(super) fn insert(connection: &Connection, entry: &Entry) -> Result<(), AuditError> {
    connection
        .prepare_cached(
            "INSERT INTO log (seq, at, kind, consult, key_id, key_name, person, panel,
                              panel_hash, outcome, content_mac, prev, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            signed(entry.seq),
            signed(entry.at),
            entry.kind,
            entry.consult,
            entry.key_id,
            entry.key_name,
            entry.person,
            entry.panel,
            entry.panel_hash,
            entry.outcome,
            entry.content_mac,
            entry.prev,
            entry.hash,
        ])?;
    Ok(())
}

/// Number and hash of the last entry.
pub(super) fn tail(connection: &Connection) -> Result<(u64, Vec<u8>), AuditError> {
    Ok(connection
        .prepare_cached("SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((number(row, 0)?, row.get(1)?)))
        .optional()?
        .unwrap_or((0, NOTHING.to_vec())))
}

/// What the counter says of the last entry.
pub(super) fn counter(connection: &Connection) -> Result<Option<(u64, Vec<u8>)>, AuditError> {
    Ok(connection
        .prepare_cached("SELECT seq, hash FROM counter")?
        .query_row([], |row| Ok((number(row, 0)?, row.get(1)?)))
        .optional()?)
}

/// What is wrong between the log's end and its counter.
pub(super) fn tail_fault(
    tail: &(u64, Vec<u8>),
    counter: Option<&(u64, Vec<u8>)>,
) -> Option<String> {
    let (seq, hash) = tail;
    match counter {
        None => Some("its counter is gone".into()),
        Some((written, _)) if written > seq => Some(format!(
            "it ends with entry {seq}, but {written} were written: the last {} are gone",
            written - seq
        )),
        Some((written, _)) if written < seq => Some(format!(
            "it ends with entry {seq}, but only {written} were written by this program"
        )),
        Some((_, counted)) if counted != hash => Some(format!(
            "its last entry, {seq}, is not the one that was written"
        )),
        Some(_) => None,
    }
}

/// The last entry, when the counter agrees.
pub(super) fn checked_tail(connection: &Connection) -> Result<(u64, Vec<u8>), AuditError> {
    let tail = tail(connection)?;
    match tail_fault(&tail, counter(connection)?.as_ref()) {
        None => Ok(tail),
        Some(found) => Err(AuditError::Broken { found }),
    }
}

pub(super) fn checked_head(connection: &Connection) -> Result<Head, AuditError> {
    let (seq, hash) = checked_tail(connection)?;
    let hash = hex(&hash);
    Ok(Head { seq, hash })
}

/// What the log says of one consult.
pub(super) struct Course {
    seq: u64,
    id: String,
    pub(super) who: Who,
    panel: String,
    panel_hash: String,
    created_at: u64,
    ended_at: Option<u64>,
    state: State,
    outcome: Option<String>,
    release: Release,
    answered: bool,
}

impl Course {
    pub(super) fn is_running(&self) -> bool {
        self.state == State::Running
    }

    /// Name and hash of the panel.
    pub(super) fn panel(&self) -> (&str, &str) {
        (&self.panel, &self.panel_hash)
    }

    /// Only an answer that is still stored can be decided on, and once only.
    pub(super) fn may_be_decided(&self) -> Result<(), AuditError> {
        if self.release.state != ReleaseState::Unreleased {
            return Err(AuditError::Decided);
        }
        match self.state {
            State::Answered => Ok(()),
            State::Purged if self.answered => Err(AuditError::Purged),
            _ => Err(AuditError::NotAnswered),
        }
    }

    fn begin(asked: Entry) -> Course {
        Course {
            seq: asked.seq,
            id: asked.consult,
            who: Who {
                key_id: asked.key_id.unwrap_or_default(),
                key_name: asked.key_name.unwrap_or_default(),
                person: asked.person,
            },
            panel: asked.panel,
            panel_hash: asked.panel_hash,
            created_at: asked.at,
            ended_at: None,
            state: State::Running,
            outcome: None,
            release: Release {
                state: ReleaseState::Unreleased,
                by: None,
                at: None,
                note: None,
            },
            answered: false,
        }
    }

    fn go_on(&mut self, entry: Entry) {
        let state = match entry.kind.as_str() {
            "answered" => State::Answered,
            "cancelled" => State::Cancelled,
            "failed" => State::Failed,
            "interrupted" => State::Interrupted,
            "purged" => {
                self.state = State::Purged;
                return;
            }
            "released" | "rejected" => {
                self.release = Release {
                    state: if entry.kind == "released" {
                        ReleaseState::Released
                    } else {
                        ReleaseState::Rejected
                    },
                    by: Some(Who {
                        key_id: entry.key_id.unwrap_or_default(),
                        key_name: entry.key_name.unwrap_or_default(),
                        person: entry.person,
                    }),
                    at: Some(entry.at),
                    note: None,
                };
                return;
            }
            _ => return,
        };
        self.answered = state == State::Answered;
        self.state = state;
        self.ended_at = Some(entry.at);
        self.outcome = entry.outcome;
    }
}

/// What became of a consult; `None` when it is unknown.
pub(super) fn course(connection: &Connection, id: &str) -> Result<Option<Course>, AuditError> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM log WHERE consult = ?1 ORDER BY seq"
    ))?;
    let mut entries = query.query_map([id], entry)?;
    let Some(asked) = entries.next().transpose()? else {
        return Ok(None);
    };
    let mut course = Course::begin(asked);
    for entry in entries {
        course.go_on(entry?);
    }
    Ok(Some(course))
}

/// Ids of consults that have not ended. Only those with a stored question can
/// be: a running one is not purged.
pub(super) fn running(connection: &Connection) -> Result<Vec<String>, AuditError> {
    ids(
        connection,
        "SELECT consult FROM contents WHERE part = 'question' AND NOT EXISTS
             (SELECT 1 FROM log WHERE log.consult = contents.consult AND kind <> 'asked')
         ORDER BY id",
        params![],
    )
}

/// Ids of consults that were asked before this time, have ended, and are still
/// stored; the first ones of them.
pub(super) fn old(
    connection: &Connection,
    before: u64,
    limit: usize,
) -> Result<Vec<String>, AuditError> {
    ids(
        connection,
        "SELECT contents.consult FROM contents
         JOIN log ON log.consult = contents.consult AND log.kind = 'asked' AND log.at < ?1
         WHERE part = 'question' AND EXISTS
             (SELECT 1 FROM log WHERE log.consult = contents.consult AND kind <> 'asked')
         ORDER BY id LIMIT ?2",
        params![signed(before), signed(limit as u64)],
    )
}

fn ids(
    connection: &Connection,
    query: &str,
    params: &[&dyn rusqlite::ToSql],
) -> Result<Vec<String>, AuditError> {
    let mut query = connection.prepare_cached(query)?;
    let rows = query.query_map(params, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn stored(connection: &Connection, id: &str) -> Result<Option<Stored>, AuditError> {
    let Some(mut course) = course(connection, id)? else {
        return Ok(None);
    };
    let question = contents::find(connection, id, Part::Question)?;
    let answer = contents::find(connection, id, Part::Answer)?;
    let note = contents::find(connection, id, Part::Note)?;
    course.release.note = note.map(|note| note.body.into());
    let (answer, events) = match answer {
        Some(answer) => (Some(answer.body.into()), answer.extra),
        None => (None, None),
    };
    Ok(Some(Stored {
        id: course.id,
        who: course.who,
        panel: course.panel,
        panel_hash: course.panel_hash,
        created_at: course.created_at,
        ended_at: course.ended_at,
        state: course.state,
        outcome: course.outcome,
        question: question.map(|question| question.body.into()),
        answer,
        events,
        release: course.release,
    }))
}

pub(super) fn list(
    connection: &Connection,
    key_ids: &[String],
    limit: usize,
    before: Option<u64>,
) -> Result<Vec<Summary>, AuditError> {
    let before = signed(before.unwrap_or(u64::MAX));
    let most = signed(limit as u64);
    let mut found: Vec<(u64, String)> = Vec::new();
    let mut query = connection.prepare_cached(
        "SELECT seq, consult FROM log WHERE kind = 'asked' AND key_id = ?1 AND seq < ?2
         ORDER BY seq DESC LIMIT ?3",
    )?;
    for key_id in key_ids {
        let rows = query.query_map(params![key_id, before, most], |row| {
            Ok((number(row, 0)?, row.get(1)?))
        })?;
        for row in rows {
            found.push(row?);
        }
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    found.dedup();
    found.truncate(limit);
    let mut summaries = Vec::with_capacity(found.len());
    for (_, id) in found {
        if let Some(course) = course(connection, &id)? {
            summaries.push(Summary {
                seq: course.seq,
                id: course.id,
                who: course.who,
                panel: course.panel,
                created_at: course.created_at,
                ended_at: course.ended_at,
                state: course.state,
                outcome: course.outcome,
                release: course.release.state,
            });
        }
    }
    Ok(summaries)
}
