//! The journal as a store: versions, lock, failures of the disk.

use std::path::{Path, PathBuf};

use primum::gateway::journal::{Journal, JournalError, system_clock};
use primum::gateway::{FailureKind, Gateway};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::fake_openai::{Fake, Reply};
use crate::setup::{call, config, provider};

fn run() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.sqlite");
    (folder, path)
}

fn open(path: &Path) -> Result<Journal, JournalError> {
    Journal::open(path, system_clock)
}

/// Changes a run's file behind the journal's back.
fn change(path: &Path, sql: &str) {
    let connection = Connection::open(path).expect("a file");
    connection.execute_batch(sql).expect("a change");
}

#[tokio::test]
async fn values_and_results_come_back() {
    let (_folder, path) = run();
    let journal = open(&path).expect("a journal");
    journal.meta_set("seed", "7").await.expect("written");
    journal.meta_set("seed", "8").await.expect("written");
    journal.put_result("plan", "b", "2").await.expect("written");
    journal.put_result("plan", "a", "1").await.expect("written");
    journal.put_result("plan", "a", "3").await.expect("written");
    drop(journal);
    let journal = open(&path).expect("a journal");
    assert_eq!(
        journal.meta_get("seed").expect("read").as_deref(),
        Some("8")
    );
    assert_eq!(journal.meta_get("none").expect("read"), None);
    let pairs = [("a".into(), "3".into()), ("b".into(), "2".into())];
    assert_eq!(journal.results("plan").expect("read"), pairs);
    assert_eq!(
        journal.result("plan", "b").expect("read").as_deref(),
        Some("2")
    );
    assert_eq!(journal.results("other").expect("read"), []);
    assert_eq!(
        journal.meta_set("format", "9").await,
        Err(JournalError::Reserved)
    );
}

#[test]
fn only_one_may_write_a_run_and_others_may_read() {
    let (_folder, path) = run();
    let journal = open(&path).expect("a journal");
    let second = open(&path).unwrap_err();
    assert!(matches!(second, JournalError::Locked { .. }), "{second}");
    assert!(Journal::read(&path).is_ok());
    drop(journal);
    assert!(open(&path).is_ok());
}

#[tokio::test]
async fn a_reader_writes_nothing() {
    let (_folder, path) = run();
    drop(open(&path).expect("a journal"));
    let reader = Journal::read(&path).expect("a reader");
    assert_eq!(
        reader.put_result("a", "b", "c").await,
        Err(JournalError::ReadOnly)
    );
}

#[test]
fn a_newer_format_is_refused_and_a_newer_minor_is_not() {
    let (_folder, path) = run();
    drop(open(&path).expect("a journal"));
    let set = |version: &str| {
        // As that program would write it: eight bytes of a SHA-256 over table,
        // key and value, each after its length.
        let mut hash = Sha256::new();
        for field in ["meta", "format", version] {
            hash.update((field.len() as u64).to_le_bytes());
            hash.update(field);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        let checksum = i64::from_le_bytes([a, b, c, d, e, f, g, h]);
        let put = format!("('format', '{version}', {checksum})");
        change(&path, &format!("INSERT OR REPLACE INTO meta VALUES {put}"));
        change(
            &path,
            &format!("UPDATE seals SET sum = {checksum} WHERE name = 'meta'"),
        );
    };
    set("2.9");
    assert!(open(&path).is_ok());
    set("3.0");
    let error = open(&path).unwrap_err();
    assert!(error.to_string().contains("3.0"), "{error}");
    assert!(matches!(error, JournalError::Newer { .. }), "{error}");
    assert!(matches!(
        Journal::read(&path),
        Err(JournalError::Newer { .. })
    ));
}

#[test]
fn files_that_are_no_journals_are_left_alone() {
    let (_folder, path) = run();
    std::fs::write(
        &path,
        "a text that is long enough to be looked at as a file",
    )
    .expect("a file");
    assert!(matches!(open(&path), Err(JournalError::Foreign { .. })));
    std::fs::remove_file(&path).expect("removed");
    change(&path, "CREATE TABLE mine (a)");
    assert!(matches!(open(&path), Err(JournalError::Foreign { .. })));
    let missing = path.with_file_name("no-such-folder").join("run.sqlite");
    assert!(matches!(open(&missing), Err(JournalError::Store { .. })));
    assert!(Journal::read(&missing).is_err());
}

#[tokio::test]
async fn an_answer_that_cannot_be_written_is_not_given_out() {
    let (_folder, path) = run();
    drop(open(&path).expect("a journal"));
    // As a full disk does, at the moment of writing.
    change(
        &path,
        "CREATE TRIGGER full BEFORE INSERT ON calls
         BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    );
    let fake = Fake::always(Reply::says("fine")).await;
    let journal = open(&path).expect("a journal");
    let gateway = Gateway::new(config(provider(&fake.url), journal)).expect("a gateway");
    let error = gateway.call(call("x")).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Journal);
    assert!(error.message.contains("disk is full"), "{}", error.message);
    assert_eq!(gateway.journal().calls_count(), 0);
    // Nothing more is bought that could not be remembered.
    let next = gateway.call(call("y")).await.unwrap_err();
    assert_eq!((next.kind, fake.count()), (FailureKind::Journal, 1));
    assert!(gateway.stopped().is_some());
}

#[tokio::test]
async fn many_writers_share_commits_and_all_is_there() {
    let (_folder, path) = run();
    let journal = open(&path).expect("a journal");
    let ids: Vec<String> = (0..2_000).map(|n| format!("{n:05}")).collect();
    let puts = ids.iter().map(|id| journal.put_result("r", id, "body"));
    let started = std::time::Instant::now();
    assert!(
        futures::future::join_all(puts)
            .await
            .iter()
            .all(Result::is_ok)
    );
    assert!(started.elapsed().as_secs() < 10);
    assert_eq!(journal.results("r").expect("read").len(), 2_000);
}
