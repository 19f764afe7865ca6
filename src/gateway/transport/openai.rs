//! The only file that knows async-openai.
//!
//! The crate is used for its chat endpoint with types of ours, through a
//! service of ours, because its own path loses what we need: it retries by
//! itself, hides the headers of a 429, turns error bodies off the
//! specification into decoding errors without a status, and writes bodies that
//! it cannot decode into the log. Here every answer that cannot be read, or is
//! no 2xx, becomes an [`HttpFailure`] before the crate sees it; one that can
//! goes round it, decoded once and leniently, and the crate gets `null`.

use std::cell::Cell;
use std::sync::Once;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use futures::future::BoxFuture;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;

use super::Secrets;
use super::envelope::{self, Fault, Opened};
use super::stream::{self, Streamed};
use crate::gateway::call::FailureKind;
use crate::panel::model::Provider;

/// Most bytes of an error body that are read.
const MOST_OF_AN_ERROR: usize = 64 * 1024;
/// Most bytes of an answer; a longer one is a fault of the server's.
const MOST_OF_AN_ANSWER: usize = 16 * 1024 * 1024;
/// Longest time for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Connections that lie idle longer are closed, before most servers do it.
const IDLE: Duration = Duration::from_secs(50);

/// What HTTP gave instead of an answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpFailure {
    /// A status that is not 2xx.
    #[error("status {status}")]
    Status {
        status: u16,
        headers: HeaderMap,
        /// At most the first 64 KiB.
        body: Vec<u8>,
    },
    /// No connection, or it was closed before an answer began. `sent`: the
    /// request may have arrived.
    #[error("no connection: {reason}")]
    Unreachable { reason: String, sent: bool },
    /// This machine has no room for the request.
    #[error("not sent: {reason}")]
    Machine { reason: String },
    /// The server took too long to connect.
    #[error("timeout: {reason}")]
    Timeout { reason: String },
    /// The answer ended before its end.
    #[error("cut short: {reason}")]
    Truncated { reason: String },
    /// The answer came and cannot be read.
    #[error("not read: {}", .0.words)]
    Unreadable(Fault),
    /// The request could not be built.
    #[error("not sent: {reason}")]
    Local { reason: String },
}

tokio::task_local! {
    /// Where the service leaves the answer of the call that it is part of.
    static ANSWER: Cell<Option<Opened>>;
}

/// A client for one provider.
pub(super) struct Client {
    chat: async_openai::Client<Address>,
    http: reqwest::Client,
    models: String,
    headers: HeaderMap,
    query: Vec<(String, String)>,
}

impl Client {
    pub(super) fn new(
        provider: &Provider,
        secrets: &Secrets,
        most_idle: usize,
    ) -> Result<Self, String> {
        let address = Address::new(provider, secrets)?;
        let http = http_client(
            &address.base,
            most_idle.min(provider.limits.in_flight as usize),
        )?;
        let recorder = Recorder(http.clone());
        Ok(Client {
            models: format!("{}/models", address.base),
            headers: address.headers.clone(),
            query: address.query.clone(),
            chat: async_openai::Client::build(http.clone(), address).with_http_service(recorder),
            http,
        })
    }

