//! A budget against what the provider bills. The fake server keeps books of its
//! own: what it bills is what it has computed, whether the answer arrived or
//! not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use primum::gateway::journal::{Unanswered, system_clock};
use primum::gateway::{Call, Gateway, GatewayConfig, Journal, Notice};
use primum::panel::model::Price;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::fake_openai::{Fake, Reply, Request};
use crate::setup::{call, config, in_memory, model, provider};

/// Most completion tokens of a call, as it is sent.
const LIMIT: u64 = 1_000;
/// Dollars of a completion token.
const TOKEN: f64 = 0.001;
/// Dollars that a call may cost by its limit, its prompt included.
const MOST: f64 = LIMIT as f64 * TOKEN * 1.1;

/// What the provider would write on its bill, in tokens.
#[derive(Default)]
struct Bill {
    tokens: AtomicU64,
    largest: AtomicU64,
}

impl Bill {
    fn add(&self, tokens: u64) {
        self.tokens.fetch_add(tokens, Ordering::SeqCst);
        self.largest.fetch_max(tokens, Ordering::SeqCst);
    }

    fn usd(&self) -> f64 {
        self.tokens.load(Ordering::SeqCst) as f64 * TOKEN
    }

    /// The dearest call.
    fn largest(&self) -> f64 {
        self.largest.load(Ordering::SeqCst) as f64 * TOKEN
    }
}

/// How a server answers its n-th request: what it does, and what it bills.
type Manner = fn(usize) -> (Kind, u64);

enum Kind {
    Answers,
    Late,
    Cut,
    Dropped,
    GatewayTimesOut,
    BadGateway,
    Breaks,
}

/// Words, and then an error that by itself would cost nothing.
const BROKEN_STREAM: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Stop\"}}]}\n\n\
     data: {\"error\":{\"code\":503,\"message\":\"overloaded\"}}\n\n";

fn reply(kind: Kind, tokens: u64) -> Reply {
    let body = json!({
        "model": "fake-1-0613",
        "choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 20, "completion_tokens": tokens},
    });
    let text = body.to_string();
    match kind {
        Kind::Answers => Reply::after(3, Reply::json(200, body)),
        Kind::Late => Reply::after(60_000, Reply::json(200, body)),
        Kind::Cut => Reply::CutBody(text.clone(), text.len() / 2),
        Kind::Dropped => Reply::Cut,
        Kind::GatewayTimesOut => Reply::text(504, "upstream request timeout"),
        Kind::BadGateway => Reply::text(502, "bad gateway"),
        Kind::Breaks => Reply::text(200, BROKEN_STREAM),
    }
}

fn priced(about: &str) -> Call {
    let mut model = model();
    model.max_output = Some(LIMIT as u32);
    model.price = Some(Price {
        input: 1.0,
        output: TOKEN * 1e6,
        cached_input: None,
    });
    Call {
        model: Arc::new(model),
        ..call(about)
    }
}

async fn server(manner: Manner) -> (Fake, Arc<Bill>) {
    let bill = Arc::new(Bill::default());
    let books = Arc::clone(&bill);
    let fake = Fake::start(move |request: &Request| {
        let (kind, tokens) = manner(request.number);
        books.add(tokens);
        reply(kind, tokens)
    })
    .await;
    (fake, bill)
}

fn gateway(fake: &Fake, budget: f64) -> Gateway {
    let mut provider = provider(&fake.url);
    provider.limits.call_seconds = 0.15;
    provider.limits.attempts = 2;
    Gateway::new(GatewayConfig {
        budget_usd: Some(budget),
        ..config(provider, in_memory())
    })
    .expect("a gateway")
}

/// Buys as much as the budget lets it, and returns what was billed.
async fn spend(manner: Manner, budget: f64) -> (Arc<Bill>, Gateway) {
    let (fake, bill) = server(manner).await;
    let gateway = gateway(&fake, budget);
    let about: Vec<String> = (0..400).map(|n| n.to_string()).collect();
    join_all(about.iter().map(|about| gateway.call(priced(about)))).await;
    (bill, gateway)
}

/// The ways in which a server can cost more than its answers say.
const MANNERS: [(&str, Manner); 11] = [
    ("short answers", |_| (Kind::Answers, 40)),
    ("late answers", |_| (Kind::Late, LIMIT)),
    ("every second answer late", |n| match n % 2 {
        0 => (Kind::Late, LIMIT),
        _ => (Kind::Answers, 40),
    }),
    ("answers cut off", |n| match n % 3 {
        0 => (Kind::Answers, 40),
        _ => (Kind::Cut, LIMIT),
    }),
    ("connections that break", |_| (Kind::Dropped, LIMIT)),
    ("a proxy that waits no longer", |_| {
        (Kind::GatewayTimesOut, LIMIT)
    }),
    ("a proxy that loses the answer", |_| {
        (Kind::BadGateway, LIMIT)
    }),
    ("an error in mid-stream", |_| (Kind::Breaks, LIMIT)),
    ("short answers, then long ones", |n| match n {
        0..20 => (Kind::Answers, 40),
        _ => (Kind::Answers, LIMIT),
    }),
    ("answers beyond the limit", |_| (Kind::Answers, 4 * LIMIT)),
    ("answers far beyond the limit", |_| {
        (Kind::Answers, 12 * LIMIT)
    }),
];

