//! The one place where a search takes its intervals from.

use super::findings::Span;
use crate::stats::interval::{Kind, mean_interval};

/// Mean of case values with its 95 % interval over cases; without width for a
/// single case.
pub fn over_cases(kind: Kind, values: &[f64]) -> Span {
    match mean_interval(kind, values, 0.95) {
        Some(found) => Span {
            mean: found.mean,
            lo: found.lo,
            hi: found.hi,
        },
        None => {
            let mean = crate::score::mean(values);
            Span {
                mean,
                lo: mean,
                hi: mean,
            }
        }
    }
}
