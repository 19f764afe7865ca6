//! `primum keys`, through the program.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use primum::access::{Clock, KEYS_FILE, KeyStore, Refusal, Scope};

fn command(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_primum"));
    command
        .arg("keys")
        .args(args)
        .env("PRIMUM_HOME", home)
        .env("PRIMUM_LOG", "trace")
        .stdin(Stdio::null());
    command
}

fn run(home: &Path, args: &[&str]) -> (i32, String, String) {
    ended(&command(home, args).output().expect("runs"))
}

fn ended(output: &Output) -> (i32, String, String) {
    (
        output.status.code().expect("a code"),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Makes a key and returns its text.
fn add(home: &Path, args: &[&str]) -> String {
    let (code, out, err) = run(home, &[&["add"], args].concat());
    assert_eq!(code, 0, "{err}");
    let key = out.lines().last().expect("a line").to_owned();
    assert!(key.starts_with("primum_"), "{out}");
    assert_eq!(out, format!("{key}\n"), "the key alone is on stdout");
    assert!(!err.contains(&key[20..]), "{err}");
    key
}

fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    u64::try_from(since.as_millis()).expect("fits")
}

fn open(home: &Path) -> KeyStore {
    let clock: Clock = Arc::new(now);
    KeyStore::open(&home.join(KEYS_FILE), clock).expect("opens")
}

fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    (folder, home)
}

#[test]
fn a_key_is_made_listed_and_revoked_without_restart() {
    let (_folder, home) = folder();
    let ward = add(&home, &["ward-1", "--scope", "consult,read"]);
    let roe = add(
        &home,
        &[
            "jane-roe",
            "--scope",
            "consult",
            "--scope",
            "release,read",
            "--person",
            "Dr Jane Roe",
            "--per-minute",
            "60",
            "--usd-per-day",
            "12.5",
            "--expires",
            "90d",
            "--retention",
            "none",
            "--reviews",
            "ward-1",
        ],
    );
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o7777;
    assert_eq!(mode(&home), 0o700);
    assert_eq!(mode(&home.join(KEYS_FILE)), 0o600);

    let service = open(&home);
    let key = service.check(&roe).expect("good");
    assert_eq!(key.person.as_deref(), Some("Dr Jane Roe"));
    assert!(key.may(Scope::Release) && key.may(Scope::Read) && key.may(Scope::Consult));
    assert!(!key.may(Scope::Admin));
    assert!(key.retention_none);
    assert_eq!(
        key.reviews,
        [service.check(&ward).expect("good").id.clone()]
    );
    let left = key
        .expires_at
        .expect("expires")
        .abs_diff(now() + 90 * 86_400_000);
    assert!(left < 60_000, "{left}");

    let (code, out, err) = run(&home, &["list"]);
    assert_eq!(code, 0, "{err}");
    for word in [
        "ward-1",
        "jane-roe",
        "Dr Jane",
        "60/min",
        "$12.50/day",
        "good",
        "never",
    ] {
        assert!(out.contains(word), "{word} in\n{out}");
    }
    assert!(out.contains(&key.id), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");

    let (code, _, err) = run(&home, &["revoke", "ward-1"]);
    assert_eq!(code, 0, "{err}");
    assert!(service.check(&ward).is_ok(), "not read yet");
    assert_eq!(service.refresh(), Ok(true));
    assert_eq!(service.check(&ward), Err(Refusal::Revoked));
    assert!(service.check(&roe).is_ok());
    let (code, _, err) = run(&home, &["revoke", "ward-1"]);
    assert_eq!(code, 0);
    assert!(err.contains("revoked already"), "{err}");

    let (code, out, _) = run(&home, &["list", "--json"]);
    assert_eq!(code, 0);
    let listed: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(listed[0]["state"], "revoked");
    assert_eq!(listed[1]["state"], "good");
    assert_eq!(
        listed[1]["scopes"],
        serde_json::json!(["consult", "read", "release"])
    );
    assert_eq!(listed[1]["reviews"], serde_json::json!(["ward-1"]));
    assert_eq!(listed[1]["retention"], "none");
    let at = listed[0]["revoked_at"].as_str().expect("a time");
    assert!(at.len() == 24 && at.ends_with('Z'), "{at}");
    for key in [&ward, &roe] {
        assert!(!out.contains(&key[20..]));
        let bytes = std::fs::read(home.join(KEYS_FILE)).expect("read");
        let secret = &key.as_bytes()[20..36];
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    }
}

#[test]
fn what_is_wrong_is_said_with_exit_code_2() {
    let (_folder, home) = folder();
    add(&home, &["ward-1", "--scope", "consult"]);
    let cases: &[(&[&str], &str)] = &[
        (
            &["add", "ward-1", "--scope", "read"],
            "already a key named `ward-1`",
        ),
        (&["add", "Ward", "--scope", "read"], "lower-case"),
        (
            &["add", "new", "--scope", "consult,reed"],
            "did you mean `read`?",
        ),
        (
            &["add", "new", "--scope", "releese"],
            "did you mean `release`?",
        ),
        (
            &["add", "new", "--scope", "Consult"],
            "did you mean `consult`?",
        ),
        (&["add", "new", "--scope", ","], "at least one scope"),
        (&["add", "new"], "--scope"),
        (&["add", "new", "--scope", "release"], "--person"),
        (
            &["add", "new", "--scope", "read", "--reviews", "ward1"],
            "did you mean `ward-1`?",
        ),
        (
            &["add", "new", "--scope", "consult", "--reviews", "ward-1"],
            "scope `read`",
        ),
        (
            &["add", "new", "--scope", "read", "--expires", "2020-01-31"],
            "in the past",
        ),
        (
            &["add", "new", "--scope", "read", "--expires", "0d"],
            "in the past",
        ),
        (
            &["add", "new", "--scope", "read", "--expires", "soon"],
            "90d, 12h",
        ),
        (
            &["add", "new", "--scope", "read", "--expires", "99999999999d"],
            "90d, 12h",
        ),
        (
            &["add", "new", "--scope", "read", "--expires", "-3d"],
            "90d, 12h",
        ),
        (
            &["add", "new", "--scope", "read", "--expires", "2027-02-30"],
            "90d, 12h",
        ),
        (
            &["add", "new", "--scope", "read", "--per-minute", "0"],
            "1 to 10000",
        ),
        (
            &["add", "new", "--scope", "read", "--usd-per-day", "-1"],
            "above 0",
        ),
        (
            &["add", "new", "--scope", "read", "--usd-per-day", "NaN"],
            "above 0",
        ),
        (
            &["add", "new", "--scope", "read", "--retention", "audit"],
            "none",
        ),
        (&["revoke", "ward-2"], "did you mean `ward-1`?"),
    ];
    for (args, words) in cases {
        let (code, out, err) = run(&home, args);
        assert_eq!(code, 2, "{args:?}: {err}");
        assert!(err.contains(words), "{args:?}: {err}");
        assert_eq!(out, "", "{args:?}");
    }
    assert_eq!(open(&home).list().expect("listed").len(), 1);
}

#[test]
fn open_and_broken_files_are_refused() {
    let (_folder, home) = folder();
    add(&home, &["ward-1", "--scope", "consult"]);
    let file = home.join(KEYS_FILE);
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
    };
    set(&file, 0o644);
    let (code, _, err) = run(&home, &["list"]);
    assert_eq!(code, 2);
    assert!(err.contains("chmod 600"), "{err}");
    set(&file, 0o600);
    set(&home, 0o755);
    let (code, _, err) = run(&home, &["list"]);
    assert_eq!(code, 2);
    assert!(err.contains("chmod 700"), "{err}");
    set(&home, 0o700);

    let whole = std::fs::read(&file).expect("read");
    for (bytes, words) in [
        (&b""[..], "is damaged (it is empty)"),
        (&[7; 9_000][..], "is no file of keys"),
        (&whole[..whole.len() / 2], "is damaged"),
    ] {
        std::fs::write(&file, bytes).expect("written");
        for args in [
            &["list"][..],
            &["add", "new", "--scope", "read"],
            &["revoke", "ward-1"],
        ] {
            let (code, out, err) = run(&home, args);
            assert_eq!(code, 5, "{err}");
            assert!(err.contains(words), "{err}");
            assert_eq!(out, "");
        }
    }
}

