//! `primum bench` from the command line to the files, over real HTTP.

use crate::bench_common;
use crate::bench_common::folder::{all, answered, assert_same, comparable, unlike};
use crate::bench_common::panel::Draft;
use crate::bench_common::provider::Provider;
use crate::bench_common::{Place, arms, count, json, must, root, total};
use schemars::generate::SchemaSettings;
use serde_json::Value;

const DEMO_ARMS: [&str; 7] = [
    "panel-no-guardians:demo",
    "panel:demo",
    "solo:ada",
    "solo:ben",
    "solo:cleo",
    "solo:delta",
    "solo:epsilon",
];

/// The schema of `summary.json`, from its type.
fn summary_schema() -> Value {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<primum::report::Summary>()
        .to_value()
}

/// `UPDATE_SCHEMAS=1 cargo test --test bench basics` writes it anew.
#[test]
fn the_schema_of_the_summary_is_current() {
    let path = root().join("schemas/summary.schema.json");
    let text = primum::panel::schema::to_text(&summary_schema());
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
fn the_demo_is_scored_whole_and_says_simulated_everywhere() {
    let place = Place::new();
    let panel = root().join("agents/demo.toml");
    let panel = panel.to_str().expect("UTF-8");
    let ended = must(0, &mut place.bench(panel, "run"));
    assert!(
        ended.stdout.starts_with("SIMULATED: "),
        "the table must say it first:\n{}",
        ended.stdout
    );

    let files = all(&place.path("run"));
    let mut expected: Vec<String> = ["panel.resolved.toml", "report.html", "run.sqlite"]
        .iter()
        .chain(&["summary.json", "timings.json"])
        .map(|name| (*name).to_owned())
        .collect();
    for arm in DEMO_ARMS {
        let stem = arm.replace(':', ".");
        expected.push(format!("responses/{stem}.jsonl"));
        expected.push(format!("judged/{stem}.jsonl"));
        expected.push(format!("scores/{stem}.csv"));
    }
    expected.sort();
    let found: Vec<&String> = files
        .keys()
        .filter(|name| !name.starts_with("run.sqlite-") && *name != "run.sqlite.lock")
        .collect();
    assert_eq!(found, expected.iter().collect::<Vec<_>>());

    for (name, bytes) in &files {
        if name.starts_with("run.sqlite") || name == "panel.resolved.toml" {
            continue;
        }
        let text = std::str::from_utf8(bytes).expect("UTF-8");
        let parts: Vec<&str> = if name.ends_with(".jsonl") {
            assert_eq!(text.lines().count(), 8, "{name}");
            text.lines().collect()
        } else if name.ends_with(".csv") {
            text.lines().filter(|l| l.contains("Overall")).collect()
        } else {
            vec![text]
        };
        assert!(!parts.is_empty(), "{name}");
        for part in parts {
            assert!(part.contains("SIMULATED"), "{name} does not say it: {part}");
        }
    }

    let summary = place.summary("run");
    assert_eq!(arms(&summary), DEMO_ARMS);
    for arm in DEMO_ARMS {
        assert_eq!(count(&summary, arm, "items"), 8, "{arm}");
        assert_eq!(count(&summary, arm, "scored"), 8, "{arm}");
        assert_eq!(count(&summary, arm, "complete"), 8, "{arm}");
    }
    assert_eq!(total(&summary, "unscored"), 0);
    assert_eq!(summary["simulated"], true);
    assert_eq!(summary["partial"], false);

    // The same command again finds all in the journal, and its machine output
    // is the summary, alone on stdout.
    let before = comparable(&place.path("run"));
    let again = must(0, place.bench(panel, "run").args(["--json", "--quiet"]));
    let printed: Value = serde_json::from_str(&again.stdout).expect("JSON alone");
    assert_eq!(printed, summary);
    assert_eq!(again.stderr, "");
    assert_eq!(
        unlike(&before, &comparable(&place.path("run"))),
        [""; 0],
        "a finished run must not change"
    );
    let validator = jsonschema::validator_for(&summary_schema()).expect("a schema");
    let faults: Vec<String> = validator
        .iter_errors(&printed)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(faults, [""; 0]);
    assert!(!validator.is_valid(&serde_json::json!({"format": "primum-summary/1"})));

    // A person who copies the database of a finished run has all of it.
    let copy = place.path("copy.sqlite");
    std::fs::copy(place.path("run/run.sqlite"), &copy).expect("a copy");
    let journal = primum::gateway::Journal::read(&copy).expect("a journal of its own");
    let timings = json(&place.path("run/timings.json"));
    assert_eq!(timings["spending"]["calls"], journal.calls_count());
    assert!(journal.calls_count() > 150);
}

#[test]
fn equal_runs_are_equal_to_the_byte_and_another_seed_is_not() {
    let place = Place::new();
    let panel = |name: &str, in_flight: u32| {
        Draft::demo()
            .limits(&format!("in_flight = {in_flight}"))
            .write(&place, name)
    };
    let (narrow, wide) = (panel("narrow", 3), panel("wide", 200));
    for (panel, out, seed) in [(&narrow, "a", "7"), (&wide, "b", "7"), (&narrow, "c", "8")] {
        must(
            0,
            place
                .bench(panel, out)
                .args(["--limit", "5", "--seed", seed, "--quiet"]),
        );
    }
    let [a, b, c] = ["a", "b", "c"].map(|out| comparable(&place.path(out)));
    // How fast a provider is asked changes no answer and no hash: only the
    // panel as it was given differs.
    assert_eq!(unlike(&a, &b), ["panel.resolved.toml"]);
    let text = |files: &bench_common::folder::Files| {
        let text = String::from_utf8(files["panel.resolved.toml"].clone()).expect("UTF-8");
        text.replace("in_flight = 200", "in_flight = 3")
    };
    assert_eq!(text(&a), text(&b));
    let differs = unlike(&a, &c);
    for file in ["summary.json", "report.html", "responses/panel.demo.jsonl"] {
        assert!(differs.iter().any(|name| name == file), "{file}");
    }
    // The same panel in the same folder: nothing is bought twice.
    let calls = place.journal("a").calls_count();
    must(
        0,
        place
            .bench(&wide, "a")
            .args(["--limit", "5", "--seed", "7", "--quiet"]),
    );
    assert_eq!(place.journal("a").calls_count(), calls);
    assert_same(&place.path("a"), &place.path("b"));
}

#[test]
fn a_dry_run_sends_nothing_and_leaves_nothing() {
    let place = Place::new();
    let provider = Provider::start(&place, "");
    let panel = Draft::demo()
        .both("base_url", provider.url())
        .write(&place, "p");
    let before = all(&place.path(""));
    let ended = must(0, place.bench(&panel, "run").args(["--dry-run", "--json"]));
    let plan: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(plan["items"], 8);
    assert_eq!(plan["arms"].as_array().expect("arms").len(), 7);
    assert!(
        ended.stderr.contains("estimate: 232 calls at most"),
        "{}",
        ended.stderr
    );
    must(
        0,
        place
            .primum(&["bench", &panel, "--dry-run", "--cases"])
            .arg(bench_common::demo_cases()),
    );
    assert_eq!(provider.requests(), 0);
    assert_eq!(unlike(&before, &all(&place.path(""))), [""; 0]);
    assert!(!place.path("run").exists());
    assert!(!place.path("runs").exists());
}

#[test]
fn a_solo_answer_is_the_panels_draft_and_bought_once() {
    let place = Place::new();
    let provider = Provider::start(&place, "");
    let panel = Draft::demo()
        .both("base_url", provider.url())
        .write(&place, "p");
    must(
        0,
        place.bench(&panel, "run").args(["--limit", "3", "--quiet"]),
    );
    let stats = provider.stats();
    let of = |task: &str| stats["by_task"][task].as_u64().unwrap_or(0);
    // Three advisors and two further models; the panel's drafts are theirs.
    assert_eq!(of("advisor"), 3 * 5);
    // With and without guardians: one synthesis.
    assert_eq!(of("primum_synthesis"), 3);
    assert_eq!(of("primum_guardian_edits"), 3 * 2);
    // Every answer is judged once; arms with the same text share a judgment.
    assert_eq!(of("primum_match"), of("primum_review"));
    assert!(of("primum_match") <= 3 * 7);
    let calls = place.journal("run").calls_count() as u64;
    assert_eq!(provider.requests(), calls);
}

#[test]
fn flags_select_what_they_say() {
    let place = Place::new();
    let panel = Draft::small().write(&place, "small");
    let answers = |out: &str, flags: &[&str]| {
        must(0, place.bench(&panel, out).args(flags).arg("--quiet"));
        let summary = place.summary(out);
        assert_eq!(total(&summary, "unscored"), 0);
        let mut found = answered(&place.path(out), "solo:ada");
        assert_eq!(found.len() as u64, count(&summary, "solo:ada", "items"));
        found.sort();
        found
    };
    let ids = |list: &[(&str, u64)]| -> Vec<(String, u64)> {
        list.iter().map(|(id, n)| ((*id).to_owned(), *n)).collect()
    };
    assert_eq!(
        answers("k", &["--k", "3", "--limit", "2"]),
        ids(&[
            ("Card901", 1),
            ("Card901-0", 1),
            ("Card901-1", 1),
            ("Endo901", 1),
            ("Endo901-0", 1),
            ("Endo901-1", 1),
        ])
    );
    assert_eq!(
        answers("only", &["--only", "N*", "--only", "GI901"]),
        ids(&[("GI901", 1), ("Nephro901", 1), ("Neuro901", 1)])
    );
    assert_eq!(
        answers("one", &["--k", "5", "--only", "Card901-2"]),
        ids(&[("Card901-2", 1)])
    );
    assert_eq!(
        answers("trials", &["--trials", "3", "--only", "Card901"]),
        ids(&[("Card901", 1), ("Card901", 2), ("Card901", 3)])
    );
    // Repeats are other draws, not one answer three times.
    let text = std::fs::read_to_string(place.path("trials/responses/solo.ada.jsonl"));
    let text = text.expect("responses");
    let mut said: Vec<String> = text
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            line["response"].as_str().expect("a text").to_owned()
        })
        .collect();
    said.sort();
    said.dedup();
    assert_eq!(said.len(), 3);
    // Repeats of one case are one case.
    let summary = place.summary("trials");
    assert_eq!(summary["case_set"]["cases"], 1);
    assert_eq!(
        summary["arms"]["solo:ada"]["metrics"]["F1_weighted"]["n"],
        1
    );
}

