//! Every kind of fault: what is tried again, what is not, and what is said.

use std::time::{Duration, Instant};

use primum::gateway::FailureKind;
use serde_json::json;

use crate::fake_openai::{Fake, Reply, answer};
use crate::setup::{PATIENT, call, gateway, gateway_with};

/// The text of an answer after this reply, and the number of requests.
async fn after(reply: Reply) -> (String, usize) {
    let fake = Fake::script(vec![reply, Reply::says("fine")]).await;
    let answer = gateway(&fake.url).call(call("x")).await.expect("an answer");
    (answer.text.to_string(), fake.count())
}

/// How a call ends when the server always replies so.
async fn always(reply: Reply) -> (FailureKind, usize, String) {
    let fake = Fake::always(reply).await;
    let gateway = gateway_with(&fake.url, |provider| provider.limits.call_seconds = 0.2);
    let error = gateway.call(call("x")).await.unwrap_err();
    (error.kind, fake.count(), error.message)
}

#[tokio::test]
async fn what_can_pass_is_tried_again() {
    let body = answer("whole").to_string();
    let half = body.len() / 2;
    for reply in [
        Reply::text(408, ""),
        Reply::text(409, ""),
        Reply::text(429, ""),
        Reply::text(500, "<html><title>Oops</title></html>"),
        Reply::text(503, ""),
        Reply::text(529, "overloaded"),
        Reply::Cut,
        Reply::CutBody(body.clone(), half),
        Reply::text(200, &body[..half]),
        Reply::text(200, ""),
        Reply::says(""),
        Reply::says(" \n"),
        Reply::json(200, json!({"error": {"message": "upstream", "code": 502}})),
        Reply::json(
            200,
            json!({"choices": [{"finish_reason": "error",
            "error": {"message": "upstream", "code": 429}}]}),
        ),
        Reply::json(200, json!({"choices": []})),
        Reply::json(200, json!(null)),
    ] {
        assert_eq!(after(reply).await, ("fine".into(), 2));
    }
}

#[tokio::test]
async fn attempts_are_bounded_and_the_last_failure_is_named() {
    for (reply, kind, said) in [
        (Reply::text(429, ""), FailureKind::RateLimited, "429"),
        (Reply::text(500, ""), FailureKind::Server, "500"),
        (Reply::text(408, ""), FailureKind::Timeout, "408"),
        (Reply::Hang, FailureKind::Timeout, "no answer within 0.2 s"),
        (
            Reply::Drip("{}".repeat(50), Duration::from_millis(50)),
            FailureKind::Timeout,
            "no answer within 0.2 s",
        ),
        (Reply::Cut, FailureKind::Unreachable, "cannot be reached"),
        (
            Reply::CutBody("{}".into(), 1),
            FailureKind::Truncated,
            "cut short",
        ),
        (
            Reply::text(200, "{\"choices\": ["),
            FailureKind::Truncated,
            "it ends before its JSON does",
        ),
        (Reply::says(""), FailureKind::Empty, "an empty answer"),
    ] {
        let (found, requests, message) = always(reply).await;
        assert_eq!((found, requests), (kind, 3), "{message}");
        assert!(message.contains(said), "{message}");
        assert!(message.contains("provider fake, model m"), "{message}");
        assert!(message.contains("(3 attempts)"), "{message}");
    }
}

#[tokio::test]
async fn what_cannot_help_is_not_tried_again() {
    let error = |message: &str, code: &str| json!({"error": {"message": message, "code": code}});
    for (reply, kind, said) in [
        (
            Reply::json(401, error("Incorrect API key", "invalid_api_key")),
            FailureKind::Refused,
            "Incorrect API key",
        ),
        (Reply::text(403, ""), FailureKind::Refused, "403"),
        (
            Reply::json(404, error("no such model", "model_not_found")),
            FailureKind::NotFound,
            "no such model",
        ),
        (
            Reply::json(429, error("exceeded your quota", "insufficient_quota")),
            FailureKind::Quota,
            "exceeded your quota",
        ),
        (
            Reply::json(402, json!({"error": {"message": "Insufficient Balance"}})),
            FailureKind::Quota,
            "Insufficient Balance",
        ),
        (
            Reply::json(
                400,
                json!({"object": "error", "message": "bad", "code": 400}),
            ),
            FailureKind::BadRequest,
            "bad",
        ),
        (
            Reply::json(400, json!([{"error": {"code": 400, "message": "bad"}}])),
            FailureKind::BadRequest,
            "bad",
        ),
        (
            Reply::json(400, json!({"error": {"code": 400, "message": "bad"}})),
            FailureKind::BadRequest,
            "bad",
        ),
        (Reply::text(413, ""), FailureKind::TooLong, "413"),
        (
            Reply::Raw(
                307,
                vec![("location", "http://127.0.0.1:1/".into())],
                String::new(),
            ),
            FailureKind::BadRequest,
            "redirect",
        ),
    ] {
        let (found, requests, message) = always(reply).await;
        assert_eq!((found, requests), (kind, 1), "{message}");
        assert!(message.contains(said), "{message}");
    }
}

