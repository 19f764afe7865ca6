//! Two measures of every arm against each other: harm against cost, harm
//! against latency, the Safety-Restraint plane, a Pareto front, predictions
//! with what came of them.

use super::data::{ArmKind, Better, Caption, Estimate};
use super::format::{Format, known};
use super::labels::{self, Area, Line, Place, Wish};
use super::parts::{self, WIDTH};
use super::scale::{Scale, axis_label};
use super::svg::{Side, Svg};
use super::text::{self, HEAD, NOTE, POINT, POINT_STRONG, Style, TICK};

const PLOT: f64 = 380.0;
/// The widest that a label in the plot gets.
const NAME: f64 = 200.0;

/// Arms in a plane.
#[derive(Clone, Debug, Default)]
pub struct Scatter {
    /// What stands above it.
    pub caption: Caption,
    /// To the right.
    pub x: Axis,
    /// Upwards.
    pub y: Axis,
    /// The arms.
    pub points: Vec<ScatterPoint>,
    /// Pairs of points by index, from a prediction to what came of it.
    pub joins: Vec<(usize, usize)>,
}

/// A measure along an axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its name, with the unit.
    pub label: String,
    /// How its numbers are written.
    pub format: Format,
    /// Which direction one wants.
    pub better: Better,
}

impl Default for Axis {
    fn default() -> Self {
        Self {
            label: String::new(),
            format: Format::Number(2),
            better: Better::Neither,
        }
    }
}

/// An arm in the plane.
#[derive(Clone, Debug)]
pub struct ScatterPoint {
    /// Its name.
    pub label: String,
    /// What it is.
    pub kind: ArmKind,
    /// Along the x axis. An axis whose numbers span more than ten times is
    /// logarithmic, with a place of its own for zero.
    pub x: Option<f64>,
    /// Along the y axis.
    pub y: Option<Estimate>,
    /// Whether it lies on the Pareto front: a stepped line joins those.
    pub front: bool,
    /// Whether it is only predicted: drawn open, and labelled by what it is
    /// joined with.
    pub predicted: bool,
}

/// A point that can be drawn.
struct Spot<'a> {
    index: usize,
    point: &'a ScatterPoint,
    value: f64,
    estimate: Estimate,
    at: (f64, f64),
}

/// Draws it.
pub fn scatter(data: &Scatter) -> String {
    let caption = &data.caption;
    let drawn: Vec<(usize, &ScatterPoint, f64, Estimate)> = data
        .points
        .iter()
        .enumerate()
        .filter_map(|(i, p)| Some((i, p, known(p.x)?, p.y?.drawable()?)))
        .collect();
    if drawn.is_empty() {
        let why = format!(
            "No arm has both numbers: {} and {}.",
            data.x.label, data.y.label
        );
        return parts::nothing(caption, &why);
    }
    let mut svg = Svg::default();
    let top = parts::head(&mut svg, caption, WIDTH) + 22.0;
    let bottom = top + PLOT;
    let heights: Vec<f64> = drawn.iter().flat_map(|(.., e)| e.reach()).collect();
    let widths: Vec<f64> = drawn.iter().map(|(_, _, x, _)| *x).collect();
    let Some(y_scale) = Scale::linear(&heights, (bottom - 8.0, top + 8.0), data.y.format, 38.0)
    else {
        return parts::nothing(caption, "There is nothing to draw.");
    };
    let left = y_scale.widest() + 14.0;
    let (from, to) = (left + 14.0, WIDTH - 20.0);
    let Some(x_scale) = Scale::fitted(&widths, (from, to), data.x.format, 64.0) else {
        return parts::nothing(caption, "There is nothing to draw.");
    };
    let y_label = axis_label(&data.y.label, data.y.better, false, true);
    svg.text_fit((0.0, top - 9.0), Side::Start, HEAD, WIDTH, &y_label);
    y_scale.draw_y(&mut svg, left, WIDTH);
    x_scale.draw_x(&mut svg, top, bottom);
    let x_label = axis_label(&data.x.label, data.x.better, x_scale.is_log(), false);
    let at = ((left + WIDTH) / 2.0, bottom + 35.0);
    svg.text(at, Side::Middle, TICK, &x_label);

    let spots: Vec<Spot<'_>> = drawn
        .into_iter()
        .map(|(index, point, value, estimate)| Spot {
            index,
            point,
            value,
            estimate,
            at: (x_scale.at(value), y_scale.at(estimate.mean)),
        })
        .collect();
    let steps = front(data, &spots, WIDTH);
    svg.polyline(&steps, false, "c-front");
    joins(&mut svg, data, &spots);
    for spot in &spots {
        draw_point(&mut svg, data, spot, &y_scale);
    }
    let bounds = Area {
        left: left + 2.0,
        top: top - 2.0,
        right: WIDTH,
        bottom: bottom - 2.0,
    };
    let unlabelled = draw_labels(&mut svg, data, &spots, (&y_scale, &steps), bounds);
    let mut y = bottom + 44.0;
    let missing = data.points.len() - spots.len();
    for words in notes(&unlabelled, missing) {
        for line in text::wrap(&words, NOTE, WIDTH, 3) {
            y += 16.0;
            svg.text((0.0, y), Side::Start, NOTE, &line);
        }
    }
    let sentences: Vec<String> = spots.iter().map(|s| sentence(data, s)).collect();
    let intro = format!("{} against {}.", data.y.label, data.x.label);
    svg.finish(caption, &parts::told(&intro, &sentences), (WIDTH, y + 4.0))
}