    /// The status with which the server answers when it is asked for its
    /// models; the answer itself is not read.
    pub(super) async fn probe(&self) -> Result<u16, FailureKind> {
        let request = self.http.get(&self.models).headers(self.headers.clone());
        let request = request.query(&self.query);
        match request.send().await {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) if error.is_timeout() => Err(FailureKind::Timeout),
            Err(_) => Err(FailureKind::Unreachable),
        }
    }

    /// The list of models; with an error status an empty value.
    pub(super) async fn models(&self) -> Result<(u16, Value), HttpFailure> {
        self.get(&self.models).await
    }

    /// What llama.cpp's server tells of itself, beside the version's path.
    pub(super) async fn props(&self) -> Result<Value, HttpFailure> {
        let root = self.models.strip_suffix("/models").unwrap_or_default();
        let root = root.strip_suffix("/v1").unwrap_or(root);
        Ok(self.get(&format!("{root}/props")).await?.1)
    }

    async fn get(&self, address: &str) -> Result<(u16, Value), HttpFailure> {
        let request = self.http.get(address).headers(self.headers.clone());
        let response = request.query(&self.query).send().await.map_err(no_answer)?;
        let status = response.status().as_u16();
        let (body, ended) = read(response, MOST_OF_AN_ANSWER).await;
        ended.map_err(|reason| HttpFailure::Truncated { reason })?;
        let told = serde_json::from_slice(&body).ok();
        let told = told.filter(|_| (200..300).contains(&status));
        Ok((status, told.unwrap_or_default()))
    }

    /// Sends a chat completion once, to be answered piece by piece.
    pub(super) async fn stream(&self, body: &impl Serialize) -> Result<Streamed, HttpFailure> {
        let mut body = serde_json::to_value(body).unwrap_or_default();
        body["stream"] = true.into();
        body["stream_options"] = serde_json::json!({"include_usage": true});
        let address = self.models.strip_suffix("/models").unwrap_or_default();
        let request = self.http.post(format!("{address}/chat/completions"));
        let request = request.headers(self.headers.clone()).query(&self.query);
        let request = request.json(&body).build().map_err(no_answer)?;
        let started = Instant::now();
        let mut response = begin(&self.http, request).await?;
        let mut reader = stream::Reader::default();
        let mut length = 0;
        while let Some(bytes) = response.chunk().await.map_err(|error| {
            let reason = reason(error);
            HttpFailure::Truncated { reason }
        })? {
            reader.take(&bytes, started.elapsed());
            length += bytes.len();
            if length > MOST_OF_AN_ANSWER {
                let reason = format!("longer than {MOST_OF_AN_ANSWER} bytes");
                return Err(HttpFailure::Truncated { reason });
            }
        }
        let not_one = || unexpected("the server does not answer piece by piece");
        reader.end().ok_or_else(not_one)
    }

    /// Sends a chat completion once.
    pub(super) async fn complete(&self, body: &impl Serialize) -> Result<Opened, HttpFailure> {
        let chat = self.chat.chat();
        let call = async {
            let nothing: Result<Value, OpenAIError> = chat.create_byot(body).await;
            nothing.map(|_| ANSWER.with(Cell::take))
        };
        let answer = ANSWER.scope(Cell::new(None), call).await;
        let answer = answer.map_err(|error| match error {
            OpenAIError::Boxed(error) => match error.downcast::<HttpFailure>() {
                Ok(failure) => *failure,
                Err(_) => unexpected("an unknown failure"),
            },
            // None of these can hold more than a name here: what they would
            // print may be a body, so it is left out.
            OpenAIError::InvalidArgument(_) => unexpected("the request could not be written"),
            _ => unexpected("the request could not be built"),
        })?;
        answer.ok_or_else(|| unexpected("an answer that was not kept"))
    }
}

fn unexpected(reason: &str) -> HttpFailure {
    HttpFailure::Local {
        reason: reason.into(),
    }
}

/// Where a provider is, and how it is greeted. Nothing comes from the
/// environment.
struct Address {
    base: String,
    headers: HeaderMap,
    query: Vec<(String, String)>,
    /// The crate asks for a key; ours is in the headers alone.
    no_key: SecretString,
}

