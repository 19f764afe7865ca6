//! What the inference over a large run costs: 31 arms on 100 cases (1,100 items,
//! as means of their cases), all 465 paired differences in two metrics, with
//! 10,000 resamples and 10,000 sign patterns each.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use primum::clinical::{HarmType, Severity};
use primum::evidence::{
    ArmRows, CaseFacts, Harm, Hypotheses, ItemRow, OutcomeKind, PanelFacts, Plan, Sort, Study,
    StudyArm, findings,
};
use primum::score::Profile;
use primum::stats::best_member::{Direction, best_member};
use primum::stats::interval::{Kind, differences, mean_interval, paired_interval};
use primum::stats::parallel::parallel_map;
use primum::stats::{Resamples, sign_flip};

const ARMS: usize = 31;
const CASES: usize = 100;
const METRICS: [Kind; 2] = [Kind::Score, Kind::Rate];
const RESAMPLES: usize = 10_000;

/// Means of eleven answers: every case another, every arm somewhat another.
fn values(metric: usize, arm: usize) -> Vec<f64> {
    (0..CASES)
        .map(|case| {
            let dice = (case * 7919 + arm * 104_729 + metric * 31) % 97;
            let hits = (case * 37 + dice / 9) % 12;
            hits.min(11) as f64 / 11.0
        })
        .collect()
}

/// Metric, arm, arm.
fn pairs() -> Vec<(usize, usize, usize)> {
    let mut pairs = Vec::new();
    for metric in 0..METRICS.len() {
        for a in 0..ARMS {
            pairs.extend((a + 1..ARMS).map(|b| (metric, a, b)));
        }
    }
    pairs
}

fn all_pairs(criterion: &mut Criterion) {
    let arms: Vec<Vec<Vec<f64>>> = (0..METRICS.len())
        .map(|metric| (0..ARMS).map(|arm| values(metric, arm)).collect())
        .collect();
    let pairs = pairs();
    let each = |place: usize| {
        let (metric, a, b) = pairs[place];
        (METRICS[metric], &arms[metric][a], &arms[metric][b])
    };
    let mut group = criterion.benchmark_group("31 arms, 100 cases, 930 differences");
    group.sample_size(10);
    group.bench_function("intervals", |b| {
        b.iter(|| {
            parallel_map(pairs.len(), |place| {
                let (kind, a, b) = each(place);
                paired_interval(kind, a, b, 0.95)
            })
        });
    });
    group.bench_function("10,000 sign patterns each", |b| {
        b.iter(|| {
            parallel_map(pairs.len(), |place| {
                let (_, a, b) = each(place);
                sign_flip(&differences(a, b)?, 1)
            })
        });
    });
    group.bench_function("10,000 resamples each, percentile", |b| {
        b.iter(|| {
            let resamples = Resamples::new(CASES, RESAMPLES, 1);
            parallel_map(pairs.len(), |place| {
                let (_, a, b) = each(place);
                resamples.percentile(&differences(a, b)?, 0.95)
            })
        });
    });
    group.bench_function("10,000 resamples each, bootstrap-t", |b| {
        b.iter(|| {
            let resamples = Resamples::new(CASES, RESAMPLES, 1);
            parallel_map(pairs.len(), |place| {
                let (_, a, b) = each(place);
                resamples.bootstrap_t(&differences(a, b)?, 0.95)
            })
        });
    });
    group.bench_function("all that a report asks", |b| {
        b.iter(|| {
            let resamples = Resamples::new(CASES, RESAMPLES, 1);
            let tests = parallel_map(pairs.len(), |place| {
                let (kind, a, b) = each(place);
                let d = differences(a, b)?;
                let means = resamples.percentile(&d, 0.95)?;
                Some((
                    mean_interval(kind.difference(), &d, 0.95)?,
                    mean_interval(kind.difference(), &d, 0.90)?,
                    sign_flip(&d, 1)?,
                    means,
                ))
            });
            let best = parallel_map(METRICS.len(), |metric| {
                let (panel, members) = arms[metric].split_first()?;
                let direction = Direction::HigherIsBetter;
                best_member(panel, &members[..12], direction, 0.95, &resamples)
            });
            black_box((tests, best))
        });
    });
    group.finish();
}

/// A run of 31 arms on 100 cases of 11 variants.
fn study() -> Study {
    let cases = (0..CASES).map(|case| CaseFacts {
        id: format!("Card{case:03}"),
        specialty: "Card".to_owned(),
        ..CaseFacts::default()
    });
    let arm = |at: usize| {
        let name = match at {
            0 => "panel:p".to_owned(),
            at => format!("solo:a{at}"),
        };
        let rows = (0..CASES).flat_map(|case| (0..11_usize).map(move |variant| (case, variant)));
        let rows = rows.map(|(case, variant)| {
            let base = format!("Card{case:03}");
            let item = match variant {
                0 => base.clone(),
                variant => format!("{base}-{}", variant - 1),
            };
            let mut row = ItemRow::new(&item, &base, 1);
            row.outcome = Some(OutcomeKind::Complete);
            let dice = (case * 7919 + at * 104_729 + variant * 31) % 97;
            let harm = Harm {
                option: Some(1),
                harm_type: HarmType::Omission,
                severity: Severity::Severe,
            };
            row.harms = Some(if dice < 14 { vec![harm] } else { Vec::new() });
            row.headline_len = Some(dice as f64 / 97.0);
            row
        });
        StudyArm {
            rows: ArmRows {
                name,
                lead: None,
                panel: None,
                rows: rows.collect(),
            },
            sort: if at == 0 { Sort::Panel } else { Sort::Solo },
            panel: "p".to_owned(),
        }
    };
    Study {
        cases: cases.collect(),
        arms: (0..ARMS).map(arm).collect(),
        panels: vec![PanelFacts {
            name: "p".to_owned(),
            arm: "panel:p".to_owned(),
            members: (1..ARMS).map(|at| format!("solo:a{at}")).collect(),
            ..PanelFacts::default()
        }],
        ..Study::default()
    }
}

/// Everything that `primum report` computes, reading and drawing left out.
fn all_findings(criterion: &mut Criterion) {
    let study = study();
    let plan = Plan {
        profile: Profile::default(),
        fixed: Hypotheses::default(),
        resamples: RESAMPLES,
        seed: 1,
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true),
    };
    let mut group = criterion.benchmark_group("31 arms, 1,100 items");
    group.sample_size(10);
    group.bench_function("all findings of a report", |b| {
        b.iter(|| findings(&study, &plan));
    });
    group.finish();
}

criterion_group!(benches, all_pairs, all_findings);
criterion_main!(benches);
