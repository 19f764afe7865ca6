//! Reading and writing the benchmark's files.

use primum::score::records::{
    Field, MetricValue, OverrideEntry, bare_nan_to_null, last_of_each_key,
};
use primum::score::{JsonStyle, JudgedRecord, MatchRecord, Record, ResponseRecord, ReviewRecord};
use serde_json::{Value, json};

const JUDGED: &str = concat!(
    r#"{"id": "Card001-2", "trial": 1, "judge": "j", "options": "#,
    r#"[{"id": 1, "matched": true, "partial": false, "evidence": "says \u201cNaN\u201d \ud83d\ude00"}, "#,
    r#"{"id": 2, "matched": false}, {"id": 3, "matched": false, "evidence": null}], "#,
    r#""responseActions": [{"number": 1, "action": "a \"NaN\", b", "category": "Medication", "match": "1", "score": 0, "rationale": ""}, "#,
    r#"{"number": 2, "action": "c", "category": "Follow-up", "match": null}, "#,
    r#"{"number": 3, "action": "d", "category": "Follow-up"}], "#,
    r#""summary": "", "harm": [], "nonrubric_harms": [{"score": 5, "severity": "Uncertain"}], "#,
    r#""metrics": {"F1_raw": 0.5, "Precision_matched": NaN, "Severe_rate": 0.0, "tiny": 1e-05, "response_len": 12}, "#,
    r#""runtime": null, "grader_usage": null, "grader_latency_ms": null, "global_match_reviewer": null, "response_len": 12}"#
);

#[test]
fn a_judged_record_of_the_kit_is_read_and_written_back_whole() {
    let record = JudgedRecord::from_line(JUDGED).unwrap();
    assert_eq!(record.to_line(JsonStyle::Kit).unwrap(), JUDGED);
    let metrics = record.metrics.as_ref().unwrap();
    assert!(metrics.get("Precision_matched").unwrap().is_nan());
    assert_eq!(metrics.get("response_len"), Some(12.0));
    assert_eq!(metrics.get("F1_weighted"), None);
    assert_eq!(record.options[1].evidence, Field::Absent);
    assert_eq!(record.options[2].evidence, Field::Null);
    assert_eq!(record.actions[1].own_score(), 5);
    assert!(!record.actions[1].is_match_set());
}

#[test]
fn strict_lines_are_json_and_say_the_same() {
    let record = JudgedRecord::from_line(JUDGED).unwrap();
    let strict = record.to_line(JsonStyle::Strict).unwrap();
    let value: Value = serde_json::from_str(&strict).unwrap();
    assert_eq!(value["metrics"]["Precision_matched"], Value::Null);
    assert_eq!(JudgedRecord::from_line(&strict).unwrap(), record);
}

#[test]
fn nan_inside_strings_stays() {
    let text = r#"{"a":NaN,"b":"NaN","c":"\"NaN","d":[NaN,NaN],"NaN":"\\"}"#;
    let clean = bare_nan_to_null(text);
    assert_eq!(
        clean,
        r#"{"a":null,"b":"NaN","c":"\"NaN","d":[null,null],"NaN":"\\"}"#
    );
    // Nonsense does not panic, whatever the bytes around it are.
    for text in ["NaN", "\"NaN", "\\NaN", "é\"NaN\\", "Na", "NNaNaN"] {
        let _ = bare_nan_to_null(text);
    }
}

