//! The hash chain: what an entry is, and what its hash covers.
//!
//! Every field is preceded by its length, so that no two different entries
//! write the same bytes (`docs/audit-log.md` has the encoding in full).

use std::fmt::Write as _;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// A hash, a MAC or a salt.
pub(super) type Bytes32 = [u8; 32];

/// `prev` of the first entry.
pub(super) const NOTHING: Bytes32 = [0; 32];

/// Version of the encoding below.
const ENCODING: u64 = 1;

/// What an entry says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Asked,
    Answered,
    Cancelled,
    Failed,
    Interrupted,
    Released,
    Rejected,
    Purged,
}

impl Kind {
    /// As it stands in the file.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Asked => "asked",
            Kind::Answered => "answered",
            Kind::Cancelled => "cancelled",
            Kind::Failed => "failed",
            Kind::Interrupted => "interrupted",
            Kind::Released => "released",
            Kind::Rejected => "rejected",
            Kind::Purged => "purged",
        }
    }
}

/// One entry of the log, as it stands in the file. Also a forged one can be
/// held, so that it can be told what is wrong with it.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) seq: u64,
    /// Milliseconds since 1970.
    pub(super) at: u64,
    pub(super) kind: String,
    pub(super) consult: String,
    pub(super) key_id: Option<String>,
    pub(super) key_name: Option<String>,
    pub(super) person: Option<String>,
    pub(super) panel: String,
    pub(super) panel_hash: String,
    pub(super) outcome: Option<String>,
    pub(super) content_mac: Option<Vec<u8>>,
    pub(super) prev: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

impl Entry {
    /// The hash over all other fields.
    pub(super) fn digest(&self) -> Bytes32 {
        let mut to = Encoder(Vec::with_capacity(512));
        to.bytes(b"primum audit entry");
        to.number(ENCODING);
        to.number(self.seq);
        to.number(self.at);
        to.bytes(self.kind.as_bytes());
        to.bytes(self.consult.as_bytes());
        to.option(self.key_id.as_deref());
        to.option(self.key_name.as_deref());
        to.option(self.person.as_deref());
        to.bytes(self.panel.as_bytes());
        to.bytes(self.panel_hash.as_bytes());
        to.option(self.outcome.as_deref());
        to.option(self.content_mac.as_deref());
        to.bytes(&self.prev);
        Sha256::digest(to.0).into()
    }
}

/// HMAC of a stored text: `part` says what it is, `extra` goes with it.
pub(super) fn mac_of(salt: &[u8], part: &str, body: &str, extra: Option<&str>) -> Bytes32 {
    let mut to = Encoder(Vec::with_capacity(body.len() + 64));
    to.bytes(part.as_bytes());
    to.bytes(body.as_bytes());
    to.option(extra);
    // A key of any length is taken, so that there is no other branch.
    match Hmac::<Sha256>::new_from_slice(salt) {
        Ok(mac) => mac.chain_update(to.0).finalize().into_bytes().into(),
        Err(_) => NOTHING,
    }
}

/// What an idempotency key is stored as: it is the caller's text.
pub(super) fn digest_of_key(key_id: &str, key: &str) -> Bytes32 {
    let mut to = Encoder(Vec::new());
    to.bytes(b"primum idempotency");
    to.bytes(key_id.as_bytes());
    to.bytes(key.as_bytes());
    Sha256::digest(to.0).into()
}

/// As hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// From 64 hexadecimal digits of either case.
pub(super) fn from_hex(text: &str) -> Option<Bytes32> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = NOTHING;
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Writes fields so that their borders are part of what is hashed.
struct Encoder(Vec<u8>);

impl Encoder {
    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn option<T: AsRef<[u8]> + ?Sized>(&mut self, field: Option<&T>) {
        self.number(field.is_some().into());
        self.bytes(field.map_or(&[], AsRef::as_ref));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn entry() -> Entry {
        Entry {
            seq: 1,
            at: 2,
            kind: "asked".into(),
            consult: "c".into(),
            key_id: Some("k".into()),
            key_name: Some("n".into()),
            person: None,
            panel: "p".into(),
            panel_hash: "h".into(),
            outcome: None,
            content_mac: Some(vec![1; 32]),
            prev: vec![0; 32],
            hash: Vec::new(),
        }
    }

    #[test]
    fn every_field_and_every_border_changes_the_hash() {
        let changes: [fn(&mut Entry); 17] = [
            |_| {},
            |e| e.seq = 2,
            |e| e.at = 3,
            |e| e.kind = "answered".into(),
            |e| e.consult = "d".into(),
            |e| e.key_id = None,
            |e| e.key_id = Some(String::new()),
            |e| e.key_name = Some("m".into()),
            |e| e.person = Some(String::new()),
            |e| (e.panel, e.panel_hash) = ("ph".into(), String::new()),
            |e| (e.panel, e.panel_hash) = (String::new(), "ph".into()),
            |e| e.panel_hash = "i".into(),
            |e| e.outcome = Some("o".into()),
            |e| e.content_mac = None,
            |e| e.content_mac = Some(vec![2; 32]),
            |e| e.prev = vec![1; 32],
            |e| e.panel = "q".into(),
        ];
        let hashes: HashSet<_> = changes
            .iter()
            .map(|change| {
                let mut entry = entry();
                change(&mut entry);
                entry.digest()
            })
            .collect();
        assert_eq!(hashes.len(), changes.len());
    }

    #[test]
    fn the_format_is_what_old_logs_were_written_with() {
        assert_eq!(hex(&entry().digest()).get(..16), Some("021001b4337b566f"));
        assert_eq!(
            hex(&mac_of(&[7; 32], "question", "q", None)).get(..16),
            Some("49bf9c9527f55d02")
        );
    }

    #[test]
    fn hexadecimal_digits_go_there_and_back() {
        let bytes: Bytes32 = std::array::from_fn(|at| (at * 8) as u8);
        assert_eq!(from_hex(&hex(&bytes)), Some(bytes));
        assert_eq!(from_hex(&hex(&bytes).to_uppercase()), Some(bytes));
        assert_eq!(from_hex("12"), None);
        assert_eq!(from_hex(&"+1".repeat(32)), None);
    }
}
