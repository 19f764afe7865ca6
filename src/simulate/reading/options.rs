//! Numbered options as agents see them.

use super::leading_number;

/// One option of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionLine {
    /// Its number.
    pub number: i64,
    /// How it is graded, where the list says so.
    pub appropriate: Option<bool>,
    /// The action.
    pub text: String,
}

/// Reads lines `O12. text`, perhaps with a mark before the text
/// (`O12. [Appropriate, 2 of 3 advisors] text`); other lines are passed over.
pub fn options(block: &str) -> Vec<OptionLine> {
    block
        .lines()
        .filter_map(|line| {
            let (number, rest) = leading_number(line.trim().strip_prefix('O')?)?;
            let rest = rest.strip_prefix(". ")?;
            let (appropriate, text) = match marked(rest) {
                Some((appropriate, text)) => (appropriate, text),
                None => (None, rest),
            };
            Some(OptionLine {
                number: i64::try_from(number).ok()?,
                appropriate,
                text: text.trim().to_owned(),
            })
        })
        .collect()
}

/// A mark and what follows it; a bracket that is part of an option's own words
/// is none.
fn marked(text: &str) -> Option<(Option<bool>, &str)> {
    let (mark, rest) = text.strip_prefix('[')?.split_once("] ")?;
    let appropriate = if mark.starts_with("Appropriate,") {
        Some(true)
    } else if mark.starts_with("Inappropriate,") {
        Some(false)
    } else if mark == "no usable grade" {
        None
    } else {
        return None;
    };
    Some((appropriate, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_with_and_without_a_mark() {
        let line = |number, appropriate, text: &str| OptionLine {
            number,
            appropriate,
            text: text.into(),
        };
        assert_eq!(
            options(
                "O1. Order a CT\nO12. [Inappropriate, 3 of 3 advisors] Stop it\n\
                 O3. [Appropriate, by an earlier safety check] Go\nO4. [x] y\n\
                 O5. [no usable grade] z\nnothing\n6. no name"
            ),
            [
                line(1, None, "Order a CT"),
                line(12, Some(false), "Stop it"),
                line(3, Some(true), "Go"),
                line(4, None, "[x] y"),
                line(5, None, "z"),
            ]
        );
    }
}
