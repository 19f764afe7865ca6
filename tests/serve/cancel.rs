//! Whoever ends a consult early frees the models: their requests are dropped in
//! the middle of their work, whichever way it ends.

use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::advisors::{CASE, file, post, question, serve};
use crate::fake_openai::{Fake, Reply, Request, answer};
use crate::good_models::{draft, who};
use crate::serve_common::Home;

/// Models in the middle of their work: one has not begun to answer, the others
/// have.
fn at_work(request: &Request) -> Reply {
    match who(request) {
        "ada" => Reply::Hang,
        name => Reply::Drip(answer(draft(name)).to_string(), Duration::from_millis(80)),
    }
}

/// Waits until so many requests are open. The time is for a broken program, not
/// for a slow machine.
async fn open(fake: &Fake, wanted: usize, when: &str) {
    let reached = async {
        while fake.open() != wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let reached = tokio::time::timeout(Duration::from_secs(18), reached).await;
    assert!(
        reached.is_ok(),
        "{when}: {} are open, not {wanted}",
        fake.open()
    );
}

#[tokio::test]
async fn however_a_consult_ends_early_its_requests_are_dropped() {
    let fake = Fake::start(at_work).await;
    let home = Home::new();
    let key = home.key("k", "consult", &[]);
    let mut served = serve(&home, &fake.url, &[]);

    let asked = post(&served, &key, None, &question(CASE)).await;
    let id = asked.expect("an answer").id().to_owned();
    open(&fake, 3, "asked").await;
    let path = format!("/v1/consults/{id}");
    let cancelled = served.request(Method::DELETE, &path, &key).send().await;
    assert_eq!(cancelled.expect("an answer").status(), 200);
    open(&fake, 0, "cancelled").await;

    // The caller waits, and its connection breaks.
    let waiting = served
        .request(Method::POST, "/v1/consults", &key)
        .header("prefer", "wait=60")
        .json(&question(CASE));
    let waiting = tokio::spawn(waiting.send());
    open(&fake, 3, "waited for").await;
    waiting.abort();
    open(&fake, 0, "the caller is gone").await;

    // The same where the chat endpoint streams.
    let streaming = served
        .request(Method::POST, "/v1/chat/completions", &key)
        .json(&json!({"model": "three", "stream": true,
            "messages": [{"role": "user", "content": CASE}]}));
    let response = streaming.send().await.expect("an answer");
    open(&fake, 3, "streamed").await;
    drop(response);
    open(&fake, 0, "the reader is gone").await;

    let short = json!({"question": CASE, "deadline_seconds": 5});
    post(&served, &key, None, &short).await.expect("an answer");
    open(&fake, 3, "short of time").await;
    open(&fake, 0, "out of time").await;

    post(&served, &key, None, &question(CASE))
        .await
        .expect("an answer");
    open(&fake, 3, "asked again").await;
    served.kill();
    open(&fake, 0, "the service is killed").await;
    assert_eq!(fake.count(), 15, "every consult asked each model once");
}

#[tokio::test]
async fn an_interrupted_consult_at_the_terminal_drops_its_requests() {
    let fake = Fake::start(at_work).await;
    let home = Home::new();
    let panel = file(&home, &fake.url, "none");
    let case = home.write("case.txt", CASE);
    let start = |more: &[&str]| {
        home.primum(&["consult", "--yes", "--file"])
            .arg(&case)
            .arg(&panel)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program")
    };
    let mut interrupted = start(&[]);
    open(&fake, 3, "asked").await;
    let pid = interrupted.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.expect("kill").success());
    let ended = tokio::task::spawn_blocking(move || interrupted.wait()).await;
    let ended = ended.expect("no panic").expect("it ends");
    assert_eq!(ended.code(), Some(130));
    open(&fake, 0, "interrupted").await;

    let mut late = start(&["--deadline", "5"]);
    open(&fake, 3, "asked").await;
    open(&fake, 0, "out of time").await;
    let ended = tokio::task::spawn_blocking(move || late.wait()).await;
    assert!(ended.expect("no panic").is_ok());
}
