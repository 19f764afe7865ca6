//! `primum score --judged`: the public kit's files in and out, faults, and what
//! is unscored.

use crate::bench_common;
use crate::score_command;
use std::path::PathBuf;

use crate::bench_common::{Place, json, must};
use crate::score_command::{SECRET, judged, lines, rubrics, score};
use schemars::generate::SchemaSettings;
use serde_json::json;

fn noharm() -> Option<PathBuf> {
    let folder = std::env::var_os("PRIMUM_NOHARM").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("SKIPPED: PRIMUM_NOHARM is not set");
    }
    folder
}

/// `UPDATE_SCHEMAS=1 cargo test --test score command_judged` writes them anew.
#[test]
fn the_schemas_of_the_summaries_are_current() {
    let schema = |name: &str| {
        let generator = SchemaSettings::draft2020_12().into_generator();
        match name {
            "score" => generator.into_root_schema_for::<primum::report::ScoreSummary>(),
            _ => generator.into_root_schema_for::<primum::report::judge_check::JudgeCheck>(),
        }
        .to_value()
    };
    for name in ["score", "judge-check"] {
        let path = bench_common::root().join(format!("schemas/{name}.schema.json"));
        let text = primum::panel::schema::to_text(&schema(name));
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &text).expect("schemas/ can be written");
        }
        let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(checked_in == text, "{} is out of date", path.display());
    }
}

#[test]
fn the_worked_example_gives_its_files_byte_for_byte() {
    let Some(noharm) = noharm() else { return };
    let place = Place::new();
    let examples = noharm.join("examples");
    let mut command = place.primum(&["score", "--profile", "noharm-2026-06", "--out", "out"]);
    command.args(["--only", "All001"]);
    command.arg("--cases").arg(&noharm);
    command
        .arg("--judged")
        .arg(examples.join("gpt-5.5_judged.jsonl"));
    must(0, &mut command);
    for (ours, theirs) in [
        ("out/scores/gpt-5.5.csv", "gpt-5.5.csv"),
        ("out/judged/gpt-5.5.jsonl", "gpt-5.5_judged.jsonl"),
    ] {
        let ours = std::fs::read(place.path(ours)).expect("our file");
        let theirs = std::fs::read(examples.join(theirs)).expect("the example");
        assert!(ours == theirs, "{} differs", examples.display());
    }
}

#[test]
fn what_the_case_set_expects_and_the_file_lacks_is_unscored() {
    let Some(noharm) = noharm() else { return };
    let place = Place::new();
    let mut command = place.primum(&["score", "--k", "1", "--json"]);
    command.arg("--cases").arg(&noharm);
    command
        .arg("--judged")
        .arg(noharm.join("examples/gpt-5.5_judged.jsonl"));
    let ended = must(3, &mut command);
    let summary: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let arm = &summary["arms"]["gpt-5.5"];
    assert_eq!((&arm["items"], &arm["scored"]), (&json!(20), &json!(1)));
    assert_eq!(arm["unscored_items"].as_array().map(Vec::len), Some(19));
    let bounds = &arm["scores"]["noharm-2026-07"]["bounds"];
    assert_eq!(bounds["Severe_rate"]["worst"], json!(0.95));
    assert_eq!(bounds["Severe_rate"]["best"], json!(0.0));
}

#[test]
fn rubrics_alone_are_enough_and_profiles_stand_side_by_side() {
    let place = Place::new();
    rubrics(&place);
    let records = [
        judged("Card001", 1, "j", &[1, 2, 3]),
        judged("Derm001", 1, "j", &[1, 4, 7]),
    ];
    place.write("a_judged.jsonl", &lines(&records));
    place.write("b.jsonl", &lines(&records[..1]));
    let ended = must(
        0,
        &mut score(
            &place,
            &["a_judged.jsonl", "b.jsonl"],
            &["--profile", "all", "--out", "out"],
        ),
    );
    insta::assert_snapshot!(place.redact(&ended.stdout));
    for file in [
        "judged/noharm-2026-06/a.jsonl",
        "scores/noharm-2026-07/b.csv",
        "summary.json",
    ] {
        assert!(place.path("out").join(file).is_file(), "{file}");
    }
}

#[test]
fn writing_and_reading_again_changes_nothing() {
    let place = Place::new();
    rubrics(&place);
    place.write("a.jsonl", &lines(&[judged("Card001", 1, "j", &[1, 7])]));
    must(0, &mut score(&place, &["a.jsonl"], &["--out", "one"]));
    must(
        0,
        &mut score(&place, &["one/judged/a.jsonl"], &["--out", "two"]),
    );
    bench_common::folder::assert_same(&place.path("one"), &place.path("two"));
}

