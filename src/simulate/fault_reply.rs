//! What a fault looks like on the wire.

use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode, header};
use futures::stream;
use serde_json::{Value, json};

use super::draw::Key;
use super::fault::{FaultConfig, FaultKind};

/// How often a looping draft says its first lines.
const LOOPS: usize = 12;

/// Bytes of a slow drip's pieces: the count of pieces, at most.
const DRIPS: usize = 20;

/// A JSON body with a status.
pub(super) fn json_reply(status: StatusCode, body: &Value) -> Response<Body> {
    text_reply(status, body.to_string())
}

fn text_reply(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// OpenAI's error body.
pub(super) fn error_body(message: &str, kind: &str, code: Option<&str>) -> Value {
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

/// A completion whose content, if the fault changes it, is changed.
pub(super) fn faulty_content(
    kind: FaultKind,
    content: String,
    question: &str,
) -> (String, &'static str) {
    match kind {
        FaultKind::Prose => (
            format!("Here is what you asked for:\n\n```json\n{content}\n```\n\nI hope it helps."),
            "stop",
        ),
        FaultKind::WrongSchema => (
            json!({"result": "done", "notes": ["not what was asked for"]}).to_string(),
            "stop",
        ),
        FaultKind::Empty => (String::new(), "stop"),
        FaultKind::CutAnswer => {
            let half = content.len() / 2;
            let at = (0..=half).rev().find(|&at| content.is_char_boundary(at));
            (content[..at.unwrap_or(0)].to_owned(), "length")
        }
        // As small models do it: until the limit.
        FaultKind::Loop => {
            let lines = content.lines().filter(|line| !line.trim().is_empty());
            let first: Vec<&str> = lines.take(3).collect();
            (vec![first.join("\n"); LOOPS].join("\n"), "length")
        }
        FaultKind::Echo => (question.to_owned(), "stop"),
        FaultKind::Leak => (
            format!(
                "{content}<|im_end|>\n<|im_start|>user\nThank you.<|im_end|>\n<|im_start|>assistant\n\
                 You are welcome."
            ),
            "stop",
        ),
        FaultKind::Decline => (
            "I'm sorry, but I can't help with medical advice.".to_owned(),
            "stop",
        ),
        _ => (content, "stop"),
    }
}

/// The reply to a request that meets a fault of delivery. `completion` is what
/// the server would have sent.
pub(super) async fn reply(
    kind: FaultKind,
    config: &FaultConfig,
    key: Key,
    completion: &Value,
) -> Response<Body> {
    match kind {
        FaultKind::TooMany => too_many(config, key),
        FaultKind::Quota => json_reply(
            StatusCode::TOO_MANY_REQUESTS,
            &error_body(
                "You exceeded your current quota, please check your plan and billing details.",
                "insufficient_quota",
                Some("insufficient_quota"),
            ),
        ),
        FaultKind::Internal => json_reply(
            StatusCode::INTERNAL_SERVER_ERROR,
            &error_body("The server had an error.", "server_error", None),
        ),
        FaultKind::Unavailable => json_reply(
            StatusCode::SERVICE_UNAVAILABLE,
            &error_body("The engine is overloaded.", "server_error", None),
        ),
        FaultKind::Hang => {
            tokio::time::sleep(Duration::from_secs_f64(config.hang_seconds)).await;
            json_reply(
                StatusCode::GATEWAY_TIMEOUT,
                &error_body("The upstream timed out.", "server_error", None),
            )
        }
        FaultKind::SlowDrip => drip(completion.to_string(), config.drip_seconds),
        FaultKind::Cut => cut(completion.to_string()),
        FaultKind::TruncatedJson => {
            let mut body = completion.to_string().into_bytes();
            body.truncate(body.len() * 2 / 3);
            let mut response = json_reply(StatusCode::OK, &Value::Null);
            *response.body_mut() = Body::from(body);
            response
        }
        FaultKind::OffSpecError => off_spec(key),
        FaultKind::Prose
        | FaultKind::WrongSchema
        | FaultKind::Empty
        | FaultKind::CutAnswer
        | FaultKind::Loop
        | FaultKind::Echo
        | FaultKind::Leak
        | FaultKind::Decline => json_reply(StatusCode::OK, completion),
    }
}

/// 429, with one of the three ways to say when to come back.
fn too_many(config: &FaultConfig, key: Key) -> Response<Body> {
    let body = error_body(
        "Rate limit reached.",
        "requests",
        Some("rate_limit_exceeded"),
    );
    let mut response = json_reply(StatusCode::TOO_MANY_REQUESTS, &body);
    let wait = Duration::from_millis(config.retry_after_ms);
    let (name, value) = match key.below(3) {
        0 => ("retry-after", wait.as_secs().to_string()),
        1 => {
            let then = SystemTime::now().checked_add(wait);
            let date = httpdate::fmt_http_date(then.unwrap_or(SystemTime::UNIX_EPOCH));
            ("retry-after", date)
        }
        _ => ("retry-after-ms", wait.as_millis().to_string()),
    };
    if let Ok(value) = header::HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Error bodies that are not OpenAI's.
fn off_spec(key: Key) -> Response<Body> {
    match key.below(3) {
        0 => json_reply(
            StatusCode::TOO_MANY_REQUESTS,
            &json!([{"error": {"code": 429, "message": "Resource has been exhausted.",
                "status": "RESOURCE_EXHAUSTED"}}]),
        ),
        1 => json_reply(
            StatusCode::SERVICE_UNAVAILABLE,
            &json!({"error": {"code": 503, "message": "Loading model",
                "type": "unavailable_error"}}),
        ),
        _ => json_reply(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({"object": "error", "message": "Internal server error",
                "type": "InternalServerError", "param": null, "code": 500}),
        ),
    }
}

/// The whole body, in pieces over a time.
fn drip(body: String, seconds: f64) -> Response<Body> {
    let body = Bytes::from(body);
    let size = body.len().div_ceil(DRIPS).max(1);
    let pause = Duration::from_secs_f64(seconds / DRIPS as f64);
    let pieces = stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok::<_, std::io::Error>(piece), rest))
    });
    streamed(Body::from_stream(pieces))
}

/// Half of the body, and then the connection breaks: the client has read a
/// status and the length of a body that never comes.
fn cut(body: String) -> Response<Body> {
    let length = body.len();
    let half = Bytes::from(body).slice(..length / 2);
    let pieces = stream::unfold(Some(half), |half| async move {
        match half {
            Some(half) => Some((Ok(half), None)),
            None => {
                // The first half is on its way before the connection goes.
                tokio::time::sleep(Duration::from_millis(5)).await;
                let gone = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                Some((Err(gone), None))
            }
        }
    });
    let mut response = streamed(Body::from_stream(pieces));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, header::HeaderValue::from(length));
    response
}

fn streamed(body: Body) -> Response<Body> {
    let mut response = json_reply(StatusCode::OK, &Value::Null);
    *response.body_mut() = body;
    response
}
