//! Charts of the report: whatever the data, a chart is well-formed, says what it
//! shows, and shows no number that is none.

use primum::report::chart::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Checks that a text is well-formed XML of the kind that charts use: tags that
/// open and close in order, attributes in quotes, and nothing else.
fn well_formed(xml: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        entities(text)?;
        let end = tail.find('>').ok_or("a tag without an end")?;
        let tag = &tail[1..end];
        rest = &tail[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
            continue;
        }
        let (tag, own) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let name = tag
            .split_whitespace()
            .next()
            .ok_or("a tag without a name")?;
        let quotes = tag.matches('"').count();
        if quotes % 2 != 0 || tag.contains('<') {
            return Err(format!("attributes of <{tag}>"));
        }
        entities(tag)?;
        if !own {
            open.push(name);
        }
    }
    if !rest.trim().is_empty() || rest.contains('>') {
        return Err(format!("text after the end: {rest:?}"));
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("left open: {open:?}"))
    }
}

fn entities(text: &str) -> Result<(), String> {
    for part in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        if !known.iter().any(|k| part.starts_with(k)) {
            return Err(format!("a bare & before {part:?}"));
        }
    }
    if text.contains('>') {
        return Err("a bare >".to_owned());
    }
    match text.chars().find(|c| c.is_control() && *c != '\n') {
        Some(c) => Err(format!("the control character {c:?}")),
        None => Ok(()),
    }
}

/// All that a reader sees or hears, without tags.
fn words(svg: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in svg.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// All numbers of coordinates.
fn attributes(svg: &str) -> String {
    svg.split('<')
        .filter_map(|part| part.split('>').next())
        .filter(|tag| !tag.starts_with("svg"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn sound(svg: &str, simulated: bool) {
    if let Err(why) = well_formed(svg) {
        panic!("{why}\n{svg}");
    }
    for word in ["NaN", "inf", "-0\"", "-0 ", "-0L"] {
        assert!(!attributes(svg).contains(word), "{word}\n{svg}");
    }
    let words = words(svg);
    for word in words.split(|c: char| c.is_whitespace() || "[],;()".contains(c)) {
        assert!(
            word != "NaN" && word != "inf" && word != "-inf",
            "{word}\n{svg}"
        );
        let digits = word.chars().any(|c| c.is_ascii_digit());
        let zero = digits && !word.chars().any(|c| ('1'..='9').contains(&c));
        assert!(!(zero && word.starts_with('−')), "{word}\n{svg}");
    }
    assert!(svg.starts_with("<svg class=\"chart\""), "{svg}");
    assert!(svg.contains("role=\"img\"") && svg.contains("<title>") && svg.contains("<desc>"));
    assert_eq!(
        svg.contains(">SIMULATED<"),
        simulated,
        "the word must be there if and only if it is true\n{svg}"
    );
}

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
    (label(), label(), any::<bool>()).prop_map(|(title, note, simulated)| Caption {
        title,
        note,
        simulated,
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
        let simulated = caption.simulated;
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
        let simulated = caption.simulated;
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
        let simulated = caption.simulated;
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
        let simulated = caption.simulated;
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
        let simulated = caption.simulated;
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
        let simulated = caption.simulated;
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
        let simulated = caption.simulated;
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

fn small(title: &str) -> Caption {
    Caption {
        title: title.into(),
        note: String::new(),
        simulated: true,
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

/// Luminance of `#rgb` or `#rrggbb` (WCAG 2).
fn luminance(colour: &str) -> f64 {
    let hex = colour.trim_start_matches('#');
    let channel = |at: usize| {
        let digits = match hex.len() {
            3 => hex[at..=at].repeat(2),
            _ => hex[2 * at..2 * at + 2].to_owned(),
        };
        let value = f64::from(u8::from_str_radix(&digits, 16).expect("a colour")) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn text_can_be_read_in_every_theme() {
    let blocks: Vec<&str> = CSS
        .split('}')
        .filter(|block| block.contains("--c-ink:"))
        .collect();
    assert_eq!(blocks.len(), 4, "light, dark twice, print");
    for block in blocks {
        let value = |name: &str| {
            let start = block
                .find(&format!("--c-{name}:"))
                .expect("a colour of that name");
            let rest = &block[start..];
            let colour = &rest[rest.find('#').expect("a colour")..rest.find(';').expect("an end")];
            colour.to_owned()
        };
        for step in 0..9 {
            for ramp in ["q", "d"] {
                let (fill, text) = (format!("{ramp}{step}"), format!("{ramp}{step}t"));
                assert!(contrast(&value(&fill), &value(&text)) >= 4.5, "{fill}");
            }
        }
        let surface = value("surface");
        for name in ["ink", "quiet", "better", "worse", "warn"] {
            assert!(contrast(&value(name), &surface) >= 4.5, "{name}");
        }
        for name in ["yes", "partial", "no"] {
            let text = value(&format!("{name}-t"));
            assert!(contrast(&value(name), &text) >= 4.5, "{name}");
        }
        for name in ["panel", "member", "b0", "g0", "omission", "commission"] {
            let least = if name == "omission" { 2.0 } else { 3.0 };
            assert!(contrast(&value(name), &surface) >= least, "{name}");
        }
    }
}

#[test]
fn every_class_that_is_drawn_is_known_to_the_style_sheet() {
    let sources = [
        include_str!("../src/report/chart/parts.rs"),
        include_str!("../src/report/chart/forest.rs"),
        include_str!("../src/report/chart/scatter.rs"),
        include_str!("../src/report/chart/differences.rs"),
        include_str!("../src/report/chart/flow.rs"),
        include_str!("../src/report/chart/grid.rs"),
        include_str!("../src/report/chart/scale.rs"),
        include_str!("../src/report/chart/text.rs"),
    ];
    for source in sources {
        for quoted in source.split('"').skip(1).step_by(2) {
            for class in quoted.split(' ') {
                let ours = ["c-", "m-", "w-", "k-"]
                    .iter()
                    .any(|p| class.starts_with(p))
                    && class.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                    && !class.ends_with('-');
                assert!(!ours || CSS.contains(&format!(".{class}")), "{class}");
            }
        }
    }
}
