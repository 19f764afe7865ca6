//! What a failure is, and whether another attempt can help.

use std::time::SystemTime;

use reqwest::header::HeaderMap;

use super::Failure;
use super::error_body::ErrorBody;
use super::openai::HttpFailure;
use super::{refusals, retry_after};
use crate::gateway::call::FailureKind;

/// Errors with which a server says that it did no work, or that nobody pays for
/// it; whatever else comes may be billed, since the model may have answered and
/// somebody between us lost the answer (502, 504, 524 and what nobody here knows).
///
/// 4xx but 408 and 499 refuse the request. 500 is the server's own failure, which
/// providers do not charge ("If your request fails with a 400 or 500 error, you
/// won't be charged", ai.google.dev/gemini-api/docs/billing); 501, 503, 505 and 529
/// (overloaded: Anthropic's) turn it away; 521, 522, 523, 525 and 526 say that
/// Cloudflare never reached the server
/// (developers.cloudflare.com/support/troubleshooting/http-status-codes).
fn is_known_to_be_free(status: u16) -> bool {
    match status {
        408 | 499 => false,
        300..500 => true,
        _ => matches!(status, 500 | 501 | 503 | 505 | 521..=523 | 525 | 526 | 529),
    }
}

pub(super) fn classify(failure: HttpFailure) -> Failure {
    let after_status = |kind, words| Failure {
        status: Some(200),
        may_be_billed: true,
        ..Failure::new(kind, true, words)
    };
    match failure {
        HttpFailure::Status {
            status,
            headers,
            body,
        } => from_status(status, &headers, &ErrorBody::parse(&body)),
        HttpFailure::Unreachable { reason, sent } => Failure {
            may_be_billed: sent,
            ..Failure::new(
                FailureKind::Unreachable,
                true,
                format!("cannot be reached ({reason})"),
            )
        },
        HttpFailure::Machine { reason } => Failure::new(FailureKind::Machine, true, reason),
        HttpFailure::Timeout { reason } => Failure::new(FailureKind::Timeout, true, reason),
        HttpFailure::Truncated { reason } => after_status(
            FailureKind::Truncated,
            format!("the answer was cut short ({reason})"),
        ),
        HttpFailure::Unreadable(fault) => after_status(
            fault.kind,
            match fault.kind {
                FailureKind::Truncated => format!("the answer was cut short ({})", fault.words),
                FailureKind::Empty => fault.words,
                _ => format!("the answer could not be decoded: {}", fault.words),
            },
        ),
        HttpFailure::Local { reason } => Failure::new(FailureKind::BadRequest, false, reason),
    }
}

/// A failure by its status and the provider's words.
pub(super) fn from_status(status: u16, headers: &HeaderMap, body: &ErrorBody) -> Failure {
    let (kind, retry) = kind_of(status, body);
    // Words about a pause or a limit of a day are believed where a limit is what
    // is answered: any other error may quote a prescription ("twice daily").
    let limited = kind == FailureKind::RateLimited || status == 503;
    let pauses = if retry {
        let told = if limited { &body.pauses[..] } else { &[] };
        retry_after::pauses(headers, told, SystemTime::now())
    } else {
        Vec::new()
    };
    let advice = match status {
        300..400 => " (a redirect is not followed: check base_url)",
        _ => "",
    };
    let said = match body.message.as_str() {
        "" => String::new(),
        message => format!(": {message}"),
    };
    let words = format!("{status}{advice}{said}{}", named(body));
    Failure {
        status: Some(status),
        pauses,
        daily: body.daily && kind == FailureKind::RateLimited,
        pushed_back: status == 429 && kind == FailureKind::RateLimited,
        may_be_billed: !is_known_to_be_free(status),
        ..Failure::new(kind, retry, words)
    }
}

/// The field that is refused, where the sentence does not name it.
fn named(body: &ErrorBody) -> String {
    match &body.param {
        Some(param) if !param.is_empty() && !body.message.contains(param.as_str()) => {
            format!(" (`{param}`)")
        }
        _ => String::new(),
    }
}

fn kind_of(status: u16, body: &ErrorBody) -> (FailureKind, bool) {
    let refused = (400..500).contains(&status) && status != 429;
    match status {
        402 => (FailureKind::Quota, false),
        400..500 if refusals::QUOTA.is_of(body) => (FailureKind::Quota, false),
        _ if refused && refusals::FILTERED.is_of(body) => (FailureKind::Declined, false),
        401 | 403 => (FailureKind::Refused, false),
        _ if refused && refusals::NO_MODEL.is_of(body) => (FailureKind::NotFound, false),
        404 => (FailureKind::NotFound, false),
        408 => (FailureKind::Timeout, true),
        409 => (FailureKind::Server, true),
        413 => (FailureKind::TooLong, false),
        429 => (FailureKind::RateLimited, true),
        400..600 if refusals::TOO_LONG.is_of(body) => (FailureKind::TooLong, false),
        500..600 if refusals::IN_DISGUISE.is_of(body) => (FailureKind::BadRequest, false),
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
                Declined,
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
            (413, "", TooLong, false),
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
