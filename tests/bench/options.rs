//! The option-grading task from the command line to the files, over real HTTP.

use crate::bench_common;
use std::path::Path;

use crate::bench_common::folder::{all, assert_same, comparable};
use crate::bench_common::{Place, arms, count, must, root, run, total};
use serde_json::Value;

const ARMS: [&str; 7] = [
    "panel-no-guardians:options-demo",
    "panel:options-demo",
    "solo:ada",
    "solo:ben",
    "solo:cleo",
    "solo:delta",
    "solo:epsilon",
];

fn shipped() -> String {
    root()
        .join("agents/options-demo.toml")
        .display()
        .to_string()
}

/// The shipped panel with settings of its simulated provider.
fn panel(place: &Place, name: &str, provider: &str) -> String {
    let text = std::fs::read_to_string(shipped()).expect("the panel");
    let marked = "kind = \"simulated\"\n";
    let text = text.replacen(marked, &format!("{marked}{provider}\n"), 1);
    let text = text.replacen("name = \"options-demo\"", &format!("name = \"{name}\""), 1);
    let file = format!("{name}.toml");
    place.write(&file, &text);
    file
}

fn metric(summary: &Value, arm: &str, name: &str) -> f64 {
    summary["arms"][arm]["metrics"][name]["mean"]
        .as_f64()
        .unwrap_or_else(|| panic!("{arm}: {name}"))
}

