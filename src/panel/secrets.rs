//! What looks like a secret, and how it is kept out of every message.
//!
//! A key that somebody pasted into a file must be reported without being
//! shown: not in the message and not in the snippet below it. So the text of a
//! file is masked before anything is built on it, byte for byte, which leaves
//! all positions as they are. The masking reads plain text, not parsed TOML:
//! it must hold in a file with syntax errors too. It would rather hide too
//! much than too little.

use std::ops::Range;

/// How keys of well-known services begin.
const PREFIXES: [&str; 16] = [
    "sk-",
    "sk_",
    "pk_",
    "AIza",
    "gsk_",
    "hf_",
    "xai-",
    "ghp_",
    "gho_",
    "github_pat_",
    "glpat-",
    "AKIA",
    "pplx-",
    "nvapi-",
    "eyJ",
    "xox",
];

/// Keys whose value is a secret.
const KEYS: [&str; 20] = [
    "api_key",
    "apikey",
    "key",
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "bearer",
    "authorization",
    "auth",
    "credential",
    "credentials",
    "api_token",
    "access_key",
    "private_key",
    "client_secret",
    "secret_key",
    "cookie",
    "signature",
];

/// Does a key of this name hold a secret?
pub fn is_secret_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    KEYS.contains(&name.as_str())
        || [
            "_api_key",
            "_apikey",
            "access_token",
            "auth_token",
            "_secret",
            "_password",
        ]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Does this value look like a secret, whatever key it stands under?
pub fn looks_secret(value: &str) -> bool {
    !tokens(value).is_empty() || !credentials(value).is_empty()
}

/// Is there a user name or password in this address?
pub fn has_credentials(value: &str) -> bool {
    !credentials(value).is_empty()
}

/// Could this be the name of an environment variable, and not a key put in its
/// place?
pub fn is_variable_name(value: &str) -> bool {
    let shape = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let random = value.len() >= 20
        && value.contains(|c: char| c.is_ascii_lowercase())
        && value.chars().filter(char::is_ascii_digit).count() >= 4;
    shape && !random && !looks_secret(value)
}

/// Hides tokens, credentials and these known secrets in our own words.
pub fn mask_words(words: &str, known: &[String]) -> String {
    let mut ranges = tokens(words);
    ranges.extend(credentials(words));
    for secret in known {
        ranges.extend(
            words
                .match_indices(secret.as_str())
                .map(|(at, hit)| at..at + hit.len()),
        );
    }
    mask(words, &ranges)
}

/// Everything in a text that has to be hidden: tokens with a known prefix,
/// values of keys that hold secrets, credentials in addresses.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = tokens(text);
    found.extend(credentials(text));
    found.extend(values(text));
    found
}

/// The text with these byte ranges hidden, of the same length in bytes.
pub fn mask(text: &str, ranges: &[Range<usize>]) -> String {
    let hidden = |at: usize| ranges.iter().any(|range| range.contains(&at));
    let mut masked = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if c != '\n' && c != '\r' && hidden(at) {
            masked.extend(std::iter::repeat_n('*', c.len_utf8()));
        } else {
            masked.push(c);
        }
    }
    masked
}

fn is_known_key(word: &str) -> bool {
    PREFIXES
        .iter()
        .any(|prefix| word.starts_with(prefix) && word.len() >= prefix.len() + 8)
}

fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')
}

fn tokens(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !is_token_byte(bytes[at]) {
            at += 1;
            continue;
        }
        let end = end_of(bytes, at, is_token_byte);
        let word = &text[at..end];
        let starts = std::iter::once(0).chain(word.match_indices('.').map(|(dot, _)| dot + 1));
        found.extend(
            starts
                .filter(|start| is_known_key(&word[*start..]))
                .map(|start| at + start..end),
        );
        if word.eq_ignore_ascii_case("bearer") {
            let start = end_of(bytes, end, |b| b == b' ');
            let stop = end_of(bytes, start, |b| {
                is_token_byte(b) || matches!(b, b'+' | b'/' | b'=')
            });
            if start > end && stop >= start + 8 {
                found.push(start..stop);
                at = stop;
                continue;
            }
        }
        at = end;
    }
    found
}

/// `user:password@` in an address.
fn credentials(text: &str) -> Vec<Range<usize>> {
    text.match_indices("://")
        .filter_map(|(at, mark)| {
            let start = at + mark.len();
            let rest = &text[start..];
            let stop = rest
                .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?' | '#'))
                .unwrap_or(rest.len());
            rest[..stop].rfind('@').map(|end| start..start + end)
        })
        .collect()
}

/// What stands behind `=` (or `:`, as in a header) of a key that holds a secret.
fn values(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    text.match_indices(['=', ':'])
        .filter(|(at, _)| {
            let before = text[..*at].trim_end_matches([' ', '\t', '"', '\'']);
            let start = before
                .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
                .map_or(0, |at| {
                    at + before[at..].chars().next().map_or(1, char::len_utf8)
                });
            is_secret_key(&before[start..])
        })
        .map(|(at, _)| {
            let start = end_of(bytes, at + 1, |b| matches!(b, b' ' | b'\t'));
            value_at(text, start)
        })
        .filter(|range| !range.is_empty())
        .collect()
}

fn value_at(text: &str, start: usize) -> Range<usize> {
    let rest = &text[start..];
    for quote in ["\"\"\"", "'''"] {
        if let Some(inner) = rest.strip_prefix(quote) {
            let length = inner.find(quote).unwrap_or(inner.len());
            return start + 3..start + 3 + length;
        }
    }
    for quote in ['"', '\''] {
        if rest.starts_with(quote) {
            let inner = &rest[1..];
            let line = inner.find(['\r', '\n']).unwrap_or(inner.len());
            return start + 1..start + 1 + closing(&inner[..line], quote).unwrap_or(line);
        }
    }
    let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
    start..start + length
}

fn closing(line: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            return Some(at);
        }
    }
    None
}

fn end_of(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[from..]
        .iter()
        .position(|b| !belongs(*b))
        .map_or(bytes.len(), |length| from + length)
}
