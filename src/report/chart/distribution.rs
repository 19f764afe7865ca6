//! How a quantity spreads over items, by arm: quantile boxes, one column per
//! quantity (cost, latency).

use super::data::{ArmKind, Better, Caption};
use super::format::{Format, finite};
use super::parts::{self, WIDE, WIDTH};
use super::scale::{Scale, axis_label};
use super::svg::{Side, Svg};
use super::text::{self, HEAD, NOTE, NUMBER, NUMBER_STRONG};

const ROW: f64 = 23.0;
const BOX: f64 = 12.0;
/// Room between columns.
const GAP: f64 = 28.0;

/// Arms, and one or two quantities of theirs.
#[derive(Clone, Debug, Default)]
pub struct Distribution {
    /// What stands above it.
    pub caption: Caption,
    /// The quantities, side by side.
    pub columns: Vec<DistributionColumn>,
    /// The arms. They are grouped by kind and otherwise left in their order.
    pub rows: Vec<DistributionRow>,
}

/// A quantity.
#[derive(Clone, Debug)]
pub struct DistributionColumn {
    /// Its name with the unit.
    pub label: String,
    /// How its numbers are written.
    pub format: Format,
}

/// An arm.
#[derive(Clone, Debug)]
pub struct DistributionRow {
    /// Its name.
    pub label: String,
    /// What it is.
    pub kind: ArmKind,
    /// Quantiles, one per column.
    pub quantiles: Vec<Option<Quantiles>>,
}

/// Five quantiles of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantiles {
    /// 5% lie below.
    pub p5: f64,
    /// 25% lie below.
    pub p25: f64,
    /// Half lie below.
    pub median: f64,
    /// 75% lie below.
    pub p75: f64,
    /// 95% lie below.
    pub p95: f64,
}

impl Quantiles {
    /// In rising order, if all can be drawn.
    fn sorted(self) -> Option<[f64; 5]> {
        let mut all = [self.p5, self.p25, self.median, self.p75, self.p95];
        if all.iter().any(|v| finite(*v).is_none()) {
            return None;
        }
        all.sort_by(f64::total_cmp);
        Some(all)
    }
}

impl DistributionRow {
    fn sorted(&self, column: usize) -> Option<[f64; 5]> {
        self.quantiles.get(column).copied()??.sorted()
    }
}

/// Draws it.
pub fn distribution(data: &Distribution) -> String {
    let caption = &data.caption;
    let any = data
        .rows
        .iter()
        .any(|row| (0..data.columns.len()).any(|c| row.sorted(c).is_some()));
    if !any {
        return parts::nothing(caption, "No arm has items whose numbers are known.");
    }
    let width = if data.columns.len() > 1 { WIDE } else { WIDTH };
    let mut svg = Svg::default();
    let top = parts::head(&mut svg, caption, width) + 20.0;
    let labels = parts::label_room(data.rows.iter().map(|r| (r.label.as_str(), r.kind)));
    let kinds: Vec<ArmKind> = data.rows.iter().map(|r| r.kind).collect();
    let rows = parts::rows(&mut svg, &kinds, top, ROW, width);
    for (index, y) in &rows.places {
        if let Some(row) = data.rows.get(*index) {
            let style = parts::label_style(row.kind);
            svg.text_fit((0.0, y + 4.0), Side::Start, style, labels, &row.label);
        }
    }
    let share = (width - labels - 20.0 + GAP) / data.columns.len() as f64;
    for (index, column) in data.columns.iter().enumerate() {
        let left = labels + 20.0 + share * index as f64;
        draw_column(
            &mut svg,
            data,
            (index, column),
            &rows,
            (left, left + share - GAP),
            top,
        );
    }
    let words = "Box: the middle half of the items, with the median; line: 5% to 95%.";
    let at = (labels + 20.0, rows.bottom + 34.0);
    svg.text(at, Side::Start, NOTE, words);
    let sentences: Vec<String> = rows
        .places
        .iter()
        .filter_map(|(index, _)| data.rows.get(*index))
        .map(|row| sentence(data, row))
        .collect();
    let alternative = parts::told("Medians with their 5% and 95% quantiles.", &sentences);
    svg.finish(caption, &alternative, (width, rows.bottom + 40.0))
}

