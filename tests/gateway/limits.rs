//! Limits as the server sees them.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures::future::join_all;

use crate::fake_openai::{Fake, Reply};
use crate::setup::{call, gateway_with};

#[tokio::test]
async fn never_more_in_flight_than_allowed() {
    let fake = Fake::always(Reply::after(10, Reply::says("fine"))).await;
    let gateway = gateway_with(&fake.url, |provider| provider.limits.in_flight = 7);
    let about: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let outcomes = join_all(about.iter().map(|about| gateway.call(call(about)))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!((fake.count(), fake.peak()), (100, 7));
}

#[tokio::test]
async fn a_pause_holds_for_all_calls_of_the_provider() {
    static TIMES: Mutex<Vec<Instant>> = Mutex::new(Vec::new());
    let fake = Fake::start(|request| {
        TIMES.lock().expect("no panic").push(Instant::now());
        match request.number {
            0 => Reply::Raw(429, vec![("retry-after-ms", "600".into())], String::new()),
            _ => Reply::says("fine"),
        }
    })
    .await;
    let gateway = gateway_with(&fake.url, |_| {});
    let late = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        gateway.call(call("late")).await
    };
    let (first, late) = tokio::join!(gateway.call(call("first")), late);
    assert!(first.is_ok() && late.is_ok());
    let times = TIMES.lock().expect("no panic");
    for later in &times[1..] {
        assert!(*later - times[0] >= Duration::from_millis(590));
    }
}

#[tokio::test]
async fn waits_for_limits_do_not_count_against_the_deadline() {
    let pause = vec![("retry-after-ms", "400".to_owned())];
    let refuse = Reply::Raw(429, pause, String::new());
    let fake = Fake::script(vec![
        refuse.clone(),
        refuse.clone(),
        refuse,
        Reply::says("fine"),
    ])
    .await;
    let gateway = gateway_with(&fake.url, |provider| {
        provider.limits.total_seconds = 0.5;
        provider.limits.attempts = 5;
    });
    let started = Instant::now();
    let answer = gateway.call(call("x")).await.expect("an answer");
    assert!(started.elapsed() > Duration::from_millis(1_100));
    // They count in the seconds that are shown.
    assert!(answer.seconds > 1.1, "{}", answer.seconds);
}

#[tokio::test]
async fn a_server_that_takes_eight_at_once_answers_all() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let open = Arc::new(AtomicUsize::new(0));
    let fake = Fake::start({
        let open = Arc::clone(&open);
        move |_| {
            if open.fetch_add(1, Ordering::SeqCst) >= 8 {
                open.fetch_sub(1, Ordering::SeqCst);
                return Reply::text(429, "");
            }
            let open = Arc::clone(&open);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                open.fetch_sub(1, Ordering::SeqCst);
            });
            Reply::after(20, Reply::says("fine"))
        }
    })
    .await;
    let gateway = gateway_with(&fake.url, |provider| {
        provider.limits.in_flight = 200;
        provider.limits.attempts = 8;
    });
    let about: Vec<String> = (0..200).map(|n| n.to_string()).collect();
    let outcomes = join_all(about.iter().map(|about| gateway.call(call(about)))).await;
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    assert_eq!(failed, 0, "{} requests", fake.count());
}

#[tokio::test]
async fn a_fifth_of_429_loses_no_call() {
    let fake = Fake::start(|request| match request.number % 5 {
        0 => Reply::Raw(429, vec![("retry-after-ms", "100".into())], String::new()),
        _ => Reply::after(20, Reply::says("fine")),
    })
    .await;
    let gateway = gateway_with(&fake.url, |provider| {
        provider.limits.in_flight = 100;
        provider.limits.attempts = 8;
    });
    let about: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    let started = Instant::now();
    let outcomes = join_all(about.iter().map(|about| gateway.call(call(about)))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}
