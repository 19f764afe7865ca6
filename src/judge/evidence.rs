//! Do the words that a judge quotes stand in the answer?
//!
//! White space, case, Markdown, list marks and the kind of quotes and dashes
//! aside; an ellipsis stands for words left out. Everything else must be there,
//! in this order and as whole words.

use crate::gateway::is_dense;

/// Fewest letters and digits of a quotation: fewer stand everywhere.
const FEWEST: usize = 6;
/// The same of each piece of it that an ellipsis parts, such as a dose.
const FEWEST_OF_A_PIECE: usize = 3;
/// A letter of Chinese, Japanese or Korean says about as much as three of others.
const DENSE: usize = 3;

/// An answer, ready to be quoted from.
pub struct Answer(String);

impl Answer {
    /// Prepares an answer.
    pub fn new(text: &str) -> Self {
        Self(plain(text))
    }

    /// Is this a quotation from it?
    pub fn has(&self, quotation: &str) -> bool {
        let quotation = plain(quotation);
        let mut rest = self.0.as_str();
        let mut letters = 0;
        for piece in quotation.split("...") {
            let edge = |c: char| !c.is_alphanumeric() && !"<>=≥≤±+%".contains(c);
            let piece = piece.trim_matches(edge);
            if piece.is_empty() {
                continue;
            }
            let weight = weight(piece);
            if weight < FEWEST_OF_A_PIECE {
                return false;
            }
            letters += weight;
            match after(rest, piece) {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        letters >= FEWEST
    }
}

/// Letters and digits, those of dense scripts thrice.
fn weight(words: &str) -> usize {
    let letters = words.chars().filter(|c| c.is_alphanumeric());
    letters.map(|c| if is_dense(c) { DENSE } else { 1 }).sum()
}

/// What follows the first place where these words stand as whole words.
fn after<'t>(text: &'t str, words: &str) -> Option<&'t str> {
    // Words of Latin, Greek and Cyrillic stand apart. Other scripts may write one
    // onto the next, but no script cuts a number: 5 mg does not stand in 15 mg.
    let apart = |c: char| c.is_numeric() || (c.is_alphabetic() && u32::from(c) < 0x530);
    let inside =
        |c: Option<char>, edge: Option<char>| c.is_some_and(apart) && edge.is_some_and(apart);
    text.match_indices(words).find_map(|(at, _)| {
        let (before, behind) = (text.get(..at)?, text.get(at + words.len()..)?);
        let torn = inside(before.chars().next_back(), words.chars().next())
            || inside(behind.chars().next(), words.chars().next_back());
        (!torn).then_some(behind)
    })
}

/// Small letters, single spaces, plain signs; without Markdown, quotes and the
/// marks of lists.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim_start().trim_start_matches('>').trim_start();
        let line = line.strip_prefix(['-', '*', '+', '•', '–']).unwrap_or(line);
        if !out.ends_with(' ') && !out.is_empty() {
            out.push(' ');
        }
        for c in line.chars() {
            match c {
                '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {}
                '*' | '_' | '`' | '#' | '~' | '\\' => {}
                '"' | '\'' | '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '«' | '»' | '′' | '″' =>
                    {}
                '‐' | '‑' | '‒' | '–' | '—' | '−' => out.push('-'),
                '…' => out.push_str("..."),
                c if c.is_whitespace() || c == '|' => {
                    if !out.ends_with(' ') {
                        out.push(' ');
                    }
                }
                c => out.extend(c.to_lowercase()),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "Likely gout.\n\n1. **Start colchicine** 0.5 mg twice a day — for \u{201c}3 \
                        days\u{201d}\n2. Don’t give   allopurinol if eGFR <30\n   - Keep a diary";

    #[test]
    fn quotations_stand_there_however_they_are_set() {
        let answer = Answer::new(TEXT);
        for quotation in [
            "Start colchicine 0.5 mg twice a day",
            "start COLCHICINE",
            "\"Start colchicine\" 0.5 mg",
            "1. Start colchicine 0.5 mg",
            "for \"3 days\"",
            "twice a day - for 3 days",
            "Dont give allopurinol",
            "Don't give allopurinol if eGFR <30.",
            "Start colchicine … for 3 days",
            "Start colchicine [...] Keep a diary",
            "* Keep a diary",
            "0.5 mg twice",
            "`eGFR <30`",
        ] {
            assert!(answer.has(quotation), "{quotation}");
        }
    }

    #[test]
    fn what_does_not_stand_there_is_no_quotation() {
        let answer = Answer::new(TEXT);
        for quotation in [
            "",
            "…",
            "a",
            "mg",
            "0.5 mg",
            "Start … a … Keep a diary",
            "Start prednisone",
            "colchicine 0.5 mg once a day",
            "Give allopurinol now",
            "give allopurinol if eGFR >30",
            "Keep a diary ... Start colchicine",
            "colchicin",
            "art colchicine",
            "5 mg colchicine",
            "0 5 mg",
        ] {
            assert!(!answer.has(quotation), "{quotation}");
        }
    }

    #[test]
    fn a_quotation_in_a_script_without_spaces_stands_there() {
        let text = Answer::new("建议立即停用华法林并复查凝血功能。");
        assert!(text.has("停用华法林") && text.has("复查凝血功能"));
        let arabic = Answer::new("يعطى المورفين ١٥ مغ");
        assert!(arabic.has("المورفين ١٥ مغ") && !arabic.has("المورفين … ٥ مغ"));
    }

    proptest! {
        #[test]
        fn every_run_of_words_is_a_quotation(from in 0usize..20, words in 2usize..8) {
            let all: Vec<&str> = TEXT.split_whitespace().collect();
            let end = (from + words).min(all.len());
            let quotation = all[from.min(end)..end].join(" ");
            prop_assume!(weight(&quotation) >= FEWEST);
            // A list mark in the middle is not quoted.
            prop_assume!(!quotation.contains(" - "));
            prop_assert!(Answer::new(TEXT).has(&quotation), "{}", quotation);
        }

        #[test]
        fn it_never_panics(text in "\\PC{0,80}", quotation in "\\PC{0,40}") {
            let _ = Answer::new(&text).has(&quotation);
        }
    }
}
