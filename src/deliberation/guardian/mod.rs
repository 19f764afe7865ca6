//! Guardians: they see the plan and may only propose edits. Whether an edit is
//! carried out is decided here by rule, never by the guardian (design rule 4).
//!
//! ```text
//! answer ─► propose (form, limits, consistency) ─► [merge, if parallel]
//!        ─► other agents are asked ─► settle (who agrees, who objects)
//!        ─► coherent (what cannot stand beside the rest goes) ─► carry out
//! ```
//!
//! What lives here: [`edit`] (what a guardian answers), [`mod@propose`], [`merge`],
//! [`check`] (what other agents answer about edits), [`mod@settle`], [`history`]
//! (what earlier guardians did and wanted), [`round`] (all of it in order),
//! [`view`] (what guardians and checkers are shown). All of it is pure; asking is [`super::run`]'s.

pub mod check;
mod coherent;
pub mod edit;
pub mod history;
pub mod merge;
pub mod propose;
pub mod round;
pub mod settle;
pub mod view;

pub use check::{CheckAnswer, Checked};
pub use edit::{Edit, Edits, Op};
pub use history::History;
pub use propose::{Kind, Proposal, Refusal, propose};
pub use round::{Round, Verdicts};
pub use settle::settle;
