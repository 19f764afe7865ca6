//! Reading a prompt as a model would: the delimited blocks, and what stands
//! in them. Everything here takes any text and finds what it can; nothing
//! fails.

mod answer;
mod block;
mod labelled;
mod options;
mod plan;
mod rubric;

pub use answer::{AnswerItem, items};
pub use block::block;
pub use labelled::{Candidate, EditLine, EditOp, candidates, edits, pooled};
pub use options::{OptionLine, options};
pub use plan::{Draft, DraftItem, PlanItem, drafts, plan};
pub use rubric::{FirstReading, RubricLine, Verdict, VerdictLine, rubric, verdicts};

/// The first "at most N" of a text.
pub fn at_most(text: &str) -> Option<usize> {
    let (_, rest) = text.split_once("at most ")?;
    let digits: &str = &rest[..rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len())];
    digits.parse().ok()
}

/// A leading number with what follows it: `12` and the rest.
fn leading_number(text: &str) -> Option<(usize, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    if end == 0 || end > 4 {
        return None;
    }
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_number_of_edits_stands_in_the_system_message() {
        assert_eq!(super::at_most("edits, at most 3, the most"), Some(3));
        assert_eq!(super::at_most("at most five"), None);
        assert_eq!(super::at_most("none"), None);
    }
}
