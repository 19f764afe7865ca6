//! Forest plot: arms with their estimates and intervals, one column per
//! measure, and the numbers as text beside them.

use super::data::{ArmKind, Better, Caption, Estimate};
use super::format::{Format, known};
use super::parts::{self, WIDE, WIDTH};
use super::scale::{Scale, axis_label};
use super::svg::{Side, Svg};
use super::text::{self, HEAD, NOTE, NUMBER, NUMBER_STRONG, TICK};

const ROW: f64 = 23.0;
const GAP: f64 = 14.0;

/// Arms, and one or two measures of them.
#[derive(Clone, Debug, Default)]
pub struct Forest {
    /// What stands above it.
    pub caption: Caption,
    /// The measures, side by side. Two fit well.
    pub columns: Vec<ForestColumn>,
    /// The arms. They are grouped by kind and otherwise left in their order.
    pub rows: Vec<ForestRow>,
}

/// A measure.
#[derive(Clone, Debug)]
pub struct ForestColumn {
    /// Its name.
    pub label: String,
    /// How its numbers are written.
    pub format: Format,
    /// Which direction one wants.
    pub better: Better,
    /// A line to compare with, and its name.
    pub reference: Option<(f64, String)>,
}

/// An arm.
#[derive(Clone, Debug)]
pub struct ForestRow {
    /// Its name.
    pub label: String,
    /// What it is.
    pub kind: ArmKind,
    /// One estimate per column.
    pub estimates: Vec<Option<Estimate>>,
}

impl ForestRow {
    fn estimate(&self, column: usize) -> Option<Estimate> {
        self.estimates.get(column).copied()??.drawable()
    }
}

/// Draws it.
pub fn forest(data: &Forest) -> String {
    let caption = &data.caption;
    if data.rows.is_empty() || data.columns.is_empty() {
        return parts::nothing(caption, "There are no arms to compare.");
    }
    let any = data
        .rows
        .iter()
        .any(|row| (0..data.columns.len()).any(|c| row.estimate(c).is_some()));
    if !any {
        return parts::nothing(caption, "No arm has an estimate: nothing was scored.");
    }

    let width = if data.columns.len() > 1 { WIDE } else { WIDTH };
    let mut svg = Svg::default();
    let top = parts::head(&mut svg, caption, width) + 20.0;
    let labels = parts::label_room(data.rows.iter().map(|r| (r.label.as_str(), r.kind)));
    let kinds: Vec<ArmKind> = data.rows.iter().map(|r| r.kind).collect();
    let has_reference = data.columns.iter().any(|c| c.reference.is_some());
    let first = top + if has_reference { 12.0 } else { 0.0 };
    let rows = parts::rows(&mut svg, &kinds, first, ROW, width);

    for (index, y) in &rows.places {
        if let Some(row) = data.rows.get(*index) {
            let style = parts::label_style(row.kind);
            svg.text_fit((0.0, y + 4.0), Side::Start, style, labels, &row.label);
        }
    }

    let numbers: Vec<f64> = (0..data.columns.len())
        .map(|c| number_room(data, c))
        .collect();
    let columns = data.columns.len() as f64;
    let plot = ((width - labels - numbers.iter().sum::<f64>()) / columns - 2.0 * GAP).max(90.0);
    let mut x = labels + GAP;
    for (index, column) in data.columns.iter().enumerate() {
        let room = numbers.get(index).copied().unwrap_or(0.0);
        draw_column(
            &mut svg,
            data,
            (index, column),
            &rows,
            Place {
                left: x + 6.0,
                right: x + plot,
                numbers: x + plot + GAP + room,
                top,
            },
        );
        x += plot + room + 2.0 * GAP;
    }
    let sentences: Vec<String> = rows
        .places
        .iter()
        .filter_map(|(index, _)| data.rows.get(*index))
        .map(|row| sentence(data, row))
        .collect();
    let alternative = parts::told("Estimates with intervals.", &sentences);
    svg.finish(
        caption,
        &alternative,
        (width.max(x - GAP), rows.bottom + 40.0),
    )
}

