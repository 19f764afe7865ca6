//! The dossier: what one run shows, or several on the same cases, for a person
//! who decides and for a person who publishes.
//!
//! What lives here: the answer in words ([`mod@answer`]), the tables of a paper
//! ([`markdown`]), and all numbers in long form ([`csv`]).
//! What may come in: findings and summaries; texts of cases only as
//! [`CaseStory`]s that the caller chose to hand over. What may not: arithmetic
//! beyond the last rounding, files, the clock.
//!
//! The effect stands first, then its interval, then p. A claim is made only
//! where the bounds bear it, and what a reader must know stands beside the
//! claim, not below it.

pub mod answer;
pub mod csv;
pub mod markdown;
pub mod page;
pub mod words;

use serde::Serialize;

use super::summary::Summary;
use crate::evidence::Findings;
use crate::evidence::search::Outcome;

/// Everything that a dossier is made from.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// What was found.
    pub findings: Findings,
    /// The runs behind it, in the order of the command line.
    pub runs: Vec<RunPart>,
    /// Cases for the drill-down; empty unless they were asked for.
    pub cases: Vec<CaseStory>,
    /// Do these cases show texts of patients?
    pub with_text: bool,
    /// In which ways the runs ask other items, in words; empty when they do not.
    pub unlike: Vec<String>,
    /// What a search predicted for panels of these runs, beside what came of it.
    pub outcomes: Vec<Outcome>,
}

/// One run.
#[derive(Clone, Debug)]
pub struct RunPart {
    /// Name of its folder.
    pub name: String,
    /// Its summary.
    pub summary: Summary,
}

/// An item with every arm's answer, for the drill-down.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CaseStory {
    /// Item id.
    pub item: String,
    /// Specialty.
    pub specialty: String,
    /// The consult question; only with texts.
    pub presentation: Option<String>,
    /// Options of the rubric, in its order.
    pub options: Vec<OptionLine>,
    /// Answers by arm.
    pub answers: Vec<AnswerStory>,
}

/// One option of a rubric.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OptionLine {
    /// Its id.
    pub id: i64,
    /// Its effective score.
    pub score: i64,
    /// Its words; only with texts.
    pub text: Option<String>,
}

/// One arm's answer to an item.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AnswerStory {
    /// Name of the arm.
    pub arm: String,
    /// Trial, from 1.
    pub trial: u32,
    /// How it ended, in a word.
    pub outcome: String,
    /// Why it is not complete.
    pub reasons: Vec<String>,
    /// The plan as lines of text, each with the options that it matched; only
    /// with texts.
    pub lines: Vec<PlanLine>,
    /// Is there a judgment of it?
    pub judged: bool,
    /// Has it a severe harm?
    pub severe: bool,
    /// Its harms.
    pub harms: Vec<HarmLine>,
    /// Headline of the answer, to three places.
    pub headline: Option<String>,
    /// What became of each drafted recommendation; only with texts.
    pub ledger: Vec<LedgerLine>,
}

/// A line of a plan.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlanLine {
    /// Its words.
    pub text: String,
    /// Options that it matched, by id, with their scores.
    pub options: Vec<(i64, i64)>,
}

/// One harm of an answer.
#[derive(Clone, Debug, Default, Serialize)]
pub struct HarmLine {
    /// The option; `None`: off the rubric.
    pub option: Option<i64>,
    /// `omission` or `commission`.
    pub kind: String,
    /// `severe`, `moderate` or `mild`.
    pub severity: String,
    /// Words of the option; only with texts.
    pub words: Option<String>,
    /// Words of the answer that the verdict rests on; only with texts.
    pub evidence: Option<String>,
}

/// One recommendation's life.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LedgerLine {
    /// Where it came from.
    pub origin: String,
    /// Its words.
    pub text: String,
    /// How it ended.
    pub fate: String,
    /// What happened to it, in order.
    pub events: Vec<String>,
}