impl Address {
    fn new(provider: &Provider, secrets: &Secrets) -> Result<Self, String> {
        let base = provider.base_url.trim().trim_end_matches('/').to_owned();
        let url = reqwest::Url::parse(&base).map_err(|error| format!("base_url: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err("base_url must begin with http:// or https://".into());
        }
        let mut headers = HeaderMap::new();
        let agent = concat!("primum/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        // Some servers compress what nobody asked them to, and do not say so.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let key = secrets.key.as_ref().map(|key| key.expose_secret().trim());
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            let bearer = HeaderValue::try_from(format!("Bearer {key}"));
            headers.insert(AUTHORIZATION, secret(bearer, "the key")?);
        }
        for (name, value) in &provider.headers {
            let value = HeaderValue::try_from(value);
            let value = value.map_err(|_| format!("the header {name} cannot be sent"))?;
            headers.insert(header(name)?, value);
        }
        for (name, value) in &secrets.headers {
            let value = HeaderValue::try_from(value.expose_secret().trim());
            let what = format!("the value of the header {name}");
            headers.insert(header(name)?, secret(value, &what)?);
        }
        let query = provider.query.iter();
        Ok(Address {
            base,
            headers,
            query: query
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            no_key: SecretString::default(),
        })
    }
}

fn header(name: &str) -> Result<HeaderName, String> {
    HeaderName::try_from(name).map_err(|_| format!("{name} is not a name of a header"))
}

/// A value that no `Debug` shows; `what` names it where it cannot be sent.
fn secret<E>(value: Result<HeaderValue, E>, what: &str) -> Result<HeaderValue, String> {
    let mut value = value.map_err(|_| format!("{what} has characters that no header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

impl async_openai::config::Config for Address {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        let pairs = self.query.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    fn api_base(&self) -> &str {
        &self.base
    }

    fn api_key(&self) -> &SecretString {
        &self.no_key
    }
}

fn http_client(base: &str, most_idle: usize) -> Result<reqwest::Client, String> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // An error says that the program has installed one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(most_idle)
        // A redirect would send the prompt and the key to another host.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    if is_loopback(base) {
        // A proxy cannot reach what listens on this machine alone.
        builder = builder.no_proxy();
    }
    builder.build().map_err(reason)
}

fn is_loopback(base: &str) -> bool {
    let url = reqwest::Url::parse(base).ok();
    url.as_ref()
        .and_then(|url| url.host_str())
        .is_some_and(|host| {
            let host = host.trim_matches(['[', ']']);
            host == "localhost"
                || host
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        })
}

/// Executes requests and keeps what went wrong with them.
#[derive(Clone)]
struct Recorder(reqwest::Client);

impl tower::Service<HttpRequestFactory> for Recorder {
    type Response = reqwest::Response;
    type Error = tower::BoxError;
    type Future = BoxFuture<'static, Result<reqwest::Response, tower::BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move {
            let request = factory
                .build()
                .await
                .map_err(|_| unexpected("the request could not be built"))?;
            Ok(execute(&client, request).await?)
        })
    }
}

fn no_answer(error: reqwest::Error) -> HttpFailure {
    if out_of_files(&error) {
        HttpFailure::Machine {
            reason: "this machine has no more open files to give (`ulimit -n`)".into(),
        }
    } else if error.is_timeout() {
        HttpFailure::Timeout {
            reason: reason(error),
        }
    } else {
        HttpFailure::Unreachable {
            sent: !error.is_connect(),
            reason: reason(error),
        }
    }
}

/// Sends a request and takes the head of its answer, if that is a good one.
async fn begin(
    client: &reqwest::Client,
    request: reqwest::Request,
) -> Result<reqwest::Response, HttpFailure> {
    let response = client.execute(request).await.map_err(no_answer)?;
    if !response.status().is_success() {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        // A status is worth more than the rest of a broken error body.
        let (body, _) = read(response, MOST_OF_AN_ERROR).await;
        return Err(HttpFailure::Status {
            status,
            headers,
            body,
        });
    }
    Ok(response)
}

async fn execute(
    client: &reqwest::Client,
    request: reqwest::Request,
) -> Result<reqwest::Response, HttpFailure> {
    let response = begin(client, request).await?;
    let (body, ended) = read(response, MOST_OF_AN_ANSWER).await;
    ended.map_err(|reason| HttpFailure::Truncated { reason })?;
    let opened = envelope::open(&body).map_err(HttpFailure::Unreadable)?;
    ANSWER.with(|answer| answer.set(Some(opened)));
    Ok(http::Response::new("null").into())
}

/// Reads a body up to a limit; `Err` says why it ended before its end.
async fn read(mut response: reqwest::Response, most: usize) -> (Vec<u8>, Result<(), String>) {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = most - body.len();
                body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                if chunk.len() > room {
                    return (body, Err(format!("longer than {most} bytes")));
                }
            }
            Ok(None) => return (body, Ok(())),
            Err(error) => return (body, Err(reason(error))),
        }
    }
}

/// Is it this machine's limit of open files, and no fault of the provider's?
fn out_of_files(error: &reqwest::Error) -> bool {
    use rustix::io::Errno;
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        let number = io.and_then(std::io::Error::raw_os_error);
        if number
            .is_some_and(|n| [Errno::MFILE, Errno::NFILE].contains(&Errno::from_raw_os_error(n)))
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The last link of an error's chain, which names the cause, without the
/// address: it may hold a secret.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
