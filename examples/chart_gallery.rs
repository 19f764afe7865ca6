//! Writes one page with every chart of the report, from made-up numbers, to
//! look at them: in light, dark and print, with few and many arms, and with
//! data missing.
//!
//! ```text
//! cargo run --example chart_gallery -- gallery.html [light|dark]
//! ```

use std::fs;

use primum::report::chart::*;

/// Made-up numbers that are the same on every run: a linear congruence.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }

    fn between(&mut self, lo: f64, hi: f64) -> f64 {
        lo + (hi - lo) * self.next()
    }
}

fn caption(title: &str, note: &str) -> Caption {
    Caption {
        title: title.to_owned(),
        note: note.to_owned(),
        simulated: true,
    }
}

const ARMS: [(&str, ArmKind); 11] = [
    ("three-vendors", ArmKind::Panel),
    ("panel-no-guardians:three-vendors", ArmKind::Panel),
    ("solo:orchid-large", ArmKind::Member),
    ("solo:basalt-2", ArmKind::Member),
    ("solo:harbour-mini", ArmKind::Member),
    ("solo:quill-reasoner-preview", ArmKind::Member),
    ("best member (leave one out)", ArmKind::Baseline),
    ("mean member", ArmKind::Baseline),
    ("doing nothing", ArmKind::Baseline),
    ("union of the drafts", ArmKind::Baseline),
    ("oracle merge", ArmKind::Baseline),
];
const HEADLINE: [f64; 11] = [
    0.712, 0.689, 0.652, 0.641, 0.558, 0.634, 0.661, 0.621, 0.0, 0.534, 0.871,
];
const SEVERE: [f64; 11] = [
    0.18, 0.21, 0.27, 0.29, 0.41, 0.30, 0.26, 0.32, 0.87, 0.22, 0.04,
];

fn arms(count: usize) -> Vec<(String, ArmKind, f64, f64)> {
    let mut random = Numbers(7);
    (0..count)
        .map(|i| match (ARMS.get(i), HEADLINE.get(i), SEVERE.get(i)) {
            (Some((name, kind)), Some(h), Some(s)) if count <= 11 => {
                ((*name).to_owned(), *kind, *h, *s)
            }
            _ => {
                let kind = match i % 10 {
                    0 => ArmKind::Panel,
                    7 => ArmKind::Baseline,
                    _ => ArmKind::Member,
                };
                let name = format!("arm-{i}-{}", ["orchid", "basalt", "quill-large"][i % 3]);
                let severe = random.between(0.1, 0.5);
                (
                    name,
                    kind,
                    0.9 - severe + random.between(-0.05, 0.05),
                    severe,
                )
            }
        })
        .collect()
}

fn around(mean: f64, half: f64) -> Option<Estimate> {
    Some(Estimate::new(mean, (mean - half).max(0.0), mean + half))
}

fn make_forest(count: usize) -> String {
    let rows = arms(count)
        .into_iter()
        .map(|(label, kind, headline, severe)| {
            let nothing = label == "doing nothing";
            ForestRow {
                estimates: vec![
                    if label == "mean member" {
                        None
                    } else if nothing {
                        Some(Estimate::new(0.0, 0.0, 0.0))
                    } else {
                        around(headline, 0.048)
                    },
                    around(severe, 0.07),
                ],
                label,
                kind,
            }
        })
        .collect();
    forest(&Forest {
        caption: caption(
            "The panel against its members and against doing nothing",
            "Point estimates over 100 cases with 95% intervals. Made-up numbers.",
        ),
        columns: vec![
            ForestColumn {
                label: "Headline: weighted F1".into(),
                format: Format::Number(3),
                better: Better::Higher,
                reference: Some((0.712, "three-vendors".into())),
            },
            ForestColumn {
                label: "Severe harm: cases per 100".into(),
                format: Format::Per100(0),
                better: Better::Lower,
                reference: None,
            },
        ],
        rows,
    })
}

