//! One attempt over HTTP: a request goes out, and what comes back is either a
//! [`Reply`] or a [`Failure`] that says whether another attempt can help.
//!
//! What lives here: the shape of requests and answers in OpenAI's chat
//! completions, as they are met in the wild rather than as they are specified;
//! the only import of async-openai (`openai.rs`), since its minor versions
//! break. What may come in: a call, its provider's address, mode and key. What
//! may not: retries, limits, the journal. Nothing here writes a log line with a
//! prompt, an answer or a key in it.

mod classify;
mod envelope;
mod error_body;
mod error_inside;
mod openai;
mod pause_words;
mod refusals;
mod reply;
mod request;
mod retry_after;
mod stream;
mod thinking;
mod thoughts;
mod usage;
mod window;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::call::{FailureKind, Notice, Usage};
use crate::panel::model::Provider;
use envelope::Opened;
pub(super) use request::{Body, prompt_bytes};
pub(super) use retry_after::choose as choose_pause;
pub(super) use stream::Streamed;
pub use thoughts::Thoughts;
pub(super) use window::window_told;

/// A provider's door.
pub(super) struct Transport {
    client: openai::Client,
    /// To take them out of the provider's own words, should they stand there.
    secrets: Secrets,
}

/// What a provider is told in confidence.
#[derive(Clone, Default)]
pub(super) struct Secrets {
    pub(super) key: Option<SecretString>,
    /// Values of headers, by their names.
    pub(super) headers: Vec<(String, SecretString)>,
}

/// What a model answered.
pub(super) struct Reply {
    /// The words; never empty.
    pub(super) text: String,
    pub(super) usage: Usage,
    /// The provider did not say; estimated from the lengths.
    pub(super) usage_estimated: bool,
    /// What else its reader must know.
    pub(super) notices: Vec<Notice>,
    /// The model's id in the answer.
    pub(super) model: Option<String>,
    pub(super) finish_reason: Option<String>,
}

/// Why an attempt has no answer.
pub(super) struct Failure {
    pub(super) kind: FailureKind,
    /// Can another attempt help?
    pub(super) retry: bool,
    /// The HTTP status, if one came.
    pub(super) status: Option<u16>,
    /// What happened, the provider's own words in it: one line, shortened,
    /// without the prompt's text and the key.
    pub(super) words: String,
    /// The pauses that the provider asked for, in all forms that apply; see
    /// [`choose_pause`].
    pub(super) pauses: Vec<Duration>,
    /// It is about a limit that is counted by the day.
    pub(super) daily: bool,
    /// A 429: the provider has enough.
    pub(super) pushed_back: bool,
    /// Tokens that it took all the same, where the provider says so.
    pub(super) usage: Usage,
    /// The model may have worked on it, and nobody says how much: the request
    /// was on its way, and no word came that it was refused.
    pub(super) may_be_billed: bool,
}

impl Failure {
    /// One that says no more than this.
    pub(super) fn new(kind: FailureKind, retry: bool, words: String) -> Self {
        Failure {
            kind,
            retry,
            status: None,
            words,
            pauses: Vec::new(),
            daily: false,
            pushed_back: false,
            usage: Usage::default(),
            may_be_billed: false,
        }
    }
}

impl Transport {
    /// `most_idle`: connections that may be kept open for later.
    ///
    /// # Errors
    /// What is wrong with the address or a secret, in one line without it.
    pub(super) fn new(
        provider: &Provider,
        secrets: Secrets,
        most_idle: usize,
    ) -> Result<Self, String> {
        Ok(Transport {
            client: openai::Client::new(provider, &secrets, most_idle)?,
            secrets,
        })
    }

    /// Sends a request once. The caller bounds the time.
    pub(super) async fn send(&self, body: &Body<'_>) -> Result<Reply, Failure> {
        self.exchange(body).await.map(|(_, reply)| reply)
    }

    /// Sends a request once, and says where the thoughts of the answer were.
    pub(super) async fn send_and_look(
        &self,
        body: &Body<'_>,
    ) -> Result<(Reply, Thoughts), Failure> {
        let (answer, reply) = self.exchange(body).await?;
        let thoughts = thoughts::find(&answer.value, &reply.text);
        Ok((reply, thoughts))
    }

    async fn exchange(&self, body: &Body<'_>) -> Result<(Opened, Reply), Failure> {
        let answer = self.client.complete(body).await.map_err(|failure| {
            self.without_secrets(classify::classify(failure), body, &Value::Null)
        })?;
        match reply::read(&answer, body) {
            Ok(reply) => Ok((answer, reply)),
            Err(failure) => Err(self.without_secrets(failure, body, &answer.value)),
        }
    }

    /// Sends a request once, to be answered piece by piece.
    pub(super) async fn stream(&self, body: &Body<'_>) -> Result<Streamed, Failure> {
        let streamed = self.client.stream(body).await;
        streamed.map_err(|failure| {
            self.without_secrets(classify::classify(failure), body, &Value::Null)
        })
    }

    /// The list of models, with the status that it came with.
    pub(super) async fn models(&self) -> Result<(u16, Value), Failure> {
        self.client.models().await.map_err(classify::classify)
    }

    /// What llama.cpp's server tells of itself.
    pub(super) async fn props(&self) -> Result<Value, Failure> {
        self.client.props().await.map_err(classify::classify)
    }

    /// Asks whether anybody is there: the status of the list of models. The
    /// caller bounds the time.
    pub(super) async fn probe(&self) -> Result<u16, FailureKind> {
        self.client.probe().await
    }

    /// The failure without keys, and without the words of the prompt and of
    /// what was answered.
    fn without_secrets(&self, mut failure: Failure, body: &Body<'_>, answer: &Value) -> Failure {
        for (_, value) in &self.secrets.headers {
            let value = value.expose_secret().trim();
            if !value.is_empty() {
                failure.words = failure.words.replace(value, "[key]");
            }
            // "Bearer KEY": a server quotes the key alone.
            let parts = value.split_whitespace();
            for part in parts.filter(|part| part.len() >= LEAST_OF_A_KEY) {
                failure.words = failure.words.replace(part, "[key]");
            }
        }
        let asked = body.call.messages.iter().map(|message| &*message.content);
        let said = reply::said(answer);
        // A secret in another spelling (`%2F`, `\/`, `&#43;`) is a quotation too.
        let headers = self.secrets.headers.iter().map(|(_, value)| value);
        let secrets = headers.chain(&self.secrets.key);
        failure.words = super::words::presentable(
            &failure.words,
            asked
                .chain(said.iter().map(String::as_str))
                .chain(secrets.map(ExposeSecret::expose_secret)),
            self.secrets.key.as_ref(),
        );
        failure
    }
}

/// Parts of a secret header that are shorter are no key: `Bearer`.
const LEAST_OF_A_KEY: usize = 8;

/// Most characters of a name in an answer that are kept.
const MOST_OF_A_NAME: usize = 80;

/// A name that a provider gave, such as a model's id: one short line without
/// the prompt's text.
fn plain_name(name: &str, body: &Body<'_>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:/@+-".contains(c);
    if name.len() <= MOST_OF_A_NAME && name.chars().all(plain) {
        return name.to_owned();
    }
    let texts = body.call.messages.iter().map(|message| &*message.content);
    let name = super::words::presentable(name, texts, None);
    name.chars().take(MOST_OF_A_NAME).collect()
}
