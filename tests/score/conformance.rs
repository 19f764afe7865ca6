//! The conformance vectors: reference answers of the benchmark's scorer on
//! synthetic data (scoring.md, section 16). Everything is compared exactly;
//! there is no tolerance anywhere.
//!
//! A representative part is committed (`fixtures/conformance/README.md` says
//! how it was chosen); the whole set is read from `../shared` where that is.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use primum::clinical::Rubric;
use primum::clinical::id::base_and_variant;
use primum::score::records::{Field, JudgedRecord, MatchRecord, OverrideEntry, ReviewRecord};
use primum::score::{
    CaseGroups, Healing, Metrics, PreparedRubric, Profile, Record, RecordScores, ResponseRecord,
    Row, RowMetric, aggregate, apply_review, assemble, clean_overrides, group_actions, harm_list,
    nonrubric_harms, rescore, score_record,
};
use serde::Serialize;
use serde_json::{Value, json};

const OLD: Profile = Profile::NOHARM_2026_06;
const NEW: Profile = Profile::NOHARM_2026_07;

#[test]
fn committed_vectors_agree_to_the_last_bit() {
    let path = root().join("tests/fixtures/conformance/vectors.jsonl");
    let text = std::fs::read_to_string(path).expect("the committed vectors");
    let counts = check_all(&text);
    for kind in ["single", "override", "aggregate"] {
        assert!(counts.get(kind).is_some_and(|&n| n > 0), "no {kind} vector");
    }
}

#[test]
fn all_vectors_agree_to_the_last_bit() {
    let shared = root().join("../shared");
    let path = shared.join("conformance/vectors.jsonl");
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let counts = check_all(&text);
            assert_eq!(counts.get("single"), Some(&300));
            assert_eq!(counts.get("override"), Some(&60));
            assert_eq!(counts.get("aggregate"), Some(&4));
        }
        Err(error) if std::env::var_os("CI").is_some() && shared.exists() => {
            panic!("{} must be readable in CI: {error}", path.display());
        }
        Err(_) => eprintln!("SKIPPED: no {} here", path.display()),
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Checks every vector of a file and counts them by kind. All faults are
/// reported together.
fn check_all(text: &str) -> BTreeMap<String, usize> {
    let mut rubrics: HashMap<String, PreparedRubric> = HashMap::new();
    let mut counts = BTreeMap::new();
    let mut faults: Vec<String> = Vec::new();
    for line in text.lines() {
        let vector: Value = serde_json::from_str(line).expect("a vector is JSON");
        let kind = vector["kind"].as_str().expect("a kind").to_owned();
        let mut check = Check {
            vid: vector["vid"].as_str().unwrap_or_default().to_owned(),
            faults: &mut faults,
        };
        match kind.as_str() {
            "rubric" => {
                let rubric: Rubric =
                    serde_json::from_value(vector["rubric"].clone()).expect("a rubric");
                rubrics.insert(rubric.id.clone(), PreparedRubric::new(&rubric));
            }
            "single" => single(&vector, &rubrics, &mut check),
            "override" => override_(&vector, &rubrics, &mut check),
            "aggregate" => aggregation(&vector, &rubrics, &mut check),
            _ => continue,
        }
        *counts.entry(kind).or_insert(0) += 1;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    counts
}

/// Compares and remembers what differs.
struct Check<'a> {
    vid: String,
    faults: &'a mut Vec<String>,
}

impl Check<'_> {
    /// Compares as JSON text, so that key order and `1` against `1.0` count.
    fn same(&mut self, what: &str, ours: &impl Serialize, theirs: &Value) {
        let ours = serde_json::to_string(ours).expect("ours is JSON");
        let theirs = serde_json::to_string(theirs).expect("theirs is JSON");
        if ours != theirs {
            self.faults.push(format!(
                "{} {what}:\n  ours   {ours}\n  theirs {theirs}",
                self.vid
            ));
        }
    }

    /// Metrics before and after the length correction, in both profiles.
    fn metrics(&mut self, what: &str, ours: &Metrics, theirs: &Value) {
        let before = ours.with_length(&OLD, None);
        self.same(
            &format!("{what} metrics_raw"),
            &OLD.block(&before),
            &theirs["metrics_raw"],
        );
        self.same(
            &format!("{what} metrics"),
            &OLD.block(ours),
            &theirs["metrics"],
        );
        self.same(
            &format!("{what} metrics_2026_07"),
            &NEW.block(ours),
            &theirs["metrics_2026_07"],
        );
    }
}

fn rubric<'a>(vector: &Value, rubrics: &'a HashMap<String, PreparedRubric>) -> &'a PreparedRubric {
    &rubrics[vector["rubric_id"].as_str().expect("a rubric id")]
}

/// A judged record of the vectors has no harm, summary or metrics yet.
fn judged(value: &Value) -> JudgedRecord {
    JudgedRecord::from_line(&value.to_string()).expect("a judged record")
}