#[test]
fn unknown_fields_are_tolerated_and_whole_numbers_stay_whole() {
    let record = JudgedRecord::from_line(
        r#"{"id":"A1","trial":0,"judge":"j","new":[1],"options":[{"id":1,"matched":true,"why":{}}],
            "responseActions":[],"metrics":{"a":1,"b":1.0}}"#,
    )
    .unwrap();
    let metrics: Vec<_> = record.metrics.as_ref().unwrap().iter().collect();
    assert_eq!(
        metrics,
        [("a", MetricValue::Whole(1)), ("b", MetricValue::Float(1.0))]
    );
    let line = record.to_line(JsonStyle::Strict).unwrap();
    assert!(line.contains(r#""metrics":{"a":1,"b":1.0}"#), "{line}");
}

#[test]
fn a_response_without_a_trial_is_trial_1_and_length_counts_code_points() {
    let record = ResponseRecord::from_line(r#"{"id":"A1","response":"aé😀\n"}"#).unwrap();
    assert_eq!(record.trial, 1);
    assert_eq!(record.answer_len(), Some(4));
    for nothing in [
        r#"{"id":"A1","response":null}"#,
        r#"{"id":"A1","response":""}"#,
    ] {
        assert_eq!(
            ResponseRecord::from_line(nothing).unwrap().answer_len(),
            None
        );
    }
}

#[test]
fn neither_debug_nor_errors_show_the_words() {
    const SECRET: &str = "Mrs Miller";
    let judged = json!({
        "id": "A1", "trial": 0, "judge": "j",
        "options": [{"id": 1, "matched": true, "evidence": SECRET}],
        "responseActions": [{"number": 1, "action": SECRET, "category": SECRET, "match": SECRET}],
        "harm": [{"id": 1, "evidence": SECRET, "harm_type": "omission", "harm_severity": "Mild"}],
    });
    let matched = json!({
        "id": "A1", "trial": 0, "model": "m", "judge": "j",
        "actions": [{"id": 1, "action": SECRET, "category": SECRET, "evidence": SECRET, "match": SECRET}],
        "options": [{"id": 1, "matched": true, "evidence": SECRET}],
    });
    let review = json!({
        "id": "A1", "trial": 0, "model": "m", "judge": "j",
        "overrides": [{"option_id": 1, "new_verdict": SECRET, "evidence": SECRET}, SECRET],
    });
    let response = json!({"id": "A1", "response": SECRET, "error": SECRET});
    let shown = format!(
        "{:?} {:?} {:?} {:?}",
        JudgedRecord::from_line(&judged.to_string()).unwrap(),
        MatchRecord::from_line(&matched.to_string()).unwrap(),
        ReviewRecord::from_line(&review.to_string()).unwrap(),
        ResponseRecord::from_line(&response.to_string()).unwrap(),
    );
    assert!(!shown.contains("Miller"), "{shown}");

    let wrong = json!({"id": "A1", "trial": SECRET, "judge": "j"}).to_string();
    let error = JudgedRecord::from_line(&wrong).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("Miller"), "{shown}");
    assert!(shown.contains("judged record"), "{shown}");
}

#[test]
fn an_override_may_be_an_object_or_a_string_that_holds_one() {
    let object = json!({"option_id": 3, "new_verdict": "partial", "action_id": 2.5, "evidence": 7});
    let text = Value::String(object.to_string());
    let read = |value: &Value| OverrideEntry::from(value.clone()).read();
    let one = read(&object).unwrap();
    assert_eq!(one.option_id, 3);
    assert_eq!((one.action_id, one.evidence.clone()), (None, None));
    assert_eq!(read(&text), Some(one));
    for nothing in [
        json!(null),
        json!(7),
        json!([1, 2]),
        json!("[1, 2]"),
        json!("not json"),
        json!({"option_id": true, "new_verdict": "yes"}),
        json!({"option_id": 1.0, "new_verdict": "yes"}),
        json!({"new_verdict": "yes"}),
    ] {
        assert_eq!(read(&nothing), None, "{nothing}");
    }
}

/// Section 10.5.
#[test]
fn of_two_records_with_one_key_the_later_wins_at_the_place_of_the_first() {
    let record = |id: &str, trial: u64, response: &str| ResponseRecord {
        id: id.into(),
        trial,
        response: Some(response.into()),
        runtime: None,
        usage: None,
        error: None,
    };
    let kept = last_of_each_key([
        record("A1", 0, "first"),
        record("A2", 0, "other"),
        record("A1", 1, "other trial"),
        record("A1", 0, "later"),
    ]);
    assert_eq!(
        kept,
        [
            record("A1", 0, "later"),
            record("A2", 0, "other"),
            record("A1", 1, "other trial")
        ]
    );
}
