//! What a call to a model is, and what comes back.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use super::ended::Ended;
pub use super::notice::Notice;
use crate::panel::model::Model;

/// One question to one model. Everything but `item` is part of its key.
#[derive(Clone)]
pub struct Call {
    /// Who is asked. Its provider must be known to the gateway.
    pub model: Arc<Model>,
    /// Stage, such as `draft`, `synthesis`, `guardian`, `match`, `review`.
    pub stage: &'static str,
    /// Seat: the agent's name in the panel (`judge` for judges), so that the
    /// same model in two seats is asked twice.
    pub seat: Arc<str>,
    /// Trial, from 1.
    pub trial: u32,
    /// What is said. The first may be a system message.
    pub messages: Vec<Message>,
    /// The shape that the answer must have; `None`: free text.
    pub schema: Option<Arc<Schema>>,
    /// The item it is asked for: a label for the journal and for people, not
    /// part of the key.
    pub item: Arc<str>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("model", &self.model.name)
            .field("stage", &self.stage)
            .field("seat", &self.seat)
            .field("trial", &self.trial)
            .field("messages", &self.messages)
            .field("schema", &self.schema.as_ref().map(|schema| schema.name()))
            .field("item", &self.item)
            .finish()
    }
}

/// One message. `Debug` hides the words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The words.
    pub content: Arc<str>,
}

/// Who speaks in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions.
    System,
    /// The question.
    User,
    /// The model's earlier answer.
    Assistant,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({:?}, {} bytes)", self.role, self.content.len())
    }
}

/// A JSON Schema with the name under which it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    name: &'static str,
    value: Value,
    /// The value as JSON; every call needs it for its key.
    text: String,
}

impl Schema {
    /// A schema under a name, `primum_…`, by which a simulated model knows its
    /// task. It is to be strict: every property required, no others allowed.
    pub fn new(name: &'static str, value: Value) -> Self {
        let text = value.to_string();
        Self { name, value, text }
    }

    /// Name and title.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The schema itself.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The schema as JSON, in the order in which it is sent.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A finished call. `Debug` hides the words.
#[derive(Clone)]
pub struct Answer {
    /// The model's words, whole.
    pub text: Arc<str>,
    /// The validated JSON, when a schema was asked for.
    pub json: Option<Arc<Value>>,
    /// Tokens of the question asked once and answered at once: the first
    /// prompt, the last completion. Retries and repair turns depend on chance
    /// and stand in the journal only.
    pub usage: Usage,
    /// Dollars of that usage by the panel's price; `None`: no price.
    pub usd: Option<f64>,
    /// Seconds from sending to the end of the answer, summed over attempts,
    /// the waits between them, and repair turns; what a call waits before it is
    /// first sent is left out; as journaled.
    pub seconds: f64,
    /// How the answer ended, as the provider's word for it is understood.
    pub ended: Ended,
    /// What else its reader must know: of every turn of the call, each once, in
    /// their order.
    pub notices: Vec<Notice>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("text_bytes", &self.text.len())
            .field("json", &self.json.is_some())
            .field("usage", &self.usage)
            .field("usd", &self.usd)
            .field("seconds", &self.seconds)
            .field("ended", &self.ended)
            .field("notices", &self.notices)
            .finish()
    }
}

impl Answer {
    /// Why an outcome that rests on this answer is not complete, in words; none
    /// when all is well. `name` is who answered, `what` the thing that was said
    /// (`draft`).
    ///
    /// That nobody said how an answer ended is no trouble where it has a shape:
    /// JSON that fits its schema is whole. Any other word than that of a natural
    /// end is one there too.
    pub fn troubles(&self, name: &str, what: &str) -> Vec<String> {
        let worse = self.notices.iter().filter(|notice| notice.degrades());
        let is_whole = self.json.is_some() && self.ended == Ended::Unknown(None);
        let ended = self.ended.trouble(name, what).filter(|_| !is_whole);
        let ended = ended.into_iter();
        ended
            .chain(worse.map(|notice| format!("{name}: {}", notice.words())))
            .collect()
    }

    /// The id of the model that answered, where it is not the one that was asked
    /// for.
    pub fn other_model(&self) -> Option<&str> {
        self.notices.iter().find_map(|notice| match notice {
            Notice::OtherModel { answered, .. } => Some(answered.as_str()),
            _ => None,
        })
    }
}

/// Tokens of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Prompt tokens.
    pub prompt: u64,
    /// Completion tokens, reasoning included.
    pub completion: u64,
    /// Reasoning tokens, a part of `completion`.
    pub reasoning: u64,
    /// Prompt tokens that the provider had cached, a part of `prompt`.
    pub cached: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.prompt = self.prompt.saturating_add(other.prompt);
        self.completion = self.completion.saturating_add(other.completion);
        self.reasoning = self.reasoning.saturating_add(other.reasoning);
        self.cached = self.cached.saturating_add(other.cached);
    }
}

/// Why a call has no answer. Says nothing of prompts or answers, except the
/// provider's own words about an error, shortened and with the prompt's text
/// taken out.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// What kind of failure.
    pub kind: FailureKind,
    /// Provider, model and what happened, in one line for people.
    pub message: String,
    /// Seconds of its attempts and of the waits between them; 0 when nothing was
    /// sent.
    pub seconds: f64,
}

