//! Who gets a place, who waits, who is refused: under more load than there are
//! places, between keys, by rate and by money.

use std::time::Duration;

use crate::advisors::{CASE, ask, for_dollars, get, good, post, question, serve};
use crate::fake_openai::{Fake, Reply, Request};
use crate::serve_common::{Home, Served, events};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

/// Good answers, so many milliseconds later.
fn after(milliseconds: u64) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    move |request| Reply::after(milliseconds, good(request))
}

/// Waits until so many consults have been asked of the panel.
async fn at_work(fake: &Fake, consults: usize) {
    while fake.count() < 3 * consults {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn cancel(served: &Served, key: &str, id: &str) -> Value {
    let path = format!("/v1/consults/{id}");
    let sent = served.request(Method::DELETE, &path, key).send().await;
    sent.expect("an answer").json().await.expect("JSON")
}

#[tokio::test]
async fn at_three_times_the_limit_whoever_is_refused_is_told_and_whoever_is_not_is_answered() {
    let fake = Fake::start(after(1_500)).await;
    let home = Home::new();
    let keys = ["a", "b", "c"].map(|name| home.key(name, "consult", &[]));
    let served = serve(&home, &fake.url, &["--running", "4", "--queue", "4"]);
    let asked = (0..24).map(|number| {
        let key = &keys[number % 3];
        let served = &served;
        async move {
            let words = question(&format!("{CASE} Number {number}."));
            ask(served, key, &words).await.expect("an answer")
        }
    });
    let backs = join_all(asked).await;
    let mut answered = 0;
    for back in &backs {
        match back.status {
            200 => {
                answered += 1;
                assert_eq!(back.outcome(), "complete", "{back:?}");
            }
            429 => {
                assert_eq!(back.code(), "queue-full");
                assert!((1..=60).contains(&back.retry_after.expect("Retry-After")));
                assert!(back.took < Duration::from_millis(1_500), "refused at once");
            }
            other => panic!("{other}: {back:?}"),
        }
    }
    assert_eq!(answered, 8, "every place is used");
    assert_eq!(fake.count(), 3 * 8, "nothing is asked for who is refused");
    // Afterwards there is room again.
    let back = ask(&served, &keys[0], &question(CASE)).await;
    assert_eq!(back.expect("an answer").status, 200);
}

#[tokio::test]
async fn a_key_with_one_question_does_not_wait_for_all_of_one_with_many() {
    let fake = Fake::start(after(250)).await;
    let home = Home::new();
    let [many, one] = ["many", "one"].map(|name| home.key(name, "consult", &[]));
    let served = serve(&home, &fake.url, &["--running", "1", "--queue", "8"]);
    let mut ids = Vec::new();
    for number in 0..4 {
        let words = question(&format!("{CASE} Mark-many-{number}."));
        let back = post(&served, &many, None, &words).await.expect("a job");
        assert_eq!(back.status, 202);
        ids.push((many.clone(), back.id().to_owned()));
    }
    let words = question(&format!("{CASE} Mark-one-0."));
    let back = post(&served, &one, None, &words).await.expect("a job");
    ids.push((one.clone(), back.id().to_owned()));
    for (key, id) in &ids {
        assert_eq!(served.ended(key, id).await["state"], "answered");
    }
    let mut order = Vec::new();
    for request in fake.requests() {
        let text = request.body.to_string();
        let at = text.find("Mark-").expect("a mark");
        let mark = text[at..].split('.').next().expect("its end").to_owned();
        if order.last() != Some(&mark) {
            order.push(mark);
        }
    }
    let place = |mark: &str| order.iter().position(|seen| seen == mark);
    assert!(
        place("Mark-one-0") <= Some(2),
        "the other key has its turn after one of many's at most: {order:?}"
    );
    assert_eq!(order.len(), 5);
}

#[tokio::test]
async fn a_deadline_that_passes_in_the_queue_ends_the_consult_there() {
    let fake = Fake::start(after(2_500)).await;
    let home = Home::new();
    let key = home.key("k", "consult", &[]);
    let served = serve(&home, &fake.url, &["--running", "1"]);
    let first = post(&served, &key, None, &question(CASE)).await;
    let first = first.expect("a job");
    at_work(&fake, 1).await;
    let words = json!({ "question": CASE, "deadline_seconds": 0.5 });
    let late = ask(&served, &key, &words).await.expect("an answer");
    assert_eq!((late.status, late.code()), (504, "deadline"));
    assert!(late.took < Duration::from_millis(1_500), "{:?}", late.took);
    let id = late.body["consult"].as_str().expect("an id");
    assert_eq!(served.ended(&key, id).await["state"], "failed");
    assert_eq!(served.ended(&key, first.id()).await["state"], "answered");
    assert_eq!(fake.count(), 3, "nothing was asked for it");
}

#[tokio::test]
async fn a_place_in_the_queue_is_told_and_free_again_when_it_is_given_up() {
    let fake = Fake::start(after(1_500)).await;
    let home = Home::new();
    let [a, b] = ["a", "b"].map(|name| home.key(name, "consult", &[]));
    let served = serve(&home, &fake.url, &["--running", "1", "--queue", "2"]);
    let job = async |key: &str| {
        let back = post(&served, key, None, &question(CASE)).await;
        back.expect("an answer")
    };
    assert_eq!(job(&a).await.status, 202);
    at_work(&fake, 1).await;
    let waits = job(&a).await;
    assert_eq!(
        (waits.status, &waits.body["state"]),
        (202, &json!("queued"))
    );
    assert_eq!(job(&a).await.status, 429, "half of the queue is full");
    let next = job(&b).await;
    assert_eq!(next.status, 202);
    assert_eq!(job(&b).await.status, 429, "the queue is full");
    assert_eq!(
        cancel(&served, &a, waits.id()).await["state"],
        "cancelled",
        "it is over at once"
    );
    let again = job(&a).await;
    assert_eq!(again.status, 202, "its place is free");
    // Each was told how many wait before it.
    for (key, id, position) in [(&b, next.id(), 1), (&a, again.id(), 1)] {
        let path = format!("/v1/consults/{id}/events");
        let stream = served.get(&path, key).send().await.expect("a stream");
        let seen = events(stream).await;
        assert_eq!((seen[0].0, seen[0].1.as_str()), (1, "queued"));
        assert_eq!(seen[0].2["position"], position);
        assert_eq!(seen[1].1, "started");
        assert_eq!(seen.last().expect("events").1, "finished");
    }
    let gone = get(&served, &a, waits.id()).await.expect("an answer");
    assert_eq!(gone.body["state"], "cancelled");
    assert_eq!(fake.count(), 3 * 3, "the cancelled one asked nobody");
}

#[tokio::test]
async fn a_rate_is_kept_by_key_and_says_when_to_come_back() {
    let fake = Fake::start(good).await;
    let home = Home::new();
    let slow = home.key("slow", "consult", &["--per-minute", "3"]);
    let free = home.key("free", "consult", &[]);
    let served = serve(&home, &fake.url, &[]);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let back = ask(&served, &slow, &question(CASE)).await.expect("one");
        if back.status == 429 {
            assert_eq!(back.code(), "rate-limited");
            assert!((1..=60).contains(&back.retry_after.expect("Retry-After")));
        }
        statuses.push(back.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let back = ask(&served, &free, &question(CASE)).await.expect("one");
    assert_eq!(back.status, 200, "another key has a rate of its own");
    assert_eq!(fake.count(), 3 * 4);
}

#[tokio::test]
async fn a_budget_for_the_day_is_kept_also_after_a_restart() {
    let fake = Fake::start(|request| for_dollars(request, 0.02)).await;
    let home = Home::new();
    let curious = home.key("curious", "consult", &["--usd-per-day", "0.0001"]);
    let rich = home.key("rich", "consult", &[]);
    let mut served = serve(&home, &fake.url, &[]);
    // What a consult may cost is said to whoever cannot pay for it.
    let back = ask(&served, &curious, &question(CASE)).await.expect("one");
    assert_eq!((back.status, back.code()), (429, "budget-reached"));
    let detail = back.body["detail"].as_str().expect("a detail");
    let price = detail
        .split_once('$')
        .and_then(|(_, rest)| rest.split_once(';'));
    let price: f64 = price
        .and_then(|(price, _)| price.parse().ok())
        .expect("a price");
    served.terminate();
    assert_eq!(served.wait(), Some(0));
    // Enough for some.
    let budget = price * 8.0;
    let poor = home.key(
        "poor",
        "consult",
        &["--usd-per-day", &format!("{budget:.4}")],
    );
    let mut served = serve(&home, &fake.url, &[]);
    let (mut answered, mut spent) = (0, 0.0);
    loop {
        let back = ask(&served, &poor, &question(CASE)).await.expect("one");
        if back.status != 200 {
            assert_eq!((back.status, back.code()), (429, "budget-reached"));
            break;
        }
        answered += 1;
        spent += back.body["usage"]["usd"].as_f64().expect("dollars");
        assert!(spent <= budget, "{spent} of {budget} after {answered}");
    }
    assert!(answered >= 2, "{answered}");
    let refused = async |served: &Served| {
        let back = ask(served, &poor, &question(CASE)).await.expect("one");
        assert_eq!((back.status, back.code()), (429, "budget-reached"));
    };
    let back = ask(&served, &rich, &question(CASE)).await.expect("one");
    assert_eq!(back.status, 200, "another key has money of its own");
    served.terminate();
    assert_eq!(served.wait(), Some(0));
    let mut served = serve(&home, &fake.url, &[]);
    refused(&served).await;
    served.kill();
    let served = serve(&home, &fake.url, &[]);
    refused(&served).await;
}
