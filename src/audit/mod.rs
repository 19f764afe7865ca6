//! What remains of a consult where it was asked to remain: question and answer,
//! and a log of who asked what, what came of it, and who released it.
//!
//! What lives here: one SQLite file, the hash chain over its log, and the
//! programs that check, write out and purge it.
//! What may come in: keys' names from [`crate::access`], text that is opaque
//! here, a clock that is handed in. What may not: HTTP, panels, models.
