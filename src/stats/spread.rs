//! How far repeated measurements of one thing lie apart.

/// Mean, standard deviation and range of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// How many.
    pub n: usize,
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation (n - 1); `None` with fewer than two values.
    pub sd: Option<f64>,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
}

/// The spread of values; `None` when there is none. NaN is no value.
pub fn spread(values: &[f64]) -> Option<Spread> {
    let values: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    if values.is_empty() {
        return None;
    }
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    Some(Spread {
        n,
        mean,
        sd: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()),
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    })
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn by_hand() {
        // Mean 4; squares 4 + 0 + 4 = 8; 8 / 2 = 4.
        let found = spread(&[2.0, 4.0, 6.0]).map(|s| (s.n, s.mean, s.sd, s.min, s.max));
        assert_eq!(found, Some((3, 4.0, Some(2.0), 2.0, 6.0)));
    }

    #[test]
    fn one_value_has_no_deviation_and_none_has_nothing() {
        assert_eq!(spread(&[0.5]).and_then(|s| s.sd), None);
        assert_eq!(spread(&[f64::NAN]), None);
    }
}
