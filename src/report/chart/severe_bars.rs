//! Cases with severe harm per 100, split into what was left out and what was
//! done: stacked bars that sum to the whole, whose interval is drawn.

use super::data::{ArmKind, Caption, Estimate};
use super::format::{Format, fixed, known};
use super::parts::{self, WIDE};
use super::scale::Scale;
use super::svg::{Side, Svg};
use super::text::{self, HEAD, NUMBER, NUMBER_STRONG, TICK};

const ROW: f64 = 25.0;
const BAR: f64 = 14.0;
/// The parts of a bar: their names, and their classes.
const PARTS: [(&str, &str); 3] = [
    ("omission only", "k-omission"),
    ("both", "k-both"),
    ("commission only", "k-commission"),
];
/// Room between columns of numbers.
const GAP: f64 = 16.0;
/// Width of a swatch beside a heading.
const SWATCH: f64 = 12.0;

/// Where the numbers end: of the parts, and of the whole.
fn ends() -> ([f64; 3], f64) {
    let mut x = WIDE;
    let mut ends = [0.0; 3];
    for (end, (words, _)) in ends.iter_mut().zip(PARTS).rev() {
        *end = x;
        x -= text::width(words, HEAD) + SWATCH + 5.0 + GAP;
    }
    (ends, x)
}

/// Severe harm by arm.
#[derive(Clone, Debug, Default)]
pub struct SevereBars {
    /// What stands above it.
    pub caption: Caption,
    /// The arms. They are grouped by kind and otherwise left in their order.
    pub rows: Vec<SevereRow>,
}

/// Severe harm of one arm. All numbers are shares of cases, 0 to 1. A case may
/// have both kinds of harm; how many do follows from the three numbers.
#[derive(Clone, Debug)]
pub struct SevereRow {
    /// Its name.
    pub label: String,
    /// What it is.
    pub kind: ArmKind,
    /// Cases with any severe harm.
    pub any: Option<Estimate>,
    /// Cases with a severe omission.
    pub omission: Option<f64>,
    /// Cases with a severe commission.
    pub commission: Option<f64>,
}

impl SevereRow {
    fn total(&self) -> Option<Estimate> {
        self.any?.drawable()
    }

    /// Shares of cases with an omission only, with both, with a commission only.
    fn split(&self) -> Option<[f64; 3]> {
        let any = self.total()?.mean;
        let omission = known(self.omission)?.max(0.0);
        let commission = known(self.commission)?.max(0.0);
        let both = (omission + commission - any)
            .max(0.0)
            .min(omission.min(commission));
        Some([omission - both, both, commission - both])
    }
}

