//! Kind F: when to ask again.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use primum::gateway::{Call, FailureKind, Gateway, GatewayConfig};
use primum::panel::model::Model;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::fake_openai::{Fake, Reply};
use crate::setup::{call, gateway_with, in_memory, model, provider};

type Headers = Vec<(&'static str, String)>;

fn headers(list: &[(&'static str, &str)]) -> Headers {
    list.iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

/// The pause that is read from a refusal, in words; `None`: none is. Nobody
/// waits here: no pause is short enough for this panel.
async fn read(headers: Headers, body: &str) -> Option<String> {
    let body = body.to_owned();
    let fake = Fake::start(move |_| Reply::Raw(429, headers.clone(), body.clone())).await;
    let gateway = gateway_with(&fake.url, |provider| {
        provider.limits.longest_pause_seconds = 0.001;
        provider.limits.attempts = 1;
    });
    let error = gateway.call(call("x")).await.expect_err("a refusal");
    let (_, rest) = error.message.split_once("it asks for a pause of ")?;
    assert_eq!(error.kind, FailureKind::Paused);
    Some(rest.split_once(", longer").expect("the limit").0.to_owned())
}

const DATE: (&str, &str) = ("date", "Mon, 30 Nov 2026 08:49:30 GMT");

#[tokio::test]
async fn every_form_in_a_header_is_read() {
    for (list, expected) in [
        (vec![("retry-after", "25")], Some("25 s")),
        (vec![("retry-after", "51667")], Some("14 h 21 min")),
        (vec![("retry-after", "1.5")], Some("2 s")),
        (vec![("retry-after", "7s")], Some("7 s")),
        (
            vec![DATE, ("retry-after", "Mon, 30 Nov 2026 08:49:37 GMT")],
            Some("7 s"),
        ),
        (vec![("retry-after-ms", "2500")], Some("3 s")),
        (vec![("x-ms-retry-after-ms", "9000")], Some("9 s")),
        // Epochs by the server's clock, whatever ours says.
        (
            vec![DATE, ("x-ratelimit-reset", "1796028600")],
            Some("30 s"),
        ),
        (
            vec![DATE, ("x-ratelimit-reset", "1796028600000")],
            Some("30 s"),
        ),
        (vec![("x-ratelimit-reset", "30")], Some("30 s")),
        (vec![("x-ratelimit-reset", "1m2.5s")], Some("1 min 3 s")),
        (
            vec![("x-ratelimit-reset-requests", "6m0s")],
            Some("6 min 0 s"),
        ),
        (vec![("x-ratelimit-reset-tokens", "7.66s")], Some("8 s")),
        (
            vec![
                DATE,
                ("anthropic-ratelimit-tokens-reset", "2026-11-30T08:49:50Z"),
            ],
            Some("20 s"),
        ),
        (
            vec![
                DATE,
                ("anthropic-ratelimit-output-tokens-remaining", "0"),
                (
                    "anthropic-ratelimit-output-tokens-reset",
                    "2026-11-30T09:49:50+01:00",
                ),
            ],
            Some("20 s"),
        ),
        (vec![("ratelimit-reset", "40")], Some("40 s")),
        (
            vec![("ratelimit", "limit=100, remaining=0, reset=50")],
            Some("50 s"),
        ),
        (vec![("ratelimit", "\"default\";r=0;t=30")], Some("30 s")),
        (
            vec![("ratelimit", "\"burst\";r=5;t=9, \"daily\";r=0;t=30")],
            Some("30 s"),
        ),
        // Of limits that are not used up nothing follows.
        (
            vec![
                ("x-ratelimit-remaining-requests", "12"),
                ("x-ratelimit-reset-requests", "6m0s"),
            ],
            None,
        ),
        (
            vec![
                ("x-ratelimit-remaining-requests", "12"),
                ("x-ratelimit-reset-requests", "6m0s"),
                ("x-ratelimit-remaining-tokens", "0"),
                ("x-ratelimit-reset-tokens", "8s"),
            ],
            Some("8 s"),
        ),
        (vec![("ratelimit", "\"default\";r=3;t=30")], None),
        // What cannot be meant is not taken.
        (vec![("retry-after", "soon")], None),
        (vec![("retry-after", "-3")], None),
        (vec![("retry-after", "99999999999999999999")], None),
        (
            vec![DATE, ("retry-after", "Mon, 30 Nov 2026 08:00:00 GMT")],
            None,
        ),
        (vec![], None),
    ] {
        let found = read(headers(&list), "{}").await;
        assert_eq!(found.as_deref(), expected, "{list:?}");
    }
    // An epoch in milliseconds, of a server whose clock is an hour ahead.
    let there = SystemTime::now() + Duration::from_secs(3_600);
    let opens = there + Duration::from_secs(600);
    let epoch = opens
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    let list = vec![
        ("date", httpdate::fmt_http_date(there)),
        ("x-ratelimit-reset", epoch.as_millis().to_string()),
    ];
    let found = read(list, "{}").await.expect("a pause");
    assert!(
        ["10 min 0 s", "10 min 1 s"].contains(&found.as_str()),
        "{found}"
    );
}

#[tokio::test]
async fn every_form_in_a_body_is_read() {
    let said = |words: &str| json!({"error": {"message": words}}).to_string();
    for (body, expected) in [
        (said("Rate limit reached. Please try again in 25s."), Some("25 s")),
        (said("Please retry after 17 seconds."), Some("17 s")),
        (said("Please try again in 1m2.5s. Visit https://x.org"), Some("1 min 3 s")),
        (said("Limit 100000, Used 99999. Please try again in 7m12s."), Some("7 min 12 s")),
        (said("Please try again in 350ms."), Some("1 s")),
        (said("Please retry in 34.07s."), Some("35 s")),
        (said("Retry after 2 minutes and 3 seconds"), Some("2 min 3 s")),
        (said("Too many requests, wait for about 5 minutes"), Some("5 min 0 s")),
        (said("quota resets in 1 hour, 20 minutes"), Some("1 h 20 min")),
        (said("retry after: 12"), Some("12 s")),
        (
            json!([{"error": {"code": 429, "message": "m", "details": [
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}]}}])
            .to_string(),
            Some("34 s"),
        ),
        (json!({"error": {"message": "m", "retry_after": 19}}).to_string(), Some("19 s")),
        (json!({"detail": "m", "retry_after_ms": 8_100}).to_string(), Some("9 s")),
        (
            json!({"error": {"message": "m", "metadata": {"headers":
                {"X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "45"}}}})
            .to_string(),
            Some("45 s"),
        ),
        (
            json!({"error": {"message": "Provider returned error", "metadata":
                {"raw": "{\"error\": {\"message\": \"slow\", \"retry_after\": 11}}"}}})
            .to_string(),
            Some("11 s"),
        ),
        ("please try again in 21 s".to_owned(), Some("21 s")),
        (said("Try again later."), None),
        (said("Please wait."), None),
        (said("Try again in a moment, or in January"), None),
    ] {
        let found = read(Vec::new(), &body).await;
        assert_eq!(found.as_deref(), expected, "{body}");
    }
}

#[tokio::test]
async fn a_short_pause_is_waited_for_and_the_call_is_not_lost() {
    let refused = Reply::Raw(429, headers(&[("retry-after-ms", "40")]), "{}".into());
    let fake = Fake::script(vec![refused, Reply::says("fine")]).await;
    let gateway = gateway_with(&fake.url, |_| {});
    let answer = gateway.call(call("x")).await.expect("an answer");
    assert_eq!((&*answer.text, fake.count()), ("fine", 2));
    assert!(gateway.doors().troubles().is_empty());
    // The wait is a part of the time that it took.
    assert!(answer.seconds >= 0.04, "{}", answer.seconds);
}

#[tokio::test]
async fn a_long_pause_stops_its_provider_and_no_other() {
    let paused = Fake::always(Reply::Raw(
        429,
        headers(&[("retry-after", "900")]),
        "{}".into(),
    ))
    .await;
    let open = Fake::always(Reply::says("fine")).await;
    let named = |name: &str, fake: &Fake| {
        let mut provider = provider(&fake.url);
        provider.name = name.into();
        (name.to_owned(), provider)
    };
    let gateway = Gateway::new(GatewayConfig {
        halt_on: primum::bench::item::HALTING.to_vec(),
        ..GatewayConfig::new(
            BTreeMap::from([named("paused", &paused), named("open", &open)]),
            in_memory(),
        )
    })
    .expect("a gateway");
    let ask = |provider: &str, about: &str| {
        let model = Model {
            provider: provider.into(),
            ..model()
        };
        gateway.call(Call {
            model: Arc::new(model),
            ..call(about)
        })
    };
    for about in ["one", "two"] {
        let error = ask("paused", about).await.expect_err("a pause");
        // Nothing is concluded from a call that was not made.
        assert_eq!(error.kind, FailureKind::Stopped);
        for words in ["a pause of 15 min 0 s", "it opens again at ", "UTC"] {
            assert!(error.message.contains(words), "{error}");
        }
        ask("open", about).await.expect("an answer");
    }
    assert_eq!((paused.count(), open.count()), (1, 2));
    assert!(gateway.stopped().is_none());
}

#[tokio::test]
async fn a_limit_of_the_day_is_recognised() {
    let daily = |words: &str, details: Value| {
        json!({"error": {"code": 429, "message": words, "details": details}}).to_string()
    };
    for (body, asked) in [
        // No pause is named: nobody knows how long.
        (
            daily("Rate limit exceeded: free-models-per-day", json!([])),
            1,
        ),
        (daily("You have reached your daily limit", json!([])), 1),
        // A short one that does not help (Gemini).
        (
            daily(
                "You exceeded your current quota.",
                json!([
                {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},
                {"retryDelay": "0.01s"}]),
            ),
            2,
        ),
        // A minute's limit is waited out as often as attempts allow.
        (
            daily(
                "You exceeded your current quota.",
                json!([
                {"violations": [{"quotaId": "GenerateRequestsPerMinutePerProject"}]},
                {"retryDelay": "0.01s"}]),
            ),
            3,
        ),
    ] {
        let fake = Fake::always(Reply::text(429, &body)).await;
        let gateway = gateway_with(&fake.url, |_| {});
        let error = gateway.call(call("x")).await.expect_err("a refusal");
        let expected = if asked == 3 {
            FailureKind::RateLimited
        } else {
            FailureKind::Paused
        };
        assert_eq!((error.kind, fake.count()), (expected, asked), "{body}");
        if asked < 3 {
            assert!(
                error.message.contains("its limit of a day is used up"),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn a_prescription_in_an_error_is_no_limit() {
    // A server that fails and quotes what it was asked.
    for status in [500, 502, 529] {
        let body = "upstream failed on: metoprolol 50 mg twice daily, wait for 3 days";
        let body = json!({"error": {"message": body, "request": {"dose": "one tablet a day"}}});
        let fake = Fake::always(Reply::json(status, body)).await;
        let gateway = gateway_with(&fake.url, |provider| provider.limits.attempts = 2);
        let error = gateway.call(call("x")).await.expect_err("a failure");
        assert_eq!(
            (error.kind, fake.count()),
            (FailureKind::Server, 2),
            "{error}"
        );
    }
}
