//! What each record does to the store, inside one transaction.
//!
//! Whatever is refused is refused before anything of it is written, so that
//! the other records of the transaction stand.

use rusqlite::Connection;

use super::chain::{Bytes32, Entry, Kind, hex};
use super::contents::{self, Part};
use super::error::AuditError;
use super::model::{Decision, End, Head, NewConsult, Who};
use super::rows::{self, Course};
use super::writer::Op;
use crate::clinical::PatientText;

/// Most consults that one transaction purges, so that others need not wait.
const MOST_PURGED: usize = 500;

/// The log's end while a transaction adds to it.
pub(super) struct Chain<'a> {
    connection: &'a Connection,
    /// The time of everything in this transaction.
    at: u64,
    seq: u64,
    last: Vec<u8>,
    grown: bool,
}

/// What differs between entries of one consult.
struct New<'a> {
    kind: Kind,
    outcome: Option<&'a str>,
    mac: Option<Bytes32>,
}

impl<'a> Chain<'a> {
    pub(super) fn begin(connection: &'a Connection, now: u64) -> Result<Chain<'a>, AuditError> {
        let (seq, last) = rows::checked_tail(connection)?;
        Ok(Chain {
            connection,
            // SQLite's numbers have a sign.
            at: now.min(i64::MAX as u64),
            seq,
            last,
            grown: false,
        })
    }

    /// Writes the counter; the head is true once the transaction is on disk.
    pub(super) fn end(self) -> Result<Head, AuditError> {
        if self.grown {
            self.connection
                .prepare_cached("UPDATE counter SET seq = ?1, hash = ?2")?
                .execute((rows::signed(self.seq), &self.last))?;
        }
        Ok(Head {
            seq: self.seq,
            hash: hex(&self.last),
        })
    }

    /// Writes one record, or refuses it. Returns how many consults it changed.
    pub(super) fn apply(&mut self, op: &Op) -> Result<usize, AuditError> {
        match op {
            Op::Asked(consult) => self.asked(consult),
            Op::Answered {
                id,
                outcome,
                answer,
                events,
            } => self.answered(id, outcome, answer, events),
            Op::Ended { id, end } => self.ended(id, end),
            Op::Decided { id, decision } => self.decided(id, decision),
            Op::Interrupt => self.interrupt(),
            Op::Purge { before } => self.purge(*before),
            // Not for a transaction; the writer does it.
            Op::Scrub => Ok(0),
        }
    }

    fn asked(&mut self, consult: &NewConsult) -> Result<usize, AuditError> {
        let NewConsult {
            id,
            who,
            panel,
            panel_hash,
            question,
            idempotency,
        } = consult;
        if rows::course(self.connection, id)?.is_some() {
            return Err(AuditError::Exists);
        }
        if let Some(known) = idempotency {
            if contents::idempotent(self.connection, &who.key_id, &known.key)?.is_some() {
                return Err(AuditError::Repeated);
            }
            contents::remember(self.connection, &who.key_id, &known.key, id)?;
        }
        let extra = idempotency
            .as_ref()
            .map(|known| contents::extra_of(&who.key_id, known));
        let mac = contents::insert(
            self.connection,
            id,
            Part::Question,
            question.expose(),
            extra.as_deref(),
        )?;
        let new = New {
            kind: Kind::Asked,
            outcome: None,
            mac: Some(mac),
        };
        self.append(id, Some(who), (panel, panel_hash), new)
    }

    fn answered(
        &mut self,
        id: &str,
        outcome: &str,
        answer: &PatientText,
        events: &str,
    ) -> Result<usize, AuditError> {
        let course = self.running(id)?;
        let mac = contents::insert(
            self.connection,
            id,
            Part::Answer,
            answer.expose(),
            Some(events),
        )?;
        let new = New {
            kind: Kind::Answered,
            outcome: Some(outcome),
            mac: Some(mac),
        };
        self.append(id, Some(&course.who), course.panel(), new)
    }

    fn ended(&mut self, id: &str, end: &End) -> Result<usize, AuditError> {
        let course = self.running(id)?;
        let (kind, outcome) = match end {
            End::Cancelled => (Kind::Cancelled, None),
            End::Failed(code) => (Kind::Failed, Some(code.as_str())),
            End::Interrupted => (Kind::Interrupted, None),
        };
        let new = New {
            kind,
            outcome,
            mac: None,
        };
        self.append(id, Some(&course.who), course.panel(), new)
    }

    fn decided(&mut self, id: &str, decision: &Decision) -> Result<usize, AuditError> {
        let course = rows::course(self.connection, id)?.ok_or(AuditError::Unknown)?;
        course.may_be_decided()?;
        let mac = match &decision.note {
            Some(note) => Some(contents::insert(
                self.connection,
                id,
                Part::Note,
                note.expose(),
                None,
            )?),
            None => None,
        };
        let kind = if decision.release {
            Kind::Released
        } else {
            Kind::Rejected
        };
        let new = New {
            kind,
            outcome: None,
            mac,
        };
        self.append(id, Some(&decision.who), course.panel(), new)
    }

    fn interrupt(&mut self) -> Result<usize, AuditError> {
        let running = rows::running(self.connection)?;
        for id in &running {
            self.ended(id, &End::Interrupted)?;
        }
        Ok(running.len())
    }

    fn purge(&mut self, before: u64) -> Result<usize, AuditError> {
        let before = before.min(i64::MAX as u64);
        let old = rows::old(self.connection, before, MOST_PURGED)?;
        for id in &old {
            let course = rows::course(self.connection, id)?.ok_or(AuditError::Unknown)?;
            contents::delete(self.connection, id)?;
            let new = New {
                kind: Kind::Purged,
                outcome: None,
                mac: None,
            };
            // Nobody in particular asked for it.
            self.append(id, None, course.panel(), new)?;
        }
        Ok(old.len())
    }

    fn running(&self, id: &str) -> Result<Course, AuditError> {
        let course = rows::course(self.connection, id)?.ok_or(AuditError::Unknown)?;
        if course.is_running() {
            Ok(course)
        } else {
            Err(AuditError::Ended)
        }
    }

    fn append(
        &mut self,
        consult: &str,
        who: Option<&Who>,
        (panel, panel_hash): (&str, &str),
        new: New<'_>,
    ) -> Result<usize, AuditError> {
        let mut entry = Entry {
            seq: self.seq + 1,
            at: self.at,
            kind: new.kind.word().into(),
            consult: consult.into(),
            key_id: who.map(|who| who.key_id.clone()),
            key_name: who.map(|who| who.key_name.clone()),
            person: who.and_then(|who| who.person.clone()),
            panel: panel.into(),
            panel_hash: panel_hash.into(),
            outcome: new.outcome.map(str::to_owned),
            content_mac: new.mac.map(|mac| mac.to_vec()),
            prev: self.last.clone(),
            hash: Vec::new(),
        };
        entry.hash = entry.digest().to_vec();
        rows::insert(self.connection, &entry)?;
        self.seq = entry.seq;
        self.last = entry.hash;
        self.grown = true;
        Ok(1)
    }
}
