//! What an error body says, in the shapes that are met: OpenAI's object,
//! Gemini's array around it, llama.cpp's integer code, vLLM's flat object,
//! FastAPI's `detail`, OpenRouter's nested upstream error, HTML, nothing.

use serde_json::Value;

use super::pause_words;
use super::retry_after::Stated;

/// Most characters of a body without structure that are kept.
const MOST_PLAIN: usize = 2_000;

/// What could be read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ErrorBody {
    /// The provider's words.
    pub(super) message: String,
    /// `code`, `type` and `status`, lower case, as far as they are words.
    pub(super) codes: Vec<String>,
    /// An integer `code`: the status of whoever stands behind the server.
    pub(super) status: Option<u16>,
    /// The field of the request that it is about, where it says so.
    pub(super) param: Option<String>,
    /// When to ask again, as far as the body says so.
    pub(super) pauses: Vec<Stated>,
    /// It is about a limit that is counted by the day.
    pub(super) daily: bool,
}

impl ErrorBody {
    /// Reads the body of an answer with an error status.
    pub(super) fn parse(body: &[u8]) -> ErrorBody {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => ErrorBody::from_value(&value),
            Err(_) => {
                let message = plain(&String::from_utf8_lossy(body));
                ErrorBody {
                    pauses: pause_words::in_words(&message).into_iter().collect(),
                    daily: pause_words::says_daily(&message),
                    message,
                    ..ErrorBody::default()
                }
            }
        }
    }

    /// Reads an error object, or whatever holds one.
    pub(super) fn from_value(value: &Value) -> ErrorBody {
        let outer = match value {
            Value::Array(values) => values.first().unwrap_or(&Value::Null),
            other => other,
        };
        let error = outer.get("error").filter(|error| !error.is_null());
        let error = error.unwrap_or(outer);
        let mut read = ErrorBody {
            message: message(error)
                .or_else(|| message(outer))
                .unwrap_or_default(),
            ..ErrorBody::default()
        };
        for name in [
            "code",
            "type",
            "status",
            "status_code",
            "http_code",
            "error_code",
        ] {
            match error.get(name) {
                Some(Value::String(word)) if word.parse::<u16>().is_ok() => {
                    let status = word
                        .parse()
                        .ok()
                        .filter(|status| (400..600).contains(status));
                    read.status = read.status.or(status);
                }
                Some(Value::String(word)) => read.codes.push(word.to_ascii_lowercase()),
                Some(Value::Number(number)) => {
                    let status = number.as_u64().and_then(|number| number.try_into().ok());
                    read.status = read.status.or(status.filter(|s| (400..600).contains(s)));
                }
                _ => {}
            }
        }
        read.param = param(error);
        read.pauses = pause_words::in_body(outer);
        read.daily = pause_words::is_daily(outer);
        read
    }

    /// Does a code equal, or the message hold, one of these?
    pub(super) fn says(&self, codes: &[&str], phrases: &[&str]) -> bool {
        let message = self.message.to_lowercase();
        self.codes.iter().any(|code| codes.contains(&code.as_str()))
            || phrases.iter().any(|phrase| message.contains(phrase))
    }
}

/// Where an error's words stand.
const MESSAGES: [&str; 12] = [
    "message",
    "Message",
    "detail",
    "msg",
    "error_description",
    "error_msg",
    "errorMessage",
    "status_msg",
    "error_message",
    "faultstring",
    "reason",
    "title",
];

/// The field that is refused: OpenAI's `param`, the end of FastAPI's `loc`.
fn param(error: &Value) -> Option<String> {
    let own = error.get("param").and_then(Value::as_str);
    let located = error.pointer("/detail/0/loc").and_then(Value::as_array);
    let located = located.and_then(|path| path.iter().rev().find_map(Value::as_str));
    own.or(located).map(str::to_owned)
}

/// The words of an error, wherever they stand.
pub(super) fn message(error: &Value) -> Option<String> {
    let own = match error {
        Value::String(text) => Some(text.clone()),
        _ => MESSAGES
            .into_iter()
            .find_map(|name| match error.get(name)? {
                Value::String(text) => Some(text.clone()),
                Value::Array(parts) => {
                    let parts: Vec<_> = parts.iter().filter_map(message).collect();
                    (!parts.is_empty()).then(|| parts.join("; "))
                }
                Value::Object(_) => message(error.get(name)?),
                _ => None,
            }),
    }?;
    // OpenRouter says "Provider returned error" and puts the words of the
    // provider behind it into `metadata.raw`.
    let upstream = error.pointer("/metadata/raw").and_then(Value::as_str);
    Some(match upstream {
        Some(raw) => {
            let inner = serde_json::from_str::<Value>(raw).ok();
            let inner = inner.map(|value| ErrorBody::from_value(&value).message);
            let inner = inner.filter(|inner| !inner.is_empty());
            format!("{own}: {}", inner.unwrap_or_else(|| plain(raw)))
        }
        None => own,
    })
}

/// Text without structure; of an HTML page its title.
fn plain(text: &str) -> String {
    let text = text.trim();
    if !text.starts_with('<') {
        return text.chars().take(MOST_PLAIN).collect();
    }
    match title(text) {
        Some(title) => format!("a web page, “{title}”"),
        None => "a web page".into(),
    }
}

/// The title of a web page.
pub(super) fn title(page: &str) -> Option<&str> {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let length = lower.get(start..)?.find('<')?;
    let title = page.get(start..start + length)?.trim();
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bodies_off_the_specification_are_read() {
        for (body, message) in [
            (r#"{"error":{"message":"m","type":"t","code":"c"}}"#, "m"),
            (
                r#"[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]"#,
                "m",
            ),
            (
                r#"{"error":{"code":500,"message":"m","type":"server_error"}}"#,
                "m",
            ),
            (
                r#"{"object":"error","message":"m","type":"BadRequestError","code":400}"#,
                "m",
            ),
            (r#"{"detail":"m"}"#, "m"),
            (
                r#"{"detail":[{"loc":["body"],"msg":"a"},{"msg":"b"}]}"#,
                "a; b",
            ),
            (r#"{"error":"m"}"#, "m"),
            (r#""m""#, "m"),
            (
                r#"{"error":{"message":"Provider returned error","code":502,
                    "metadata":{"raw":"{\"error\":{\"message\":\"m\"}}"}}}"#,
                "Provider returned error: m",
            ),
            (
                "<html><head><title>502 Bad Gateway</title></head></html>",
                "a web page, “502 Bad Gateway”",
            ),
            ("<!doctype html>", "a web page"),
            ("upstream is gone\n", "upstream is gone"),
            ("", ""),
            ("{}", ""),
            ("[]", ""),
            ("null", ""),
        ] {
            assert_eq!(ErrorBody::parse(body.as_bytes()).message, message, "{body}");
        }
    }

    #[test]
    fn codes_and_pauses_are_read() {
        let body = br#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"m",
            "details":[{"@type":"x"},{"@type":"RetryInfo","retryDelay":"34s"}]}}"#;
        let read = ErrorBody::parse(body);
        assert_eq!(read.codes, ["resource_exhausted"]);
        assert_eq!(read.status, Some(429));
        let pause = std::time::Duration::from_secs(34);
        assert_eq!(read.pauses, [Stated::After(pause)]);
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = ErrorBody::parse(&body);
        }

        #[test]
        fn no_page_makes_it_panic(body in "<[<>/a-zA-ZİéTtIiLlEe]{0,60}") {
            let _ = ErrorBody::parse(body.as_bytes());
        }
    }
}