fn make_severe(count: usize) -> String {
    let rows = arms(count)
        .into_iter()
        .map(|(label, kind, _, severe)| SevereRow {
            any: (label != "union of the drafts")
                .then(|| Estimate::new(severe, severe * 0.7, (severe * 1.3).min(0.95))),
            omission: (label != "mean member").then_some(severe * 0.8),
            commission: Some(severe * 0.3),
            label,
            kind,
        })
        .collect();
    severe_bars(&SevereBars {
        caption: caption(
            "Severe harm: left out, done, or both",
            "Cases with at least one severe harm; the line is the 95% interval of the whole bar.",
        ),
        rows,
    })
}

fn make_scatter(count: usize, latency: bool) -> String {
    let mut random = Numbers(if latency { 3 } else { 5 });
    let mut points: Vec<ScatterPoint> = arms(count)
        .into_iter()
        .map(|(label, kind, _, severe)| ScatterPoint {
            x: Some(match (label.as_str(), latency) {
                ("doing nothing", _) => 0.0,
                (_, false) => 10_f64.powf(random.between(-2.8, -0.6)),
                (_, true) => random.between(9.0, 62.0),
            }),
            y: around(severe, 0.05),
            front: false,
            predicted: false,
            label,
            kind,
        })
        .collect();
    let at = |p: &ScatterPoint| (p.x.unwrap_or(0.0), p.y.map_or(0.0, |y| y.mean));
    let all: Vec<(f64, f64)> = points.iter().map(at).collect();
    for point in &mut points {
        let (x, y) = at(point);
        point.front = !all
            .iter()
            .any(|(a, b)| (*a <= x && *b < y) || (*a < x && *b <= y));
    }
    scatter(&Scatter {
        caption: caption(
            if latency {
                "Harm against latency"
            } else {
                "Harm against cost"
            },
            "Whiskers: 95% intervals. The stepped line is the Pareto front.",
        ),
        x: Axis {
            label: if latency {
                "median seconds per item".into()
            } else {
                "US dollars per item".into()
            },
            format: if latency {
                Format::Seconds
            } else {
                Format::Dollars
            },
            better: Better::Lower,
        },
        y: Axis {
            label: "Cases with severe harm per 100".into(),
            format: Format::Per100(0),
            better: Better::Lower,
        },
        points,
        joins: Vec::new(),
    })
}

fn make_search() -> String {
    let mut random = Numbers(11);
    let mut points = Vec::new();
    let mut joins = Vec::new();
    for i in 0..4 {
        let (x, y) = (0.02 + 0.03 * f64::from(i), 0.30 - 0.045 * f64::from(i));
        for predicted in [true, false] {
            points.push(ScatterPoint {
                label: format!("subset-{i}"),
                kind: ArmKind::Panel,
                x: Some(x * if predicted { 1.0 } else { 1.1 }),
                y: around(
                    y + if predicted {
                        0.0
                    } else {
                        random.between(0.01, 0.06)
                    },
                    0.03,
                ),
                front: predicted,
                predicted,
            });
        }
        joins.push((points.len() - 2, points.len() - 1));
    }
    scatter(&Scatter {
        caption: caption(
            "Panel search: prediction and outcome",
            "Open: predicted from judged drafts, rubric-assisted. Filled: confirmed by a bench run.",
        ),
        x: Axis {
            label: "US dollars per item".into(),
            format: Format::Dollars,
            better: Better::Lower,
        },
        y: Axis {
            label: "Cases with severe harm per 100".into(),
            format: Format::Per100(0),
            better: Better::Lower,
        },
        points,
        joins,
    })
}

fn make_plane() -> String {
    let mut random = Numbers(21);
    let points = arms(11)
        .into_iter()
        .map(|(label, kind, headline, severe)| ScatterPoint {
            label,
            kind,
            x: Some(headline),
            y: around(1.0 - severe * random.between(0.6, 0.8), 0.03),
            front: false,
            predicted: false,
        })
        .collect();
    scatter(&Scatter {
        caption: caption("Safety and restraint", "Towards the upper right is better."),
        x: Axis {
            label: "Restraint".into(),
            format: Format::Number(2),
            better: Better::Higher,
        },
        y: Axis {
            label: "Safety (primum)".into(),
            format: Format::Number(2),
            better: Better::Higher,
        },
        points,
        joins: Vec::new(),
    })
}

