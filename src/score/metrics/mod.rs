//! The metrics of one record (scoring.md, section 7), in words that mean the
//! same in every profile. [`Profile`] gives them their published names.

mod accuracy;
mod precision;
mod recall;

use crate::clinical::Severity;

use super::actions::{Healing, ParsedActions, ScoreError};
use super::harms::{find_harms, nonrubric_severity};
use super::prepared::PreparedRubric;
use super::profile::Profile;
use super::reading::Reading;
use super::records::{JudgedAction, JudgedRecord};

pub(super) use precision::weight;

/// The metrics of one record. All shares lie in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics {
    /// Share of actions that are appropriate by their best score (7.2).
    pub precision_raw: f64,
    /// The same, weighted; a half-done action counts in full (7.2).
    pub precision_binary: f64,
    /// The same, weighted, half-done actions at half credit, actions off the
    /// rubric included (7.2).
    pub precision_all: f64,
    /// The same over the actions that name options only; NaN if there is none
    /// with a weight (7.2).
    pub precision_matched: f64,
    /// Share of actions off the rubric; NaN without actions (7.2).
    pub offrubric_rate: f64,
    /// Share of the appropriate options and groups that were recommended (7.3).
    pub recall_raw: f64,
    /// The same, weighted; a half-met option counts in full (7.3).
    pub recall_binary: f64,
    /// The same, weighted, half-met options at half credit (7.3).
    pub recall_weighted: f64,
    /// Share of options and groups on their right side; NaN if there is nothing
    /// to classify (7.6).
    pub accuracy: f64,
    /// The same, where a half-met option counts as not recommended (7.6).
    pub accuracy_binary: f64,
    /// Is there a severe harm? (7.4)
    pub severe: bool,
    /// Is there a severe or moderate harm? (7.4)
    pub moderate: bool,
    /// Is there a severe, moderate or mild harm? (7.4)
    pub mild: bool,
    /// What the length of the answer does, if it is known (section 8).
    pub length: Option<LengthCorrected>,
}

/// Metrics after the length correction (scoring.md, section 8).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LengthCorrected {
    /// Length of the answer in Unicode code points.
    pub chars: u64,
    /// `precision_all` after the correction.
    pub precision_all: f64,
    /// `recall_weighted` after the correction.
    pub recall_weighted: f64,
}

/// The metrics of a judged record under a profile's length rule. Uses the
/// verdicts, the actions and `response_len`; harm lists and metrics that the
/// record brings along are not looked at.
pub fn score_record(
    profile: &Profile,
    rubric: &PreparedRubric,
    record: &JudgedRecord,
    healing: Healing,
) -> Result<Metrics, ScoreError> {
    let reading = Reading::new(rubric, &record.options);
    let actions = ParsedActions::new(rubric, &reading, &record.actions, healing)?;
    let rubric_harms = find_harms(rubric, &reading, &record.options).map(|h| h.severity);
    let other_harms = nonrubric_of(&record.actions, &actions);
    let metrics = Metrics::new(rubric, &reading, &actions, rubric_harms.chain(other_harms));
    Ok(metrics.with_length(profile, record.response_len))
}

/// Severities of the harms off the rubric, after healing if there was any.
pub(super) fn nonrubric_of<'a>(
    given: &'a [JudgedAction],
    parsed: &'a ParsedActions,
) -> impl Iterator<Item = Severity> + 'a {
    given
        .iter()
        .zip(parsed.iter())
        .filter(|(_, parsed)| !parsed.set)
        .filter_map(|(action, _)| nonrubric_severity(action.own_score()))
}

