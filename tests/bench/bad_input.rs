//! What goes wrong is said once and clearly, with the right exit code, and
//! loses nothing: after it is mended the run completes.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench_common::folder::{all, assert_same, unlike};
use crate::bench_common::panel::{Draft, table};
use crate::bench_common::provider::Provider;
use crate::bench_common::{Place, demo_cases, must, run, start, total};

/// Exit code and everything on stderr, as a person sees them.
fn said(place: &Place, command: &mut Command) -> String {
    let ended = run(command);
    assert!(
        ended.took < Duration::from_secs(20),
        "nobody waits {:?} for this:\n{}",
        ended.took,
        ended.stderr
    );
    let code = ended.code.expect("an exit code");
    format!("{}\nexit {code}", place.redact(ended.stderr.trim_end()))
}

/// An address at which nobody listens.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// A small panel whose models, not the judge, are asked at this address.
fn panel_at(place: &Place, name: &str, address: &str, change: impl FnOnce(&mut Draft)) -> String {
    let mut draft = Draft::small();
    let [provider, _] = draft.providers();
    provider.insert("base_url".into(), format!("http://{address}/v1").into());
    change(&mut draft);
    draft.write(place, name)
}

/// What is left of a run that a provider stopped goes on to the end, and ends
/// as a run that met nothing.
fn goes_on(place: &Place, panel: &str, flags: &[&str]) {
    let resume = ["bench", "--resume", "run", "--quiet"];
    must(0, place.primum(&resume).args(flags).env("TEST_KEY", KEY));
    must(
        0,
        place
            .bench(panel, "whole")
            .arg("--quiet")
            .args(flags)
            .env("TEST_KEY", KEY),
    );
    assert_same(&place.path("run"), &place.path("whole"));
}

const KEY: &str = "sk-test-0123456789abcdef";

#[test]
fn what_was_typed_wrong_is_said_before_anything_is_made() {
    let place = Place::new();
    let good = Draft::small().write(&place, "good");
    place.write("broken.toml", "name = \"broken\n[providers.sim]\n");
    let keyed = panel_at(&place, "keyed", &closed_port(), |draft| {
        let [provider, _] = draft.providers();
        provider.insert("kind".into(), "openai".into());
        provider.insert("key_env".into(), "TEST_KEY".into());
    });
    let before = all(&place.path(""));
    let quiet = |panel: &str| {
        let mut command = place.bench(panel, "run");
        command.arg("--quiet").env_remove("TEST_KEY");
        command
    };
    let bench = |args: &[&str]| place.primum(&[&["bench"], args].concat());
    for (what, command) in [
        ("unreadable-toml", &mut quiet("broken.toml")),
        ("no-panel", &mut quiet("nobody.toml")),
        (
            "no-cases",
            &mut bench(&["good.toml", "--cases", "nowhere", "--out", "run"]),
        ),
        ("no-key", &mut quiet(&keyed)),
        ("money", quiet(&keyed).env("TEST_KEY", KEY)),
        ("unknown-flag", quiet(&good).arg("--trails")),
        ("no-such-item", quiet(&good).args(["--only", "Derm*"])),
        ("resume-nothing", &mut bench(&["--resume", "nothing"])),
        (
            "resume-other",
            &mut bench(&["--resume", "run", "--limit", "3"]),
        ),
    ] {
        let said = said(&place, command);
        insta::assert_snapshot!(what, said);
        assert!(said.ends_with("exit 2"), "{what}");
    }
    assert_eq!(unlike(&before, &all(&place.path(""))), [""; 0]);
}

#[test]
fn malformed_cases_are_shown_with_their_place() {
    let place = Place::new();
    let panel = Draft::small().write(&place, "p");
    let copy = |name: &str| {
        let from = demo_cases().join("dataset/rubrics").join(name);
        let text = std::fs::read_to_string(from).expect("a rubric");
        place.write(&format!("cases/dataset/rubrics/{name}"), &text);
    };
    copy("Card901.json");
    copy("Endo901.json");
    let items = std::fs::read_to_string(demo_cases().join("dataset/items.jsonl"));
    let items = items.expect("items");
    let two: Vec<&str> = items
        .lines()
        .filter(|line| line.contains("\"Card901\"") || line.contains("\"Endo901\""))
        .collect();
    let broken = format!("{}\n{}\n", two[0], &two[1][..two[1].len() / 2]);
    place.write("cases/dataset/items.jsonl", &broken);
    let command = || {
        place.primum(&[
            "bench", &panel, "--cases", "cases", "--out", "run", "--quiet",
        ])
    };
    let said = said(&place, &mut command());
    insta::assert_snapshot!("malformed-items", said);
    assert!(!place.path("run").exists());
    place.write("cases/dataset/items.jsonl", &two.join("\n"));
    must(0, &mut command());
    assert_eq!(total(&place.summary("run"), "scored"), 2 * 2);
}

