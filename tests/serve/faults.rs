//! The service while things around it fail: providers that are down, come and
//! go, or take too long; clocks that jump.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::advisors::{Back, CASE, ask, file, get, good, post, question, serve};
use crate::fake_openai::{Fake, Reply};
use crate::good_models::who;
use crate::serve_common::{Home, Served, events};
use futures::future::join_all;
use primum::access::{Clock, KeyStore, NewKey, Scope};
use primum::audit::{Audit, verify};
use primum::gateway::{Circuit, Doors};
use primum::panel;
use primum::serve::{self, Access, Service, ServiceConfig, http};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// Asks until the panel is whole again; a circuit tries after five seconds.
async fn recovers(served: &Served, key: &str) {
    let began = Instant::now();
    loop {
        let back = ask(served, key, &question(CASE)).await.expect("an answer");
        if back.outcome() == "complete" {
            return;
        }
        speaks_openly(&back);
        assert!(began.elapsed() < Duration::from_secs(25), "{back:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Whatever fails, an answer says how far it may be trusted.
fn speaks_openly(back: &Back) {
    match (back.status, back.outcome()) {
        (200, "complete") => {}
        (200, "degraded") => assert!(back.text().starts_with("[DEGRADED: "), "{back:?}"),
        (200, "abstained") => {
            assert!(
                back.text().starts_with("[ABSTAINED, needs a human: "),
                "{back:?}"
            );
            assert_eq!(back.body["needs_human"], true);
        }
        (502, _) => assert_eq!(back.code(), "no-answer"),
        _ => panic!("{back:?}"),
    }
}

async fn readiness(served: &Served) -> (u16, Value) {
    let sent = served.client.get(served.url("/readyz")).send().await;
    let response = sent.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_provider_that_is_down_at_the_start_is_told_of_left_alone_and_found_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let home = Home::new();
    let key = home.key("k", "consult", &[]);
    let served = serve(&home, &format!("http://{address}/v1"), &[]);
    let (status, ready) = readiness(&served).await;
    assert_eq!(status, 503);
    assert_eq!(
        (&ready["ready"], &ready["providers"]["fake"]),
        (&json!(false), &json!("unreachable"))
    );
    let alive = served.client.get(served.url("/healthz")).send().await;
    assert_eq!(
        alive.expect("an answer").status(),
        200,
        "it is alive all the same"
    );
    let first = ask(&served, &key, &question(CASE))
        .await
        .expect("an answer");
    assert_eq!((first.status, first.code()), (502, "no-answer"));
    let detail = first.body["detail"].as_str().expect("why");
    assert!(detail.contains("unreachable"), "{detail}");
    let id = first.body["consult"].as_str().expect("an id");
    assert_eq!(served.ended(&key, id).await["state"], "failed");
    let second = ask(&served, &key, &question(CASE))
        .await
        .expect("an answer");
    let detail = second.body["detail"].as_str().expect("why");
    assert!(
        detail.contains("not asked: its provider keeps failing"),
        "{detail}"
    );
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .expect("the same port");
    let _fake = Fake::serve(listener, good);
    recovers(&served, &key).await;
    let began = Instant::now();
    while readiness(&served).await.0 != 200 {
        assert!(began.elapsed() < Duration::from_secs(15), "it is not ready");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

#[tokio::test]
async fn a_provider_that_goes_in_the_middle_or_comes_and_goes_is_answered_for_openly() {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = Arc::clone(&down);
    let fake = Fake::start(move |request| match is_down.load(Ordering::SeqCst) {
        true => Reply::Cut,
        false => Reply::after(100, good(request)),
    })
    .await;
    let home = Home::new();
    let key = home.key("k", "consult", &[]);
    let served = serve(&home, &fake.url, &["--running", "8"]);
    let many = || {
        join_all((0..6).map(|_| async {
            let words = question(CASE);
            ask(&served, &key, &words).await.expect("an answer")
        }))
    };
    for back in many().await {
        assert_eq!(back.outcome(), "complete");
    }
    // Some have begun when it goes.
    let switch = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        down.store(true, Ordering::SeqCst);
    };
    let (backs, ()) = tokio::join!(many(), switch);
    backs.iter().for_each(speaks_openly);
    for back in many().await {
        speaks_openly(&back);
        assert_eq!(back.status, 502);
    }
    // It comes and goes.
    let flaps = async {
        for _ in 0..20 {
            down.fetch_xor(true, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        down.store(false, Ordering::SeqCst);
    };
    let asks = async {
        for _ in 0..10 {
            many().await.iter().for_each(speaks_openly);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::join!(flaps, asks);
    recovers(&served, &key).await;
    let (status, _) = readiness(&served).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn however_slow_the_models_are_the_deadline_is_kept() {
    for late in [
        BTreeSet::from(["cleo"]),
        BTreeSet::from(["ada", "ben", "cleo"]),
    ] {
        let all = late.len() == 3;
        let fake = Fake::start(move |request| match late.contains(who(request)) {
            true => Reply::Hang,
            false => good(request),
        })
        .await;
        let home = Home::new();
        let key = home.key("k", "consult", &[]);
        let served = serve(&home, &fake.url, &[]);
        let words = json!({ "question": CASE, "deadline_seconds": 1.0 });
        let back = ask(&served, &key, &words).await.expect("an answer");
        assert!(back.took < Duration::from_secs(2), "{:?}", back.took);
        match all {
            true => assert!(matches!(back.status, 502 | 504), "{back:?}"),
            false => assert_eq!((back.status, back.outcome()), (200, "degraded")),
        }
        // What is given up is not waited for by anybody.
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(fake.open(), 0);
    }
}

#[tokio::test]
async fn a_panel_that_lost_too_many_members_abstains_and_names_them() {
    let fake = Fake::start(|request| match who(request) {
        "ada" => good(request),
        _ => Reply::text(503, "overloaded"),
    })
    .await;
    let home = Home::new();
    let key = home.key("k", "consult", &[]);
    let served = serve(&home, &fake.url, &[]);
    let back = ask(&served, &key, &question(CASE))
        .await
        .expect("an answer");
    assert_eq!(back.outcome(), "abstained");
    speaks_openly(&back);
    let reasons = back.body["outcome"]["reasons"].to_string();
    for word in ["ben", "cleo", "server error"] {
        assert!(reasons.contains(word), "{reasons}");
    }
}

#[tokio::test]
async fn what_outlasts_the_drain_is_interrupted_in_time_and_says_so() {
    let fake = Fake::start(|_| Reply::Hang).await;
    let home = Home::new();
    let key = home.key("k", "consult", &[]);
    let more = ["--drain-seconds", "1", "--running", "1"];
    let mut served = serve(&home, &fake.url, &more);
    let at_work = post(&served, &key, None, &question(CASE))
        .await
        .expect("a job");
    let waits = post(&served, &key, None, &question(CASE))
        .await
        .expect("a job");
    let words = question(CASE);
    let waited_for = ask(&served, &key, &words);
    let stopped = async {
        while fake.count() < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // The third has its place in the queue by then.
        tokio::time::sleep(Duration::from_millis(300)).await;
        served.terminate();
        Instant::now()
    };
    let (waited_for, began) = tokio::join!(waited_for, stopped);
    let told = waited_for.expect("an answer");
    assert_eq!((told.status, told.code()), (409, "interrupted"), "{told:?}");
    let id = told.body["consult"].as_str().expect("an id").to_owned();
    assert_eq!(served.wait(), Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let served = serve(&home, &fake.url, &more);
    for id in [at_work.id(), waits.id(), &id] {
        let kept = get(&served, &key, id).await.expect("an answer");
        assert_eq!(
            (kept.status, &kept.body["state"]),
            (200, &json!("interrupted"))
        );
        assert_eq!(kept.body["question"]["question"], CASE);
    }
}

/// A service within the test, with a clock that the test sets.
struct Within {
    address: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<std::io::Result<()>>,
    client: reqwest::Client,
}

async fn within(home: &Home, url: &str, keys: KeyStore, clock: Clock) -> Within {
    let Ok(loaded) = panel::load(&file(home, url, "audit")) else {
        panic!("the panel has faults");
    };
    let providers: BTreeMap<_, _> = loaded.panel.providers.clone().into_iter().collect();
    let doors = Doors::new(providers, BTreeMap::new(), Circuit::service()).expect("doors");
    let audit = Audit::open(&home.path("audit.sqlite"), Arc::clone(&clock)).expect("a store");
    let panels = vec![serve::Served::new(Some(loaded.panel), None).expect("a panel")];
    let service = Service::new(ServiceConfig {
        audit: Some(audit),
        ..ServiceConfig::new(panels, doors, Access::Keys(keys), clock)
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let until = async {
        stopped.await.ok();
    };
    Within {
        address,
        stop: Some(stop),
        ended: tokio::spawn(http::server::serve(listener, service, until)),
        client: reqwest::Client::new(),
    }
}

impl Within {
    async fn ask(&self, key: &str, words: &Value) -> (u16, Value) {
        let sent = self
            .client
            .post(format!("{}/v1/consults", self.address))
            .bearer_auth(key)
            .header("prefer", "wait=30")
            .json(words)
            .send();
        let response = sent.await.expect("an answer");
        (
            response.status().as_u16(),
            response.json().await.expect("JSON"),
        )
    }
}

#[tokio::test]
async fn a_clock_that_jumps_by_years_moves_no_deadline_and_mixes_no_events() {
    const YEAR: u64 = 365 * 86_400_000;
    const NOW: u64 = 1_790_000_000_000;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let fake = Fake::start(|request| match request.body.to_string().contains("Slow.") {
        true if who(request) == "cleo" => Reply::Hang,
        _ => Reply::after(60, good(request)),
    })
    .await;
    let home = Home::new();
    // It jumps whenever it is looked at, unless it is held.
    let (looks, held) = (AtomicU64::new(0), Arc::new(AtomicU64::new(NOW)));
    let hand = Arc::clone(&held);
    let clock: Clock = Arc::new(move || match hand.load(Ordering::SeqCst) {
        0 => {
            let look = looks.fetch_add(1, Ordering::SeqCst);
            let years = look * 7 % 11;
            if look % 2 == 0 {
                NOW + years * YEAR
            } else {
                NOW - years * YEAR
            }
        }
        held => held,
    });
    let keys = KeyStore::open(&home.path("keys.sqlite"), Arc::clone(&clock)).expect("keys");
    let key = |name: &str, expires_at| {
        let new = NewKey {
            name: name.to_owned(),
            person: None,
            scopes: BTreeSet::from([Scope::Consult]),
            per_minute: None,
            usd_per_day: None,
            retention_none: false,
            reviews: Vec::new(),
            expires_at,
        };
        let (_, text) = keys.add(new).expect("a key");
        text.expose_secret().to_owned()
    };
    let lasting = key("lasting", None);
    let expiring = key("expiring", Some(NOW + YEAR));
    let mut service = within(&home, &fake.url, keys, clock).await;
    // Expiry goes by the clock as it stands, and by nothing that it stood at.
    for (time, status) in [
        (NOW, 200),
        (NOW + YEAR, 401),
        (NOW + 20 * YEAR, 401),
        (NOW - 20 * YEAR, 200),
        (NOW + YEAR - 1, 200),
    ] {
        held.store(time, Ordering::SeqCst);
        let (seen, body) = service.ask(&expiring, &question(CASE)).await;
        assert_eq!(seen, status, "{body}");
        if status == 401 {
            assert_eq!(body["code"], "expired-key");
        }
    }
    held.store(0, Ordering::SeqCst);
    let words = json!({ "question": "Slow. May he take colchicine?", "deadline_seconds": 1.0 });
    let mut ids = Vec::new();
    for (words, outcome) in [
        (question(CASE), "complete"),
        (words, "degraded"),
        (question(CASE), "complete"),
    ] {
        let began = Instant::now();
        let (status, body) = service.ask(&lasting, &words).await;
        assert_eq!((status, &body["outcome"]["state"]), (200, &json!(outcome)));
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "{:?}",
            began.elapsed()
        );
        let seconds = body["timings"]["deliberation_seconds"].as_f64();
        assert!(seconds.is_some_and(|seconds| (0.0..2.0).contains(&seconds)));
        ids.push(body["id"].as_str().expect("an id").to_owned());
    }
    for id in ids {
        let sent = service
            .client
            .get(format!("{}/v1/consults/{id}/events", service.address))
            .bearer_auth(&lasting)
            .send();
        let seen = events(sent.await.expect("a stream")).await;
        let numbers: Vec<u64> = seen.iter().map(|event| event.0).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
        let names: Vec<&str> = seen.iter().map(|event| event.1.as_str()).collect();
        assert_eq!((names[0], names[1]), ("started", "asked"));
        assert_eq!(names.last(), Some(&"finished"));
    }
    drop(service.stop.take());
    service.ended.await.expect("no panic").expect("a good end");
    let verified = verify(&home.path("audit.sqlite"), None).expect("a log");
    assert!(verified.is_sound(), "{verified:?}");
}