fn draw_column(
    svg: &mut Svg,
    data: &Distribution,
    (index, column): (usize, &DistributionColumn),
    rows: &parts::Rows,
    (left, end): (f64, f64),
    top: f64,
) {
    let values: Vec<f64> = data
        .rows
        .iter()
        .filter_map(|row| row.sorted(index))
        .flatten()
        .collect();
    let number = data
        .rows
        .iter()
        .filter_map(|row| row.sorted(index))
        .map(|[_, _, median, ..]| text::width(&column.format.show(median), NUMBER_STRONG))
        .fold(text::width("median", HEAD), f64::max);
    let right = end - number - 16.0;
    let Some(scale) = Scale::fitted(&values, (left + 8.0, right), column.format, 56.0) else {
        svg.text_fit(
            (left, top - 8.0),
            Side::Start,
            HEAD,
            end - left,
            &column.label,
        );
        svg.text((left, top + 16.0), Side::Start, NOTE, "not measured");
        return;
    };
    let label = axis_label(&column.label, Better::Neither, scale.is_log(), false);
    let room = end - left - text::width("median", HEAD) - 12.0;
    svg.text_fit((left, top - 8.0), Side::Start, HEAD, room, &label);
    svg.text((end, top - 8.0), Side::End, HEAD, "median");
    scale.draw_x(svg, top, rows.bottom);
    for (row_index, y) in &rows.places {
        let Some(row) = data.rows.get(*row_index) else {
            continue;
        };
        let Some([p5, p25, median, p75, p95]) = row.sorted(index) else {
            svg.text_as((end, y + 4.0), Side::End, NUMBER, "c-quiet", "–");
            continue;
        };
        let class = row.kind.class();
        svg.open(&format!(
            "{}: {}",
            row.label,
            in_words(column, [p5, p25, median, p75, p95])
        ));
        svg.line(
            (scale.at(p5), *y),
            (scale.at(p95), *y),
            &format!("w-{class}"),
        );
        for x in [scale.at(p5), scale.at(p95)] {
            svg.line((x, y - 3.5), (x, y + 3.5), &format!("w-{class}"));
        }
        let (x1, x2) = (scale.at(p25), scale.at(p75));
        let at = (x1.min(x2 - 1.0), y - BOX / 2.0);
        svg.rect(at, ((x2 - x1).max(1.0), BOX), &format!("b-{class}"));
        let x = scale.at(median);
        svg.line(
            (x, y - BOX / 2.0 - 1.0),
            (x, y + BOX / 2.0 + 1.0),
            &format!("n-{class}"),
        );
        let style = if row.kind == ArmKind::Panel {
            NUMBER_STRONG
        } else {
            NUMBER
        };
        svg.text(
            (end, y + 4.0),
            Side::End,
            style,
            &column.format.show(median),
        );
        svg.close();
    }
}

/// Quantiles in words.
fn in_words(column: &DistributionColumn, [p5, p25, median, p75, p95]: [f64; 5]) -> String {
    let show = |v| column.format.show(v);
    format!(
        "median {}, middle half {} to {}, 5% to 95% {} to {}",
        show(median),
        show(p25),
        show(p75),
        show(p5),
        show(p95)
    )
}

/// A row in words.
fn sentence(data: &Distribution, row: &DistributionRow) -> String {
    let parts: Vec<String> = data
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| match row.sorted(index) {
            Some(q) => format!("{} {}", column.label, in_words(column, q)),
            None => format!("{} not measured", column.label),
        })
        .collect();
    format!("{}: {}.", row.label, parts.join("; "))
}
