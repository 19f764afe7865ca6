//! Kills and full disks: what was acknowledged is there, and no more is said.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use primum::audit::{Audit, AuditError, verify};

use super::{check, clock, consult, place, runtime};

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
            .args(["--exact", "audit::faults::child", "--nocapture"])
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
            "trap '' XFSZ; exec \"$0\" --exact audit::faults::starved --nocapture",
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
