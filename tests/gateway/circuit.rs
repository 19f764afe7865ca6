//! A provider that fails, for a service: left alone, tried again by one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use primum::gateway::{
    Answer, Call, CallError, Circuit, CircuitState, Doors, FailureKind, Gateway, RequestConfig,
};
use primum::panel::model::Provider;

use crate::fake_openai::{Fake, Reply};
use crate::setup::{call, in_memory, model, provider};

const COOL_DOWN: Duration = Duration::from_millis(400);

/// Doors that open after three failures, and providers that try once.
fn doors(providers: Vec<Provider>) -> Doors {
    let named = providers.into_iter().map(|mut provider| {
        provider.limits.attempts = 1;
        provider.limits.call_seconds = 0.3;
        (provider.name.clone(), provider)
    });
    let circuit = Circuit::Recovering {
        after: 3,
        cool_down: COOL_DOWN,
        longest: COOL_DOWN * 4,
        hangs_after: Duration::from_millis(200),
    };
    Doors::new(named.collect(), BTreeMap::new(), circuit).expect("doors")
}

/// One call of a request of its own.
async fn ask(doors: &Doors, call: Call) -> Result<Answer, CallError> {
    let gateway = Gateway::over(doors, RequestConfig::new(in_memory())).expect("a gateway");
    gateway.call(call).await
}

async fn kind(doors: &Doors) -> Option<FailureKind> {
    ask(doors, call("x")).await.err().map(|error| error.kind)
}

async fn kinds(doors: &Doors, calls: usize) -> Vec<Option<FailureKind>> {
    let mut kinds = Vec::new();
    for _ in 0..calls {
        kinds.push(kind(doors).await);
    }
    kinds
}

fn state(doors: &Doors) -> CircuitState {
    doors.circuits()[0].1
}

/// A server that is well (0), fails (1) or hangs (2).
async fn server() -> (Fake, Arc<AtomicU8>) {
    let mood = Arc::new(AtomicU8::new(0));
    let now = Arc::clone(&mood);
    let fake = Fake::start(move |_| match now.load(Ordering::SeqCst) {
        0 => Reply::says("fine"),
        1 => Reply::text(503, ""),
        _ => Reply::Hang,
    })
    .await;
    (fake, mood)
}

const OPEN: Option<FailureKind> = Some(FailureKind::CircuitOpen);
const SERVER: Option<FailureKind> = Some(FailureKind::Server);

#[tokio::test]
async fn a_provider_that_is_down_from_the_start_is_left_alone_at_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let doors = doors(vec![provider(&format!("http://{address}/v1"))]);
    let unreachable = Some(FailureKind::Unreachable);
    assert_eq!(kinds(&doors, 3).await, [unreachable, OPEN, OPEN]);
    let error = ask(&doors, call("x")).await.expect_err("it is open");
    assert!(
        error
            .message
            .starts_with("provider fake is not asked: it keeps failing (unreachable); it"),
        "{}",
        error.message
    );
    assert!(matches!(
        state(&doors),
        CircuitState::Open {
            again_in: Some(_),
            ..
        }
    ));
    // It comes up, and is found.
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .expect("the port");
    let _fake = Fake::serve(listener, |_| Reply::says("fine"));
    tokio::time::sleep(COOL_DOWN).await;
    assert_eq!(kinds(&doors, 2).await, [None, None]);
    assert_eq!(state(&doors), CircuitState::Closed);
}

#[tokio::test]
async fn one_that_goes_down_is_left_alone_after_three_failures_and_found_again() {
    let (fake, mood) = server().await;
    let doors = doors(vec![provider(&fake.url)]);
    assert_eq!(kinds(&doors, 2).await, [None, None]);
    mood.store(1, Ordering::SeqCst);
    assert_eq!(kinds(&doors, 5).await, [SERVER, SERVER, SERVER, OPEN, OPEN]);
    assert_eq!(fake.count(), 5);
    // Still down after the cool-down: one request finds out.
    tokio::time::sleep(COOL_DOWN).await;
    assert_eq!(kinds(&doors, 3).await, [SERVER, OPEN, OPEN]);
    assert_eq!(fake.count(), 6);
    mood.store(0, Ordering::SeqCst);
    tokio::time::sleep(COOL_DOWN).await;
    assert_eq!(kind(&doors).await, OPEN, "the time has doubled");
    tokio::time::sleep(COOL_DOWN).await;
    assert_eq!(kinds(&doors, 2).await, [None, None]);
}

