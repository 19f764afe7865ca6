//! What the charts are drawn from: plain data, in the order in which it comes.
//!
//! A number that is missing is `None`. Numbers that are not finite, or beyond
//! 1e12 in size, are treated as missing too, so that no chart can break on them.

use super::format::finite;

/// What stands above a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// What the chart shows, in a few words.
    pub title: String,
    /// How to read it: units, intervals, counts. May be empty.
    pub note: String,
    /// The mark of what is simulated behind the numbers, which the chart then
    /// carries (design rule 9); empty where nothing is.
    pub simulated: String,
}

/// A number and its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub mean: f64,
    /// Lower and upper bound, where there is an interval.
    pub interval: Option<(f64, f64)>,
}

impl Estimate {
    /// A number with its bounds.
    pub fn new(mean: f64, lo: f64, hi: f64) -> Self {
        Self {
            mean,
            interval: Some((lo, hi)),
        }
    }

    /// A number without an interval.
    pub fn point(mean: f64) -> Self {
        Self {
            mean,
            interval: None,
        }
    }

    /// The estimate if its number can be drawn, without an interval that cannot,
    /// and with bounds in order.
    pub(super) fn drawable(self) -> Option<Self> {
        finite(self.mean)?;
        let interval = self.interval.and_then(|(lo, hi)| {
            let (lo, hi) = (finite(lo)?, finite(hi)?);
            Some((lo.min(hi), lo.max(hi)))
        });
        Some(Self {
            mean: self.mean,
            interval,
        })
    }

    /// All numbers that a scale must reach.
    pub(super) fn reach(self) -> impl Iterator<Item = f64> {
        let bounds = self.interval.map(|(lo, hi)| [lo, hi]);
        std::iter::once(self.mean).chain(bounds.into_iter().flatten())
    }
}

/// What an arm is to the question; each kind has its own mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArmKind {
    /// What the chart is about: a panel. Filled square.
    Panel,
    /// A model alone. Filled circle.
    Member,
    /// A yardstick that nobody would use as it is: best member in hindsight,
    /// doing nothing, union of drafts, oracle. Open diamond.
    Baseline,
}

impl ArmKind {
    /// The heading over rows of this kind.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Panel => "Panels",
            Self::Member => "Members alone",
            Self::Baseline => "Baselines",
        }
    }

    /// The last part of the names of its classes in the style sheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::Member => "member",
            Self::Baseline => "base",
        }
    }
}

/// Which end of a scale one wants to be at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither, or it depends.
    #[default]
    Neither,
}

/// Counts or rates by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BySeverity {
    /// Severe harms.
    pub severe: f64,
    /// Moderate harms.
    pub moderate: f64,
    /// Mild harms.
    pub mild: f64,
}

impl BySeverity {
    /// Severe, moderate, mild; what cannot be drawn or is below zero is 0.
    pub(super) fn parts(self) -> [f64; 3] {
        [self.severe, self.moderate, self.mild].map(|v| finite(v).unwrap_or(0.0).max(0.0))
    }

    /// All of them.
    pub(super) fn total(self) -> f64 {
        self.parts().iter().sum()
    }

    /// Whether every part is a number that can be drawn.
    pub(super) fn drawable(self) -> bool {
        [self.severe, self.moderate, self.mild]
            .into_iter()
            .all(|v| finite(v).is_some())
    }
}

/// The names of severities, in the order of [`BySeverity::parts`].
pub(super) const SEVERITIES: [&str; 3] = ["severe", "moderate", "mild"];