#[tokio::test]
async fn a_budget_is_exceeded_by_no_more_than_one_call() {
    let mut exceeded = Vec::new();
    for (name, manner) in MANNERS {
        for budget in [4.0, 25.0] {
            let (bill, gateway) = spend(manner, budget).await;
            let uncertain = bill.largest().max(MOST);
            let line = format!(
                "{name}, ${budget}: ${:.2} billed ({:.0} %), ${:.2} counted",
                bill.usd(),
                bill.usd() / budget * 100.0,
                gateway.snapshot().usd,
            );
            println!("{line}");
            if bill.usd() > budget + uncertain {
                exceeded.push(line);
            }
        }
    }
    assert!(exceeded.is_empty(), "{exceeded:#?}");
}

#[tokio::test]
async fn calls_that_are_given_up_count() {
    let (fake, bill) = server(|_| (Kind::Late, LIMIT)).await;
    let gateway = gateway(&fake, 25.0);
    for round in 0..40 {
        let about: Vec<String> = (0..8).map(|n| format!("{round} {n}")).collect();
        let calls = join_all(about.iter().map(|about| gateway.call(priced(about))));
        let _ = tokio::time::timeout(Duration::from_millis(20), calls).await;
    }
    assert!(bill.usd() <= 25.0 + MOST, "${} are billed", bill.usd());
    assert_eq!(gateway.snapshot().usd, gateway.snapshot().usd_estimated);
}

/// What is noted of one call under a server's manner, without a budget.
async fn noted(reply: Reply, attempts: u32) -> (Vec<(Unanswered, bool)>, Gateway) {
    let fake = Fake::always(reply).await;
    let mut provider = provider(&fake.url);
    provider.limits.call_seconds = 0.3;
    provider.limits.attempts = attempts;
    let gateway = Gateway::new(config(provider, in_memory())).expect("a gateway");
    let _ = gateway.call(priced("x")).await;
    let rows = gateway.journal().unanswered().expect("read");
    let spent = gateway.journal().spent().expect("read");
    assert!((spent.usd - gateway.snapshot().usd).abs() < 1e-9);
    assert!((spent.estimated_usd - gateway.snapshot().usd_estimated).abs() < 1e-9);
    let rows = rows.iter().map(|row| (row.why, row.estimated)).collect();
    (rows, gateway)
}

