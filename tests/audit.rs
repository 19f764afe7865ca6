//! The audit store: what was acknowledged is there, what was changed is found,
//! what was purged is gone.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use primum::access::Clock;
use primum::audit::{
    Audit, AuditError, Decision, End, Idempotency, NewConsult, ReleaseState, State, Verified, Who,
    export, verify,
};
use proptest::prelude::*;
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

/// Changes a store as someone would who knows SQLite, and says what is found.
fn tampered(sql: &str) -> Vec<String> {
    let (_folder, path) = place();
    let audit = Audit::open(&path, clock().0).expect("opens");
    runtime().block_on(fill(&audit));
    drop(audit);
    let connection = Connection::open(&path).expect("opens");
    let guards: Vec<(String, String)> = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .and_then(|mut query| {
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
        .expect("guards");
    let refused = connection.execute_batch(sql).is_err();
    let touches_log = sql.contains("log") || sql.contains("UPDATE contents");
    assert!(refused || !touches_log, "a guard refuses {sql}");
    for (name, _) in &guards {
        let drop = format!("DROP TRIGGER {name}");
        connection.execute_batch(&drop).expect("dropped");
    }
    if refused {
        connection.execute_batch(sql).expect("changed");
    }
    for (_, sql) in &guards {
        connection.execute_batch(sql).expect("put back");
    }
    drop(connection);
    let found = check(&path);
    found.findings.into_iter().map(|f| f.what).collect()
}

#[test]
fn every_change_is_found_and_told_where() {
    for column in [
        "at = at + 1",
        "kind = 'cancelled'",
        "consult = 'q'",
        "key_id = 'k_9'",
        "key_name = 'other'",
        "person = NULL",
        "panel = 'other'",
        "panel_hash = 'other'",
        "outcome = 'other'",
        "content_mac = zeroblob(32)",
        "prev = zeroblob(31)",
        "hash = zeroblob(32)",
    ] {
        for seq in 1..=6 {
            let found = tampered(&format!("UPDATE log SET {column} WHERE seq = {seq}"));
            let told = format!("entry {seq} ");
            assert!(
                found.first().is_some_and(|first| first.contains(&told)),
                "{column} of {seq}: {found:?}"
            );
        }
    }
    for (sql, told) in [
        ("DELETE FROM log WHERE seq = 3", "entry 3 is missing"),
        ("DELETE FROM log WHERE seq IN (3, 4)", "entries 3 to 4"),
        ("DELETE FROM log WHERE seq > 4", "the last 2 are gone"),
        (
            "UPDATE log SET seq = 99 WHERE seq = 2; UPDATE log SET seq = 2 WHERE seq = 3;
             UPDATE log SET seq = 3 WHERE seq = 99",
            "entry 2 ",
        ),
        (
            "UPDATE contents SET body = 'x' WHERE consult = 'a' AND part = 'question'",
            "the stored question of consult a",
        ),
        (
            "UPDATE contents SET body = 'x' WHERE part = 'answer'",
            "the stored answer of consult a",
        ),
        (
            "UPDATE contents SET extra = 'x' WHERE part = 'answer'",
            "the stored answer of consult a",
        ),
        (
            "UPDATE contents SET body = 'x' WHERE part = 'note'",
            "the stored note of consult a",
        ),
        ("DELETE FROM contents WHERE consult = 'b'", "consult b"),
        (
            "INSERT INTO contents (consult, part, pad, salt, body) VALUES ('b', 'answer', x'', x'', '')",
            "no entry speaks of",
        ),
        (
            "UPDATE idempotency SET consult = 'b' WHERE consult = 'a'",
            "idempotency key",
        ),
    ] {
        let found = tampered(sql);
        assert!(
            found.iter().any(|what| what.contains(told)),
            "{sql}: {found:?}"
        );
        assert!(
            !found.iter().any(|what| what.contains("MARKED")),
            "{found:?}"
        );
    }
}

#[test]
fn a_tail_cut_with_its_counter_is_found_by_a_head_kept_outside() {
    let (_folder, path) = place();
    let audit = Audit::open(&path, clock().0).expect("opens");
    runtime().block_on(fill(&audit));
    let head = audit.head().hash;
    drop(audit);
    let connection = Connection::open(&path).expect("opens");
    connection
        .execute_batch(
            "DROP TRIGGER log_keeps; DROP TRIGGER counter_grows; DELETE FROM log WHERE seq = 6",
        )
        .expect("cut");
    let refused = Audit::open(&path, clock().0);
    assert!(matches!(refused, Err(AuditError::Broken { .. })));
    connection
        .execute_batch("UPDATE counter SET seq = 5, hash = (SELECT hash FROM log WHERE seq = 5)")
        .expect("hidden");
    let found = verify(&path, Some(&head)).expect("read");
    assert!(found.findings.iter().any(|f| f.what.contains(&head)));
    assert!(found.findings.iter().any(|f| f.what.contains("guard")));
    assert_eq!(verify(&path, Some("12")), Err(AuditError::BadHead));
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

#[derive(Clone, Debug)]
enum Step {
    Ask(u8, String),
    Answer(u8, String),
    End(u8),
    Decide(u8, bool),
    Interrupt,
    Purge(u64),
    Reopen,
    Clock(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..6_u8;
    prop_oneof![
        4 => (id.clone(), "\\PC{0,40}").prop_map(|(id, text)| Step::Ask(id, text)),
        4 => (id.clone(), "\\PC{0,40}").prop_map(|(id, text)| Step::Answer(id, text)),
        2 => id.clone().prop_map(Step::End),
        2 => (id, any::<bool>()).prop_map(|(id, release)| Step::Decide(id, release)),
        1 => Just(Step::Interrupt),
        1 => (0..3_000_u64).prop_map(Step::Purge),
        1 => Just(Step::Reopen),
        1 => (0..3_000_u64).prop_map(Step::Clock),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_sequence_leaves_a_chain_that_verifies(steps in proptest::collection::vec(step(), 1..24)) {
        let (_folder, path) = place();
        let (clock, time) = clock();
        let mut audit = Audit::open(&path, clock.clone()).expect("opens");
        let runtime = runtime();
        for step in steps {
            let done = runtime.block_on(async {
                match step {
                    Step::Ask(id, text) => audit.asked(consult(&id.to_string(), &text)).await,
                    Step::Answer(id, text) => {
                        audit.answered(&id.to_string(), "answered", text.into(), "[]".into()).await
                    }
                    Step::End(id) => audit.ended(&id.to_string(), End::Cancelled).await,
                    Step::Decide(id, release) => {
                        audit.decided(&id.to_string(), decision(release)).await
                    }
                    Step::Interrupt => audit.interrupt_running().await.map(drop),
                    Step::Purge(before) => audit.purge(before).await.map(drop),
                    Step::Clock(now) => {
                        time.store(now, Ordering::Relaxed);
                        Ok(())
                    }
                    Step::Reopen => Err(AuditError::Closed),
                }
            });
            prop_assert!(!matches!(done, Err(AuditError::Store { .. })), "{:?}", done);
            if done == Err(AuditError::Closed) {
                drop(audit);
                audit = Audit::open(&path, clock.clone()).expect("opens again");
            }
            let found = verify(&path, Some(&audit.head().hash)).expect("read");
            prop_assert!(found.is_sound(), "{:?}", found);
            prop_assert_eq!(found.entries, audit.head().seq);
        }
    }
}

const CHILD: &str = "PRIMUM_TEST_AUDIT";

/// No test of its own: what the tests below kill, or starve of disk.
#[test]
fn child() {
    let Some(path) = std::env::var_os(CHILD) else {
        return;
    };
    let run = std::process::id();
    let (clock, _) = clock();
    let audit = Audit::open(Path::new(&path), clock).expect("opens");
    runtime().block_on(async {
        let ask = |lane: usize| {
            let audit = audit.clone();
            async move {
                for number in 0.. {
                    let id = format!("{run}-{lane}-{number}");
                    audit.asked(consult(&id, "q")).await.expect("asked");
                    println!("\nack asked {id}");
                    let answer = "a".repeat(number % 50 * 100);
                    audit
                        .answered(&id, "answered", answer.into(), "[]".into())
                        .await
                        .expect("answered");
                    println!("\nack answered {id}");
                }
            }
        };
        futures::future::join_all((0..8).map(ask)).await;
    });
}

#[test]
fn killed_fifty_times_no_acknowledged_record_is_lost() {
    let (_folder, path) = place();
    let mut acknowledged = 0;
    for kill in 0..50_u64 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "child", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let out = child.stdout.take().expect("stdout");
        let reader = std::thread::spawn(move || {
            let lines = BufReader::new(out).split(b'\n');
            lines.map_while(Result::ok).collect::<Vec<_>>()
        });
        std::thread::sleep(Duration::from_millis(20 + kill * 37 % 180));
        child.kill().expect("SIGKILL");
        child.wait().expect("ends");
        let mut lines = reader.join().expect("read");
        // The last line may be half written.
        lines.pop();
        if !path.exists() {
            continue;
        }
        let audit = Audit::open(&path, clock().0).expect("opens after a kill");
        for line in lines {
            let line = String::from_utf8_lossy(&line).into_owned();
            let Some(ack) = line.strip_prefix("ack ") else {
                continue;
            };
            acknowledged += 1;
            let (what, id) = ack.split_once(' ').expect("two words");
            let stored = audit.read(id).expect("read").expect("is there");
            assert!(what == "asked" || stored.answer.is_some(), "{ack}");
        }
        runtime()
            .block_on(audit.interrupt_running())
            .expect("interrupted");
        let found = verify(&path, Some(&audit.head().hash)).expect("read");
        assert!(found.is_sound(), "kill {kill}: {found:?}");
    }
    println!("{acknowledged} acknowledged records over 50 kills");
    assert!(acknowledged > 100, "the children wrote: {acknowledged}");
}

/// No test of its own: a process whose files may not grow, then may again.
#[test]
fn starved() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Some(path) = std::env::var_os("PRIMUM_TEST_STARVED") else {
        return;
    };
    let audit = Audit::open(Path::new(&path), clock().0).expect("opens");
    let limit = |bytes| {
        let limit = Rlimit {
            current: bytes,
            maximum: getrlimit(Resource::Fsize).maximum,
        };
        setrlimit(Resource::Fsize, limit).expect("a limit");
    };
    runtime().block_on(async {
        audit.asked(consult("before", "q")).await.expect("asked");
        limit(Some(400_000));
        let big = "MARKED".repeat(100_000);
        let refused = audit.asked(consult("big", &big)).await;
        let Err(AuditError::Store { reason }) = &refused else {
            panic!("{refused:?}");
        };
        assert!(reason.contains("is there room on the disk?"), "{reason}");
        assert!(!reason.contains("MARKED"));
        // One that has room is not lost with one that has none.
        let small = consult("small", "q");
        let huge = consult("huge", &big);
        let (huge, small) = futures::join!(audit.asked(huge), audit.asked(small));
        assert!(matches!(huge, Err(AuditError::Store { .. })));
        assert_eq!(small, Ok(()));
        limit(getrlimit(Resource::Fsize).maximum);
        audit
            .asked(consult("big", &big))
            .await
            .expect("there is room again");
    });
    let found = verify(Path::new(&path), Some(&audit.head().hash)).expect("read");
    assert!(found.is_sound(), "{found:?}");
    assert_eq!(found.entries, 3);
}

#[test]
fn a_full_disk_is_told_and_nothing_is_half_written() {
    let (_folder, path) = place();
    // The signal for too large a file is ignored, so that the write fails.
    let output = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; exec \"$0\" --exact starved --nocapture",
        ])
        .arg(std::env::current_exe().expect("this program"))
        .env("PRIMUM_TEST_STARVED", &path)
        .output()
        .expect("starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(out.contains("1 passed"), "{out}");
    let found = check(&path);
    assert!(found.is_sound(), "{found:?}");
    assert_eq!(found.entries, 3);
}
