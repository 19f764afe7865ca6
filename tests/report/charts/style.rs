//! The style sheet: text can be read, and no class is forgotten.

use primum::report::chart::CSS;

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
        include_str!("../../../src/report/chart/parts.rs"),
        include_str!("../../../src/report/chart/forest.rs"),
        include_str!("../../../src/report/chart/scatter.rs"),
        include_str!("../../../src/report/chart/differences.rs"),
        include_str!("../../../src/report/chart/flow.rs"),
        include_str!("../../../src/report/chart/grid.rs"),
        include_str!("../../../src/report/chart/scale.rs"),
        include_str!("../../../src/report/chart/text.rs"),
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