#[test]
fn an_unreachable_provider_stops_the_run_soon() {
    let place = Place::new();
    let address = closed_port();
    // As many attempts as by default: this is how long a person waits.
    let panel = panel_at(&place, "p", &address, |_| {});
    let started = Instant::now();
    let said = said(&place, place.bench(&panel, "run").arg("--quiet"));
    println!("unreachable after {:.1?}", started.elapsed());
    insta::assert_snapshot!("unreachable", said);
    let _provider = Provider::listen(&place, &address, "");
    goes_on(&place, &panel, &[]);
}

#[test]
fn a_wrong_model_is_named() {
    let place = Place::new();
    let provider = Provider::start(&place, "");
    let address = provider.address().to_owned();
    let panel = panel_at(&place, "p", &address, |draft| {
        table(table(&mut draft.panel, "models"), "alpha").insert("id".into(), "sim-alhpa".into());
    });
    let said = |out: &str| said(&place, place.bench(&panel, out).arg("--quiet"));
    insta::assert_snapshot!("wrong-model", said("run"));
    // A panel that was changed is another run and leaves this one alone.
    let before = all(&place.path("run"));
    let mended = panel_at(&place, "p", &address, |_| {});
    assert_eq!(panel, mended);
    insta::assert_snapshot!("changed-panel", redact_hashes(&said("run")));
    assert_eq!(unlike(&before, &all(&place.path("run"))), [""; 0]);
    must(0, place.bench(&panel, "mended").arg("--quiet"));
    // Mended at the provider, the run goes on.
    drop(provider);
    let _provider = Provider::listen(&place, &address, "[models.sim-alhpa]\n");
    let panel = panel_at(&place, "p", &address, |draft| {
        table(table(&mut draft.panel, "models"), "alpha").insert("id".into(), "sim-alhpa".into());
    });
    goes_on(&place, &panel, &[]);
}

/// Twelve hexadecimal digits of a hash.
fn redact_hashes(text: &str) -> String {
    let hash = |word: &&str| word.len() == 12 && word.chars().all(|c| c.is_ascii_hexdigit());
    let words: Vec<&str> = text
        .split(' ')
        .map(|word| if hash(&word) { "[hash]" } else { word })
        .collect();
    words.join(" ")
}

#[test]
fn a_refused_key_is_said_and_never_shown() {
    let place = Place::new();
    let (address, refusing) = refuse_all();
    let panel = panel_at(&place, "p", &address, |draft| {
        let [provider, _] = draft.providers();
        provider.insert("kind".into(), "openai".into());
        provider.insert("key_env".into(), "TEST_KEY".into());
    });
    let said = said(
        &place,
        place
            .bench(&panel, "run")
            .args(["--quiet", "--yes"])
            .env("TEST_KEY", KEY),
    );
    insta::assert_snapshot!("refused-key", said);
    for (name, bytes) in all(&place.path("run")) {
        let shown = bytes.windows(KEY.len()).any(|w| w == KEY.as_bytes());
        assert!(!shown, "the key is in {name}");
    }
    drop(refusing);
    let _provider = Provider::listen(&place, &address, "");
    goes_on(&place, &panel, &["--yes"]);
}

/// A server that refuses every key in OpenAI's words; it quotes the whole key,
/// as some servers do. It ends when the sender is dropped.
fn refuse_all() -> (String, Refusing) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    listener.set_nonblocking(true).expect("non-blocking");
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = stop.clone();
    let thread = std::thread::spawn(move || {
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            match listener.accept() {
                Ok((stream, _)) => drop(refuse(stream)),
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    });
    let refusing = Refusing {
        stop,
        thread: Some(thread),
    };
    (address, refusing)
}

