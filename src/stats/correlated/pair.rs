//! How the errors of two members hang together.

use crate::stats::normal::{bivariate_cdf, quantile};

/// Steps of the bisection: enough for the last bits.
const STEPS: usize = 60;

/// Units by the errors of two members: `table[i][j]`, 1 where the first (`i`)
/// and the second (`j`) erred.
pub(super) fn table(a: &[bool], b: &[bool]) -> [[u64; 2]; 2] {
    let mut table = [[0; 2]; 2];
    for (a, b) in a.iter().zip(b) {
        table[usize::from(*a)][usize::from(*b)] += 1;
    }
    table
}

/// Correlation of two yes-no variables as they are (Pearson's phi). `None` when
/// one of them never changes.
pub fn phi(table: &[[u64; 2]; 2]) -> Option<f64> {
    let cell = |i: usize, j: usize| table[i][j] as f64;
    let row = |i: usize| cell(i, 0) + cell(i, 1);
    let column = |j: usize| cell(0, j) + cell(1, j);
    let margins = row(0) * row(1) * column(0) * column(1);
    (margins > 0.0).then(|| (cell(0, 0) * cell(1, 1) - cell(0, 1) * cell(1, 0)) / margins.sqrt())
}

/// Correlation of the two normal variables of which the table shows the signs
/// (Pearson, *On the correlation of characters not quantitatively measurable*,
/// Philosophical Transactions A 195, 1900): the one with which both are above
/// their thresholds as often as in the table; found by bisection, since that
/// grows with it.
///
/// One empty cell counts as one half, with the margins kept, and two on a
/// diagonal mean 1 or -1 (Brown and Benedetti, *On the mean and variance of the
/// tetrachoric correlation coefficient*, Psychometrika 42, 1977). `None` when
/// one of the variables never changes.
pub fn tetrachoric(table: &[[u64; 2]; 2]) -> Option<f64> {
    phi(table)?;
    if table[0][1] + table[1][0] == 0 {
        return Some(1.0);
    }
    if table[0][0] + table[1][1] == 0 {
        return Some(-1.0);
    }
    let cell = |i: usize, j: usize| table[i][j] as f64;
    let n: f64 = table.iter().flatten().sum::<u64>() as f64;
    let off_the_other_diagonal = table[0][1] == 0 || table[1][0] == 0;
    let both = match (table[1][1] == 0 || table[0][0] == 0, off_the_other_diagonal) {
        (true, _) => cell(1, 1) + 0.5,
        (false, true) => cell(1, 1) - 0.5,
        (false, false) => cell(1, 1),
    };
    let h = quantile((cell(1, 0) + cell(1, 1)) / n);
    let k = quantile((cell(0, 1) + cell(1, 1)) / n);
    let (mut low, mut high) = (-1.0, 1.0);
    for _ in 0..STEPS {
        let rho = f64::midpoint(low, high);
        if bivariate_cdf(h, k, rho) * n < both {
            low = rho;
        } else {
            high = rho;
        }
    }
    Some(f64::midpoint(low, high))
}
