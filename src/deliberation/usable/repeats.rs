//! Degenerate repetition: a model that says the same over and over.
//!
//! The measures are two of the repetition filters of MassiveText (Rae et al.
//! 2021, arXiv 2112.11446, table A1): the share of a text's characters in lines
//! that stand there already (published limit 0.20), and in runs of ten words that
//! do (0.10). Ours count from the third time on: Holtzman et al. (2020, arXiv
//! 1904.09751) call a text degenerate where a phrase stands at least three times,
//! and a plan with its own summary below, which says all twice, is none. How the
//! limits were set: `docs/usable-drafts.md`.

use std::collections::HashMap;

use crate::panel::model::DraftChecks;

use super::Unusable;
use super::text::{Word, bare, covered, lines, run_of, share, words};

/// Words of a run; the longest that MassiveText's table has.
const RUN: usize = 10;

/// How often a line or a run may stand in a text before it counts.
const FREE: u32 = 2;

pub(super) fn check(rules: &DraftChecks, text: &str) -> Result<(), Unusable> {
    let looping = in_lines(text) > rules.repeated_lines || in_words(text) > rules.repeated_words;
    if looping {
        Err(Unusable::Repeats)
    } else {
        Ok(())
    }
}

/// Share of the characters in lines that stand there for at least the third
/// time.
fn in_lines(text: &str) -> f64 {
    let mut met: HashMap<String, u32> = HashMap::new();
    let (mut all, mut again) = (0, 0);
    for line in lines(text) {
        let length = line.chars().count();
        all += length;
        let times = met.entry(line.to_lowercase()).or_default();
        *times += 1;
        if *times > FREE {
            again += length;
        }
    }
    share(again, all)
}

/// Share of the characters in runs of words that stand there for at least the
/// third time. Runs go on from line to line.
fn in_words(text: &str) -> f64 {
    let words: Vec<Word> = text.lines().flat_map(|line| words(bare(line))).collect();
    let mut met: HashMap<u64, u32> = HashMap::new();
    let covered = covered(&words, RUN, |run| {
        let times = met.entry(run_of(run)).or_default();
        *times += 1;
        *times > FREE
    });
    let all = words.iter().map(|word| word.length).sum();
    let repeated = words.iter().zip(covered).filter(|(_, again)| *again);
    share(repeated.map(|(word, _)| word.length).sum(), all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_from_its_third_time_on() {
        assert_eq!(in_lines("1. Check INR.\n2. Check INR."), 0.0);
        assert_eq!(
            in_lines("1. Check INR.\n2. Check INR.\n3. check INR"),
            1.0 / 3.0
        );
        let loop_ = "- Check INR.\n".repeat(20);
        assert_eq!(in_lines(&loop_), 0.9);
        assert_eq!(in_lines(""), 0.0);
    }

    #[test]
    fn a_run_counts_from_its_third_time_on_whatever_breaks_its_lines() {
        let plan = "stop the warfarin today and give vitamin k by mouth tonight\n";
        assert_eq!(in_words(&plan.repeat(2)), 0.0);
        // Eleven words: of three times, the third.
        assert!((in_words(&plan.repeat(3)) - 1.0 / 3.0).abs() < 1e-9);
        let broken = plan.repeat(10).replace("and", "\nand");
        assert!(
            (in_words(&broken) - 0.8).abs() < 1e-9,
            "{}",
            in_words(&broken)
        );
        assert_eq!(in_words("one two three"), 0.0);
    }

    #[test]
    fn short_lists_of_like_items_repeat_nothing() {
        let list = "1. Check sodium in 1 week.\n2. Check potassium in 1 week.\n3. Check creatinine \
                    in 1 week.\n4. Check magnesium in 1 week.";
        assert_eq!((in_lines(list), in_words(list)), (0.0, 0.0));
    }
}
