//! Whatever the data, a chart is sound.

use primum::report::chart::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::checks::sound;

/// Numbers, the ugly ones among them.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -1.5..1.5_f64,
        4 => 0.0..1.0_f64,
        1 => -1e6..1e6_f64,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![
            0.0, -0.0, 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, 1e12, -1e12,
            1e-9, -1e-9,
        ]),
    ]
}

/// Names, hostile ones among them. No letters, so that words of ours are ours.
fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[0-9:. -]{0,40}",
        1 => Just("<script>&\"'</svg>\u{0}\n\u{202e}]]>".to_owned()),
        1 => "[<>&\"'0-9漢é🙂 ]{0,30}",
    ]
}

fn estimate() -> impl Strategy<Value = Option<Estimate>> {
    option::weighted(
        0.85,
        (number(), option::weighted(0.8, (number(), number())))
            .prop_map(|(mean, interval)| Estimate { mean, interval }),
    )
}

fn kind() -> impl Strategy<Value = ArmKind> {
    prop::sample::select(vec![ArmKind::Panel, ArmKind::Member, ArmKind::Baseline])
}

fn better() -> impl Strategy<Value = Better> {
    prop::sample::select(vec![Better::Higher, Better::Lower, Better::Neither])
}

fn format() -> impl Strategy<Value = Format> {
    prop::sample::select(vec![
        Format::Number(2),
        Format::Percent(0),
        Format::Per100(1),
        Format::Dollars,
        Format::Seconds,
    ])
}

fn caption() -> impl Strategy<Value = Caption> {
    (
        label(),
        label(),
        prop::sample::select(vec!["", "SIMULATED", "SIMULATED some advisors, judge"]),
    )
        .prop_map(|(title, note, simulated)| Caption {
            title,
            note,
            simulated: simulated.to_owned(),
        })
}

