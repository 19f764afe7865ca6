//! A journal in memory answers as one in a file does.

use std::sync::atomic::{AtomicU64, Ordering};

use primum::gateway::journal::{
    CallRow, FailureRow, Journal, Unanswered, UnansweredRow, system_clock,
};
use primum::gateway::{FailureKind, Key, Usage};
use proptest::prelude::*;

/// A clock that goes on by one with every look; each test here has both
/// journals write in turn, so both see times in the same order.
fn ticking() -> u64 {
    static NOW: AtomicU64 = AtomicU64::new(1);
    NOW.fetch_add(1, Ordering::SeqCst)
}

#[derive(Clone, Debug)]
enum Step {
    Call(u8, u8),
    Failure(u8),
    Invalidate(Vec<u8>, u8),
    Unanswered(u8, u8),
    Settled(Vec<u8>),
    Meta(u8, u8),
    Result(u8, u8, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 0u8..6;
    let step = prop_oneof![
        (key(), any::<u8>()).prop_map(|(key, n)| Step::Call(key, n)),
        key().prop_map(Step::Failure),
        (prop::collection::vec(key(), 0..3), key())
            .prop_map(|(keys, key)| Step::Invalidate(keys, key)),
        (key(), any::<u8>()).prop_map(|(at, n)| Step::Unanswered(at, n)),
        prop::collection::vec(key(), 0..3).prop_map(Step::Settled),
        (key(), any::<u8>()).prop_map(|(name, value)| Step::Meta(name, value)),
        (key(), key(), any::<u8>()).prop_map(|(kind, id, body)| Step::Result(kind, id, body)),
    ];
    prop::collection::vec(step, 0..40)
}

pub fn key(n: u8) -> Key {
    Key::from_bytes([n; 32])
}

pub fn call_row(at: u8, n: u8) -> CallRow {
    CallRow {
        key: key(at),
        item: format!("item{}", at % 2).into(),
        stage: "draft".into(),
        seat: "a".into(),
        trial: 1 + u32::from(at.is_multiple_of(3)),
        provider: "fake".into(),
        model: "m".into(),
        text: format!("answer {n}").into(),
        usage: Usage {
            prompt: u64::from(n),
            completion: 2,
            reasoning: 1,
            cached: 3,
        },
        usage_estimated: n.is_multiple_of(2),
        notices: Vec::new(),
        // Powers of two, so that sums are exact in any order.
        usd: (!n.is_multiple_of(3)).then_some(f64::from(n) / 64.0),
        usd_lost: f64::from(n % 4) / 64.0,
        usd_lost_estimated: f64::from(n % 2) / 64.0,
        seconds: 0.5,
        attempts: 1,
        response_model: None,
        finish_reason: Some("stop".into()),
        created_at: 0,
    }
}

pub fn failure_row(at: u8) -> FailureRow {
    let call = call_row(at, 0);
    FailureRow {
        key: call.key,
        item: call.item,
        stage: call.stage,
        seat: call.seat,
        trial: call.trial,
        provider: call.provider,
        model: call.model,
        kind: FailureKind::Server,
        message: "status 500".into(),
        attempts: 3,
        seconds: 1.5,
        created_at: 0,
    }
}

pub fn unanswered_row(at: u8, n: u8) -> UnansweredRow {
    let call = call_row(at, n);
    UnansweredRow {
        id: at.into(),
        key: call.key,
        item: call.item,
        stage: call.stage,
        seat: call.seat,
        trial: call.trial,
        provider: call.provider,
        model: call.model,
        why: match n % 3 {
            0 => Unanswered::Sent,
            1 => Unanswered::TimedOut,
            _ => Unanswered::GivenUp,
        },
        usd: f64::from(n) / 64.0,
        estimated: n.is_multiple_of(2),
        created_at: 0,
    }
}

async fn write(journal: &Journal, step: &Step) {
    let done = match step {
        Step::Call(key, n) => {
            journal
                .record(call_row(*key, *n), vec![u64::from(*n % 6)])
                .await
        }
        Step::Failure(at) => {
            let settled = vec![u64::from(*at)];
            journal
                .record_failure(failure_row(*at), Vec::new(), settled)
                .await
        }
        Step::Unanswered(at, n) => {
            journal.note(unanswered_row(*at, *n));
            Ok(())
        }
        Step::Settled(ids) => {
            journal.settled(ids.iter().map(|id| u64::from(*id)).collect());
            Ok(())
        }
        Step::Invalidate(keys, at) => {
            let keys = keys.iter().copied().map(key).collect();
            journal
                .record_failure(failure_row(*at), keys, Vec::new())
                .await
        }
        Step::Meta(name, value) => {
            journal
                .meta_set(&name.to_string(), &value.to_string())
                .await
        }
        Step::Result(kind, id, body) => {
            let body = body.to_string();
            journal
                .put_result(&kind.to_string(), &id.to_string(), &body)
                .await
        }
    };
    done.expect("written");
}

/// All that can be read, without the times.
fn seen(journal: &Journal) -> impl PartialEq + std::fmt::Debug + use<> {
    let timeless = |mut row: CallRow| {
        row.created_at = 0;
        (
            row.key,
            row.text.to_string(),
            row.usd,
            row.usd_lost,
            row.usage,
        )
    };
    let calls = |rows: Vec<CallRow>| rows.into_iter().map(timeless).collect::<Vec<_>>();
    let failures: Vec<FailureRow> = journal
        .failures()
        .expect("read")
        .into_iter()
        .map(|row| FailureRow {
            created_at: 0,
            ..row
        })
        .collect();
    let names: Vec<String> = (0u8..6).map(|n| n.to_string()).collect();
    (
        calls(journal.calls().expect("read")),
        ["item0", "item1"]
            .map(|item| [1, 2].map(|trial| calls(journal.calls_of(item, trial).expect("read")))),
        (0u8..6)
            .map(|n| journal.lookup(&key(n)).expect("read").map(timeless))
            .collect::<Vec<_>>(),
        failures,
        journal.calls_count(),
        journal.spent().expect("read"),
        journal
            .unanswered()
            .expect("read")
            .into_iter()
            .map(|row| UnansweredRow {
                created_at: 0,
                ..row
            })
            .collect::<Vec<_>>(),
        journal.used().expect("read"),
        names
            .iter()
            .map(|name| {
                (
                    journal.meta_get(name).expect("read"),
                    journal.results(name).expect("read"),
                    journal.result_ids(name).expect("read"),
                    journal.result(name, "1").expect("read"),
                )
            })
            .collect::<Vec<_>>(),
        journal.meta_get("format").expect("read"),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_is_written_reads_the_same(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("run.sqlite");
            let disk = Journal::open(&path, ticking).expect("a journal");
            let memory = Journal::in_memory(ticking).expect("a journal");
            for step in &steps {
                write(&disk, step).await;
                write(&memory, step).await;
            }
            // Notes are written by then, for nobody waits for them.
            for journal in [&disk, &memory] {
                journal.meta_set("last", "").await.expect("written");
            }
            let memory = seen(&memory);
            assert_eq!(seen(&disk), memory);
            drop(disk);
            let disk = Journal::open(&path, ticking).expect("as it was written");
            assert_eq!(seen(&disk), memory);
        });
    }
}

#[tokio::test]
async fn thousands_live_at_once() {
    let started = std::time::Instant::now();
    let mut journals = Vec::new();
    for _ in 0..2_000 {
        let journal = Journal::in_memory(system_clock).expect("a journal");
        journal
            .record(call_row(1, 1), Vec::new())
            .await
            .expect("written");
        journals.push(journal);
    }
    assert!(journals.iter().all(|journal| journal.calls_count() == 1));
    // With a thread and a database each it took many seconds, or no end.
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}
