//! What all faces share: one consult from the question to the answer.
//!
//! ```text
//! question ─► admission ─► deliberation (deadline, events) ─► reply ─► what remains ─► view
//! ```
//!
//! What lives here: the question as it is asked ([`question`]), the bounded and
//! fair queue ([`admission`]), money ([`purse`]), the events of a consult
//! ([`events`]), a consult at work ([`job`]) and all of them ([`jobs`]),
//! beginning it ([`begin`]) and doing the work (`run`), the answer to keep
//! ([`reply`], [`grades`]), and the consult as it is shown ([`view`], opened by
//! its state in [`opening`]).
//! What may not: HTTP, except for the problems that a consult can end in.

pub mod admission;
pub mod begin;
pub mod events;
pub mod grades;
pub mod job;
pub mod jobs;
pub mod opening;
pub mod purse;
pub mod question;
pub mod reply;
mod run;
pub mod view;