#[tokio::test]
async fn exactly_one_request_tries_while_others_fail_fast() {
    let (fake, mood) = server().await;
    let doors = doors(vec![provider(&fake.url)]);
    mood.store(1, Ordering::SeqCst);
    kinds(&doors, 3).await;
    mood.store(2, Ordering::SeqCst);
    tokio::time::sleep(COOL_DOWN).await;
    let all = join_all((0..50).map(|_| kind(&doors))).await;
    let timeouts = all
        .iter()
        .filter(|kind| **kind == Some(FailureKind::Timeout));
    assert_eq!((timeouts.count(), fake.count()), (1, 4));
    assert_eq!(all.iter().filter(|kind| **kind == OPEN).count(), 49);
}

#[tokio::test]
async fn one_that_tries_and_goes_away_does_not_block_the_next() {
    let (fake, mood) = server().await;
    let doors = doors(vec![provider(&fake.url)]);
    mood.store(1, Ordering::SeqCst);
    kinds(&doors, 3).await;
    mood.store(2, Ordering::SeqCst);
    tokio::time::sleep(COOL_DOWN).await;
    let left = tokio::time::timeout(Duration::from_millis(100), kind(&doors)).await;
    assert!(left.is_err(), "it hung, and its client went away");
    mood.store(0, Ordering::SeqCst);
    assert_eq!(kind(&doors).await, None);
}

#[tokio::test]
async fn a_flapping_provider_is_not_shut_out() {
    let fake = Fake::start(|request| match request.number % 3 {
        0 => Reply::says("fine"),
        _ => Reply::text(500, ""),
    })
    .await;
    let doors = doors(vec![provider(&fake.url)]);
    let all = kinds(&doors, 12).await;
    assert!(!all.contains(&OPEN));
    assert_eq!(fake.count(), 12);
}

#[tokio::test]
async fn a_slow_provider_costs_three_waits_and_then_none() {
    let (fake, mood) = server().await;
    mood.store(2, Ordering::SeqCst);
    let doors = doors(vec![provider(&fake.url)]);
    let timeout = Some(FailureKind::Timeout);
    assert_eq!(kinds(&doors, 3).await, [timeout; 3]);
    let started = Instant::now();
    assert_eq!(kinds(&doors, 20).await, [OPEN; 20]);
    assert!(started.elapsed() < Duration::from_millis(300));
}

#[tokio::test]
async fn a_refused_key_opens_at_once_and_other_providers_go_on() {
    let refused = Fake::always(Reply::text(401, "")).await;
    let well = Fake::always(Reply::says("fine")).await;
    let mut other = provider(&well.url);
    other.name = "other".into();
    let doors = doors(vec![provider(&refused.url), other]);
    let mut elsewhere = call("x");
    let mut model = model();
    model.provider = "other".into();
    elsewhere.model = Arc::new(model);
    assert_eq!(kinds(&doors, 2).await, [Some(FailureKind::Refused), OPEN]);
    assert!(ask(&doors, elsewhere).await.is_ok());
    let circuits = doors.circuits();
    assert!(matches!(
        circuits[0].1,
        CircuitState::Open {
            failure: FailureKind::Refused,
            ..
        }
    ));
    assert_eq!(circuits[1], ("other".into(), CircuitState::Closed));
}

#[tokio::test]
async fn a_probe_says_who_can_be_reached_and_spends_nothing() {
    let fake = Fake::start(|request| match request.path.as_str() {
        "/v1/models" => Reply::text(404, ""),
        _ => Reply::says("fine"),
    })
    .await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut gone = provider(&format!(
        "http://{}/v1",
        listener.local_addr().expect("one")
    ));
    drop(listener);
    gone.name = "gone".into();
    let doors = doors(vec![provider(&fake.url), gone]);
    let reached = doors.probe().await;
    assert_eq!(
        reached,
        [
            ("fake".into(), Ok(404)),
            ("gone".into(), Err(FailureKind::Unreachable))
        ]
    );
    assert_eq!(fake.requests()[0].path, "/v1/models");
    assert_eq!(fake.count(), 1);
}
