//! Money: what is counted, and when nothing more is bought.

use std::sync::Arc;

use futures::future::join_all;
use primum::gateway::journal::system_clock;
use primum::gateway::{Call, FailureKind, Gateway, GatewayConfig, Journal};
use serde_json::json;

use crate::fake_openai::{Fake, Reply};
use crate::setup::{call, config, in_memory, provider, with_price};

/// A call of 10 prompt and 5 completion tokens, at a cent altogether.
fn priced(about: &str) -> Call {
    let mut model = with_price(500.0, 1_000.0);
    model.max_output = Some(20);
    Call {
        model: Arc::new(model),
        ..call(about)
    }
}

fn with_budget(url: &str, journal: Journal, usd: f64) -> Gateway {
    Gateway::new(GatewayConfig {
        budget_usd: Some(usd),
        ..config(provider(url), journal)
    })
    .expect("a gateway")
}

#[tokio::test]
async fn cost_and_usage_are_counted_by_call() {
    let fake = Fake::always(Reply::json(
        200,
        json!({
            "model": "fake-1-0613",
            "choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 50,
                "completion_tokens_details": {"reasoning_tokens": 20},
                "prompt_tokens_details": {"cached_tokens": 40}},
        }),
    ))
    .await;
    let gateway = crate::setup::gateway(&fake.url);
    let mut call = priced("x");
    let mut model = with_price(1.0, 10.0);
    model.price.as_mut().expect("a price").cached_input = Some(0.5);
    call.model = Arc::new(model);
    let answer = gateway.call(call).await.expect("an answer");
    let usd = (60.0 + 20.0 + 500.0) / 1e6;
    assert!((answer.usd.expect("a price") - usd).abs() < 1e-12);
    assert_eq!((answer.usage.reasoning, answer.usage.cached), (20, 40));
    let row = &gateway.journal().calls().expect("calls")[0];
    assert_eq!(row.response_model.as_deref(), Some("fake-1-0613"));
    assert_eq!((row.attempts, row.usage), (1, answer.usage));
    assert!((gateway.snapshot().usd - usd).abs() < 1e-12);
    assert!((gateway.journal().spent_usd().expect("read") - usd).abs() < 1e-12);
}

#[tokio::test]
async fn the_budget_is_used_and_not_exceeded() {
    let fake = Fake::always(Reply::after(5, Reply::says("fine"))).await;
    let gateway = with_budget(&fake.url, in_memory(), 10.0);
    let about: Vec<String> = (0..2_000).map(|n| n.to_string()).collect();
    let outcomes = join_all(about.iter().map(|about| gateway.call(priced(about)))).await;
    let bought = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let spent = gateway.snapshot().usd;
    assert!(spent <= 10.0, "{spent}");
    // The estimates are careful, yet most of the budget is used.
    assert!(spent > 9.5, "{spent}");
    assert_eq!(bought, fake.count());
    for error in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind, FailureKind::Budget);
        assert!(error.message.contains("$10.00"), "{}", error.message);
    }
    assert!(gateway.journal().failures().expect("failures").is_empty());
}

#[tokio::test]
async fn what_the_run_has_cost_before_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.sqlite");
    let fake = Fake::always(Reply::says("fine")).await;
    let open = || Journal::open(&path, system_clock).expect("a journal");
    let first = with_budget(&fake.url, open(), 10.0);
    assert!(first.call(priced("x")).await.is_ok());
    drop(first);
    let second = with_budget(&fake.url, open(), 0.0105);
    assert!((second.snapshot().usd - 0.01).abs() < 1e-9);
    assert!(second.call(priced("x")).await.is_ok());
    let error = second.call(priced("y")).await.unwrap_err();
    assert_eq!((error.kind, fake.count()), (FailureKind::Budget, 1));
}

#[tokio::test]
async fn invalid_and_empty_answers_cost_too() {
    let wrong = || Reply::says("no");
    let fake = Fake::script(vec![wrong(), wrong(), Reply::says(r#"{"n": 1}"#)]).await;
    let gateway = crate::setup::gateway(&fake.url);
    let structured = || Call {
        model: priced("x").model,
        ..crate::setup::structured("x")
    };
    assert!(gateway.call(structured()).await.is_err());
    let spent = || gateway.journal().spent_usd().expect("read");
    assert!((spent() - 0.02).abs() < 1e-9, "{}", spent());
    let next = crate::setup::resumed(&gateway, &fake.url);
    assert!(next.call(structured()).await.is_ok());
    assert!((spent() - 0.03).abs() < 1e-9, "{}", spent());
    assert!((next.snapshot().usd - 0.03).abs() < 1e-9);

    let fake = Fake::script(vec![Reply::says(""), Reply::says("fine")]).await;
    let gateway = crate::setup::gateway(&fake.url);
    let answer = gateway.call(priced("x")).await.expect("an answer");
    assert_eq!(answer.usd, Some(0.01));
    let spent = gateway.journal().spent_usd().expect("read");
    assert!((spent - 0.02).abs() < 1e-9, "{spent}");

    let fake = Fake::always(Reply::says("")).await;
    let gateway = crate::setup::gateway(&fake.url);
    assert!(gateway.call(priced("x")).await.is_err());
    let spent = gateway.journal().spent_usd().expect("read");
    assert!((spent - 0.03).abs() < 1e-9, "{spent}");
}

#[tokio::test]
async fn models_without_a_price_are_not_bounded() {
    let fake = Fake::always(Reply::says("fine")).await;
    let gateway = with_budget(&fake.url, in_memory(), 0.0);
    let answer = gateway.call(call("x")).await.expect("an answer");
    assert_eq!(answer.usd, None);
    assert_eq!(
        gateway.call(priced("y")).await.unwrap_err().kind,
        FailureKind::Budget
    );
}