#[tokio::test]
async fn every_attempt_that_may_be_billed_is_noted_and_marked() {
    let told = json!({
        "choices": [{"message": {"content": ""}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 500},
    });
    let untold = json!({"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]});
    let cut = json!({"choices": [{"message": {"content": "fine"}}]}).to_string();
    let empty = |estimated| vec![(Unanswered::Useless, estimated); 2];
    for (name, reply, expected) in [
        ("late", Reply::Hang, vec![(Unanswered::TimedOut, true); 2]),
        (
            "cut off",
            Reply::CutBody(cut, 9),
            vec![(Unanswered::CutOff, true); 2],
        ),
        ("closed", Reply::Cut, vec![(Unanswered::CutOff, true); 2]),
        (
            "a proxy",
            Reply::text(524, ""),
            vec![(Unanswered::CutOff, true); 2],
        ),
        (
            "504",
            Reply::text(504, ""),
            vec![(Unanswered::CutOff, true); 2],
        ),
        (
            "408",
            Reply::text(408, ""),
            vec![(Unanswered::TimedOut, true); 2],
        ),
        (
            "502",
            Reply::text(502, ""),
            vec![(Unanswered::CutOff, true); 2],
        ),
        (
            "a status that nobody knows",
            Reply::text(598, ""),
            vec![(Unanswered::CutOff, true); 2],
        ),
        (
            "broken in mid-stream",
            Reply::text(200, BROKEN_STREAM),
            vec![(Unanswered::CutOff, true); 2],
        ),
        ("never reached", Reply::text(521, ""), vec![]),
        ("empty, untold", Reply::json(200, untold), empty(true)),
        ("empty, told", Reply::json(200, told), empty(false)),
        ("refused", Reply::text(401, "no"), vec![]),
        ("too many", Reply::text(429, "slow down"), vec![]),
        ("broken", Reply::text(500, "oops"), vec![]),
        ("busy", Reply::text(529, "overloaded"), vec![]),
        ("answered", Reply::says("fine"), vec![]),
    ] {
        let (rows, gateway) = noted(reply, 2).await;
        assert_eq!(rows, expected, "{name}");
        let spent = gateway.journal().spent().expect("read");
        let lost = 2.0 * (LIMIT as f64 * TOKEN);
        match expected.first() {
            // The prompt is a little more.
            Some((_, true)) => {
                assert!(
                    spent.usd > lost && spent.usd < lost * 1.01,
                    "{name} {spent:?}"
                );
                assert_eq!(spent.estimated_usd, spent.usd, "{name}");
            }
            Some((_, false)) => {
                assert!((spent.usd - 2.0 * 0.50002).abs() < 1e-9, "{name} {spent:?}");
                assert_eq!(spent.estimated_usd, 0.0, "{name}");
            }
            None => assert!(spent.usd < 0.01, "{name} {spent:?}"),
        }
    }
}

#[tokio::test]
async fn nobody_listens_costs_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let mut provider = provider(&format!("http://{address}/v1"));
    provider.limits.attempts = 2;
    let gateway = Gateway::new(config(provider, in_memory())).expect("a gateway");
    assert!(gateway.call(priced("x")).await.is_err());
    assert_eq!(gateway.journal().unanswered().expect("read"), []);
    assert_eq!(gateway.snapshot().usd, 0.0);
}

#[tokio::test]
async fn usage_that_nobody_tells_is_marked_in_the_answer() {
    let untold = json!({"choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}]});
    for (reply, estimated) in [
        (Reply::json(200, untold), true),
        (Reply::says("fine"), false),
    ] {
        let fake = Fake::always(reply).await;
        let gateway = crate::setup::gateway(&fake.url);
        let answer = gateway.call(priced("x")).await.expect("an answer");
        let usd = answer.usd.expect("a price");
        assert_eq!(answer.notices.contains(&Notice::UsageEstimated), estimated);
        let spent = gateway.journal().spent().expect("read");
        let part = if estimated { usd } else { 0.0 };
        assert_eq!((spent.usd, spent.estimated_usd), (usd, part));
    }
}

#[tokio::test]
async fn what_was_on_its_way_when_the_process_was_killed_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.sqlite");
    let fake = Fake::always(Reply::Hang).await;
    let mut provider = provider(&fake.url);
    provider.limits.call_seconds = 600.0;
    let with_budget = |journal| GatewayConfig {
        budget_usd: Some(100.0),
        ..config(provider.clone(), journal)
    };
    let journal = Journal::open(&path, system_clock).expect("a journal");
    let gateway = Gateway::new(with_budget(journal)).expect("a gateway");
    let calls = (0..3).map(|n| {
        let gateway = gateway.clone();
        tokio::spawn(async move { gateway.call(priced(&n.to_string())).await })
    });
    let calls: Vec<_> = calls.collect();
    while fake.open() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The notes were handed in before the requests went out; this comes after.
    let written = gateway.journal().meta_set("then", "").await;
    written.expect("written");
    // The files as a kill would leave them.
    let killed = folder.path().join("killed.sqlite");
    for end in ["", "-wal"] {
        let name = |path: &std::path::Path| format!("{}{end}", path.display());
        std::fs::copy(name(&path), name(&killed)).expect("a copy");
    }
    let journal = Journal::open(&killed, system_clock).expect("a journal");
    let rows = journal.unanswered().expect("read");
    assert_eq!(rows.len(), 3);
    assert!(
        rows.iter()
            .all(|row| row.why == Unanswered::Sent && row.estimated)
    );
    let next = Gateway::new(with_budget(journal)).expect("a gateway");
    assert!(next.snapshot().usd >= 3.0, "{:?}", next.snapshot());
    // Given up in the first process: noted as that, once each.
    calls.iter().for_each(JoinHandle::abort);
    for call in calls {
        assert!(call.await.is_err());
    }
    let written = gateway.journal().meta_set("now", "").await;
    written.expect("written");
    let rows = gateway.journal().unanswered().expect("read");
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.why == Unanswered::GivenUp));
}

#[tokio::test]
async fn with_a_budget_nothing_stays_noted_of_calls_that_were_answered() {
    let fake = Fake::script(vec![
        Reply::text(500, ""),
        Reply::says("fine"),
        Reply::text(401, ""),
    ])
    .await;
    let mut provider = provider(&fake.url);
    provider.limits.attempts = 2;
    let gateway = Gateway::new(GatewayConfig {
        budget_usd: Some(100.0),
        ..config(provider, in_memory())
    })
    .expect("a gateway");
    assert!(gateway.call(priced("x")).await.is_ok());
    assert!(gateway.call(priced("y")).await.is_err());
    assert_eq!(gateway.journal().unanswered().expect("read"), []);
    // 10 prompt and 5 completion tokens.
    assert!((gateway.snapshot().usd - 0.00501).abs() < 1e-9);
}