fn single(vector: &Value, rubrics: &HashMap<String, PreparedRubric>, check: &mut Check<'_>) {
    let rubric = rubric(vector, rubrics);
    let record = judged(&vector["record"]);
    let expect = &vector["expect"];
    check.same("harm", &harm_list(rubric, &record.options), &expect["harm"]);
    check.same(
        "nonrubric_harms",
        &nonrubric_harms(&record.actions),
        &expect["nonrubric_harms"],
    );
    let first = score_record(&OLD, rubric, &record, Healing::AsItStands).expect("scorable");
    check.metrics("first", &first, expect);

    let again = rescore(&OLD, Some(rubric), &record).expect("scorable");
    let healed = score_record(&OLD, rubric, &record, Healing::Healed).expect("scorable");
    check.same("rescored harm", &again.harm, &expect["harm"]);
    let unchanged = again.actions == record.actions
        && OLD.block(&first) == OLD.block(&healed)
        && again.nonrubric_harms == nonrubric_harms(&record.actions);
    check.same("rescored_same", &unchanged, &vector["rescored_same"]);
    check.same(
        "rescored actions",
        &again.actions,
        match &vector["rescored"] {
            Value::Null => &vector["record"]["responseActions"],
            rescored => &rescored["responseActions"],
        },
    );
    let rescored = match &vector["rescored"] {
        Value::Null => expect,
        rescored => rescored,
    };
    check.same(
        "rescored nonrubric_harms",
        &again.nonrubric_harms,
        &rescored["nonrubric_harms"],
    );
    check.metrics("rescored", &healed, rescored);
    // The short way and the long way round give the same.
    check.same("rescored block", &again.metrics, &rescored["metrics"]);
}

fn override_(vector: &Value, rubrics: &HashMap<String, PreparedRubric>, check: &mut Check<'_>) {
    let rubric = rubric(vector, rubrics);
    let expect = &vector["expect"];
    let matched = MatchRecord::from_line(&vector["match"].to_string()).expect("a match record");
    let review = match &vector["review"] {
        Value::Null => None,
        review => Some(ReviewRecord::from_line(&review.to_string()).expect("a review record")),
    };

    let grouped = group_actions(&matched);
    check.same("strategies", &grouped.strategies, &expect["strategies"]);
    check.same(
        "partial_option_ids",
        &grouped.partial_option_ids,
        &expect["partial_option_ids"],
    );
    let overrides: &[OverrideEntry] = review.as_ref().map_or(&[], |review| &review.overrides);
    let post = apply_review(grouped, overrides);
    let post_seen = if overrides.is_empty() {
        assert_eq!(post.overrides_applied, None);
        Value::Null
    } else {
        json!({
            "strategies": post.strategies,
            "partial_option_ids": post.partial_option_ids,
            "overrides_applied": post.overrides_applied,
            "promotions_unattributed": post.promotions_unattributed,
        })
    };
    check.same("post", &post_seen, &expect["post"]);

    let mut len = vector["response_len"].as_u64();
    if let Some(line) = vector.get("response") {
        let response = ResponseRecord::from_line(&line.to_string()).expect("a response");
        check.same(
            "response_len",
            &response.answer_len(),
            &vector["response_len"],
        );
        len = response.answer_len();
    }
    let record = assemble(&OLD, rubric, &matched, review.as_ref(), len).expect("scorable");
    check.assembled("", &record, expect);
    let newer = assemble(&NEW, rubric, &matched, review.as_ref(), len).expect("scorable");
    check.same(
        "metrics_2026_07",
        &newer.metrics,
        &expect["metrics_2026_07"],
    );
    let mut bare = record.clone();
    bare.response_len = None;
    let bare = score_record(&OLD, rubric, &bare, Healing::AsItStands).expect("scorable");
    check.same("metrics_raw", &OLD.block(&bare), &expect["metrics_raw"]);

    let again = rescore(&OLD, Some(rubric), &record).expect("scorable");
    check.same(
        "rescored_same",
        &(again == record),
        &expect["rescored_same"],
    );
    let theirs = match &expect["rescored_metrics"] {
        Value::Null => &expect["metrics"],
        theirs => theirs,
    };
    check.same("rescored_metrics", &again.metrics, theirs);

    if let Some(review) = review {
        let clean = clean_overrides(&review.overrides, rubric, &matched.actions);
        check.same("cleaned_overrides", &clean, &expect["cleaned_overrides"]);
        let stored = ReviewRecord {
            overrides: clean.iter().map(OverrideEntry::from).collect(),
            ..review
        };
        check.same("stored", &stored.overrides, &expect["cleaned_overrides"]);
        let record = assemble(&OLD, rubric, &matched, Some(&stored), len).expect("scorable");
        check.assembled("sanitised ", &record, expect);
    }
}