/// Draws it.
pub fn severe_bars(data: &SevereBars) -> String {
    let caption = &data.caption;
    let values: Vec<f64> = data
        .rows
        .iter()
        .filter_map(SevereRow::total)
        .flat_map(Estimate::reach)
        .chain([0.0])
        .collect();
    if values.len() < 2 {
        return parts::nothing(caption, "No arm has a rate of severe harm.");
    }
    let mut svg = Svg::default();
    let top = parts::head(&mut svg, caption, WIDE) + 22.0;
    let labels = parts::label_room(data.rows.iter().map(|r| (r.label.as_str(), r.kind)));
    let kinds: Vec<ArmKind> = data.rows.iter().map(|r| r.kind).collect();
    let rows = parts::rows(&mut svg, &kinds, top, ROW, WIDE);
    let total_room = data
        .rows
        .iter()
        .filter_map(SevereRow::total)
        .map(|e| text::width(&Format::Per100(0).estimate(e), NUMBER_STRONG))
        .fold(text::width("any severe", HEAD), f64::max);
    let left = labels + 14.0;
    let (part_ends, total_end) = ends();
    let right = total_end - total_room - 20.0;
    let Some(scale) = Scale::linear(&values, (left, right), Format::Per100(0), 52.0) else {
        return parts::nothing(caption, "No arm has a rate of severe harm.");
    };
    scale.draw_x(&mut svg, top, rows.bottom);
    let at = ((left + right) / 2.0, rows.bottom + 33.0);
    let words = "cases with severe harm per 100 (← lower is better)";
    svg.text(at, Side::Middle, TICK, words);

    // The headings of the numbers are the key of the bars.
    svg.text((total_end, top - 8.0), Side::End, HEAD, "any severe");
    for ((words, class), end) in PARTS.into_iter().zip(part_ends) {
        svg.text((end, top - 8.0), Side::End, HEAD, words);
        let x = end - text::width(words, HEAD) - SWATCH - 5.0;
        segment(&mut svg, (x, top - 17.0), (SWATCH, 10.0), class);
    }
    for (index, y) in &rows.places {
        if let Some(row) = data.rows.get(*index) {
            let style = parts::label_style(row.kind);
            svg.text_fit((0.0, y + 4.0), Side::Start, style, labels, &row.label);
            draw_row(&mut svg, row, &scale, *y);
        }
    }
    let sentences: Vec<String> = rows
        .places
        .iter()
        .filter_map(|(index, _)| data.rows.get(*index))
        .map(sentence)
        .collect();
    let alternative = parts::told("Cases with severe harm per 100.", &sentences);
    svg.finish(caption, &alternative, (WIDE, rows.bottom + 40.0))
}

/// A part of a bar in the pattern of its class.
fn segment(svg: &mut Svg, at: (f64, f64), size: (f64, f64), class: &str) {
    parts::bar(svg, at, size, class, class == "k-both");
}

fn draw_row(svg: &mut Svg, row: &SevereRow, scale: &Scale, y: f64) {
    let style = if row.kind == ArmKind::Panel {
        NUMBER_STRONG
    } else {
        NUMBER
    };
    let (part_ends, total_end) = ends();
    let Some(total) = row.total() else {
        let at = (total_end, y + 4.0);
        svg.text_as(at, Side::End, NUMBER, "c-quiet", "not measured");
        return;
    };
    svg.open(&sentence(row));
    let top = y - BAR / 2.0;
    let start = scale.at(0.0);
    match row.split() {
        Some(parts) => {
            let mut sum = 0.0;
            for ((part, (_, class)), end) in parts.into_iter().zip(PARTS).zip(part_ends) {
                let (from, to) = (scale.at(sum), scale.at(sum + part));
                segment(svg, (from, top), (to - from, BAR), class);
                sum += part;
                svg.text((end, y + 4.0), Side::End, NUMBER, &fixed(part * 100.0, 0));
            }
        }
        None => {
            let length = scale.at(total.mean) - start;
            svg.rect((start, top), (length, BAR), "k-unknown");
            for end in part_ends {
                svg.text_as((end, y + 4.0), Side::End, NUMBER, "c-quiet", "–");
            }
        }
    }
    if let Some((lo, hi)) = total.interval {
        let (x1, x2) = (scale.at(lo), scale.at(hi));
        for class in ["w-halo", "w-bar"] {
            svg.line((x1, y), (x2, y), class);
            for x in [x1, x2] {
                svg.line((x, y - 3.5), (x, y + 3.5), class);
            }
        }
    }
    let shown = Format::Per100(0).estimate(total);
    svg.text((total_end, y + 4.0), Side::End, style, &shown);
    svg.close();
}

/// A row in words.
fn sentence(row: &SevereRow) -> String {
    let Some(total) = row.total() else {
        return format!("{}: not measured.", row.label);
    };
    let total = Format::Per100(0).estimate(total);
    match row.split() {
        Some([omission, both, commission]) => format!(
            "{}: {total} cases per 100; omission only {}, both {}, commission only {}.",
            row.label,
            fixed(omission * 100.0, 0),
            fixed(both * 100.0, 0),
            fixed(commission * 100.0, 0)
        ),
        None => format!("{}: {total} cases per 100.", row.label),
    }
}
