//! Paired differences of two arms, case by case, sorted: how many cases carry
//! the mean, and which.

use super::data::{Better, Caption, Estimate};
use super::format::{Format, finite};
use super::labels::{self, Area, Line, Wish};
use super::parts::{self, WIDTH};
use super::scale::Scale;
use super::svg::{Side, Svg};
use super::text::{self, HEAD, NOTE, NUMBER_STRONG, POINT, TICK};

const PLOT: f64 = 280.0;
/// Room for the mean and its interval at the right.
const MEAN_ROOM: f64 = 148.0;
/// Labelled cases at either end.
const EXTREMES: usize = 4;

/// The differences a − b over cases.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    /// What stands above it.
    pub caption: Caption,
    /// Name of the first arm.
    pub a: String,
    /// Name of the second.
    pub b: String,
    /// The measure.
    pub measure: String,
    /// How its differences are written.
    pub format: Option<Format>,
    /// Which direction one wants.
    pub better: Better,
    /// The mean difference with its interval.
    pub mean: Option<Estimate>,
    /// Case ids and their differences a − b.
    pub cases: Vec<(String, Option<f64>)>,
}

/// How a case came out for the first arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side3 {
    Better,
    Same,
    Worse,
}

impl Differences {
    fn format(&self) -> Format {
        self.format.unwrap_or(Format::Number(2))
    }

    fn side(&self, value: f64) -> Side3 {
        let gain = if self.better == Better::Lower {
            -value
        } else {
            value
        };
        if value.abs() < 1e-9 {
            Side3::Same
        } else if gain > 0.0 {
            Side3::Better
        } else {
            Side3::Worse
        }
    }
}

/// Draws it.
pub fn differences(data: &Differences) -> String {
    let caption = &data.caption;
    let mut cases: Vec<(&str, f64)> = data
        .cases
        .iter()
        .filter_map(|(id, value)| Some((id.as_str(), finite((*value)?)?)))
        .collect();
    if cases.is_empty() {
        let why = format!("No case was scored for both {} and {}.", data.a, data.b);
        return parts::nothing(caption, &why);
    }
    cases.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(y.0)));
    let mean = data.mean.and_then(Estimate::drawable);
    let format = data.format();

    let mut svg = Svg::default();
    let mut top = parts::head(&mut svg, caption, WIDTH);
    top = counts(&mut svg, data, &cases, top) + 38.0;
    let bottom = top + PLOT;
    let values: Vec<f64> = cases
        .iter()
        .map(|(_, v)| *v)
        .chain(mean.into_iter().flat_map(Estimate::reach))
        .chain([0.0])
        .collect();
    let Some(scale) = Scale::linear(&values, (bottom, top), format, 38.0) else {
        return parts::nothing(caption, "There is nothing to draw.");
    };
    let left = scale.widest() + 14.0;
    let right = WIDTH - MEAN_ROOM;
    let words = format!("{}: {} − {}", data.measure, data.a, data.b);
    svg.text_fit((0.0, top - 12.0), Side::Start, HEAD, right, &words);
    scale.draw_y(&mut svg, left, right);
    if let Some(mean) = mean {
        band(&mut svg, &scale, mean, (left, right), format);
    }
    let zero = scale.at(0.0);
    svg.line((left, zero), (right, zero), "c-zero");
    let spots = dots(&mut svg, data, &cases, &scale, (left + 6.0, right - 6.0));
    name_extremes(
        &mut svg,
        &spots,
        zero,
        Area {
            left: left + 2.0,
            top: top - 6.0,
            right,
            bottom: bottom + 4.0,
        },
    );
    let at = ((left + right) / 2.0, bottom + 20.0);
    let noun = if cases.len() == 1 { "case" } else { "cases" };
    let words = format!("{} {noun}, sorted by difference", cases.len());
    svg.text(at, Side::Middle, TICK, &words);
    let missing = data.cases.len() - cases.len();
    if missing > 0 {
        let words = format!("left out, not scored for both: {missing}");
        svg.text((WIDTH, bottom + 20.0), Side::End, TICK, &words);
    }
    let alternative = alternative(data, &cases, mean, format);
    svg.finish(caption, &alternative, (WIDTH, bottom + 28.0))
}

/// How many cases are better, the same, worse.
fn count(data: &Differences, cases: &[(&str, f64)], side: Side3) -> usize {
    cases.iter().filter(|(_, v)| data.side(*v) == side).count()
}

/// The counts with their marks: the key of the chart.
fn counts(svg: &mut Svg, data: &Differences, cases: &[(&str, f64)], top: f64) -> f64 {
    let y = top + 8.0;
    let mut x = 6.0;
    let words = [
        (Side3::Better, "better"),
        (Side3::Same, "the same"),
        (Side3::Worse, "worse"),
    ];
    for (side, word) in words {
        let number = count(data, cases, side);
        let noun = if number == 1 { "case" } else { "cases" };
        let words = format!(
            "{} {word} in {number} {noun}",
            text::fit(&data.a, NOTE, 130.0)
        );
        draw_mark(svg, (x, y - 4.0), side, 4.0);
        svg.text((x + 10.0, y), Side::Start, NOTE, &words);
        x += 10.0 + text::width(&words, NOTE) + 20.0;
    }
    y
}

