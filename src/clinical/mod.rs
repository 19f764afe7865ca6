//! The words of the field as plain data: cases, rubrics, harm, plans, the
//! ledger and outcomes.
//!
//! What lives here: types, their invariants, and small pure functions that
//! only look at one value (the tier of a score, the base of an item id).
//! What may come in: nothing of ours. No I/O, no async, no clock, no
//! randomness. Scoring rules are in [`crate::score`], reading files in
//! [`crate::cases`].

pub mod candidate;
pub mod case;
pub mod dissent;
pub mod flow;
pub mod grade;
pub mod harm;
pub mod id;
pub mod ledger;
mod ledger_check;
pub mod money;
pub mod outcome;
pub mod plan;
pub mod rubric;
pub mod stand_in;
pub mod text;

pub use candidate::{Change, LedgerCandidate, Rating, RatingRound, Stance};
pub use case::{Case, Item, ItemMetadata};
pub use dissent::{Dissent, DissentKind};
pub use flow::{PlanFlow, PlanStage, StageItem};
pub use grade::{Grade, GradeEntry, GradeLedger, GradedOption};
pub use harm::{HarmType, Severity, Tier};
pub use ledger::{Check, CheckVerdict, Fate, Ledger, LedgerEntry, LedgerEvent, Unused};
pub use outcome::Outcome;
pub use plan::{Category, DraftRef, Plan, Recommendation};
pub use rubric::{Rubric, RubricOption};
pub use stand_in::{Seat, Shown, Simulated};
pub use text::PatientText;
