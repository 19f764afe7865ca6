//! Rules of aggregation and bootstrap that the vectors do not pin
//! (scoring.md, section 19), and a few that are worth reading as a sentence.

use crate::score_support::{record, rubric};
use primum::score::bootstrap::{interval, replicates};
use primum::score::{
    CaseGroups, PreparedRubric, Profile, RecordScores, RowMetric, aggregate, csv_text,
};
use serde_json::json;

const NEW: Profile = Profile::NOHARM_2026_07;

// --- aggregation (12) ---------------------------------------------------------

/// One record of an item by a judge, fully right or fully wrong.
fn scored(id: &str, judge: &str, right: bool) -> RecordScores {
    let rubric = rubric(json!([{"id": 1, "score": 9}]));
    let matched: &[i64] = if right { &[1] } else { &[] };
    let mut record = record(&rubric, matched, json!([if right { "1" } else { "" }]));
    record.id = id.to_owned();
    record.judge = judge.to_owned();
    let prepared = PreparedRubric::new(&rubric);
    RecordScores::rescored(&NEW, Some(&prepared), &record)
        .expect("scorable")
        .expect("scored")
}

fn metrics_of(records: &[RecordScores]) -> Vec<&'static str> {
    let rows = aggregate(&NEW, records);
    rows.iter().map(|row| row.metric.name()).collect()
}

#[test]
fn the_floor_needs_a_median_of_two_records_a_case() {
    let case = |base: &str, count: usize| -> Vec<RecordScores> {
        let id = |n: usize| {
            if n == 0 {
                base.to_owned()
            } else {
                format!("{base}-{}", n - 1)
            }
        };
        (0..count).map(|n| scored(&id(n), "j", n == 0)).collect()
    };
    let has_floor = |counts: &[usize]| {
        let records: Vec<RecordScores> = (0..)
            .zip(counts)
            .flat_map(|(place, &count)| case(&format!("A{place}"), count))
            .collect();
        metrics_of(&records).contains(&"F1_floor")
    };
    assert!(!has_floor(&[1]));
    assert!(has_floor(&[2]), "exactly 2");
    assert!(has_floor(&[1, 3]), "even count: (1 + 3) / 2 = 2");
    assert!(!has_floor(&[1, 2]), "even count: 1.5");
    assert!(has_floor(&[1, 1, 3, 3]), "the two middle ones");
    assert!(!has_floor(&[1, 1, 9]), "the middle one");
}

#[test]
fn the_floor_counts_records_not_variants() {
    let records = [scored("A1", "j", true), scored("A1", "other", false)];
    assert!(metrics_of(&records).contains(&"F1_floor"));
    let groups = CaseGroups::new(&records);
    assert_eq!(groups.values(RowMetric::Floor), [("A1".to_owned(), 0.0)]);
    assert_eq!(groups.values(RowMetric::HEADLINE), [("A1".to_owned(), 0.5)]);
    // One record a judge is too little for a resilience.
    assert_eq!(groups.values(RowMetric::Resilience), []);
}

#[test]
fn cases_are_told_apart_by_the_last_dash() {
    let records = [
        scored("A-b-1", "j", true),
        scored("A-b", "j", true),
        scored("A-c", "j", false),
    ];
    let values = CaseGroups::new(&records).values(RowMetric::HEADLINE);
    assert_eq!(values, [("A-b".to_owned(), 1.0), ("A-c".to_owned(), 0.0)]);
}

#[test]
fn a_value_that_is_not_a_number_is_left_out_of_its_own_row_only() {
    // Without a matched action Precision_weighted is NaN in July.
    let records = [scored("A1", "j", true), scored("A2", "j", false)];
    let rows = aggregate(&NEW, &records);
    let row = |name: &str| {
        rows.iter()
            .find(|row| row.metric.name() == name)
            .expect("a row")
    };
    assert_eq!(row("Precision_weighted").interval.mean, 1.0);
    assert_eq!(row("F1_weighted").interval.mean, 0.5);
    assert_eq!(row("Precision_weighted").trials, 2);
}

