//! What was acknowledged is kept: through kills in the middle of the work, and
//! on a disk that is full.

use crate::serve_common;
use std::time::Duration;

use crate::advisors::{CASE, ask, file, get, good, post, question};
use crate::fake_openai::{Fake, Reply};
use crate::serve_common::{Home, Served};
use futures::future::join_all;
use serde_json::Value;

/// What a caller was told of one question.
struct Told {
    id: String,
    question: String,
    /// The answer's text; `None` for a job that was taken on.
    text: Option<String>,
}

/// Asks one after the other until the service is gone.
async fn until_it_is_gone(served: &Served, key: &str, name: String, jobs: bool) -> Vec<Told> {
    let mut told = Vec::new();
    for number in 0.. {
        let words = format!("{CASE} {name}, number {number}.");
        let prefer = (!jobs).then_some("wait=30");
        let Some(back) = post(served, key, prefer, &question(&words)).await else {
            break;
        };
        let text = match back.status {
            200 => Some(back.text().to_owned()),
            202 => None,
            other => panic!("{other}: {back:?}"),
        };
        told.push(Told {
            id: back.id().to_owned(),
            question: words,
            text,
        });
        // The disk is faster than any caller; do not fill it.
        tokio::time::sleep(Duration::from_millis(if jobs { 25 } else { 5 })).await;
    }
    told
}

/// Everything that was acknowledged is there.
async fn all_is_there(served: &Served, key: &str, told: &[Told]) {
    for told in told {
        let kept = get(served, key, &told.id).await.expect("an answer");
        assert_eq!(kept.status, 200, "{} is lost", told.id);
        assert_eq!(kept.body["question"]["question"], told.question);
        let state = kept.body["state"].as_str().expect("a state");
        match &told.text {
            Some(text) => {
                assert_eq!(state, "answered");
                assert_eq!(kept.text(), text);
            }
            None => assert!(matches!(state, "answered" | "interrupted"), "{state}"),
        }
    }
}

fn is_sound(home: &Home) {
    let output = home
        .primum(&["audit", "verify"])
        .output()
        .expect("the program");
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{words}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_kills_under_load_lose_nothing_that_was_acknowledged() {
    let fake = Fake::start(|request| {
        let pause = if request.number % 11 == 0 { 120 } else { 5 };
        Reply::after(pause, good(request))
    })
    .await;
    let home = Home::new();
    let key = home.key("k", "consult,read", &[]);
    let start = || {
        let file = file(&home, &fake.url, "audit");
        let mut command = home.primum(&["serve", "--listen", "127.0.0.1:0"]);
        command.arg(file).args(["--queue", "1000"]);
        Served::run_quietly(command)
    };
    let mut all: Vec<Told> = Vec::new();
    let mut served = start();
    for kill in 0..50_u64 {
        let askers = (0..6).map(|asker| {
            let name = format!("kill {kill}, asker {asker}");
            until_it_is_gone(&served, &key, name, asker % 3 == 0)
        });
        // At another moment each time.
        let pid = served.pid().to_string();
        let killed = async {
            tokio::time::sleep(Duration::from_millis(120 + kill * 29 % 240)).await;
            let sent = std::process::Command::new("kill")
                .args(["-KILL", &pid])
                .status();
            assert!(sent.expect("kill").success());
        };
        let (told, ()) = tokio::join!(join_all(askers), killed);
        served.wait();
        is_sound(&home);
        let told: Vec<Told> = told.into_iter().flatten().collect();
        served = start();
        all_is_there(&served, &key, &told).await;
        all.extend(told);
    }
    let answers = all.iter().filter(|told| told.text.is_some()).count();
    let jobs = all.len() - answers;
    assert!(
        answers >= 50 && jobs >= 50,
        "{answers} answers, {jobs} jobs"
    );
    eprintln!("50 kills: {answers} answers and {jobs} jobs acknowledged, none lost");
    // The last kill took nothing that an earlier one had left.
    all_is_there(&served, &key, &all).await;
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_acknowledged_that_is_not_kept() {
    let fake = Fake::start(good).await;
    let home = Home::new();
    let key = home.key("k", "consult", &[]);
    let panel = file(&home, &fake.url, "audit");
    // The limit holds for each file, in units of 512 bytes.
    let mut command = std::process::Command::new("sh");
    command
        .current_dir(serve_common::root())
        .env("PRIMUM_HOME", home.state())
        .arg("-c")
        .arg("ulimit -f 1000; exec \"$0\" serve --listen 127.0.0.1:0 \"$1\"")
        .arg(env!("CARGO_BIN_EXE_primum"))
        .arg(&panel);
    let mut served = Served::run(command);
    let long = "He had gout before. ".repeat(1_000);
    let mut told: Vec<Told> = Vec::new();
    let mut refused = 0;
    for number in 0..60 {
        let words = format!("{CASE} {long} Number {number}.");
        let back = ask(&served, &key, &question(&words))
            .await
            .expect("an answer");
        match back.status {
            200 => told.push(Told {
                id: back.id().to_owned(),
                question: words,
                text: Some(back.text().to_owned()),
            }),
            503 => {
                assert_eq!(back.code(), "store-failed");
                assert_eq!(back.body["id"], Value::Null, "no answer comes with it");
                // Begun before the disk was full, it is not at work for ever.
                if let Some(id) = back.body["consult"].as_str() {
                    let kept = get(&served, &key, id).await.expect("an answer");
                    assert_eq!(kept.body["state"], "failed", "{:?}", kept.body);
                }
                refused += 1;
            }
            other => panic!("{other}: {back:?}"),
        }
        if refused == 5 {
            break;
        }
    }
    assert_eq!(refused, 5, "the disk was never full");
    assert!(told.len() >= 3);
    let alive = served.client.get(served.url("/healthz")).send().await;
    assert_eq!(alive.expect("it lives").status(), 200);
    all_is_there(&served, &key, &told).await;
    served.kill();
    is_sound(&home);
    // With room again all goes on.
    let served = Served::start(&home, &[&panel], &[]);
    all_is_there(&served, &key, &told).await;
    let back = ask(&served, &key, &question(CASE))
        .await
        .expect("an answer");
    assert_eq!(back.outcome(), "complete");
}
