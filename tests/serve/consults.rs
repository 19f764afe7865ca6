//! The service as its callers meet it: asking, waiting, watching, cancelling,
//! releasing; what remains; and how it ends.

use std::time::{Duration, Instant};

use crate::fake_openai::{Fake, Reply, Request};
use crate::good_models::{good, stage, who};
use crate::serve_common::{Home, Served, bytes_below, contains, events, panel, parse_events};
use reqwest::Method;
use serde_json::{Value, json};

const CASE: &str = "A 61-year-old man on hydrochlorothiazide with a red hot toe. May he take \
                    colchicine? Marker-Zebra-4711.";

/// A service with one panel of this retention before a fake provider.
async fn serve(
    retention: &str,
    more: &[&str],
    handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (Home, Served, Fake) {
    let fake = Fake::start(handler).await;
    let home = Home::new();
    let service = format!("[service]\nretention = \"{retention}\"\n");
    let file = home.write(
        "gout.toml",
        &panel("gout", &fake.url, "synthesis", &service),
    );
    let served = Served::start(&home, &[&file], more);
    (home, served, fake)
}

/// As [`serve`], with a key that may all but administrate.
async fn audited(
    handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (Home, Served, Fake, String) {
    let (home, served, fake) = serve("audit", &[], handler).await;
    let key = home.key("roe", "consult,read,release", &["--person", "Dr Jane Roe"]);
    wait_for_key(&served, &key).await;
    (home, served, fake, key)
}

/// A key that was made while the service runs is known within half a second.
async fn wait_for_key(served: &Served, key: &str) {
    for _ in 0..100 {
        if served
            .get("/v1/models", key)
            .send()
            .await
            .expect("an answer")
            .status()
            == 200
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the key is not known");
}

#[tokio::test]
async fn an_answer_says_how_it_ended_and_what_every_item_rests_on() {
    let (_home, served, _fake, key) = audited(good).await;
    let response = served.ask(&key, CASE).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["primum-outcome"], "complete");
    assert_eq!(response.headers()["primum-released"], "false");
    let consult: Value = response.json().await.expect("JSON");
    let keys: Vec<&String> = consult.as_object().expect("an object").keys().collect();
    assert_eq!(keys[..2], ["format", "outcome"]);
    assert_eq!(consult["format"], "primum-service/1");
    assert_eq!(consult["outcome"]["state"], "complete");
    assert_eq!(consult["state"], "answered");
    assert_eq!(consult["release"]["state"], "unreleased");
    let text = consult["text"].as_str().expect("a text");
    assert!(text.starts_with("[NOT RELEASED"), "{text}");
    assert_eq!(consult["assessment"], "Acute gout.");
    let item = &consult["items"][0];
    assert_eq!(item["number"], 1);
    assert_eq!(item["text"], "Start colchicine 0.5 mg");
    assert_eq!(item["support"]["agents"], json!(["ada", "ben", "cleo"]));
    assert_eq!(item["support"]["vendors"], 3);
    assert_eq!(item["basis"][1]["text"], "Start colchicine");
    assert_eq!(item["basis"][1]["vendor"], "south");
    assert!(
        item["history"]
            .as_array()
            .is_some_and(|steps| !steps.is_empty())
    );
    let stages = consult["stages"].as_array().expect("stages");
    assert_eq!(stages.len(), 8);
    let usage = &consult["usage"];
    assert!(usage["prompt_tokens"].as_u64() >= Some(80));
    assert_eq!(usage["completion_tokens"], 40);
    assert_eq!(usage["calls"], 8);
    assert_eq!(consult["source"]["panel"], "gout");
    assert!(
        consult["ended_at"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z'))
    );
}

#[tokio::test]
async fn a_job_is_watched_and_a_cut_stream_goes_on_where_it_was() {
    let slow = |request: &Request| Reply::after(150, good(request));
    let (_home, served, _fake, key) = audited(slow).await;
    let id = served.job(&key, CASE).await;
    let path = format!("/v1/consults/{id}/events");
    // Reads until it has a few events, then cuts the line.
    let mut stream = served.get(&path, &key).send().await.expect("a stream");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    while parse_events(&text).len() < 3 {
        let chunk = stream.chunk().await.expect("bytes").expect("more to come");
        text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
    }
    drop(stream);
    let mut seen = parse_events(&text);
    let last = seen.last().expect("events").0;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let again = served.get(&path, &key).header("last-event-id", last);
    seen.extend(events(again.send().await.expect("a stream")).await);
    let numbers: Vec<u64> = seen.iter().map(|(id, ..)| *id).collect();
    let wanted: Vec<u64> = (1..=numbers.len() as u64).collect();
    assert_eq!(numbers, wanted, "without gap or repeat");
    assert_eq!(seen[0].1, "started");
    let (_, name, data) = seen.last().expect("events");
    assert_eq!(
        (name.as_str(), &data["outcome"]),
        ("finished", &json!("complete"))
    );
    assert!(
        !text.contains("colchicine"),
        "events say nothing of the question"
    );
    // After the end the same events are there, as they were kept.
    served.ended(&key, &id).await;
    let kept = events(served.get(&path, &key).send().await.expect("a stream")).await;
    assert_eq!(kept, seen[..]);
}

#[tokio::test]
async fn a_cancelled_consult_stops_asking() {
    let slow = |request: &Request| Reply::after(400, good(request));
    let (_home, served, fake, key) = audited(slow).await;
    let id = served.job(&key, CASE).await;
    while fake.count() < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let path = format!("/v1/consults/{id}");
    let cancelled = served
        .request(Method::DELETE, &path, &key)
        .send()
        .await
        .expect("an answer");
    let consult: Value = cancelled.json().await.expect("JSON");
    assert_eq!(consult["state"], "cancelled");
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(fake.count(), 3, "nothing more was asked");
    assert_eq!(served.ended(&key, &id).await["state"], "cancelled");
}

#[tokio::test]
async fn a_caller_that_goes_away_cancels_unless_it_said_otherwise() {
    let slow = |request: &Request| Reply::after(300, good(request));
    let (_home, served, fake, key) = audited(slow).await;
    let asked = |prefer: &'static str| {
        served
            .request(Method::POST, "/v1/consults", &key)
            .header("prefer", prefer)
            .timeout(Duration::from_millis(100))
            .json(&json!({ "question": CASE }))
            .send()
    };
    assert!(asked("wait=30").await.is_err(), "the caller goes away");
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    assert_eq!(fake.count(), 3, "the drafts, and nothing after them");
    assert!(asked("respond-async, wait=30").await.is_err());
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(fake.count(), 3 + 8, "it went on alone");
}

#[tokio::test]
async fn a_person_releases_once_and_the_text_opens_accordingly() {
    let (home, served, _fake, key) = audited(good).await;
    let machine = home.key("clinic", "consult", &[]);
    wait_for_key(&served, &machine).await;
    let consult: Value = served.ask(&key, CASE).await.json().await.expect("JSON");
    let id = consult["id"].as_str().expect("an id");
    let path = format!("/v1/consults/{id}/release");
    let decide = async |key: &str, decision: &str| {
        let body = json!({ "decision": decision, "note": "Kidneys are fine." });
        let sent = served
            .request(Method::POST, &path, key)
            .json(&body)
            .send()
            .await;
        let response = sent.expect("an answer");
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.expect("JSON"))
    };
    assert_eq!(decide(&machine, "release").await.0, 403);
    let (status, released) = decide(&key, "release").await;
    assert_eq!(status, 200);
    assert_eq!(
        (&released["released"], &released["release"]["by"]),
        (&json!(true), &json!("Dr Jane Roe"))
    );
    assert!(!released["text"].as_str().expect("a text").starts_with('['));
    assert_eq!(released["question"]["question"], CASE);
    let (status, again) = decide(&key, "reject").await;
    assert_eq!((status, &again["code"]), (409, &json!("already-decided")));
}

#[tokio::test]
async fn a_key_sees_its_own_consults_only() {
    let (home, served, _fake, key) = audited(good).await;
    let other = home.key("other", "consult,read,release", &["--person", "Dr Other"]);
    let reviewer = home.key(
        "reviewer",
        "read,release",
        &["--person", "Dr Rev", "--reviews", "roe"],
    );
    wait_for_key(&served, &reviewer).await;
    let consult: Value = served.ask(&key, CASE).await.json().await.expect("JSON");
    let id = consult["id"].as_str().expect("an id").to_owned();
    let unknown = format!("c_{}", "0".repeat(32));
    let mut bodies = Vec::new();
    for id in [id.as_str(), unknown.as_str(), "c_1", "%ff"] {
        let response = served
            .get(&format!("/v1/consults/{id}"), &other)
            .send()
            .await
            .expect("one");
        assert_eq!(response.status(), 404, "{id}");
        bodies.push(response.text().await.expect("a body"));
    }
    bodies.dedup();
    assert_eq!(
        bodies.len(),
        1,
        "foreign and unknown ids look the same: {bodies:?}"
    );
    let seen = served
        .get(&format!("/v1/consults/{id}"), &reviewer)
        .send()
        .await
        .expect("one");
    assert_eq!(seen.status(), 200);
    for (key, count) in [(&key, 1), (&other, 0), (&reviewer, 1)] {
        let list: Value = served
            .get("/v1/consults", key)
            .send()
            .await
            .expect("a list")
            .json()
            .await
            .expect("JSON");
        assert_eq!(list["consults"].as_array().map(Vec::len), Some(count));
    }
}

#[tokio::test]
async fn retention_none_answers_at_once_keeps_nothing_and_has_nothing_to_come_back_to() {
    let (home, served, fake) = serve("none", &[], good).await;
    let key = home.key("k", "consult,read", &[]);
    wait_for_key(&served, &key).await;
    let post = |prefer: &'static str, accept: &'static str| {
        served
            .request(Method::POST, "/v1/consults", &key)
            .header("prefer", prefer)
            .header("accept", accept)
            .json(&json!({ "question": CASE }))
            .send()
    };
    let job = post("", "*/*").await.expect("an answer");
    assert_eq!(job.status(), 409);
    assert_eq!(
        job.json::<Value>().await.expect("JSON")["code"],
        "retention-none"
    );
    let answer: Value = post("wait=20", "*/*")
        .await
        .expect("one")
        .json()
        .await
        .expect("JSON");
    assert_eq!(answer["outcome"]["state"], "complete");
    assert_eq!(answer["release"]["state"], "not-recorded");
    let stream = events(post("", "text/event-stream").await.expect("a stream")).await;
    let (_, name, data) = stream.last().expect("events");
    assert_eq!(
        (name.as_str(), &data["state"]),
        ("answer", &json!("answered"))
    );
    let id = data["id"].as_str().expect("an id");
    let later = served
        .get(&format!("/v1/consults/{id}"), &key)
        .send()
        .await
        .expect("one");
    assert_eq!(later.status(), 404);
    for request in fake.requests() {
        assert_eq!(
            request.body["store"], false,
            "the provider is told to keep nothing"
        );
    }
    let log = served.log();
    assert!(log.contains("a consult ended"), "it logs what it does");
    for text in ["Marker-Zebra-4711", "colchicine", key.as_str()] {
        assert!(!log.contains(text), "{text}");
        for (path, bytes) in bytes_below(&home.state()) {
            assert!(!contains(&bytes, text), "{text} in {}", path.display());
        }
    }
}

#[tokio::test]
async fn the_same_request_is_asked_once() {
    let (_home, served, fake, key) = audited(good).await;
    let post = async |question: &str, idempotency: &str| {
        let sent = served
            .request(Method::POST, "/v1/consults", &key)
            .header("prefer", "wait=20")
            .header("idempotency-key", idempotency)
            .json(&json!({ "question": question }))
            .send()
            .await;
        let response = sent.expect("an answer");
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.expect("JSON"))
    };
    let (first, again) = tokio::join!(post(CASE, "one"), post(CASE, "one"));
    assert_eq!((first.0, again.0), (200, 200));
    assert_eq!(first.1["id"], again.1["id"]);
    let later = post(CASE, "one").await;
    assert_eq!(later.1["id"], first.1["id"]);
    assert_eq!(fake.count(), 8);
    let (status, other) = post("Another question?", "one").await;
    assert_eq!(
        (status, &other["code"]),
        (422, &json!("idempotency-mismatch"))
    );
    assert_ne!(post(CASE, "two").await.1["id"], first.1["id"]);
}

