//! Structured answers: asked for, found, checked, repaired once.

use primum::gateway::{Ended, FailureKind};
use primum::panel::model::StructuredOutput;
use serde_json::json;

use crate::fake_openai::{Fake, Reply, answer};
use crate::setup::{gateway, gateway_with, structured};

#[tokio::test]
async fn the_providers_mode_says_how_it_is_asked_for() {
    for mode in [
        StructuredOutput::JsonSchema,
        StructuredOutput::JsonObject,
        StructuredOutput::Prompt,
    ] {
        let fake = Fake::always(Reply::says(r#"{"n": 1}"#)).await;
        let gateway = gateway_with(&fake.url, |provider| provider.structured_output = mode);
        let answer = gateway.call(structured("x")).await.expect("an answer");
        assert_eq!(answer.json.as_deref(), Some(&json!({"n": 1})));
        let request = &fake.requests()[0];
        let format = &request.body["response_format"];
        let in_prompt = request.message(0).contains(r#""title":"primum_number""#);
        match mode {
            StructuredOutput::JsonSchema => {
                assert_eq!(format["type"], "json_schema");
                assert_eq!(format["json_schema"]["name"], "primum_number");
                assert_eq!(format["json_schema"]["strict"], true);
                assert_eq!(format["json_schema"]["schema"]["required"], json!(["n"]));
                assert!(!in_prompt);
            }
            StructuredOutput::JsonObject => {
                assert_eq!(*format, json!({"type": "json_object"}));
                assert!(in_prompt);
            }
            StructuredOutput::Prompt => {
                assert!(format.is_null());
                assert!(in_prompt);
                assert!(request.message(0).starts_with("x. A 54-year-old"));
            }
        }
    }
}

#[tokio::test]
async fn json_is_found_in_prose() {
    let fake = Fake::always(Reply::says("Of course:\n```json\n{\"n\": 7}\n```\nBye {}")).await;
    let answer = gateway(&fake.url)
        .call(structured("x"))
        .await
        .expect("an answer");
    assert_eq!(answer.json.as_deref(), Some(&json!({"n": 7})));
    assert!(answer.text.starts_with("Of course"));
    assert_eq!(fake.count(), 1);
}

#[tokio::test]
async fn a_wrong_shape_is_repaired_once() {
    for first in [Reply::says(r#"{"n": "one", "m": 2}"#), Reply::says("no")] {
        let fake = Fake::script(vec![first, Reply::says(r#"{"n": 1}"#)]).await;
        let gateway = gateway(&fake.url);
        let answer = gateway.call(structured("x")).await.expect("an answer");
        assert_eq!(answer.json.as_deref(), Some(&json!({"n": 1})));
        // As if it had been right at once; the journal knows of both turns.
        assert_eq!((answer.usage.prompt, answer.usage.completion), (10, 5));
        assert_eq!(gateway.snapshot().tokens.completion, 10);
        assert_eq!(answer.ended, Ended::Natural);
        let repair = &fake.requests()[1];
        assert_eq!(repair.body["messages"].as_array().map(Vec::len), Some(4));
        assert!(repair.message(0).contains("does not fit the JSON Schema"));
        assert!(!repair.message(0).contains("one"), "{}", repair.message(0));

        // The next one finds both turns in the journal.
        let again = gateway.call(structured("x")).await.expect("an answer");
        assert_eq!(again.usage, answer.usage);
        assert_eq!(again.seconds, answer.seconds);
        assert_eq!((fake.count(), gateway.snapshot().from_journal), (2, 1));
    }
}

#[tokio::test]
async fn wrong_twice_is_a_failure_that_is_bought_again() {
    let wrong = || Reply::says(r#"{"n": "palpitations"}"#);
    let fake = Fake::script(vec![wrong(), wrong(), Reply::says(r#"{"n": 1}"#)]).await;
    let gateway = gateway(&fake.url);
    let error = gateway.call(structured("x")).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Invalid);
    assert!(error.message.contains("primum_number"), "{}", error.message);
    assert!(!error.message.contains("palpitations"), "{}", error.message);
    let journal = gateway.journal();
    assert_eq!(journal.calls_count(), 0);
    let failures = journal.failures().expect("failures");
    assert_eq!(failures.len(), 1);
    assert_eq!(
        (failures[0].kind, failures[0].attempts),
        (FailureKind::Invalid, 2)
    );

    // In this session it stays failed, so that all who need it see the same.
    let again = gateway.call(structured("x")).await.unwrap_err();
    assert_eq!((again.kind, fake.count()), (FailureKind::Invalid, 2));

    let next = crate::setup::resumed(&gateway, &fake.url);
    assert!(next.call(structured("x")).await.is_ok());
    assert_eq!((fake.count(), journal.calls_count()), (3, 1));
    assert_eq!(journal.failures().expect("failures"), []);
}

#[tokio::test]
async fn a_cut_free_text_says_so() {
    let mut body = answer("1. Do this and");
    body["choices"][0]["finish_reason"] = "length".into();
    let fake = Fake::always(Reply::json(200, body)).await;
    let answer = gateway(&fake.url).call(crate::setup::call("x")).await;
    assert_eq!(answer.expect("an answer").ended, Ended::Cut);
}
