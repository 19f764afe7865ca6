//! What a report needs to know of every item of an arm.

use serde::{Deserialize, Serialize};

use super::guardians::{Harm, JudgedStep};
use super::ledger::Trace;
use crate::clinical::{HarmType, Outcome, Severity};
use crate::score::grading::GradedScores;
use crate::score::{JudgedRecord, RecordScores, UnitVerdict};

/// One arm with all its items, in the order of the run.
#[derive(Clone, Debug)]
pub struct ArmRows {
    /// Name, such as `panel:demo` or `solo:ada`.
    pub name: String,
    /// For a panel arm: the arm that stands for its lead advisor alone.
    pub lead: Option<String>,
    /// For the arm of a whole panel, and of a self-ensemble: who is in it.
    pub panel: Option<PanelSeats>,
    /// Every item and trial of the run, answered or not.
    pub rows: Vec<ItemRow>,
}

/// Who is in a panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelSeats {
    /// Name of the panel; of a self-ensemble, of its arm.
    pub name: String,
    /// Its guardians, in the order in which they work.
    pub guardians: Vec<String>,
    /// Its advisors.
    pub members: Members,
    /// The arm that is this panel without its guardians, if there is one.
    pub unguarded: Option<String>,
}

/// The advisors of a panel, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Members {
    /// Their drafts are arms: name, and name of the arm.
    Arms(Vec<(String, String)>),
    /// Their drafts are judged beside the panel's plan ([`ItemRow::members`]).
    Hidden(Vec<String>),
}

impl Members {
    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let (arms, hidden) = match self {
            Self::Arms(arms) => (arms.as_slice(), &[][..]),
            Self::Hidden(hidden) => (&[][..], hidden.as_slice()),
        };
        let arms = arms.iter().map(|(name, _)| name.as_str());
        arms.chain(hidden.iter().map(String::as_str))
    }
}

/// One item of an arm in one trial.
#[derive(Clone, Debug)]
pub struct ItemRow {
    /// Item id.
    pub item: String,
    /// Base case id.
    pub case: String,
    /// Trial, from 1.
    pub trial: u32,
    /// How it ended; `None`: not reached.
    pub outcome: Option<OutcomeKind>,
    /// The scores, if there are any.
    pub scored: Option<Scored>,
    /// Why there are none; `None` where there are some, or it was not reached.
    pub unscored: Option<String>,
    /// The scores that doing nothing would have, if the case has a rubric; for
    /// the sensitivity analysis of abstained answers.
    pub doing_nothing: Option<RecordScores>,
    /// Options that the judge left out even when asked again.
    pub judge_left_out: usize,
    /// Options that the judge called recommended without words of the answer to
    /// show for it, even when asked again.
    pub judge_unproved: usize,
    /// The scores that there would be if it were right about them.
    pub if_proved: Option<RecordScores>,
    /// Its harms; `None`: it is not judged.
    pub harms: Option<Vec<Harm>>,
    /// The headline after the correction for length (`F1_weighted_len`).
    pub headline_len: Option<f64>,
    /// Its matched options scored as grades are (scoring.md, section 18).
    pub graded: Option<GradedScores>,
    /// Of a panel: its plan after the consensus and after each guardian.
    pub steps: Vec<JudgedStep>,
    /// Of a panel whose stages were all judged: its harms through them.
    pub trace: Option<Trace>,
    /// What the answer does about each option; `None`: it is not judged.
    pub units: Option<Vec<UnitVerdict>>,
    /// Of a self-ensemble: the same of its members' drafts.
    pub members: Vec<Option<Vec<UnitVerdict>>>,
    /// Why drafts behind it were not usable, one reason a draft; of a model
    /// alone, why a panel would not use its answer.
    pub unusable: Vec<String>,
    /// Of graded options: how many have no usable grade and count at their worst.
    pub ungraded: usize,
    /// Words of the answer.
    pub words: Option<usize>,
    /// Dollars of the calls behind it, each bought once; `None`: no price.
    pub usd: Option<f64>,
    /// Are these dollars estimated, in whole or in part?
    pub usd_is_estimated: bool,
    /// Seconds along its critical path.
    pub seconds: Option<f64>,
}

impl ItemRow {
    /// An item of which nothing is known yet.
    pub fn new(item: &str, case: &str, trial: u32) -> Self {
        Self {
            item: item.to_owned(),
            case: case.to_owned(),
            trial,
            outcome: None,
            scored: None,
            unscored: None,
            doing_nothing: None,
            judge_left_out: 0,
            judge_unproved: 0,
            if_proved: None,
            harms: None,
            headline_len: None,
            graded: None,
            steps: Vec::new(),
            trace: None,
            units: None,
            members: Vec::new(),
            unusable: Vec::new(),
            ungraded: 0,
            words: None,
            usd: None,
            usd_is_estimated: false,
            seconds: None,
        }
    }
}

/// Scores of one answer.
#[derive(Clone, Debug)]
pub struct Scored {
    /// What the aggregation needs.
    pub record: RecordScores,
    /// Harms by the rubric and beside it.
    pub harms: HarmCounts,
}

/// Name of an outcome without its reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutcomeKind {
    /// Every stage did its work.
    Complete,
    /// Answered, but something failed.
    Degraded,
    /// Needs a human.
    Abstained,
    /// There is no answer.
    Failed,
}

impl From<&Outcome> for OutcomeKind {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::Complete,
            Outcome::Degraded { .. } => Self::Degraded,
            Outcome::Abstained { .. } => Self::Abstained,
            Outcome::Failed { .. } => Self::Failed,
        }
    }
}

/// Harms of one answer by type and severity (severe, moderate, mild).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HarmCounts {
    /// Harms of omission.
    pub omission: [u32; 3],
    /// Harms of commission, off-rubric ones included.
    pub commission: [u32; 3],
}

impl HarmCounts {
    /// Counts the harms of a judged record. A harm off the rubric is something
    /// that was done, so it counts as commission; uncertain ones do not count.
    pub fn of(record: &JudgedRecord) -> Self {
        let mut counts = Self::default();
        for harm in &record.harm {
            let side = match harm.harm_type {
                HarmType::Omission => &mut counts.omission,
                HarmType::Commission => &mut counts.commission,
            };
            if let Some(place) = place(harm.harm_severity) {
                side[place] += 1;
            }
        }
        for harm in &record.nonrubric_harms {
            if let Some(place) = place(harm.severity) {
                counts.commission[place] += 1;
            }
        }
        counts
    }
}

fn place(severity: Severity) -> Option<usize> {
    match severity {
        Severity::Severe => Some(0),
        Severity::Moderate => Some(1),
        Severity::Mild => Some(2),
        Severity::Uncertain => None,
    }
}
