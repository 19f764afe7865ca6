//! What a failure is, and whether another attempt can help.

use std::time::SystemTime;

use reqwest::header::HeaderMap;

use super::Failure;
use super::error_body::ErrorBody;
use super::openai::HttpFailure;
use super::retry_after;
use crate::gateway::call::{FailureKind, Usage};

/// Codes of an account without quota or money, as OpenAI, Moonshot, one-api
/// and others write them.
const QUOTA_CODES: [&str; 7] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "exceeded_current_quota_error",
    "insufficient_user_quota",
    "insufficient_balance",
    "payment_required",
];
/// The same in words, where the code is a general one (Anthropic, DeepSeek,
/// OpenRouter). "Exceeded your current quota" is not among them: Gemini says
/// so for a limit that ends within the minute.
const QUOTA_PHRASES: [&str; 5] = [
    "credit balance is too low",
    "insufficient balance",
    "insufficient credits",
    "insufficient_quota",
    "requires more credits",
];
/// A 403 that is about this text, not about the key (OpenRouter).
const MODERATION_PHRASES: [&str; 4] = ["moderation", "flagged", "content policy", "safety system"];

/// Statuses of somebody between us and the model who waited no longer, or does
/// not know what became of the answer: the model may have finished it, and it may
/// be billed. 408 and 504 are HTTP's time-outs, 499 is nginx's "client closed
/// request", 520 and 524 are Cloudflare's "unknown error" and "a timeout
/// occurred" (developers.cloudflare.com/support/troubleshooting/http-status-codes).
/// Other errors are answers of a server that did not do the work.
const WORKED_ON: [u16; 5] = [408, 499, 504, 520, 524];

pub(super) fn classify(failure: HttpFailure) -> Failure {
    let plain = |kind, retry, words| Failure {
        kind,
        retry,
        status: None,
        words,
        pause: None,
        pushed_back: false,
        usage: Usage::default(),
        may_be_billed: false,
    };
    match failure {
        HttpFailure::Status {
            status,
            headers,
            body,
        } => from_status(status, &headers, &ErrorBody::parse(&body)),
        HttpFailure::Unreachable { reason, sent } => Failure {
            may_be_billed: sent,
            ..plain(
                FailureKind::Unreachable,
                true,
                format!("cannot be reached ({reason})"),
            )
        },
        HttpFailure::Timeout { reason } => plain(FailureKind::Timeout, true, reason),
        HttpFailure::Truncated { reason } => Failure {
            status: Some(200),
            may_be_billed: true,
            ..plain(
                FailureKind::Truncated,
                true,
                format!("the answer was cut short ({reason})"),
            )
        },
        HttpFailure::Local { reason } => plain(FailureKind::BadRequest, false, reason),
    }
}

/// A failure by its status and the provider's words.
pub(super) fn from_status(status: u16, headers: &HeaderMap, body: &ErrorBody) -> Failure {
    let (kind, retry) = kind_of(status, body);
    let pause = if retry {
        retry_after::from_headers(headers, SystemTime::now())
            .or(body.pause.map(retry_after::capped))
    } else {
        None
    };
    let advice = match status {
        300..400 => " (a redirect is not followed: check base_url)",
        _ => "",
    };
    let said = match body.message.as_str() {
        "" => String::new(),
        message => format!(": {message}"),
    };
    Failure {
        kind,
        retry,
        status: Some(status),
        words: format!("{status}{advice}{said}"),
        pause,
        pushed_back: status == 429 && kind == FailureKind::RateLimited,
        usage: Usage::default(),
        may_be_billed: WORKED_ON.contains(&status),
    }
}

fn kind_of(status: u16, body: &ErrorBody) -> (FailureKind, bool) {
    let quota = body.says(&QUOTA_CODES, &QUOTA_PHRASES);
    match status {
        402 => (FailureKind::Quota, false),
        400..500 if quota => (FailureKind::Quota, false),
        403 if body.says(&[], &MODERATION_PHRASES) => (FailureKind::BadRequest, false),
        401 | 403 => (FailureKind::Refused, false),
        400..500 if body.says(&["model_not_found"], &[]) => (FailureKind::NotFound, false),
        404 => (FailureKind::NotFound, false),
        408 => (FailureKind::Timeout, true),
        409 => (FailureKind::Server, true),
        429 => (FailureKind::RateLimited, true),
        500..600 => (FailureKind::Server, true),
        _ => (FailureKind::BadRequest, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_help_is_tried_again() {
        use FailureKind::*;
        for (status, body, kind, retry) in [
            (401, "{}", Refused, false),
            (403, "{}", Refused, false),
            (
                403,
                r#"{"error":{"message":"Your input was flagged"}}"#,
                BadRequest,
                false,
            ),
            (404, "", NotFound, false),
            (
                400,
                r#"{"error":{"code":"model_not_found","message":"m"}}"#,
                NotFound,
                false,
            ),
            (
                400,
                r#"{"error":{"message":"Your credit balance is too low"}}"#,
                Quota,
                false,
            ),
            (
                402,
                r#"{"error":{"message":"Insufficient Balance"}}"#,
                Quota,
                false,
            ),
            (
                429,
                r#"{"error":{"code":"insufficient_quota","message":"m"}}"#,
                Quota,
                false,
            ),
            (
                429,
                r#"{"error":{"type":"insufficient_quota","message":"m"}}"#,
                Quota,
                false,
            ),
            (
                429,
                r#"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED",
                    "message":"You exceeded your current quota"}}]"#,
                RateLimited,
                true,
            ),
            (429, "", RateLimited, true),
            (408, "", Timeout, true),
            (409, "", Server, true),
            (500, "<html>", Server, true),
            (529, "", Server, true),
            (400, "", BadRequest, false),
            (413, "", BadRequest, false),
            (422, r#"{"detail":"m"}"#, BadRequest, false),
            (301, "", BadRequest, false),
        ] {
            let read = ErrorBody::parse(body.as_bytes());
            let failure = from_status(status, &HeaderMap::new(), &read);
            assert_eq!(
                (failure.kind, failure.retry),
                (kind, retry),
                "{status} {body}"
            );
        }
    }
}
