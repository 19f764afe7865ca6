//! Callers that send a byte now and then and would never end: the service in
//! process, so that its patience can be short.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use primum::access::{Clock, KEYS_FILE, KeyStore, NewKey, Scope};
use primum::gateway::{Circuit, Doors};
use primum::serve::{Access, Limits, Served, Service, ServiceConfig, http::server};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::wire::{ask, parse};
use crate::serve_common::panel;

struct InProcess {
    _folder: TempDir,
    base: String,
    key: String,
    time: Arc<AtomicU64>,
}

/// A service that waits 400 ms for a head and 400 ms for a body, with a key
/// that is good until the clock says 5000.
async fn start() -> InProcess {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gout.toml");
    std::fs::write(&file, panel("gout", "http://127.0.0.1:9/v1", "vote", "")).expect("a file");
    let plan = primum::panel::load(&file)
        .unwrap_or_else(|_| panic!("a panel"))
        .panel;
    let doors = Doors::new(plan.providers.clone(), BTreeMap::new(), Circuit::service());
    let time = Arc::new(AtomicU64::new(1_000));
    let clock: Clock = {
        let time = Arc::clone(&time);
        Arc::new(move || time.load(Ordering::SeqCst))
    };
    let state = folder.path().join("state").join(KEYS_FILE);
    let store = KeyStore::open(&state, Arc::clone(&clock)).expect("a store");
    let new = NewKey {
        name: "k".into(),
        scopes: [Scope::Consult].into(),
        expires_at: Some(5_000),
        ..NewKey::default()
    };
    let (_, key) = store.add(new).expect("a key");
    let served = Served::new(Some(plan), None).expect("a panel");
    let doors = doors.expect("doors");
    let mut config = ServiceConfig::new(vec![served], doors, Access::Keys(store), clock);
    config.limits = Limits {
        head: Duration::from_millis(400),
        body: Duration::from_millis(400),
        connections: 64,
        ..Limits::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(server::serve(
        listener,
        Service::new(config),
        std::future::pending(),
    ));
    InProcess {
        _folder: folder,
        base,
        key: key.expose_secret().to_owned(),
        time,
    }
}

/// Sends the start, then a byte every 100 ms, until the service closes; what it
/// said, and when.
async fn drip(base: &str, start: &str, drop_by_drop: &str) -> (Vec<u8>, Duration) {
    let mut stream = TcpStream::connect(super::wire::address(base))
        .await
        .expect("it listens");
    let began = Instant::now();
    stream.write_all(start.as_bytes()).await.expect("a start");
    let (mut reader, mut writer) = stream.split();
    let mut said = Vec::new();
    let read = async {
        let _ = reader.read_to_end(&mut said).await;
    };
    let write = async {
        for byte in drop_by_drop.bytes().cycle() {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = read => {}
        () = write => {}
        () = tokio::time::sleep(Duration::from_secs(10)) => panic!("it waits for ever"),
    }
    (said, began.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_waited_for_without_end() {
    let service = start().await;
    let base = service.base.as_str();
    // Many of them at once take nobody's place for long.
    let lorises: Vec<_> = (0..40)
        .map(|_| {
            let base = base.to_owned();
            tokio::spawn(async move { drip(&base, "GET /healthz HTTP/1.1\r\nx: ", "y").await })
        })
        .collect();
    assert_eq!(
        ask("GET", "/healthz").send(base).await.status,
        200,
        "others are served"
    );
    for loris in lorises {
        let (said, took) = loris.await.expect("no panic");
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert!(!String::from_utf8_lossy(&said).contains(" 200 "));
    }
    let idle = drip(base, "", "");
    let (_, took) = tokio::time::timeout(Duration::from_secs(5), idle)
        .await
        .expect("idle ones are closed");
    assert!(took < Duration::from_secs(5), "{took:?}");
    let kind = "content-type: text/plain\r\ncontent-length: 1000\r\n\r\n";
    let head = format!(
        "POST /mast HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n{kind}x",
        service.key
    );
    let (said, took) = drip(base, &head, "x").await;
    let answer = parse(&said).expect("an answer").secured();
    assert_eq!((answer.status, answer.code().as_str()), (408, "too-slow"));
    assert!(
        (Duration::from_millis(350)..Duration::from_secs(5)).contains(&took),
        "{took:?}"
    );
    // Without a key the body is not waited for at all.
    let head = format!("POST /mast HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{kind}");
    let (said, _) = drip(base, &head, "x").await;
    assert_eq!(parse(&said).expect("an answer").status, 401);
}

#[tokio::test]
async fn a_key_ends_when_the_clock_says_so() {
    let service = start().await;
    let models = async || {
        ask("GET", "/v1/models")
            .key(&service.key)
            .send(&service.base)
            .await
    };
    assert_eq!(models().await.status, 200);
    service.time.store(5_000, Ordering::SeqCst);
    let answer = models().await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (401, "expired-key")
    );
}
