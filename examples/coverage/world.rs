//! Simulated case values whose true means are known.
//!
//! Behind every answer stands a normal variable: what the case makes of the arm
//! (shared by all answers of the arm to the case), and what the answer adds. A
//! rate counts how often it is above a threshold; a score is its normal
//! probability, so that high means are skewed as real scores are. The true mean
//! is known in closed form: E Φ(m + s Z) = Φ(m / √(1 + s²)). Two arms share a
//! part of both variables.

use primum::stats::interval::Kind;
use primum::stats::normal::{cdf, quantile};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// One kind of case values with a known truth.
#[derive(Clone, Copy)]
pub struct World {
    pub name: &'static str,
    pub kind: Kind,
    /// True means of the arm, and of the other one for a difference.
    pub means: (f64, f64),
    /// Standard deviation of cases in the hidden variable, whose answers have 1
    /// (a rate) or `ANSWER` (a score).
    pub spread: f64,
    /// Correlation of the two arms.
    pub correlation: f64,
    /// Answers a case.
    pub items: u32,
    /// Share of cases whose score is 0 for whatever reason.
    pub floor: f64,
}

/// Standard deviation of the answers to one case behind a score.
const ANSWER: f64 = 0.6;

impl World {
    pub fn truth(&self) -> f64 {
        let first = self.means.0 * (1.0 - self.floor);
        match self.kind {
            Kind::Score | Kind::Rate => first,
            Kind::ScoreDifference | Kind::RateDifference => first - self.means.1,
        }
    }

    /// Values of `n` cases.
    pub fn draw(&self, n: usize, dice: &mut Dice) -> Vec<f64> {
        (0..n).map(|_| self.case(dice)).collect()
    }

    fn case(&self, dice: &mut Dice) -> f64 {
        let two = matches!(self.kind, Kind::ScoreDifference | Kind::RateDifference);
        let rate = matches!(self.kind, Kind::Rate | Kind::RateDifference);
        let (r, own) = (
            self.correlation,
            (1.0 - self.correlation * self.correlation).sqrt(),
        );
        let answer = if rate { 1.0 } else { ANSWER };
        // What makes the hidden variable's mean the wished one.
        let scale = if rate {
            (1.0 + self.spread * self.spread).sqrt()
        } else {
            (1.0 + self.spread * self.spread + answer * answer).sqrt()
        };
        let place = |mean: f64| quantile(mean) * scale;
        let (at_a, at_b) = (place(self.means.0), place(self.means.1));
        let seen = |hidden: f64| {
            if rate {
                f64::from(u8::from(hidden > 0.0))
            } else {
                cdf(hidden)
            }
        };
        let case_a = dice.normal();
        let case_b = if two {
            r * case_a + own * dice.normal()
        } else {
            0.0
        };
        let mut sum = 0.0;
        for _ in 0..self.items {
            let a = dice.normal();
            sum += seen(at_a + self.spread * case_a + answer * a);
            if two {
                let b = r * a + own * dice.normal();
                sum -= seen(at_b + self.spread * case_b + answer * b);
            }
        }
        if self.floor > 0.0 && dice.uniform() < self.floor {
            return 0.0;
        }
        sum / f64::from(self.items)
    }
}

const fn mean(name: &'static str, kind: Kind, mean: f64, spread: f64, items: u32) -> World {
    World {
        name,
        kind,
        means: (mean, 0.5),
        spread,
        correlation: 0.0,
        items,
        floor: 0.0,
    }
}

const fn pair(
    name: &'static str,
    kind: Kind,
    means: (f64, f64),
    correlation: f64,
    items: u32,
) -> World {
    World {
        name,
        kind,
        means,
        spread: 1.0,
        correlation,
        items,
        floor: 0.0,
    }
}

use Kind::{Rate, RateDifference, Score, ScoreDifference};

