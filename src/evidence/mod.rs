//! Evidence: from the judged items of a run to findings.
//!
//! What lives here: what is known of every item of every arm ([`rows`]), of a
//! whole run ([`study`]), what is measured ([`measure`], [`table`]), and what
//! follows: every arm by itself ([`arms`]), two arms on the same items
//! ([`mod@compare`], with what was fixed before the run, [`hypothesis`]), a panel
//! against its best member ([`best`]), what the case set can show ([`ability`]),
//! where arms differ most ([`mod@gaps`]), what a next run could detect
//! ([`mod@detectable`]), how errors of members hang together
//! ([`ensembles`], [`members`]), what became of minorities ([`minority`]), what
//! each guardian did to the harms of a plan ([`guardians`]), and which stage of a
//! panel added or prevented each harm ([`ledger`]). [`mod@findings`] makes all of
//! it. Which panel to try next is sought by [`search`].
//!
//! What may come in: [`crate::stats`], [`crate::score`], [`crate::clinical`].
//! What may not: files, the clock, models, and words for people; those are
//! [`crate::report`]'s. Everything here is a pure function: the same rows give
//! the same findings, bit for bit, and seeds are passed in.

pub mod ability;
pub mod arms;
pub mod best;
pub mod compare;
pub mod detectable;
pub mod ensembles;
pub mod findings;
pub mod gaps;
pub mod guardians;
pub mod hypothesis;
pub mod ledger;
pub mod measure;
pub mod members;
pub mod minority;
pub mod rows;
pub mod search;
pub mod study;
pub mod table;

pub use findings::{Findings, Plan, findings};
pub use guardians::{GuardianSummary, Harm, JudgedStep, harms_of};
pub use hypothesis::{Hypotheses, Hypothesis, Role};
pub use measure::Measure;
pub use rows::{ArmRows, ItemRow, Members, OutcomeKind, PanelSeats};
pub use study::{CaseFacts, PanelFacts, Sort, Study, StudyArm};
