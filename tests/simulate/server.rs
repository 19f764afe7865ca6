//! The simulated provider through HTTP: answers, refusals, and every fault as
//! a client without any cleverness sees it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use primum::simulate::FaultKind;
use serde_json::{Value, json};

use crate::simulate_common::{
    body, case_block, cases, config, content, demo_dir, items, post, start,
};

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_another_seed_another() {
    let cases = cases(&demo_dir());
    let (running, client) = start(&cases, config(json!({}))).await;
    let ask = |seed| body("sim-alpha", &case_block(&cases[0]), None, seed);
    let first = content(&running, &client, &ask(1)).await;
    assert!(items(&first).len() >= 5, "{first}");
    assert_eq!(content(&running, &client, &ask(1)).await, first);
    assert_ne!(content(&running, &client, &ask(2)).await, first);

    // Another server of the same configuration is the same provider.
    let (again, client) = start(&cases, config(json!({}))).await;
    assert_eq!(content(&again, &client, &ask(1)).await, first);

    // The world is named by the configuration or by the request.
    let (third, client) = start(&cases, config(json!({"world_seed": 9}))).await;
    let in_nine = body("sim-alpha@w9", &case_block(&cases[0]), None, 1);
    let ninth = content(&third, &client, &ask(1)).await;
    assert_ne!(ninth, first);
    assert_eq!(content(&running, &client, &in_nine).await, ninth);
}

#[tokio::test]
async fn later_turns_are_answered_as_the_task_was_set() {
    let cases = cases(&demo_dir());
    let (running, client) = start(&cases, config(json!({}))).await;
    let user = "<drafts-1f0a93c2>\nDraft A\nA1. Order a test\n</drafts-1f0a93c2>";
    let mut ask = body("sim-beta", user, Some("primum_synthesis"), 4);
    let first = content(&running, &client, &ask).await;
    let turns = ask["messages"].as_array_mut().expect("messages");
    turns.push(json!({"role": "assistant", "content": "no JSON"}));
    turns.push(json!({"role": "user", "content": "Not valid: options 3 and 4 are missing."}));
    assert_eq!(content(&running, &client, &ask).await, first);
}