impl CallError {
    /// A failure that took no time.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            seconds: 0.0,
        }
    }

    /// The same after so many seconds.
    #[must_use]
    pub fn after(self, seconds: f64) -> Self {
        Self { seconds, ..self }
    }
}

/// Kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The key was refused (401, 403).
    Refused,
    /// The model or the address is unknown (404).
    NotFound,
    /// The account has no quota left.
    Quota,
    /// Another 4xx: the request itself is not accepted.
    BadRequest,
    /// The prompt does not fit into the model's context.
    TooLong,
    /// Still 429 after all attempts.
    RateLimited,
    /// Still 5xx after all attempts.
    Server,
    /// No connection.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// The answer was cut short on its way.
    Truncated,
    /// The answer had no text.
    Empty,
    /// The answer came and could not be decoded: it is no JSON, or has a shape
    /// that nobody here knows.
    Undecodable,
    /// Thinking could not be told from the answer, or it was thinking alone.
    Thoughts,
    /// The answer reached its limit of tokens before it was of any use.
    OutputLimit,
    /// The model declined, or a filter of the provider's stopped it.
    Declined,
    /// The answer did not fit the schema, nor did its repair.
    Invalid,
    /// Not sent: the budget is reached.
    Budget,
    /// Not sent: the run is being stopped.
    Stopped,
    /// The journal could not be written; nothing may be built on the answer.
    Journal,
    /// Not sent: the provider keeps failing and is left alone for a while (only
    /// in a service).
    CircuitOpen,
    /// Not sent: its provider asks for a longer pause than is waited for.
    Paused,
    /// This machine is at a limit of its own, such as that of open files.
    Machine,
}

impl FailureKind {
    /// Every kind, in the order of their definition.
    pub const ALL: [FailureKind; 22] = [
        FailureKind::Refused,
        FailureKind::NotFound,
        FailureKind::Quota,
        FailureKind::BadRequest,
        FailureKind::TooLong,
        FailureKind::RateLimited,
        FailureKind::Server,
        FailureKind::Unreachable,
        FailureKind::Timeout,
        FailureKind::Truncated,
        FailureKind::Empty,
        FailureKind::Undecodable,
        FailureKind::Thoughts,
        FailureKind::OutputLimit,
        FailureKind::Declined,
        FailureKind::Invalid,
        FailureKind::Budget,
        FailureKind::Stopped,
        FailureKind::Journal,
        FailureKind::CircuitOpen,
        FailureKind::Paused,
        FailureKind::Machine,
    ];

    /// Is the answer at fault, so that an equal one will not be better?
    pub(super) fn is_of_the_answer(self) -> bool {
        matches!(self, FailureKind::Undecodable | FailureKind::Thoughts)
    }

    /// The word for the journal and for people; the same as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::Refused => "refused",
            FailureKind::NotFound => "not-found",
            FailureKind::Quota => "quota",
            FailureKind::BadRequest => "bad-request",
            FailureKind::TooLong => "too-long",
            FailureKind::RateLimited => "rate-limited",
            FailureKind::Server => "server",
            FailureKind::Unreachable => "unreachable",
            FailureKind::Timeout => "timeout",
            FailureKind::Truncated => "truncated",
            FailureKind::Empty => "empty",
            FailureKind::Undecodable => "undecodable",
            FailureKind::Thoughts => "thoughts",
            FailureKind::OutputLimit => "output-limit",
            FailureKind::Declined => "declined",
            FailureKind::Invalid => "invalid",
            FailureKind::Budget => "budget",
            FailureKind::Stopped => "stopped",
            FailureKind::Journal => "journal",
            FailureKind::CircuitOpen => "circuit-open",
            FailureKind::Paused => "paused",
            FailureKind::Machine => "machine",
        }
    }

    /// The kind of that word; `None` for a word of a later version.
    pub fn from_word(word: &str) -> Option<FailureKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The kind in words, for outcomes; messages of providers stay in the
    /// journal.
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "the key was refused",
            Self::NotFound => "model not found",
            Self::Quota => "no quota left",
            Self::BadRequest => "the request was not accepted",
            Self::TooLong => "the prompt does not fit the model's context",
            Self::RateLimited => "rate limited",
            Self::Server => "server error",
            Self::Unreachable => "unreachable",
            Self::Timeout => "no answer in time",
            Self::Truncated => "the answer was cut short",
            Self::Empty => "the answer was empty",
            Self::Undecodable => "the answer could not be decoded",
            Self::Thoughts => "thinking could not be told from the answer",
            Self::OutputLimit => "the answer reached its limit of tokens",
            Self::Declined => "the model or a filter declined",
            Self::Invalid => "the answer did not fit its form",
            Self::Budget => "budget reached",
            Self::Stopped => "stopped",
            Self::Journal => "the journal could not be written",
            Self::CircuitOpen => "not asked: its provider keeps failing",
            Self::Paused => "not asked: its provider asks for a long pause",
            Self::Machine => "this machine is at its limit",
        }
    }
}
