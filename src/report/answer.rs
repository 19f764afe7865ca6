//! A panel's answer to one consult, for people and programs: what `primum
//! consult --json` prints, and what a service answers. The shape carries a
//! version; its JSON Schema stands under `schemas/`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::summary::JudgeId;
use crate::clinical::money;
use crate::clinical::{
    Dissent, HarmType, Ledger, LedgerEntry, Outcome, PatientText, Plan, Severity, Shown, Simulated,
};

/// Version of the shape.
pub const FORMAT: &str = "primum-consult/1";

/// What every reader must be told.
pub const RESEARCH_TOOL: &str =
    "Primum is a research tool and no medical device: not for the care of patients.";

/// What must be shown with an answer, wherever it is shown: what of it is
/// simulated, what its panel warns of, and what this program is.
pub fn notices(simulated: &Simulated, caveats: Vec<String>) -> Vec<String> {
    let sentence = simulated.sentence(Shown::Answer).map(|it| format!("{it}."));
    let last = RESEARCH_TOOL.to_owned();
    sentence.into_iter().chain(caveats).chain([last]).collect()
}

/// One answer. How it ended comes first, because it decides whether the rest
/// may be used at all (design rule 5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// `primum-consult/1`.
    pub format: String,
    /// How the consult ended.
    pub outcome: Outcome,
    /// True when the panel abstained: the plan must not be used unreviewed.
    pub needs_human: bool,
    /// Which parts of the panel that answered are simulated.
    #[serde(flatten)]
    pub simulated: Simulated,
    /// What must be shown with the answer, wherever it is shown.
    pub notices: Vec<String>,
    /// The plan as text, within the word budget; null only when the consult
    /// failed.
    pub text: Option<PatientText>,
    /// The plan behind the text.
    pub plan: Plan,
    /// Disagreement that a reader must know of, also in a complete answer.
    pub dissent: Vec<Dissent>,
    /// What happened that changes no outcome.
    pub notes: Vec<String>,
    /// Who was asked, in the order of the stages.
    pub stages: Vec<Asked>,
    /// Dollars of the answer's calls, each bought once; null when a model has
    /// no price.
    pub usd: Option<f64>,
    /// True where a provider did not say how many tokens it took, so that
    /// dollars are estimated in part.
    #[serde(default, skip_serializing_if = "is_false")]
    pub usd_is_estimated: bool,
    /// Dollars of everything that was bought for it: retries, repairs and the
    /// judge included; models without a price count as nothing.
    pub spent_usd: f64,
    /// The part of them that is estimated: of such answers, and of attempts
    /// without one that may be billed.
    #[serde(default, skip_serializing_if = "money::is_nothing")]
    pub spent_usd_estimated: f64,
    /// Seconds along the critical path, our own waits for rate limits left out.
    pub seconds: f64,
    /// Who answered, and by which rules.
    pub source: Source,
    /// The life of every recommendation.
    pub ledger: Ledger,
    /// The judgment, when the answer was held against a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<CaseScore>,
}

impl Answer {
    /// What the plan left out to stay within its words.
    pub fn left_out(&self) -> impl Iterator<Item = &LedgerEntry> {
        super::story::left_out(&self.ledger)
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// One question to one agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    /// Stage, such as `draft` or `guardian`.
    pub stage: String,
    /// The agent.
    pub seat: String,
    /// Seconds until its answer, or until it failed; null when it was no longer
    /// waited for.
    pub seconds: Option<f64>,
    /// Dollars of the answer; null when there is none, or no price.
    pub usd: Option<f64>,
    /// The part of them that is estimated.
    #[serde(default, skip_serializing_if = "money::is_nothing")]
    pub usd_estimated: f64,
    /// What went wrong, in one word, such as `timeout`.
    pub failure: Option<String>,
    /// Of an answer that counts for nothing: why, such as "it repeats the
    /// question".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
}

/// Where an answer comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Name of the panel.
    pub panel: String,
    /// SHA-256 of the resolved panel.
    pub panel_hash: String,
    /// How it makes one plan of its drafts.
    pub protocol: String,
    /// SHA-256 of each prompt of the panel, by name.
    pub prompt_hashes: BTreeMap<String, String>,
    /// Version of the program.
    pub program_version: String,
    /// Seed of the shuffles and of the providers that take one.
    pub seed: u64,
    /// Trial, from 1.
    pub trial: u32,
}

/// An answer held against a case of the benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseScore {
    /// The item, such as `Card001-3`.
    pub item: String,
    /// SHA-256 of the case set.
    pub case_set: String,
    /// Was the item's own text asked? Otherwise the score is of an answer to
    /// another question.
    pub own_text: bool,
    /// Which parts of what answered and judged are simulated.
    #[serde(flatten)]
    pub simulated: Simulated,
    /// What the panel warns of in the judge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caveats: Vec<String>,
    /// Score profile; every metric means what this profile says.
    pub profile: String,
    /// Who judged; null when nobody was asked.
    pub judge: Option<JudgeId>,
    /// Why there is no score.
    pub unscored: Option<String>,
    /// The metrics by their names in the profile; null: no value.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// Harms by the rubric and beside it, the most severe first.
    pub harms: Vec<CaseHarm>,
    /// Options of the rubric that the answer recommends.
    pub matched: Vec<MatchedOption>,
    /// Actions of the answer that the rubric does not have.
    pub off_rubric: usize,
    /// Options that the judge said nothing of, even when asked again.
    pub judge_left_out: Vec<i64>,
    /// Options that the judge called recommended without words of the answer to
    /// show for it; they count as not recommended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judge_unproved: Vec<i64>,
}

impl CaseScore {
    /// The headline of the profile.
    pub const HEADLINE: &str = "F1_weighted";
}

/// A harm that the answer does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseHarm {
    /// By doing or by leaving out.
    pub harm_type: HarmType,
    /// How severe.
    pub severity: Severity,
    /// The option; null for an action that the rubric does not have.
    pub option: Option<i64>,
    /// The option, or the action, in words.
    pub text: PatientText,
    /// Was the option met in part?
    pub partial: bool,
}

/// An option that the answer recommends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MatchedOption {
    /// Number of the option.
    pub option: i64,
    /// Its words.
    pub text: PatientText,
    /// Its score, 1 to 9.
    pub score: i64,
    /// Only in part?
    pub partial: bool,
}
