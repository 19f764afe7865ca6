//! How much of a paired difference varies between cases, and how much within a
//! case, between its variants and trials.
//!
//! One-way analysis of variance with unequal groups, by the method of moments
//! (Searle, Casella and McCulloch, *Variance Components*, section 3.6). More
//! cases shrink both parts; more variants and trials only the second.

/// Variance components of values grouped by case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Components {
    /// Cases.
    pub cases: usize,
    /// Values.
    pub items: usize,
    /// Values a case, as the method counts them: (N - Σn² / N) / (cases - 1).
    pub per_case: f64,
    /// Variance between cases; an estimate below 0 counts as 0.
    pub between: f64,
    /// Variance within a case.
    pub within: f64,
}

impl Components {
    /// Share of the variance of a single value that lies between cases; `None`
    /// without any variance.
    pub fn intraclass(&self) -> Option<f64> {
        let total = self.between + self.within;
        (total > 0.0).then(|| self.between / total)
    }

    /// Standard deviation of the mean of a case with so many values.
    pub fn sd_of_case(&self, items: f64) -> f64 {
        (self.between + self.within / items).sqrt()
    }
}

/// Variance components of differences, one group a case. Groups without values
/// do not count. `None` with fewer than two cases, without a case that has two
/// values, or with values that are no numbers.
pub fn components<G: AsRef<[f64]>>(cases: &[G]) -> Option<Components> {
    let groups: Vec<&[f64]> = cases
        .iter()
        .map(AsRef::as_ref)
        .filter(|group| !group.is_empty())
        .collect();
    let items: usize = groups.iter().map(|group| group.len()).sum();
    let all_finite = groups.iter().all(|g| g.iter().all(|v| v.is_finite()));
    if groups.len() < 2 || items <= groups.len() || !all_finite {
        return None;
    }
    let (k, total) = (groups.len() as f64, items as f64);
    let mean = |group: &[f64]| group.iter().sum::<f64>() / group.len() as f64;
    let grand = groups.iter().flat_map(|g| g.iter()).sum::<f64>() / total;
    let (mut between, mut within, mut sizes) = (0.0, 0.0, 0.0);
    for group in &groups {
        let (size, own) = (group.len() as f64, mean(group));
        between += size * (own - grand).powi(2);
        within += group.iter().map(|v| (v - own).powi(2)).sum::<f64>();
        sizes += size * size;
    }
    let per_case = (total - sizes / total) / (k - 1.0);
    let within = within / (total - k);
    Some(Components {
        cases: groups.len(),
        items,
        per_case,
        between: ((between / (k - 1.0) - within) / per_case).max(0.0),
        within,
    })
}
