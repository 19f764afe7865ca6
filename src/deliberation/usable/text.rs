//! Words and lines of a text in any language.

use unicode_segmentation::UnicodeSegmentation;

/// Words as Unicode cuts them (UAX #29), in lower case: a run of letters or
/// digits, and in scripts without spaces a character or a short run.
pub(super) fn words(text: &str) -> Vec<String> {
    text.unicode_words().map(str::to_lowercase).collect()
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
    words: &[String],
    n: usize,
    mut known: impl FnMut(&[String]) -> bool,
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
