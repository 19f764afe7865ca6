//! What a failure is, and whether another attempt can help.

use std::time::SystemTime;

use reqwest::header::HeaderMap;

use super::Failure;
use super::error_body::ErrorBody;
use super::openai::HttpFailure;
use super::{refusals, retry_after};
use crate::gateway::call::{FailureKind, Usage};

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
        pauses: Vec::new(),
        daily: false,
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
        HttpFailure::Machine { reason } => plain(FailureKind::Machine, true, reason),
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
        HttpFailure::Unreadable(fault) => Failure {
            status: Some(200),
            may_be_billed: true,
            ..plain(
                fault.kind,
                true,
                match fault.kind {
                    FailureKind::Truncated => format!("the answer was cut short ({})", fault.words),
                    FailureKind::Empty => fault.words,
                    _ => format!("the answer could not be decoded: {}", fault.words),
                },
            )
        },
        HttpFailure::Local { reason } => plain(FailureKind::BadRequest, false, reason),
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
    Failure {
        kind,
        retry,
        status: Some(status),
        words: format!("{status}{advice}{said}{}", named(body)),
        pauses,
        daily: body.daily && kind == FailureKind::RateLimited,
        pushed_back: status == 429 && kind == FailureKind::RateLimited,
        usage: Usage::default(),
        may_be_billed: WORKED_ON.contains(&status),
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
