//! Grids of numbers: a heat map of rows by arms, and the matrix of what members
//! get wrong together.

use super::data::Caption;
use super::format::{Format, known};
use super::parts::{self, WIDE, WIDTH};
use super::svg::{Side, Svg};
use super::text::{self, CELL, LABEL, NOTE, TICK};

const ROW: f64 = 26.0;
/// The widest that names of columns get, along their slant.
const HEAD_ROOM: f64 = 190.0;

/// Rows by columns, with a number in each cell.
#[derive(Clone, Debug)]
pub struct Heat {
    /// What stands above it.
    pub caption: Caption,
    /// The measure in the cells, with the direction that one wants.
    pub measure: String,
    /// How its numbers are written.
    pub format: Format,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<HeatRow>,
}

/// A row of a heat map.
#[derive(Clone, Debug)]
pub struct HeatRow {
    /// Its name.
    pub label: String,
    /// How many cases stand behind it.
    pub n: Option<usize>,
    /// One number per column.
    pub values: Vec<Option<f64>>,
}

/// What members get wrong together.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// What stands above it.
    pub caption: Caption,
    /// The measure: phi, or kappa. −1 to 1.
    pub measure: String,
    /// Names of the members.
    pub labels: Vec<String>,
    /// A row per member, a number per member; the diagonal is not read.
    pub values: Vec<Vec<Option<f64>>>,
}

/// What both grids are drawn from.
struct Grid<'a> {
    caption: &'a Caption,
    columns: &'a [String],
    rows: Vec<(String, String, Vec<Cell>)>,
    format: Format,
}

/// A cell: a number and its colour, nothing, or oneself.
#[derive(Clone, Copy)]
enum Cell {
    Value(f64, usize),
    Missing,
    Own,
}

/// Steps of a colour scale.
const STEPS: usize = 9;

/// The step of a share from 0 to 1.
fn step(share: f64) -> usize {
    let share = if share.is_finite() { share } else { 0.5 };
    ((share.clamp(0.0, 1.0) * STEPS as f64) as usize).min(STEPS - 1)
}