/// What is simulated: skewed scores, rare and common events, one answer a case
/// and eleven, cases that differ little and much, arms that are alike and not.
pub const WORLDS: &[World] = &[
    mean("mean 0.50", Score, 0.50, 1.0, 1),
    mean("mean 0.85", Score, 0.85, 1.0, 1),
    mean("mean 0.92, very skewed", Score, 0.92, 1.2, 1),
    mean("mean 0.80, 11 variants", Score, 0.80, 0.8, 11),
    mean("mean 0.90, 11 variants", Score, 0.90, 1.0, 11),
    World {
        floor: 0.1,
        ..mean("mean 0.77, a tenth at 0", Score, 0.85, 0.7, 1)
    },
    mean("0.05, 1 answer", Rate, 0.05, 1.0, 1),
    mean("0.14, 1 answer", Rate, 0.14, 1.0, 1),
    mean("0.30, 1 answer", Rate, 0.30, 1.0, 1),
    mean("0.05, 11 variants, cases alike", Rate, 0.05, 0.5, 11),
    mean("0.14, 11 variants, cases alike", Rate, 0.14, 0.5, 11),
    mean("0.30, 11 variants, cases alike", Rate, 0.30, 0.5, 11),
    mean("0.05, 11 variants", Rate, 0.05, 1.0, 11),
    mean("0.14, 11 variants", Rate, 0.14, 1.0, 11),
    mean("0.30, 11 variants", Rate, 0.30, 1.0, 11),
    mean("0.05, 11 variants, cases unlike", Rate, 0.05, 2.0, 11),
    mean("0.14, 11 variants, cases unlike", Rate, 0.14, 2.0, 11),
    mean("0.30, 11 variants, cases unlike", Rate, 0.30, 2.0, 11),
    pair("0.80 - 0.80, r 0.2", ScoreDifference, (0.80, 0.80), 0.2, 1),
    pair("0.80 - 0.80, r 0.8", ScoreDifference, (0.80, 0.80), 0.8, 1),
    pair("0.90 - 0.75, r 0.2", ScoreDifference, (0.90, 0.75), 0.2, 1),
    pair("0.90 - 0.75, r 0.8", ScoreDifference, (0.90, 0.75), 0.8, 1),
    pair("0.93 - 0.93, r 0.8", ScoreDifference, (0.93, 0.93), 0.8, 1),
    pair(
        "0.80 - 0.80, r 0.8, 11 variants",
        ScoreDifference,
        (0.80, 0.80),
        0.8,
        11,
    ),
    pair(
        "0.90 - 0.75, r 0.8, 11 variants",
        ScoreDifference,
        (0.90, 0.75),
        0.8,
        11,
    ),
    pair("0.05 - 0.05, r 0.2", RateDifference, (0.05, 0.05), 0.2, 1),
    pair("0.05 - 0.05, r 0.8", RateDifference, (0.05, 0.05), 0.8, 1),
    pair("0.14 - 0.14, r 0.2", RateDifference, (0.14, 0.14), 0.2, 1),
    pair("0.14 - 0.14, r 0.8", RateDifference, (0.14, 0.14), 0.8, 1),
    pair("0.14 - 0.30, r 0.2", RateDifference, (0.14, 0.30), 0.2, 1),
    pair("0.14 - 0.30, r 0.8", RateDifference, (0.14, 0.30), 0.8, 1),
    pair("0.05 - 0.20, r 0.8", RateDifference, (0.05, 0.20), 0.8, 1),
    pair(
        "0.05 - 0.05, r 0.2, 11 variants",
        RateDifference,
        (0.05, 0.05),
        0.2,
        11,
    ),
    pair(
        "0.14 - 0.14, r 0.2, 11 variants",
        RateDifference,
        (0.14, 0.14),
        0.2,
        11,
    ),
    pair(
        "0.14 - 0.14, r 0.8, 11 variants",
        RateDifference,
        (0.14, 0.14),
        0.8,
        11,
    ),
    pair(
        "0.14 - 0.30, r 0.2, 11 variants",
        RateDifference,
        (0.14, 0.30),
        0.2,
        11,
    ),
    pair(
        "0.14 - 0.30, r 0.8, 11 variants",
        RateDifference,
        (0.14, 0.30),
        0.8,
        11,
    ),
    pair(
        "0.05 - 0.20, r 0.8, 11 variants",
        RateDifference,
        (0.05, 0.20),
        0.8,
        11,
    ),
];

/// Seeded randomness.
pub struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Between 0 and 1, neither of them.
    pub fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos()
    }
}

/// Ids of `n` cases, evenly of ten specialties, or of fewer so that each has
/// at least three, as the benchmark's strata do.
pub fn ids(n: usize) -> Vec<String> {
    const NAMES: [&str; 10] = [
        "Card", "Derm", "Endo", "Gastro", "Heme", "Inf", "Nephro", "Neuro", "Pulm", "Rheum",
    ];
    let strata = (n / 3).clamp(1, NAMES.len());
    (0..n)
        .map(|case| format!("{}{case:03}", NAMES[case % strata]))
        .collect()
}
