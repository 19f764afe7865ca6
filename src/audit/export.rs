//! The log as JSON lines, for other tools.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::chain::{Entry, NOTHING, hex};
use super::contents::{self, Content, Part};
use super::error::AuditError;
use super::format::open_for_reading;
use super::model::Head;
use super::rows;

/// The form of the lines.
const FORM: &str = "primum-audit/1";

#[derive(Serialize)]
struct Line<'a> {
    format: &'static str,
    seq: u64,
    at: Option<String>,
    at_ms: u64,
    kind: &'a str,
    consult: &'a str,
    key_id: Option<&'a str>,
    key_name: Option<&'a str>,
    person: Option<&'a str>,
    panel: &'a str,
    panel_hash: &'a str,
    outcome: Option<&'a str>,
    content_mac: Option<String>,
    prev: String,
    hash: String,
    content: Option<Text>,
}

#[derive(Serialize)]
struct Text {
    part: &'static str,
    salt: String,
    body: String,
    extra: Option<String>,
}

#[derive(Serialize)]
struct Last<'a> {
    head: HeadLine<'a>,
}

#[derive(Serialize)]
struct HeadLine<'a> {
    seq: u64,
    hash: &'a str,
}

/// RFC 3339 in UTC with milliseconds; `None` for a time beyond its years.
fn rfc3339(ms: u64) -> Option<String> {
    let ms = i64::try_from(ms).ok()?;
    let time = jiff::Timestamp::from_millisecond(ms).ok()?;
    Some(format!("{time:.3}"))
}

/// Writes one log entry a line, each with its text where that is still stored,
/// and the head last. What is written holds patients' text. Works also while
/// another process writes the store.
///
/// # Errors
/// [`AuditError::Missing`], [`AuditError::Foreign`], [`AuditError::Newer`] for
/// files that are no store of ours, [`AuditError::Store`] when it cannot be
/// read or `to` cannot be written.
pub fn export(path: &Path, to: &mut dyn Write) -> Result<Head, AuditError> {
    let mut connection = open_for_reading(path)?;
    let snapshot = connection.transaction()?;
    let mut head = Head {
        seq: 0,
        hash: hex(&NOTHING),
    };
    let mut query = snapshot.prepare(&format!("SELECT {} FROM log ORDER BY seq", rows::COLUMNS))?;
    for entry in query.query_map([], rows::entry)? {
        let entry = entry?;
        let content = match (Part::of_kind(&entry.kind), &entry.content_mac) {
            (Some(part), Some(_)) => {
                contents::find(&snapshot, &entry.consult, part)?.map(|text| (part, text))
            }
            _ => None,
        };
        put(to, &line(&entry, content))?;
        head = Head {
            seq: entry.seq,
            hash: hex(&entry.hash),
        };
    }
    let last = HeadLine {
        seq: head.seq,
        hash: &head.hash,
    };
    put(to, &Last { head: last })?;
    to.flush().map_err(|error| unwritten(&error))?;
    Ok(head)
}

fn line(entry: &Entry, content: Option<(Part, Content)>) -> Line<'_> {
    Line {
        format: FORM,
        seq: entry.seq,
        at: rfc3339(entry.at),
        at_ms: entry.at,
        kind: &entry.kind,
        consult: &entry.consult,
        key_id: entry.key_id.as_deref(),
        key_name: entry.key_name.as_deref(),
        person: entry.person.as_deref(),
        panel: &entry.panel,
        panel_hash: &entry.panel_hash,
        outcome: entry.outcome.as_deref(),
        content_mac: entry.content_mac.as_deref().map(hex),
        prev: hex(&entry.prev),
        hash: hex(&entry.hash),
        content: content.map(|(part, text)| Text {
            part: part.word(),
            salt: hex(&text.salt),
            body: text.body,
            extra: text.extra,
        }),
    }
}

fn put(to: &mut dyn Write, line: &impl Serialize) -> Result<(), AuditError> {
    let mut text = serde_json::to_vec(line).map_err(|error| AuditError::Store {
        reason: format!("an entry cannot be written as JSON: {error}"),
    })?;
    text.push(b'\n');
    to.write_all(&text).map_err(|error| unwritten(&error))
}

fn unwritten(error: &std::io::Error) -> AuditError {
    AuditError::Store {
        reason: format!("the export cannot be written: {error}"),
    }
}
