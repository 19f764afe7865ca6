//! How numbers are written on charts. Never "NaN", never "-0"; the minus is a
//! minus sign and no hyphen.

use super::data::Estimate;

/// The number, unless it is not finite or too large to be drawn.
pub(super) fn finite(value: f64) -> Option<f64> {
    (value.is_finite() && value.abs() <= 1e12).then_some(value)
}

/// The same for a number that may be missing.
pub(super) fn known(value: Option<f64>) -> Option<f64> {
    value.and_then(finite)
}

/// How a quantity is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As it is, with so many decimals.
    Number(usize),
    /// A share of 1, as percent, with so many decimals.
    Percent(usize),
    /// A share of 1, as cases per 100, with so many decimals and no sign.
    Per100(usize),
    /// US dollars.
    Dollars,
    /// Seconds.
    Seconds,
}

impl Format {
    /// What the stored number is multiplied by to be shown.
    pub(super) fn factor(self) -> f64 {
        match self {
            Self::Percent(_) | Self::Per100(_) => 100.0,
            Self::Number(_) | Self::Dollars | Self::Seconds => 1.0,
        }
    }

    /// The number with its unit.
    pub(super) fn show(self, value: f64) -> String {
        let Some(value) = finite(value) else {
            return "–".to_owned();
        };
        match self {
            Self::Number(decimals) | Self::Per100(decimals) => {
                fixed(value * self.factor(), decimals)
            }
            Self::Percent(decimals) => format!("{}%", fixed(value * 100.0, decimals)),
            Self::Dollars => dollars(value),
            Self::Seconds => format!("{} s", significant(value)),
        }
    }

    /// The number without a unit that its column already names.
    pub(super) fn bare(self, value: f64) -> String {
        match self {
            Self::Percent(decimals) => Self::Per100(decimals).show(value),
            Self::Seconds => finite(value).map_or_else(|| "–".to_owned(), significant),
            _ => self.show(value),
        }
    }

    /// The number with its sign.
    pub(super) fn signed(self, value: f64) -> String {
        let text = self.show(value);
        let nothing = !text.chars().any(|c| ('1'..='9').contains(&c));
        if value > 0.0 && !nothing {
            format!("+{text}")
        } else {
            text
        }
    }

    /// A number of an axis whose ticks need so many decimals.
    pub(super) fn tick(self, value: f64, decimals: usize) -> String {
        match self {
            Self::Percent(_) => format!("{}%", fixed(value * 100.0, decimals)),
            Self::Dollars if value < 0.0 => format!("−${}", fixed(-value, decimals)),
            Self::Dollars => format!("${}", fixed(value, decimals)),
            _ => fixed(value * self.factor(), decimals),
        }
    }

    /// An estimate as `0.712 [0.655, 0.765]`.
    pub(super) fn estimate(self, estimate: Estimate) -> String {
        let mean = self.show(estimate.mean);
        match estimate.interval {
            Some((lo, hi)) => format!("{mean} [{}, {}]", self.bare(lo), self.bare(hi)),
            None => mean,
        }
    }
}

/// With so many decimals; a minus sign for a hyphen; no negative zero.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    let Some(value) = finite(value) else {
        return "–".to_owned();
    };
    let text = if value.abs() >= 1e7 {
        format!("{value:.2e}")
    } else {
        format!("{value:.*}", decimals.min(9))
    };
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().any(|c| ('1'..='9').contains(&c)) => format!("−{rest}"),
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

/// Three significant digits for small numbers, whole ones from 100 up.
fn significant(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        s if s >= 100.0 || s == 0.0 => 0,
        s if s >= 10.0 => 1,
        s if s >= 1.0 => 2,
        _ => 3,
    };
    fixed(value, decimals)
}

/// Cents are shown from a dollar up, two significant digits below.
fn dollars(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        s if s >= 1000.0 || s == 0.0 => 0,
        s if s >= 0.995 => 2,
        s if s >= 0.0995 => 2,
        s if s >= 0.00995 => 3,
        s if s >= 0.000_995 => 4,
        _ => 5,
    };
    let text = fixed(value, decimals);
    match text.strip_prefix('−') {
        Some(rest) => format!("−${rest}"),
        None => format!("${text}"),
    }
}
