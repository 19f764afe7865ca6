//! A text that is no language: broken or binary characters, or hardly a word.
//!
//! U+FFFD stands for what could not be decoded (Unicode 16.0, section 3.9); a
//! text that a person can read has next to none. The rule on letters is one of
//! MassiveText's quality filters (Rae et al. 2021, arXiv 2112.11446, section
//! A.1.1): in at least 80 % of a text's words there is a letter. Doses and tables
//! are fuller of numbers than web pages are, so here it is the other way round:
//! more than 80 % without any.

use unicode_segmentation::UnicodeSegmentation;

use crate::panel::model::DraftChecks;

use super::Unusable;
use super::text::share;

pub(super) fn check(rules: &DraftChecks, text: &str) -> Result<(), Unusable> {
    if text.trim().is_empty() {
        return Err(Unusable::Empty);
    }
    let seen = text.chars().filter(|c| !c.is_whitespace());
    let (mut all, mut broken) = (0, 0);
    for c in seen {
        all += 1;
        broken += usize::from(is_broken(c));
    }
    let (mut words, mut bare) = (0, 0);
    for word in text.unicode_words() {
        words += 1;
        bare += usize::from(!word.chars().any(char::is_alphabetic));
    }
    let unreadable = share(broken, all) > rules.unreadable;
    let wordless = words == 0 || share(bare, words) > rules.without_letters;
    if unreadable || wordless {
        Err(Unusable::NoLanguage)
    } else {
        Ok(())
    }
}

/// A character that no text has: one that stands for a broken one, a control
/// character, one of private use, or none at all.
fn is_broken(c: char) -> bool {
    let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    let none = (u32::from(c) & 0xfffe) == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    c == char::REPLACEMENT_CHARACTER || c.is_control() || private || none
}
