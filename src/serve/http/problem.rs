//! Errors as problem documents (RFC 9457), each with a stable code and advice.
//! They never quote what was sent: it may be a patient's.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

/// An error as the caller gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// `urn:primum:problem:CODE`.
    #[serde(rename = "type")]
    pub kind: Box<str>,
    /// The code in words, always the same for a code.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Stable code, such as `queue-full`.
    pub code: &'static str,
    /// What was wrong with this request. Never a word of the question.
    pub detail: String,
    /// What to do.
    pub advice: &'static str,
    /// Seconds after which it is worth trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// The consult that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consult: Option<Box<str>>,
}

/// What can go wrong. The code, the status and the advice of each stand in one
/// table, which `docs/service.md` and the OpenAPI document repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No key was sent.
    NoKey,
    /// No such key.
    BadKey,
    /// The key's time is over.
    ExpiredKey,
    /// The key was revoked.
    RevokedKey,
    /// The key may not do this.
    WrongScope,
    /// Only a person's key may do this.
    PersonalKeyNeeded,
    /// The request is for another host.
    WrongHost,
    /// The request comes from a web page elsewhere.
    WrongOrigin,
    /// Without keys, a header is needed that no web page elsewhere can send.
    HeaderNeeded,
    /// There is nothing here, or nothing of yours.
    NotFound,
    /// Not with this method.
    MethodNotAllowed,
    /// No such panel.
    UnknownPanel,
    /// The body is not JSON.
    BadJson,
    /// The body is JSON of another shape.
    BadRequest,
    /// The body is not UTF-8.
    BadUtf8,
    /// Something that a panel cannot do.
    Unsupported,
    /// There is no question.
    EmptyQuestion,
    /// The body is too large.
    TooLarge,
    /// The body did not arrive in time.
    TooSlow,
    /// The body is of another type.
    WrongContentType,
    /// The idempotency key stands for another request.
    IdempotencyMismatch,
    /// Nothing is kept, so there is nothing to come back to.
    RetentionNone,
    /// A provider might keep what it is sent.
    ProviderMayKeep,
    /// There is no answer yet, or none.
    NotAnswered,
    /// It was released or rejected before.
    AlreadyDecided,
    /// Too many requests of this key.
    RateLimited,
    /// The service is busy.
    QueueFull,
    /// The key's money for today is spent, or what a consult may cost.
    BudgetReached,
    /// A model has no price, so a budget cannot be kept.
    NoPrice,
    /// The service is about to stop.
    Draining,
    /// The panel came to no answer.
    NoAnswer,
    /// What must be kept cannot be written.
    StoreFailed,
    /// No answer within the time.
    Deadline,
    /// The caller cancelled it.
    Cancelled,
    /// The service stopped before there was an answer.
    Interrupted,
    /// Our own fault.
    Internal,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 36] = [
        Self::NoKey,
        Self::BadKey,
        Self::ExpiredKey,
        Self::RevokedKey,
        Self::WrongScope,
        Self::PersonalKeyNeeded,
        Self::WrongHost,
        Self::WrongOrigin,
        Self::HeaderNeeded,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::UnknownPanel,
        Self::BadJson,
        Self::BadRequest,
        Self::BadUtf8,
        Self::Unsupported,
        Self::EmptyQuestion,
        Self::TooLarge,
        Self::TooSlow,
        Self::WrongContentType,
        Self::IdempotencyMismatch,
        Self::RetentionNone,
        Self::ProviderMayKeep,
        Self::NotAnswered,
        Self::AlreadyDecided,
        Self::RateLimited,
        Self::QueueFull,
        Self::BudgetReached,
        Self::NoPrice,
        Self::Draining,
        Self::NoAnswer,
        Self::StoreFailed,
        Self::Deadline,
        Self::Cancelled,
        Self::Interrupted,
        Self::Internal,
    ];

    /// Code, status, title and advice.
    #[rustfmt::skip]
    pub fn row(self) -> (&'static str, u16, &'static str, &'static str) {
        match self {
            Self::NoKey => ("no-key", 401, "a key is needed", "send `Authorization: Bearer KEY`; `primum keys add NAME --scope consult` makes one"),
            Self::BadKey => ("bad-key", 401, "the key is not known", "check that the whole key was sent, or ask for a new one"),
            Self::ExpiredKey => ("expired-key", 401, "the key has expired", "ask for a new key"),
            Self::RevokedKey => ("revoked-key", 401, "the key was revoked", "ask for a new key"),
            Self::WrongScope => ("wrong-scope", 403, "the key may not do this", "use a key with the scope that `detail` names"),
            Self::PersonalKeyNeeded => ("personal-key-needed", 403, "only a person's key may do this", "use a key that was made with --person and --scope release"),
            Self::WrongHost => ("wrong-host", 421, "the request is for another host", "start the service with --host NAME for every name that it is reached by"),
            Self::WrongOrigin => ("wrong-origin", 403, "requests from web pages elsewhere are refused", "call the service from a program, or from its own page"),
            Self::HeaderNeeded => ("header-needed", 403, "without keys a header is needed", "send the header `Primum-Request: 1`"),
            Self::NotFound => ("not-found", 404, "there is nothing here for this key", "check the address; a key sees only its own consults"),
            Self::MethodNotAllowed => ("method-not-allowed", 405, "not with this method", "see /docs for what can be done here"),
            Self::UnknownPanel => ("unknown-panel", 404, "no such panel is served", "GET /v1/models lists the panels"),
            Self::BadJson => ("bad-json", 400, "the body is not JSON", "send one JSON object, nested at most 32 deep"),
            Self::BadRequest => ("bad-request", 400, "the request has another shape than expected", "see /docs for the shape"),
            Self::BadUtf8 => ("bad-utf8", 400, "the body is not UTF-8", "encode the body as UTF-8"),
            Self::Unsupported => ("unsupported", 400, "a panel cannot do this", "leave out what `detail` names"),
            Self::EmptyQuestion => ("empty-question", 422, "there is no question", "write the question"),
            Self::TooLarge => ("too-large", 413, "the body is too large", "shorten the question; --body-limit sets the most bytes"),
            Self::TooSlow => ("too-slow", 408, "the body did not arrive in time", "send the request again"),
            Self::WrongContentType => ("wrong-content-type", 415, "the body is of another type", "send the content type that `detail` names"),
            Self::IdempotencyMismatch => ("idempotency-mismatch", 422, "the idempotency key stands for another request", "use a new Idempotency-Key for a new request"),
            Self::RetentionNone => ("retention-none", 409, "nothing is kept, so there is nothing to come back to", "ask synchronously: `Prefer: wait=SECONDS`, or `Accept: text/event-stream`; without an Idempotency-Key"),
            Self::ProviderMayKeep => ("provider-may-keep", 409, "a provider might keep what it is sent", "use a panel whose providers all declare `keeps_nothing = true`"),
            Self::NotAnswered => ("not-answered", 409, "there is no answer that could be released", "wait until the consult is answered"),
            Self::AlreadyDecided => ("already-decided", 409, "it was released or rejected before", "ask a new consult"),
            Self::RateLimited => ("rate-limited", 429, "too many requests of this key", "wait as long as Retry-After says"),
            Self::QueueFull => ("queue-full", 429, "the service is busy", "wait as long as Retry-After says"),
            Self::BudgetReached => ("budget-reached", 429, "the money for this is spent", "wait until tomorrow (UTC), or raise the key's --usd-per-day or the panel's [budget] usd"),
            Self::NoPrice => ("no-price", 409, "a budget cannot be kept while models have no price", "use another panel, or a key without a budget"),
            Self::Draining => ("draining", 503, "the service is about to stop", "ask another instance, or later"),
            Self::NoAnswer => ("no-answer", 502, "the panel came to no answer", "ask again later, and ask a human now"),
            Self::StoreFailed => ("store-failed", 503, "what must be kept cannot be written", "the service's owner must look at the disk; nothing was acknowledged"),
            Self::Deadline => ("deadline", 504, "no answer within the time", "give it more time, or use a panel with fewer stages"),
            Self::Cancelled => ("cancelled", 409, "the consult was cancelled", "ask again, with a new Idempotency-Key if you send one"),
            Self::Interrupted => ("interrupted", 409, "the service stopped before there was an answer", "ask again, with a new Idempotency-Key if you send one"),
            Self::Internal => ("internal", 500, "a fault of the service", "tell its owner"),
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The problem with these details.
    pub fn because(self, detail: impl Into<String>) -> Problem {
        let (code, status, title, advice) = self.row();
        Problem {
            kind: format!("urn:primum:problem:{code}").into(),
            title,
            status,
            code,
            detail: detail.into(),
            advice,
            retry_after: None,
            consult: None,
        }
    }

    /// The problem without further details.
    pub fn plain(self) -> Problem {
        self.because(self.row().2)
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        code.plain()
    }
}

impl Problem {
    /// Worth trying again after so many seconds.
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(u32::try_from(seconds).unwrap_or(u32::MAX).max(1));
        self
    }

    /// About this consult.
    pub fn of(mut self, consult: &str) -> Self {
        self.consult = Some(consult.into());
        self
    }

    /// The HTTP status.
    pub fn http_status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Puts what an error needs besides its body into the headers.
    pub fn mark(&self, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == 401 {
            let realm = HeaderValue::from_static("Bearer realm=\"primum\"");
            headers.insert(WWW_AUTHENTICATE, realm);
        }
        if PAID.contains(&self.code) {
            let name = http::HeaderName::from_static("x-should-retry");
            headers.insert(name, HeaderValue::from_static("false"));
        }
        response.extensions_mut().insert(Refused(self.code));
    }
}

/// What comes after work began: OpenAI's own clients would repeat it of
/// themselves, and buy it again, unless they are told not to.
const PAID: [&str; 6] = [
    "no-answer",
    "deadline",
    "budget-reached",
    "store-failed",
    "cancelled",
    "internal",
];

/// The code of an error, beside its response, for the metrics.
#[derive(Clone, Copy, Debug)]
pub struct Refused(pub &'static str);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let content = HeaderValue::from_static("application/problem+json");
        let mut response = (self.http_status(), [(CONTENT_TYPE, content)], body).into_response();
        self.mark(&mut response);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unlike_and_their_statuses_are_errors() {
        let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
        for code in Code::ALL {
            let (name, status, title, advice) = code.row();
            assert!((400..600).contains(&status), "{name}");
            assert!(!title.is_empty() && !advice.is_empty(), "{name}");
        }
    }
}
