//! Numbers as words of a report.

use crate::evidence::Measure;
use crate::evidence::compare::{Comparison, Range};

/// A minus as it is printed.
pub const MINUS: char = '\u{2212}';

/// A number with so many decimals, a real minus, and no minus before zero.
pub fn number(value: f64, decimals: usize) -> String {
    let text = super::super::terminal::unsigned_zero(format!("{value:.decimals$}"));
    text.replace('-', &MINUS.to_string())
}

/// Dollars, with a mark where they are estimated.
pub fn dollars(usd: f64, estimated: bool) -> String {
    let mark = if estimated { "~" } else { "" };
    format!("{mark}{}", number(usd, 4))
}

/// A number with a sign before what is above zero.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = number(value, decimals);
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.'));
    if value > 0.0 && !is_zero {
        format!("+{text}")
    } else {
        text
    }
}

/// A share per 100.
pub fn per_100(value: f64) -> String {
    number(100.0 * value, 1)
}

/// A mean of a measure: rates per 100, scores to three places.
pub fn mean(measure: Measure, value: f64) -> String {
    if measure.is_binary() {
        per_100(value)
    } else {
        number(value, 3)
    }
}

/// A mean with its interval.
pub fn range(measure: Measure, range: &Range) -> String {
    format!(
        "{} [{}, {}]",
        mean(measure, range.mean),
        mean(measure, range.lo),
        mean(measure, range.hi)
    )
}

/// A difference of a measure: of rates in points of 100.
pub fn difference(measure: Measure, value: f64) -> String {
    if measure.is_binary() {
        signed(100.0 * value, 1)
    } else {
        signed(value, 3)
    }
}

/// A difference with its interval.
pub fn difference_range(measure: Measure, range: &Range) -> String {
    format!(
        "{} [{}, {}]",
        difference(measure, range.mean),
        difference(measure, range.lo),
        difference(measure, range.hi)
    )
}

/// `p = 0.041`, `p < 0.001`.
pub fn p(value: f64) -> String {
    if value < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {value:.3}")
    }
}

/// What a comparison's interval says.
pub fn verdict(one: &Comparison) -> &'static str {
    let Some(diff) = &one.diff else {
        return "too few cases";
    };
    let better = |value: f64| (value < 0.0) == one.measure.more_is_worse();
    if diff.lo > 0.0 || diff.hi < 0.0 {
        if better(diff.mean) { "better" } else { "worse" }
    } else {
        "no difference shown"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_has_a_minus_before_zero() {
        assert_eq!(number(-0.000_4, 3), "0.000");
        assert_eq!(signed(0.000_4, 3), "0.000");
        assert_eq!(signed(0.25, 2), "+0.25");
        assert_eq!(number(-1.5, 1), "\u{2212}1.5");
        assert_eq!(per_100(0.125), "12.5");
        assert_eq!(p(0.0), "p < 0.001");
    }
}
