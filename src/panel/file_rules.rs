//! What a person typed about a panel's rules: `[consensus]`, `[edits]`,
//! `[escalation]`, `[budget]`. As in [`super::file`], the doc comments are what
//! an editor shows.

use schemars::JsonSchema;
use serde::Deserialize;

use super::at::At;
use super::file::NAME_PATTERN;
use super::rules::{ActionWord, CategoryWord, EditMode, OnConflict, Skippable, Uncertain};

/// How drafts become one plan.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Consensus")]
pub struct ConsensusTable {
    /// Default: `synthesis` where there is a moderator, `lead` otherwise; `vote` for the task `options`.
    pub protocol: Option<At<ProtocolWord>>,
    /// Name of the lead advisor. Default: the first one.
    pub lead: Option<At<String>>,
    /// Fewest drafts for an answer that is not abstained. Default: more than half of the advisors.
    #[schemars(range(min = 1, max = 1000))]
    pub quorum: Option<At<u32>>,
    /// Fewest vendors among the drafts for an answer that is not abstained. Default 1.
    #[schemars(range(min = 1, max = 1000))]
    pub min_vendors: Option<At<u32>>,
    /// What happens when the moderator fails: `lead` (the default) goes on with the lead's draft and says so, `abstain` leaves it to a human.
    pub if_moderator_fails: Option<FallbackWord>,
    /// For `vote` and `debate`: a candidate is kept, or an option appropriate, when more than this share of the votes is for it, 0 up to but not including 1. Default 0.5: more than half.
    #[schemars(range(min = 0))]
    pub threshold: Option<At<f64>>,
    /// For `vote` and `debate`: what it is when the share is the threshold exactly. Default `inappropriate`.
    pub tie: Option<At<GradeWord>>,
    /// For `vote` and `debate`: do the advisors of one vendor share one vote? Default false.
    pub weigh_vendors: Option<At<bool>>,
    /// For `vote` and `debate` of plans: exceptions to the threshold; the first one that fits a candidate decides. If absent: one voice is enough for an urgent referral, and for stopping or avoiding a high-alert drug.
    pub keep: Option<Vec<At<KeepTable>>>,
    /// For `debate`: most rounds, 1 to 10. Default 2.
    #[schemars(range(min = 1, max = 10))]
    pub rounds: Option<At<u32>>,
    /// For `delphi`: what becomes of candidates on which the ratings are uncertain: `out` (the default), `majority` (in when more than half of the ratings are 7 to 9), `one-severe` (in when one rating is 9).
    pub uncertain: Option<At<Uncertain>>,
    /// Name of the prompt with which advisors are asked again under `debate` or `delphi`, without `.md`. Default `debater` or `rater`.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub prompt: Option<At<String>>,
}

/// An exception to the threshold of a vote. Every condition that it names must hold; of a list, one member must.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Keep")]
pub struct KeepTable {
    /// Kinds of action, as their words tell. Any if absent.
    pub actions: Option<Vec<ActionWord>>,
    /// Categories. Any if absent.
    pub categories: Option<Vec<CategoryWord>>,
    /// Is it urgent? Either if absent.
    pub urgent: Option<bool>,
    /// Words of which one must be in it, such as names of drugs. Any if absent.
    pub mentions: Option<Vec<String>>,
    /// Kept when so many advisors have it, whatever their share.
    #[schemars(range(min = 1, max = 1000))]
    pub voices: Option<At<u32>>,
    /// Kept when more than this share of the votes is for it, 0 up to but not including 1.
    #[schemars(range(min = 0))]
    pub share: Option<At<f64>>,
    /// Is it severe to leave it out, so that no word budget cuts it? Default false.
    pub severe: Option<bool>,
}

/// When a draft is not usable and counts as failed, before a quorum is counted. A share of 1 turns its rule off.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Draft checks")]
pub struct DraftChecksTable {
    /// Are drafts checked? Default true. Without it only a text without any recommendation is refused.
    pub enabled: Option<bool>,
    /// Most of a draft, 0 to 1, in lines that stand in it for the third time or more. Default 0.2.
    #[schemars(range(min = 0, max = 1))]
    pub repeated_lines: Option<f64>,
    /// Most of a draft, 0 to 1, in runs of ten words that stand in it for the third time or more. Default 0.3.
    #[schemars(range(min = 0, max = 1))]
    pub repeated_words: Option<f64>,
    /// Most of a draft's words, 0 to 1, in runs of five that stand in the question or in the prompt. Default 0.6.
    #[schemars(range(min = 0, max = 1))]
    pub copied_words: Option<f64>,
    /// A draft that copies more than that is usable all the same when it has so many words in sentences of its own. Default 5.
    #[schemars(range(min = 0, max = 100_000))]
    pub own_words: Option<u32>,
    /// Most control tokens of chat templates inside of a draft. Default 0. At its very ends they are taken off.
    #[schemars(range(min = 0, max = 100_000))]
    pub control_tokens: Option<u32>,
    /// Most broken and control characters in a draft, 0 to 1. Default 0.1.
    #[schemars(range(min = 0, max = 1))]
    pub unreadable: Option<f64>,
    /// Most words of a draft without any letter, 0 to 1. Default 0.8.
    #[schemars(range(min = 0, max = 1))]
    pub without_letters: Option<f64>,
    /// A draft that opens as a refusal and has no list is one up to so many words. Default 80; 0: none is.
    #[schemars(range(min = 0, max = 100_000))]
    pub refusal_words: Option<u32>,
    /// For the task `options`: grades that are all the same are not usable when there are so many options or more. Default 8; 0: they always are.
    #[schemars(range(min = 0, max = 100_000))]
    pub same_grades: Option<u32>,
}

