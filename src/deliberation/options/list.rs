//! The options as agents may see them.

use std::fmt::Write as _;

use crate::clinical::PatientText;
use crate::deliberation::one_line;

/// Numbered options of a case: number and text, and nothing else of a rubric.
/// Scores, groups and dependencies cannot be reached from here (design rule
/// 12).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionList {
    options: Vec<(i64, PatientText)>,
}

impl OptionList {
    /// A list from numbers and texts. Of options with one number the first
    /// stays: they could not be told apart.
    pub fn new<'a>(options: impl IntoIterator<Item = (i64, &'a str)>) -> Self {
        let mut list = Self::default();
        for (number, text) in options {
            if !list.knows(number) {
                list.options
                    .push((number, one_line(&PatientText::from(text))));
            }
        }
        list
    }

    /// Numbers in the order of the list.
    pub fn numbers(&self) -> impl Iterator<Item = i64> + '_ {
        self.options.iter().map(|(number, _)| *number)
    }

    /// The name by which agents are shown an option: no place in a list, and no
    /// score, could be meant by it.
    pub fn name(number: i64) -> String {
        format!("O{number}")
    }

    /// Names in the order of the list.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.numbers().map(Self::name)
    }

    /// Is there an option with this number?
    pub fn knows(&self, number: i64) -> bool {
        self.options.iter().any(|(known, _)| *known == number)
    }

    /// How many options there are.
    pub fn len(&self) -> usize {
        self.options.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.options.is_empty()
    }

    /// The list for a prompt, one option a line: `O12. text`.
    pub fn block(&self) -> String {
        self.block_with(|_| String::new())
    }

    /// The list with a mark behind every name: `O12. mark text`.
    pub fn block_with(&self, mark: impl Fn(i64) -> String) -> String {
        let mut block = String::new();
        for (number, text) in &self.options {
            let mark = mark(*number);
            let space = if mark.is_empty() { "" } else { " " };
            // Writing to a String cannot fail.
            let name = Self::name(*number);
            let _ = writeln!(block, "{name}. {mark}{space}{}", text.expose());
        }
        block
    }
}