struct Refusing {
    stop: std::sync::Arc<std::sync::atomic::AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Refusing {
    fn drop(&mut self) {
        self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server");
        }
    }
}

fn refuse(mut stream: std::net::TcpStream) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    // The request is read to its end, or closing would reset the connection.
    let mut request = Vec::new();
    let mut part = [0; 16_384];
    while let Ok(n @ 1..) = stream.read(&mut part) {
        request.extend_from_slice(&part[..n]);
        if complete(&request) {
            break;
        }
    }
    let body = format!(
        r#"{{"error": {{"message": "Incorrect API key provided: {KEY}.", "type": "invalid_request_error", "param": null, "code": "invalid_api_key"}}}}"#
    );
    write!(
        stream,
        "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    request.len() >= head.len() + 4 + length.unwrap_or(0)
}

#[test]
fn an_account_without_quota_stops_the_run() {
    let place = Place::new();
    let provider = Provider::start(&place, "faults = { rate = 1.0, kinds = [\"quota\"] }");
    let address = provider.address().to_owned();
    let panel = panel_at(&place, "p", &address, |_| {});
    let said = said(&place, place.bench(&panel, "run").arg("--quiet"));
    insta::assert_snapshot!("quota", said);
    drop(provider);
    let _provider = Provider::listen(&place, &address, "");
    goes_on(&place, &panel, &[]);
}

#[test]
fn a_folder_of_another_run_is_left_alone() {
    let place = Place::new();
    let panel = Draft::small().write(&place, "p");
    let small = ["--limit", "1", "--quiet"];
    must(0, place.bench(&panel, "run").args(small));
    let before = all(&place.path("run"));
    let other = ["--limit", "2", "--seed", "5", "--trials", "2", "--quiet"];
    let said = said(&place, place.bench(&panel, "run").args(other));
    insta::assert_snapshot!("another-run", said);
    assert_eq!(unlike(&before, &all(&place.path("run"))), [""; 0]);
}

#[test]
fn a_broken_database_is_left_alone() {
    let place = Place::new();
    let panel = Draft::small().write(&place, "p");
    let small = ["--limit", "1", "--quiet"];
    must(0, place.bench(&panel, "sound").args(small));
    let sound = std::fs::read(place.path("sound/run.sqlite")).expect("a database");
    let mut holed = sound.clone();
    holed[4096..].fill(0xa5);
    let newer = {
        let path = place.path("newer.sqlite");
        std::fs::write(&path, &sound).expect("a copy");
        let database = rusqlite::Connection::open(&path).expect("a database");
        database
            .execute("UPDATE meta SET value = '3.0' WHERE key = 'format'", [])
            .expect("a new format");
        database.close().expect("it closes");
        std::fs::read(path).expect("a database")
    };
    for (what, bytes) in [
        (
            "no-database",
            b"not a database, and it never was one".to_vec(),
        ),
        ("cut-database", sound[..sound.len() / 2].to_vec()),
        ("holed-database", holed),
        ("newer-database", newer),
    ] {
        std::fs::create_dir(place.path(what)).expect("a folder");
        let file = place.path(what).join("run.sqlite");
        std::fs::write(&file, &bytes).expect("a file");
        let said = said(&place, place.bench(&panel, what).args(small));
        insta::assert_snapshot!(what, said);
        assert!(said.ends_with("exit 5"), "{what}");
        assert!(
            std::fs::read(&file).expect("a file") == bytes,
            "{what} was changed"
        );
    }
}