/// What makes an answer ask for a human.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Escalation")]
pub struct EscalationTable {
    /// What a severe conflict that no rule settles comes to: `abstain` (the default), `show`: the safer side stands in the plan and the conflict beside it; `both`: both sides stand, to measure what a protocol alone does.
    pub conflict: Option<OnConflict>,
    /// Abstain when the advisors disagree on more than this share of the candidates, 0 to 1. Never if absent.
    #[schemars(range(min = 0, max = 1))]
    pub max_disagreement: Option<f64>,
    /// What a question must say before its answer may be used; without it the panel abstains.
    pub needs: Option<Vec<At<NeedTable>>>,
}

/// Something that must be known.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Need")]
pub struct NeedTable {
    /// In words for people, such as `kidney function`.
    #[schemars(required, length(min = 1))]
    pub what: Option<At<String>>,
    /// It is known when one of these words is in the question, in any case.
    #[schemars(required)]
    pub any_of: Option<Vec<String>>,
    /// It is needed only when one of these words is in the plan. Always if absent.
    pub if_plan: Option<Vec<String>>,
}

/// A grade of an option.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Grade")]
pub enum GradeWord {
    /// It is recommended.
    Appropriate,
    /// It is not.
    Inappropriate,
}

/// Consensus protocols.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Protocol")]
pub enum ProtocolWord {
    /// The lead advisor's plan goes to the guardians.
    Lead,
    /// A moderator merges anonymised, shuffled drafts.
    Synthesis,
    /// Candidates are kept by the number of advisors who drafted them; in the task `options`, advisors vote on every option.
    Vote,
    /// Advisors see the others' candidates and change their own lists, in rounds; then the vote decides.
    Debate,
    /// Advisors rate every candidate from 1 to 9, twice: the RAND/UCLA appropriateness method.
    Delphi,
}

/// What to do when the moderator fails.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Moderator fallback")]
pub enum FallbackWord {
    /// Go on with the lead's draft; the outcome is `degraded`.
    Lead,
    /// Abstain: a human must answer.
    Abstain,
}

/// What one guardian may do to a plan, or to the grades of the task `options` (a flip to appropriate adds, one to inappropriate removes). An edit beyond it is refused and recorded.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Edits")]
pub struct EditsTable {
    /// `serial` (the default): one guardian after the other; `parallel`: all at once on the same plan, and their edits are merged by rule.
    pub mode: Option<EditMode>,
    /// Most edits in all. Default 5.
    #[schemars(range(min = 0, max = 1000))]
    pub max_edits: Option<u32>,
    /// Most items added. Default 4.
    #[schemars(range(min = 0, max = 1000))]
    pub max_added: Option<u32>,
    /// Most items removed. Default 2.
    #[schemars(range(min = 0, max = 1000))]
    pub max_removed: Option<u32>,
    /// Most words by which the plan may grow. Default 120.
    #[schemars(range(min = 0, max = 100_000))]
    pub max_added_words: Option<u32>,
    /// An item that this many vendors support is not removed or reworded by one guardian alone. Default 2.
    #[schemars(range(min = 1, max = 1000))]
    pub protect_vendors: Option<u32>,
    /// How many advisors are asked about a guardian's edits before they are carried out; 0: nobody is. Default 2, or as many advisors as there are.
    #[schemars(range(min = 0, max = 100))]
    pub checkers: Option<At<u32>>,
    /// Name of the prompt with which they are asked, without `.md`. Default `checker`.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub prompt: Option<At<String>>,
}

/// What a consult or a run may cost.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Budget")]
pub struct BudgetTable {
    /// Words of the finished plan. No limit if absent.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub words: Option<u32>,
    /// Seconds per consult, our own waits for rate limits left out. No limit if absent.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub seconds: Option<f64>,
    /// Share of these seconds after which drafts are no longer waited for once a quorum is there, above 0 and up to 1. Default 0.6.
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub draft_share: Option<f64>,
    /// What is skipped when time is short, first things first. Default `["rounds", "clusterer", "guardians"]`; what is not named is never skipped.
    pub skip: Option<Vec<Skippable>>,
    /// US dollars for a whole run. No limit if absent.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub usd: Option<f64>,
}
