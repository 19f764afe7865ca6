//! Kind D: how an answer ended.

use std::sync::Arc;

use primum::gateway::{Call, Ended, FailureKind, Notice};
use serde_json::{Value, json};

use crate::fake_openai::{Fake, Reply, answer};
use crate::panel_fake::{Setup, good, stage, who};
use crate::setup::{call, gateway, model, resumed, structured};

/// An answer with these words that ended so.
fn ended(text: &str, reason: Value) -> Reply {
    let mut body = answer(text);
    body["choices"][0]["finish_reason"] = reason;
    Reply::json(200, body)
}

#[tokio::test]
async fn only_words_that_are_known_mean_an_end() {
    let natural = [
        "stop",
        "end_turn",
        "eos",
        "STOP",
        "stop_sequence",
        "eos_token",
        "COMPLETE",
    ];
    let cut = [
        "length",
        "max_tokens",
        "MAX_TOKENS",
        "model_length",
        "max_output_tokens",
    ];
    let filtered = [
        "content_filter",
        "SAFETY",
        "RECITATION",
        "guardrail_intervened",
        "sensitive",
    ];
    let unknown = [
        "error",
        "abort",
        "cancelled",
        "insufficient_system_resource",
        "time_limit",
        "OTHER",
        "tool_calls",
        "stopped",
        "network_error",
        "pause_turn",
    ];
    let read = |reason: Value| async move {
        let fake = Fake::always(ended("1. Start a low-dose beta", reason)).await;
        let answer = gateway(&fake.url).call(call("x")).await.expect("an answer");
        assert_eq!(fake.count(), 1);
        answer.ended
    };
    for word in natural {
        assert_eq!(read(json!(word)).await, Ended::Natural, "{word}");
    }
    for word in cut {
        assert_eq!(read(json!(word)).await, Ended::Cut, "{word}");
    }
    for word in filtered {
        assert_eq!(read(json!(word)).await, Ended::Filtered(word.to_owned()));
    }
    assert_eq!(read(json!("refusal")).await, Ended::Declined);
    for word in unknown {
        assert_eq!(
            read(json!(word)).await,
            Ended::Unknown(Some(word.to_owned()))
        );
    }
    for nothing in [json!(null), json!(""), json!("null")] {
        assert_eq!(read(nothing).await, Ended::Unknown(None));
    }
    // As SGLang's own API has it.
    assert_eq!(
        read(json!({"type": "length", "length": 9})).await,
        Ended::Cut
    );
}

#[tokio::test]
async fn a_gateway_that_says_stop_for_everything_is_not_believed() {
    let unknown = |word: &str| Ended::Unknown(Some(word.to_owned()));
    for (native, ended) in [
        ("MAX_TOKENS", Ended::Cut),
        ("OTHER", unknown("OTHER")),
        ("error", unknown("error")),
        (
            "insufficient_system_resource",
            unknown("insufficient_system_resource"),
        ),
        ("STOP", Ended::Natural),
    ] {
        let mut body = answer("1. Start a low-dose beta");
        body["choices"][0]["native_finish_reason"] = native.into();
        let fake = Fake::always(Reply::json(200, body)).await;
        let answer = gateway(&fake.url).call(call("x")).await.expect("an answer");
        assert_eq!(answer.ended, ended, "{native}");
    }
}

#[tokio::test]
async fn a_run_that_goes_on_knows_how_answers_ended() {
    let fake = Fake::always(ended("1. Do", json!("weird"))).await;
    let first = gateway(&fake.url);
    let bought = first.call(call("x")).await.expect("an answer");
    let found = resumed(&first, &fake.url)
        .call(call("x"))
        .await
        .expect("an answer");
    assert_eq!(found.ended, Ended::Unknown(Some("weird".to_owned())));
    assert_eq!((found.ended, found.notices), (bought.ended, bought.notices));
    assert_eq!(fake.count(), 1);
}

#[tokio::test]
async fn a_tool_instead_of_an_answer_is_a_failure_with_its_reason() {
    let mut body = answer("");
    body["choices"][0]["finish_reason"] = "tool_calls".into();
    body["choices"][0]["message"] = json!({"content": null, "tool_calls": [{"id": "x"}]});
    let fake = Fake::always(Reply::json(200, body)).await;
    let error = gateway(&fake.url).call(call("x")).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Empty);
    assert!(error.message.contains("called a tool"), "{}", error.message);
}

/// The same call of a model whose answers may be so long.
fn limited(call: Call, max_output: Option<u32>, context: Option<u32>) -> Call {
    let model = primum::panel::model::Model {
        max_output,
        context,
        ..model()
    };
    Call {
        model: Arc::new(model),
        ..call
    }
}

