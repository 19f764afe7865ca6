//! What a request looks like on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;

use primum::gateway::{Gateway, GatewayConfig, GatewayError};
use secrecy::SecretString;
use serde_json::json;

use crate::fake_openai::{Fake, Reply};
use crate::setup::{call, config, gateway_with, in_memory, model, provider};

#[tokio::test]
async fn parameters_are_sent_as_the_panel_says() {
    let fake = Fake::always(Reply::says("fine")).await;
    let gateway = gateway_with(&fake.url, |provider| provider.seed = true);
    let mut call = call("x");
    let mut model = model();
    model.top_p = Some(0.9);
    model.max_output = Some(700);
    model.reasoning_effort = Some("low".into());
    let extra = json!({"top_p": 0.5, "stream": true, "model": "other", "provider": {"zdr": true}});
    model.extra = serde_json::from_value(extra).expect("an object");
    call.model = Arc::new(model);
    gateway.call(call).await.expect("an answer");
    let request = &fake.requests()[0];
    assert_eq!(request.path, "/v1/chat/completions");
    let body = request.body.as_object().expect("an object");
    let seed = body["seed"].as_i64().expect("a seed");
    assert!((1..=i64::from(i32::MAX)).contains(&seed));
    let mut rest = body.clone();
    rest.remove("messages");
    rest.remove("seed");
    assert_eq!(
        serde_json::Value::Object(rest),
        json!({
            "model": "fake-1", "stream": false, "temperature": 0.0, "max_tokens": 700,
            "reasoning_effort": "low", "top_p": 0.5, "provider": {"zdr": true},
        })
    );
    assert_eq!(body["messages"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn the_key_is_trimmed_and_nothing_comes_from_the_environment() {
    let fake = Fake::always(Reply::says("fine")).await;
    let mut provider = provider(&format!("{}/", fake.url));
    provider.key_env = Some("FAKE_KEY".into());
    let gateway = Gateway::new(GatewayConfig {
        keys: BTreeMap::from([("FAKE_KEY".into(), SecretString::from(" sk-secret\n"))]),
        ..config(provider, in_memory())
    });
    gateway
        .expect("a gateway")
        .call(call("x"))
        .await
        .expect("an answer");
    let request = &fake.requests()[0];
    assert_eq!(request.path, "/v1/chat/completions");
    assert_eq!(request.headers["authorization"], "Bearer sk-secret");
    let names: Vec<_> = request.headers.keys().map(String::as_str).collect();
    let expected = [
        "accept",
        "accept-encoding",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    ];
    assert_eq!(names, expected);
}

#[test]
fn what_cannot_be_used_is_said_at_once() {
    let refused = |url: &str, key: Option<&str>| {
        let mut provider = provider(url);
        provider.key_env = Some("FAKE_KEY".into());
        let key = key.map(|key| ("FAKE_KEY".to_owned(), SecretString::from(key)));
        Gateway::new(GatewayConfig {
            keys: key.into_iter().collect(),
            ..config(provider, in_memory())
        })
        .unwrap_err()
    };
    let missing = refused("http://127.0.0.1:1/v1", None);
    assert!(matches!(missing, GatewayError::MissingKey { .. }));
    assert!(missing.to_string().contains("FAKE_KEY"), "{missing}");
    for url in ["", "ftp://x", "127.0.0.1:1", "http://"] {
        let error = refused(url, Some("k"));
        assert!(error.to_string().contains("base_url"), "{error}");
    }
    let error = refused("http://127.0.0.1:1", Some("se\u{7}cret"));
    assert!(!error.to_string().contains("cret"), "{error}");
}
