//! Several judges on the same answers: pooled and apart, how they agree, and
//! when they are not averaged.

use crate::bench_common;
use crate::bench_common::{Place, must};
use crate::score_command::{judged, lines, rubrics, score};
use serde_json::{Value, json};

fn summary(place: &Place, code: i32, more: &[&str]) -> Value {
    let mut command = score(place, &["a.jsonl"], more);
    let ended = must(code, command.arg("--json"));
    serde_json::from_str(&ended.stdout).expect("JSON")
}

#[test]
fn two_judges_are_shown_apart_pooled_and_against_each_other() {
    let place = Place::new();
    rubrics(&place);
    place.write(
        "a.jsonl",
        &lines(&[
            judged("Card001", 1, "ann", &[1, 2, 3]),
            judged("Card001", 1, "bob", &[2, 3, 4, 7]),
            judged("Derm001", 1, "ann", &[1, 2]),
            judged("Derm001", 1, "bob", &[1, 2]),
        ]),
    );
    let ended = must(0, &mut score(&place, &["a.jsonl"], &["--out", "out"]));
    insta::assert_snapshot!(place.redact(&ended.stdout));
    let summary = place.summary("out");
    let agreement = &summary["agreement"][0];
    // 14 options; ann finds 5, bob 6 of them, 4 the same ones: 11 agreed.
    // By chance (5*6 + 9*8) / 196; (11/14 - 102/196) / (1 - 102/196).
    let all = &agreement["tiers"][0];
    assert_eq!((&all["n"], &all["agreed"]), (&json!(14), &json!(11)));
    let kappa = all["kappa"].as_f64().expect("a kappa");
    assert!((kappa - 52.0 / 94.0).abs() < 1e-12, "{kappa}");
    // The missed 9 and the done 1 change harm, the uncertain 5 does not.
    let parted: Vec<(&Value, &Value)> = agreement["disagreements"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (&one["option"], &one["changes_harm"]))
        .collect();
    assert_eq!(
        parted,
        [
            (&json!(1), &json!(true)),
            (&json!(7), &json!(true)),
            (&json!(4), &json!(false))
        ]
    );
    for file in ["a.csv", "a.by-ann.csv", "a.by-bob.csv"] {
        assert!(place.path("out/scores").join(file).is_file(), "{file}");
    }
}

#[test]
fn answers_that_not_all_have_judged_are_not_pooled() {
    let place = Place::new();
    rubrics(&place);
    place.write(
        "a.jsonl",
        &lines(&[
            judged("Card001", 1, "ann", &[1]),
            judged("Card001", 1, "bob", &[1]),
            judged("Derm001", 1, "ann", &[1]),
        ]),
    );
    let found = summary(&place, 3, &[]);
    let arm = &found["arms"]["a"];
    assert_eq!((&arm["scored"], &arm["unscored"]), (&json!(1), &json!(1)));
    assert_eq!(arm["unscored_items"][0]["why"], "not judged by all judges");
    let mixed = summary(&place, 0, &["--mix-judges"]);
    assert_eq!(mixed["arms"]["a"]["scored"], json!(2));
}

#[test]
fn a_mix_of_judges_is_named_and_not_averaged_unless_told_to() {
    let place = Place::new();
    rubrics(&place);
    place.write(
        "a.jsonl",
        &lines(&[
            judged("Card001", 1, "ann", &[1]),
            judged("Derm001", 1, "bob", &[1]),
        ]),
    );
    let arm = &summary(&place, 3, &[])["arms"]["a"];
    let why = arm["not_averaged"].as_str().expect("a reason");
    assert!(
        why.contains("ann, bob") && why.contains("--mix-judges"),
        "{why}"
    );
    assert_eq!(arm["scores"], json!({}));
    let mixed = summary(&place, 0, &["--mix-judges"]);
    assert!(mixed["arms"]["a"]["scores"]["noharm-2026-07"].is_object());
}

#[test]
fn two_prompts_of_one_judge_are_a_mix() {
    let place = Place::new();
    rubrics(&place);
    let mut records = [
        judged("Card001", 1, "ann", &[1]),
        judged("Derm001", 1, "ann", &[1]),
    ];
    records[0]["prompt_hash"] = json!("0123456789abcdef");
    records[1]["prompt_hash"] = json!("fedcba9876543210");
    place.write("a.jsonl", &lines(&records));
    let arm = &summary(&place, 3, &[])["arms"]["a"];
    assert_eq!(arm["judges"], json!(["ann@01234567", "ann@fedcba98"]));
    assert!(arm["not_averaged"].is_string());
    must(0, &mut score(&place, &["a.jsonl"], &["--mix-judges"]));
}

#[test]
fn arms_of_different_judges_are_named() {
    let place = Place::new();
    rubrics(&place);
    place.write("a.jsonl", &lines(&[judged("Card001", 1, "ann", &[1])]));
    place.write("b.jsonl", &lines(&[judged("Card001", 1, "bob", &[1])]));
    let ended = must(0, &mut score(&place, &["a.jsonl", "b.jsonl"], &[]));
    assert!(ended.stdout.contains("not judged by the same judges"));
}

#[test]
fn a_bench_warns_of_a_judge_of_its_agents_vendor() {
    let place = Place::new();
    let mut draft = bench_common::panel::Draft::small();
    draft.judge["models"]["sim-judge"]["vendor"] = "north".into();
    let panel = draft.write(&place, "kin");
    must(0, place.bench(&panel, "out").args(["--limit", "1"]));
    let warnings = place.summary("out")["warnings"].to_string();
    assert!(
        warnings.contains("sim-judge is of the same vendor (north) as ada"),
        "{warnings}"
    );
    let judge = &place.summary("out")["judge"];
    assert_eq!(judge["name"], "SIMULATED sim-judge");
    assert_eq!(judge["prompts"][1]["name"], "judge-review");
    // The run's own files tell which prompts judged them.
    let mut again = place.primum(&["score", "--judged", "out/judged/solo.ada.jsonl", "--json"]);
    again.arg("--cases").arg(bench_common::demo_cases());
    let ended = must(3, &mut again);
    let again: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(
        again["judges"]["SIMULATED sim-judge"]["prompts"],
        judge["prompts"]
    );
}
