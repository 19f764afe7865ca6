//! Evidence: from the judged items of a run to findings.
//!
//! What lives here: what is known of every item of every arm ([`rows`]), and
//! what follows from it: how errors of members hang together ([`ensembles`],
//! [`members`]), what became of minorities ([`minority`]), what each guardian
//! did to the harms of a plan ([`guardians`]), which panel of the same advisors
//! would harm least ([`search`]). What may come in:
//! [`crate::stats`], [`crate::score`], [`crate::clinical`]. What may not: files,
//! the clock, models, and words for people; those are [`crate::report`]'s.
//!
//! Everything here is a pure function: the same rows give the same findings,
//! bit for bit, and seeds are passed in.

pub mod ensembles;
pub mod guardians;
pub mod members;
pub mod minority;
pub mod rows;
pub mod search;

pub use guardians::{GuardianSummary, Harm, JudgedStep, harms_of};
pub use rows::{ArmRows, ItemRow, Members, OutcomeKind, PanelSeats};
