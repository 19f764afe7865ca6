//! `summary.json` of `primum score`: what judged answers have shown, for
//! programs. It is no summary of a run: there are no panels, no paired
//! differences and no prices, but several judges, several profiles and their
//! agreement. `docs/scoring-files.md` describes it.

use crate::clinical::Simulated;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::summary::{CaseSetId, Estimate, Harms, PromptId, UnscoredItem};

/// Version of the shape.
pub const FORMAT: &str = "primum-score/1";

/// The whole summary. The same answers, verdicts and rubrics give the same
/// bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreSummary {
    /// `primum-score/1`.
    pub format: String,
    /// Which parts are known to be simulated.
    #[serde(flatten)]
    pub simulated: Simulated,
    /// True when something is unscored, could not be read, or was not averaged.
    pub partial: bool,
    /// Profiles in use, the leading one first.
    pub profiles: Vec<String>,
    /// Why the profiles differ, when there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profiles_differ: Option<String>,
    /// Variants per case (1: the base case alone).
    pub k: u32,
    /// How often every judge judged every answer.
    pub judge_trials: u32,
    /// The cases.
    pub case_set: CaseSetId,
    /// What is known of the judges, by name.
    pub judges: BTreeMap<String, JudgeSource>,
    /// Version of the program.
    pub program_version: String,
    /// Arms by name.
    pub arms: BTreeMap<String, ArmScores>,
    /// Agreement of every two judges that judged the same answers.
    pub agreement: Vec<Agreement>,
    /// What could not be read, and is not in any number.
    pub faults: Vec<BadInput>,
    /// What a reader must know before using a number.
    pub warnings: Vec<String>,
}

/// What is known of a judge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JudgeSource {
    /// Model of the match call, as provider and id; null if unknown.
    #[serde(rename = "match")]
    pub matching: Option<String>,
    /// Model of the review call; null if unknown, or without a second call.
    pub review: Option<String>,
    /// Prompts: name, version and SHA-256.
    pub prompts: Vec<PromptId>,
}

/// One arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArmScores {
    /// Items times trials that should have a score.
    pub items: usize,
    /// Of these, in the pooled scores (of several judges: judged by all).
    pub scored: usize,
    /// Of these, not in them.
    pub unscored: usize,
    /// Of the unscored, those whose answer is empty.
    pub empty: usize,
    /// The unscored ones, and why.
    pub unscored_items: Vec<UnscoredItem>,
    /// Who judged; `NAME@PROMPTS` where one judge used several prompts.
    pub judges: Vec<String>,
    /// Why there are no pooled scores, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_averaged: Option<String>,
    /// Pooled scores by profile.
    pub scores: BTreeMap<String, Scores>,
    /// Only with several judges: each by itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_judge: BTreeMap<String, JudgeScores>,
    /// Only with several judge trials: how far the same judge on the same
    /// answers comes out differently, by judge, profile and metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub judge_spread: BTreeMap<String, BTreeMap<String, BTreeMap<String, JudgeSpread>>>,
}

/// One judge by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgeScores {
    /// Answers that it has judged.
    pub scored: usize,
    /// Answers that it has not.
    pub unscored: usize,
    /// By profile.
    pub scores: BTreeMap<String, Scores>,
}

/// Scores under one profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scores {
    /// Metrics by name; `n` is the number of base cases behind it.
    pub metrics: BTreeMap<String, Estimate>,
    /// Harms per judged answer.
    pub harms: Harms,
    /// Only when something is unscored: the mean under other assumptions, by
    /// metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bounds: BTreeMap<String, Bounds>,
}

/// The mean of a metric, whatever became of what is unscored.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bounds {
    /// Scored items only; null without any.
    pub complete_cases: Option<f64>,
    /// Every unscored item at the metric's worst value.
    pub worst: f64,
    /// Every unscored item at the metric's best value.
    pub best: f64,
}

/// A metric over repeated judging of the same answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgeSpread {
    /// Judge trials with a value.
    pub n: usize,
    /// Mean over them.
    pub mean: f64,
    /// Standard deviation; null with fewer than two.
    pub sd: Option<f64>,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
}

/// How two judges agree, option by option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Agreement {
    /// First judge.
    pub a: String,
    /// Second judge.
    pub b: String,
    /// Answers that both have judged.
    pub answers: usize,
    /// Over all options, then tier by tier.
    pub tiers: Vec<TierAgreement>,
    /// Options on which they part, changes of harm first, severe ones before
    /// mild ones.
    pub disagreements: Vec<Disagreement>,
}

/// Agreement on the options of one tier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TierAgreement {
    /// `all`, `omission severe` (score 9) … `uncertain` (4-6) … `commission
    /// severe` (1): the harm that the tier is about.
    pub tier: String,
    /// Options compared.
    pub n: u64,
    /// Of these, with the same verdict (yes, partial, no).
    pub agreed: u64,
    /// Cohen's kappa; null where it is not defined: nothing to compare, or
    /// everything in one category.
    pub kappa: Option<f64>,
    /// Recommended (in part or whole) by the first judge's reading.
    pub found_a: u64,
    /// Recommended by the second judge's reading.
    pub found_b: u64,
    /// Recommended (in part or whole) by the first judge's reading only.
    pub only_a: u64,
    /// Recommended by the second judge's reading only.
    pub only_b: u64,
    /// Recommended by both, in part only by one.
    pub half: u64,
}

/// One option on which two judges part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Disagreement {
    /// Arm.
    pub arm: String,
    /// Item id.
    pub item: String,
    /// Trial of the answer.
    pub trial: u64,
    /// Option id.
    pub option: i64,
    /// Its effective score.
    pub score: i64,
    /// The first judge's verdict: `yes`, `partial` or `no`.
    pub a: String,
    /// The second judge's.
    pub b: String,
    /// Harm by the first judge's reading, such as `omission severe`.
    pub harm_a: Option<String>,
    /// Harm by the second judge's reading.
    pub harm_b: Option<String>,
    /// Do the two differ?
    pub changes_harm: bool,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BadInput {
    /// Name of the file.
    pub file: String,
    /// Line, from 1; null: the file as a whole.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// Which record, where it is known.
    pub subject: Option<String>,
    /// Field.
    pub field: Option<String>,
    /// What is wrong.
    pub problem: String,
}
