//! A call that nobody waits for any more: its request is dropped, so that the
//! server can stop working on it.

use std::time::Duration;

use primum::gateway::{Ended, Gateway};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::fake_openai::{Fake, Reply, answer};
use crate::setup::{call, gateway_with};

/// Asks in a task of its own.
fn ask(gateway: &Gateway, about: &str) -> JoinHandle<bool> {
    let (gateway, call) = (gateway.clone(), call(about));
    tokio::spawn(async move { gateway.call(call).await.is_ok() })
}

/// Waits until so many requests are open at the server. The time is for a broken
/// program, not for a slow machine.
async fn open(fake: &Fake, wanted: usize) {
    let reached = async {
        while fake.open() != wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let reached = tokio::time::timeout(Duration::from_secs(20), reached).await;
    assert!(reached.is_ok(), "{} are open, not {wanted}", fake.open());
}

/// Servers in the middle of their work: before the first byte, and after some.
fn at_work() -> [Reply; 2] {
    let words = answer("fine").to_string();
    [Reply::Hang, Reply::Drip(words, Duration::from_millis(50))]
}

#[tokio::test]
async fn a_dropped_call_closes_its_connection() {
    for reply in at_work() {
        let fake = Fake::always(reply).await;
        let gateway = gateway_with(&fake.url, |provider| provider.limits.call_seconds = 600.0);
        let asked = ask(&gateway, "x");
        open(&fake, 1).await;
        asked.abort();
        open(&fake, 0).await;
        assert_eq!(fake.count(), 1);
    }
}

#[tokio::test]
async fn a_call_out_of_time_closes_its_connection() {
    for reply in at_work() {
        let fake = Fake::always(reply).await;
        let gateway = gateway_with(&fake.url, |provider| {
            provider.limits.call_seconds = 0.3;
            provider.limits.attempts = 1;
        });
        assert!(!ask(&gateway, "x").await.expect("no panic"));
        open(&fake, 0).await;
        assert_eq!(fake.count(), 1);
    }
}

#[tokio::test]
async fn a_stream_that_was_asked_for_is_read_whole_and_dropped_as_well() {
    let chunk = |delta: serde_json::Value, end: serde_json::Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": end});
        json!({"object": "chat.completion.chunk", "model": "fake-1", "choices": [choice]})
    };
    let usage = json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15});
    let events = [
        chunk(
            json!({"role": "assistant", "content": "1. Repeat "}),
            json!(null),
        ),
        chunk(json!({"content": "the potassium."}), json!(null)),
        chunk(json!({}), json!("stop")),
        json!({"object": "chat.completion.chunk", "choices": [], "usage": usage}),
    ];
    let events = events.map(|event| format!("data: {event}\n\n")).concat() + "data: [DONE]\n\n";
    let header = vec![("content-type", "text/event-stream".to_owned())];
    let fake = Fake::always(Reply::Raw(200, header, events.clone())).await;
    let gateway = gateway_with(&fake.url, |provider| provider.stream = true);
    let answer = gateway.call(call("x")).await.expect("an answer");
    assert_eq!(&*answer.text, "1. Repeat the potassium.");
    assert_eq!(
        (answer.ended.clone(), answer.notices.len()),
        (Ended::Natural, 0)
    );
    assert_eq!((answer.usage.prompt, answer.usage.completion), (10, 5));
    let body = &fake.requests()[0].body;
    assert_eq!(body["stream"], true);
    assert_eq!(body["stream_options"], json!({"include_usage": true}));

    let fake = Fake::always(Reply::Drip(events, Duration::from_millis(50))).await;
    let gateway = gateway_with(&fake.url, |provider| {
        provider.stream = true;
        provider.limits.call_seconds = 600.0;
    });
    let asked = ask(&gateway, "x");
    open(&fake, 1).await;
    asked.abort();
    open(&fake, 0).await;
}

#[tokio::test]
async fn the_last_one_who_waits_closes_it() {
    let fake = Fake::always(Reply::Hang).await;
    let gateway = gateway_with(&fake.url, |provider| provider.limits.call_seconds = 600.0);
    let both = [ask(&gateway, "x"), ask(&gateway, "x")];
    let other = ask(&gateway, "y");
    open(&fake, 2).await;
    both[0].abort();
    other.abort();
    open(&fake, 1).await;
    both[1].abort();
    open(&fake, 0).await;
    assert_eq!(fake.count(), 2);
}
