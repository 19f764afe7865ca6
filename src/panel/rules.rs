//! The rules of a panel: how drafts become one plan, what a guardian may do to
//! it, what makes the answer ask for a human, what a consult may cost. Plain
//! data; what is done by these rules is deliberation's.

use serde::{Deserialize, Serialize};

use schemars::JsonSchema;

/// How drafts become one plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Consensus {
    /// The protocol.
    pub protocol: Protocol,
    /// Name of the lead advisor (the first one unless named).
    pub lead: String,
    /// Fewest drafts for an answer that is not abstained.
    pub quorum: usize,
    /// Fewest vendors among the drafts for an answer that is not abstained.
    pub min_vendors: usize,
    /// What happens when the moderator fails.
    pub if_moderator_fails: ModeratorFallback,
    /// How votes are counted; only for `vote` and `debate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vote: Option<VoteRule>,
    /// Most rounds of `debate`, at least 1; 0 for other protocols.
    #[serde(skip_serializing_if = "is_zero")]
    pub rounds: u32,
    /// What becomes of uncertain candidates under `delphi`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<Uncertain>,
    /// Name of the prompt with which advisors are asked to rate, or to debate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How votes become a decision: of an option's grade in the task `options`, of
/// a candidate in the task `plan`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VoteRule {
    /// Appropriate, or kept, when a larger share of the votes says so.
    pub threshold: f64,
    /// What happens when the share is the threshold exactly: is it appropriate?
    pub tie_is_appropriate: bool,
    /// Do the advisors of one vendor share one vote?
    pub weigh_vendors: bool,
    /// Exceptions, in order: the first one that fits a candidate decides. Only
    /// for plans.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<KeepRule>,
}

/// An exception to the threshold of a vote. Every condition that it names must
/// hold; of a list, one member must.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KeepRule {
    /// Kinds of action; empty: any.
    pub actions: Vec<ActionWord>,
    /// Categories; empty: any.
    pub categories: Vec<CategoryWord>,
    /// Is it urgent? `None`: either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgent: Option<bool>,
    /// Words of which one must be in it, such as names of drugs; empty: any.
    pub mentions: Vec<String>,
    /// Kept when so many advisors have it, whatever their share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voices: Option<usize>,
    /// Kept when a larger share of the votes has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Is it severe to leave it out, so that no word budget cuts it?
    pub severe: bool,
}

/// Kinds of action, as rules can tell them apart by their words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Action")]
pub enum ActionWord {
    /// Begin a drug or another treatment.
    Start,
    /// End one that is running.
    Stop,
    /// Do not do it.
    Avoid,
    /// Another dose, route or drug.
    Change,
    /// Go on as before.
    Continue,
    /// A test or imaging.
    Test,
    /// A referral, an admission, an emergency department.
    Refer,
    /// An intervention.
    Procedure,
    /// Watch, repeat, follow up.
    Monitor,
    /// Tell, teach, counsel.
    Advise,
    /// Anything else.
    Other,
}

/// Categories of action, as the benchmark names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Category")]
pub enum CategoryWord {
    /// Tests and imaging.
    Diagnostic,
    /// Drugs.
    Medication,
    /// Interventions.
    Procedure,
    /// Advice.
    Counseling,
    /// Referrals and return visits.
    #[serde(rename = "Follow-up")]
    FollowUp,
}

/// Consensus protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// One advisor's plan goes to the guardians.
    Lead,
    /// Candidates are kept by the number of advisors who drafted them; in the
    /// task `options`, advisors vote on every option.
    Vote,
    /// A moderator merges anonymised, shuffled drafts.
    Synthesis,
    /// Advisors change their lists in rounds, then the vote decides.
    Debate,
    /// Advisors rate every candidate twice, by the RAND/UCLA method.
    Delphi,
}

impl Protocol {
    /// All of them, in the order of their description.
    pub const ALL: [Self; 5] = [
        Self::Lead,
        Self::Vote,
        Self::Synthesis,
        Self::Debate,
        Self::Delphi,
    ];

    /// The word in panels, flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Vote => "vote",
            Self::Synthesis => "synthesis",
            Self::Debate => "debate",
            Self::Delphi => "delphi",
        }
    }

    /// Do drafted items become candidates on which the advisors decide?
    pub fn decides_on_candidates(self) -> bool {
        matches!(self, Self::Vote | Self::Debate | Self::Delphi)
    }
}

/// What becomes of a candidate on which the ratings of `delphi` are uncertain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Uncertain")]
pub enum Uncertain {
    /// It stays out.
    #[default]
    Out,
    /// It goes in when more than half of the ratings are 7 to 9.
    Majority,
    /// It goes in when one rating is 9: one voice that leaving it out would be
    /// a severe harm.
    OneSevere,
}

