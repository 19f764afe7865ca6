//! Resamples of cases, drawn once and used for every question about the same
//! cases, so that all answers rest on the same resamples.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// How often each case is drawn in each of many resamples of all cases with
/// replacement (Efron, Annals of Statistics 7, 1979). Without strata: strata of
/// two or three cases make intervals too narrow.
#[derive(Clone, Debug)]
pub struct Resamples {
    cases: usize,
    count: usize,
    /// `drawn[case * count + resample]`.
    drawn: Vec<u8>,
}

impl Resamples {
    /// Draws `count` resamples of `cases` cases; the same seed gives the same.
    pub fn new(cases: usize, count: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn = vec![0_u8; cases * count];
        for resample in 0..count {
            for _ in 0..cases {
                let case = below(&mut rng, cases);
                if let Some(cell) = drawn.get_mut(case * count + resample) {
                    // One case 256 times in one resample: not in this universe
                    // with more than a handful of cases.
                    *cell = cell.saturating_add(1);
                }
            }
        }
        Self {
            cases,
            count,
            drawn,
        }
    }

    /// Cases that were drawn from.
    pub fn cases(&self) -> usize {
        self.cases
    }

    /// How many resamples there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How often `case` is in each resample; nothing for an unknown case.
    pub fn of_case(&self, case: usize) -> &[u8] {
        self.drawn
            .get(case * self.count..(case + 1) * self.count)
            .unwrap_or_default()
    }

    /// The mean of these case values in every resample; `None` when they are
    /// not one a case.
    pub fn means(&self, values: &[f64]) -> Option<Vec<f64>> {
        if values.len() != self.cases || values.is_empty() {
            return None;
        }
        let mut sums = vec![0.0; self.count];
        for (case, value) in values.iter().enumerate() {
            for (sum, times) in sums.iter_mut().zip(self.of_case(case)) {
                *sum += f64::from(*times) * value;
            }
        }
        let n = self.cases as f64;
        for sum in &mut sums {
            *sum /= n;
        }
        Some(sums)
    }

    /// The percentile interval of the mean at `level`.
    pub fn percentile(&self, values: &[f64], level: f64) -> Option<(f64, f64)> {
        let mut means = self.means(values)?;
        quantiles(&mut means, (1.0 - level) / 2.0)
    }

    /// The bootstrap-t interval of the mean at `level` (Efron and Tibshirani, *An
    /// Introduction to the Bootstrap*, section 12.5). A resample without spread
    /// counts as infinitely far away on its side.
    pub fn bootstrap_t(&self, values: &[f64], level: f64) -> Option<(f64, f64)> {
        if values.len() != self.cases || values.len() < 2 {
            return None;
        }
        let n = self.cases as f64;
        let mean = values.iter().sum::<f64>() / n;
        let off: Vec<f64> = values.iter().map(|v| v - mean).collect();
        let squares: Vec<f64> = off.iter().map(|d| d * d).collect();
        let sd = (squares.iter().sum::<f64>() / (n - 1.0)).sqrt();
        let (means, squares) = (self.means(&off)?, self.means(&squares)?);
        let mut t: Vec<f64> = means
            .iter()
            .zip(&squares)
            .map(|(mean, square)| {
                let variance = (square - mean * mean) * n / (n - 1.0);
                if variance > 1e-24 {
                    mean / variance.sqrt()
                } else if mean.abs() < 1e-12 {
                    0.0
                } else {
                    mean.signum() * 1e9
                }
            })
            .collect();
        let (low, high) = quantiles(&mut t, (1.0 - level) / 2.0)?;
        Some((mean - high * sd, mean - low * sd))
    }
}

/// The quantiles `tail` and 1 - `tail`, with linear interpolation; reorders the
/// values. `None` without any.
pub fn quantiles(values: &mut [f64], tail: f64) -> Option<(f64, f64)> {
    let last = values.len().checked_sub(1)?;
    let tail = tail.clamp(0.0, 0.5);
    let position = tail * last as f64;
    // A place within the list.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let place = (position.floor() as usize).min(last);
    let share = position - place as f64;
    let between = |a: f64, b: f64| a + (b - a) * share;
    let (_, low, above) = values.select_nth_unstable_by(place, f64::total_cmp);
    let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(*low);
    let low = between(*low, next);
    let (under, high, _) = values.select_nth_unstable_by(last - place, f64::total_cmp);
    let next = under
        .iter()
        .copied()
        .max_by(f64::total_cmp)
        .unwrap_or(*high);
    Some((low, between(*high, next)))
}

/// A whole number below `n`, each as likely as the other (Lemire, *Fast random
/// integer generation in an interval*, ACM Transactions on Modeling and Computer
/// Simulation 29, 2019).
fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    let n = u32::try_from(n).unwrap_or(u32::MAX);
    if n == 0 {
        return 0;
    }
    let threshold = n.wrapping_neg() % n;
    loop {
        let product = u64::from(rng.next_u32()) * u64::from(n);
        // The low half decides, the high half is the number.
        if product & 0xffff_ffff >= u64::from(threshold) {
            return (product >> 32) as usize;
        }
    }
}