#[test]
fn processes_that_add_at_once_lose_no_key() {
    let (_folder, home) = folder();
    let running: Vec<_> = (0..8)
        .map(|number| {
            // Two of them want the same name.
            let name = format!("key-{}", number % 7);
            command(&home, &["add", &name, "--scope", "consult"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("starts")
        })
        .collect();
    let ends: Vec<_> = running
        .into_iter()
        .map(|child| ended(&child.wait_with_output().expect("ends")))
        .collect();
    let store = open(&home);
    assert_eq!(store.list().expect("listed").len(), 7);
    let (good, bad): (Vec<_>, Vec<_>) = ends.iter().partition(|(code, _, _)| *code == 0);
    assert_eq!((good.len(), bad.len()), (7, 1), "{ends:?}");
    assert!(
        good.iter()
            .all(|(_, out, _)| store.check(out.trim_end()).is_ok())
    );
    assert!(bad[0].2.contains("already a key named"), "{:?}", bad[0]);
}

#[test]
fn the_help_says_what_each_scope_allows() {
    let (_folder, home) = folder();
    let (code, out, _) = run(&home, &["add", "--help"]);
    assert_eq!(code, 0);
    for word in [
        "consult: ask",
        "read: list",
        "release: release or reject",
        "admin: read",
    ] {
        assert!(out.contains(word), "{word} in\n{out}");
    }
    assert!(!home.exists(), "asking for help makes nothing");
}

#[test]
fn no_keys_are_no_fault() {
    let (_folder, home) = folder();
    let (code, out, _) = run(&home, &["list"]);
    assert_eq!(code, 0);
    assert!(out.contains("primum keys add"), "{out}");
    let (code, out, _) = run(&home, &["list", "--json"]);
    assert_eq!((code, out.as_str()), (0, "[]\n"));
    add(
        &home,
        &["dated", "--scope", "admin", "--expires", "2999-01-31"],
    );
    let (_, out, _) = run(&home, &["list", "--json"]);
    assert!(out.contains("\"2999-02-01T00:00:00.000Z\""), "{out}");
}
