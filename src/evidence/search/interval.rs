//! The one place where a search takes its intervals from.

use super::findings::Span;
use crate::score::bootstrap;

/// Mean of case values with its 95 % interval over cases. Cases stand in the
/// order of their names.
pub fn over_cases(cases: &[&str], values: &[f64], resamples: usize) -> Span {
    let named: Vec<(&str, f64)> = cases.iter().copied().zip(values.iter().copied()).collect();
    let found = bootstrap::interval(&named, resamples);
    Span {
        mean: found.mean,
        lo: found.lo,
        hi: found.hi,
    }
}
