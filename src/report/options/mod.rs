//! Reports of runs that grade options (scoring.md, section 18): the arithmetic
//! from graded items to the summary, and its renderings. The rules of
//! [`crate::report`] hold here too.

mod csv;
pub mod html;
mod numbers;
mod rows;
mod sensitivity;
pub mod summarise;
pub mod summary;
pub mod terminal;

pub use csv::csv_text;
pub use numbers::Numbers;
pub use rows::{OptionsArm, OptionsRow};
pub use summarise::{summarise_options, timing};

/// What must be said of the metrics that are ours, wherever they are shown.
const OURS: &str = "Safety (primum) and OverallScore (primum) have a normalisation of our own and \
                    must not be held against published Safety or OverallScore values";

/// The mark of numbers in which options without a usable grade count at their
/// worst.
pub const WORST_CASE: &str = "worst case";

/// Which interval is which, for people.
const INTERVALS: &str = "over cases: stratified cluster bootstrap, other cases might have been \
                         taken; run to run: 1.96 * sd / sqrt(trials) with the cases fixed, as the \
                         published intervals of this format are";
