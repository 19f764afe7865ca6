//! The audit store: what was acknowledged is there, what was changed is found,
//! what was purged is gone.

mod faults;
mod sequence;
mod tamper;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use primum::access::Clock;
use primum::audit::{
    Audit, AuditError, Decision, End, Idempotency, NewConsult, ReleaseState, State, Verified, Who,
    export, verify,
};
use rusqlite::Connection;

fn clock() -> (Clock, Arc<AtomicU64>) {
    let time = Arc::new(AtomicU64::new(1_000));
    let shared = Arc::clone(&time);
    (Arc::new(move || shared.load(Ordering::Relaxed)), time)
}

fn who(key: &str) -> Who {
    Who {
        key_id: key.into(),
        key_name: format!("name-{key}"),
        person: Some("Dr Jane Roe".into()),
    }
}

fn consult(id: &str, question: &str) -> NewConsult {
    NewConsult {
        id: id.into(),
        who: who("k_1"),
        panel: "demo".into(),
        panel_hash: "abc".into(),
        question: question.into(),
        idempotency: Some(Idempotency {
            key: format!("idem-{id}"),
            body_sha256: [7; 32],
        }),
    }
}

fn decision(release: bool) -> Decision {
    Decision {
        release,
        who: who("k_2"),
        note: Some("MARKED note".into()),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Three consults: answered and released, failed, running.
async fn fill(audit: &Audit) {
    for id in ["a", "b", "c"] {
        let question = format!("MARKED question {id}");
        audit.asked(consult(id, &question)).await.expect("asked");
    }
    audit
        .answered("a", "answered", "MARKED answer".into(), "[]".into())
        .await
        .expect("answered");
    audit.decided("a", decision(true)).await.expect("decided");
    audit
        .ended("b", End::Failed("no-answer".into()))
        .await
        .expect("ended");
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state/audit.sqlite");
    (folder, path)
}

fn check(path: &Path) -> Verified {
    verify(path, None).expect("it can be read")
}

fn files(path: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(path.parent().expect("a folder"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

fn holds(path: &Path, text: &str) -> bool {
    files(path).iter().any(|file| {
        let bytes = std::fs::read(file).expect("a file");
        bytes.windows(text.len()).any(|w| w == text.as_bytes())
    })
}

#[test]
fn what_went_in_comes_out_and_files_are_private() {
    let (_folder, path) = place();
    let (clock, _) = clock();
    let audit = Audit::open(&path, clock.clone()).expect("opens");
    runtime().block_on(async {
        fill(&audit).await;
        let a = audit.read("a").expect("read").expect("known");
        assert_eq!(a.state, State::Answered);
        assert_eq!(a.release.state, ReleaseState::Released);
        assert_eq!(a.question, Some("MARKED question a".into()));
        assert_eq!(a.answer, Some("MARKED answer".into()));
        assert_eq!(a.release.note, Some("MARKED note".into()));
        assert!(!format!("{a:?} {audit:?}").contains("MARKED"));
        assert_eq!(audit.read("z"), Ok(None));
        let ids = |keys: &[&str], limit, before| -> Vec<String> {
            let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
            let listed = audit.list(&keys, limit, before).expect("list");
            listed.into_iter().map(|summary| summary.id).collect()
        };
        assert_eq!(ids(&["k_1", "k_1"], 2, None), ["c", "b"]);
        assert_eq!(ids(&["k_1"], 9, Some(2)), ["a"]);
        assert!(ids(&["k_2"], 9, None).is_empty());
        let known = audit.idempotent("k_1", "idem-a");
        assert_eq!(known, Ok(Some(("a".into(), [7; 32]))));
        assert_eq!(audit.idempotent("k_2", "idem-a"), Ok(None));

        let again = audit.decided("a", decision(false)).await;
        assert_eq!(again, Err(AuditError::Decided));
        let none = audit.decided("b", decision(true)).await;
        assert_eq!(none, Err(AuditError::NotAnswered));
        let twice = audit.asked(consult("a", "x")).await;
        assert_eq!(twice, Err(AuditError::Exists));
        let mut same = consult("d", "x");
        same.idempotency = consult("a", "x").idempotency;
        assert_eq!(audit.asked(same).await, Err(AuditError::Repeated));
        let late = audit.ended("b", End::Cancelled).await;
        assert_eq!(late, Err(AuditError::Ended));
        let lost = audit.ended("z", End::Cancelled).await;
        assert_eq!(lost, Err(AuditError::Unknown));
        assert_eq!(audit.head().seq, 6);

        for file in files(&path) {
            let mode = std::fs::metadata(&file)
                .expect("there")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
        assert_eq!(files(&path).len(), 4);
        let folder = std::fs::metadata(path.parent().expect("one")).expect("there");
        assert_eq!(folder.permissions().mode() & 0o777, 0o700);

        let second = Audit::open(&path, clock.clone());
        assert!(matches!(second, Err(AuditError::Locked { .. })));
        let found = verify(&path, Some(&audit.head().hash)).expect("beside its writer");
        assert!(found.is_sound(), "{found:?}");
        assert_eq!((found.entries, found.texts), (6, 5));
        assert_eq!(audit.interrupt_running().await, Ok(1));
        let c = audit.read("c").expect("read").expect("known");
        assert_eq!(c.state, State::Interrupted);
    });
}

#[test]
fn a_purge_leaves_no_byte_and_a_chain_that_verifies() {
    let (_folder, path) = place();
    let (clock, time) = clock();
    let audit = Audit::open(&path, clock).expect("opens");
    runtime().block_on(async {
        // Of many sizes, so that pages of all kinds are filled and emptied.
        for number in 0..60_usize {
            let id = format!("c{number}");
            let text = format!(
                "PURGED{number} {}",
                "PURGED ".repeat(number * number % 2_000)
            );
            audit.asked(consult(&id, &text)).await.expect("asked");
            audit
                .answered(&id, "answered", text.as_str().into(), "PURGED".into())
                .await
                .expect("answered");
        }
        time.store(2_000, Ordering::Relaxed);
        fill(&audit).await;
        assert!(holds(&path, "PURGED"));
        let head = audit.head().hash;
        assert_eq!(audit.purge(1_500).await, Ok(60));
        assert!(!holds(&path, "PURGED"));
        assert!(holds(&path, "MARKED question a"));
        let found = verify(&path, Some(&head)).expect("read");
        assert!(found.is_sound(), "{found:?}");
        assert_eq!(found.purged, 120);
        let gone = audit.read("c7").expect("read").expect("known");
        assert_eq!((gone.state, gone.question), (State::Purged, None));
        let late = audit.decided("c7", decision(true)).await;
        assert_eq!(late, Err(AuditError::Purged));
        // What still runs is kept.
        assert_eq!(audit.purge(9_000).await, Ok(2));
        assert!(!holds(&path, "MARKED answer") && !holds(&path, "MARKED note"));
        assert!(holds(&path, "MARKED question c"));
    });
}

#[test]
fn files_of_others_and_of_later_programs_are_refused() {
    let (folder, path) = place();
    let missing = verify(&path, None);
    assert!(matches!(missing, Err(AuditError::Missing { .. })));
    drop(Audit::open(&path, clock().0).expect("opens"));
    let connection = Connection::open(&path).expect("opens");
    connection
        .execute("UPDATE meta SET value = '2.0' WHERE key = 'format'", [])
        .expect("newer");
    drop(connection);
    assert!(matches!(
        Audit::open(&path, clock().0),
        Err(AuditError::Newer { .. })
    ));
    assert!(matches!(verify(&path, None), Err(AuditError::Newer { .. })));
    let text = folder.path().join("text.sqlite");
    std::fs::write(&text, "no database at all, but a text of some length").expect("written");
    assert!(matches!(
        Audit::open(&text, clock().0),
        Err(AuditError::Foreign { .. })
    ));
}

#[test]
fn a_jumping_clock_breaks_neither_order_nor_chain() {
    let (_folder, path) = place();
    let (clock, time) = clock();
    let audit = Audit::open(&path, clock).expect("opens");
    runtime().block_on(async {
        for (number, now) in [5, 0, u64::MAX, 7, 253_402_300_800_000]
            .into_iter()
            .enumerate()
        {
            time.store(now, Ordering::Relaxed);
            let id = format!("c{number}");
            audit.asked(consult(&id, "q")).await.expect("asked");
        }
        let listed = audit.list(&["k_1".into()], 9, None).expect("list");
        let order: Vec<u64> = listed.iter().map(|summary| summary.seq).collect();
        assert_eq!(order, [5, 4, 3, 2, 1]);
    });
    assert!(check(&path).is_sound());
    let mut lines = Vec::new();
    let head = export(&path, &mut lines).expect("exported");
    let lines = String::from_utf8(lines).expect("UTF-8");
    assert_eq!(lines.lines().count(), 6);
    assert!(
        lines
            .lines()
            .last()
            .is_some_and(|line| line.contains(&head.hash))
    );
}
