//! A journal that is not as it was written: what is damaged is named, and never
//! used.

use std::fs;
use std::path::{Path, PathBuf};

use primum::gateway::journal::{
    CallRow, Cost, FailureRow, Journal, JournalError, UnansweredRow, system_clock,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::fake_openai::{Fake, Reply};
use crate::memory::{call_row, failure_row, key, unanswered_row};
use crate::setup::{call, config, provider};

const KINDS: [&str; 2] = ["item", "judged"];

fn call_of(n: u8) -> CallRow {
    CallRow {
        text: format!(
            "answer {n}: {}",
            "1. Repeat the potassium today. ".repeat(20)
        )
        .into(),
        ..call_row(n, n)
    }
}

/// A run's file with something in every table, closed.
async fn run() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.sqlite");
    let journal = Journal::open(&path, || 1_700_000_000_000).expect("a journal");
    for n in 0..40 {
        journal
            .record(call_of(n), Vec::new())
            .await
            .expect("written");
    }
    for n in 40..44 {
        let invalid = vec![key(n - 40)];
        let failure = journal.record_failure(failure_row(n), invalid, Vec::new());
        failure.await.expect("written");
        journal.note(unanswered_row(n, n));
    }
    for kind in KINDS {
        for n in 0..8 {
            let body = format!(r#"{{"n":{n},"text":"{}"}}"#, "word ".repeat(150));
            let id = format!("id {n}");
            let put = journal.put_result(kind, &id, &body).await;
            put.expect("written");
        }
    }
    journal.meta_set("run", "{}").await.expect("written");
    drop(journal);
    (folder, path)
}

/// All that can be read.
#[derive(PartialEq, Debug)]
struct Seen {
    calls: Vec<CallRow>,
    looked_up: Vec<Option<CallRow>>,
    of_item: Vec<CallRow>,
    failures: Vec<FailureRow>,
    unanswered: Vec<UnansweredRow>,
    results: Vec<(String, String)>,
    one: Vec<Option<String>>,
    run: Option<String>,
    spent: Cost,
}

fn seen(journal: &Journal) -> Result<Seen, JournalError> {
    Ok(Seen {
        calls: journal.calls()?,
        looked_up: (0..40)
            .map(|n| journal.lookup(&key(n)))
            .collect::<Result<_, _>>()?,
        of_item: journal.calls_of("item1", 1)?,
        failures: journal.failures()?,
        unanswered: journal.unanswered()?,
        results: journal.results(KINDS[0])?,
        one: (0..8)
            .map(|n| journal.result(KINDS[1], &format!("id {n}")))
            .collect::<Result<_, _>>()?,
        run: journal.meta_get("run")?,
        spent: journal.spent()?,
    })
}

/// Bits to flip: of the file's header, of every page's head, and as many others
/// as the test has time for, always the same.
fn bits(bytes: &[u8]) -> Vec<usize> {
    let page = 4096;
    let mut bits: Vec<usize> = (0..100 * 8).step_by(3).collect();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for start in (0..bytes.len()).step_by(page) {
        bits.extend((start * 8..(start + 12) * 8).step_by(5));
        for _ in 0..24 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            bits.push(start * 8 + (random >> 33) as usize % (page * 8));
        }
    }
    bits
}

#[tokio::test]
async fn no_flipped_bit_changes_what_is_read() {
    let (folder, path) = run().await;
    let as_written = seen(&Journal::read(&path).expect("a journal")).expect("read");
    let bytes = fs::read(&path).expect("a file");
    let changed = folder.path().join("changed.sqlite");
    let (mut told, mut harmless) = (0, 0);
    for bit in bits(&bytes) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(&changed, &flipped).expect("a file");
        // As a reader has it, and now and then as a run that goes on.
        let opened = match bit % 16 {
            0 => Journal::open(&changed, system_clock),
            _ => Journal::read(&changed),
        };
        match opened.and_then(|journal| seen(&journal)) {
            Ok(now) => {
                assert!(now == as_written, "bit {bit} makes another journal");
                harmless += 1;
            }
            Err(_) => told += 1,
        }
        for beside in ["changed.sqlite-wal", "changed.sqlite-shm"] {
            let _ = fs::remove_file(folder.path().join(beside));
        }
    }
    println!("{told} flips are told, {harmless} change nothing that is read");
    assert!(told > harmless, "{told} {harmless}");
}

/// Changes one byte of a text that stands in the file.
fn change(path: &Path, text: &str) {
    let mut bytes = fs::read(path).expect("a file");
    let at = bytes
        .windows(text.len())
        .position(|window| window == text.as_bytes())
        .expect("the text");
    bytes[at] ^= 1;
    fs::write(path, bytes).expect("a file");
}

