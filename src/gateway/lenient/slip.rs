//! What is forgiven in an answer, and in which words that is told.

/// One kind of slip. Each leaves the meaning as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// White space that JSON does not know, or a byte order mark.
    OddSpace,
    /// A comment.
    Comment,
    /// A comma before a closing bracket.
    TrailingComma,
    /// No comma between two entries.
    MissingComma,
    /// A key without quotes.
    UnquotedKey,
    /// One word without quotes.
    BareWord,
    /// `True`, `None` and the like.
    PythonWord,
    /// `+1`, `.5`, `5.`.
    OddNumber,
    /// Single or typographic quotes as delimiters.
    OddQuotes,
    /// A line end or another control character inside a string.
    RawControl,
    /// An escape that JSON does not know.
    OddEscape,
    /// Half of a surrogate pair.
    HalfCharacter,
    /// A key twice, with the same value.
    RepeatedKey,
    /// JSON inside a string.
    DoublyEncoded,
    /// The object stands inside another one or a list.
    Wrapped,
    /// A bracket before the object is never closed.
    Unclosed,
    /// The list stands without the object around it.
    BareList,
    /// One entry where a list of them is expected, or several in one string.
    NoList,
    /// Keys that the schema does not have.
    ExtraKeys,
    /// Null, or nothing at all, where a word says that there is none.
    Nothing,
    /// A number or a truth in quotes, or a number where text is expected.
    WrongType,
    /// `1.0` where a whole number is expected.
    WholeFloat,
    /// A word of the vocabulary in other letters.
    OtherCase,
    /// A reference in other words (`[3]`, `Option 3`).
    LooseReference,
    /// A remark that was stopped at its bound.
    CutRemark,
    /// Several answers, of which the last one counts.
    SeveralAnswers,
}

const ALL: [(Slip, &str); 26] = [
    (Slip::OddSpace, "odd white space"),
    (Slip::Comment, "comments in JSON"),
    (Slip::TrailingComma, "a trailing comma"),
    (Slip::MissingComma, "a missing comma"),
    (Slip::UnquotedKey, "keys without quotes"),
    (Slip::BareWord, "a word without quotes"),
    (Slip::PythonWord, "words of Python"),
    (Slip::OddNumber, "an odd number"),
    (Slip::OddQuotes, "odd quotes"),
    (Slip::RawControl, "raw line ends or tabs in strings"),
    (Slip::OddEscape, "odd escapes"),
    (Slip::HalfCharacter, "half a character"),
    (Slip::RepeatedKey, "a key given twice alike"),
    (Slip::DoublyEncoded, "JSON within a string"),
    (Slip::Wrapped, "wrapping"),
    (Slip::Unclosed, "a bracket that is never closed"),
    (Slip::BareList, "a list without its object"),
    (Slip::NoList, "an entry that is no list"),
    (Slip::ExtraKeys, "extra keys"),
    (Slip::Nothing, "null or nothing for none"),
    (Slip::WrongType, "values of another type"),
    (Slip::WholeFloat, "whole numbers with a fraction"),
    (Slip::OtherCase, "other spelling"),
    (Slip::LooseReference, "loose references"),
    (Slip::CutRemark, "remarks cut at their bound"),
    (Slip::SeveralAnswers, "several answers, the last one counts"),
];

impl Slip {
    /// In a few words, after "in spite of".
    pub fn words(self) -> &'static str {
        ALL.iter()
            .find(|(slip, _)| *slip == self)
            .map_or("", |(_, words)| words)
    }
}

/// A set of slips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slips(u32);

impl Slips {
    /// Adds one.
    pub fn note(&mut self, slip: Slip) {
        self.0 |= 1 << slip as u32;
    }

    /// Adds all of another set.
    pub fn add(&mut self, other: Slips) {
        self.0 |= other.0;
    }

    /// Is it in the set?
    pub fn has(self, slip: Slip) -> bool {
        self.0 & (1 << slip as u32) != 0
    }

    /// Is there none?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// In the order of their definition.
    pub fn iter(self) -> impl Iterator<Item = Slip> {
        ALL.iter()
            .map(|(slip, _)| *slip)
            .filter(move |slip| self.has(*slip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slip_has_words_of_its_own_and_is_counted() {
        let mut all = Slips::default();
        for (place, (slip, words)) in ALL.iter().enumerate() {
            assert_eq!(*slip as usize, place);
            assert!(!words.is_empty() && slip.words() == *words);
            assert!(!all.has(*slip));
            all.note(*slip);
        }
        assert_eq!(all.iter().count(), ALL.len());
    }
}