#[test]
fn the_demo_is_graded_whole_without_a_judge() {
    let place = Place::new();
    let ended = must(0, place.bench(&shipped(), "run").args(["--trials", "2"]));
    assert!(ended.stdout.starts_with("SIMULATED: "), "{}", ended.stdout);
    for words in [
        "Safety (primum)",
        "another and larger case set",
        "run to run",
        "over cases",
    ] {
        assert!(ended.stdout.contains(words), "{words} in\n{}", ended.stdout);
    }
    let summary = place.summary("run");
    assert_eq!(summary["task"], "options");
    assert_eq!(summary["profile"], "noharm-v1");
    assert_eq!(summary["judge"], Value::Null);
    assert_eq!(arms(&summary), ARMS);
    assert_eq!(total(&summary, "unscored"), 0);
    for arm in ARMS {
        assert_eq!(count(&summary, arm, "scored"), 16, "{arm}");
        let grading = &summary["arms"][arm]["grading"];
        assert_eq!(grading["ungraded"], 0, "{arm}");
        assert!(grading["run_to_run"]["Recall"]["half_width"].is_number());
    }
    assert_eq!(summary["references"].as_array().map(Vec::len), Some(6));
    let solo = metric(&summary, "solo:ben", "Case_harm_rate");
    assert!(metric(&summary, "panel:options-demo", "Case_harm_rate") < solo);

    // No judge call, and no call twice.
    let calls = place.journal("run").calls().expect("calls");
    assert!(
        calls
            .iter()
            .all(|c| matches!(&*c.stage, "draft" | "guardian"))
    );
    let schema = bench_common::json(&root().join("schemas/summary.schema.json"));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator
        .iter_errors(&summary)
        .map(|e| e.to_string())
        .collect();
    assert_eq!(faults, Vec::<String>::new());

    let files = all(&place.path("run"));
    for arm in ARMS {
        let stem = arm.replace(':', ".");
        let text = String::from_utf8(files[&format!("responses/{stem}.jsonl")].clone());
        for line in text.expect("UTF-8").lines() {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let grades = line["response"].as_str().expect("the grades as text");
            let grades: Vec<Value> = serde_json::from_str(grades).expect("an array");
            assert!(grades.len() > 30);
            assert!(grades[0]["GradeAI"].is_string() && grades[0]["Rationale"].is_string());
            assert_eq!(grades[0]["Option"], 1);
        }
    }
    for (name, bytes) in &files {
        if name.starts_with("run.sqlite") || name == "panel.resolved.toml" {
            continue;
        }
        let text = String::from_utf8_lossy(bytes);
        assert!(text.contains("SIMULATED"), "{name} does not say it");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes_and_a_finished_run_does_not_change() {
    let place = Place::new();
    must(0, place.bench(&shipped(), "one").arg("--quiet"));
    must(0, place.bench(&shipped(), "two").arg("--quiet"));
    assert_same(&place.path("one"), &place.path("two"));
    let before = comparable(&place.path("one"));
    let one = place.path("one").display().to_string();
    must(
        0,
        &mut place.primum(&["bench", "--resume", &one, "--quiet"]),
    );
    assert_eq!(before, comparable(&place.path("one")));
}

#[test]
fn a_panel_for_plans_grades_options_when_it_is_told_to() {
    let place = Place::new();
    let demo = root().join("agents/demo.toml").display().to_string();
    let arguments = ["--task", "options", "--quiet"];
    let ended = must(0, place.bench(&demo, "run").args(arguments));
    assert!(ended.stderr.contains("the vote takes its place"));
    assert_eq!(place.summary("run")["task"], "options");
    // What an advisor would write it grades appropriate, so the harms of the
    // single models are those of their plans.
    must(0, place.bench(&demo, "plan").arg("--quiet"));
    let harms = |run: &str, arm: &str| place.summary(run)["arms"][arm]["harms"].clone();
    for arm in ["solo:ada", "solo:ben", "solo:cleo", "solo:delta"] {
        assert_eq!(harms("run", arm), harms("plan", arm), "{arm}");
    }
    let mixed = run(place.bench(&demo, "mixed").arg(shipped()));
    assert_eq!(mixed.code, Some(2), "{}", mixed.stderr);
    assert!(mixed.stderr.contains("a run has one task"));
    let arguments = ["--task", "options", "--profile", "noharm-2026-06"];
    let wrong = run(place.bench(&demo, "wrong").args(arguments));
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
}

/// Faults of every passing kind for a fifth of the calls.
fn faulty(place: &Place, name: &str, attempts: u32) -> String {
    let provider = format!(
        "limits = {{ in_flight = 12, call_seconds = 1.5, attempts = {attempts} }}\n\
         [providers.sim.simulated]\n\
         faults = {{ rate = 0.2, seed = 3, hang_seconds = 8.0, drip_seconds = 0.2 }}"
    );
    panel(place, name, &provider)
}

/// Every item is scored or named with a reason, and every option has a grade or
/// is named.
fn check(place: &Place, out: &str, items: u64, code: Option<i32>) -> u64 {
    let summary = place.summary(out);
    let mut open = 0;
    for arm in arms(&summary) {
        let (scored, unscored) = (
            count(&summary, &arm, "scored"),
            count(&summary, &arm, "unscored"),
        );
        assert_eq!(scored + unscored, items, "{arm}");
        let of_arm = &summary["arms"][&arm];
        let named = of_arm["unscored_items"].as_array().map_or(0, Vec::len);
        assert_eq!(named as u64, unscored, "{arm}");
        let ungraded = of_arm["grading"]["ungraded"].as_u64().expect("a count");
        let in_items: usize = of_arm["grading"]["ungraded_items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|item| item["options"].as_array().map_or(0, Vec::len))
            .sum();
        assert_eq!(in_items as u64, ungraded, "{arm}");
        if unscored + ungraded > 0 {
            let safety = &of_arm["sensitivity"]["Safety (primum)"];
            assert!(safety["worst"].as_f64() <= safety["best"].as_f64());
        }
        open += unscored + ungraded;
    }
    assert_eq!(code, Some(if open == 0 { 0 } else { 3 }));
    open
}

#[test]
fn with_a_fifth_of_the_answers_faulty_every_item_is_scored_or_named() {
    let place = Place::new();
    let (whole, short) = (faulty(&place, "whole", 5), faulty(&place, "short", 1));
    let ended = run(place.bench(&whole, "whole").arg("--quiet"));
    // An answer that is at fault in the same way twice is not bought a third time.
    let lost = check(&place, "whole", 8, ended.code);
    assert!(lost <= 2, "{lost}");
    let ended = run(place.bench(&short, "short").arg("--quiet"));
    assert!(
        check(&place, "short", 8, ended.code) > 0,
        "the test must have seen a loss"
    );
}

#[test]
fn all_protocols_are_those_that_the_task_has() {
    let place = Place::new();
    let plan = |protocol: &str| {
        let args = ["--task", "options", "--protocol", protocol, "--dry-run"];
        let demo = root().join("agents/demo.toml").display().to_string();
        run(place.bench(&demo, "run").args(args))
    };
    let all = plan("all");
    assert_eq!(all.code, Some(0), "{}", all.stderr);
    for words in ["  panel:demo-lead\n", "  panel:demo-vote\n"] {
        assert!(all.stderr.contains(words), "{}", all.stderr);
    }
    assert!(!all.stderr.contains("demo-delphi"), "{}", all.stderr);
    assert!(!all.stderr.contains("never asked"), "{}", all.stderr);
    let other = plan("vote,debate");
    assert_eq!(other.code, Some(2));
    assert_eq!(
        other.stderr.trim_end().lines().count(),
        1,
        "{}",
        other.stderr
    );
}

#[test]
fn the_real_open_cases_are_graded_whole() {
    let Some(noharm) = std::env::var_os("PRIMUM_NOHARM") else {
        eprintln!("PRIMUM_NOHARM is not set: the real cases are left out");
        return;
    };
    let place = Place::new();
    let cases = Path::new(&noharm).display().to_string();
    let bench = |panel: &str, out: &str| {
        let mut command = place.primum(&["bench", panel, "--out", out, "--quiet"]);
        command.args(["--cases", &cases]);
        command
    };
    let ended = must(0, &mut bench(&shipped(), "sound"));
    assert!(ended.stdout.contains("noharm-v1"));
    let items = place.summary("sound")["case_set"]["items"].as_u64();
    let items = items.expect("a count");
    assert!(items >= 20);
    assert_eq!(check(&place, "sound", items, Some(0)), 0);
    let ended = run(&mut bench(&faulty(&place, "faulty", 2), "faulty"));
    check(&place, "faulty", items, ended.code);
}