#[tokio::test]
async fn a_damaged_answer_is_named_and_not_bought_again_unasked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.sqlite");
    let open = || Journal::open(&path, system_clock);
    let ask = async |url: &str, about: &str| {
        let gateway =
            primum::gateway::Gateway::new(config(provider(url), open().expect("a journal")));
        gateway.expect("a gateway").call(call(about)).await
    };
    let fake = Fake::always(Reply::says("Stop the warfarin.")).await;
    for about in ["x", "y"] {
        ask(&fake.url, about).await.expect("an answer");
    }
    change(&path, "Stop the warfarin.");
    for error in [open().unwrap_err(), Journal::read(&path).unwrap_err()] {
        let words = error.to_string();
        assert!(matches!(error, JournalError::Damaged { .. }), "{words}");
        assert!(
            words.contains("the answer of a (m) in stage draft of Card001"),
            "{words}"
        );
        assert!(words.contains("primum mend"), "{words}");
    }
    let before = fs::read(&path).expect("a file");
    let mended = Journal::mend(&path, system_clock).expect("mended");
    assert_eq!(mended.removed.len(), 1, "{mended:?}");
    assert!(!mended.others_gone);
    let copy = mended.copy.expect("a copy");
    assert_eq!(fs::read(copy).expect("a file"), before);
    // What was damaged is asked again, and nothing else.
    for about in ["x", "y"] {
        let answer = ask(&fake.url, about).await.expect("an answer");
        assert_eq!(&*answer.text, "Stop the warfarin.");
    }
    assert_eq!(fake.count(), 3);
    let whole = Journal::mend(&path, system_clock).expect("whole");
    assert_eq!((whole.removed.len(), whole.copy), (0, None));
}

#[tokio::test]
async fn a_row_that_is_gone_is_missed() {
    let (_folder, path) = run().await;
    let connection = Connection::open(&path).expect("a file");
    let gone = "DELETE FROM calls WHERE rowid IN (SELECT rowid FROM calls LIMIT 2)";
    connection.execute_batch(gone).expect("a change");
    drop(connection);
    let error = Journal::open(&path, system_clock).unwrap_err().to_string();
    assert!(
        error.contains("2 row(s) of the table `calls` are gone"),
        "{error}"
    );
    let mended = Journal::mend(&path, system_clock).expect("mended");
    assert!(
        mended.others_gone && mended.removed.is_empty(),
        "{mended:?}"
    );
    assert!(Journal::open(&path, system_clock).is_ok());
}

#[tokio::test]
async fn what_a_damaged_answer_has_cost_stays_counted() {
    let (_folder, path) = run().await;
    let spent = || {
        Journal::read(&path)
            .expect("a journal")
            .spent()
            .expect("read")
    };
    let before = spent();
    let connection = Connection::open(&path).expect("a file");
    let change = "UPDATE calls SET text = text || '.' WHERE rowid = 12";
    connection.execute_batch(change).expect("a change");
    drop(connection);
    let mended = Journal::mend(&path, system_clock).expect("mended");
    assert_eq!(mended.removed.len(), 1);
    assert!((spent().usd - before.usd).abs() < 1e-9, "{:?}", spent());
    assert!(spent().estimated_usd >= before.estimated_usd);
}

/// A run of format 1, as the program wrote it then.
fn older(path: &Path) {
    let connection = Connection::open(path).expect("a file");
    let tables = include_str!("format_1.sql");
    connection.execute_batch(tables).expect("a journal");
}

#[tokio::test]
async fn a_run_of_format_1_is_read_as_it_is_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.sqlite");
    older(&path);
    let before = fs::read(&path).expect("a file");
    let look = |journal: &Journal| {
        let calls = journal.calls().expect("read");
        assert_eq!(calls.len(), 1);
        assert_eq!(&*calls[0].text, "an old answer");
        assert_eq!(calls[0].usd_lost, 0.25);
        assert_eq!(journal.failures().expect("read").len(), 1);
        assert_eq!(journal.results("item").expect("read").len(), 1);
        assert!((journal.spent_usd().expect("read") - 1.0).abs() < 1e-9);
        assert_eq!(journal.spent().expect("read").estimated_usd, 0.5);
    };
    look(&Journal::read(&path).expect("a journal"));
    assert_eq!(fs::read(&path).expect("a file"), before, "only read");
    look(&Journal::open(&path, system_clock).expect("a journal"));
    // From now on its rows are checked.
    let journal = Journal::open(&path, system_clock).expect("a journal");
    assert_eq!(
        journal.meta_get("format").expect("read").as_deref(),
        Some("2.0")
    );
    look(&journal);
    drop(journal);
    change(&path, "an old answer");
    assert!(matches!(
        Journal::read(&path),
        Err(JournalError::Damaged { .. })
    ));
}
