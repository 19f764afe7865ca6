//! How a consult ends: degraded, abstained, failed, out of money or time, not
//! allowed, interrupted. The code and the first line must say it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench_common::consult::{assert_silent, consult, demo, json_of, text_of};
use crate::bench_common::panel::{Draft, table};
use crate::bench_common::{Place, must, run};
use serde_json::Value;

/// The demo panel where these models are at a provider that nobody answers at.
fn unreachable(models: &[&str]) -> Draft {
    let mut draft = Draft::demo();
    let dead = "kind = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\nlimits = { attempts = 1 }";
    let dead: toml::Table = dead.parse().expect("TOML");
    table(&mut draft.panel, "providers").insert("dead".into(), dead.into());
    for model in models {
        let models = table(&mut draft.panel, "models");
        table(models, model).insert("provider".into(), "dead".into());
    }
    draft
}

#[test]
fn a_degraded_answer_says_so_first() {
    let place = Place::new();
    let panel = unreachable(&["beta"]).write(&place, "beta");
    let ended = must(3, &mut consult(&place, &panel, &["--against", "Card901"]));
    assert!(ended.stdout.starts_with("DEGRADED"), "{}", ended.stdout);
    let head: Vec<&str> = ended.stdout.lines().take(3).collect();
    assert!(
        head[1].contains("ben did not answer (unreachable)"),
        "{head:?}"
    );
    assert!(ended.stdout.contains("no answer: unreachable"));
    assert_silent(&ended.stderr, &text_of("Card901"));
    for line in [
        "draft: asking ada, ben, cleo",
        "draft: ben gave no answer (unreachable)",
        "draft: ada answered in ",
        "plan after consensus: ",
        "guardian: gwen gave no answer (unreachable)",
        "plan fitted to the word budget: ",
    ] {
        assert!(ended.stderr.contains(line), "{line} in\n{}", ended.stderr);
    }
}

/// The demo panel where these models are at a provider that never answers.
fn hanging(models: &[&str]) -> Draft {
    let mut draft = Draft::demo();
    let slow = "kind = \"simulated\"\nlimits = { attempts = 1 }\n\
                simulated = { faults = { rate = 1.0, kinds = [\"hang\"], hang_seconds = 60.0 } }";
    let slow: toml::Table = slow.parse().expect("TOML");
    table(&mut draft.panel, "providers").insert("slow".into(), slow.into());
    for model in models {
        let models = table(&mut draft.panel, "models");
        table(models, model).insert("provider".into(), "slow".into());
    }
    draft
}

#[test]
fn a_deadline_is_kept_whoever_never_answers() {
    let place = Place::new();
    let panel = hanging(&["beta"]).write(&place, "one");
    let args = ["--against", "Card901", "--deadline", "4"];
    let ended = must(3, &mut consult(&place, &panel, &args));
    assert!(ended.stdout.starts_with("DEGRADED"), "{}", ended.stdout);
    assert!(ended.stdout.contains("ben"), "{}", ended.stdout);
    // The judge is asked afterwards and has its own time.
    assert!(ended.took < Duration::from_secs(12), "{:?}", ended.took);

    let panel = hanging(&["alpha", "beta", "gamma"]).write(&place, "all");
    let args = ["--against", "Card901", "--deadline", "2", "--json"];
    let ended = must(4, &mut consult(&place, &panel, &args));
    assert_eq!(json_of(&ended)["stages"][0]["failure"], "timeout");
    assert!(ended.took < Duration::from_secs(10), "{:?}", ended.took);
}

#[test]
fn an_abstained_answer_asks_for_a_human_and_marks_its_plan() {
    let place = Place::new();
    let mut panel = unreachable(&["beta"]);
    table(&mut panel.panel, "consensus").insert("quorum".into(), 3.into());
    let panel = panel.write(&place, "quorum");
    let mut command = consult(&place, &panel, &["--against", "Card901"]);
    let ended = must(3, &mut command);
    assert!(ended.stdout.starts_with("ABSTAINED: this needs a human"));
    assert!(ended.stdout.contains("the quorum is 3"));
    assert!(
        ended
            .stdout
            .contains("\nPlan (NOT TO BE USED UNREVIEWED)\n")
    );
    let answer = json_of(&must(3, command.arg("--json")));
    assert_eq!(answer["needs_human"], true);
    assert_eq!(answer["outcome"]["state"], "abstained");
}

#[test]
fn without_any_provider_there_is_no_answer_and_the_code_says_why() {
    let place = Place::new();
    let panel = unreachable(&["alpha", "beta", "gamma", "delta", "epsilon"]).write(&place, "dead");
    let mut command = consult(&place, &panel, &["--against", "Card901"]);
    let ended = must(4, &mut command);
    assert!(
        ended.stdout.starts_with("FAILED: there is no answer\n"),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains("\nPlan"), "{}", ended.stdout);
    assert!(ended.stdout.contains("unscored: there is no answer"));
    let answer = json_of(&must(4, command.arg("--json")));
    assert_eq!(answer["outcome"]["state"], "failed");
    assert_eq!(answer["text"], Value::Null);
    assert_eq!(answer["simulated"], false, "nobody simulated was to answer");
}

#[test]
fn a_budget_that_is_reached_leaves_no_half_answer() {
    let place = Place::new();
    let args = ["--against", "Card901", "--budget-usd", "0.004"];
    let ended = must(3, &mut consult(&place, &demo(), &args));
    assert_eq!(ended.stdout, "");
    assert!(
        ended.stderr.contains("There is no answer"),
        "{}",
        ended.stderr
    );
}

#[test]
fn real_providers_are_not_asked_without_consent() {
    let place = Place::new();
    let mut draft = unreachable(&["alpha"]);
    let dead = table(table(&mut draft.panel, "providers"), "dead");
    dead.insert("key_env".into(), "PRIMUM_TEST_KEY".into());
    let panel = draft.write(&place, "paid");
    let mut command = consult(&place, &panel, &["--against", "Card901"]);
    let ended = run(&mut command);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("PRIMUM_TEST_KEY"), "{}", ended.stderr);
    command.env("PRIMUM_TEST_KEY", "k");
    let ended = run(&mut command);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("add --yes"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("--dry-run"), "there is none here");
    let ended = run(command.arg("--yes"));
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
}

#[test]
fn an_interrupted_consult_ends_at_once_with_its_code() {
    let place = Place::new();
    let faults = "faults = { rate = 1.0, kinds = [\"hang\"], hang_seconds = 60.0 }";
    let panel = Draft::demo().simulated(faults).write(&place, "hang");
    let child = consult(&place, &panel, &["--against", "Card901"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(Duration::from_secs(3));
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.expect("kill").success());
    let started = Instant::now();
    let output = child.wait_with_output().expect("its words");
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(output.stdout, b"");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(
        stderr.contains("interrupted: there is no answer"),
        "{stderr}"
    );
}
