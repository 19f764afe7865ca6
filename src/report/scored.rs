//! What a report on judged answers is made from.

use crate::clinical::Simulated;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::score::{OptionVerdict, PreparedRubric, Profile, RecordScores};

use super::score_summary::{BadInput, JudgeSource};
use super::summary::CaseSetId;
use crate::evidence::rows::HarmCounts;

/// One verdict of one judge on one answer, scored.
#[derive(Clone, Debug)]
pub struct ScoredRecord {
    /// Item id.
    pub item: String,
    /// Trial of the answer.
    pub trial: u64,
    /// The judge, as the record names it.
    pub judge: String,
    /// Hash of the judge's prompts, where it is known.
    pub prompts: Option<Arc<str>>,
    /// From 1; above 1 where one judge judged the same answer again.
    pub judge_trial: u32,
    /// By profile, in the order of the report's profiles.
    pub scores: Vec<RecordScores>,
    /// Harms by the rubric and beside it.
    pub harms: HarmCounts,
    /// By option, in the order of the rubric.
    pub verdicts: Vec<OptionVerdict>,
}

/// Answers of one arm: what is expected, and what there is.
#[derive(Clone, Debug, Default)]
pub struct ScoredAnswers {
    /// Name, the stem of its file.
    pub name: String,
    /// Items and trials that should have a score.
    pub expected: Vec<(String, u64)>,
    /// Of these, those whose answer is empty.
    pub empty: Vec<(String, u64)>,
    /// Why some have no score, where it is known.
    pub why: BTreeMap<(String, u64), String>,
    /// Verdicts in the order of the file.
    pub records: Vec<ScoredRecord>,
}

/// Everything that a report on judged answers says.
#[derive(Clone, Debug)]
pub struct ScoreInput<'a> {
    /// The arms.
    pub arms: Vec<ScoredAnswers>,
    /// Rubrics by base id.
    pub rubrics: &'a BTreeMap<String, Arc<PreparedRubric>>,
    /// How it was scored; the first is the leading one.
    pub profiles: Vec<Profile>,
    /// Average over different judges and prompts as the public kit does.
    pub mix_judges: bool,
    /// Variants per case.
    pub k: u32,
    /// How often every judge judged every answer.
    pub judge_trials: u32,
    /// The cases.
    pub case_set: CaseSetId,
    /// What is known of the judges, by name.
    pub judges: BTreeMap<String, JudgeSource>,
    /// Which parts are known to be simulated.
    pub simulated: Simulated,
    /// Was judging stopped before its end?
    pub stopped: bool,
    /// What could not be read.
    pub faults: Vec<BadInput>,
    /// What a reader must know, found outside of the numbers.
    pub warnings: Vec<String>,
}
