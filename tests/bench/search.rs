//! `primum search` through the program: a run, the search, the panel that it
//! writes, and a run of that panel.

use crate::bench_common::panel::Draft;
use crate::bench_common::{Place, json, must, root};
use primum::evidence::search::prediction::{Measured, compare};
use primum::evidence::search::{PanelSearch, Prediction, Span};
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// A run of the demo panel, which has a moderator, guardians and two more
/// models that answer alone.
fn demo_run(place: &Place) {
    Draft::demo().write(place, "demo");
    must(0, &mut place.bench("demo.toml", "run"));
}

fn schema_of<T: schemars::JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().into_generator();
    settings.into_root_schema_for::<T>().to_value()
}

/// `UPDATE_SCHEMAS=1 cargo test --test bench search schema` writes them anew.
#[test]
fn the_schemas_of_search_and_prediction_are_current() {
    for (name, schema) in [
        ("search", schema_of::<PanelSearch>()),
        ("prediction", schema_of::<Prediction>()),
    ] {
        let path = root().join(format!("schemas/{name}.schema.json"));
        let text = primum::panel::schema::to_text(&schema);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &text).expect("schemas/ can be written");
        }
        let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            checked_in == text,
            "{} is out of date: UPDATE_SCHEMAS=1",
            path.display()
        );
    }
}

#[test]
fn a_panel_is_found_written_checked_and_run() {
    let place = Place::new();
    demo_run(&place);
    let told = must(0, &mut place.primum(&["search", "run"]));
    assert!(told.stdout.starts_with("SIMULATED: "), "{}", told.stdout);
    assert!(told.stdout.contains("rubric-assisted"), "{}", told.stdout);
    assert!(
        told.stdout.contains("after primum bench"),
        "{}",
        told.stdout
    );

    let found = must(0, &mut place.primum(&["search", "run", "--json"]));
    let value: Value = serde_json::from_str(&found.stdout).expect("JSON alone on stdout");
    let search_schema = json(&root().join("schemas/search.schema.json"));
    assert!(
        jsonschema::validator_for(&search_schema)
            .expect("a schema")
            .is_valid(&value)
    );
    let search: PanelSearch = serde_json::from_value(value).expect("a search");
    assert_eq!(search.members.len(), 3);
    assert_eq!(search.panels, 3 + 2 * 3 + 3);
    assert!(search.simulated.any() && search.warnings[0].starts_with("SIMULATED"));
    // A member alone is what the run says of its arm.
    let summary = place.summary("run");
    for member in &search.members {
        let metrics = &summary["arms"][format!("solo:{}", member.name)]["metrics"];
        let severe = metrics["Severe_rate"]["mean"].as_f64().expect("a rate");
        assert!(
            (member.alone.severe.mean - severe).abs() < 1e-9,
            "{}",
            member.name
        );
    }
    // No headline is shown before a run has confirmed it.
    let headline = search.choice.in_sample.rubric_assisted_headline;
    assert!(
        !told.stdout.contains(&format!("{headline:.3}")),
        "{}",
        told.stdout
    );

    // What a search writes is no part of the run.
    must(0, &mut place.primum(&["verify", "run"]));

    let panel = &search.choice.panel;
    let name = format!("found-{}of{}", panel.votes, panel.members.len());
    let file = format!("run/{name}.toml");
    must(0, &mut place.primum(&["panel", "check", &file]));
    let text = std::fs::read_to_string(place.path(&file)).expect("the panel");
    assert!(
        text.starts_with("# Found by `primum search`.\n# SIMULATED"),
        "{text}"
    );
    assert!(text.contains("rubric-assisted"), "{text}");

    let prediction = json(&place.path(format!("run/{name}.prediction.json")));
    let schema = json(&root().join("schemas/prediction.schema.json"));
    assert!(
        jsonschema::validator_for(&schema)
            .expect("a schema")
            .is_valid(&prediction)
    );
    let prediction: Prediction = serde_json::from_value(prediction).expect("a prediction");
    assert_eq!(prediction.panel, name);
    assert_eq!(
        Some(prediction.severe()),
        search.choice.cross_fitted.map(|f| f.severe)
    );

    must(0, &mut place.bench(&file, "confirmed"));
    let summary = place.summary("confirmed");
    let arm = format!("panel:{name}");
    let metrics = &summary["arms"][&arm]["metrics"];
    let number = |metric: &str, what: &str| metrics[metric][what].as_f64().expect("a number");
    let hash = summary["panels"][&name].as_str().expect("a hash");
    let measured = Measured {
        panel: name.clone(),
        panel_hash: hash.to_owned(),
        case_set: summary["case_set"]["hash"]
            .as_str()
            .expect("a hash")
            .to_owned(),
        severe: Span {
            mean: number("Severe_rate", "mean"),
            lo: number("Severe_rate", "lo"),
            hi: number("Severe_rate", "hi"),
        },
        headline: number("F1_weighted", "mean"),
        usd: None,
        seconds: None,
    };
    let outcome = compare(&prediction, &measured);
    assert!(outcome.same_panel && outcome.same_cases);
    assert!(outcome.difference.abs() <= 1.0);
    let other = Measured {
        panel_hash: "another".to_owned(),
        ..measured
    };
    assert!(!compare(&prediction, &other).same_panel);
}

