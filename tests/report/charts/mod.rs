//! Charts of the report: whatever the data, a chart is well-formed, says what it
//! shows, and shows no number that is none.

mod checks;
mod properties;
mod style;

use checks::words;
use primum::report::chart::*;

fn small(title: &str) -> Caption {
    Caption {
        title: title.into(),
        note: String::new(),
        simulated: "SIMULATED".to_owned(),
    }
}

#[test]
fn a_small_forest() {
    let row = |label: &str, kind, estimate| ForestRow {
        label: label.into(),
        kind,
        estimates: vec![estimate],
    };
    insta::assert_snapshot!(forest(&Forest {
        caption: small("Arms & their rates"),
        columns: vec![ForestColumn {
            label: "severe harm".into(),
            format: Format::Per100(0),
            better: Better::Lower,
            reference: Some((0.2, "the panel".into())),
        }],
        rows: vec![
            row(
                "panel",
                ArmKind::Panel,
                Some(Estimate::new(0.2, 0.15, 0.27))
            ),
            row(
                "solo:<b>",
                ArmKind::Member,
                Some(Estimate::new(0.31, 0.31, 0.31))
            ),
            row("doing nothing", ArmKind::Baseline, None),
        ],
    }));
}

#[test]
fn a_small_scatter() {
    let point = |label: &str, x, y| ScatterPoint {
        label: label.into(),
        kind: ArmKind::Member,
        x: Some(x),
        y: Some(Estimate::point(y)),
        front: true,
        predicted: false,
    };
    let axis = |label: &str, format| Axis {
        label: label.into(),
        format,
        better: Better::Lower,
    };
    insta::assert_snapshot!(scatter(&Scatter {
        caption: small("Harm against cost"),
        x: axis("US dollars", Format::Dollars),
        y: axis("severe harm", Format::Per100(0)),
        points: vec![
            point("nothing", 0.0, 0.9),
            point("cheap", 0.004, 0.4),
            point("dear", 0.2, 0.1),
        ],
        joins: Vec::new(),
    }));
}

#[test]
fn a_small_matrix() {
    insta::assert_snapshot!(matrix(&Matrix {
        caption: small("Together"),
        measure: "phi".into(),
        labels: vec!["a".into(), "b".into(), "c".into()],
        values: vec![
            vec![None, Some(0.5), None],
            vec![Some(0.5), None, Some(-0.004)],
            vec![None, Some(-0.004), None],
        ],
    }));
}

#[test]
fn a_chart_without_data_says_why() {
    let empty = forest(&Forest::default());
    assert!(words(&empty).contains("There are no arms to compare."));
    let empty = differences(&Differences {
        a: "one".into(),
        b: "two".into(),
        cases: vec![("Card001".into(), None)],
        ..Differences::default()
    });
    assert!(words(&empty).contains("No case was scored for both one and two."));
}

#[test]
fn no_number_is_a_negative_zero() {
    let chart = forest(&Forest {
        caption: small("Differences"),
        columns: vec![ForestColumn {
            label: "difference".into(),
            format: Format::Number(2),
            better: Better::Higher,
            reference: None,
        }],
        rows: vec![ForestRow {
            label: "arm".into(),
            kind: ArmKind::Member,
            estimates: vec![Some(Estimate::new(-0.001, -0.3, 0.2))],
        }],
    });
    assert!(words(&chart).contains("0.00 [−0.30, 0.20]"), "{chart}");
    assert!(!words(&chart).contains("−0.00"));
}

#[test]
fn the_same_data_give_the_same_bytes() {
    let make = || {
        heat(&Heat {
            caption: small("Heat"),
            measure: "rate".into(),
            format: Format::Percent(0),
            columns: vec!["a".into(), "b".into()],
            rows: vec![HeatRow {
                label: "Cardiology".into(),
                n: Some(9),
                values: vec![Some(0.123_456_789), Some(2.0 / 3.0)],
            }],
        })
    };
    assert_eq!(make(), make());
}

#[test]
fn a_file_of_its_own_holds_the_style_sheet() {
    let file = standalone(&forest(&Forest::default()));
    assert!(file.starts_with("<svg") && file.contains("<style>") && file.ends_with("</svg>\n"));
}
