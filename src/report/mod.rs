//! Reports: what a run has shown, for people and for programs.
//!
//! What lives here: the arithmetic from scored items to a [`Summary`] of a run,
//! or from scored verdicts to a [`ScoreSummary`] (pure), and their renderings
//! as terminal table, HTML, and the benchmark's files; a panel's answer to one
//! consult ([`answer`]) and the readable story behind it ([`story`]). What may come in:
//! [`crate::evidence`] and what is below it. What may not: files,
//! the clock, models. A rendering returns text; whoever calls it writes it.
//!
//! Everything that is built on simulated models says SIMULATED, and every
//! report names its sources (design rules 8, 9 and 14).

pub mod answer;
pub mod answer_terminal;
pub mod chart;
pub mod dossier;
pub mod html;
pub mod judge_check;
pub mod judges;
mod ledger;
pub mod lines;
mod members;
pub mod options;
pub mod page;
mod parallel;
mod score_agreement;
pub mod score_summarise;
pub mod score_summary;
pub mod score_terminal;
mod score_warnings;
pub mod scored;
pub mod search;
mod search_warnings;
pub mod story;
pub mod summarise;
pub mod summary;
pub mod terminal;
mod warnings;

pub use crate::evidence::{
    ArmRows, GuardianSummary, Harm, ItemRow, JudgedStep, Members, OutcomeKind, PanelSeats, harms_of,
};
pub use answer::Answer;
pub use parallel::parallel_map;
pub use score_agreement::agreement_of;
pub use score_summarise::{ScoreReport, ScoreTable, summarise_scores};
pub use score_summary::ScoreSummary;
pub use scored::{ScoreInput, ScoredAnswers, ScoredRecord};
pub use summarise::{Provenance, Timing, summarise};
pub use summary::Summary;