/// Round for better, a triangle for worse, an open ring for the same.
fn draw_mark(svg: &mut Svg, (x, y): (f64, f64), side: Side3, size: f64) {
    match side {
        Side3::Better => svg.circle((x, y), size, "m-better"),
        Side3::Same => svg.circle((x, y), size * 0.85, "m-same"),
        Side3::Worse => {
            let corners = [
                (x - size, y - size * 0.8),
                (x + size, y - size * 0.8),
                (x, y + size),
            ];
            svg.polyline(&corners, true, "m-worse");
        }
    }
}

/// The mean as a line, its interval as a band, and both in words at the right.
fn band(svg: &mut Svg, scale: &Scale, mean: Estimate, ends: (f64, f64), format: Format) {
    let (left, right) = ends;
    if let Some((lo, hi)) = mean.interval {
        let (y1, y2) = (scale.at(hi), scale.at(lo));
        svg.rect((left, y1), (right - left, y2 - y1), "c-band");
    }
    let y = scale.at(mean.mean);
    svg.line((left, y), (right, y), "c-mean");
    let words = format!("mean {}", format.signed(mean.mean));
    svg.text((right + 8.0, y + 4.0), Side::Start, NUMBER_STRONG, &words);
    if let Some((lo, hi)) = mean.interval {
        let words = format!("[{}, {}]", format.signed(lo), format.signed(hi));
        svg.text((right + 8.0, y + 20.0), Side::Start, NOTE, &words);
    }
}

/// A case in the plot.
struct Dot<'a> {
    id: &'a str,
    at: (f64, f64),
    value: f64,
    side: Side3,
    stem: bool,
}

fn dots<'a>(
    svg: &mut Svg,
    data: &Differences,
    cases: &[(&'a str, f64)],
    scale: &Scale,
    (from, to): (f64, f64),
) -> Vec<Dot<'a>> {
    let count = cases.len() as f64;
    let step = (to - from) / count;
    let size = (step * 0.5).clamp(1.8, 4.0);
    let zero = scale.at(0.0);
    let mut drawn = Vec::new();
    for (rank, (id, value)) in cases.iter().enumerate() {
        let at = (from + (rank as f64 + 0.5) * step, scale.at(*value));
        let side = data.side(*value);
        svg.open(&format!("{id}: {}", data.format().signed(*value)));
        let stem = side != Side3::Same && step >= 3.0;
        if stem {
            svg.line((at.0, zero), at, "c-stem");
        }
        draw_mark(svg, at, side, size);
        svg.close();
        drawn.push(Dot {
            id,
            at,
            value: *value,
            side,
            stem,
        });
    }
    drawn
}

/// Writes the ids of the cases at both ends.
fn name_extremes(svg: &mut Svg, dots: &[Dot<'_>], zero: f64, bounds: Area) {
    let head = dots.iter().take(EXTREMES).filter(|d| d.value > 0.0);
    let tail = dots.iter().rev().take(EXTREMES).filter(|d| d.value < 0.0);
    let named: Vec<&Dot<'_>> = head.chain(tail).filter(|d| d.side != Side3::Same).collect();
    let room = 110.0;
    let wishes: Vec<Wish> = named
        .iter()
        .enumerate()
        .map(|(rank, dot)| Wish {
            at: dot.at,
            size: (
                text::width(&text::fit(dot.id, POINT, room), POINT) + 4.0,
                13.0,
            ),
            weight: rank % EXTREMES,
        })
        .collect();
    let taken: Vec<Area> = dots
        .iter()
        .map(|dot| Area::around(dot.at, (4.0, 4.0)))
        .collect();
    // Stems are lines, too, where they are drawn.
    let stems: Vec<Line> = dots
        .iter()
        .filter(|dot| dot.stem)
        .map(|dot| (dot.at, (dot.at.0, zero)))
        .collect();
    let places = labels::place(&wishes, &taken, &stems, bounds);
    for (dot, place) in named.iter().zip(places) {
        let Some(place) = place else {
            continue;
        };
        if let Some((from, to)) = place.leader {
            svg.line(from, to, "c-leader");
        }
        let area = place.area;
        let (x, side) = if area.left >= dot.at.0 {
            (area.left + 2.0, Side::Start)
        } else if area.right <= dot.at.0 {
            (area.right - 2.0, Side::End)
        } else {
            ((area.left + area.right) / 2.0, Side::Middle)
        };
        svg.text_fit((x, area.bottom - 2.5), side, POINT, room, dot.id);
    }
}

/// The chart in words.
fn alternative(
    data: &Differences,
    cases: &[(&str, f64)],
    mean: Option<Estimate>,
    format: Format,
) -> String {
    let intro = format!(
        "{} of {} minus {} over {} cases: better in {}, the same in {}, worse in {}.",
        data.measure,
        data.a,
        data.b,
        cases.len(),
        count(data, cases, Side3::Better),
        count(data, cases, Side3::Same),
        count(data, cases, Side3::Worse),
    );
    let mut sentences = Vec::new();
    if let Some(mean) = mean {
        sentences.push(format!("Mean {}.", format.estimate(mean)));
    }
    if let (Some(first), Some(last)) = (cases.first(), cases.last()) {
        sentences.push(format!(
            "From {} ({}) to {} ({}).",
            format.signed(first.1),
            first.0,
            format.signed(last.1),
            last.0
        ));
    }
    parts::told(&intro, &sentences)
}
