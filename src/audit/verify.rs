//! Checks a store against its own chain, and against a head that was kept
//! outside of it.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::chain::{Bytes32, Entry, NOTHING, from_hex, hex};
use super::contents::{self, Part};
use super::error::AuditError;
use super::format::{GUARDS, open_for_reading};
use super::model::Head;
use super::rows;

/// Most findings that are told; the rest is counted.
const MOST_FINDINGS: usize = 100;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The log entry that it is about.
    pub seq: Option<u64>,
    /// The consult that it is about.
    pub consult: Option<String>,
    /// What is wrong, and where; nothing of a text.
    pub what: String,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Entries in the log.
    pub entries: u64,
    /// The last of them.
    pub head: Head,
    /// Texts that are stored and are those that were logged.
    pub texts: u64,
    /// Texts that a purge deleted.
    pub purged: u64,
    /// The first hundred faults; empty when all is as it was written.
    pub findings: Vec<Finding>,
    /// Further faults.
    pub more: usize,
}

impl Verified {
    /// Nothing was found.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Reads the whole store, also while another process writes it, and checks
/// every entry and every stored text. `head`: the hash of an earlier last
/// entry, kept outside; without it nobody can tell whether the end was cut off
/// together with the counter, or the whole log written anew.
///
/// # Errors
/// [`AuditError::Missing`], [`AuditError::Foreign`], [`AuditError::Newer`] for
/// files that are no store of ours, [`AuditError::BadHead`],
/// [`AuditError::Store`] when it cannot be read. A damaged file is a finding.
pub fn verify(path: &Path, head: Option<&str>) -> Result<Verified, AuditError> {
    let wanted = head
        .map(|head| from_hex(head.trim()).ok_or(AuditError::BadHead))
        .transpose()?;
    let mut connection = open_for_reading(path)?;
    // Everything is read as it was at one moment.
    let snapshot = connection.transaction()?;
    let mut check = Check {
        connection: &snapshot,
        found: Verified {
            entries: 0,
            head: Head {
                seq: 0,
                hash: hex(&NOTHING),
            },
            texts: 0,
            purged: 0,
            findings: Vec::new(),
            more: 0,
        },
    };
    match check.all(wanted) {
        Ok(()) => {}
        Err(Stop::Damaged(error)) => check.add(
            None,
            None,
            format!(
                "the file is damaged behind entry {}: {error}",
                check.found.entries
            ),
        ),
        Err(Stop::Error(error)) => return Err(error),
    }
    Ok(check.found)
}

/// Why a check could not go on.
enum Stop {
    /// The file is no whole database any more.
    Damaged(rusqlite::Error),
    Error(AuditError),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        match (&error, error.sqlite_error_code()) {
            (_, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
            | (rusqlite::Error::InvalidColumnType(..), _)
            | (rusqlite::Error::FromSqlConversionFailure(..), _)
            | (rusqlite::Error::IntegralValueOutOfRange(..), _)
            | (rusqlite::Error::Utf8Error(..), _) => Stop::Damaged(error),
            _ => Stop::Error(error.into()),
        }
    }
}

impl From<AuditError> for Stop {
    fn from(error: AuditError) -> Self {
        Stop::Error(error)
    }
}

struct Check<'a> {
    connection: &'a Connection,
    found: Verified,
}