fn make_differences(count: usize) -> String {
    let mut random = Numbers(13);
    let cases = (0..count)
        .map(|i| {
            let id = format!("{}{:03}", ["Card", "Endo", "Neph"][i % 3], i + 1);
            let value = match i % 5 {
                0 => 0.0,
                _ => random.between(-0.3, 0.35) * random.next() + 0.03,
            };
            (id, (i != 8).then_some(value))
        })
        .collect();
    differences(&Differences {
        caption: caption(
            "Where the panel gains and where it loses",
            "Each mark is a case (all its variants and trials); the band is the 95% interval of the mean.",
        ),
        a: "three-vendors".into(),
        b: "best member (leave one out)".into(),
        measure: "weighted F1".into(),
        format: Some(Format::Number(2)),
        better: Better::Higher,
        mean: Some(Estimate::new(0.051, 0.012, 0.09)),
        cases,
    })
}

fn make_heat(count: usize) -> String {
    let mut random = Numbers(17);
    let specialties = [
        "Allergy",
        "Cardiology",
        "Dermatology",
        "Endocrinology",
        "Gastroenterology",
        "Hematology",
        "Infectious disease",
        "Nephrology",
        "Neurology",
        "Pulmonology",
    ];
    heat(&Heat {
        caption: caption(
            "Severe harm by specialty",
            "Cases with severe harm per 100.",
        ),
        measure: "cases with severe harm per 100 (lower is better)".into(),
        format: Format::Per100(0),
        columns: arms(count).into_iter().map(|(label, ..)| label).collect(),
        rows: specialties
            .iter()
            .map(|name| HeatRow {
                label: (*name).to_owned(),
                n: Some(4 + (random.next() * 8.0) as usize),
                values: (0..count)
                    .map(|_| {
                        let value = random.next();
                        (value > 0.06).then_some(value * value * 0.9)
                    })
                    .collect(),
            })
            .collect(),
    })
}

fn harms(severe: f64, moderate: f64, mild: f64) -> Option<BySeverity> {
    Some(BySeverity {
        severe,
        moderate,
        mild,
    })
}

fn make_flow() -> String {
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

fn make_guardians() -> String {
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

fn make_matrix(count: usize) -> String {
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

fn make_resilience() -> String {
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

fn make_agreement() -> String {
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

fn make_distribution(count: usize) -> String {
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

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "gallery.html".into());
    let theme = arguments.next().unwrap_or_default();
    let charts = [
        make_forest(11),
        make_severe(11),
        make_scatter(11, false),
        make_scatter(11, true),
        make_search(),
        make_plane(),
        make_differences(100),
        make_heat(11),
        make_flow(),
        make_guardians(),
        make_matrix(6),
        make_resilience(),
        make_agreement(),
        make_distribution(11),
        // Extremes.
        make_forest(31),
        make_severe(31),
        make_scatter(31, false),
        make_scatter(31, true),
        make_differences(1),
        make_differences(12),
        make_differences(1_000),
        make_heat(31),
        make_heat(1),
        make_matrix(12),
        make_matrix(2),
        make_distribution(31),
        make_forest(1),
        make_scatter(1, false),
        forest(&Forest {
            caption: caption("A chart without data", "It says why."),
            ..Forest::default()
        }),
    ];
    let theme = match theme.as_str() {
        "light" | "dark" => format!(" data-theme=\"{theme}\""),
        _ => String::new(),
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"{theme}>\n<head><meta charset=\"utf-8\">\
         <title>SIMULATED: charts</title>\n<style>{CSS}\n\
         body {{ background: var(--c-surface); color: var(--c-ink); margin: 24px; \
         font: 16px/1.5 system-ui, sans-serif; }}\nfigure {{ margin: 0 0 44px; }}\n\
         </style></head>\n<body>\n<h1>SIMULATED: charts from made-up numbers</h1>\n"
    );
    for chart in charts {
        page.push_str(&format!("<figure>{chart}</figure>\n"));
    }
    page.push_str("</body></html>\n");
    fs::write(path, page)
}
