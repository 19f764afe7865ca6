//! What goes into the store and what comes out of it.

use std::fmt;

use crate::clinical::PatientText;

/// A key, as the log names it. A name and a person, never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Id of the key.
    pub key_id: String,
    /// Its name.
    pub key_name: String,
    /// Whose key it is, for a personal one.
    pub person: Option<String>,
}

/// A key that the caller chose, so that a repeated request is one consult.
#[derive(Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// As the caller sent it. Only its hash is stored.
    pub key: String,
    /// SHA-256 of the body that came with it.
    pub body_sha256: [u8; 32],
}

impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Idempotency({} bytes)", self.key.len())
    }
}

/// A consult as it is asked.
#[derive(Clone, Debug)]
pub struct NewConsult {
    /// Unique; stays in the log for ever.
    pub id: String,
    /// Who asks.
    pub who: Who,
    /// Name of the panel.
    pub panel: String,
    /// Hash of the panel as it is.
    pub panel_hash: String,
    /// What was asked, as canonical JSON.
    pub question: PatientText,
    /// So that it can be found again.
    pub idempotency: Option<Idempotency>,
}

/// How a consult ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The caller took it back.
    Cancelled,
    /// It failed, with a code (never text of a patient).
    Failed(String),
    /// The service ended before it.
    Interrupted,
}

/// What a clinician says of an answer.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Released; else rejected.
    pub release: bool,
    /// Who says so.
    pub who: Who,
    /// In their words.
    pub note: Option<PatientText>,
}

/// Where a consult stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Asked, and nothing came of it yet.
    Running,
    /// Answered.
    Answered,
    /// Taken back by the caller.
    Cancelled,
    /// Failed; the outcome is the code.
    Failed,
    /// The service ended before it.
    Interrupted,
    /// What was stored of it has been deleted.
    Purged,
}

/// Whether a clinician released an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseState {
    /// Nobody has decided.
    Unreleased,
    /// Released.
    Released,
    /// Rejected.
    Rejected,
}

/// The release of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Which it is.
    pub state: ReleaseState,
    /// Who decided.
    pub by: Option<Who>,
    /// When, in milliseconds since 1970.
    pub at: Option<u64>,
    /// In their words; gone after a purge.
    pub note: Option<PatientText>,
}

/// A consult with all that is stored of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: String,
    /// Who asked it.
    pub who: Who,
    /// Name of the panel.
    pub panel: String,
    /// Hash of the panel as it was.
    pub panel_hash: String,
    /// When it was asked, in milliseconds since 1970.
    pub created_at: u64,
    /// When it ended, in milliseconds since 1970.
    pub ended_at: Option<u64>,
    /// Where it stands.
    pub state: State,
    /// Of an answer its outcome, of a failure its code.
    pub outcome: Option<String>,
    /// What was asked; gone after a purge.
    pub question: Option<PatientText>,
    /// What was answered; gone after a purge.
    pub answer: Option<PatientText>,
    /// What the caller may replay; gone after a purge.
    pub events: Option<String>,
    /// Whether a clinician released it.
    pub release: Release,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("id", &self.id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A consult in a list: nothing of its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Number of the log entry in which it was asked.
    pub seq: u64,
    /// Its id.
    pub id: String,
    /// Who asked it.
    pub who: Who,
    /// Name of the panel.
    pub panel: String,
    /// When it was asked, in milliseconds since 1970.
    pub created_at: u64,
    /// When it ended, in milliseconds since 1970.
    pub ended_at: Option<u64>,
    /// Where it stands.
    pub state: State,
    /// Of an answer its outcome, of a failure its code.
    pub outcome: Option<String>,
    /// Whether a clinician released it.
    pub release: ReleaseState,
}

/// The log's last entry. Kept outside, it shows later that nothing before it
/// was changed or cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of the entry; 0 for an empty log.
    pub seq: u64,
    /// Its hash, 64 hexadecimal digits; all zeros for an empty log.
    pub hash: String,
}
