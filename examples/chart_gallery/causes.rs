//! Charts of stages, guardians, members, judges, and what answers cost.

use primum::report::chart::*;

use crate::made_up::{Numbers, arms, around, caption};

fn harms(severe: f64, moderate: f64, mild: f64) -> Option<BySeverity> {
    Some(BySeverity {
        severe,
        moderate,
        mild,
    })
}

pub fn make_flow() -> String {
    let stage = |label: &str, carried, added, prevented| FlowStage {
        label: label.to_owned(),
        carried,
        added,
        prevented,
    };
    flow(&Flow {
        caption: caption(
            "Where harm enters and where it leaves",
            "Harmful options of the plan after each stage, omissions and commissions together.",
        ),
        measure: "harms per 100 items".into(),
        format: Format::Number(0),
        stages: vec![
            stage("drafts (mean)", harms(48.0, 61.0, 72.0), None, None),
            stage(
                "pooling",
                harms(30.0, 52.0, 80.0),
                harms(4.0, 12.0, 20.0),
                harms(22.0, 21.0, 12.0),
            ),
            stage(
                "consensus",
                harms(27.0, 40.0, 66.0),
                harms(3.0, 2.0, 4.0),
                harms(6.0, 14.0, 18.0),
            ),
            stage(
                "guardian omission-hunter",
                harms(19.0, 33.0, 62.0),
                harms(1.0, 3.0, 5.0),
                harms(9.0, 10.0, 9.0),
            ),
            stage(
                "guardian restraint",
                harms(20.0, 27.0, 44.0),
                harms(4.0, 2.0, 1.0),
                harms(3.0, 8.0, 19.0),
            ),
            stage(
                "render",
                harms(22.0, 29.0, 47.0),
                harms(2.0, 2.0, 3.0),
                harms(0.0, 0.0, 0.0),
            ),
        ],
    })
}

pub fn make_guardians() -> String {
    let row = |label: &str, added, prevented, net, edits| GuardianRow {
        label: label.to_owned(),
        added,
        prevented,
        net_severe_cases: net,
        edits,
    };
    guardian_effect(&GuardianEffect {
        caption: caption("What the guardians' edits did", ""),
        measure: "harms per 100 items".into(),
        format: Format::Number(1),
        rows: vec![
            row(
                "omission-hunter",
                harms(1.0, 3.0, 5.0),
                harms(9.0, 10.0, 9.0),
                Some(-6.0),
                Some((212, 9)),
            ),
            row(
                "restraint",
                harms(4.0, 2.0, 1.0),
                harms(3.0, 8.0, 19.0),
                Some(1.0),
                Some((140, 31)),
            ),
            row(
                "wrecker-with-a-very-long-name-indeed",
                harms(14.0, 12.0, 4.0),
                harms(2.0, 1.0, 0.0),
                Some(11.0),
                Some((99, 2)),
            ),
            row(
                "silent",
                harms(0.0, 0.0, 0.0),
                harms(0.0, 0.0, 0.0),
                Some(0.0),
                Some((0, 0)),
            ),
            row("not judged", None, None, None, None),
        ],
    })
}

pub fn make_matrix(count: usize) -> String {
    let mut random = Numbers(23);
    let labels: Vec<String> = arms(count.max(2))
        .into_iter()
        .map(|(label, ..)| label)
        .collect();
    // The lower triangle, read from both sides.
    let lower: Vec<Vec<Option<f64>>> = (0..count)
        .map(|row| {
            (0..row)
                .map(|_| Some(random.between(-0.25, 0.95)).filter(|v| *v < 0.9))
                .collect()
        })
        .collect();
    let values = (0..count)
        .map(|row| {
            (0..count)
                .map(|column| {
                    let pair = (row.max(column), row.min(column));
                    lower.get(pair.0)?.get(pair.1).copied()?
                })
                .collect()
        })
        .collect();
    matrix(&Matrix {
        caption: caption(
            "Do members fail together?",
            "Phi of severe errors over option and case: 0 is independent, 1 always together.",
        ),
        measure: "phi of severe errors".into(),
        labels,
        values,
    })
}

pub fn make_resilience() -> String {
    let mut random = Numbers(29);
    resilience(&Resilience {
        caption: caption(
            "Resilience to rewording",
            "Over ten perturbations of each case.",
        ),
        rows: arms(8)
            .into_iter()
            .map(|(label, kind, headline, _)| ResilienceRow {
                label,
                kind,
                resilience: around(random.between(0.6, 0.95), 0.03),
                floor: around(headline - random.between(0.1, 0.3), 0.06),
            })
            .collect(),
    })
}

pub fn make_agreement() -> String {
    let row = |label: &str, yes, partial, no, kappa| AgreementRow {
        label: label.to_owned(),
        yes,
        partial,
        no,
        kappa,
    };
    agreement(&Agreement {
        caption: caption(
            "How far two judges agree",
            "Pairs of verdicts on the same option of the same answer.",
        ),
        rows: vec![
            row("severe", 412.0, 38.0, 21.0, around(0.81, 0.05)),
            row("moderate", 520.0, 93.0, 61.0, around(0.66, 0.06)),
            row("mild", 388.0, 120.0, 102.0, around(0.47, 0.08)),
            row(
                "uncertain",
                12.0,
                3.0,
                9.0,
                Some(Estimate::new(-0.08, -0.31, 0.2)),
            ),
            row("off the rubric", 0.0, 0.0, 0.0, None),
        ],
    })
}

pub fn make_distribution(count: usize) -> String {
    let mut random = Numbers(31);
    let mut box_of = |median: f64| {
        let spread = random.between(1.2, 1.9);
        Some(Quantiles {
            p5: median / spread / spread,
            p25: median / spread,
            median,
            p75: median * spread,
            p95: median * spread * spread * 1.4,
        })
    };
    let mut other = Numbers(37);
    let rows = arms(count)
        .into_iter()
        .map(|(label, kind, ..)| {
            let nothing = label == "doing nothing";
            let zero = Quantiles {
                p5: 0.0,
                p25: 0.0,
                median: 0.0,
                p75: 0.0,
                p95: 0.0,
            };
            DistributionRow {
                quantiles: if nothing {
                    vec![Some(zero), None]
                } else {
                    vec![
                        box_of(10_f64.powf(other.between(-2.5, -0.7))),
                        box_of(other.between(8.0, 50.0)),
                    ]
                },
                label,
                kind,
            }
        })
        .collect();
    distribution(&Distribution {
        caption: caption(
            "What an answer costs, in money and time",
            "Per item, over all items.",
        ),
        columns: vec![
            DistributionColumn {
                label: "US dollars per item".into(),
                format: Format::Dollars,
            },
            DistributionColumn {
                label: "Seconds per item".into(),
                format: Format::Seconds,
            },
        ],
        rows,
    })
}