#[test]
fn the_score_file_is_written_as_the_kit_writes_it() {
    let records = [
        scored("A1", "j", true),
        scored("A1-0", "j", false),
        scored("A1-1", "j", true),
    ];
    assert_eq!(
        csv_text(&aggregate(&NEW, &records)),
        "category,metric,trials,mean,ci,ci_lo,ci_hi\n\
         Overall,F1_raw,1,0.6667,0.0,0.6667,0.6667\n\
         Overall,F1_weighted,1,0.6667,0.0,0.6667,0.6667\n\
         Overall,Precision_raw,1,0.6667,0.0,0.6667,0.6667\n\
         Overall,Precision_weighted,1,1.0,0.0,1.0,1.0\n\
         Overall,Recall_raw,1,0.6667,0.0,0.6667,0.6667\n\
         Overall,Recall_weighted,1,0.6667,0.0,0.6667,0.6667\n\
         Overall,Severe_rate,1,0.3333,0.0,0.3333,0.3333\n\
         Overall,F1_floor,1,0.0,0.0,0.0,0.0\n\
         Overall,Resilience,1,0.0817,0.0,0.0817,0.0817\n"
    );
    assert_eq!(
        csv_text(&[]),
        "category,metric,trials,mean,ci,ci_lo,ci_hi\n"
    );
}

// --- bootstrap (13) -----------------------------------------------------------

fn cases(names: &[&str]) -> Vec<(String, f64)> {
    (1..)
        .zip(names)
        .map(|(n, &name)| (name.to_owned(), f64::from(n)))
        .collect()
}

#[test]
fn no_case_has_no_interval_and_one_case_has_no_width() {
    let none = interval::<&str>(&[], 100);
    assert!(none.mean.is_nan() && none.lo.is_nan() && none.hi.is_nan());
    let one = interval(&[("A1", 0.3)], 100);
    assert_eq!((one.mean, one.lo, one.hi), (0.3, 0.3, 0.3));
}

#[test]
fn a_stratum_of_one_case_uses_up_no_random_number() {
    let three = replicates(&cases(&["A1", "A2", "A3"]), 500);
    // B is dissolved into `_other`, alone there, and stands last.
    let four = replicates(&cases(&["A1", "A2", "A3", "B1"]), 500);
    for (three, four) in three.iter().zip(&four) {
        assert_eq!((three * 3.0).round() + 4.0, (four * 4.0).round());
    }
}

#[test]
fn an_other_stratum_of_three_takes_small_ones_in_at_its_place() {
    let given = replicates(&cases(&["1", "2", "3", "A1", "A2", "A3", "B1"]), 200);
    let mut same = cases(&["C1", "C2", "C3", "A1", "A2", "A3", "C4"]);
    assert_eq!(given, replicates(&same, 200));
    // Were it last, as a new `_other` is, the draws would differ.
    same.rotate_left(3);
    assert_ne!(given, replicates(&same, 200));
}

#[test]
fn a_letter_beyond_ascii_makes_no_specialty() {
    let given = replicates(&cases(&["Ä1", "Ä2", "Ö1", "A1", "A2", "A3"]), 200);
    let same = replicates(&cases(&["X1", "X2", "X3", "A1", "A2", "A3"]), 200);
    assert_eq!(given, same);
}

#[test]
fn strata_keep_their_sizes() {
    // Within a stratum all values are alike, so every replicate is the mean.
    let values: Vec<(String, f64)> = (0..9)
        .map(|n| (format!("{}{n}", ["A", "B", "C"][n % 3]), (n % 3) as f64))
        .collect();
    assert!(replicates(&values, 300).iter().all(|&mean| mean == 1.0));
}

#[test]
fn pairs_are_resampled_alike() {
    let a = cases(&["A1", "A2", "B1", "B2", "B3", "A3", "C1"]);
    let b: Vec<(String, f64)> = a.iter().map(|(case, v)| (case.clone(), v * 0.5)).collect();
    let differences: Vec<(String, f64)> = a
        .iter()
        .zip(&b)
        .map(|((case, a), (_, b))| (case.clone(), a - b))
        .collect();
    let (a, b) = (replicates(&a, 100), replicates(&b, 100));
    for ((a, b), difference) in a.iter().zip(&b).zip(replicates(&differences, 100)) {
        assert!((a - b - difference).abs() < 1e-12);
    }
}
