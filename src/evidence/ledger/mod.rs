//! The harm ledger: every harmful option of a plan, and every one that was
//! avoided, followed through drafts, pooling, consensus, guardians and
//! rendering (`docs/harm-ledger.md`).
//!
//! What lives here: what a judge read in a stage's text ([`reading`]), what each
//! item carries by these readings ([`carried`]), which stage added and which
//! prevented a harm ([`trace`]), what another panel would have answered
//! ([`what_if`]), and all of this over items ([`summary`]).
//!
//! The thought behind it: a judge reads whole texts, and a stage changes single
//! items. So a verdict is tied to the items that hold its evidence, and an item
//! keeps its **first** reading for as long as its words stand. What a stage adds
//! and prevents follows from the items that it brought, changed and took away.
//! Where the verdict on the final text differs from what its items carry, no
//! text changed, only the judge's mind: that difference is the judge's, and has
//! a line of its own. Hence, for harms of every type and severity,
//!
//! ```text
//! harms of all drafts together + added - prevented by stages
//!                              + added - prevented by the judge = harms of the answer
//! ```
//!
//! What may come in: plans as [`crate::clinical`] keeps them, judged records.
//! What may not: who asked the judge, and when.

pub mod carried;
pub mod reading;
pub mod summary;
pub mod trace;
pub mod what_if;

pub use reading::{Found, Reading};
pub use summary::{LedgerSummary, summarise_ledgers};
pub use trace::{Flow, HarmPath, ReadStage, StageFlow, Trace, trace};
pub use what_if::{Backing, Change, WhatIf, changes, compose};

/// In [`HarmPath`]: the drafts themselves, before anything was pooled.
pub const DRAFTS: &str = "drafts";
/// In [`HarmPath`]: the judge, who read the same words in two ways.
pub const JUDGE: &str = "judge";
