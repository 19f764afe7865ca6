//! Reports: what a run has shown, for people and for programs.
//!
//! What lives here: the arithmetic from scored items to a [`Summary`] of a run,
//! or from scored verdicts to a [`ScoreSummary`] (pure), and their renderings
//! as terminal table, HTML, and the benchmark's files; a panel's answer to one
//! consult ([`answer`]) and the readable story behind it ([`story`]). What may come in:
//! [`crate::stats`], [`crate::score`], [`crate::clinical`]. What may not: files,
//! the clock, models. A rendering returns text; whoever calls it writes it.
//!
//! Everything that is built on simulated models says SIMULATED, and every
//! report names its sources (design rules 8, 9 and 14).

pub mod answer;
pub mod answer_terminal;
pub mod arm;
pub mod chart;
pub mod ensembles;
mod evidence;
pub mod guardians;
pub mod html;
pub mod judge_check;
pub mod judges;
pub mod lines;
mod members;
pub mod minority;
pub mod options;
pub mod page;
mod parallel;
mod score_agreement;
pub mod score_summarise;
pub mod score_summary;
pub mod score_terminal;
mod score_warnings;
pub mod scored;
pub mod story;
pub mod summarise;
pub mod summary;
pub mod terminal;
mod warnings;

pub use answer::Answer;
pub use arm::{ArmRows, ItemRow, Members, OutcomeKind, PanelSeats};
pub use guardians::{GuardianSummary, Harm, JudgedStep, harms_of};
pub use parallel::parallel_map;
pub use score_agreement::agreement_of;
pub use score_summarise::{ScoreReport, ScoreTable, summarise_scores};
pub use score_summary::ScoreSummary;
pub use scored::{ScoreInput, ScoredAnswers, ScoredRecord};
pub use summarise::{Provenance, Timing, summarise};
pub use summary::Summary;
