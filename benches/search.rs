//! What a panel search costs: every set of up to five of twelve advisors under
//! every vote rule, on 100 cases of 11 variants, with 20 x 5 folds.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use primum::clinical::Rubric;
use primum::evidence::search::{Ballots, Draft, Posed, Settings, search};
use primum::score::JudgedRecord;
use serde_json::{Value, json};

const MEMBERS: usize = 12;
const CASES: usize = 100;
const VARIANTS: usize = 11;
const OPTIONS: i64 = 38;

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

fn record(seed: usize) -> JudgedRecord {
    let mut state = seed as u64;
    let mut dice = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % 100
    };
    let options: Vec<Value> = (1..=OPTIONS)
        .map(|id| {
            let appropriate = 1 + (id * 5) % 9 >= 7;
            let matched = dice() < if appropriate { 85 } else { 10 };
            json!({"id": id, "matched": matched, "partial": dice() < 10})
        })
        .collect();
    serde_json::from_value(json!({"id": "Card001", "trial": 1, "judge": "j",
        "options": options, "responseActions": []}))
    .expect("a record")
}

fn whole_search(c: &mut Criterion) {
    let rubric = rubric();
    let records: Vec<Vec<JudgedRecord>> = (0..CASES * VARIANTS)
        .map(|item| {
            (0..MEMBERS)
                .map(|m| record(1 + item * MEMBERS + m))
                .collect()
        })
        .collect();
    let names: Vec<String> = (0..MEMBERS).map(|m| format!("m{m:02}")).collect();
    let ids: Vec<String> = (0..CASES).map(|case| format!("Card{case:03}")).collect();
    let posed: Vec<Posed<'_>> = records
        .iter()
        .enumerate()
        .map(|(item, drafts)| Posed {
            case: &ids[item % CASES],
            item: &ids[item % CASES],
            trial: 1 + (item / CASES) as u32,
            rubric: &rubric,
            drafts: (0..)
                .zip(drafts)
                .map(|(m, judged)| {
                    Some(Draft {
                        judged,
                        usd: Some(f64::from(1 + m) * 0.003),
                        seconds: Some(f64::from((m * 7 + item as i32) % 20)),
                    })
                })
                .collect(),
        })
        .collect();
    let ballots = Ballots::new(&names, &posed);
    let settings = Settings {
        max_members: 5,
        max_usd: None,
        max_seconds: None,
        folds: 5,
        repeats: 20,
        seed: 0,
        run: "bench".to_owned(),
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true),
    };
    let mut group = c.benchmark_group("search");
    group.sample_size(10);
    group.bench_function("12 advisors, up to 5, 1,100 items, 20 x 5 folds", |b| {
        b.iter(|| search(black_box(&ballots), &settings).expect("found"));
    });
    group.finish();
}

criterion_group!(benches, whole_search);
criterion_main!(benches);
