//! The number needed to treat, in the form of Altman (*Confidence intervals for
//! the number needed to treat*, BMJ 317, 1998): how many cases must go to one
//! arm instead of the other for one more to benefit (NNTB) or to be harmed
//! (NNTH). Where the interval of the risk reduction spans zero, that of its
//! inverse goes through infinity, and is written so.

use std::fmt;

/// An absolute risk reduction with its interval, to be read as a number needed
/// to treat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberNeeded {
    /// Absolute risk reduction: risk without minus risk with what is tested, as
    /// a share; above 0 is a benefit.
    pub reduction: f64,
    /// Lower end of its interval.
    pub lo: f64,
    /// Upper end of its interval.
    pub hi: f64,
}

/// One number needed to treat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Needed {
    /// So many cases for one more to benefit.
    Benefit(f64),
    /// So many cases for one more to be harmed.
    Harm(f64),
    /// No difference.
    Infinite,
}

impl Needed {
    /// The inverse of a risk reduction.
    pub fn of(reduction: f64) -> Self {
        if reduction > 0.0 {
            Self::Benefit(1.0 / reduction)
        } else if reduction < 0.0 {
            Self::Harm(-1.0 / reduction)
        } else {
            Self::Infinite
        }
    }
}

/// Whole cases, rounded to what is less good: a benefit up, a harm down.
impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 1 / 0.1 must not be written as 11 for want of a bit.
        const SLACK: f64 = 1e-9;
        match self {
            Self::Benefit(n) => write!(f, "NNTB {:.0}", (n - SLACK * n).ceil()),
            Self::Harm(n) => write!(f, "NNTH {:.0}", (n + SLACK * n).floor().max(1.0)),
            Self::Infinite => f.write_str("infinity"),
        }
    }
}

impl NumberNeeded {
    /// From a risk reduction and its interval; `None` when they are no numbers
    /// or out of order.
    pub fn new(reduction: f64, lo: f64, hi: f64) -> Option<Self> {
        (lo <= reduction && reduction <= hi).then_some(Self { reduction, lo, hi })
    }

    /// The number itself.
    pub fn needed(&self) -> Needed {
        Needed::of(self.reduction)
    }

    /// Both ends, that of the larger risk reduction first.
    pub fn ends(&self) -> (Needed, Needed) {
        (Needed::of(self.hi), Needed::of(self.lo))
    }

    /// Does the interval go through infinity?
    pub fn spans_infinity(&self) -> bool {
        self.lo < 0.0 && self.hi > 0.0
    }
}

/// `NNTB 12 (NNTB 5 to NNTB 40)`, or through infinity
/// `NNTB 12 (NNTB 5 to infinity to NNTH 20)`; a harm begins with its own end.
impl fmt::Display for NumberNeeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (most, least) = self.ends();
        let (first, last) = if self.reduction < 0.0 {
            (least, most)
        } else {
            (most, least)
        };
        let through = if self.spans_infinity() {
            "infinity to "
        } else {
            ""
        };
        write!(f, "{} ({first} to {through}{last})", self.needed())
    }
}
