//! Errors that come with status 200: where they say that they are one, where
//! only their form gives it away, and what status they would have.

use serde_json::{Value, json};

use super::error_body::{ErrorBody, message};

impl ErrorBody {
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
            ..ErrorBody::default()
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
}

/// MiniMax's codes of errors and the statuses that they would have
/// (<https://platform.minimax.io/docs/api-reference/errorcode>).
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
