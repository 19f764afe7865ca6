//! What `summary.json` says of an arm that graded options, beside what every
//! arm has.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::score::grading::{RunToRun, reference};

/// The grades of an arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GradingSummary {
    /// Options that the answered items were to grade.
    pub options: usize,
    /// Of these, without a usable grade. They count at their worst; the complete
    /// cases and the best case stand in `sensitivity`.
    pub ungraded: usize,
    /// `worst case` where there are such: what the arm's metrics, harms and
    /// differences are then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// Which ones; only when there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ungraded_items: Vec<UngradedItem>,
    /// Number needed to harm; null when no trial had a severe error.
    pub nnh: Option<Nnh>,
    /// Every metric over the trials, the cases fixed: 1.96 * sd / sqrt(trials).
    /// The intervals in `metrics` are over cases.
    pub run_to_run: BTreeMap<String, RunToRunSummary>,
}

/// An item in which options have no usable grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UngradedItem {
    /// Item id.
    pub item: String,
    /// Trial, from 1.
    pub trial: u32,
    /// Numbers of the options.
    pub options: Vec<i64>,
}

/// Number needed to harm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Nnh {
    /// Mean over trials of 1 / case harm rate, over the trials that have one.
    pub mean: f64,
    /// Lower end, over cases: the case harm rate's upper end turned over.
    pub lo: f64,
    /// Upper end; null: without bound, since no harm at all is possible.
    pub hi: Option<f64>,
    /// Trials without any severe error, which have no finite NNH and are not in
    /// the mean.
    pub trials_without: usize,
}

/// A metric over the trials of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunToRunSummary {
    /// Mean over the trials that have a value; null if none has.
    pub mean: Option<f64>,
    /// Half width of the interval; null below two trials.
    pub half_width: Option<f64>,
    /// Trials with a value.
    pub trials: usize,
    /// Trials without one.
    pub without: usize,
}

impl From<RunToRun> for RunToRunSummary {
    fn from(run: RunToRun) -> Self {
        Self {
            mean: run.mean,
            half_width: run.half_width,
            trials: run.trials,
            without: run.without,
        }
    }
}

/// A published row of this format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReferenceRow {
    /// Who was measured.
    pub who: String,
    /// How many; the numbers are their means. Null: not of this kind.
    pub count: Option<u32>,
    /// Share of cases with a severe error.
    pub case_harm_rate: f64,
    /// Number needed to harm.
    pub nnh: Option<f64>,
    /// What must be said beside it.
    pub note: String,
}

/// The published rows.
pub fn references() -> Vec<ReferenceRow> {
    reference::PUBLISHED
        .iter()
        .map(|row| ReferenceRow {
            who: row.who.to_owned(),
            count: row.count,
            case_harm_rate: row.case_harm_rate,
            nnh: row.nnh,
            note: reference::CAVEAT.to_owned(),
        })
        .collect()
}
