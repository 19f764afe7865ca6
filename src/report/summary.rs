//! `summary.json`: what a run has shown, for programs. The shape is fixed
//! (interfaces, "summary.json") and carries a version; its JSON Schema stands
//! under `schemas/`.

use crate::clinical::Simulated;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options::summary::{GradingSummary, ReferenceRow};
use crate::evidence::ensembles::EnsembleSummary;
use crate::evidence::guardians::GuardianSummary;
use crate::evidence::ledger::LedgerSummary;
use crate::evidence::minority::MinoritySummary;
use crate::score::Row;

/// Version of the shape.
pub const FORMAT: &str = "primum-summary/1";

/// The whole summary. No clock, no attempt counts and no name of the run are
/// in it, so the same inputs, answers and seed give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// `primum-summary/1`.
    pub format: String,
    /// Which parts of what stands behind the numbers are simulated.
    #[serde(flatten)]
    pub simulated: Simulated,
    /// What panels warn of, with the parts of which it is said, such as `small
    /// local models: advisors, judge`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caveats: Vec<String>,
    /// True when items are missing: the run was stopped or ran out of budget.
    pub partial: bool,
    /// `plan`: free-text plans, judged against a rubric; `options`: grades of
    /// every option, which need no judge.
    pub task: String,
    /// Score profile; every metric means what this profile says.
    pub profile: String,
    /// Seed of the run.
    pub seed: u64,
    /// Repeats of every item.
    pub trials: u32,
    /// Variants per case (1: the base case alone).
    pub k: u32,
    /// The cases.
    pub case_set: CaseSetId,
    /// SHA-256 of the resolved panel; of several panels, of their hashes in
    /// order.
    pub panel_hash: String,
    /// SHA-256 of each resolved panel by name.
    pub panels: BTreeMap<String, String>,
    /// SHA-256 of each prompt in use by name.
    pub prompt_hashes: BTreeMap<String, String>,
    /// The judge's models, as provider and id; null for the task `options`.
    pub judge: Option<JudgeId>,
    /// Version of the program.
    pub program_version: String,
    /// Arms by name.
    pub arms: BTreeMap<String, ArmSummary>,
    /// Paired differences.
    pub pairs: Vec<PairSummary>,
    /// What each guardian's edits did to the score, by panel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub guardians: BTreeMap<String, Vec<GuardianSummary>>,
    /// Which stage added and which prevented harm, by panel; of a run with
    /// `--ledger`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ledger: BTreeMap<String, LedgerSummary>,
    /// Predicted beside measured errors, by panel, and by arm of a self-ensemble.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ensembles: BTreeMap<String, EnsembleSummary>,
    /// What became of what a minority of the advisors said, by panel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub minority: BTreeMap<String, MinoritySummary>,
    /// Published rows of the same format; only for the task `options`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<ReferenceRow>,
    /// What a reader must know before using a number.
    pub warnings: Vec<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// The cases of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseSetId {
    /// Name of the folder.
    pub name: String,
    /// SHA-256 of the content.
    pub hash: String,
    /// Base cases in the run.
    pub cases: usize,
    /// Items in the run, trials not counted.
    pub items: usize,
}

/// Who judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgeId {
    /// Its name, as it stands in judged records: the reviewer's, or `match_only`.
    #[serde(default)]
    pub name: String,
    /// Model of the match call.
    #[serde(rename = "match")]
    pub matching: String,
    /// Model of the review call; null without one.
    pub review: Option<String>,
    /// Its prompts: name, version and SHA-256.
    #[serde(default)]
    pub prompts: Vec<PromptId>,
}

