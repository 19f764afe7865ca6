//! What an error body says, in the shapes that are met: OpenAI's object,
//! Gemini's array around it, llama.cpp's integer code, vLLM's flat object,
//! FastAPI's `detail`, OpenRouter's nested upstream error, HTML, nothing.

use std::time::Duration;

use serde_json::{Value, json};

use super::retry_after;

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
    /// A pause that stands in the body (Gemini's `retryDelay`).
    pub(super) pause: Option<Duration>,
}

impl ErrorBody {
    /// Reads the body of an answer with an error status.
    pub(super) fn parse(body: &[u8]) -> ErrorBody {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => ErrorBody::from_value(&value),
            Err(_) => ErrorBody {
                message: plain(&String::from_utf8_lossy(body)),
                ..ErrorBody::default()
            },
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
        let details = error.get("details").and_then(Value::as_array);
        read.pause = details
            .into_iter()
            .flatten()
            .find_map(|detail| retry_after::duration(detail.get("retryDelay")?.as_str()?));
        read
    }

    /// The error that an answer with status 200 states: `error`, or the status
    /// of MiniMax beside or instead of an answer.
    pub(super) fn stated(answer: &Value) -> Option<ErrorBody> {
        let answer = answer.get(0).unwrap_or(answer);
        if answer.get("error").is_some_and(says_something) {
            return Some(ErrorBody::from_value(answer));
        }
        let base = answer.get("base_resp")?;
        let code = base.get("status_code").and_then(Value::as_i64).unwrap_or(0);
        if code == 0 {
            return None;
        }
        let known = MINIMAX.iter().find(|(known, _)| *known == code);
        Some(ErrorBody {
            message: message(base).unwrap_or_default(),
            codes: vec![code.to_string()],
            status: known.map(|(_, status)| *status),
            pause: None,
        })
    }

    /// The error that JSON without an answer must be: some servers have no word
    /// for it but a code, a message or the absence of success.
    pub(super) fn implied(value: &Value) -> Option<ErrorBody> {
        let value = value.get(0).unwrap_or(value);
        for name in ["errors", "fault", "Response", "header", "data", "result"] {
            let inner = value.get(name).map(|inner| inner.get(0).unwrap_or(inner));
            let inner = inner.map(|inner| inner.get("Error").unwrap_or(inner));
            if let Some(inner) = inner.filter(|inner| message(inner).is_some()) {
                return Some(ErrorBody::from_value(inner));
            }
        }
        let well = [
            json!(0),
            json!(200),
            json!("0"),
            json!("200"),
            json!("success"),
        ];
        if value.get("code").is_some_and(|code| well.contains(code)) {
            return None;
        }
        let read = ErrorBody::from_value(value);
        let failed = value.get("success") == Some(&Value::Bool(false));
        (failed || !read.message.is_empty()).then_some(read)
    }

