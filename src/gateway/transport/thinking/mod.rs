//! Thoughts in an answer: models think aloud before they answer, and servers
//! that do not know a model's marks leave its thoughts in the content. A thought
//! that was considered and rejected must never be read as advice.
//!
//! What lives here: the marks that are known (`marks`), OpenAI's harmony format
//! and what is left of it where its tokens were stripped (`harmony`), headings
//! in words (`headings`), and what of a text only quotes a mark (`quotes`). All
//! of it is pure. Where thoughts and answer can be told apart, the answer alone
//! is given; where they cannot, nothing is: when in doubt the call fails, and
//! says so. A text without any mark comes back as it is.

mod harmony;
mod headings;
mod marks;
mod quotes;

use std::borrow::Cow;

use marks::{Mark, Side};
use quotes::Quotes;

/// Why there is no answer in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// It is thoughts alone: they never end, or nothing comes after them.
    ThoughtsAlone,
    /// Thoughts and answer cannot be told apart; with what was found, in a few
    /// words of ours.
    Unclear(&'static str),
}

/// The answer in a text.
///
/// # Errors
/// [`Lost`], when there is none that is sure to be free of thoughts.
pub(super) fn without_thoughts(text: &str) -> Result<Cow<'_, str>, Lost> {
    let whole = text.len() - marks::end_tokens(text);
    let mut answer = Cow::Borrowed(text.get(..whole).unwrap_or(text));
    for step in [harmony::tokens, harmony::remains, headings::read, blocks] {
        let next = match step(&answer)? {
            None => continue,
            Some(next) => next.into_owned(),
        };
        if next.trim().is_empty() {
            return Err(Lost::ThoughtsAlone);
        }
        answer = Cow::Owned(next);
    }
    Ok(answer)
}

/// Takes thoughts between marks out. `None`: there is no mark.
fn blocks(text: &str) -> Result<Option<Cow<'_, str>>, Lost> {
    let all = marks::find(text);
    if all.is_empty() {
        // Tokens around an answer are none of it, thoughts or not.
        let bare = text.trim_start().starts_with("<|");
        return Ok(bare.then(|| Cow::Borrowed(marks::unwrapped(text))));
    }
    let quotes = Quotes::of(text);
    let all: Vec<Mark> = all
        .into_iter()
        .filter(|mark| !quotes.hold(mark.start))
        .collect();
    if all.is_empty() {
        return Ok(None);
    }
    let mut kept: Vec<&str> = Vec::new();
    // Where the text outside of thoughts goes on, and how deep we are in them.
    let (mut from, mut depth) = (0, 0usize);
    for (index, mark) in all.iter().enumerate() {
        match mark.side {
            Side::Opens => {
                if depth == 0 {
                    kept.push(text.get(from..mark.start).unwrap_or_default());
                }
                depth += 1;
            }
            Side::Closes if depth > 0 => {
                depth -= 1;
                from = mark.end;
            }
            // The mark that opens them stands in the prompt, as many templates
            // have it: what comes before the first mark are thoughts.
            Side::Closes if index == 0 => from = mark.end,
            Side::Closes => {
                let between = text.get(from..mark.start).unwrap_or_default();
                if !between.trim().is_empty() {
                    return Err(Lost::Unclear("thoughts that end twice"));
                }
                from = mark.end;
            }
        }
    }
    if depth == 0 {
        kept.push(text.get(from..).unwrap_or_default());
    }
    kept.retain(|part| !part.trim().is_empty());
    match (kept.as_slice(), depth) {
        ([], 0) if all.len() == 1 => Err(Lost::Unclear("an end of thoughts with nothing behind")),
        ([], _) => Err(Lost::ThoughtsAlone),
        (_, 1..) => Err(Lost::Unclear("thoughts without an end")),
        ([one], _) => Ok(Some(Cow::Borrowed(marks::unwrapped(one)))),
        (parts, _) => {
            // A line end would break a string that thoughts stood in.
            let json = text.trim_start().starts_with(['{', '[', '"']);
            let parts: String = parts.join(if json { "" } else { "\n" });
            Ok(Some(Cow::Owned(marks::unwrapped(&parts).to_owned())))
        }
    }
}

#[cfg(test)]
mod tests;
