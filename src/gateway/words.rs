//! Makes a provider's own words fit to be shown and kept: one short line,
//! without the text of a prompt or an answer, and without the key.
//!
//! Servers quote what they were sent, whole or in pieces, and in whatever way
//! their language writes a string. So words and texts are compared by their
//! letters and digits alone, after JSON's, URLs' and HTML's escapes are undone;
//! of what is also in a text, no run longer than a few words is left.

use std::collections::HashSet;
use std::ops::Range;

use secrecy::{ExposeSecret, SecretString};

/// Most characters that are looked at.
const MOST_READ: usize = 4_000;
/// Most characters that are shown.
const MOST_SHOWN: usize = 300;
/// A run of so many letters and digits that stands in a text too is a
/// quotation: two or three words of English.
const RUN: usize = 12;
/// The same in scripts in which a letter says as much as a word elsewhere.
const DENSE_RUN: usize = 5;
/// Shorter runs of base64 hold less than a few words.
const BASE64: usize = 16;
/// Most layers of escapes that are undone.
const LAYERS: usize = 3;

/// One line of at most about 300 characters.
pub(super) fn presentable<'a>(
    words: &str,
    texts: impl Iterator<Item = &'a str>,
    key: Option<&SecretString>,
) -> String {
    let mut words: String = words.chars().take(MOST_READ).collect();
    if let Some(key) = key.map(|key| key.expose_secret().trim())
        && !key.is_empty()
    {
        words = words.replace(key, "[key]");
    }
    let words = without_quotations(&words, texts);
    let words = words
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    shorten(words)
}

fn shorten(words: String) -> String {
    match words.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

/// Cuts what stands in one of the texts too.
fn without_quotations<'a>(words: &str, texts: impl Iterator<Item = &'a str>) -> String {
    let views = views(words);
    let mut offered: HashSet<&[char]> = views.iter().flat_map(|view| runs(&view.letters)).collect();
    let mut quoted: HashSet<&[char]> = HashSet::new();
    for text in texts {
        if offered.is_empty() {
            break;
        }
        for letters in readings(text) {
            quoted.extend(runs(&letters).filter_map(|run| offered.take(run)));
        }
    }
    if quoted.is_empty() {
        return words.to_owned();
    }
    let mut cut = vec![false; words.len()];
    for view in &views {
        for range in view.quotations(&quoted) {
            if let Some(range) = cut.get_mut(range) {
                range.fill(true);
            }
        }
    }
    let mut kept = String::new();
    let mut cutting = false;
    for (at, c) in words.char_indices() {
        let cut = cut.get(at).copied().unwrap_or(false);
        if !cut {
            kept.push(c);
        } else if !cutting {
            kept.push_str("[…]");
        }
        cutting = cut;
    }
    kept
}

/// A character, and the bytes of the words that it stands for.
type Place = (usize, usize, char);

/// One way to read the words: letters and digits in lower case, with their
/// places.
struct View {
    letters: Vec<char>,
    places: Vec<Range<usize>>,
}

impl View {
    fn of(layer: &[Place]) -> View {
        let letters = || layer.iter().filter(|(_, _, c)| c.is_alphanumeric());
        View {
            letters: letters().map(|place| lower(place.2)).collect(),
            places: letters().map(|place| place.0..place.1).collect(),
        }
    }

    /// Where quotations stand, in bytes of the words.
    fn quotations(&self, quoted: &HashSet<&[char]>) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for length in [RUN, DENSE_RUN] {
            for (at, run) in self.letters.windows(length).enumerate() {
                let ends = (self.places.get(at), self.places.get(at + length - 1));
                if let (Some(first), Some(last)) = ends
                    && quoted.contains(run)
                {
                    found.push(first.start..last.end.max(first.start));
                }
            }
        }
        found
    }
}

/// The ways in which words can be read: layers of escapes undone one by one,
/// and what base64 hides.
fn views(words: &str) -> Vec<View> {
    let layers = layers(words).into_iter().chain(base64(words));
    layers.map(|layer| View::of(&layer)).collect()
}

fn layers(text: &str) -> Vec<Vec<Place>> {
    let plain = text
        .char_indices()
        .map(|(at, c)| (at, at + c.len_utf8(), c))
        .collect();
    let mut layers: Vec<Vec<Place>> = vec![plain];
    for _ in 0..LAYERS {
        let last = layers.last().map(Vec::as_slice).unwrap_or_default();
        let next = unescaped(last);
        if next.len() == last.len() {
            break;
        }
        layers.push(next);
    }
    layers
}

/// The letters of a text, and of what it says where it is escaped itself.
fn readings(text: &str) -> Vec<Vec<char>> {
    if text.contains(['\\', '%', '&']) {
        let layers = layers(text);
        return layers.iter().map(|layer| View::of(layer).letters).collect();
    }
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    vec![letters.map(lower).collect()]
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// All runs that are long enough to be a quotation.
fn runs(letters: &[char]) -> impl Iterator<Item = &[char]> {
    let dense = |run: &&[char]| run.iter().all(|c| is_dense(*c));
    let short = letters.windows(DENSE_RUN).filter(dense);
    letters.windows(RUN).chain(short)
}

/// Chinese, Japanese and Korean: a letter says about as much as three of others.
pub fn is_dense(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0x20000..=0x3ffff)
}

