//! Where a text quotes: spans and blocks of code. A mark in one of them is
//! something that the text speaks of.

use std::ops::Range;

/// Places of a text that are quoted.
pub(super) struct Quotes(Vec<Range<usize>>);

impl Quotes {
    /// Code spans within one line, and closed fences with some text before
    /// them: a fence around the whole answer quotes nothing.
    pub(super) fn of(text: &str) -> Quotes {
        let mut quotes = Vec::new();
        let mut fence: Option<(usize, &str)> = None;
        let mut something_before = false;
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let bare = line.trim();
            let ticks = ["```", "~~~"].into_iter().find(|t| bare.starts_with(t));
            match (fence, ticks) {
                (None, Some(ticks)) => fence = Some((start, ticks)),
                (Some((from, opened)), Some(ticks)) if ticks == opened => {
                    if something_before {
                        quotes.push(from..end);
                    }
                    fence = None;
                }
                (Some(_), _) => {}
                (None, None) => {
                    spans(line, start, &mut quotes);
                    something_before |= !bare.is_empty();
                }
            }
            start = end;
        }
        Quotes(quotes)
    }

    /// Is this place quoted?
    pub(super) fn hold(&self, at: usize) -> bool {
        self.0.iter().any(|quote| quote.contains(&at))
    }
}

/// Spans between runs of as many backticks, in one line.
fn spans(line: &str, start: usize, quotes: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some((from, count)) = ticks(line, at) {
        let mut after = from + count;
        loop {
            match ticks(line, after) {
                Some((closing, as_many)) if as_many == count => {
                    quotes.push(start + from..start + closing);
                    at = closing + as_many;
                    break;
                }
                Some((other, as_many)) => after = other + as_many,
                None => {
                    at = from + count;
                    break;
                }
            }
        }
    }
}

/// The next run of backticks: where, and how many.
fn ticks(line: &str, from: usize) -> Option<(usize, usize)> {
    let rest = line.get(from..)?;
    let at = rest.find('`')?;
    let count = rest.get(at..)?.bytes().take_while(|b| *b == b'`').count();
    Some((from + at, count))
}