fn severities() -> impl Strategy<Value = Option<BySeverity>> {
    option::weighted(
        0.85,
        (number(), number(), number()).prop_map(|(severe, moderate, mild)| BySeverity {
            severe,
            moderate,
            mild,
        }),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_forest_of_any_data_is_sound(
        caption in caption(),
        columns in vec((label(), format(), better(), option::of((number(), label()))), 0..3),
        rows in vec((label(), kind(), vec(estimate(), 0..4)), 0..31),
    ) {
        let simulated = !caption.simulated.is_empty();
        let columns = columns
            .into_iter()
            .map(|(label, format, better, reference)| ForestColumn { label, format, better, reference })
            .collect();
        let rows = rows
            .into_iter()
            .map(|(label, kind, estimates)| ForestRow { label, kind, estimates })
            .collect();
        sound(&forest(&Forest { caption, columns, rows }), simulated);
    }

    #[test]
    fn bars_of_any_data_are_sound(
        caption in caption(),
        rows in vec((label(), kind(), estimate(), option::of(number()), option::of(number())), 0..31),
    ) {
        let simulated = !caption.simulated.is_empty();
        let rows = rows
            .into_iter()
            .map(|(label, kind, any, omission, commission)| SevereRow { label, kind, any, omission, commission })
            .collect();
        sound(&severe_bars(&SevereBars { caption, rows }), simulated);
    }

    #[test]
    fn a_scatter_of_any_data_is_sound(
        caption in caption(),
        axes in ((label(), format(), better()), (label(), format(), better())),
        points in vec((label(), kind(), option::weighted(0.9, number()), estimate(), any::<bool>(), any::<bool>()), 0..31),
        joins in vec((0..40_usize, 0..40_usize), 0..4),
    ) {
        let simulated = !caption.simulated.is_empty();
        let axis = |(label, format, better)| Axis { label, format, better };
        let points = points
            .into_iter()
            .map(|(label, kind, x, y, front, predicted)| ScatterPoint { label, kind, x, y, front, predicted })
            .collect();
        let data = Scatter { caption, x: axis(axes.0), y: axis(axes.1), points, joins };
        sound(&scatter(&data), simulated);
    }

    #[test]
    fn differences_of_any_data_are_sound(
        caption in caption(),
        names in (label(), label(), label()),
        how in (option::of(format()), better()),
        mean in estimate(),
        cases in vec((label(), option::weighted(0.9, number())), 0..120),
    ) {
        let simulated = !caption.simulated.is_empty();
        let (a, b, measure) = names;
        let (format, better) = how;
        sound(&differences(&Differences { caption, a, b, measure, format, better, mean, cases }), simulated);
    }

    #[test]
    fn grids_of_any_data_are_sound(
        caption in caption(),
        measure in label(),
        format in format(),
        columns in vec(label(), 0..31),
        rows in vec((label(), option::of(0..2000_usize), vec(option::weighted(0.9, number()), 0..33)), 0..12),
    ) {
        let simulated = !caption.simulated.is_empty();
        let values = rows.iter().map(|(.., values)| values.clone()).collect();
        let labels = rows.iter().map(|(label, ..)| label.clone()).collect();
        let rows = rows
            .into_iter()
            .map(|(label, n, values)| HeatRow { label, n, values })
            .collect();
        let square = Matrix { caption: caption.clone(), measure: measure.clone(), labels, values };
        sound(&matrix(&square), simulated);
        sound(&heat(&Heat { caption, measure, format, columns, rows }), simulated);
    }

    #[test]
    fn stages_and_guardians_of_any_data_are_sound(
        caption in caption(),
        measure in label(),
        format in format(),
        stages in vec((label(), severities(), severities(), severities(), option::of(number())), 0..12),
    ) {
        let simulated = !caption.simulated.is_empty();
        let rows = stages
            .iter()
            .map(|(label, _, added, prevented, net)| GuardianRow {
                label: label.clone(),
                added: *added,
                prevented: *prevented,
                net_severe_cases: *net,
                edits: net.map(|_| (usize::MAX, 3)),
            })
            .collect();
        let stages = stages
            .into_iter()
            .map(|(label, carried, added, prevented, _)| FlowStage { label, carried, added, prevented })
            .collect();
        let effect = GuardianEffect { caption: caption.clone(), measure: measure.clone(), format, rows };
        sound(&guardian_effect(&effect), simulated);
        sound(&flow(&Flow { caption, measure, format, stages }), simulated);
    }

    #[test]
    fn other_charts_of_any_data_are_sound(
        caption in caption(),
        format in format(),
        rows in vec((label(), kind(), (number(), number(), number(), number(), number()), estimate(), estimate()), 0..31),
    ) {
        let simulated = !caption.simulated.is_empty();
        let judges = rows
            .iter()
            .map(|(label, _, (yes, partial, no, ..), kappa, _)| AgreementRow {
                label: label.clone(),
                yes: *yes,
                partial: *partial,
                no: *no,
                kappa: *kappa,
            })
            .collect();
        sound(&agreement(&Agreement { caption: caption.clone(), rows: judges }), simulated);
        let spread = rows
            .iter()
            .map(|(label, kind, (p5, p25, median, p75, p95), a, _)| DistributionRow {
                label: label.clone(),
                kind: *kind,
                quantiles: vec![
                    Some(Quantiles { p5: *p5, p25: *p25, median: *median, p75: *p75, p95: *p95 }),
                    a.map(|e| Quantiles { p5: e.mean, p25: e.mean, median: e.mean, p75: e.mean, p95: e.mean }),
                ],
            })
            .collect();
        let column = |label: &str| DistributionColumn { label: label.into(), format };
        let columns = vec![column("1"), column("2")];
        sound(&distribution(&Distribution { caption: caption.clone(), columns, rows: spread }), simulated);
        let rows = rows
            .into_iter()
            .map(|(label, kind, _, resilience, floor)| ResilienceRow { label, kind, resilience, floor })
            .collect();
        sound(&resilience(&Resilience { caption, rows }), simulated);
    }

    #[test]
    fn ticks_are_few_round_and_enclose(lo in -1e9..1e9_f64, width in 0.0..1e9_f64, wanted in 1..10_usize) {
        let hi = lo + width;
        let found = ticks::linear(lo, hi, wanted);
        prop_assert!(found.values.len() >= 2 && found.values.len() <= 2 * wanted + 4, "{found:?}");
        prop_assert!(found.values.windows(2).all(|w| w[0] < w[1]));
        let slack = 1e-6 * (hi.abs() + lo.abs() + 1.0);
        prop_assert!(found.values[0] <= lo + slack && found.values[found.values.len() - 1] >= hi - slack);
    }
}
