//! Reading a request's body: within its bytes, within its time, as UTF-8, and
//! as JSON that is not nested without end.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::problem::{Code, Problem};
use crate::serve::config::Limits;

/// Deepest nesting of arrays and objects.
const DEEPEST: usize = 32;

/// Most bytes of a refused body that are read all the same.
const SPARE: u64 = 8 << 20;

/// Reads a body within its bytes and its time.
///
/// # Errors
/// [`Problem`] with `too-large`, `too-slow`, or `bad-request` for a body that
/// ended before its end.
pub async fn read(request: Request<Body>, limits: &Limits) -> Result<Bytes, Problem> {
    let most = limits.body_bytes;
    let announced = request
        .headers()
        .get(http::header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let too_large = || Code::TooLarge.because(format!("the most is {most} bytes"));
    let mut body = request.into_body();
    if let Some(length) = announced
        && length > most as u64
    {
        if length <= SPARE {
            discard(&mut body).await;
        }
        return Err(too_large());
    }
    let whole = Limited::new(&mut body, most).collect();
    match tokio::time::timeout(limits.body, whole).await {
        Err(_) => Err(Code::TooSlow.plain()),
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => {
            discard(&mut body).await;
            Err(too_large())
        }
        Ok(Err(_)) => Err(Code::BadRequest.because("the body ended before its end")),
    }
}

/// Reads what is left of a body that is refused, within bounds, and throws it
/// away: a client whose connection closes while it still sends may never see
/// why.
async fn discard(body: &mut Body) {
    let rest = async {
        let mut read = 0;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, Bytes::len) as u64;
            if read > SPARE {
                return;
            }
        }
    };
    // What is not there by then is left.
    let _ = tokio::time::timeout(Duration::from_secs(2), rest).await;
}

/// # Errors
/// [`Problem`] with `wrong-content-type` unless it is one of these. A request
/// without a type is taken as it is meant.
pub fn is_of_type(headers: &HeaderMap, types: &[&str]) -> Result<(), Problem> {
    let Some(sent) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let sent = sent.to_str().unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    if types
        .iter()
        .any(|wanted| essence.eq_ignore_ascii_case(wanted))
    {
        return Ok(());
    }
    Err(Code::WrongContentType.because(format!("send {}", types.join(" or "))))
}

/// The body as text.
///
/// # Errors
/// [`Problem`] with `bad-utf8`.
pub fn text(body: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|_| Code::BadUtf8.plain())
}

/// The body as JSON of a shape.
///
/// # Errors
/// [`Problem`] with `bad-utf8`, `bad-json` or `bad-request`. It says where the
/// fault is, and quotes nothing of what was sent.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let text = text(body)?;
    if depth(text) > DEEPEST {
        return Err(Code::BadJson.because(format!("it is nested more than {DEEPEST} deep")));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    let value = value.map_err(|error| {
        let code = match error.classify() {
            serde_json::error::Category::Data => Code::BadRequest,
            _ => Code::BadJson,
        };
        code.because(format!(
            "{} at line {}, column {}",
            unquoted(&error),
            error.line(),
            error.column()
        ))
    })?;
    // serde takes an array for an object, field by field in their order. Nobody
    // means that, and a reader of the documented shape would not see it.
    if text.trim_start().starts_with('{') {
        Ok(value)
    } else {
        Err(Code::BadRequest.because("it is no JSON object"))
    }
}

/// What serde says without what it quotes: unknown names and values are the
/// caller's own words.
fn unquoted(error: &serde_json::Error) -> &'static str {
    let words = error.to_string();
    if words.starts_with("missing field") {
        "a field is missing"
    } else if words.starts_with("unknown field") {
        "a field is not known here"
    } else if words.starts_with("unknown variant") {
        "a word is not known here"
    } else if words.starts_with("duplicate field") {
        "a field stands there twice"
    } else if words.starts_with("invalid type") {
        "a value has the wrong type"
    } else if words.starts_with("invalid") {
        "a value is out of range"
    } else {
        "it cannot be read"
    }
}

/// Deepest nesting, counted over the text, so that nothing is built of it.
fn depth(text: &str) -> usize {
    let (mut deepest, mut now, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                now += 1;
                deepest = deepest.max(now);
            }
            b']' | b'}' if !in_string => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        a: u32,
    }

    #[test]
    fn faults_are_told_apart_and_quote_nothing() {
        let fault = |body: &[u8]| json::<Shape>(body).expect_err("a fault");
        for (body, code) in [
            (&b"{\"a\": 1"[..], "bad-json"),
            (b"{\"a\": 1} x", "bad-json"),
            (b"", "bad-json"),
            (b"\xff", "bad-utf8"),
            (b"{\"secret\": 1}", "bad-request"),
            (b"{\"a\": \"secret\"}", "bad-request"),
            (b"{}", "bad-request"),
            (b"[7]", "bad-request"),
        ] {
            let problem = fault(body);
            assert_eq!(problem.code, code);
            assert!(!problem.detail.contains("secret"), "{}", problem.detail);
        }
        let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
        assert_eq!(fault(deep.as_bytes()).code, "bad-json");
        assert_eq!(json::<Shape>(b"{\"a\": 7}"), Ok(Shape { a: 7 }));
        assert_eq!(depth(r#"{"a": "[[[[\"[["}"#), 1);
    }
}