/// A prompt in use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PromptId {
    /// Name without ending.
    pub name: String,
    /// The version that its first line names; null if it names none.
    pub version: Option<String>,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// One arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArmSummary {
    /// Items times trials that the run was to answer.
    pub items: usize,
    /// Of these, scored.
    pub scored: usize,
    /// Of these, not scored: not reached, no answer, or no usable judgment.
    pub unscored: usize,
    /// Which ones are not scored, and why; only when there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unscored_items: Vec<UnscoredItem>,
    /// Answered with every stage done.
    pub complete: usize,
    /// Answered, but something failed.
    pub degraded: usize,
    /// Needs a human.
    pub abstained: usize,
    /// No answer.
    pub failed: usize,
    /// Coverage: share of the answered items that were not abstained; null when
    /// nothing was reached.
    pub coverage: Option<f64>,
    /// Metrics by name; `n` is the number of base cases behind it.
    pub metrics: BTreeMap<String, Estimate>,
    /// Harms per scored item.
    pub harms: Harms,
    /// Median words of the answers.
    pub words_median: Option<f64>,
    /// Dollars of the arm's calls, each bought once (retries, repairs and the
    /// judge left out); null when a model has no price.
    pub usd: Option<f64>,
    /// True where a provider did not say how many tokens it took, so that these
    /// dollars are estimated in part.
    #[serde(default, skip_serializing_if = "is_false")]
    pub usd_is_estimated: bool,
    /// Only when something is unscored or abstained: the mean under other
    /// assumptions, by metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sensitivity: BTreeMap<String, Sensitivity>,
    /// Only for the task `options`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grading: Option<GradingSummary>,
    /// How many drafts were not usable, by reason: those that a panel did not
    /// count; of a model alone, the answers that none would count, though they
    /// are scored as they stand. Only when there are any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unusable: BTreeMap<String, usize>,
}

/// Coverage: share of the items that were reached and not abstained.
pub(super) fn coverage(reached: usize, abstained: usize) -> Option<f64> {
    (reached > 0).then(|| 1.0 - abstained as f64 / reached as f64)
}

impl ArmSummary {
    /// Is every item scored, and has every option a grade?
    pub fn is_whole(&self) -> bool {
        let graded = |grading: &GradingSummary| grading.ungraded == 0;
        self.unscored == 0 && self.grading.as_ref().is_none_or(graded)
    }
}

/// An item without a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnscoredItem {
    /// Item id.
    pub item: String,
    /// Trial, from 1.
    pub trial: u32,
    /// What was missing, in words.
    pub why: String,
}

/// A mean over cases with its 95 % interval (stratified cluster bootstrap of
/// the score profile).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// Mean over base cases.
    pub mean: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Base cases.
    pub n: usize,
}

impl Estimate {
    /// Of a row of a score file.
    pub fn of(row: &Row) -> Self {
        Self {
            mean: row.interval.mean,
            lo: row.interval.lo,
            hi: row.interval.hi,
            n: row.trials,
        }
    }
}

/// Harms per scored item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Harms {
    /// Left out.
    pub omission: BySeverity,
    /// Done.
    pub commission: BySeverity,
}

/// Mean counts per item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BySeverity {
    /// Severe.
    pub severe: f64,
    /// Moderate.
    pub moderate: f64,
    /// Mild.
    pub mild: f64,
}

/// The mean of a metric if what is unscored or abstained had come out
/// otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sensitivity {
    /// Scored items only; null without any.
    pub complete_cases: Option<f64>,
    /// Every unscored item at the metric's worst value.
    pub worst: f64,
    /// Every unscored item at the metric's best value.
    pub best: f64,
    /// Abstained items scored as doing nothing; null when none abstained, or when
    /// one of them has no such score. The same holds for the next.
    pub abstained_as_nothing: Option<f64>,
    /// Abstained items scored as the lead advisor's draft.
    pub abstained_as_lead: Option<f64>,
}

/// A paired difference `a - b`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PairSummary {
    /// First arm.
    pub a: String,
    /// Second arm.
    pub b: String,
    /// Metric.
    pub metric: String,
    /// Mean over cases of the difference on common items; null without any.
    pub diff: Option<f64>,
    /// Lower end of the 95 % interval (docs/statistics.md); null with fewer than
    /// two cases.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Lower end of the benchmark's own interval, for parity: its strata of two
    /// or three cases make it too narrow.
    #[serde(default)]
    pub benchmark_lo: Option<f64>,
    /// Upper end of it.
    #[serde(default)]
    pub benchmark_hi: Option<f64>,
    /// Two-sided p of the sign-flip permutation test over cases.
    pub p: Option<f64>,
    /// Base cases with a difference.
    pub n: usize,
    /// Items (times trials) that lack a score in one of the arms and are in no
    /// difference.
    pub left_out: usize,
}
