//! A draft that is mostly a copy: of the question, or of its instructions.
//!
//! The measure is the coverage of extractive fragments (Grusky et al. 2018, arXiv
//! 1804.11283): the share of a text's words in runs that stand in a source; here
//! in runs of at least five words, so that names and set phrases are none. The
//! same idea over sets of runs is the containment of Broder (1997). A draft that
//! restates its question and then advises has a high coverage too, so what is its
//! own is looked at as well: an echo has next to nothing.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

use crate::panel::model::DraftChecks;

use super::Unusable;
use super::text::{Word, covered, leads_on, run_of, share, words};

/// Words of a run that counts as copied.
const RUN: usize = 5;

/// A sentence of which more than this is copied is a copy, though a word in it
/// was changed: what stands between two copied runs is no advice.
const COPIED_SENTENCE: f64 = 0.5;

/// So many copied words are more than a quotation, however long the source is.
const QUOTATION: usize = 25;

/// A copy of less than a quotation is an echo when it is nearly all of a short
/// source.
const WHOLE_SOURCE: f64 = 0.8;

pub(super) fn check(
    rules: &DraftChecks,
    text: &str,
    question: &str,
    instructions: &[&str],
) -> Result<(), Unusable> {
    let text = &Cut::new(text);
    let question = Source::new([question]);
    let all = Source::new(instructions.iter().copied());
    if is_copy(rules, text, &question) {
        return Err(Unusable::CopiesQuestion);
    }
    // The instructions hold the question too; what is a copy of both together
    // is told as the one that more of it comes from.
    if is_copy(rules, text, &all) {
        let of_question = copied(text, &question);
        return Err(if 2 * of_question.copied >= copied(text, &all).copied {
            Unusable::CopiesQuestion
        } else {
            Unusable::CopiesInstructions
        });
    }
    Ok(())
}

fn is_copy(rules: &DraftChecks, text: &Cut, source: &Source) -> bool {
    let found = copied(text, source);
    let echo = found.copied >= QUOTATION
        || (found.own == 0 && share(found.copied, source.words) >= WHOLE_SOURCE);
    echo && share(found.copied, found.words) > rules.copied_words && found.own < rules.own_words
}

/// What may have been copied.
struct Source {
    runs: HashSet<u64>,
    words: usize,
}

impl Source {
    /// Some texts; no run goes from one to the next.
    fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut source = Self {
            runs: HashSet::new(),
            words: 0,
        };
        for text in texts {
            let words: Vec<Word> = words(text).collect();
            source.words += words.len();
            source.runs.extend(words.windows(RUN).map(run_of));
        }
        source
    }
}

/// How much of a text is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Copied {
    /// Words of the text.
    words: usize,
    /// Of these, in runs that stand in the source.
    copied: usize,
    /// Words of sentences that are no copies, without lines that only lead on to
    /// what follows.
    own: usize,
}

/// A text that may be a copy.
struct Cut {
    words: Vec<Word>,
    /// Where each sentence ends among the words, and whether it leads on.
    sentences: Vec<(usize, bool)>,
}

impl Cut {
    fn new(text: &str) -> Self {
        let (mut all, mut sentences) = (Vec::new(), Vec::new());
        for line in text.lines() {
            for sentence in line.unicode_sentences() {
                all.extend(words(sentence));
                sentences.push((all.len(), leads_on(sentence)));
            }
        }
        Self {
            words: all,
            sentences,
        }
    }
}

/// Holds a text against what may have been copied.
fn copied(text: &Cut, source: &Source) -> Copied {
    let all = &text.words;
    let covered = covered(all, RUN, |run| source.runs.contains(&run_of(run)));
    let of = |words: &[bool]| words.iter().filter(|copied| **copied).count();
    let (mut own, mut start) = (0, 0);
    for &(end, leads) in &text.sentences {
        let sentence = &covered[start..end];
        if !leads && share(of(sentence), sentence.len()) <= COPIED_SENTENCE {
            own += sentence.len();
        }
        start = end;
    }
    Copied {
        words: all.len(),
        copied: of(&covered),
        own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: &str = "A 68-year-old woman on warfarin has an INR of 9 without bleeding. She \
                            lives alone and takes amiodarone since last week. Should warfarin be \
                            stopped, and is vitamin K needed today?";

    fn of(text: &str) -> Copied {
        copied(&Cut::new(text), &Source::new([QUESTION]))
    }

    fn is(text: &str) -> bool {
        is_copy(
            &DraftChecks::default(),
            &Cut::new(text),
            &Source::new([QUESTION]),
        )
    }

    #[test]
    fn an_echo_is_a_copy_with_or_without_a_lead() {
        assert!(is(QUESTION));
        assert!(is(&format!(
            "Here is the question of the consult again:\n\n{QUESTION}"
        )));
        assert!(is(&QUESTION.to_uppercase()));
        assert!(is(&QUESTION.replace(". ", ".\n\n1. ")));
        let changed = QUESTION
            .replace("without", "with no")
            .replace("alone", "by herself");
        assert!(is(&changed), "{:?}", of(&changed));
    }

    #[test]
    fn who_restates_the_question_and_then_advises_is_heard() {
        for advice in [
            "1. Stop warfarin now.\n2. Give vitamin K.",
            "Stop warfarin and give vitamin K 2.5 mg by mouth.",
        ] {
            assert!(!is(&format!("{QUESTION}\n\n{advice}")), "{advice}");
            assert!(!is(&format!("{advice}\n\n{QUESTION}")), "{advice}");
        }
    }

    #[test]
    fn a_quotation_is_no_copy() {
        assert!(!is("Continue: takes amiodarone since last week."));
        assert!(!is("A 68-year-old woman on warfarin has an INR of 9."));
        // An answer in the words of a short question.
        let short = "Should she continue metoprolol 25 mg twice daily, or change?";
        let source = Source::new([short]);
        let rules = DraftChecks::default();
        assert!(!is_copy(
            &rules,
            &Cut::new("Continue metoprolol 25 mg twice daily."),
            &source
        ));
        assert!(is_copy(&rules, &Cut::new(short), &source));
    }
}
