//! Round numbers for axes.

/// Round numbers over a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    /// The numbers, rising, without negative zero.
    pub values: Vec<f64>,
    /// Decimals that tell neighbours apart.
    pub decimals: usize,
}

/// Steps of 1, 2 or 5 times a power of ten, about `wanted` of them, that
/// enclose the range. A range without width is given one.
pub fn linear(lo: f64, hi: f64, wanted: usize) -> Ticks {
    let (lo, hi) = widened(lo, hi);
    let step = round_step((hi - lo) / wanted.max(1) as f64);
    let first = (lo / step + 1e-9).floor();
    let last = (hi / step - 1e-9).ceil().max(first + 1.0);
    let count = (last - first).min(1000.0) as usize;
    let values = (0..=count)
        .map(|i| (first + i as f64) * step)
        .map(|v| if v.abs() < step * 1e-6 { 0.0 } else { v })
        .collect();
    Ticks {
        values,
        decimals: decimals_of(step),
    }
}

/// A range with a width: one that has none is opened by a tenth of its number,
/// to both sides, but not over zero.
fn widened(lo: f64, hi: f64) -> (f64, f64) {
    let (lo, hi) = (lo.min(hi), lo.max(hi));
    let size = lo.abs().max(hi.abs());
    if hi - lo > size * 1e-9 && hi - lo > 1e-9 {
        (lo, hi)
    } else if size <= 1e-9 {
        (0.0, 1.0)
    } else {
        (lo - size * 0.1, hi + size * 0.1)
    }
}

/// The nearest of 1, 2, 5 times a power of ten, by ratio.
fn round_step(raw: f64) -> f64 {
    let power = 10_f64.powf(raw.log10().floor());
    let lead = raw / power;
    let round = if lead < 2_f64.sqrt() {
        1.0
    } else if lead < 10_f64.sqrt() {
        2.0
    } else if lead < 50_f64.sqrt() {
        5.0
    } else {
        10.0
    };
    round * power
}

/// Decimals of a step of 1, 2 or 5 times a power of ten.
fn decimals_of(step: f64) -> usize {
    let power = (step.log10() + 1e-9).floor();
    if power < 0.0 {
        (-power).min(9.0) as usize
    } else {
        0
    }
}

/// Leading digits of the numbers on a logarithmic axis: many, fewer, fewest.
pub const LEADS: [&[f64]; 3] = [&[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];

/// The leading digits times powers of ten that lie within a range of positive
/// numbers.
pub fn logarithmic(lo: f64, hi: f64, leads: &[f64]) -> Vec<f64> {
    if !(lo > 0.0 && hi >= lo && hi.is_finite()) {
        return Vec::new();
    }
    let from = lo.log10().floor() as i32;
    let to = hi.log10().ceil() as i32;
    (from..=to)
        .flat_map(|power| leads.iter().map(move |lead| lead * 10_f64.powi(power)))
        .filter(|v| *v >= lo * (1.0 - 1e-9) && *v <= hi * (1.0 + 1e-9))
        .collect()
}

/// The 1, 2 or 5 times a power of ten at or below (`up` false) or above.
pub(super) fn round_out(value: f64, up: bool) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let lead = value / power;
    let leads = [1.0, 2.0, 5.0, 10.0];
    let found = if up {
        leads.into_iter().find(|l| *l >= lead - 1e-9)
    } else {
        leads.into_iter().rev().find(|l| *l <= lead + 1e-9)
    };
    found.unwrap_or(1.0) * power
}

/// Decimals that a number on a logarithmic axis needs.
pub(super) fn decimals(value: f64) -> usize {
    decimals_of(10_f64.powf(value.abs().max(1e-12).log10().floor() + 1e-9))
}
