//! Kind J: limits of the machine.

use std::process::Command;
use std::time::Duration;

use crate::bench_common::panel::Draft;
use crate::bench_common::{Place, must, run};
use crate::fake_openai::{Fake, Reply};

/// The demo needs few files of those that this machine gives: everything is
/// asked and answered all the same, and nothing is blamed on the provider.
#[test]
fn few_open_files_slow_a_run_down_and_lose_nothing() {
    let place = Place::new();
    let panel = Draft::demo().limits("in_flight = 400").write(&place, "p");
    must(0, place.bench(&panel, "whole").arg("--quiet"));
    let bench = place.bench(&panel, "run");
    let mut words = vec![bench.get_program().to_owned()];
    words.extend(bench.get_args().map(ToOwned::to_owned));
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -n 96 && exec \"$@\"", "sh"])
        .args(words)
        .arg("--quiet")
        .current_dir(place.path(""));
    let ended = run(&mut limited);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(place.journal("run").failures().expect("rows").is_empty());
    assert_eq!(place.summary("run"), place.summary("whole"));
}

/// A process that is stopped while an answer comes takes it in when it goes on:
/// its clock has run out meanwhile, and the answer is bought.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_came_while_the_program_slept_is_read() {
    let fake = Fake::always(Reply::after(300, Reply::says("1. Order an ECG."))).await;
    let url = fake.url.clone();
    let place = Place::new();
    let mut draft = Draft::small();
    let [provider, _] = draft.providers();
    provider.insert("kind".into(), "openai".into());
    provider.insert("base_url".into(), url.into());
    provider.remove("simulated");
    let limits = "call_seconds = 2.0\nattempts = 1".parse::<toml::Table>();
    provider.insert("limits".into(), toml::Value::Table(limits.expect("TOML")));
    let panel = draft.write(&place, "p");
    place.write("question.txt", "What should be done about palpitations?");
    let mut child = place
        .primum(&["consult", &panel, "--file", "question.txt", "--quiet"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    while fake.count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let signal = |name: &str| {
        let pid = child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status();
        assert!(sent.expect("kill").success());
    };
    signal("-STOP");
    // Longer than the call may take: the answer lies in the socket by then.
    tokio::time::sleep(Duration::from_secs(4)).await;
    signal("-CONT");
    let ended = tokio::task::spawn_blocking(move || child.wait().expect("an end"));
    let code = ended.await.expect("no panic").code();
    assert!(code == Some(0) || code == Some(3), "{code:?}");
    assert_eq!(fake.count(), 1);
}
