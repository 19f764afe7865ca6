//! `primum audit` from the command line.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use primum::audit::{Audit, End, NewConsult, Who};
use rusqlite::Connection;
use serde_json::Value;

fn primum(home: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_primum"))
        .arg("audit")
        .args(args)
        .env("PRIMUM_HOME", home)
        .output()
        .expect("primum starts")
}

fn must(code: i32, output: &Output) -> String {
    let shown = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(code), "{shown}");
    shown
}

fn store(home: &Path) -> Audit {
    Audit::open(&home.join("audit.sqlite"), Arc::new(|| 1_000)).expect("opens")
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}

fn record(audit: &Audit) {
    let who = Who {
        key_id: "k_1".into(),
        key_name: "ward".into(),
        person: None,
    };
    let new = NewConsult {
        id: "c1".into(),
        who,
        panel: "demo".into(),
        panel_hash: "abc".into(),
        question: "MARKED question".into(),
        idempotency: None,
    };
    block_on(async {
        audit.asked(new).await.expect("asked");
        audit.ended("c1", End::Cancelled).await.expect("ended");
    });
}

#[test]
fn verify_export_and_purge_beside_and_after_the_service() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = &folder.path().join("home");
    let none = must(2, &primum(home, &["verify"]));
    assert!(none.contains("there is no audit log"), "{none}");

    let audit = store(home);
    record(&audit);
    let head = audit.head().hash;
    let told = must(0, &primum(home, &["verify", "--head", &head]));
    assert!(told.contains("sound") && told.contains(&head), "{told}");
    let json: Value =
        serde_json::from_slice(&primum(home, &["verify", "--json"]).stdout).expect("JSON");
    assert_eq!(json["entries"], 2);
    must(2, &primum(home, &["verify", "--head", "abc"]));
    must(1, &primum(home, &["verify", "--head", &"ab".repeat(32)]));

    let out = folder.path().join("log.jsonl");
    let name = out.to_str().expect("UTF-8");
    must(0, &primum(home, &["export", "--out", name]));
    let mode = std::fs::metadata(&out).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let lines = std::fs::read_to_string(&out).expect("UTF-8");
    assert_eq!(lines.lines().count(), 3);
    assert!(lines.contains("MARKED question") && lines.contains(&head));
    checked_by_python(&out, &head);
    let refused = must(2, &primum(home, &["export", "--out", name]));
    assert!(refused.contains("--yes"), "{refused}");
    must(0, &primum(home, &["export", "--out", name, "--yes"]));
    assert_eq!(must(0, &primum(home, &["export"])), lines);

    let busy = must(2, &primum(home, &["purge", "--older-than", "1d", "--yes"]));
    assert!(busy.contains("another process"), "{busy}");
    drop(audit);
    must(
        2,
        &primum(home, &["purge", "--older-than", "soon", "--yes"]),
    );
    let asked = must(2, &primum(home, &["purge", "--older-than", "1d"]));
    assert!(asked.contains("--yes"), "{asked}");
    let done = must(0, &primum(home, &["purge", "--older-than", "1d", "--yes"]));
    assert!(done.contains("purged 1 consults"), "{done}");
    must(0, &primum(home, &["verify", "--head", &head]));
    assert!(!must(0, &primum(home, &["export"])).contains("MARKED"));

    let connection = Connection::open(home.join("audit.sqlite")).expect("opens");
    connection
        .execute_batch("DROP TRIGGER log_stays; UPDATE log SET panel = 'x' WHERE seq = 1")
        .expect("changed");
    let found = must(1, &primum(home, &["verify"]));
    assert!(found.contains("NOT SOUND: entry 1 "), "{found}");
}

/// The lines in `docs/audit-log.md` find an export sound; where there is no
/// Python they are not tried.
fn checked_by_python(export: &Path, head: &str) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit-log.md");
    let docs = std::fs::read_to_string(docs).expect("the docs");
    let (_, program) = docs.split_once("```python\n").expect("a program");
    let (program, _) = program.split_once("```").expect("its end");
    match Command::new("python3")
        .args(["-c", program])
        .arg(export)
        .output()
    {
        Ok(output) => assert!(must(0, &output).contains(head)),
        Err(_) => println!("skipped: no python3"),
    }
}