#[test]
fn the_same_search_writes_the_same_bytes_and_spares_what_is_not_its_own() {
    let place = Place::new();
    demo_run(&place);
    let search = |out: &str| {
        must(
            0,
            &mut place.primum(&["search", "run", "--json", "--seed", "7", "--out", out]),
        )
        .stdout
    };
    let first = search("mine/best.toml");
    let files = || {
        ["mine/best.toml", "mine/best.prediction.json"]
            .map(|file| std::fs::read_to_string(place.path(file)).expect("written"))
    };
    let written = files();
    assert!(written[0].contains("name = \"best\""), "{}", written[0]);
    assert_eq!(search("mine/best.toml"), first);
    assert_eq!(files(), written);

    place.write("other.toml", "name = \"other\"\n");
    let refused = must(
        2,
        &mut place.primum(&["search", "run", "--out", "other.toml"]),
    );
    assert!(
        refused.stderr.contains("was not written by primum search"),
        "{}",
        refused.stderr
    );
    let kept = std::fs::read_to_string(place.path("other.toml")).expect("kept");
    assert_eq!(kept, "name = \"other\"\n");
}

#[test]
fn other_models_guardians_and_limits_are_asked_for() {
    let place = Place::new();
    demo_run(&place);
    let args = [
        "search",
        "run",
        "--json",
        "--all-models",
        "--with-guardians",
        "--max-members",
        "2",
    ];
    let found = must(0, &mut place.primum(&args));
    let search: PanelSearch = serde_json::from_str(&found.stdout).expect("JSON");
    let names: Vec<&str> = search.members.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["ada", "ben", "cleo", "delta", "epsilon"]);
    assert_eq!(search.panels, 5 + 2 * 10);
    let panel = &search.choice.panel;
    let file = format!("run/found-{}of{}.toml", panel.votes, panel.members.len());
    must(0, &mut place.primum(&["panel", "check", &file]));
    let text = std::fs::read_to_string(place.path(&file)).expect("the panel");
    assert!(
        text.contains("[[guardians]]") && text.contains("# The guardians were added"),
        "{text}"
    );

    let refused = must(
        2,
        &mut place.primum(&["search", "run", "--max-usd", "0.0000001"]),
    );
    assert!(
        refused.stderr.contains("the cheapest takes"),
        "{}",
        refused.stderr
    );
    let refused = must(2, &mut place.primum(&["search", "run", "--max-seconds=-1"]));
    assert!(
        refused.stderr.contains("--max-seconds must be 0 or more"),
        "{}",
        refused.stderr
    );
}

/// A prompt of one's own comes along, and a panel that was changed since is not
/// taken for the one that ran.
#[test]
fn own_prompts_come_along_and_changed_panels_are_refused() {
    let place = Place::new();
    let mut draft = Draft::demo();
    let advisors = draft.panel["advisors"].as_array_mut().expect("advisors");
    for advisor in advisors {
        let advisor = advisor.as_table_mut().expect("an advisor");
        advisor.insert("prompt".to_owned(), "mine".into());
    }
    draft.write(&place, "own");
    let prompt = std::fs::read_to_string(root().join("prompts/advisor.md")).expect("a prompt");
    place.write("mine.md", &prompt.replace("You", "Here you"));
    must(0, &mut place.bench("own.toml", "run"));
    must(
        0,
        &mut place.primum(&["search", "run", "--out", "found/best.toml"]),
    );
    assert!(place.path("found/mine.md").is_file());
    must(0, &mut place.primum(&["panel", "check", "found/best.toml"]));

    draft.panel.insert("title".to_owned(), "Another".into());
    draft.write(&place, "own");
    let refused = must(
        2,
        &mut place.primum(&["search", "run", "--out", "found/best.toml"]),
    );
    assert!(
        refused.stderr.contains("has changed since the run"),
        "{}",
        refused.stderr
    );
}

#[test]
fn one_advisor_is_nothing_to_choose_from() {
    let place = Place::new();
    Draft::small().write(&place, "small");
    must(0, &mut place.bench("small.toml", "run"));
    let refused = must(2, &mut place.primum(&["search", "run"]));
    assert!(
        refused.stderr.contains("at least two"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("[[advisors]]"),
        "{}",
        refused.stderr
    );
    let refused = must(2, &mut place.primum(&["search", "nowhere"]));
    assert!(
        refused.stderr.contains("there is no run nowhere"),
        "{}",
        refused.stderr
    );

    let mut graded = place.bench("small.toml", "graded");
    graded.args(["--task", "options"]);
    must(0, &mut graded);
    let refused = must(2, &mut place.primum(&["search", "graded"]));
    assert!(
        refused.stderr.contains("it grades options"),
        "{}",
        refused.stderr
    );
}
