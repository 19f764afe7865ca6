//! The benchmark's own worked example: real answers of one model to the eleven
//! variants of one case, re-scored under the profile that the file was made
//! with. Nothing of it is in this repository; `PRIMUM_NOHARM` says where it is.

use std::path::PathBuf;

use primum::clinical::Rubric;
use primum::score::{
    JsonStyle, JudgedRecord, PreparedRubric, Profile, Record, RecordScores, ResponseRecord,
    aggregate, csv_text, rescore,
};

/// The file's text, or `None` where the real data are not at hand. Where they
/// are said to be, a file that cannot be read is a failure.
fn read(path: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("PRIMUM_NOHARM") else {
        eprintln!("SKIPPED: PRIMUM_NOHARM is not set");
        return None;
    };
    let path = PathBuf::from(folder).join(path);
    let text = std::fs::read_to_string(&path);
    Some(text.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

fn judged() -> Option<Vec<(String, JudgedRecord)>> {
    let text = read("examples/gpt-5.5_judged.jsonl")?;
    let lines = text.lines().map(|line| {
        let record = JudgedRecord::from_line(line).expect("a judged record");
        (line.to_owned(), record)
    });
    Some(lines.collect())
}

fn rubric() -> Option<PreparedRubric> {
    let text = read("dataset/rubrics/All001.json")?;
    let rubric: Rubric = serde_json::from_str(&text).expect("a rubric");
    Some(PreparedRubric::new(&rubric))
}

#[test]
fn the_score_file_comes_out_byte_for_byte() {
    let (Some(records), Some(rubric), Some(expected)) =
        (judged(), rubric(), read("examples/gpt-5.5.csv"))
    else {
        return;
    };
    let profile = Profile::NOHARM_2026_06;
    let scores: Vec<RecordScores> = records
        .iter()
        .filter_map(|(_, record)| {
            RecordScores::rescored(&profile, Some(&rubric), record).expect("scorable")
        })
        .collect();
    assert_eq!(scores.len(), 11);
    assert_eq!(csv_text(&aggregate(&profile, &scores)), expected);
}

#[test]
fn judged_records_are_written_back_byte_for_byte() {
    let (Some(records), Some(rubric)) = (judged(), rubric()) else {
        return;
    };
    for (line, record) in records {
        let written = record.to_line(JsonStyle::Kit).expect("writable");
        assert!(written == line, "{} differs when written", record.id);
        let again = rescore(&Profile::NOHARM_2026_06, Some(&rubric), &record).expect("scorable");
        let written = again.to_line(JsonStyle::Kit).expect("writable");
        assert!(written == line, "{} differs when re-scored", record.id);
    }
}

#[test]
fn lengths_of_the_answers_are_those_that_were_judged() {
    let (Some(records), Some(responses)) = (judged(), read("examples/gpt-5.5.jsonl")) else {
        return;
    };
    let responses: Vec<ResponseRecord> = responses
        .lines()
        .map(|line| ResponseRecord::from_line(line).expect("a response"))
        .collect();
    assert_eq!(responses.len(), records.len());
    for (response, (_, record)) in responses.iter().zip(&records) {
        assert_eq!(response.id, record.id);
        assert_eq!(response.answer_len(), record.response_len, "{}", record.id);
    }
}

#[test]
fn responses_are_written_back_byte_for_byte() {
    let Some(responses) = read("examples/gpt-5.5.jsonl") else {
        return;
    };
    for line in responses.lines() {
        let record = ResponseRecord::from_line(line).expect("a response");
        let written = record.to_line(JsonStyle::Kit).expect("writable");
        assert!(written == line, "{} differs when written", record.id);
    }
}
