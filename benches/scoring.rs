//! What scoring costs: one record, one interval, and a whole large run (310
//! cases, 11 variants, 10 trials: 34,100 records).

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use primum::clinical::Rubric;
use primum::score::bootstrap::interval;
use primum::score::{
    Healing, JudgedRecord, PreparedRubric, Profile, Record, RecordScores, aggregate, rescore,
    score_record,
};
use serde_json::{Value, json};

const OPTIONS: i64 = 38;
const ACTIONS: i64 = 14;

/// A rubric of usual size, with groups and dependencies.
fn rubric() -> Rubric {
    let options: Vec<Value> = (1..=OPTIONS)
        .map(|id| {
            let grouped = id % 6 < 2;
            json!({
                "id": id, "text": "an action", "score": 1 + (id * 5) % 9,
                "abstraction": grouped.then(|| format!("group {}", id / 6)),
                "abstractionType": grouped.then_some("alternative"),
                "dependsOn": (id % 7 == 0).then(|| vec![id - 1, id - 2]),
            })
        })
        .collect();
    serde_json::from_value(json!({"id": "Card001", "options": options})).expect("a rubric")
}

fn record(id: &str, seed: i64) -> JudgedRecord {
    let options: Vec<Value> = (1..=OPTIONS)
        .map(|id| {
            let dice = (id * 7 + seed * 13) % 10;
            json!({"id": id, "matched": dice < 4, "partial": dice == 0, "evidence": ""})
        })
        .collect();
    let actions: Vec<Value> = (1..=ACTIONS)
        .map(|number| {
            let first = 1 + (number * 11 + seed * 3) % OPTIONS;
            let text = match number % 3 {
                0 => String::new(),
                1 => first.to_string(),
                _ => format!("{first},{}", 1 + first % OPTIONS),
            };
            json!({"number": number, "action": "a", "category": "Medication", "match": text,
                "score": if number % 3 == 0 { 5 } else { 0 }, "rationale": ""})
        })
        .collect();
    let line = json!({"id": id, "trial": 0, "judge": "j", "options": options,
        "responseActions": actions, "response_len": 1500 + seed});
    JudgedRecord::from_line(&line.to_string()).expect("a record")
}

fn case_name(case: usize) -> String {
    let specialties = [
        "Card", "Derm", "Endo", "GI", "Heme", "ID", "Nephro", "Neuro", "Pulm", "All",
    ];
    format!("{}{case:03}", specialties[case % specialties.len()])
}

fn one_record(criterion: &mut Criterion) {
    let (profile, rubric) = (Profile::default(), PreparedRubric::new(&rubric()));
    let record = record("Card001", 1);
    let mut group = criterion.benchmark_group("record");
    group.bench_function("metrics", |b| {
        b.iter(|| score_record(&profile, &rubric, black_box(&record), Healing::AsItStands));
    });
    group.bench_function("healed metrics", |b| {
        b.iter(|| score_record(&profile, &rubric, black_box(&record), Healing::Healed));
    });
    group.bench_function("for aggregation", |b| {
        b.iter(|| RecordScores::rescored(&profile, Some(&rubric), black_box(&record)));
    });
    group.bench_function("rescore whole record", |b| {
        b.iter(|| rescore(&profile, Some(&rubric), black_box(&record)));
    });
    group.finish();
}

fn bootstrap(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bootstrap, 10,000 resamples");
    group.sample_size(20);
    for cases in [30_usize, 310] {
        let values: Vec<(String, f64)> = (0..cases)
            .map(|case| (case_name(case), (case * 37 % 101) as f64 / 101.0))
            .collect();
        group.throughput(Throughput::Elements(cases as u64 * 10_000));
        group.bench_with_input(BenchmarkId::new("cases", cases), &values, |b, values| {
            b.iter(|| interval(black_box(values), 10_000));
        });
    }
    group.finish();
}

fn whole_run(criterion: &mut Criterion) {
    let (profile, rubric) = (Profile::default(), PreparedRubric::new(&rubric()));
    let records: Vec<JudgedRecord> = (0..34_100)
        .map(|n| {
            let (case, variant) = (n / 110, n % 11);
            let base = case_name(case);
            let id = match variant {
                0 => base,
                variant => format!("{base}-{}", variant - 1),
            };
            record(&id, n as i64 % 97)
        })
        .collect();
    let mut group = criterion.benchmark_group("run of 34,100 records");
    group.sample_size(10);
    group.bench_function("score and aggregate", |b| {
        b.iter(|| {
            let scores: Vec<RecordScores> = records
                .iter()
                .filter_map(|record| {
                    RecordScores::rescored(&profile, Some(&rubric), record)
                        .ok()
                        .flatten()
                })
                .collect();
            aggregate(&profile, &scores)
        });
    });
    group.finish();
}

criterion_group!(benches, one_record, bootstrap, whole_run);
criterion_main!(benches);
