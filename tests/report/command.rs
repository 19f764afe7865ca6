//! `primum report`, `primum verify` and `primum power`, from the command line.

use std::process::Command;

use crate::bench_common::{Place, json, must, root, run};
use primum::evidence::Findings;
use primum::gateway::journal::{Journal, system_clock};
use schemars::generate::SchemaSettings;
use serde_json::Value;

fn demo() -> String {
    root().join("agents/demo.toml").display().to_string()
}

/// A finished run of the demo panel in this place.
fn bench(place: &Place, out: &str, further: &[&str]) {
    must(
        0,
        place
            .bench(&demo(), out)
            .args(["--quiet", "--limit", "4"])
            .args(further),
    );
}

fn report(place: &Place, args: &[&str]) -> Command {
    let mut command = place.primum(&["report"]);
    command.args(args).args(["--resamples", "500"]);
    command
}

fn read(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// `UPDATE_SCHEMAS=1 cargo test --test report command` writes it anew.
#[test]
fn the_schema_of_the_evidence_is_current() {
    let schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<Findings>()
        .to_value();
    let path = root().join("schemas/evidence.schema.json");
    let text = primum::panel::schema::to_text(&schema);
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, &text).expect("schemas/ can be written");
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == text,
        "{} is out of date: run the tests with UPDATE_SCHEMAS=1",
        path.display()
    );
}

#[test]
fn a_run_becomes_a_page_tables_and_numbers_and_the_same_run_gives_the_same_bytes() {
    let place = Place::new();
    bench(
        &place,
        "run",
        &["--primary", "Severe_rate panel:demo solo:ada"],
    );
    let ended = must(0, &mut report(&place, &["run"]));
    assert!(ended.stdout.starts_with("SIMULATED: "));
    assert!(ended.stdout.contains("these cases cannot show"));
    assert!(
        ended
            .stdout
            .contains("Primary hypothesis, fixed before the run")
    );
    assert!(ended.stdout.contains("at least 6 cases must differ"));
    // Four cases cannot show anything, and nothing is claimed.
    assert!(
        ended
            .stdout
            .contains("It is not shown that panel demo beats")
    );

    let page = read(&place, "run/report/report.html");
    assert!(page.contains("SIMULATED") && page.contains("<svg"));
    assert!(!page.contains("<script"));
    for name in ["report.md", "report.csv"] {
        let text = read(&place, &format!("run/report/{name}"));
        assert!(text.contains("SIMULATED"), "{name}");
        assert!(text.contains("union:demo"), "{name} lacks the baselines");
        assert!(!text.contains("NaN"), "{name}");
    }
    let found = json(&place.path("run/report/evidence.json"));
    let schema = json(&root().join("schemas/evidence.schema.json"));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator
        .iter_errors(&found)
        .map(|fault| fault.to_string())
        .collect();
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(found["ability"]["cases"], 4);
    assert_eq!(found["comparisons"][0]["role"], "primary");

    let numbers = ["report.md", "report.csv", "evidence.json"];
    let before: Vec<String> = numbers
        .iter()
        .map(|name| read(&place, &format!("run/report/{name}")))
        .collect();
    must(0, &mut report(&place, &["run", "--out", "again"]));
    for (name, before) in numbers.iter().zip(before) {
        assert_eq!(before, read(&place, &format!("again/{name}")), "{name}");
    }
}

#[test]
fn limits_that_nobody_reached_stand_where_they_must() {
    let place = Place::new();
    bench(&place, "run", &[]);
    let printed = must(0, report(&place, &["run", "--json"]).arg("--quiet"));
    let found: Value = serde_json::from_str(&printed.stdout).expect("JSON alone");
    let mean = |arm: &str, measure: &str| {
        let arms = found["arms"].as_array().expect("arms");
        let arm = arms.iter().find(|one| one["name"] == arm).expect("the arm");
        arm["measures"][measure]["mean"].as_f64().expect("a mean")
    };
    let members = ["ada", "ben", "cleo", "delta", "epsilon"].map(|name| format!("solo:{name}"));
    // Nothing that was offered is left out of the union, and the oracle does
    // nothing harmful.
    assert!(mean("oracle:demo", "Severe_commission_rate") == 0.0);
    assert!(
        mean("oracle:demo", "Severe_omission_rate") <= mean("union:demo", "Severe_omission_rate")
    );
    for member in ["ada", "ben", "cleo"].map(|name| format!("solo:{name}")) {
        assert!(
            mean("union:demo", "Severe_omission_rate") <= mean(&member, "Severe_omission_rate"),
            "{member} omits less than all together"
        );
    }
    assert_eq!(mean("nothing", "Severe_commission_rate"), 0.0);
    assert_eq!(mean("nothing", "F1_weighted"), 0.0);
    let best = &found["best_member"][0];
    assert_eq!(
        best["members"].as_array().map(Vec::len),
        Some(members.len())
    );
    let chosen = best["chosen"].as_array().expect("choices");
    let chosen: u64 = chosen.iter().filter_map(Value::as_u64).sum();
    assert_eq!(Some(chosen), best["cases"].as_u64());
    assert!(best["optimism"].as_f64() >= Some(0.0));
}

