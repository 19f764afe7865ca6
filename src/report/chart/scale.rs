//! From numbers to pixels, and the axes that say how.

use super::data::Better;
use super::format::{Format, finite};
use super::svg::{Side, Svg};
use super::text::{self, TICK};
use super::ticks;

/// How wide the place for zero is on a logarithmic scale.
const ZERO_ROOM: f64 = 52.0;

/// A mark of an axis.
#[derive(Clone, Debug)]
pub(super) struct Tick {
    pub at: f64,
    pub label: String,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Linear,
    Log {
        /// Where zero stands, which no logarithm reaches.
        zero: Option<f64>,
    },
}

/// A scale between two pixels, either of which may be the greater.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    kind: Kind,
    domain: (f64, f64),
    range: (f64, f64),
    pub ticks: Vec<Tick>,
}

impl Scale {
    /// A linear scale that holds the values, with round ends; `None` without
    /// any value. `gap` is the room that one label of the axis needs.
    pub fn linear(values: &[f64], range: (f64, f64), format: Format, gap: f64) -> Option<Self> {
        let (lo, hi) = ends(values)?;
        let wanted = ((range.1 - range.0).abs() / gap).floor().clamp(1.0, 8.0);
        let mut scale = Self::with_ticks((lo, hi), range, format, wanted as usize);
        for fewer in (1..wanted as usize).rev() {
            if scale.labels_clear(gap) {
                break;
            }
            scale = Self::with_ticks((lo, hi), range, format, fewer);
        }
        Some(scale)
    }

    fn with_ticks(ends: (f64, f64), range: (f64, f64), format: Format, wanted: usize) -> Self {
        let factor = format.factor();
        let found = ticks::linear(ends.0 * factor, ends.1 * factor, wanted);
        let first = found.values.first().copied().unwrap_or(0.0) / factor;
        let last = found.values.last().copied().unwrap_or(1.0) / factor;
        let mut scale = Self {
            kind: Kind::Linear,
            domain: (first, last),
            range,
            ticks: Vec::new(),
        };
        scale.ticks = found
            .values
            .iter()
            .map(|v| Tick {
                at: scale.at(v / factor),
                label: format.tick(v / factor, found.decimals),
            })
            .collect();
        scale
    }

    /// A logarithmic scale if no value is negative and the positive ones span
    /// more than ten times, else a linear one. Zeros get a place of their own,
    /// apart from the logarithmic part.
    pub fn fitted(values: &[f64], range: (f64, f64), format: Format, gap: f64) -> Option<Self> {
        let positive: Vec<f64> = values.iter().copied().filter(|v| *v > 1e-12).collect();
        let negative = values.iter().any(|v| *v < 0.0);
        match ends(&positive) {
            Some((lo, hi)) if !negative && hi > lo * 10.0 => {
                let zero = values.iter().any(|v| *v <= 1e-12);
                Some(Self::log((lo, hi), zero, range, format, gap))
            }
            _ => Self::linear(values, range, format, gap),
        }
    }

    fn log((lo, hi): (f64, f64), zero: bool, range: (f64, f64), format: Format, gap: f64) -> Self {
        let domain = (ticks::round_out(lo, false), ticks::round_out(hi, true));
        let step = ZERO_ROOM.copysign(range.1 - range.0);
        let (zero, range) = if zero {
            (Some(range.0), (range.0 + step, range.1))
        } else {
            (None, range)
        };
        let mut scale = Self {
            kind: Kind::Log { zero },
            domain,
            range,
            ticks: Vec::new(),
        };
        for leads in ticks::LEADS {
            let values = ticks::logarithmic(domain.0, domain.1, leads);
            if values.len() < 2 && !scale.ticks.is_empty() {
                break;
            }
            scale.ticks = values
                .into_iter()
                .map(|value| Tick {
                    at: scale.at(value),
                    label: format.tick(value, ticks::decimals(value * format.factor())),
                })
                .collect();
            if scale.labels_clear(gap) {
                break;
            }
        }
        // Still too close: keep every second, third, … from the first on.
        let all = scale.ticks.clone();
        for every in 2..all.len().max(3) {
            if scale.labels_clear(gap) {
                break;
            }
            scale.ticks = all.iter().step_by(every).cloned().collect();
        }
        if let Some(at) = zero {
            let label = format.tick(0.0, 0);
            scale.ticks.insert(0, Tick { at, label });
        }
        scale
    }

