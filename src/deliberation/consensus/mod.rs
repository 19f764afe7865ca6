//! How drafts become one plan: the arithmetic of the five protocols.
//!
//! What lives here: [`board`] (candidates with all that was said of them, and
//! how what was decided enters the plan), [`vote`], [`delphi`], [`debate`] and
//! [`synthesis`], each with the schema of what its agents answer; [`conflict`]
//! (opposite recommendations in one plan).
//!
//! What may come in: drafts, pooled candidates, structured answers, the rules
//! of the panel. What may not: questions to models, time, randomness. The same
//! answers give the same decisions, whoever arrived first.

pub mod board;
pub mod conflict;
pub mod debate;
pub mod delphi;
pub mod synthesis;
pub mod vote;
