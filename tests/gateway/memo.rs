//! A call is bought once: joins, the memo, and calls that are dropped.

use std::path::Path;
use std::time::Duration;

use futures::future::join_all;
use primum::gateway::journal::system_clock;
use primum::gateway::{FailureKind, Gateway, Journal};

use crate::fake_openai::{Fake, Reply};
use crate::setup::{call, config, gateway, gateway_with, provider};

fn on_disk(url: &str, path: &Path) -> Gateway {
    let journal = Journal::open(path, system_clock).expect("a journal");
    Gateway::new(config(provider(url), journal)).expect("a gateway")
}

#[tokio::test]
async fn the_same_call_in_flight_is_sent_once() {
    let fake = Fake::always(Reply::after(100, Reply::says("fine"))).await;
    let gateway = gateway(&fake.url);
    let answers = join_all((0..50).map(|_| gateway.call(call("x")))).await;
    assert!(answers.iter().all(|answer| answer.is_ok()));
    assert_eq!(fake.count(), 1);
    assert_eq!(gateway.snapshot().finished, 50);
}

#[tokio::test]
async fn seats_stages_and_trials_are_asked_apart_and_labels_are_not() {
    let fake = Fake::always(Reply::says("fine")).await;
    let gateway = gateway(&fake.url);
    let mut calls = vec![call("x"), call("x"), call("x"), call("x"), call("x")];
    calls[1].seat = "b".into();
    calls[2].stage = "synthesis";
    calls[3].trial = 2;
    calls[4].item = "Card002".into();
    join_all(calls.into_iter().map(|call| gateway.call(call))).await;
    assert_eq!(fake.count(), 4);
}

#[tokio::test]
async fn when_the_sender_is_dropped_the_others_keep_its_call() {
    let fake = Fake::always(Reply::after(300, Reply::says("fine"))).await;
    let gateway = gateway(&fake.url);
    let ask = || {
        let gateway = gateway.clone();
        tokio::spawn(async move { gateway.call(call("x")).await })
    };
    let (first, second) = (ask(), ask());
    while fake.count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    first.abort();
    let answer = second.await.expect("no panic").expect("an answer");
    assert_eq!((&*answer.text, fake.count()), ("fine", 1));
    assert_eq!(gateway.snapshot().in_flight, 0);
    assert_eq!(gateway.snapshot().waiting, 0);
}

#[tokio::test]
async fn a_reopened_run_finds_its_answers_whatever_the_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.sqlite");
    let fake = Fake::always(Reply::says("fine")).await;
    let first = on_disk(&fake.url, &path);
    let bought = first.call(call("x")).await.expect("an answer");
    drop(first);

    let elsewhere = Fake::always(Reply::text(500, "")).await;
    let second = on_disk(&elsewhere.url, &path);
    let found = second.call(call("x")).await.expect("an answer");
    assert_eq!(found.text, bought.text);
    assert_eq!((found.usage, found.seconds), (bought.usage, bought.seconds));
    assert_eq!(elsewhere.count(), 0);
    let progress = second.snapshot();
    assert_eq!((progress.finished, progress.from_journal), (1, 1));
}

#[tokio::test]
async fn an_answer_is_on_disk_before_it_is_given_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.sqlite");
    let fake = Fake::always(Reply::says("fine")).await;
    let gateway = on_disk(&fake.url, &path);
    let journal = Journal::read(&path).expect("a reader");
    assert_eq!(journal.calls().expect("calls").len(), 0);
    for (index, about) in ["a", "b", "c", "d"].iter().enumerate() {
        gateway.call(call(about)).await.expect("an answer");
        // Another connection sees only what was committed.
        assert_eq!(journal.calls().expect("calls").len(), index + 1);
    }
}

#[tokio::test]
async fn dropped_calls_leave_nothing_half() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.sqlite");
    let fake =
        Fake::start(|request| Reply::after(request.number as u64 % 40, Reply::says("fine"))).await;
    let gateway = on_disk(&fake.url, &path);
    for round in 0..40u64 {
        let calls = (0..10).map(|n| gateway.call(call(&format!("{round} {n}"))));
        let _ = tokio::time::timeout(Duration::from_millis(round), join_all(calls)).await;
    }
    let progress = gateway.snapshot();
    assert_eq!((progress.in_flight, progress.waiting), (0, 0));
    // What is left in the queue is written before the journal closes.
    drop(gateway);
    let journal = Journal::open(&path, system_clock).expect("a journal");
    let calls = journal.calls().expect("calls");
    assert_eq!(calls.len(), journal.calls_count());
    assert!(
        calls
            .iter()
            .all(|row| &*row.text == "fine" && row.usage.prompt == 10)
    );
    assert!(journal.failures().expect("failures").is_empty());
}

#[tokio::test]
async fn a_failed_call_is_tried_again_by_the_next_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.sqlite");
    let fake = Fake::always(Reply::text(500, "")).await;
    let first = on_disk(&fake.url, &path);
    assert!(first.call(call("x")).await.is_err());
    drop(first);
    let fake = Fake::always(Reply::says("fine")).await;
    let second = on_disk(&fake.url, &path);
    assert_eq!(second.journal().failures().expect("failures").len(), 1);
    assert!(second.call(call("x")).await.is_ok());
    assert_eq!(second.journal().failures().expect("failures").len(), 0);
}

#[tokio::test]
async fn a_stop_lets_requests_end_and_sends_no_more() {
    let fake = Fake::always(Reply::after(200, Reply::says("fine"))).await;
    let gateway = gateway_with(&fake.url, |provider| provider.limits.in_flight = 2);
    let known = gateway.call(call("known")).await;
    assert!(known.is_ok());
    let calls = (0..10).map(|n| gateway.call(call(&n.to_string())));
    let (outcomes, ()) = tokio::join!(join_all(calls), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        gateway.stop("interrupted");
    });
    let finished = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!((finished, fake.count()), (2, 3));
    for error in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(
            (error.kind, &*error.message),
            (FailureKind::Stopped, "interrupted")
        );
    }
    assert!(gateway.journal().failures().expect("failures").is_empty());
    // What the journal holds is still given out.
    assert!(gateway.call(call("known")).await.is_ok());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_pauses() {
    let pause = vec![("retry-after", "60".to_owned())];
    let fake = Fake::always(Reply::Raw(429, pause, String::new())).await;
    let gateway = gateway(&fake.url);
    let (outcome, ()) = tokio::join!(gateway.call(call("x")), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        gateway.stop("interrupted");
    });
    assert_eq!(outcome.unwrap_err().kind, FailureKind::Stopped);
}