impl Check<'_> {
    fn add(&mut self, seq: Option<u64>, consult: Option<&str>, what: String) {
        if self.found.findings.len() < MOST_FINDINGS {
            self.found.findings.push(Finding {
                seq,
                consult: consult.map(str::to_owned),
                what,
            });
        } else {
            self.found.more += 1;
        }
    }

    fn all(&mut self, wanted: Option<Bytes32>) -> Result<(), Stop> {
        let seen = self.log(wanted)?;
        if let (Some(head), false) = (wanted, seen) {
            self.add(
                None,
                None,
                format!(
                    "no entry has the hash {} that was kept outside: the log was cut off \
                     before that entry, or written anew",
                    hex(&head)
                ),
            );
        }
        self.end()?;
        self.strays()?;
        self.guards()
    }

    /// Walks along the chain. `true`: the wanted head is one of its entries.
    fn log(&mut self, wanted: Option<Bytes32>) -> Result<bool, Stop> {
        let mut seen = wanted == Some(NOTHING);
        let mut prev = NOTHING.to_vec();
        let mut next = 1;
        let connection = self.connection;
        let mut query =
            connection.prepare(&format!("SELECT {} FROM log ORDER BY seq", rows::COLUMNS))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let entry = match rows::entry(row) {
                Ok(entry) => entry,
                Err(error) => {
                    let what = format!("entry {next} cannot be read: {error}");
                    self.add(Some(next), None, what);
                    next += 1;
                    prev.clear();
                    continue;
                }
            };
            self.link(&entry, &prev, next);
            self.text_of(&entry)?;
            if let Some(head) = wanted {
                // Only a hash that is truly the entry's counts.
                seen |= entry.hash == head && entry.digest() == head;
            }
            next = entry.seq.saturating_add(1);
            self.found.entries += 1;
            self.found.head = Head {
                seq: entry.seq,
                hash: hex(&entry.hash),
            };
            prev = entry.hash;
        }
        Ok(seen)
    }

    fn link(&mut self, entry: &Entry, prev: &[u8], next: u64) {
        let seq = entry.seq;
        let at = |what: String| (Some(seq), Some(entry.consult.as_str()), what);
        if seq != next {
            let what = match seq.saturating_sub(next) {
                1 => format!("entry {next} is missing: entry {seq} comes in its place"),
                _ => format!(
                    "entries {next} to {} are missing: entry {seq} comes in their place",
                    seq.saturating_sub(1)
                ),
            };
            let (seq, consult, what) = at(what);
            self.add(seq, consult, what);
        }
        if entry.digest() != entry.hash.as_slice() {
            let (seq, consult, what) = at(format!(
                "entry {seq} ({} of consult {}) was changed: its hash is not that of its fields",
                entry.kind, entry.consult
            ));
            self.add(seq, consult, what);
        }
        if entry.prev != prev {
            let (seq, consult, what) = at(format!(
                "entry {seq} follows another entry than the one before it: that one was changed, \
                 moved or taken out"
            ));
            self.add(seq, consult, what);
        }
    }

    /// The text that an entry is about is stored as it was logged, or purged.
    fn text_of(&mut self, entry: &Entry) -> Result<(), Stop> {
        let (Some(part), Some(mac)) = (Part::of_kind(&entry.kind), &entry.content_mac) else {
            return Ok(());
        };
        let id = entry.consult.as_str();
        let purged: Option<u64> = self
            .connection
            .prepare_cached("SELECT seq FROM log WHERE consult = ?1 AND kind = 'purged'")?
            .query_row([id], |row| rows::number(row, 0))
            .optional()?;
        let stored = contents::find(self.connection, id, part)?;
        let (seq, word) = (entry.seq, part.word());
        let what = match (stored, purged) {
            (Some(stored), None) if stored.mac(part) == mac.as_slice() => {
                self.found.texts += 1;
                return Ok(());
            }
            (None, Some(_)) => {
                self.found.purged += 1;
                return Ok(());
            }
            (Some(_), None) => {
                format!("the stored {word} of consult {id} is not the one that entry {seq} logged")
            }
            (Some(_), Some(purged)) => format!(
                "the {word} of consult {id} is stored, though entry {purged} says that it was \
                 purged"
            ),
            (None, None) => format!(
                "the {word} of consult {id}, logged by entry {seq}, is gone, and no entry says \
                 that it was purged"
            ),
        };
        self.add(Some(seq), Some(id), what);
        Ok(())
    }

    /// The log ends where its counter says.
    fn end(&mut self) -> Result<(), Stop> {
        let tail = rows::tail(self.connection)?;
        let counter = rows::counter(self.connection)?;
        if let Some(fault) = rows::tail_fault(&tail, counter.as_ref()) {
            self.add(None, None, format!("the log's end: {fault}"));
        }
        Ok(())
    }

    /// Texts that no entry speaks of, and idempotency keys that lead astray.
    fn strays(&mut self) -> Result<(), Stop> {
        let connection = self.connection;
        let mut query = connection.prepare(
            "SELECT consult, part FROM contents WHERE NOT EXISTS (
                 SELECT 1 FROM log WHERE log.consult = contents.consult
                 AND content_mac IS NOT NULL AND CASE part
                     WHEN 'question' THEN kind = 'asked'
                     WHEN 'answer' THEN kind = 'answered'
                     ELSE kind IN ('released', 'rejected') END)
             ORDER BY id",
        )?;
        let rows = query.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?;
        for row in rows {
            let (id, part) = row?;
            let what = format!("a {part} of consult {id} is stored that no entry speaks of");
            self.add(None, Some(&id), what);
        }
        let mut query = connection.prepare(
            "SELECT idempotency.consult FROM idempotency WHERE NOT EXISTS (
                 SELECT 1 FROM contents WHERE contents.consult = idempotency.consult
                 AND part = 'question' AND extra LIKE lower(hex(digest)) || ':%')
             UNION ALL
             SELECT consult FROM contents WHERE part = 'question' AND extra IS NOT NULL
             AND NOT EXISTS (
                 SELECT 1 FROM idempotency WHERE idempotency.consult = contents.consult)",
        )?;
        for row in query.query_map([], |row| row.get::<_, String>(0))? {
            let id = row?;
            let what = format!("the idempotency key of consult {id} is not the one it came with");
            self.add(None, Some(&id), what);
        }
        Ok(())
    }

    /// What refuses changes is still there.
    fn guards(&mut self) -> Result<(), Stop> {
        for (name, text) in GUARDS {
            let there: Option<String> = self
                .connection
                .prepare("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            if there.as_deref() != Some(text) {
                let what = format!(
                    "the guard {name}, which refuses changes, was taken out of the file or changed"
                );
                self.add(None, None, what);
            }
        }
        Ok(())
    }
}
