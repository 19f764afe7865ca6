//! Quantiles with linear interpolation, as numpy computes them (scoring.md,
//! section 13, step 3).

/// The quantile `q` (0..=1) of sorted values; NaN of none.
pub(super) fn of_sorted(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = q * last as f64;
    // A position lies within the list, and so far below 2^53.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let below = (position.floor() as usize).min(last);
    let t = position - below as f64;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    // Interpolating from the nearer end keeps the last bit that of numpy.
    if t < 0.5 {
        low + (high - low) * t
    } else {
        high - (high - low) * (1.0 - t)
    }
}

#[cfg(test)]
mod tests {
    use super::of_sorted;

    #[test]
    fn interpolation_starts_from_the_nearer_end() {
        assert_eq!(of_sorted(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.5), 2.0);
        assert_eq!(of_sorted(&[1.0, 2.0], 0.25), 1.25);
        assert_eq!(of_sorted(&[1.0, 2.0], 0.5), 1.5);
        assert_eq!(of_sorted(&[1.0, 2.0], 1.0), 2.0);
        // From the left end this would be 0.3700000000000001.
        assert_eq!(of_sorted(&[0.1, 0.4], 0.9), 0.37);
    }

    #[test]
    fn nothing_has_no_quantile_and_one_value_is_all_of_them() {
        assert!(of_sorted(&[], 0.5).is_nan());
        assert_eq!(of_sorted(&[3.0], 0.975), 3.0);
    }
}
