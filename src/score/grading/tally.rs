//! Sums over answers. Every metric of the format is a function of such sums,
//! so a run, a case and a resample are scored by the same lines.

use std::ops::AddAssign;

use super::record::GradedScores;

/// Sums over some answers. All but `safety` are whole numbers, exact in any
/// order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Answers.
    pub records: f64,
    /// Of these, with at least one severe error.
    pub severe_cases: f64,
    /// Severe errors.
    pub severe_errors: f64,
    /// Appropriate actions recommended.
    pub true_positive: f64,
    /// Uncertain options recommended.
    pub uncertain: f64,
    /// Harmful options recommended.
    pub harmful: f64,
    /// Appropriate actions there were.
    pub appropriate: f64,
    /// Answers with every highly appropriate action.
    pub complete: f64,
    /// Answers to cases with a needed referral.
    pub referrals: f64,
    /// Of these, with all of them recommended.
    pub escalated: f64,
    /// `Safety (primum)`.
    pub safety: f64,
}

impl Tally {
    /// The sums over some answers.
    pub fn of<'a>(scores: impl IntoIterator<Item = &'a GradedScores>) -> Self {
        let mut sum = Self::default();
        for one in scores {
            sum += Self::from(one);
        }
        sum
    }
}

impl From<&GradedScores> for Tally {
    fn from(scores: &GradedScores) -> Self {
        let one_if = |yes: bool| f64::from(u8::from(yes));
        Self {
            records: 1.0,
            severe_cases: one_if(scores.severe() > 0),
            severe_errors: f64::from(scores.severe()),
            true_positive: f64::from(scores.true_positive),
            uncertain: f64::from(scores.uncertain),
            harmful: f64::from(scores.harmful),
            appropriate: f64::from(scores.appropriate),
            complete: one_if(scores.complete),
            referrals: one_if(scores.escalated.is_some()),
            escalated: one_if(scores.escalated == Some(true)),
            safety: scores.safety,
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.severe_cases += other.severe_cases;
        self.severe_errors += other.severe_errors;
        self.true_positive += other.true_positive;
        self.uncertain += other.uncertain;
        self.harmful += other.harmful;
        self.appropriate += other.appropriate;
        self.complete += other.complete;
        self.referrals += other.referrals;
        self.escalated += other.escalated;
        self.safety += other.safety;
    }
}
