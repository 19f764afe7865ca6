//! OpenAI's harmony format: messages in channels, of which `final` alone is the
//! answer. Servers that do not know it leave its tokens in the content, or strip
//! them and leave the bare names of the channels.

use std::borrow::Cow;

use super::Lost;
use super::quotes::Quotes;

const START: &str = "<|start|>";
const CHANNEL: &str = "<|channel|>";
const MESSAGE: &str = "<|message|>";
const TOKENS: [&str; 7] = [
    START,
    CHANNEL,
    MESSAGE,
    "<|constrain|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
];

/// What a part of the text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Final,
    /// Any other channel: `analysis`, `commentary`.
    Thoughts,
    /// A message without a channel, or text outside of all messages.
    Plain,
}

/// Reads channels with their tokens. `None`: there are none.
pub(super) fn tokens(text: &str) -> Result<Option<Cow<'_, str>>, Lost> {
    if ![CHANNEL, MESSAGE].iter().any(|token| text.contains(token)) {
        return Ok(None);
    }
    let quotes = Quotes::of(text);
    let mut found: Vec<(usize, &str)> = Vec::new();
    for token in TOKENS {
        let places = text.match_indices(token).map(|(at, _)| (at, token));
        found.extend(places.filter(|(at, _)| !quotes.hold(*at)));
    }
    if !found
        .iter()
        .any(|(_, token)| [CHANNEL, MESSAGE].contains(token))
    {
        return Ok(None);
    }
    found.sort_unstable();
    let mut parts: Vec<(Part, &str)> = Vec::new();
    let mut part = Part::Plain;
    let mut in_header = false;
    let mut from = 0;
    let ends = found.iter().copied().chain([(text.len(), "")]);
    let mut before = "";
    for (at, token) in ends {
        let words = text.get(from..at).unwrap_or_default();
        if in_header {
            if before == CHANNEL {
                part = channel(words);
            }
            if !matches!(token, CHANNEL | MESSAGE | "<|constrain|>") {
                return Err(Lost::Unclear("a channel without a message"));
            }
        } else if !words.trim().is_empty() {
            parts.push((part, words));
        }
        in_header = match token {
            START | CHANNEL => {
                part = Part::Plain;
                true
            }
            MESSAGE => false,
            "<|constrain|>" => in_header,
            _ => {
                part = Part::Plain;
                false
            }
        };
        from = at + token.len();
        before = token;
    }
    let of = |wanted: Part| {
        let words = parts.iter().filter(move |(part, _)| *part == wanted);
        words.map(|(_, words)| words.trim()).collect::<Vec<_>>()
    };
    let (answers, plain) = (of(Part::Final), of(Part::Plain));
    let thoughts = parts.iter().any(|(part, _)| *part == Part::Thoughts);
    if !answers.is_empty() {
        Ok(Some(Cow::Owned(answers.join("\n\n"))))
    } else if thoughts && plain.is_empty() {
        Err(Lost::ThoughtsAlone)
    } else if thoughts {
        Err(Lost::Unclear("thoughts in a channel and no final channel"))
    } else {
        Ok(Some(Cow::Owned(plain.join("\n\n"))))
    }
}

/// What a channel of this name holds. `assistant` is no channel, but servers
/// put the role there.
fn channel(name: &str) -> Part {
    match name.split_whitespace().next() {
        Some("final") => Part::Final,
        Some("assistant") | None => Part::Plain,
        Some(_) => Part::Thoughts,
    }
}

/// Reads what is left of the channels where their tokens were stripped:
/// `analysisThe question is…assistantfinal1. Do…`. `None`: nothing like it.
pub(super) fn remains(text: &str) -> Result<Option<Cow<'_, str>>, Lost> {
    let start = text.trim_start();
    let thinks = ["analysis", "commentary"]
        .into_iter()
        .find_map(|name| start.strip_prefix(name))
        .is_some_and(glued);
    if let Some(answer) = after_last_final(text, thinks) {
        return Ok(Some(Cow::Borrowed(answer.trim_start())));
    }
    if thinks {
        return Err(Lost::Unclear("a channel of thoughts and no final one"));
    }
    // Gemini and Gemma leave the name of their own channel, and nothing that
    // says where it ends.
    let thought = start.strip_prefix("thought").is_some_and(|rest| {
        let rest = rest
            .strip_prefix(' ')
            .filter(|r| r.starts_with('['))
            .unwrap_or(rest);
        glued(rest) && !rest.starts_with(char::is_alphabetic) || capital(rest)
    });
    if thought {
        return Err(Lost::Unclear("the name of a channel of thoughts in front"));
    }
    match start.strip_prefix("final") {
        Some(rest) if capital(rest) || rest.starts_with(['{', '[', '#', '*']) => {
            Ok(Some(Cow::Borrowed(rest)))
        }
        _ => Ok(None),
    }
}

/// Is this what comes right after the name of a channel, and not the rest of a
/// sentence that begins with that word?
fn glued(rest: &str) -> bool {
    let spaced = rest.trim_start();
    rest.starts_with(['\n', '\r'])
        || rest.is_empty()
        || capital(spaced)
        || rest.starts_with(['[', '(', '{', '"', '\'', '*', '#'])
}

/// A letter in upper case or a digit in front.
fn capital(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
}

/// What comes after the last `assistantfinal`; with blank space within it only
/// where the text is known to begin with a channel.
fn after_last_final(text: &str, begins_with_channel: bool) -> Option<&str> {
    let quotes = Quotes::of(text);
    text.rmatch_indices("assistant").find_map(|(at, word)| {
        let rest = text.get(at + word.len()..)?;
        let name = if begins_with_channel {
            rest.trim_start()
        } else {
            rest
        };
        let answer = name.strip_prefix("final")?;
        // "assistant finally" is a sentence.
        let sentence = answer.starts_with(|c: char| c.is_lowercase());
        (!sentence && !quotes.hold(at)).then_some(answer)
    })
}