#[tokio::test]
async fn answers_off_the_specification_are_read() {
    for body in [
        json!({"choices": [{"finish_reason": "eos_token", "message": {"content": "fine"}}]}),
        json!({"choices": [{"message": {"content": "fine", "reasoning_content": "hm"}}],
            "usage": {"prompt_tokens": 1}}),
        json!({"choices": [{"message": {"content": [{"type": "text", "text": "fi"},
            {"type": "text", "text": "ne"}]}}], "error": null}),
        json!({"choices": [{"message": {"content": null, "refusal": "fine"}}], "usage": null}),
        json!({"choices": [{"text": "fine"}], "system_fingerprint": 7, "created": "now"}),
        json!({"choices": [{"message": {"content": "<think>{}</think>\nfine"}}]}),
    ] {
        assert_eq!(after(Reply::json(200, body)).await, ("fine".into(), 1));
    }
}

#[tokio::test]
async fn every_form_of_retry_after_is_honoured() {
    let in_three_seconds = std::time::SystemTime::now() + Duration::from_secs(3);
    for (name, value) in [
        ("retry-after", httpdate::fmt_http_date(in_three_seconds)),
        ("retry-after", "1".to_owned()),
        ("retry-after-ms", "700".into()),
        ("x-ratelimit-reset-requests", "700ms".into()),
    ] {
        let started = Instant::now();
        let reply = Reply::Raw(429, vec![(name, value)], String::new());
        assert_eq!(after(reply).await, ("fine".into(), 2), "{name}");
        let waited = started.elapsed().as_secs_f64();
        assert!((0.65..8.0).contains(&waited), "{name}: {waited}");
    }
}

#[tokio::test]
async fn the_deadline_bounds_all_attempts_together() {
    let fake = Fake::always(Reply::Hang).await;
    let gateway = gateway_with(&fake.url, |provider| {
        provider.limits.call_seconds = 0.3;
        provider.limits.total_seconds = 0.7;
        provider.limits.attempts = 100;
    });
    let started = Instant::now();
    let error = gateway.call(call("x")).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Timeout);
    assert!((0.6..6.0).contains(&started.elapsed().as_secs_f64()));
    // Three on a quiet machine; far from the hundred that are allowed.
    assert!((2..=3).contains(&fake.count()), "{}", fake.count());
}

#[tokio::test]
async fn a_refused_key_stops_the_provider_and_an_unknown_model_only_itself() {
    let fake = Fake::always(Reply::text(401, "")).await;
    let gateway = gateway(&fake.url);
    for about in ["x", "y", "z"] {
        let error = gateway.call(call(about)).await.unwrap_err();
        assert_eq!(error.kind, FailureKind::Refused);
    }
    assert_eq!(fake.count(), 1);
    let failures = gateway.journal().failures().expect("failures");
    let attempts: Vec<_> = failures.iter().map(|failure| failure.attempts).collect();
    assert_eq!(attempts, [1, 0, 0]);

    let fake = Fake::start(|request| match request.body["model"].as_str() {
        Some("fake-1") => Reply::text(404, ""),
        _ => Reply::says("fine"),
    })
    .await;
    let gateway = crate::setup::gateway(&fake.url);
    for about in ["x", "y"] {
        let error = gateway.call(call(about)).await.unwrap_err();
        assert_eq!(error.kind, FailureKind::NotFound);
    }
    let mut other = call("x");
    let mut model = crate::setup::model();
    model.id = "fake-2".into();
    other.model = model.into();
    assert!(gateway.call(other).await.is_ok());
    assert_eq!(fake.count(), 2);
}

#[tokio::test]
async fn a_wrong_address_is_tried_by_one_call_and_told_to_the_others() {
    // A port on which nothing listens.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
    drop(listener);
    let gateway = gateway(&url);
    let error = gateway.call(call("x")).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Unreachable);
    assert!(error.message.contains("refused"), "{}", error.message);
    let started = Instant::now();
    let error = gateway.call(call("y")).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Unreachable);
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(gateway.snapshot().retries, 2);
}

#[tokio::test]
async fn the_providers_words_are_shown_without_the_prompt() {
    let long = format!("too long: {PATIENT} {}", "and so on ".repeat(200));
    for body in [
        json!({"error": {"message": long}}).to_string(),
        format!(
            "{{\"message\": {:?}}}",
            format!("invalid: {{\"content\": {PATIENT:?}}}")
        ),
        format!("plain {PATIENT}"),
    ] {
        let (kind, _, message) = always(Reply::text(400, &body)).await;
        assert_eq!(kind, FailureKind::BadRequest);
        assert!(!message.contains("palpitations"), "{message}");
        assert!(message.contains("[…]"), "{message}");
        assert!(message.chars().count() < 400, "{message}");
    }
}
