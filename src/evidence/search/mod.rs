//! Panel search: which panel of these advisors would harm least, and at what
//! price, told from drafts that are already judged.
//!
//! What lives here: drafts as ballots on a rubric's options ([`ballots`],
//! [`board`]); every set of advisors under every vote rule ([`candidates`]),
//! what each would recommend and what harm that does ([`evaluate`],
//! [`tally`]); who is worth looking at ([`front`]) and what is left of the best
//! one on cases that it was not chosen on ([`folds`]); all of it as findings
//! ([`findings`]), and as a prediction that a run can be held against
//! ([`prediction`]). No model is asked.
//!
//! A vote here keeps an option when enough advisors' drafts match it. That two
//! drafts mean the same option is what the judge found with the rubric in hand,
//! which a real panel has not: it pools drafts by their words. So every number
//! is *rubric-assisted*. It says which panels are worth a run, not what they
//! are worth.
//!
//! What may come in: [`crate::stats`], [`crate::score`], [`crate::clinical`]. What
//! may not: files, clocks, models, panels' configuration. The same ballots and
//! seed give the same findings, bit for bit, in whatever order advisors, cases
//! and items come.

pub mod ballots;
pub mod board;
pub mod candidates;
pub mod evaluate;
pub mod findings;
pub mod folds;
pub mod front;
mod interval;
pub mod prediction;
mod run;
pub mod tally;

pub use ballots::{Ballots, Draft, Posed};
pub use findings::{PanelSearch, SearchedPanel, Span};
pub use prediction::{Outcome, Prediction, compare};
pub use run::{SearchError, Settings, search};

/// What every number of a search is called.
pub const LABEL: &str = "rubric-assisted";