/// Draws a heat map. Darker is more (in the dark theme: brighter).
pub fn heat(data: &Heat) -> String {
    let known_values: Vec<f64> = data
        .rows
        .iter()
        .flat_map(|row| row.values.iter().take(data.columns.len()))
        .filter_map(|v| known(*v))
        .collect();
    let Some(first) = known_values.first().copied() else {
        return parts::nothing(&data.caption, "No cell has a number: nothing was scored.");
    };
    let (lo, hi) = known_values
        .iter()
        .fold((first, first), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    let rows = data
        .rows
        .iter()
        .map(|row| {
            let cells = (0..data.columns.len())
                .map(|c| match known(row.values.get(c).copied().flatten()) {
                    Some(v) if hi > lo => Cell::Value(v, step((v - lo) / (hi - lo))),
                    Some(v) => Cell::Value(v, STEPS / 2),
                    None => Cell::Missing,
                })
                .collect();
            let n = row.n.map(|n| format!("n = {n}")).unwrap_or_default();
            (row.label.clone(), n, cells)
        })
        .collect();
    let grid = Grid {
        caption: &data.caption,
        columns: &data.columns,
        rows,
        format: data.format,
    };
    let ends = (data.format.show(lo), data.format.show(hi));
    draw(&grid, 'q', &data.measure, ends)
}

/// Draws a matrix of members by members. Blue is less than chance, orange more.
pub fn matrix(data: &Matrix) -> String {
    let size = data.labels.len();
    if size < 2 {
        let why = "There are fewer than two members to compare.";
        return parts::nothing(&data.caption, why);
    }
    let value = |r: usize, c: usize| known(data.values.get(r)?.get(c).copied()?);
    let rows: Vec<(String, String, Vec<Cell>)> = data
        .labels
        .iter()
        .enumerate()
        .map(|(r, label)| {
            let cells = (0..size)
                .map(|c| match value(r, c) {
                    _ if r == c => Cell::Own,
                    Some(v) => Cell::Value(v, step((v + 1.0) / 2.0)),
                    None => Cell::Missing,
                })
                .collect();
            (label.clone(), String::new(), cells)
        })
        .collect();
    let any = rows
        .iter()
        .any(|(_, _, cells)| cells.iter().any(|c| matches!(c, Cell::Value(..))));
    if !any {
        let why = "No pair of members has a number: too few errors, or nothing was scored.";
        return parts::nothing(&data.caption, why);
    }
    let grid = Grid {
        caption: &data.caption,
        columns: &data.labels,
        rows,
        format: Format::Number(2),
    };
    let ends = (
        "−1 never together".to_owned(),
        "1 always together".to_owned(),
    );
    draw(&grid, 'd', &data.measure, ends)
}

/// The number of a cell; shares lose their leading zero, which all have.
fn cell_text(format: Format, value: f64) -> String {
    let shown = format.bare(value);
    match format {
        Format::Number(2) if value.abs() < 0.995 => shown.replacen("0.", ".", 1),
        _ => shown,
    }
}

fn draw(grid: &Grid<'_>, ramp: char, measure: &str, ends: (String, String)) -> String {
    let widest_cell = grid
        .rows
        .iter()
        .flat_map(|(_, _, cells)| cells)
        .map(|cell| match cell {
            Cell::Value(v, _) => text::width(&cell_text(grid.format, *v), CELL),
            Cell::Missing | Cell::Own => 8.0,
        })
        .fold(20.0, f64::max);
    let labels = grid
        .rows
        .iter()
        .map(|(label, ..)| text::width(label, LABEL))
        .fold(40.0, f64::max)
        .min(parts::LABEL_ROOM);
    let counts = grid
        .rows
        .iter()
        .map(|(_, n, _)| text::width(n, TICK))
        .fold(0.0, f64::max);
    let left = labels + if counts > 0.0 { counts + 20.0 } else { 10.0 };
    let columns = grid.columns.len().max(1) as f64;
    let cell =
        ((WIDE - 60.0 - left) / columns).clamp(widest_cell + 8.0, 62.0_f64.max(widest_cell + 8.0));
    let heads = grid
        .columns
        .iter()
        .map(|name| text::width(name, LABEL))
        .fold(30.0, f64::max)
        .min(HEAD_ROOM);
    // Slanted names reach beyond the last column.
    let slant = std::f64::consts::FRAC_1_SQRT_2;
    let width = (left + cell * columns + heads * slant).max(WIDTH);

    let mut svg = Svg::default();
    let top = parts::head(&mut svg, grid.caption, width) + heads * slant + 12.0;
    let mut x = left;
    for name in grid.columns {
        svg.text_slanted((x + cell / 2.0 + 1.0, top - 7.0), LABEL, heads, name);
        x += cell;
    }
    let mut y = top;
    for (label, n, cells) in &grid.rows {
        let base = y + ROW / 2.0 + 4.0;
        svg.text_fit((0.0, base), Side::Start, LABEL, labels, label);
        if !n.is_empty() {
            svg.text((left - 8.0, base), Side::End, TICK, n);
        }
        let mut x = left;
        for (value, name) in cells.iter().zip(grid.columns) {
            draw_cell(&mut svg, grid, ramp, *value, (x, y), cell, (label, name));
            x += cell;
        }
        y += ROW;
    }
    legend(&mut svg, ramp, measure, ends, (left, y + 12.0));
    let sentences: Vec<String> = grid.rows.iter().map(|row| sentence(grid, row)).collect();
    let alternative = parts::told(&format!("{measure}."), &sentences);
    svg.finish(grid.caption, &alternative, (width, y + 46.0))
}

fn draw_cell(
    svg: &mut Svg,
    grid: &Grid<'_>,
    ramp: char,
    cell: Cell,
    at: (f64, f64),
    width: f64,
    (row, column): (&str, &str),
) {
    let size = (width - 2.0, ROW - 2.0);
    let middle = (at.0 + width / 2.0 - 1.0, at.1 + ROW / 2.0 + 3.0);
    match cell {
        Cell::Value(value, step) => {
            let shown = grid.format.show(value);
            svg.open(&format!("{row}, {column}: {shown}"));
            svg.rect(at, size, &format!("{ramp}{step}"));
            let words = cell_text(grid.format, value);
            svg.text_as(
                middle,
                Side::Middle,
                CELL,
                &format!("{ramp}{step}t"),
                &words,
            );
            svg.close();
        }
        Cell::Missing => {
            svg.open(&format!("{row}, {column}: no number"));
            svg.rect(at, size, "c-missing");
            svg.hatch(at, size, 6.0, "c-missing-hatch");
            svg.close();
        }
        Cell::Own => svg.text_as(middle, Side::Middle, CELL, "c-quiet", "·"),
    }
}

/// The colour scale in words and steps.
fn legend(svg: &mut Svg, ramp: char, measure: &str, ends: (String, String), at: (f64, f64)) {
    let (mut x, y) = at;
    let base = y + 13.0;
    svg.text((x, base), Side::Start, NOTE, &ends.0);
    x += text::width(&ends.0, NOTE) + 8.0;
    for step in 0..STEPS {
        svg.rect((x, y + 3.0), (15.0, 12.0), &format!("{ramp}{step}"));
        x += 15.0;
    }
    x += 8.0;
    svg.text((x, base), Side::Start, NOTE, &ends.1);
    x += text::width(&ends.1, NOTE) + 20.0;
    svg.rect((x, y + 3.0), (15.0, 12.0), "c-missing");
    svg.hatch((x, y + 3.0), (15.0, 12.0), 6.0, "c-missing-hatch");
    svg.text((x + 21.0, base), Side::Start, NOTE, "no number");
    svg.text((at.0, base + 17.0), Side::Start, NOTE, measure);
}

/// A row in words.
fn sentence(grid: &Grid<'_>, (label, n, cells): &(String, String, Vec<Cell>)) -> String {
    let numbers: Vec<String> = cells
        .iter()
        .zip(grid.columns)
        .filter_map(|(cell, name)| match cell {
            Cell::Value(v, _) => Some(format!("{name} {}", grid.format.show(*v))),
            Cell::Missing => Some(format!("{name} no number")),
            Cell::Own => None,
        })
        .collect();
    let n = if n.is_empty() {
        String::new()
    } else {
        format!(" ({n})")
    };
    format!("{label}{n}: {}.", numbers.join(", "))
}
