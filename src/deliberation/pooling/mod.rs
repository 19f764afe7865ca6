//! Pooling: the items of all drafts into candidates, each an action that is
//! voted on, rated or debated once, whoever proposed it.
//!
//! ```text
//! item ─► words ─► read (clauses) ─► Action ─► compare ─► pool ─► candidates
//!                    └ lexicon ─ tables                    └ clusters (a model's answer)
//! ```
//!
//! Two ways, one stage. [`by_rule`] reads every item and joins those that
//! say the same: same action on the same object with compatible dose, timing
//! and condition. [`with_clusters`] then adds what a model saw that rules
//! cannot, as far as the rules allow. Whatever the model says:
//!
//! * every item ends in exactly one candidate;
//! * no candidate holds two contrary items; contrary candidates name each
//!   other;
//! * items that state different doses, times or conditions, or that are about
//!   different known things, never share a candidate;
//! * two items of one draft share a candidate by rule only: a draft lists an
//!   action once.
//!
//! The rules lean to keeping apart: a wrong merge can hide a dangerous item, a
//! missed one costs a line. How well they do is measured in
//! `tests/consensus/pooling/`; the figures are in `docs/pooling.md`.
//!
//! What may come in: texts. What may not: models, I/O, the panel; the tables
//! know words, no medicine, and decide nothing about what is right.

mod action;
mod alarm;
mod clause;
mod clusters;
mod compare;
mod contrary;
mod finish;
mod lexicon;
mod pool;
mod quantity;
mod read;
mod tables;
mod words;

pub use action::{Action, ActionKind};
pub use clusters::{Cluster, Clusters, Opposites, schema, with_clusters};
pub use compare::same;
pub use contrary::{depends_on, opposite};
pub use pool::{Candidate, Drafted, Pool, by_rule};
