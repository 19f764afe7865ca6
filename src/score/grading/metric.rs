//! The metrics of the format, each as a function of sums.

use super::tally::Tally;

/// A metric of scoring.md, section 18.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GradedMetric {
    /// Share of cases with at least one severe error (`pct_cumulative`).
    CaseHarmRate,
    /// Severe errors per 100 cases.
    HarmfulErrors,
    /// Number needed to harm: 1 / case harm rate of a run.
    Nnh,
    /// TP / (TP + uncertain + harmful).
    Precision,
    /// TP / (TP + uncertain).
    Restraint,
    /// TP / appropriate.
    Recall,
    /// Harmonic mean of Precision and Recall.
    F1,
    /// Share of cases with every highly appropriate action recommended.
    Completeness,
    /// Share of cases with a needed referral in which it was recommended.
    Escalation,
    /// 1 - cost / largest possible cost, by case. Ours, not the published one.
    Safety,
    /// Harmonic mean of Safety, Completeness and Restraint; with Safety ours.
    Overall,
}

impl GradedMetric {
    /// All metrics, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::CaseHarmRate,
        Self::HarmfulErrors,
        Self::Nnh,
        Self::Safety,
        Self::Overall,
        Self::F1,
        Self::Precision,
        Self::Recall,
        Self::Restraint,
        Self::Completeness,
        Self::Escalation,
    ];

    /// Ratios of counts that are pooled over a run's cases, as the published
    /// ones are, and for which a mean over cases stands beside it.
    pub const POOLED: [Self; 4] = [Self::F1, Self::Precision, Self::Recall, Self::Restraint];

    /// Name in files and reports. What is ours says so, since the published
    /// metric of that name has another normalisation.
    pub fn name(self) -> &'static str {
        match self {
            Self::CaseHarmRate => "Case_harm_rate",
            Self::HarmfulErrors => "Harmful_errors",
            Self::Nnh => "NNH",
            Self::Precision => "Precision",
            Self::Restraint => "Restraint",
            Self::Recall => "Recall",
            Self::F1 => "F1",
            Self::Completeness => "Completeness",
            Self::Escalation => "Escalation",
            Self::Safety => "Safety (primum)",
            Self::Overall => "OverallScore (primum)",
        }
    }

    /// The value of a run with these sums; `None` where a denominator is 0. A
    /// run without a severe error has no finite NNH.
    pub fn of(self, sums: &Tally) -> Option<f64> {
        let per_record = |sum: f64| ratio(sum, sums.records);
        match self {
            Self::CaseHarmRate => per_record(sums.severe_cases),
            Self::HarmfulErrors => per_record(100.0 * sums.severe_errors),
            Self::Nnh => ratio(sums.records, sums.severe_cases),
            Self::Precision => ratio(
                sums.true_positive,
                sums.true_positive + sums.uncertain + sums.harmful,
            ),
            Self::Restraint => ratio(sums.true_positive, sums.true_positive + sums.uncertain),
            Self::Recall => ratio(sums.true_positive, sums.appropriate),
            Self::F1 => {
                let recall = Self::Recall.of(sums)?;
                let precision = Self::Precision.of(sums).unwrap_or(0.0);
                Some(harmonic(&[precision, recall]))
            }
            Self::Completeness => per_record(sums.complete),
            Self::Escalation => ratio(sums.escalated, sums.referrals),
            Self::Safety => per_record(sums.safety),
            Self::Overall => {
                let safety = Self::Safety.of(sums)?;
                let completeness = Self::Completeness.of(sums)?;
                match Self::Restraint.of(sums) {
                    Some(restraint) => Some(harmonic(&[safety, completeness, restraint])),
                    // Nothing was recommended: whatever the restraint, a part
                    // that is 0 makes the whole 0.
                    None => (safety == 0.0 || completeness == 0.0).then_some(0.0),
                }
            }
        }
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Harmonic mean; 0 as soon as one part is 0.
fn harmonic(parts: &[f64]) -> f64 {
    if parts.iter().any(|part| *part <= 0.0) {
        return 0.0;
    }
    parts.len() as f64 / parts.iter().map(|part| 1.0 / part).sum::<f64>()
}
