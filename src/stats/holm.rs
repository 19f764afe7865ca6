//! Holm's adjustment of p-values for a family of hypotheses (Holm, *A simple
//! sequentially rejective multiple test procedure*, Scandinavian Journal of
//! Statistics 6, 1979). The family must be fixed before the data are seen.

/// Adjusted p-values, in the order given: an adjusted value of at most alpha
/// means rejected, with a chance of at most alpha of any false rejection in the
/// family, whatever the dependence. `None` when one is no probability.
pub fn holm(p: &[f64]) -> Option<Vec<f64>> {
    if p.iter().any(|p| !(0.0..=1.0).contains(p)) {
        return None;
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut at_least = 0.0_f64;
    for (rank, place) in order.into_iter().enumerate() {
        let left = (p.len() - rank) as f64;
        at_least = at_least.max((left * p[place]).min(1.0));
        adjusted[place] = at_least;
    }
    Some(adjusted)
}
