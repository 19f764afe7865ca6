//! JSON, read leniently: what is broken by encodings and by serializers that
//! are none, and not what a model gets wrong.

use std::borrow::Cow;

use serde_json::{Deserializer, Value};

/// Values found in a text.
pub(super) struct Values {
    pub(super) values: Vec<Value>,
    /// The text ends within a value.
    pub(super) cut: bool,
    pub(super) rest_is_blank: bool,
}

/// Most values of one text that are looked at.
const MOST_VALUES: usize = 100_000;

/// Bytes as text: without a byte order mark, and with U+FFFD for what is no
/// character.
pub(super) fn text<'a>(bytes: &'a [u8], forgiven: &mut Vec<&'static str>) -> Cow<'a, str> {
    const MARK: &str = "a byte order mark in front";
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        forgiven.push(MARK);
        return text(rest, forgiven);
    }
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units)
            .map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
    };
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        forgiven.push("UTF-16 for UTF-8");
        return Cow::Owned(wide(rest, u16::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        forgiven.push("UTF-16 for UTF-8");
        return Cow::Owned(wide(rest, u16::from_be_bytes));
    }
    let read = String::from_utf8_lossy(bytes);
    if matches!(read, Cow::Owned(_)) {
        forgiven.push("bytes that are no characters");
    }
    read
}

/// The JSON values that a text begins with.
pub(super) fn values(text: &str, forgiven: &mut Vec<&'static str>) -> Values {
    let mut read = strict(text);
    if !read.values.is_empty() && read.rest_is_blank {
        return read;
    }
    let mut mended_by = Vec::new();
    let mended = mend(text, &mut mended_by);
    if !mended_by.is_empty() {
        let lenient = strict(&mended);
        if lenient.values.len() > read.values.len() || lenient.rest_is_blank {
            forgiven.extend(mended_by);
            read = lenient;
        }
    }
    read
}

fn strict(text: &str) -> Values {
    let mut values = Vec::new();
    let mut stream = Deserializer::from_str(text).into_iter::<Value>();
    let mut cut = false;
    loop {
        match stream.next() {
            Some(Ok(value)) if values.len() < MOST_VALUES => values.push(value),
            Some(Ok(_)) | None => break,
            Some(Err(error)) => {
                cut = error.is_eof();
                break;
            }
        }
    }
    let rest = text.get(stream.byte_offset()..).unwrap_or_default().trim();
    Values {
        values,
        cut,
        rest_is_blank: rest.is_empty() || rest.trim_matches(['\0', ';']).is_empty(),
    }
}

/// Writes as JSON what is meant: control characters and half characters in
/// strings, escapes that JSON has not, numbers that it has not.
fn mend(text: &str, by: &mut Vec<&'static str>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let mut in_string = false;
    while let Some(c) = rest.chars().next() {
        let next = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = match c {
            '"' => {
                in_string = !in_string;
                out.push(c);
                next
            }
            '\\' if in_string => escape(next, &mut out, by),
            c if in_string && c < ' ' => {
                by.push("a raw line end or control character in a string");
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
                next
            }
            'N' | 'I' | '-' if !in_string => match not_a_number(rest) {
                Some(word) => {
                    by.push("a number that JSON has not");
                    out.push_str("null");
                    rest.get(word.len()..).unwrap_or_default()
                }
                None => {
                    out.push(c);
                    next
                }
            },
            c => {
                out.push(c);
                next
            }
        };
    }
    out
}

fn not_a_number(rest: &str) -> Option<&'static str> {
    ["NaN", "Infinity", "-Infinity", "-NaN"]
        .into_iter()
        .find(|word| rest.starts_with(word))
}

/// Writes the escape that begins before `rest`; returns what comes after it.
fn escape<'a>(rest: &'a str, out: &mut String, by: &mut Vec<&'static str>) -> &'a str {
    let Some(c) = rest.chars().next() else {
        out.push('\\');
        return rest;
    };
    let next = rest.get(c.len_utf8()..).unwrap_or_default();
    match c {
        '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => {
            out.push('\\');
            out.push(c);
            next
        }
        'u' => match unit(next) {
            Some((high @ 0xd800..=0xdbff, digits, after)) => {
                let low = after.strip_prefix("\\u").and_then(unit);
                match low {
                    Some((0xdc00..=0xdfff, low, after)) => {
                        out.push_str(&format!("\\u{digits}\\u{low}"));
                        after
                    }
                    _ => {
                        debug_assert!(high >= 0xd800);
                        half(out, by);
                        after
                    }
                }
            }
            Some((0xdc00..=0xdfff, _, after)) => {
                half(out, by);
                after
            }
            Some((_, digits, after)) => {
                out.push_str("\\u");
                out.push_str(digits);
                after
            }
            None => {
                by.push("an escape that JSON has not");
                out.push_str("\\\\u");
                next
            }
        },
        _ => {
            by.push("an escape that JSON has not");
            if c != '\'' {
                out.push_str("\\\\");
            }
            if c < ' ' {
                return rest;
            }
            out.push(c);
            next
        }
    }
}

fn half(out: &mut String, by: &mut Vec<&'static str>) {
    by.push("half a character in a string");
    out.push_str("\\ufffd");
}

/// Four hexadecimal digits in front: their number, themselves, the rest.
fn unit(rest: &str) -> Option<(u32, &str, &str)> {
    let digits = rest.get(..4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(digits, 16).ok()?;
    Some((number, digits, rest.get(4..)?))
}