#[test]
fn several_panels_are_compared_on_the_same_items() {
    let place = Place::new();
    let mut led = Draft::demo();
    for table in ["moderator", "consensus"] {
        led.panel.remove(table);
    }
    led.panel.remove("clusterer");
    led.array("guardians").truncate(1);
    led.array("advisors").truncate(1);
    let led = led
        .named("led")
        .keep_models(&["alpha", "epsilon"])
        .write(&place, "led");
    let mut merged = Draft::demo();
    merged.panel.remove("guardians");
    let merged = merged
        .named("merged")
        .keep_models(&["alpha", "beta", "gamma", "delta"])
        .write(&place, "merged");
    std::fs::copy(
        place.path("judge-led.toml"),
        place.path("judge-merged.toml"),
    )
    .expect("a copy");
    must(
        0,
        place
            .bench(&led, "run")
            .args([merged.as_str(), "--limit", "3", "--quiet"]),
    );
    let summary = place.summary("run");
    let arms = arms(&summary);
    assert_eq!(
        arms,
        [
            "panel-no-guardians:led",
            "panel:led",
            "panel:merged",
            "solo:ada",
            "solo:ben",
            "solo:cleo",
            "solo:delta",
            "solo:epsilon",
        ]
    );
    let items = answered(&place.path("run"), "panel:led");
    assert_eq!(items.len(), 3);
    for arm in &arms {
        assert_eq!(answered(&place.path("run"), arm), items, "{arm}");
    }
    let pairs: Vec<(&str, &str, u64)> = summary["pairs"]
        .as_array()
        .expect("pairs")
        .iter()
        .filter(|pair| pair["metric"] == "F1_weighted")
        .map(|pair| {
            let name = |key: &str| pair[key].as_str().expect("an arm");
            (name("a"), name("b"), pair["n"].as_u64().expect("cases"))
        })
        .collect();
    assert_eq!(
        pairs,
        [
            ("panel:led", "panel:merged", 3),
            ("panel:led", "panel-no-guardians:led", 3),
            ("panel:led", "solo:ada", 3),
            ("panel:led", "solo:epsilon", 3),
            ("panel:merged", "solo:ada", 3),
            ("panel:merged", "solo:ben", 3),
            ("panel:merged", "solo:cleo", 3),
            ("panel:merged", "solo:delta", 3),
        ]
    );
    for panel in ["led", "merged"] {
        assert!(
            place
                .path(format!("run/panel.{panel}.resolved.toml"))
                .is_file()
        );
    }
}

#[test]
fn all_real_cases_are_scored() {
    let Some(cases) = std::env::var_os("PRIMUM_NOHARM") else {
        println!("SKIPPED the real cases: PRIMUM_NOHARM is not set");
        return;
    };
    let place = Place::new();
    let panel = root().join("agents/demo.toml");
    let mut command = place.primum(&["bench", "--out", "run", "--quiet", "--cases"]);
    must(0, command.arg(cases).arg(panel));
    let summary = place.summary("run");
    for arm in DEMO_ARMS {
        assert_eq!(count(&summary, arm, "items"), 20, "{arm}");
        assert_eq!(count(&summary, arm, "scored"), 20, "{arm}");
    }
}