#[test]
fn several_runs_stand_side_by_side_and_unlike_ones_are_refused() {
    let place = Place::new();
    bench(&place, "one", &[]);
    bench(&place, "two", &["--seed", "7"]);
    must(0, &mut report(&place, &["one", "two", "--out", "both"]));
    let table = read(&place, "both/report.md");
    for arm in ["`panel:demo@one`", "`panel:demo@two`", "`solo:ada@two`"] {
        assert!(table.contains(arm), "{arm}");
    }
    assert!(table.contains("`panel:demo@one` − `panel:demo@two`"));

    let panel = root().join("agents/options-demo.toml");
    let panel = panel.display().to_string();
    must(
        0,
        place
            .bench(&panel, "options")
            .args(["--quiet", "--limit", "2"]),
    );
    let refused = must(2, &mut report(&place, &["one", "options"]));
    assert!(
        refused.stderr.contains("the task is not the same"),
        "{}",
        refused.stderr
    );
    // A run that grades options has a report of its own.
    must(0, &mut report(&place, &["options", "--quiet"]));
    assert!(read(&place, "options/report/report.md").contains("Severe_rate"));
}

#[test]
fn texts_are_shown_only_where_they_may_be() {
    let place = Place::new();
    bench(&place, "run", &[]);
    let cases = read_first_prompt();
    let answer = an_answer(&place);
    must(0, &mut report(&place, &["run", "--with-text"]));
    let page = read(&place, "run/report/report.html");
    assert!(page.contains(&cases) && page.contains(&answer));
    // Lines of plans carry the options that the judge found in them.
    assert!(page.contains("title=\"option "));
    must(0, &mut report(&place, &["run", "--no-text"]));
    for name in ["report.html", "report.md", "report.csv", "evidence.json"] {
        let text = read(&place, &format!("run/report/{name}"));
        assert!(!text.contains(&cases), "{name} shows a case");
        assert!(!text.contains(&answer), "{name} shows an answer");
    }
}

/// Some words of the panel's first answer that need no escape.
fn an_answer(place: &Place) -> String {
    let responses = read(place, "run/responses/panel.demo.jsonl");
    let first = responses.lines().next().expect("a line");
    let first: Value = serde_json::from_str(first).expect("JSON");
    longest(first["response"].as_str().expect("an answer"))
}

fn longest(text: &str) -> String {
    let words = text.split(['\'', '"', '&', '<', '>', '\n', '/']);
    let longest = words.max_by_key(|words| words.len()).expect("words");
    longest.trim().to_owned()
}

/// Some words of the first demo case that need no escape.
fn read_first_prompt() -> String {
    let items = std::fs::read_to_string(root().join("cases/demo/dataset/items.jsonl"));
    let items = items.expect("the demo cases");
    let first: Value = serde_json::from_str(items.lines().next().expect("a line")).expect("JSON");
    longest(first["prompt"].as_str().expect("a prompt"))
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_asked() {
    let place = Place::new();
    let refused = run(place
        .bench(&demo(), "run")
        .args(["--primary", "Severe_rate panel:demo solo:adda"]));
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("near are solo:ada"),
        "{}",
        refused.stderr
    );
    let refused = run(place
        .bench(&demo(), "run")
        .args(["--primary", "Harm panel:demo solo:ada"]));
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("Severe_rate"), "{}", refused.stderr);
    let refused = must(2, &mut report(&place, &["nowhere"]));
    assert!(refused.stderr.contains("there is no run nowhere"));
}

#[test]
fn another_hypothesis_makes_another_run() {
    let place = Place::new();
    bench(&place, "run", &[]);
    let refused = run(place.bench(&demo(), "run").args([
        "--limit",
        "4",
        "--primary",
        "Severe_rate panel:demo solo:ada",
    ]));
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("--primary and --family"),
        "{}",
        refused.stderr
    );
}

