//! Reports: what a run has shown, for people and for programs.
//!
//! What lives here: the arithmetic from scored items to a [`Summary`] (pure),
//! and its renderings as terminal table, HTML, and the benchmark's files. What
//! may come in: [`crate::stats`], [`crate::score`], [`crate::clinical`]. What
//! may not: files, the clock, models. A rendering returns text; whoever calls
//! it writes it.
//!
//! Everything that is built on simulated models says SIMULATED, and every
//! report names its sources (design rules 8, 9 and 14).

pub mod arm;
pub mod html;
pub mod lines;
pub mod options;
pub mod summarise;
pub mod summary;
pub mod terminal;
mod warnings;

pub use arm::{ArmRows, ItemRow, OutcomeKind};
pub use summarise::{Provenance, Timing, summarise};
pub use summary::Summary;
