//! Grading options: the task in which agents get a case and a numbered list of
//! options, and grade every one (scoring.md, section 18).
//!
//! ```text
//! grades (parallel, blind) ─► lead, or a vote on every option ─► guardians (serial flips)
//! ```
//!
//! The same rules hold as for plans: blind drafts, joined by agent name; quorum
//! and vendor mix; limits on what a guardian may change, refusals recorded with
//! their rule; a ledger in which every option ends with a grade or with the
//! reason why there is none. What an agent may see of a rubric is an
//! [`OptionList`], and that has numbers and texts only.
//!
//! [`grades`] reads an answer; [`ask`] asks, and once more for what is not
//! usable; `gather` waits for all of them, or until a deadline; [`vote`] and [`flips`] apply answers by rule; [`panel`] runs the
//! stages.

pub mod ask;
pub mod flips;
mod gather;
pub mod grades;
pub mod list;
pub mod panel;
pub mod vote;

pub use ask::{AskedGrades, ask_grades};
pub use list::OptionList;
pub use panel::{GradedAnswer, grade_options};

/// Option numbers for people: `3, 7 and 12 more`.
pub fn numbers(numbers: &[i64]) -> String {
    const MOST: usize = 10;
    let shown: Vec<String> = numbers.iter().take(MOST).map(ToString::to_string).collect();
    match numbers.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