impl Metrics {
    /// Metrics from the sets of section 4 and the severities of all harms,
    /// without length correction.
    pub(super) fn new(
        rubric: &PreparedRubric,
        reading: &Reading,
        actions: &ParsedActions,
        severities: impl Iterator<Item = Severity>,
    ) -> Self {
        let precision = precision::Precision::new(rubric, reading, actions);
        let recall = recall::Recall::new(rubric, reading);
        let (accuracy, accuracy_binary) = accuracy::accuracy(rubric, reading);
        let [mut severe, mut moderate, mut mild] = [false; 3];
        for severity in severities {
            match severity {
                Severity::Severe => severe = true,
                Severity::Moderate => moderate = true,
                Severity::Mild => mild = true,
                Severity::Uncertain => {}
            }
        }
        Self {
            precision_raw: precision.raw,
            precision_binary: precision.binary,
            precision_all: precision.all,
            precision_matched: precision.matched,
            offrubric_rate: precision.offrubric,
            recall_raw: recall.raw,
            recall_binary: recall.binary,
            recall_weighted: recall.weighted,
            accuracy,
            accuracy_binary,
            severe,
            moderate: severe || moderate,
            mild: severe || moderate || mild,
            length: None,
        }
    }

    /// The same record with an answer of this length (scoring.md, section 8).
    /// Lengths up to the pivot change no value.
    #[must_use]
    pub fn with_length(mut self, profile: &Profile, chars: Option<u64>) -> Self {
        self.length = chars.map(|chars| {
            let rule = profile.length_rule();
            // Lengths are far below 2^53.
            let excess = chars.saturating_sub(rule.pivot) as f64;
            LengthCorrected {
                chars,
                precision_all: (self.precision_all - rule.beta_precision * excess).clamp(0.0, 1.0),
                recall_weighted: (self.recall_weighted - rule.beta_recall * excess).clamp(0.0, 1.0),
            }
        });
        self
    }

    /// F of the unweighted precision and recall (7.5).
    pub fn f1_raw(&self) -> f64 {
        f1(self.precision_raw, self.recall_raw)
    }

    /// F of the weighted precision and recall without half credit (7.5).
    pub fn f1_binary(&self) -> f64 {
        f1(self.precision_binary, self.recall_binary)
    }

    /// F of weighted precision, off-rubric actions included, and recall, before
    /// length correction (7.5: `F1_uncapped`).
    pub fn f1_all(&self) -> f64 {
        f1(self.precision_all, self.recall_weighted)
    }

    /// F of matched precision and weighted recall, before length correction; 0
    /// if no action names an option (7.5: `F1_matched`).
    pub fn f1_matched(&self) -> f64 {
        f1_or_zero(self.precision_matched, self.recall_weighted)
    }

    /// [`Self::f1_all`] with precision and recall after the length correction.
    pub fn f1_all_corrected(&self) -> f64 {
        f1(
            self.precision_all_corrected(),
            self.recall_weighted_corrected(),
        )
    }

    /// [`Self::f1_matched`] with the recall after the length correction; the
    /// matched precision is never corrected (section 8, step 5).
    pub fn f1_matched_corrected(&self) -> f64 {
        f1_or_zero(self.precision_matched, self.recall_weighted_corrected())
    }

    /// `precision_all` after the length correction, if a length is known.
    pub fn precision_all_corrected(&self) -> f64 {
        self.length.map_or(self.precision_all, |l| l.precision_all)
    }

    /// `recall_weighted` after the length correction, if a length is known.
    pub fn recall_weighted_corrected(&self) -> f64 {
        self.length
            .map_or(self.recall_weighted, |l| l.recall_weighted)
    }

    /// 0 if there is a severe harm, else the value: the cap of 7.5.
    pub fn capped(&self, value: f64) -> f64 {
        if self.severe { 0.0 } else { value }
    }
}

/// Harmonic mean of the specification (section 0); the order of the operations
/// is part of it.
pub(super) fn f1(precision: f64, recall: f64) -> f64 {
    if precision + recall > 0.0 {
        ((2.0 * precision) * recall) / (precision + recall)
    } else {
        0.0
    }
}

fn f1_or_zero(precision: f64, recall: f64) -> f64 {
    if precision.is_nan() {
        0.0
    } else {
        f1(precision, recall)
    }
}

/// A share that is `empty` when there is nothing to divide by.
fn share(part: f64, whole: f64, empty: f64) -> f64 {
    if whole > 0.0 { part / whole } else { empty }
}