#[test]
fn verify_confirms_a_run_and_names_what_was_changed() {
    let place = Place::new();
    bench(&place, "run", &["--ledger"]);
    let ended = must(0, &mut place.primum(&["verify", "run"]));
    assert!(ended.stdout.contains("byte for byte"), "{}", ended.stdout);
    let left: Vec<_> = std::fs::read_dir(place.path("run"))
        .expect("the run")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(".verify"))
        .collect();
    assert_eq!(left, Vec::<String>::new());

    let path = place.path("run/summary.json");
    let text = std::fs::read_to_string(&path).expect("a summary");
    std::fs::write(&path, text.replacen("\"scored\": 4", "\"scored\": 5", 1)).expect("written");
    std::fs::remove_file(place.path("run/scores/panel.demo.csv")).expect("removed");
    let ended = must(1, &mut place.primum(&["verify", "run"]));
    assert!(
        ended.stdout.contains("differs         summary.json"),
        "{}",
        ended.stdout
    );
    assert!(
        ended
            .stdout
            .contains("missing         scores/panel.demo.csv")
    );
    let ended = must(1, &mut place.primum(&["verify", "run", "--json"]));
    let found: Value = serde_json::from_str(&ended.stdout).expect("JSON alone");
    assert!(found["judgments"].as_u64() > Some(0));
}

#[test]
fn verify_sees_a_verdict_that_was_changed_in_the_database() {
    let place = Place::new();
    bench(&place, "run", &[]);
    // Written as the program writes it: a change of any other kind is seen by the
    // journal's own seals.
    let path = place.path("run/run.sqlite");
    let journal = Journal::open(&path, system_clock).expect("a journal");
    let results = journal.results("item").expect("results");
    let mut results = results.into_iter();
    let (id, body) = results
        .find(|(id, _)| id.starts_with("solo:ada "))
        .expect("a result");
    let mut result: Value = serde_json::from_str(&body).expect("JSON");
    let matched = &mut result["judged"]["options"][0]["matched"];
    *matched = Value::Bool(matched != &Value::Bool(true));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime
        .block_on(journal.put_result("item", &id, &result.to_string()))
        .expect("an update");
    drop(journal);
    let ended = must(1, &mut place.primum(&["verify", "run"]));
    assert!(
        ended.stdout.contains(&format!("other judgment  {id}")),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_run_of_a_newer_version_is_refused() {
    let place = Place::new();
    bench(&place, "run", &[]);
    let path = place.path("run/run.sqlite");
    let journal = Journal::open(&path, system_clock).expect("a journal");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime
        .block_on(journal.meta_set("record", "{\"format\": \"primum-record/9\"}"))
        .expect("an update");
    drop(journal);
    let refused = must(2, &mut report(&place, &["run"]));
    assert!(
        refused.stderr.contains("newer version"),
        "{}",
        refused.stderr
    );
}

#[test]
fn other_cases_are_refused() {
    let place = Place::new();
    bench(&place, "run", &[]);
    let cases = root().join("cases/demo/dataset/items.jsonl");
    let text = std::fs::read_to_string(cases).expect("cases");
    let first: String = text
        .lines()
        .take(1)
        .map(|line| format!("{line}\n"))
        .collect();
    place.write("others/dataset/items.jsonl", &first);
    let refused = must(2, &mut report(&place, &["run", "--cases", "others"]));
    assert!(
        refused.stderr.contains("are not those of the run"),
        "{}",
        refused.stderr
    );
}

#[test]
fn power_says_what_the_cases_can_detect() {
    let place = Place::new();
    bench(&place, "run", &["--k", "3"]);
    let told = must(
        0,
        &mut place.primum(&["power", "--from", "run", "--wish", "0.1"]),
    );
    assert!(told.stdout.starts_with("SIMULATED"), "{}", told.stdout);
    let told = must(
        0,
        &mut place.primum(&["power", "--from", "run", "--wish", "0.1", "--json"]),
    );
    let found: Value = serde_json::from_str(&told.stdout).expect("JSON alone");
    let all = found["comparisons"].as_array().expect("comparisons");
    assert!(!all.is_empty());
    for one in all {
        assert_eq!(one["cases"], 4);
        assert!(one["between_within"].is_array(), "variants tell them apart");
        let (sd, smallest) = (one["sd"].as_f64(), one["smallest"].as_f64());
        if sd > Some(0.0) {
            // With four cases only differences beyond two deviations show.
            assert!(smallest > sd, "{one}");
        }
    }
    let refused = must(
        2,
        &mut place.primum(&["power", "--from", "run", "--wish", "7"]),
    );
    assert!(refused.stderr.contains("--wish"));
    let refused = must(
        2,
        &mut place.primum(&["power", "--from", "run", "--against", "solo:adda"]),
    );
    assert!(refused.stderr.contains("near are"), "{}", refused.stderr);
}
