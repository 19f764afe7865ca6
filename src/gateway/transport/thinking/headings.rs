//! Thoughts and answers that are set apart by headings in words.

use std::borrow::Cow;

use super::Lost;
use super::quotes::Quotes;

/// How thoughts begin, and what stands before the answer, in lower case:
/// Granite 3.2, Apriel, and the command line of Ollama behind a proxy.
const HEADINGS: [(&[&str], &[&str]); 3] = [
    (
        &[
            "here is my thought process",
            "here's my thought process",
            "here’s my thought process",
        ],
        &[
            "here is my response:",
            "here's my response:",
            "here’s my response:",
        ],
    ),
    (
        &["here are my reasoning steps"],
        &["[begin final response]"],
    ),
    (
        &["thinking...\n", "thinking...\r\n"],
        &["...done thinking."],
    ),
];

/// What Apriel writes behind its answer.
const END: &str = "[end final response]";

/// Reads headings. `None`: there are none.
pub(super) fn read(text: &str) -> Result<Option<Cow<'_, str>>, Lost> {
    // The same length in bytes, so that places hold for both.
    let lower = text.to_ascii_lowercase();
    let start = lower.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '#'));
    for (thoughts, answers) in HEADINGS {
        let begins = thoughts.iter().any(|heading| start.starts_with(heading));
        // Apriel's mark is no sentence and counts wherever it stands.
        let marked = answers.iter().any(|heading| heading.starts_with('['));
        if !begins && !marked {
            continue;
        }
        let quotes = Quotes::of(text);
        let after = answers
            .iter()
            .flat_map(|heading| lower.match_indices(heading))
            .filter(|(at, _)| !quotes.hold(*at))
            .map(|(at, heading)| at + heading.len())
            .max();
        match after {
            Some(after) => {
                let end = lower
                    .get(after..)
                    .and_then(|rest| rest.rfind(END))
                    .map_or(text.len(), |end| after + end);
                let answer = text.get(after..end).unwrap_or_default();
                let answer = answer.trim_start_matches(|c: char| c.is_whitespace() || c == '*');
                return Ok(Some(Cow::Borrowed(answer)));
            }
            None if begins => {
                return Err(Lost::Unclear("a heading of thoughts and none of an answer"));
            }
            None => {}
        }
    }
    Ok(None)
}