/// Where a column stands.
struct Place {
    left: f64,
    right: f64,
    numbers: f64,
    top: f64,
}

fn draw_column(
    svg: &mut Svg,
    data: &Forest,
    (index, column): (usize, &ForestColumn),
    rows: &parts::Rows,
    place: Place,
) {
    let Place {
        left,
        right,
        numbers,
        top,
    } = place;
    let head_room = numbers - left;
    svg.text_fit(
        (left, top - 8.0),
        Side::Start,
        HEAD,
        head_room,
        &column.label,
    );
    let reference = known(column.reference.as_ref().map(|(value, _)| *value));
    let mut values: Vec<f64> = data
        .rows
        .iter()
        .filter_map(|row| row.estimate(index))
        .flat_map(Estimate::reach)
        .collect();
    values.extend(reference);
    let Some(scale) = Scale::linear(&values, (left, right), column.format, 52.0) else {
        let at = (left, top + 16.0);
        svg.text(at, Side::Start, NOTE, "not measured");
        return;
    };
    scale.draw_x(svg, top, rows.bottom);
    if scale.spans_zero() {
        let zero = scale.at(0.0);
        svg.line((zero, top), (zero, rows.bottom), "c-zero");
    }
    if let (Some(value), Some((_, name))) = (reference, column.reference.as_ref()) {
        let at = scale.at(value);
        svg.line((at, top), (at, rows.bottom), "c-ref");
        let side = if at > (left + right) / 2.0 {
            Side::End
        } else {
            Side::Start
        };
        let shift = if side == Side::End { -4.0 } else { 4.0 };
        let room = (right - left) / 2.0;
        svg.text_fit((at + shift, top + 10.0), side, TICK, room, name);
    }
    let label = axis_label(unit(column.format), column.better, false, false);
    let at = ((left + right) / 2.0, rows.bottom + 33.0);
    svg.text(at, Side::Middle, TICK, &label);

    for (row_index, y) in &rows.places {
        let Some(row) = data.rows.get(*row_index) else {
            continue;
        };
        let Some(estimate) = row.estimate(index) else {
            let at = (numbers, y + 4.0);
            svg.text_as(at, Side::End, NUMBER, "c-quiet", "not measured");
            continue;
        };
        let shown = column.format.estimate(estimate);
        svg.open(&format!("{}: {} {shown}", row.label, column.label));
        parts::whisker(svg, &scale, *y, estimate, row.kind);
        let style = if row.kind == ArmKind::Panel {
            NUMBER_STRONG
        } else {
            NUMBER
        };
        svg.text((numbers, y + 4.0), Side::End, style, &shown);
        svg.close();
    }
}

/// The unit of an axis in words.
fn unit(format: Format) -> &'static str {
    match format {
        Format::Number(_) => "",
        Format::Percent(_) => "percent",
        Format::Per100(_) => "cases per 100",
        Format::Dollars => "US dollars",
        Format::Seconds => "seconds",
    }
}

/// Room for the numbers of a column.
fn number_room(data: &Forest, index: usize) -> f64 {
    let Some(column) = data.columns.get(index) else {
        return 0.0;
    };
    data.rows
        .iter()
        .map(|row| match row.estimate(index) {
            Some(e) => text::width(&column.format.estimate(e), NUMBER_STRONG),
            None => text::width("not measured", NUMBER),
        })
        .fold(0.0, f64::max)
}

/// A row in words.
fn sentence(data: &Forest, row: &ForestRow) -> String {
    let parts: Vec<String> = data
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| match row.estimate(index) {
            Some(e) => format!("{} {}", column.label, column.format.estimate(e)),
            None => format!("{} not measured", column.label),
        })
        .collect();
    format!("{}: {}.", row.label, parts.join("; "))
}