/// What to do when the moderator fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ModeratorFallback {
    /// Go on with the lead advisor's draft; the outcome is `degraded` and says
    /// that this is one advisor's plan.
    Lead,
    /// Abstain; the lead's draft is carried as the plan not to be used
    /// unreviewed.
    Abstain,
}

/// Limits for each guardian's edits (design rule 4).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EditLimits {
    /// Do guardians work one after the other, or all on the same plan?
    pub mode: EditMode,
    /// Most edits of one guardian.
    pub max_edits: usize,
    /// Most items that one guardian may add.
    pub max_added: usize,
    /// Most items that one guardian may remove.
    pub max_removed: usize,
    /// Most words by which one guardian may lengthen the plan.
    pub max_added_words: usize,
    /// An item that this many vendors drafted is not removed by one guardian.
    pub protect_vendors: usize,
    /// How many advisors are asked about a guardian's edits before they are
    /// carried out; 0: nobody is.
    pub checkers: usize,
    /// All advisors in the order in which they are asked; one whose draft
    /// failed is passed over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checker_order: Vec<String>,
    /// Name of the prompt with which they are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
}

/// How several guardians work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Mode")]
pub enum EditMode {
    /// One after the other; each sees what those before it did.
    #[default]
    Serial,
    /// All at once, on the same plan; their edits are merged by rule.
    Parallel,
}

/// By which rules a draft is not usable, and counts as failed before a quorum is
/// counted. Shares are of a text's characters or words, from 0 to 1; a share of 1
/// turns its rule off. Sources and false alarms: `docs/usable-drafts.md`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DraftChecks {
    /// Are they asked at all?
    pub enabled: bool,
    /// Most of a text in lines that stand there for the third time or more.
    pub repeated_lines: f64,
    /// Most of a text in runs of ten words that stand there for the third time or
    /// more.
    pub repeated_words: f64,
    /// Most of a text's words in runs of five that stand in the question or in
    /// the instructions.
    pub copied_words: f64,
    /// A text that copies more than that is usable all the same with so many
    /// words in sentences of its own.
    pub own_words: usize,
    /// Most control tokens of chat templates inside of a text.
    pub control_tokens: usize,
    /// Most broken and control characters.
    pub unreadable: f64,
    /// Most words without a letter.
    pub without_letters: f64,
    /// A text that opens as a refusal is one up to so many words; 0: none is.
    pub refusal_words: usize,
    /// The same grade for every one of at least so many options is no grading;
    /// 0: it always is one.
    pub same_grades: usize,
}

impl DraftChecks {
    /// What holds where a panel says nothing.
    pub const DEFAULT: Self = Self {
        enabled: true,
        repeated_lines: 0.2,
        repeated_words: 0.3,
        copied_words: 0.6,
        own_words: 5,
        control_tokens: 0,
        unreadable: 0.1,
        without_letters: 0.8,
        refusal_words: 80,
        same_grades: 8,
    };

    /// Does a panel leave them as they are?
    pub fn is_default(&self) -> bool {
        *self == Self::DEFAULT
    }
}

impl Default for DraftChecks {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What makes an answer ask for a human.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Escalation {
    /// What a severe conflict that no rule settles comes to.
    pub conflict: OnConflict,
    /// Abstain when the advisors disagree on more than this share of the
    /// candidates; `None`: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_disagreement: Option<f64>,
    /// What must be known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
}

/// What a severe conflict that no rule settles comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "On conflict")]
pub enum OnConflict {
    /// The panel abstains.
    #[default]
    Abstain,
    /// The safer side stands in the plan, and the conflict beside it.
    Show,
    /// Both sides stand in the plan, and the conflict beside it: to measure what
    /// a protocol alone does.
    Both,
}

/// Something that a question must say before its answer may be used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Need {
    /// In words, such as `kidney function`.
    pub what: String,
    /// It is known when one of these is in the question.
    pub any_of: Vec<String>,
    /// It is needed only when one of these is in the plan; empty: always.
    pub if_plan: Vec<String>,
}

/// What a consult may cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Budget {
    /// Words of the rendered plan; `None`: no limit.
    pub words: Option<usize>,
    /// Seconds per consult, our own waits for rate limits left out.
    pub seconds: Option<f64>,
    /// Share of these seconds after which drafts are no longer waited for once
    /// a quorum is there.
    pub draft_share: f64,
    /// What is skipped when time is short, first things first.
    pub skip: Vec<Skippable>,
    /// Dollars for a whole run.
    pub usd: Option<f64>,
}

/// Stages that a panel can do without when time is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Stage that may be skipped")]
pub enum Skippable {
    /// Rounds of `debate` and the second round of `delphi`.
    Rounds,
    /// The clusterer; rules alone pool the drafts then.
    Clusterer,
    /// All guardians, with the checks of their edits.
    Guardians,
}

impl Skippable {
    /// The order where a panel names none: what changes least is skipped first.
    pub const ORDER: [Self; 3] = [Self::Rounds, Self::Clusterer, Self::Guardians];
}