    /// Whether neighbouring labels of a horizontal axis keep apart; with a `gap`
    /// below a label's height the axis is upright.
    fn labels_clear(&self, gap: f64) -> bool {
        let upright = gap < 40.0;
        self.ticks.windows(2).all(|pair| match pair {
            [a, b] if upright => (a.at - b.at).abs() >= 26.0,
            [a, b] => {
                let room = (text::width(&a.label, TICK) + text::width(&b.label, TICK)) / 2.0;
                (a.at - b.at).abs() >= room + 8.0
            }
            _ => true,
        })
    }

    /// Where a number stands, never outside the scale.
    pub fn at(&self, value: f64) -> f64 {
        let value = finite(value).unwrap_or(self.domain.0);
        let (lo, hi) = self.domain;
        let share = match self.kind {
            Kind::Linear => (value - lo) / (hi - lo),
            Kind::Log { zero: Some(zero) } if value <= 1e-12 => return zero,
            Kind::Log { .. } => (value.max(1e-12).log10() - lo.log10()) / (hi.log10() - lo.log10()),
        };
        let share = if share.is_finite() { share } else { 0.5 };
        self.range.0 + share.clamp(0.0, 1.0) * (self.range.1 - self.range.0)
    }

    /// Whether zero lies on a linear scale, and not at its very end.
    pub fn spans_zero(&self) -> bool {
        matches!(self.kind, Kind::Linear) && self.domain.0 < 0.0 && self.domain.1 > 0.0
    }

    /// Whether the scale is logarithmic.
    pub fn is_log(&self) -> bool {
        matches!(self.kind, Kind::Log { .. })
    }

    /// Between the place of zero and the rest of a logarithmic scale.
    fn gap(&self) -> Option<f64> {
        match self.kind {
            Kind::Log { zero: Some(zero) } => Some((zero + self.range.0) / 2.0),
            _ => None,
        }
    }

    /// The ends in pixels, the place of zero included.
    pub fn span(&self) -> (f64, f64) {
        match self.kind {
            Kind::Log { zero: Some(zero) } => (zero, self.range.1),
            _ => self.range,
        }
    }

    /// Gridlines, the axis at `bottom`, and its numbers.
    pub fn draw_x(&self, svg: &mut Svg, top: f64, bottom: f64) {
        for tick in &self.ticks {
            svg.line((tick.at, top), (tick.at, bottom), "c-grid");
        }
        let (from, to) = self.span();
        match self.gap() {
            None => svg.line((from, bottom), (to, bottom), "c-axis"),
            Some(gap) => {
                svg.line((from - 8.0, bottom), (gap - 3.0, bottom), "c-axis");
                svg.line((gap + 3.0, bottom), (to, bottom), "c-axis");
                for x in [gap - 3.0, gap + 3.0] {
                    svg.line((x - 2.0, bottom + 4.0), (x + 2.0, bottom - 4.0), "c-axis");
                }
            }
        }
        for tick in &self.ticks {
            let at = (tick.at, bottom + 15.0);
            svg.text(at, Side::Middle, TICK, &tick.label);
        }
    }

    /// Gridlines and the numbers of an upright axis at `left`.
    pub fn draw_y(&self, svg: &mut Svg, left: f64, right: f64) {
        for tick in &self.ticks {
            svg.line((left, tick.at), (right, tick.at), "c-grid");
            svg.text((left - 7.0, tick.at + 4.0), Side::End, TICK, &tick.label);
        }
    }

    /// The widest number of the axis, in pixels.
    pub fn widest(&self) -> f64 {
        self.ticks
            .iter()
            .map(|tick| text::width(&tick.label, TICK))
            .fold(0.0, f64::max)
    }
}

/// Least and greatest of the values that can be drawn.
fn ends(values: &[f64]) -> Option<(f64, f64)> {
    let mut drawable = values.iter().copied().filter(|v| finite(*v).is_some());
    let first = drawable.next()?;
    Some(drawable.fold((first, first), |(lo, hi), v| (lo.min(v), hi.max(v))))
}

/// The label of an axis with the direction that one wants, for an axis that
/// runs to the right, or upwards.
pub(super) fn axis_label(label: &str, better: Better, log: bool, upright: bool) -> String {
    let scale = if log { ", log scale" } else { "" };
    if label.is_empty() {
        return match better {
            Better::Higher => "higher is better →".to_owned(),
            Better::Lower => "← lower is better".to_owned(),
            Better::Neither => String::new(),
        };
    }
    match (better, upright) {
        (Better::Higher, false) => format!("{label}{scale} (higher is better →)"),
        (Better::Lower, false) => format!("{label}{scale} (← lower is better)"),
        (Better::Higher, true) => format!("{label}{scale} (↑ higher is better)"),
        (Better::Lower, true) => format!("{label}{scale} (↓ lower is better)"),
        (Better::Neither, _) => format!("{label}{scale}"),
    }
}
