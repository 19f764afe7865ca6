//! Charts that compare arms.

use primum::report::chart::*;

use crate::made_up::{Numbers, arms, around, caption};

pub fn make_forest(count: usize) -> String {
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

pub fn make_severe(count: usize) -> String {
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

pub fn make_scatter(count: usize, latency: bool) -> String {
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

pub fn make_search() -> String {
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

pub fn make_plane() -> String {
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

pub fn make_differences(count: usize) -> String {
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

pub fn make_heat(count: usize) -> String {
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