/// Waits until something is so.
fn wait(so: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(30);
    while !so() {
        assert!(Instant::now() < patience, "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until a run has bought something.
fn wait_for_calls(place: &Place, out: &str) {
    let database = place.path(out).join("run.sqlite");
    wait(|| bought(&database));
}

fn bought(database: &Path) -> bool {
    database.exists()
        && primum::gateway::Journal::read(database).is_ok_and(|journal| journal.calls_count() > 3)
}

/// Settings that make every model take so long.
fn latency(milliseconds: u32) -> String {
    ["alpha", "beta", "gamma", "delta", "epsilon", "judge"]
        .iter()
        .map(|model| format!("models.sim-{model}.latency_ms = {milliseconds}.0\n"))
        .collect()
}

#[test]
fn two_processes_do_not_write_one_run() {
    let place = Place::new();
    let panel = Draft::small()
        .simulated(&latency(300))
        .limits("in_flight = 2")
        .write(&place, "p");
    let mut first = start(place.bench(&panel, "run").arg("--quiet"));
    wait_for_calls(&place, "run");
    let said = said(&place, place.bench(&panel, "run").arg("--quiet"));
    insta::assert_snapshot!("two-processes", said);
    let ended = first.wait().expect("the first run");
    assert_eq!(ended.code(), Some(0), "the first run must not notice");
    assert_eq!(total(&place.summary("run"), "unscored"), 0);
}

#[test]
fn a_budget_ends_a_run_that_a_larger_one_completes() {
    let place = Place::new();
    let panel = Draft::small().limits("in_flight = 2").write(&place, "p");
    let bench = |out: &str, budget: &[&str]| {
        let mut command = place.bench(&panel, out);
        command.arg("--quiet").args(budget);
        command
    };
    let ended = must(3, &mut bench("run", &["--budget-usd", "0.20"]));
    let spent = place.journal("run").spent_usd().expect("dollars");
    assert!(spent > 0.02 && spent <= 0.20, "{spent}");
    let summary = place.summary("run");
    assert_eq!(summary["partial"], true);
    assert!(ended.stderr.contains("the budget of $0.20 is reached"));
    let missing = total(&summary, "unscored");
    let told = format!("{missing} answers are missing. To go on, raise what limits it, ");
    assert!(ended.stderr.contains(&told), "{}", ended.stderr);
    // The same budget again buys nothing more; a larger one completes it.
    must(3, &mut bench("run", &["--budget-usd", "0.20"]));
    assert!(place.journal("run").spent_usd().expect("dollars") <= 0.20);
    must(
        0,
        &mut place.primum(&["bench", "--resume", "run", "--budget-usd", "5", "--quiet"]),
    );
    must(0, &mut bench("whole", &[]));
    assert_same(&place.path("run"), &place.path("whole"));
}

#[test]
fn interrupted_a_run_ends_at_once_and_goes_on_as_if_it_had_not_been() {
    let place = Place::new();
    // Quick enough to be finished within the grace, and too slow for it.
    for (name, slow) in [("quick", false), ("slow", true)] {
        let mut provider = Provider::start(&place, &latency(150));
        let address = provider.address().to_owned();
        let panel = Draft::demo()
            .both("base_url", provider.url())
            .limits("in_flight = 8")
            .write(&place, name);
        let flags = ["--quiet", "--limit", "4"];
        let run = place
            .bench(&panel, name)
            .args(flags)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the run starts");
        wait_for_calls(&place, name);
        if slow {
            // From now on nothing is answered any more.
            drop(provider);
            provider = Provider::listen(&place, &address, &latency(20_000));
            wait(|| provider.requests() >= 6);
        }
        let asked = Instant::now();
        interrupt(&run);
        let output = run.wait_with_output().expect("the run ends");
        let took = asked.elapsed();
        println!("{name}: ended {took:.2?} after the interrupt");
        assert_eq!(output.status.code(), Some(130));
        // The grace is 1.5 s; the rest is for a machine with other work.
        assert!(took < Duration::from_secs(5), "{took:?}");
        let said = place.redact(&String::from_utf8_lossy(&output.stderr));
        insta::assert_snapshot!(format!("interrupted-{name}"), said);
        assert!(total(&place.summary(name), "unscored") > 0);
        let bought = place.journal(name).calls_count();
        if !slow {
            let sent = provider.requests();
            assert_eq!(sent, bought as u64, "what was in flight is finished");
        }
        drop(provider);
        let _provider = Provider::listen(&place, &address, "");
        must(
            0,
            &mut place.primum(&["bench", "--resume", name, "--quiet"]),
        );
        assert!(bought > 3 && place.journal(name).calls_count() > bought);
        let whole = format!("whole-{name}");
        must(0, place.bench(&panel, &whole).args(flags));
        assert_same(&place.path(name), &place.path(&whole));
    }
}

/// What Ctrl-C does.
fn interrupt(run: &Child) {
    let id = run.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.expect("kill runs").success());
}
