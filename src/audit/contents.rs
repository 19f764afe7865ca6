//! Stored texts: written once, read, and deleted as a whole.

use rusqlite::{Connection, OptionalExtension};

use super::chain::{Bytes32, digest_of_key, from_hex, hex, mac_of};
use super::error::AuditError;
use super::model::Idempotency;

/// Bytes of padding: what SQLite keeps of a row in a page of its tree is less
/// than one page of 4,096 bytes (see `pad` in the format).
const PAD: i64 = 4_096;

/// Which text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Question,
    Answer,
    Note,
}

impl Part {
    pub(super) fn word(self) -> &'static str {
        match self {
            Part::Question => "question",
            Part::Answer => "answer",
            Part::Note => "note",
        }
    }

    /// The text that an entry of this kind is about.
    pub(super) fn of_kind(kind: &str) -> Option<Part> {
        match kind {
            "asked" => Some(Part::Question),
            "answered" => Some(Part::Answer),
            "released" | "rejected" => Some(Part::Note),
            _ => None,
        }
    }
}

/// A text as it is stored.
pub(super) struct Content {
    pub(super) salt: Vec<u8>,
    pub(super) body: String,
    pub(super) extra: Option<String>,
}

impl Content {
    /// Its HMAC, as the log has it.
    pub(super) fn mac(&self, part: Part) -> Bytes32 {
        mac_of(&self.salt, part.word(), &self.body, self.extra.as_deref())
    }
}

/// Stores a text under a new salt and returns its HMAC for the log.
pub(super) fn insert(
    connection: &Connection,
    consult: &str,
    part: Part,
    body: &str,
    extra: Option<&str>,
) -> Result<Bytes32, AuditError> {
    let mut salt: Bytes32 = [0; 32];
    getrandom::fill(&mut salt).map_err(|error| AuditError::Store {
        reason: format!("no randomness from the operating system: {error}"),
    })?;
    connection
        .prepare_cached(
            "INSERT INTO contents (consult, part, pad, salt, body, extra)
             VALUES (?1, ?2, zeroblob(?3), ?4, ?5, ?6)",
        )?
        .execute((consult, part.word(), PAD, salt, body, extra))?;
    Ok(mac_of(&salt, part.word(), body, extra))
}

/// A text, if it is (still) stored.
pub(super) fn find(
    connection: &Connection,
    consult: &str,
    part: Part,
) -> Result<Option<Content>, AuditError> {
    let mut query = connection.prepare_cached(
        "SELECT salt, body, extra FROM contents WHERE consult = ?1 AND part = ?2",
    )?;
    Ok(query
        .query_row([consult, part.word()], |row| {
            Ok(Content {
                salt: row.get(0)?,
                body: row.get(1)?,
                extra: row.get(2)?,
            })
        })
        .optional()?)
}

/// Deletes all texts of a consult.
pub(super) fn delete(connection: &Connection, consult: &str) -> Result<(), AuditError> {
    connection
        .prepare_cached("DELETE FROM contents WHERE consult = ?1")?
        .execute([consult])?;
    connection
        .prepare_cached("DELETE FROM idempotency WHERE consult = ?1")?
        .execute([consult])?;
    Ok(())
}

/// What goes with a question so that the request can be recognised: the hashes
/// of its idempotency key and of its body.
pub(super) fn extra_of(key_id: &str, idempotency: &Idempotency) -> String {
    format!(
        "{}:{}",
        hex(&digest_of_key(key_id, &idempotency.key)),
        hex(&idempotency.body_sha256)
    )
}

/// Makes a consult findable by its idempotency key.
pub(super) fn remember(
    connection: &Connection,
    key_id: &str,
    key: &str,
    consult: &str,
) -> Result<(), AuditError> {
    connection
        .prepare_cached("INSERT INTO idempotency (digest, consult) VALUES (?1, ?2)")?
        .execute((digest_of_key(key_id, key), consult))?;
    Ok(())
}

/// The consult under an idempotency key, and the hash of its body.
pub(super) fn idempotent(
    connection: &Connection,
    key_id: &str,
    key: &str,
) -> Result<Option<(String, Bytes32)>, AuditError> {
    let digest = digest_of_key(key_id, key);
    let consult: Option<String> = connection
        .prepare_cached("SELECT consult FROM idempotency WHERE digest = ?1")?
        .query_row([digest], |row| row.get(0))
        .optional()?;
    let Some(consult) = consult else {
        return Ok(None);
    };
    let body = find(connection, &consult, Part::Question)?
        .and_then(|content| content.extra)
        .and_then(|extra| {
            let (known, body) = extra.split_once(':')?;
            (from_hex(known) == Some(digest)).then(|| from_hex(body))?
        });
    match body {
        Some(body) => Ok(Some((consult, body))),
        None => Err(AuditError::Broken {
            found: "an idempotency key leads to a consult that did not have it".into(),
        }),
    }
}
