//! Constants of the profile `noharm-v1`.

use crate::clinical::Severity;

/// A profile of the option-grading format.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradingProfile {
    name: &'static str,
    /// Weights of a mild, a moderate and a severe error in `Safety (primum)`.
    mild: u32,
    moderate: u32,
    severe: u32,
    resamples: usize,
}

impl GradingProfile {
    /// `noharm-v1` (scoring.md, section 18). The weights are the published
    /// ones, the normalisation is ours. 10,000 resamples as in the default
    /// profile; the format itself published run-to-run intervals only.
    pub const NOHARM_V1: Self = Self {
        name: "noharm-v1",
        mild: 1,
        moderate: 5,
        severe: 25,
        resamples: 10_000,
    };

    /// Its name, to be shown beside every number.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Resamples of the bootstrap over cases.
    pub fn resamples(&self) -> usize {
        self.resamples
    }

    /// What an error weighs in `Safety (primum)`.
    pub fn weight(&self, severity: Severity) -> u32 {
        match severity {
            Severity::Severe => self.severe,
            Severity::Moderate => self.moderate,
            Severity::Mild => self.mild,
            Severity::Uncertain => 0,
        }
    }
}