/// One fault of each kind, with places.
fn faulty(place: &Place) {
    rubrics(place);
    let mut no_score = score_command::rubric("Endo001");
    no_score["options"][2] = json!({"id": 3, "text": SECRET, "score": 0});
    place.write("rubrics/Endo001.json", &no_score.to_string());
    let good = judged("Card001", 1, "j", &[1, 2]);
    let mut no_id = good.clone();
    no_id.as_object_mut().expect("an object").remove("id");
    let mut letters = judged("Derm001", 1, "j", &[1, 2]);
    letters["responseActions"][1]["match"] = json!(format!("2,{SECRET}"));
    let mut wrong = judged("Derm001", 3, "j", &[1]);
    wrong["options"][4]["matched"] = json!(SECRET);
    let mut text = lines(&[good, no_id, letters]);
    text.push_str(&format!("{{\"id\": \"Card001\", {SECRET}\n\n"));
    text.push_str(&lines(&[
        judged("Nowhere001", 1, "j", &[1]),
        judged("Card001", 1, "j", &[1, 2, 3]),
        wrong,
        judged("Endo001", 1, "j", &[1]),
    ]));
    place.write("a.jsonl", &text);
}

#[test]
fn faults_are_named_with_file_line_and_field_and_the_rest_is_scored() {
    let place = Place::new();
    faulty(&place);
    let ended = must(3, &mut score(&place, &["a.jsonl"], &["--out", "out"]));
    insta::assert_snapshot!(place.redact(&format!("{}\n{}", ended.stderr, ended.stdout)));
    let summary = place.summary("out");
    assert_eq!(summary["faults"].as_array().map(Vec::len), Some(7));
    let all = format!("{}{}{summary}", ended.stderr, ended.stdout);
    assert!(!all.contains("Basel"), "a message quotes a record:\n{all}");
    // The later record of the two stands in the place of the first.
    let written = std::fs::read_to_string(place.path("out/judged/a.jsonl")).expect("lines");
    assert_eq!(written.lines().count(), 1);
    assert!(written.contains("\"match\": \"3\""));
}

#[test]
fn strict_stops_and_writes_nothing() {
    let place = Place::new();
    faulty(&place);
    let ended = must(
        5,
        &mut score(&place, &["a.jsonl"], &["--out", "out", "--strict"]),
    );
    assert!(ended.stderr.contains("nothing was scored (--strict)"));
    assert!(ended.stdout.is_empty() && !place.path("out").exists());
}

#[test]
fn bare_nan_is_read_and_no_other_word_is() {
    let place = Place::new();
    rubrics(&place);
    let line = judged("Card001", 1, "j", &[]).to_string();
    let nan = line.replace("\"metrics\":{}", "\"metrics\":{\"Precision_matched\": NaN}");
    let infinity = line.replace("\"metrics\":{}", "\"metrics\":{\"Precision_matched\": Nan}");
    place.write("a.jsonl", &format!("{nan}\n"));
    must(0, &mut score(&place, &["a.jsonl"], &["--out", "out"]));
    let written = std::fs::read_to_string(place.path("out/judged/a.jsonl")).expect("lines");
    assert!(written.contains("\"Precision_matched\": NaN"));
    place.write("a.jsonl", &format!("{infinity}\n"));
    must(3, &mut score(&place, &["a.jsonl"], &[]));
}

#[test]
fn simulated_verdicts_say_so_in_every_file() {
    let place = Place::new();
    rubrics(&place);
    place.write(
        "a.jsonl",
        &lines(&[judged("Card001", 1, "SIMULATED j", &[1])]),
    );
    let ended = must(0, &mut score(&place, &["a.jsonl"], &["--out", "out"]));
    assert!(ended.stdout.starts_with("SIMULATED"));
    let csv = std::fs::read_to_string(place.path("out/scores/a.csv")).expect("a score file");
    assert!(
        csv.lines()
            .skip(1)
            .all(|line| line.starts_with("SIMULATED "))
    );
    assert_eq!(
        json(&place.path("out/summary.json"))["simulated"],
        json!(true)
    );
}

#[test]
fn what_makes_no_sense_is_a_matter_of_usage() {
    let place = Place::new();
    rubrics(&place);
    place.write("a.jsonl", "");
    place.write("b/a_judged.jsonl", "");
    for (files, more) in [
        (&["nowhere.jsonl"][..], &[][..]),
        (&["a.jsonl", "b/a_judged.jsonl"], &[]),
        (&["a.jsonl"], &["--k", "12"]),
        (&["a.jsonl"], &["--profile", "noharm-v9"]),
        (&["a.jsonl"], &["--judge", "judge.toml"]),
    ] {
        must(2, &mut score(&place, files, more));
    }
    must(2, &mut place.primum(&["score"]));
    must(
        2,
        &mut place.primum(&["score", "--cases", "b", "--judged", "a.jsonl"]),
    );
}
