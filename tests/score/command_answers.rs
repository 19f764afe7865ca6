//! `primum score --responses` and `primum judge check`: answers of anybody,
//! judged by simulated judges over real HTTP.

use crate::bench_common;
use crate::bench_common::folder::assert_same;
use crate::bench_common::{Ended, Place, demo_cases, must, root, run};
use crate::score_command::SECRET;
use serde_json::{Value, json};

/// A judge file like the demo judge's, with another name, vendor and rate of
/// misread options.
fn judge(place: &Place, name: &str, vendor: &str, error: f64) -> String {
    let text = format!(
        r#"
[providers.sim-{name}]
kind = "simulated"
[providers.sim-{name}.simulated.models.{name}]
match_error = {error}
[models.{name}]
provider = "sim-{name}"
id = "{name}"
vendor = "{vendor}"
[judge]
name = "{name}"
model = "{name}"
review = false
"#
    );
    let file = format!("judge-{name}.toml");
    place.write(&file, &text);
    file
}

/// An answer that does what a case's rubric wants: every option of 7 or more.
fn good_answer(case: &str) -> String {
    let path = demo_cases().join(format!("dataset/rubrics/{case}.json"));
    let rubric = bench_common::json(&path);
    let wanted = rubric["options"].as_array().expect("options").iter();
    wanted
        .filter(|option| option["score"].as_i64() >= Some(7))
        .enumerate()
        .map(|(n, option)| format!("{}. {}\n", n + 1, option["text"].as_str().expect("text")))
        .collect()
}

/// Answers to some base cases; the last is empty.
fn answers(place: &Place) {
    let mut text = String::new();
    for case in ["Card901", "Endo901", "GI901"] {
        let line = json!({"id": case, "trial": 1, "response": good_answer(case)});
        text.push_str(&format!("{line}\n"));
    }
    let empty = json!({"id": "Heme901", "trial": 1, "response": "  "});
    text.push_str(&format!("{empty}\n"));
    place.write("theirs.jsonl", &text);
}

fn score(place: &Place, out: &str, judges: &[&str], more: &[&str]) -> std::process::Command {
    let mut command = place.primum(&["score", "--responses", "theirs.jsonl", "--out", out]);
    command.arg("--cases").arg(demo_cases());
    command.arg("--judge").args(judges).args(more);
    command
}

const FOUR: [&str; 8] = [
    "--only", "Card901", "--only", "Endo901", "--only", "GI901", "--only", "Heme901",
];

#[test]
fn answers_of_anybody_are_judged_scored_and_the_empty_one_is_shown() {
    let place = Place::new();
    answers(&place);
    let demo = root().join("agents/judge-demo.toml");
    let demo = demo.to_str().expect("UTF-8");
    let ended = must(3, &mut score(&place, "out", &[demo], &FOUR));
    insta::assert_snapshot!(place.redact(&ended.stdout));
    let summary = place.summary("out");
    let arm = &summary["arms"]["theirs"];
    assert_eq!((&arm["scored"], &arm["empty"]), (&json!(3), &json!(1)));
    assert_eq!(arm["unscored_items"][0]["why"], "the answer is empty");
    assert_eq!(summary["simulated"], json!(true));
    let prompts = &summary["judges"]["SIMULATED sim-judge"]["prompts"];
    assert_eq!(prompts[0]["name"], "judge-match");
    assert_eq!(prompts[0]["version"], "2");

    // The store keeps match and review records with the hashes of their
    // prompts.
    let stored = place.journal("out").results("judging").expect("results");
    assert_eq!(stored.len(), 3);
    let verdict: Value = serde_json::from_str(&stored[0].1).expect("JSON");
    for (call, prompt) in [("matched", 0), ("review", 1)] {
        assert_eq!(
            verdict["verdict"][call]["prompt_hash"],
            prompts[prompt]["sha256"]
        );
    }

    // Scoring what was written needs no judge, knows the prompts, and comes to
    // the same.
    let mut again = place.primum(&["score", "--judged", "out/judged/theirs.jsonl", "--json"]);
    again.arg("--cases").arg(demo_cases()).args(FOUR);
    let ended = must(3, &mut again);
    let again: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(again["judges"], summary["judges"]);
    assert_eq!(
        again["arms"]["theirs"]["scores"], arm["scores"],
        "re-scored otherwise"
    );
}

