//! McNemar's exact test of two paired yes-no outcomes: of the discordant pairs,
//! half should go either way (McNemar, *Note on the sampling error of the
//! difference between correlated proportions or percentages*, Psychometrika 12,
//! 1947; the exact form is a sign test).
//!
//! Its pairs must be independent. So it is for one answer a case; variants and
//! trials of one case together are for [`super::sign_flip()`].

use statrs::function::factorial::ln_binomial;

/// Pairs of outcomes by what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Both yes.
    pub both: u64,
    /// Only the first.
    pub only_first: u64,
    /// Only the second.
    pub only_second: u64,
    /// Neither.
    pub neither: u64,
}

impl Pairs {
    /// Counts pairs; `None` when there are not equally many outcomes.
    pub fn of(first: &[bool], second: &[bool]) -> Option<Self> {
        if first.len() != second.len() {
            return None;
        }
        let mut pairs = Self::default();
        for (first, second) in first.iter().zip(second) {
            *match (first, second) {
                (true, true) => &mut pairs.both,
                (true, false) => &mut pairs.only_first,
                (false, true) => &mut pairs.only_second,
                (false, false) => &mut pairs.neither,
            } += 1;
        }
        Some(pairs)
    }

    /// Pairs with two different outcomes.
    pub fn discordant(&self) -> u64 {
        self.only_first + self.only_second
    }

    /// The exact two-sided p-value.
    pub fn p(&self) -> f64 {
        exact_p(self.only_first, self.only_second)
    }
}

/// Exact two-sided p-value for so many discordant pairs either way: twice the
/// smaller tail of a fair coin, at most 1. Without any, 1.
pub fn exact_p(only_first: u64, only_second: u64) -> f64 {
    let n = only_first + only_second;
    let fewer = only_first.min(only_second);
    let tail: f64 = (0..=fewer).map(|k| fair(n, k)).sum();
    (2.0 * tail).min(1.0)
}

/// How many discordant pairs, all in one direction, are the fewest with a
/// p-value of at most `alpha`: 6 for 0.05. `None` unless `alpha` is between 0
/// and 1 and not absurdly small.
pub fn fewest_discordant(alpha: f64) -> Option<u64> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    (1..=1_000).find(|n| exact_p(*n, 0) <= alpha)
}

/// Unconditional power of the exact test with `pairs` pairs, of which a share
/// `only_first` and a share `only_second` are discordant in truth: the chance
/// that the number of discordant pairs and their direction, both left to chance,
/// give a p-value of at most `alpha`. `None` for shares that cannot be.
pub fn power(pairs: u64, only_first: f64, only_second: f64, alpha: f64) -> Option<f64> {
    let discordant = only_first + only_second;
    let possible = only_first >= 0.0 && only_second >= 0.0 && discordant <= 1.0;
    if !(possible && alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    if discordant == 0.0 {
        return Some(0.0);
    }
    let total: f64 = (1..=pairs)
        .map(|n| {
            let weight = binomial(pairs, n, discordant);
            if weight == 0.0 {
                return 0.0;
            }
            weight * power_given(n, only_first / discordant, alpha)
        })
        .sum();
    Some(total.min(1.0))
}

/// Power given so many discordant pairs, each of which favours the first with
/// chance `towards_first`.
fn power_given(discordant: u64, towards_first: f64, alpha: f64) -> f64 {
    // The largest tail that is still significant; tails grow with k.
    let mut tail = 0.0;
    let mut total = 0.0;
    for k in 0..=discordant / 2 {
        tail += fair(discordant, k);
        let other = discordant - k;
        if k == other || 2.0 * tail > alpha {
            break;
        }
        total += binomial(discordant, k, towards_first);
        total += binomial(discordant, other, towards_first);
    }
    total
}

/// Probability of `k` heads in `n` throws of a fair coin. Not by logarithms as
/// long as doubles reach: 2 / 64 is to be 0.03125, which is not above itself.
fn fair(n: u64, k: u64) -> f64 {
    const REACH: u64 = 1_000;
    if n > REACH {
        return binomial(n, k, 0.5);
    }
    let ways = (0..k.min(n - k)).fold(1.0, |ways, i| ways * (n - i) as f64 / (i + 1) as f64);
    // `n` is at most 1,000.
    #[allow(clippy::cast_possible_truncation)]
    let all = 0.5_f64.powi(n as i32);
    ways * all
}

/// Probability of `k` out of `n` at chance `p`.
fn binomial(n: u64, k: u64, p: f64) -> f64 {
    let others = n - k;
    let ln = |count: u64, p: f64| {
        if count == 0 {
            0.0
        } else {
            count as f64 * p.ln()
        }
    };
    (ln_binomial(n, k) + ln(k, p) + ln(others, 1.0 - p)).exp()
}