#[tokio::test]
async fn a_deadline_is_kept_to_the_second_and_says_what_is_missing() {
    let slow = |request: &Request| match stage(request) {
        "draft" if who(request) != "cleo" => good(request),
        _ => Reply::after(4_000, good(request)),
    };
    let (_home, served, _fake, key) = audited(slow).await;
    let started = Instant::now();
    let sent = served
        .request(Method::POST, "/v1/consults", &key)
        .header("prefer", "wait=30")
        .json(&json!({ "question": CASE, "deadline_seconds": 1.5 }))
        .send();
    let consult: Value = sent.await.expect("an answer").json().await.expect("JSON");
    assert!(
        started.elapsed() < Duration::from_millis(2_500),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(consult["outcome"]["state"], "degraded", "{consult}");
    assert!(
        consult["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("[DEGRADED: "))
    );
}

#[tokio::test]
async fn too_few_members_and_the_panel_abstains_none_and_it_fails() {
    let lost = |request: &Request| match who(request) {
        "ada" => good(request),
        _ => Reply::text(500, "down"),
    };
    let (_home, served, _fake, key) = audited(lost).await;
    let consult: Value = served.ask(&key, CASE).await.json().await.expect("JSON");
    assert_eq!(consult["outcome"]["state"], "abstained");
    assert_eq!(consult["needs_human"], true);
    let text = consult["text"].as_str().expect("a text");
    assert!(text.starts_with("[ABSTAINED, needs a human: "), "{text}");
    let (_home, served, _fake, key) = audited(|_| Reply::text(500, "down")).await;
    let response = served.ask(&key, CASE).await;
    assert_eq!(response.status(), 502);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let problem: Value = response.json().await.expect("JSON");
    assert_eq!(problem["code"], "no-answer");
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("ada"))
    );
    let id = problem["consult"].as_str().expect("an id");
    assert_eq!(served.ended(&key, id).await["state"], "failed");
}

#[tokio::test]
async fn sigterm_lets_what_is_at_work_end_and_refuses_what_is_new() {
    let slow = |request: &Request| Reply::after(500, good(request));
    let (_home, mut served, fake, key) = audited(slow).await;
    let at_work = served.request(Method::POST, "/v1/consults", &key);
    let at_work = at_work
        .header("prefer", "wait=30")
        .json(&json!({ "question": CASE }))
        .send();
    let at_work = tokio::spawn(at_work);
    while fake.count() < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    served.terminate();
    while !served.log().contains("draining") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let refused = served.ask(&key, "Another?").await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(
        refused.json::<Value>().await.expect("JSON")["code"],
        "draining"
    );
    let answer = at_work.await.expect("no panic").expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(served.wait(), Some(0));
}