impl Check<'_> {
    fn assembled(&mut self, how: &str, record: &JudgedRecord, expect: &Value) {
        for (what, ours) in [
            ("options", json!(record.options)),
            ("harm", json!(record.harm)),
            ("nonrubric_harms", json!(record.nonrubric_harms)),
            ("responseActions", json!(record.actions)),
            ("metrics", json!(record.metrics)),
        ] {
            self.same(&format!("{how}{what}"), &ours, &expect[what]);
        }
        assert!(record.actions.iter().all(|a| a.matched != Field::Absent));
    }
}

fn aggregation(vector: &Value, rubrics: &HashMap<String, PreparedRubric>, check: &mut Check<'_>) {
    let judges: Vec<&str> = list(&vector["judge_names"])
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let records: Vec<JudgedRecord> = list(&vector["records"]).iter().map(judged).collect();
    let expect = &vector["expect"];
    for (profile, rows) in [(OLD, "rows"), (NEW, "rows_2026_07")] {
        let scores: Vec<RecordScores> = records
            .iter()
            .filter(|record| judges.contains(&record.judge.as_str()))
            .filter_map(|record| {
                let rubric = rubrics.get(base_and_variant(&record.id).0);
                RecordScores::rescored(&profile, rubric, record).expect("scorable")
            })
            .collect();
        let ours = aggregate(&profile, &scores);
        let theirs = list(&expect[rows]);
        assert_eq!(ours.len(), theirs.len(), "{} {rows}", check.vid);
        for (ours, theirs) in ours.iter().zip(theirs) {
            row(check, rows, ours, theirs);
        }
        if rows == "rows" {
            per_record(check, &records, &scores, expect);
            case_resilience(check, &scores, expect);
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn row(check: &mut Check<'_>, rows: &str, ours: &Row, theirs: &Value) {
    let name = ours.metric.name();
    let [mean, ci, lo, hi] = ours.rounded();
    for (what, ours, theirs) in [
        ("metric", json!(name), &theirs["metric"]),
        ("trials", json!(ours.trials), &theirs["trials"]),
        ("mean", json!(ours.interval.mean), &theirs["mean"]),
        ("ci_lo", json!(ours.interval.lo), &theirs["ci_lo"]),
        ("ci_hi", json!(ours.interval.hi), &theirs["ci_hi"]),
        ("ci", json!(ours.ci()), &theirs["ci"]),
        ("rounded mean", json!(mean), &theirs["rounded"]["mean"]),
        ("rounded ci", json!(ci), &theirs["rounded"]["ci"]),
        ("rounded ci_lo", json!(lo), &theirs["rounded"]["ci_lo"]),
        ("rounded ci_hi", json!(hi), &theirs["rounded"]["ci_hi"]),
    ] {
        check.same(&format!("{rows} {name} {what}"), &ours, theirs);
    }
}

fn per_record(
    check: &mut Check<'_>,
    records: &[JudgedRecord],
    scores: &[RecordScores],
    expect: &Value,
) {
    let theirs = list(&expect["per_record"]);
    assert_eq!(scores.len(), theirs.len(), "{}", check.vid);
    for ((record, score), theirs) in records.iter().zip(scores).zip(theirs) {
        let mut ours = json!({"id": score.id, "judge": score.judge, "trial": record.trial});
        for metric in RowMetric::ALL {
            if let RowMetric::Averaged(average) = metric {
                ours[metric.name()] = json!(score.value(average));
            }
        }
        check.same("per_record", &ours, theirs);
    }
}

/// The vectors give one value a judge; the case has their mean.
fn case_resilience(check: &mut Check<'_>, scores: &[RecordScores], expect: &Value) {
    let Some(theirs) = expect["case_resilience"].as_object() else {
        return;
    };
    let ours = CaseGroups::new(scores).values(RowMetric::Resilience);
    assert_eq!(ours.len(), theirs.len(), "{}", check.vid);
    for (case, value) in ours {
        let by_judge: Vec<f64> = list(&theirs[&case])
            .iter()
            .filter_map(Value::as_f64)
            .collect();
        let mean = primum::score::mean(&by_judge);
        check.same(&format!("resilience of {case}"), &value, &json!(mean));
    }
}

/// The part that is committed is a part: the same lines as in the whole set.
#[test]
fn committed_vectors_are_lines_of_the_whole_set() {
    let whole: PathBuf = root().join("../shared/conformance/vectors.jsonl");
    let Ok(whole) = std::fs::read_to_string(whole) else {
        eprintln!("SKIPPED: no whole set here");
        return;
    };
    let whole: std::collections::HashSet<&str> = whole.lines().collect();
    let part = root().join("tests/fixtures/conformance/vectors.jsonl");
    let part = std::fs::read_to_string(part).expect("the committed vectors");
    assert!(part.lines().all(|line| whole.contains(line)));
}