/// What stands below the plot.
fn notes(unlabelled: &[&str], missing: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if !unlabelled.is_empty() {
        let names = unlabelled.join(", ");
        notes.push(format!("Without a label for want of room: {names}."));
    }
    if missing > 0 {
        notes.push(format!("Not drawn, for a number is missing: {missing}."));
    }
    notes
}

/// The stepped line through the points of the front: at any cost, the best that
/// can be had for no more.
fn front(data: &Scatter, spots: &[Spot<'_>], right: f64) -> Vec<(f64, f64)> {
    let mut on: Vec<(f64, f64)> = spots
        .iter()
        .filter(|s| s.point.front)
        .map(|s| s.at)
        .collect();
    if on.len() < 2 {
        return Vec::new();
    }
    on.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut steps: Vec<(f64, f64)> = Vec::new();
    // Where more of x is wanted, what can be had changes before a point.
    let before = data.x.better == Better::Higher;
    for point in on {
        if let Some(last) = steps.last().copied() {
            steps.push(if before {
                (last.0, point.1)
            } else {
                (point.0, last.1)
            });
        }
        steps.push(point);
    }
    if let (false, Some(last)) = (before, steps.last().copied()) {
        steps.push((right, last.1));
    }
    steps
}

/// Dashed lines from predictions to outcomes.
fn joins(svg: &mut Svg, data: &Scatter, spots: &[Spot<'_>]) {
    let find = |index: usize| spots.iter().find(|s| s.index == index);
    for (from, to) in &data.joins {
        if let (Some(from), Some(to)) = (find(*from), find(*to)) {
            svg.line(from.at, to.at, "c-join");
        }
    }
}

fn draw_point(svg: &mut Svg, data: &Scatter, spot: &Spot<'_>, y_scale: &Scale) {
    let kind = spot.point.kind;
    svg.open(&sentence(data, spot));
    if let Some((lo, hi)) = spot.estimate.interval {
        let (x, y1, y2) = (spot.at.0, y_scale.at(lo), y_scale.at(hi));
        let class = format!("w-{} w-thin", kind.class());
        svg.line((x, y1), (x, y2), &class);
        for y in [y1, y2] {
            svg.line((x - 3.0, y), (x + 3.0, y), &class);
        }
    }
    if spot.point.predicted {
        svg.circle(spot.at, 5.0, "m-predicted");
    } else {
        parts::mark(svg, spot.at, kind);
    }
    svg.close();
}

/// Writes the labels; returns the names that found no place.
fn draw_labels<'a>(
    svg: &mut Svg,
    data: &Scatter,
    spots: &[Spot<'a>],
    (y_scale, steps): (&Scale, &[(f64, f64)]),
    bounds: Area,
) -> Vec<&'a str> {
    let taken: Vec<Area> = spots
        .iter()
        .map(|spot| Area::around(spot.at, (6.5, 6.5)))
        .collect();
    let joined = |index: usize| data.joins.iter().any(|(from, _)| *from == index);
    let named: Vec<&Spot<'a>> = spots
        .iter()
        .filter(|s| !(s.point.predicted && joined(s.index)))
        .collect();
    let wishes: Vec<Wish> = named
        .iter()
        .map(|spot| Wish {
            at: spot.at,
            size: (shown(spot).1 + 4.0, 14.0),
            weight: match (spot.point.kind, spot.point.front) {
                (ArmKind::Panel, _) => 0,
                (_, true) => 1,
                (ArmKind::Baseline, _) => 2,
                (ArmKind::Member, _) => 3,
            },
        })
        .collect();
    let whiskers = spots.iter().filter_map(|spot| {
        let (lo, hi) = spot.estimate.interval?;
        Some(((spot.at.0, y_scale.at(lo)), (spot.at.0, y_scale.at(hi))))
    });
    let steps = steps.iter().copied().zip(steps.iter().copied().skip(1));
    let lines: Vec<Line> = steps.chain(whiskers).collect();
    let mut without = Vec::new();
    let places = labels::place(&wishes, &taken, &lines, bounds);
    for (spot, place) in named.iter().zip(places) {
        match place {
            Some(place) => write_label(svg, spot, place),
            None => without.push(spot.point.label.as_str()),
        }
    }
    without
}

/// A label as it is shown, its width, and how it is set.
fn shown(spot: &Spot<'_>) -> (String, f64, Style) {
    let style = if spot.point.kind == ArmKind::Panel {
        POINT_STRONG
    } else {
        POINT
    };
    let words = text::fit(&spot.point.label, style, NAME);
    let width = text::width(&words, style);
    (words, width, style)
}

fn write_label(svg: &mut Svg, spot: &Spot<'_>, place: Place) {
    if let Some((from, to)) = place.leader {
        svg.line(from, to, "c-leader");
    }
    let (_, _, style) = shown(spot);
    // The text is anchored at the side that faces its point, so that a narrower
    // font does not part them.
    let area = place.area;
    let (x, side) = if area.left >= spot.at.0 {
        (area.left + 2.0, Side::Start)
    } else if area.right <= spot.at.0 {
        (area.right - 2.0, Side::End)
    } else {
        ((area.left + area.right) / 2.0, Side::Middle)
    };
    svg.text_fit((x, area.bottom - 3.0), side, style, NAME, &spot.point.label);
}

/// A point in words.
fn sentence(data: &Scatter, spot: &Spot<'_>) -> String {
    let predicted = if spot.point.predicted {
        " (predicted)"
    } else {
        ""
    };
    format!(
        "{}{predicted}: {} {}, {} {}.",
        spot.point.label,
        data.x.label,
        data.x.format.show(spot.value),
        data.y.label,
        data.y.format.estimate(spot.estimate)
    )
}
