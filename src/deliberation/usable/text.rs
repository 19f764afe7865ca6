//! Words and lines of a text in any language.

use unicode_segmentation::UnicodeSegmentation;

/// A word, known by the hash of its letters in lower case: drafts are held word
/// by word against prompts that are many times as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Word {
    hash: u64,
    /// Characters that it has.
    pub(super) length: usize,
}

impl Word {
    fn new(word: &str) -> Self {
        let (mut hash, mut length) = (START, 0);
        for letter in word.chars().flat_map(char::to_lowercase) {
            hash = mixed(hash, u64::from(u32::from(letter)));
            length += 1;
        }
        Self { hash, length }
    }
}

/// FNV-1a with 64 bits (Fowler, Noll, Vo), over characters and words in place of
/// bytes. Who finds two texts of one hash makes a draft of their own look copied.
const START: u64 = 0xcbf2_9ce4_8422_2325;

fn mixed(hash: u64, next: u64) -> u64 {
    (hash ^ next).wrapping_mul(0x0100_0000_01b3)
}

/// Words as Unicode cuts them (UAX #29): a run of letters or digits, and in
/// scripts without spaces a character or a short run.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word> {
    text.unicode_words().map(Word::new)
}

/// A run of words, as one number.
pub(super) fn run_of(words: &[Word]) -> u64 {
    words
        .iter()
        .fold(START, |hash, word| mixed(hash, word.hash.rotate_left(31)))
}

/// A line without what marks it as an item of a list (`3.`, `-`,
/// `**2)**`, `###`) and without emphasis at its ends, so that a loop that counts
/// on is still a loop.
pub(super) fn bare(line: &str) -> &str {
    let sign = |c: char| !c.is_alphanumeric();
    let start = line.trim_start_matches(sign);
    let digits = start.bytes().take_while(u8::is_ascii_digit).count();
    let after = start[digits..].strip_prefix(['.', ')', ':', '、', '．', '）', '：']);
    let body = match after {
        // `2.5 mg` is an amount.
        Some(after) if (1..=4).contains(&digits) && !after.starts_with(char::is_numeric) => after,
        _ => start,
    };
    body.trim_matches(sign)
}

/// The lines that hold anything, bare.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(bare).filter(|line| !line.is_empty())
}

/// A line that only leads to what follows it: "Here is the question:".
pub(super) fn leads_on(line: &str) -> bool {
    let end = line.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '#'));
    end.ends_with([':', '：'])
}

/// Which words stand in runs of `n` for which `known` holds.
pub(super) fn covered(
    words: &[Word],
    n: usize,
    mut known: impl FnMut(&[Word]) -> bool,
) -> Vec<bool> {
    let mut covered = vec![false; words.len()];
    // Words before this are covered already.
    let mut done = 0;
    for (at, run) in words.windows(n).enumerate() {
        if known(run) {
            let end = at + n;
            covered[done.max(at)..end].fill(true);
            done = end;
        }
    }
    covered
}

/// `part` of `whole`; of nothing it is 0.
pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        // Lengths of texts are far below 2^53.
        part as f64 / whole as f64
    }
}
