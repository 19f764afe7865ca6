//! Scoring on the NOHARM benchmark: from a judge's verdicts to harm lists,
//! metrics, and rows with intervals.
//!
//! What lives here: the rules of the benchmark's public scorer, as pure
//! functions, each file one section of the scoring specification
//! ("scoring.md"). Same input, same output, to the last bit: the
//! sums are of multiples of 0.5 and exact in any order, and everything after
//! them is computed in the order that the specification gives.
//!
//! What may come in: [`crate::clinical`], `serde` for the shapes of the files,
//! `std`. What may not: files, clocks, threads, async, random sources other than
//! the documented generator ([`bootstrap`]), and any knowledge of arms, panels
//! or judges.
//!
//! The way through: a [`MatchRecord`] and its [`ReviewRecord`] become a
//! [`JudgedRecord`] by [`assemble()`]; a judged file is scored anew by
//! [`rescore()`]; [`score_record`] gives the [`Metrics`] of one record;
//! [`RecordScores`] is what the aggregation keeps of it; [`aggregate()`] makes
//! [`Row`]s, and [`csv_text`] the score file. The same number has different
//! names in different profiles, so [`Metrics`] speaks plainly and a
//! [`Profile`] gives the names.
//!
//! The profile `noharm-v1` (option grading) has another input and other
//! metrics; it stands beside this in [`grading`] and shares [`harm_list`] and
//! [`bootstrap`].

mod actions;
mod aggregate;
mod assemble;
pub mod bootstrap;
mod case_groups;
mod csv;
mod exclude;
pub mod grading;
mod grouping;
mod harms;
pub mod imagined;
mod mean;
mod metrics;
pub(crate) mod number;
mod prepared;
mod profile;
mod reading;
pub mod records;
mod rescore;
mod resilience;
mod review;
mod units;
mod verdicts;

pub use actions::{Healing, ScoreError, is_match_string};
pub use aggregate::{Average, RecordScores, Row, RowMetric, aggregate, row};
pub use assemble::{MATCH_ONLY, assemble};
pub use case_groups::CaseGroups;
pub use csv::csv_text;
pub use exclude::score_without_categories;
pub use grouping::group_actions;
pub use harms::{harm_list, nonrubric_harms};
pub use mean::mean;
pub use metrics::{LengthCorrected, Metrics, score_record};
pub use number::{float_text, round4};
pub use prepared::PreparedRubric;
pub use profile::{LengthRule, Profile};
pub use records::{
    Field, JsonStyle, JudgedAction, JudgedOption, JudgedRecord, MatchRecord, MetricsBlock, Record,
    ResponseRecord, ReviewRecord, StrategiesRecord,
};
pub use rescore::rescore;
pub use resilience::UnitHits;
pub use review::{apply_review, clean_overrides};
pub use units::{UnitVerdict, unit_verdicts};
pub use verdicts::{OptionVerdict, option_verdicts};

/// Score of what has none: an option id that the rubric lacks, an action
/// without a score of its own (scoring.md, sections 5-7). An option without any
/// score, which the reference cannot read, counts the same here: 5, uncertain.
pub const UNKNOWN_SCORE: i64 = 5;