#[tokio::test]
async fn a_schema_in_the_prompt_sets_the_task_too() {
    let (running, client) = start(&[], config(json!({}))).await;
    let user = "<drafts-1f0a93c2>\nDraft A\nA1. Order a test\n</drafts-1f0a93c2>";
    let by_name = body("sim-beta", user, Some("primum_synthesis"), 0);
    let mut by_prompt = body("sim-beta", user, None, 0);
    by_prompt["messages"][0]["content"] = json!(
        "Answer with JSON of this schema: {\"title\":\"primum_synthesis\",\"type\":\"object\"}"
    );
    assert_eq!(
        content(&running, &client, &by_name).await,
        content(&running, &client, &by_prompt).await
    );
    assert_eq!(running.counts().by_task["primum_synthesis"], 2);
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_as_openai_does_it() {
    let (running, client) = start(&[], config(json!({}))).await;
    let response = post(&running, &client, &body("gpt-7", "x", None, 0))
        .await
        .expect("a reply");
    assert_eq!(response.status(), 404);
    let value: Value = response.json().await.expect("JSON");
    assert_eq!(value["error"]["code"], "model_not_found");
    assert_eq!(value["error"]["type"], "invalid_request_error");

    let response = post(&running, &client, &json!({"model": "sim-alpha"}))
        .await
        .expect("a reply");
    assert_eq!(response.status(), 400);

    // Of a case that nobody knows the model says so, and recommends nothing.
    let answer = content(
        &running,
        &client,
        &body("sim-alpha", "A dog limps.", None, 0),
    )
    .await;
    assert!(answer.starts_with("I cannot help"), "{answer}");
    assert_eq!(items(&answer).len(), 0);

    let url = |path: &str| format!("http://{}{path}", running.addr);
    let get = async |path: &str| client.get(url(path)).send().await.expect("a reply");
    let models: Value = get("/v1/models").await.json().await.expect("JSON");
    assert_eq!(models["data"].as_array().map(Vec::len), Some(6));
    assert_eq!(get("/healthz").await.status(), 200);
    let numbers: Value = get("/config").await.json().await.expect("JSON");
    assert_eq!(config(numbers), config(json!({})));
    let stats: Value = get("/stats").await.json().await.expect("JSON");
    assert_eq!(
        stats,
        json!({"requests": 3, "by_model": {"sim-alpha": 1, "unknown": 1},
            "by_task": {"advisor": 1}, "by_fault": {}})
    );
}

/// A provider whose every request meets one kind of fault, and a structured
/// request that it would answer.
async fn faulty(kind: FaultKind) -> (primum::simulate::RunningSimulator, reqwest::Client, Value) {
    let settings = json!({"faults": {"rate": 1.0, "kinds": [kind.name()],
        "hang_seconds": 0.3, "drip_seconds": 0.3, "retry_after_ms": 1500}});
    let (running, client) = start(&[], config(settings)).await;
    let user = "<drafts-1f0a93c2>\nDraft A\nA1. Order a test\n</drafts-1f0a93c2>";
    (
        running,
        client,
        body("sim-beta", user, Some("primum_synthesis"), 0),
    )
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back_in_three_ways() {
    let (running, client, ask) = faulty(FaultKind::TooMany).await;
    let mut ways = BTreeSet::new();
    for _ in 0..40 {
        let response = post(&running, &client, &ask).await.expect("a reply");
        assert_eq!(response.status(), 429);
        let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok());
        match (header("retry-after"), header("retry-after-ms")) {
            (Some("1"), None) => ways.insert("seconds"),
            (Some(date), None) => {
                let at = httpdate::parse_http_date(date).expect("an HTTP date");
                assert!(at <= SystemTime::now() + Duration::from_secs(2));
                ways.insert("date")
            }
            (None, Some("1500")) => ways.insert("milliseconds"),
            other => unreachable!("{other:?}"),
        };
    }
    assert_eq!(ways.len(), 3);
}

#[tokio::test]
async fn errors_have_their_status_and_their_body() {
    for (kind, status) in [(FaultKind::Internal, 500), (FaultKind::Unavailable, 503)] {
        let (running, client, ask) = faulty(kind).await;
        let response = post(&running, &client, &ask).await.expect("a reply");
        assert_eq!(response.status(), status);
        let value: Value = response.json().await.expect("JSON");
        assert!(value["error"]["message"].is_string());
    }
    let (running, client, ask) = faulty(FaultKind::Quota).await;
    let response = post(&running, &client, &ask).await.expect("a reply");
    assert_eq!(response.status(), 429);
    let value: Value = response.json().await.expect("JSON");
    assert_eq!(value["error"]["code"], "insufficient_quota");
    assert_eq!(running.counts().by_fault["quota"], 1);
}

#[tokio::test]
async fn off_specification_errors_come_in_three_shapes() {
    let (running, client, ask) = faulty(FaultKind::OffSpecError).await;
    let mut shapes = BTreeSet::new();
    for _ in 0..40 {
        let response = post(&running, &client, &ask).await.expect("a reply");
        let status = response.status().as_u16();
        let value: Value = response.json().await.expect("JSON");
        let shape = match &value {
            Value::Array(list) if list[0]["error"]["code"] == status => "array",
            value if value["error"]["code"] == status => "integer code",
            value if value["object"] == "error" && value["code"] == status => "flat",
            other => unreachable!("{other}"),
        };
        shapes.insert(shape);
    }
    assert_eq!(shapes.len(), 3);
}

#[tokio::test]
async fn hangs_and_drips_take_their_time() {
    let (running, client, ask) = faulty(FaultKind::Hang).await;
    let start = Instant::now();
    let response = post(&running, &client, &ask).await.expect("a reply");
    assert_eq!(response.status(), 504);
    assert!(start.elapsed() >= Duration::from_millis(300));

    let (running, client, ask) = faulty(FaultKind::SlowDrip).await;
    let start = Instant::now();
    let mut response = post(&running, &client, &ask).await.expect("a reply");
    let (mut pieces, mut whole) = (0, Vec::new());
    while let Some(piece) = response.chunk().await.expect("a piece") {
        pieces += 1;
        whole.extend_from_slice(&piece);
    }
    assert!(start.elapsed() >= Duration::from_millis(250));
    assert!(pieces > 5, "{pieces}");
    let value: Value = serde_json::from_slice(&whole).expect("the whole answer");
    assert_eq!(value["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn a_cut_breaks_off_in_the_middle_of_the_body() {
    let (running, client, ask) = faulty(FaultKind::Cut).await;
    for _ in 0..5 {
        let mut response = post(&running, &client, &ask)
            .await
            .expect("the headers arrive");
        assert_eq!(response.status(), 200);
        let length = response.content_length().expect("a length") as usize;
        let mut seen = 0;
        let broken = loop {
            match response.chunk().await {
                Ok(Some(piece)) => seen += piece.len(),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        assert!(broken, "the body ended as if it were whole");
        assert!(seen > 0 && seen < length, "{seen} of {length}");
    }

    let (running, client, ask) = faulty(FaultKind::TruncatedJson).await;
    let response = post(&running, &client, &ask).await.expect("a reply");
    let text = response.text().await.expect("the body is whole for HTTP");
    assert!(serde_json::from_str::<Value>(&text).is_err_and(|e| e.is_eof()));
}

#[tokio::test]
async fn faults_of_content_change_the_words_and_spare_repair_turns() {
    let words = async |kind, repair: bool| {
        let (running, client, mut ask) = faulty(kind).await;
        if repair {
            let turns = ask["messages"].as_array_mut().expect("messages");
            turns.push(json!({"role": "assistant", "content": "no"}));
            turns.push(json!({"role": "user", "content": "Again, please."}));
        }
        let response = post(&running, &client, &ask).await.expect("a reply");
        let value: Value = response.json().await.expect("JSON");
        let choice = &value["choices"][0];
        let content = choice["message"]["content"]
            .as_str()
            .expect("a text")
            .to_owned();
        (content, choice["finish_reason"].as_str() == Some("length"))
    };
    let (right, _) = words(FaultKind::Empty, true).await;
    assert!(serde_json::from_str::<Value>(&right).is_ok_and(|v| v["items"].is_array()));

    assert_eq!(words(FaultKind::Empty, false).await, (String::new(), false));
    let (prose, _) = words(FaultKind::Prose, false).await;
    assert!(prose.len() > right.len() && prose.contains(&right));
    let (other, _) = words(FaultKind::WrongSchema, false).await;
    assert!(serde_json::from_str::<Value>(&other).is_ok_and(|v| v["items"].is_null()));
    let (half, cut) = words(FaultKind::CutAnswer, false).await;
    assert!(cut && right.starts_with(&half) && half.len() < right.len());
    for kind in [
        FaultKind::Prose,
        FaultKind::WrongSchema,
        FaultKind::CutAnswer,
    ] {
        assert_eq!(words(kind, true).await, (right.clone(), false));
    }
}

#[tokio::test]
async fn retries_get_through_at_a_rate_and_faults_may_be_one_models_own() {
    let settings = json!({
        "faults": {"rate": 0.5, "kinds": ["500", "503"]},
        "models": {"sim-beta": {"faults": {"rate": 0.0}}},
    });
    let (running, client) = start(&[], config(settings)).await;
    let mut failed = 0;
    for i in 0..40 {
        let ask = body("sim-alpha", &format!("case {i}"), None, 0);
        let mut tries = 0;
        while post(&running, &client, &ask)
            .await
            .expect("a reply")
            .status()
            != 200
        {
            tries += 1;
            assert!(tries < 30);
        }
        failed += tries;
        let spared = body("sim-beta", &format!("case {i}"), None, 0);
        assert_eq!(
            post(&running, &client, &spared)
                .await
                .expect("a reply")
                .status(),
            200
        );
    }
    assert!((15..80).contains(&failed), "{failed}");
    let counted: u64 = running.counts().by_fault.values().sum();
    assert_eq!(counted, failed);
}

#[tokio::test]
async fn a_stopped_provider_takes_no_more_requests() {
    let (running, client) = start(&[], config(json!({}))).await;
    let url = format!("http://{}/healthz", running.addr);
    assert!(client.get(&url).send().await.is_ok());
    running.shutdown().await;
    assert!(reqwest::Client::new().get(&url).send().await.is_err());
}
