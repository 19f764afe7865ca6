//! Judged files of anybody: read line by line, checked, scored, written.
//!
//! What lives here: the way from files in the benchmark's shapes to
//! [`ScoredRecord`](crate::report::ScoredRecord)s and back to files. A file is
//! read in blocks of lines that all cores parse and score side by side
//! ([`pipeline`]); what becomes of one line is in [`scorer`], what is wrong
//! with one in `check`, what belongs together in [`mod@file`]; [`output`] says
//! where things are written, [`expected`] which answers should have a score,
//! and [`source`] what a run folder tells about the judge behind its files.
//!
//! What may come in: cases (rubrics and faults), score, report. What may not:
//! models, panels, flags. A record is gone from memory once it is scored and
//! written, so a file may be larger than memory; and no message ever quotes a
//! record, because its words may be a patient's.

mod check;
pub mod expected;
pub mod file;
pub mod output;
pub mod pipeline;
pub mod responses;
pub mod scorer;
pub mod source;

pub use expected::ItemFilter;
pub use file::{JudgedFile, ReadError, ScoredFile, score_files};
pub use output::Output;
pub use responses::{Answer, ResponsesFile, read_responses};
pub use scorer::Scorer;