#[test]
fn the_same_command_goes_on_and_buys_nothing_twice() {
    let place = Place::new();
    answers(&place);
    let judge = judge(&place, "quick", "x", 0.0);
    let first = must(3, &mut score(&place, "one", &[&judge], &FOUR));
    let calls = place.journal("one").calls_count();
    let before = bench_common::folder::comparable(&place.path("one"));
    let second = must(3, &mut score(&place, "one", &[&judge], &FOUR));
    assert!(second.stderr.contains("3 calls are in its journal"));
    assert_eq!(first.stdout, second.stdout);
    assert_eq!(place.journal("one").calls_count(), calls);
    assert!(before == bench_common::folder::comparable(&place.path("one")));
    must(3, &mut score(&place, "two", &[&judge], &FOUR));
    assert_same(&place.path("one"), &place.path("two"));
    // Another run's folder is not written over, and `bench` does not take it.
    let other = must(2, &mut score(&place, "one", &[&judge], &["--seed", "7"]));
    assert!(other.stderr.contains("holds another run"));
    let bench = must(2, &mut place.primum(&["bench", "--resume", "one"]));
    assert!(bench.stderr.contains("primum score"), "{}", bench.stderr);
}

#[test]
fn a_budget_stops_it_and_the_missing_are_counted() {
    let place = Place::new();
    answers(&place);
    let demo = root().join("agents/judge-demo.toml");
    let demo = demo.to_str().expect("UTF-8");
    let mut command = score(&place, "out", &[demo], &FOUR);
    let ended = must(3, command.args(["--budget-usd", "0"]));
    assert!(ended.stderr.contains("--budget-usd"), "{}", ended.stderr);
    let summary = place.summary("out");
    assert_eq!(summary["arms"]["theirs"]["scored"], json!(0));
    assert_eq!(
        summary["arms"]["theirs"]["unscored_items"][0]["why"],
        "not reached"
    );
    must(3, &mut score(&place, "out", &[demo], &FOUR));
    assert_eq!(place.summary("out")["arms"]["theirs"]["scored"], json!(3));
}

#[test]
fn judging_again_shows_what_the_judge_alone_changes() {
    let place = Place::new();
    answers(&place);
    let shaky = judge(&place, "shaky", "x", 0.2);
    let mut command = score(&place, "out", &[&shaky], &FOUR);
    must(3, command.args(["--judge-trials", "4"]));
    let summary = place.summary("out");
    let spread = &summary["arms"]["theirs"]["judge_spread"]["SIMULATED match_only"]["noharm-2026-07"]
        ["F1_weighted"];
    assert_eq!(spread["n"], json!(4));
    assert!(spread["sd"].as_f64() > Some(0.0), "{spread}");
    assert!(spread["min"].as_f64() < spread["max"].as_f64());
    // The scores are those of the first judging, as without the others.
    let mut alone = score(&place, "alone", &[&shaky], &FOUR);
    must(3, &mut alone);
    assert_eq!(
        summary["arms"]["theirs"]["scores"],
        place.summary("alone")["arms"]["theirs"]["scores"]
    );
    assert!(
        place
            .path("out/judged/theirs.judge-trial-4.jsonl")
            .is_file()
    );
}