#[tokio::test]
async fn what_ended_at_its_limit_is_not_asked_again_unchanged() {
    for (text, question, said) in [
        ("", call("x"), "no word of it came"),
        ("<think>hm", call("x"), "thinking took all of them"),
        ("{\"n\": ", structured("x"), "its JSON is not complete"),
    ] {
        let fake = Fake::always(ended(text, json!("length"))).await;
        let first = gateway(&fake.url);
        let question = limited(question, Some(9), None);
        let error = first.call(question.clone()).await.unwrap_err();
        assert_eq!((error.kind, fake.count()), (FailureKind::OutputLimit, 1));
        for words in ["limit of 9 tokens", said, "raise max_output of [models.m]"] {
            assert!(error.message.contains(words), "{}", error.message);
        }
        // Nor when the run goes on; with another limit it is another question.
        let next = resumed(&first, &fake.url);
        let error = next.call(question.clone()).await.unwrap_err();
        assert_eq!((error.kind, fake.count()), (FailureKind::OutputLimit, 1));
        let _ = next.call(limited(question, Some(99), None)).await;
        assert_eq!(fake.count(), 2);
    }
}

#[tokio::test]
async fn where_the_window_has_room_more_is_asked_for_once() {
    for (cut, whole, question) in [
        ("", "1. Do", call("x")),
        ("{\"n\": ", "{\"n\": 1}", structured("x")),
    ] {
        let replies = vec![ended(cut, json!("length")), Reply::says(whole)];
        let fake = Fake::script(replies).await;
        let first = gateway(&fake.url);
        let question = limited(question, None, Some(100_000));
        let answer = first.call(question.clone()).await.expect("an answer");
        assert_eq!(&*answer.text, whole);
        let asked = |n: usize| fake.requests()[n].body["max_tokens"].as_u64();
        assert_eq!((asked(0), asked(1)), (Some(16_384), Some(65_536)));
        let raised = Notice::LimitRaised {
            from: 16_384,
            to: 65_536,
        };
        assert_eq!(answer.notices, [raised]);
        assert_eq!(first.journal().failures().expect("failures"), []);
        let found = resumed(&first, &fake.url)
            .call(question)
            .await
            .expect("an answer");
        assert_eq!((found.notices, fake.count()), (answer.notices, 2));
    }
    // Cut again with more room: it ends there.
    let fake = Fake::always(ended("", json!("length"))).await;
    let question = limited(call("x"), None, Some(100_000));
    let error = gateway(&fake.url).call(question).await.unwrap_err();
    assert_eq!((error.kind, fake.count()), (FailureKind::OutputLimit, 2));
}

#[tokio::test]
async fn a_structured_answer_that_a_filter_stopped_is_none() {
    for (reason, kind) in [
        (json!("content_filter"), FailureKind::Declined),
        (json!("refusal"), FailureKind::Declined),
    ] {
        let fake = Fake::always(ended("{\"n\": 1}", reason)).await;
        let error = gateway(&fake.url).call(structured("x")).await.unwrap_err();
        assert_eq!((error.kind, fake.count()), (kind, 1));
    }
    // Its form says that it is whole, whatever else nobody said.
    let fake = Fake::always(ended("{\"n\": 1}", json!(null))).await;
    let answer = gateway(&fake.url)
        .call(structured("x"))
        .await
        .expect("an answer");
    assert_eq!(answer.troubles("ben", "answer"), Vec::<String>::new());
}

#[tokio::test]
async fn a_panel_says_how_its_answers_ended() {
    for (reason, said) in [
        (
            json!("MAX_TOKENS"),
            "ben's draft was cut at its token limit",
        ),
        (
            json!("error"),
            "ben's draft ended with “error”, which is not known to mean its end",
        ),
        (
            json!(null),
            "the provider did not say how ben's draft ended",
        ),
        (
            json!("SAFETY"),
            "the provider's filter stopped ben's draft (“SAFETY”)",
        ),
    ] {
        let word = reason.clone();
        let asked = Setup::of("vote")
            .ask(move |request| match (stage(request), who(request)) {
                ("draft", "ben") => ended(
                    "Gout.\n\n1. Start colchicine\n2. Start a low-dose beta",
                    word.clone(),
                ),
                _ => good(request),
            })
            .await;
        assert_eq!(asked.state(), "degraded", "{reason}");
        let about: Vec<&str> = asked
            .reasons()
            .into_iter()
            .filter(|r| r.contains(said))
            .collect();
        assert_eq!(about.len(), 1, "{:?}", asked.reasons());
    }
    // A guardian that a filter stopped leaves the plan as it was.
    let asked = Setup::of("vote")
        .ask(|request| match (stage(request), who(request)) {
            ("guardian", "gus") => ended("{\"edits\": []}", json!("content_filter")),
            _ => good(request),
        })
        .await;
    assert!(
        asked.says("guardian gus did not answer (the model or a filter declined)"),
        "{:?}",
        asked.reasons()
    );
    // A server that never says it is usable, and told of once an agent.
    let asked = Setup::of("synthesis")
        .ask(|request| {
            let Reply::Says(text) = good(request) else {
                return good(request);
            };
            ended(&text, json!(null))
        })
        .await;
    assert_eq!(asked.state(), "degraded");
    let reasons = asked.reasons();
    assert_eq!(reasons.len(), 3, "one of each draft: {reasons:?}");
    assert!(!asked.items().is_empty());
}