    /// The status that fits the words, where no code says more: what can be
    /// known of a key, of money, of a model, of the prompt's length, of a limit.
    pub(super) fn status_by_words(&self) -> Option<u16> {
        let said = format!("{} {}", self.message, self.codes.join(" ")).to_lowercase();
        let known = WORDS
            .iter()
            .find(|(_, phrases)| phrases.iter().any(|p| said.contains(p)));
        known.map(|(status, _)| *status)
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

/// MiniMax's codes of errors and the statuses that they would have
/// (https://platform.minimax.io/docs/api-reference/errorcode).
const MINIMAX: [(i64, u16); 13] = [
    (1000, 500),
    (1001, 408),
    (1002, 429),
    (1004, 401),
    (1008, 402),
    (1013, 500),
    (1024, 500),
    (1026, 400),
    (1027, 400),
    (1033, 500),
    (1039, 429),
    (1041, 429),
    (2049, 401),
];

/// Words of errors without a code that can be read, most telling first, and the
/// statuses that they would have; also as Chinese gateways write them.
const WORDS: [(u16, &[&str]); 6] = [
    (
        402,
        &[
            "insufficient balance",
            "insufficient_balance",
            "insufficient credit",
            "insufficient quota",
            "insufficient_quota",
            "insufficient_user_quota",
            "credit balance",
            "arrear",
            "billing",
            "payment required",
            "余额不足",
            "欠费",
        ],
    ),
    (
        401,
        &[
            "api key",
            "api_key",
            "apikey",
            "unauthorized",
            "authentication",
            "not authorized",
            "login fail",
            "invalid token",
            "token expired",
            "permission denied",
            "access denied",
            "无效的令牌",
            "令牌",
            "鉴权",
            "身份验证",
        ],
    ),
    (
        404,
        &[
            "model not found",
            "model_not_found",
            "no such model",
            "unknown model",
            "model not exist",
            "does not exist",
            "no available channel",
            "模型不存在",
            "无可用渠道",
        ],
    ),
    (
        400,
        &[
            "context length",
            "context_length",
            "context window",
            "too many tokens",
            "too long",
            "invalid param",
            "invalid_param",
            "invalid request",
            "invalid_request",
            "bad request",
            "参数",
        ],
    ),
    (
        429,
        &[
            "rate limit",
            "rate_limit",
            "ratelimit",
            "too many requests",
            "throttl",
            "quota",
            "频率",
            "频繁",
        ],
    ),
    (
        503,
        &[
            "overload",
            "unavailable",
            "busy",
            "capacity",
            "timeout",
            "timed out",
            "繁忙",
        ],
    ),
];

/// Is an `error` one, and not the absence of any?
fn says_something(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Number(number) => number.as_i64() != Some(0),
        Value::Array(errors) => errors.iter().any(says_something),
        Value::Object(fields) => fields.values().any(says_something),
        Value::Bool(true) => true,
    }
}

fn message(error: &Value) -> Option<String> {
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
    fn an_error_is_told_from_the_absence_of_one() {
        for (answer, stated) in [
            (r#"{"error":"rate limited"}"#, true),
            (r#"{"error":{"message":"m"}}"#, true),
            (r#"{"error":true}"#, true),
            (
                r#"{"base_resp":{"status_code":1008,"status_msg":"m"}}"#,
                true,
            ),
            (r#"[{"error":{"code":400}}]"#, true),
            (r#"{"error":null}"#, false),
            (r#"{"error":""}"#, false),
            (r#"{"error":false}"#, false),
            (r#"{"error":{}}"#, false),
            (r#"{"error":{"code":0,"message":""}}"#, false),
            (
                r#"{"base_resp":{"status_code":0,"status_msg":"success"}}"#,
                false,
            ),
            (r#"{"message":"m"}"#, false),
        ] {
            let value = serde_json::from_str(answer).expect("JSON");
            assert_eq!(ErrorBody::stated(&value).is_some(), stated, "{answer}");
        }
    }

    #[test]
    fn an_error_that_does_not_say_so_is_found_by_what_is_missing() {
        for (answer, status) in [
            (
                r#"{"code":1113,"message":"Insufficient balance","data":null}"#,
                Some(402),
            ),
            (
                r#"{"code":401,"msg":"令牌已过期","success":false}"#,
                Some(401),
            ),
            (r#"{"success":false,"message":"no such model"}"#, Some(404)),
            (
                r#"{"code":"InvalidApiKey","message":"Invalid API-key provided."}"#,
                Some(401),
            ),
            (r#"{"detail":"prompt too long"}"#, Some(400)),
            (r#"{"errors":[{"message":"Too many requests"}]}"#, Some(429)),
            (
                r#"{"Response":{"Error":{"Code":"x","Message":"余额不足"}}}"#,
                Some(402),
            ),
            (
                r#"{"fault":{"faultstring":"Rate limit quota violation"}}"#,
                Some(429),
            ),
            (
                r#"{"status":"error","status_code":"503","msg":"m"}"#,
                Some(503),
            ),
            (r#"{"message":"the upstream did something"}"#, None),
        ] {
            let value = serde_json::from_str(answer).expect("JSON");
            let read = ErrorBody::implied(&value).expect(answer);
            assert_eq!(read.status.or(read.status_by_words()), status, "{answer}");
        }
        for answer in [
            "{}",
            "null",
            "7",
            r#"{"code":0,"message":"success","data":null}"#,
        ] {
            let value = serde_json::from_str(answer).expect("JSON");
            assert_eq!(ErrorBody::implied(&value), None, "{answer}");
        }
    }

    #[test]
    fn codes_and_pauses_are_read() {
        let body = br#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"m",
            "details":[{"@type":"x"},{"@type":"RetryInfo","retryDelay":"34s"}]}}"#;
        let read = ErrorBody::parse(body);
        assert_eq!(read.codes, ["resource_exhausted"]);
        assert_eq!(read.status, Some(429));
        assert_eq!(read.pause, Some(Duration::from_secs(34)));
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