#[test]
fn several_judges_are_compared_and_a_shared_vendor_is_warned_of() {
    let place = Place::new();
    answers(&place);
    let (one, two) = (
        judge(&place, "calm", "north", 0.0),
        judge(&place, "shaky", "south", 0.3),
    );
    let mut command = score(&place, "out", &[&one, &two], &FOUR);
    let ended = must(3, command.args(["--vendor", "north"]));
    assert!(
        ended.stdout.contains("calm is of the same vendor (north)"),
        "{}",
        ended.stdout
    );
    let summary = place.summary("out");
    let judges = &summary["arms"]["theirs"]["judges"];
    assert_eq!(judges, &json!(["SIMULATED calm", "SIMULATED shaky"]));
    assert_eq!(summary["agreement"][0]["answers"], json!(3));
    assert!(summary["agreement"][0]["tiers"][0]["kappa"].as_f64() < Some(1.0));
}

#[test]
fn faulty_answers_are_named_and_strict_asks_nobody() {
    let place = Place::new();
    let judge = judge(&place, "quick", "x", 0.0);
    let text = [
        json!({"trial": 1, "response": SECRET}).to_string(),
        json!({"id": "Nowhere001", "trial": 1, "response": SECRET}).to_string(),
        json!({"id": "Card901", "trial": -1, "response": SECRET}).to_string(),
        json!({"id": "Card901", "trial": 1, "response": [SECRET]}).to_string(),
        json!({"id": "Card901", "trial": 1, "response": good_answer("Card901")}).to_string(),
        json!({"id": "Card901", "trial": 1, "response": SECRET}).to_string(),
        format!("{{{SECRET}"),
    ]
    .join("\n");
    place.write("theirs.jsonl", &text);
    let ended = must(3, &mut score(&place, "out", &[&judge], &["--quiet"]));
    insta::assert_snapshot!(place.redact(&ended.stderr));
    let ended = must(5, &mut score(&place, "strict", &[&judge], &["--strict"]));
    assert!(!ended.stderr.contains("Basel"));
    assert!(!place.path("strict").exists());
}

fn check(place: &Place, judge: &str, more: &[&str]) -> Ended {
    let mut command = place.primum(&["judge", "check", "--judged", "out/judged/theirs.jsonl"]);
    command.arg("--cases").arg(demo_cases());
    command.args(["--judge", judge]).args(more);
    run(&mut command)
}

#[test]
fn a_judge_is_held_against_known_verdicts() {
    let place = Place::new();
    answers(&place);
    let (calm, shaky) = (
        judge(&place, "calm", "x", 0.0),
        judge(&place, "shaky", "x", 0.3),
    );
    must(3, &mut score(&place, "out", &[&calm], &FOUR));
    std::fs::copy(place.path("theirs.jsonl"), place.path("answers.jsonl")).expect("a copy");
    let beside = ["--responses", "answers.jsonl"];

    let same = check(
        &place,
        &calm,
        &[&beside[..], &["--out", "same", "--json"]].concat(),
    );
    assert_eq!(same.code, Some(0), "{}", same.stderr);
    let same: Value = serde_json::from_str(&same.stdout).expect("JSON");
    assert_eq!(
        same["checks"][0]["agreement"]["tiers"][0]["kappa"],
        json!(1.0)
    );
    assert_eq!(same["checks"][0]["harm_changing"], json!(0));

    let other = check(&place, &shaky, &[&beside[..], &["--out", "other"]].concat());
    assert_eq!(other.code, Some(0), "{}", other.stderr);
    insta::assert_snapshot!(place.redact(&other.stdout));

    // Without --responses the answers are looked for where run folders and the
    // public kit have them.
    assert_eq!(check(&place, &calm, &["--out", "lost"]).code, Some(2));
    std::fs::create_dir(place.path("out/responses")).expect("a folder");
    std::fs::copy(
        place.path("theirs.jsonl"),
        place.path("out/responses/theirs.jsonl"),
    )
    .expect("a copy");
    assert_eq!(check(&place, &calm, &["--out", "found"]).code, Some(0));
}
