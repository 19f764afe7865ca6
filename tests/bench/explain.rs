//! `primum explain` through the program, on runs of the demo panels.

use crate::bench_common::{Ended, Place, must, root, run};
use primum::gateway::journal::{Journal, system_clock};
use serde_json::Value;

fn demo() -> String {
    root().join("agents/demo.toml").display().to_string()
}

/// A run of the demo panel on one case.
fn bench(place: &Place) {
    let args = ["--only", "Card901", "--trials", "2", "--quiet"];
    must(0, place.bench(&demo(), "run").args(args));
}

fn explain(place: &Place, args: &[&str]) -> Ended {
    run(place.primum(&["explain"]).args(args))
}

#[test]
fn a_story_is_told_of_every_recommendation() {
    let place = Place::new();
    bench(&place);
    let told = explain(&place, &["run", "Card901"]);
    assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(told.stdout);
    for line in told.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!told.stdout.contains("does not add up"));

    // The second trial is another answer; the arm is named.
    let second = explain(&place, &["run", "Card901", "--trial", "2"]);
    assert!(second.stdout.contains("Card901 · panel:demo · trial 2"));
    assert_ne!(told.stdout, second.stdout);
    let bare = ["run", "Card901", "--arm", "panel-no-guardians:demo"];
    let bare = explain(&place, &bare);
    assert!(!bare.stdout.contains("guardian:"), "{}", bare.stdout);

    // The database alone is enough.
    let file = explain(&place, &["run/run.sqlite", "Card901"]);
    assert_eq!(file.stdout, told.stdout);
}

#[test]
fn the_story_of_every_protocol_adds_up() {
    let place = Place::new();
    let args = ["--only", "Neuro901", "--protocol", "all", "--quiet"];
    run(place.bench(&demo(), "run").args(args));
    // Without --arm it is the first panel of the run, not of the alphabet.
    let first = explain(&place, &["run", "Neuro901"]);
    assert!(first.stdout.contains("· panel:demo-lead · trial 1"));
    for protocol in ["lead", "vote", "synthesis", "debate", "delphi"] {
        let arm = format!("panel:demo-{protocol}");
        let told = explain(&place, &["run", "Neuro901", "--arm", &arm]);
        assert_eq!(told.code, Some(0), "{}", told.stderr);
        assert!(!told.stdout.contains("does not add up"), "{}", told.stdout);
        assert!(told.stdout.contains("\n  C1: "), "{}", told.stdout);
        if protocol == "delphi" {
            insta::assert_snapshot!(told.stdout);
        }
    }
}

#[test]
fn the_seats_of_a_self_ensemble_are_not_taken_for_the_panels() {
    let place = Place::new();
    let args = ["--only", "*901", "--arms", "self", "--quiet"];
    run(place.bench(&demo(), "run").args(args));
    for item in ["Card901", "Neuro901"] {
        for arm in ["panel:demo", "self:alpha"] {
            let told = explain(&place, &["run", item, "--arm", arm]);
            assert_eq!(told.code, Some(0), "{}", told.stderr);
            assert!(!told.stdout.contains("does not add up"), "{}", told.stdout);
        }
    }
}

#[test]
fn a_model_alone_has_an_answer_and_no_ledger() {
    let place = Place::new();
    bench(&place);
    let told = explain(&place, &["run", "Card901", "--arm", "solo:ada"]);
    assert_eq!(told.code, Some(0));
    assert!(
        told.stdout.contains("There is no ledger"),
        "{}",
        told.stdout
    );
    assert!(told.stdout.contains("  1. "), "{}", told.stdout);
    let json = explain(&place, &["run", "Card901", "--arm", "solo:ada", "--json"]);
    let ledger: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(ledger["entries"], serde_json::json!([]));
    assert!(json.stderr.contains("a model alone"), "{}", json.stderr);
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    let place = Place::new();
    bench(&place);
    let asks = |args: &[&str], words: &str| {
        let ended = explain(&place, args);
        assert_eq!(ended.code, Some(2), "{args:?}");
        assert!(ended.stderr.contains(words), "{args:?}\n{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    };
    asks(
        &["run", "Crad901"],
        "run has no item Crad901; near are Card901",
    );
    asks(
        &["run", "Card901", "--arm", "solo:adda"],
        "run has no arm solo:adda; near are solo:ada",
    );
    asks(&["run", "Card901", "--trial", "3"], "there are 1, 2");
    asks(&["nowhere", "Card901"], "there is no run nowhere");
    place.write("runs/demo-1/run.sqlite", "");
    asks(&["demo-2", "Card901"], "in runs there are demo-1");
    let ended = explain(&place, &["demo-1", "Card901"]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
}

#[test]
fn a_ledger_that_lost_an_item_is_doubted() {
    let place = Place::new();
    bench(&place);
    let path = place.path("run/run.sqlite");
    let journal = Journal::open(&path, system_clock).expect("a journal");
    let id = "panel:demo Card901 1";
    let body = journal
        .result("item", id)
        .expect("read")
        .expect("an answer");
    let mut body: Value = serde_json::from_str(&body).expect("JSON");
    let entries = body["ledger"]["entries"].as_array_mut().expect("entries");
    let drafts = entries
        .iter()
        .filter(|e| e["origin"]["draft"]["agent"] == "ada");
    let last = drafts.count();
    entries.retain(|e| {
        e["origin"]["draft"]["agent"] != "ada" || e["origin"]["draft"]["number"] != last
    });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime
        .block_on(journal.put_result("item", id, &body.to_string()))
        .expect("it is changed");
    drop(journal);
    let told = explain(&place, &["run", "Card901"]);
    assert_eq!(told.code, Some(0));
    let doubt = format!("the ledger does not add up: ada#{last} was drafted and has no entry");
    assert!(told.stdout.contains(&doubt), "{}", told.stdout);
}

#[test]
fn graded_options_have_a_story_too() {
    let place = Place::new();
    let panel = root().join("agents/options-demo.toml");
    let panel = panel.to_str().expect("UTF-8");
    let args = ["--only", "Card901", "--quiet"];
    must(0, place.bench(panel, "run").args(args));
    let told = explain(&place, &["run", "Card901"]);
    assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(told.stdout);
    let alone = explain(&place, &["run", "Card901", "--arm", "solo:ben"]);
    assert!(alone.stdout.contains("There is no ledger"));
    let json = explain(&place, &["run", "Card901", "--json"]);
    let ledger: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert!(ledger["entries"][0]["votes"]["ada"].is_string());
}