/// Undoes one layer of escapes: `\n`, `\"`, `\u00e9`, `\xc3\xa9`, `%C3%A9`,
/// `&quot;`, `&#39;`, `&#xe9;`.
fn unescaped(layer: &[Place]) -> Vec<Place> {
    let mut out = Vec::with_capacity(layer.len());
    let mut at = 0;
    while let Some(&(from, to, c)) = layer.get(at) {
        let rest = layer.get(at + 1..).unwrap_or_default();
        let read = match c {
            '\\' => backslash(layer.get(at..).unwrap_or_default()),
            '%' => bytes(layer.get(at..).unwrap_or_default(), &['%']),
            '&' => entity(rest),
            _ => None,
        };
        match read {
            Some((said, taken)) => {
                let last = layer.get(at + taken - 1).map_or(to, |letter| letter.1);
                out.extend(said.chars().map(|c| (from, last, c)));
                at += taken;
            }
            None => {
                out.push((from, to, c));
                at += 1;
            }
        }
    }
    out
}

/// What an escape says, and how many characters it takes.
type Escape = Option<(String, usize)>;

fn backslash(layer: &[Place]) -> Escape {
    let c = layer.get(1)?.2;
    match c {
        'u' | 'U' => units(layer).or_else(|| Some((c.to_string(), 2))),
        'x' => bytes(layer, &['\\', 'x']).or_else(|| Some((c.to_string(), 2))),
        'n' | 'r' | 't' | 'b' | 'f' => Some((" ".to_owned(), 2)),
        other => Some((other.to_string(), 2)),
    }
}

/// Escapes of UTF-16, as many as follow each other; also `\u{e9}`.
fn units(layer: &[Place]) -> Escape {
    let char_at = |at: usize| layer.get(at).map(|letter| letter.2);
    if char_at(2) == Some('{') {
        let close = (3..11).find(|at| char_at(*at) == Some('}'))?;
        let c = char::from_u32(hex(layer.get(3..close)?)?)?;
        return Some((c.to_string(), close + 1));
    }
    let mut found = Vec::new();
    let mut at = 0;
    while char_at(at) == Some('\\') && matches!(char_at(at + 1), Some('u')) {
        let Some(unit) = layer.get(at + 2..at + 6).and_then(hex) else {
            break;
        };
        found.push(unit as u16);
        at += 6;
    }
    (at > 0).then(|| (String::from_utf16_lossy(&found), at))
}

/// Bytes of UTF-8 with a mark before each, as many as follow each other.
fn bytes(layer: &[Place], mark: &[char]) -> Escape {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let marked = mark
            .iter()
            .enumerate()
            .all(|(index, c)| layer.get(at + index).is_some_and(|letter| letter.2 == *c));
        let digits = layer.get(at + mark.len()..at + mark.len() + 2);
        match digits.and_then(hex).filter(|_| marked) {
            Some(byte) => found.push(byte as u8),
            None => break,
        }
        at += mark.len() + 2;
    }
    (at > 0).then(|| (String::from_utf8_lossy(&found).into_owned(), at))
}

/// An entity of HTML; `rest` begins behind the `&`.
fn entity(rest: &[Place]) -> Escape {
    let end = rest.iter().take(10).position(|letter| letter.2 == ';')?;
    let name: String = rest.get(..end)?.iter().map(|letter| letter.2).collect();
    let c = match name.as_str() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c.to_string(), end + 2))
}

fn hex(digits: &[Place]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |number, letter| {
        Some(number.checked_mul(16)? + letter.2.to_digit(16)?)
    })
}

/// What runs of base64 hold, each as a text of its own. All of its letters
/// stand for the whole run.
fn base64(words: &str) -> Vec<Vec<Place>> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let mut found = Vec::new();
    let mut from = 0;
    let mut values: Vec<u8> = Vec::new();
    for (at, byte) in words.bytes().chain([b' ']).enumerate() {
        if let Some(value) = value(byte) {
            values.push(value);
            continue;
        }
        if values.len() >= BASE64 {
            // A word may stand right before it.
            for skip in 0..4 {
                let rest = values.get(skip..).unwrap_or_default();
                let bytes: Vec<u8> = rest.chunks(4).flat_map(three_of_four).collect();
                let text = String::from_utf8_lossy(&bytes);
                found.push(text.chars().map(|c| (from, at, c)).collect());
            }
        }
        values.clear();
        from = at + 1;
    }
    found
}

fn three_of_four(four: &[u8]) -> impl Iterator<Item = u8> + use<> {
    let bits = four
        .iter()
        .fold(0u32, |bits, six| (bits << 6) | u32::from(*six));
    let bits = bits << (6 * (4 - four.len().min(4)));
    let count = (four.len() * 6 / 8).min(3);
    let [_, bytes @ ..] = bits.to_be_bytes();
    bytes.into_iter().take(count)
}

#[cfg(test)]
mod tests;
