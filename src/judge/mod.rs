//! The judge: what an answer recommends, by the rubric. Two calls, match and
//! review, then the deterministic rules of scoring.md, sections 9 and 10.
//!
//! What may come in: the case, the rubric with its tiers, and the words of one
//! answer. What may not: which arm, model or stage wrote the answer; there is
//! no parameter for it, and the key of a judge's call has none either, so two
//! arms with the same words share one verdict.
//!
//! [`block`] renders rubric, guidance and verdicts for the prompts; [`schema`]
//! says what the two calls must answer; [`check`] holds the answers against the
//! rubric, themselves and, with [`evidence`], the words that they quote; [`ask`]
//! makes the calls.

pub mod ask;
pub mod block;
pub mod check;
pub mod evidence;
pub mod schema;

pub use ask::{JudgeError, Judgment, Question, judge};
