//! Where something stands in a text, for people: lines and columns counted
//! from 1, columns in characters. Positions are looked up only when there is a
//! fault to report, by walking the text of a document that already parsed.

use std::fmt;

use serde::Serialize;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl Position {
    /// Where a text begins.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One step from a JSON value to a value inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    Field(&'a str),
    Index(usize),
}

/// A path for people: `options[3].score`.
pub(crate) fn path_text(path: &[Step<'_>]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Field(name) if text.is_empty() => text.push_str(name),
            Step::Field(name) => {
                text.push('.');
                text.push_str(name);
            }
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// A JSON document: a whole file, or one line of a JSONL file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    text: &'a str,
    first_line: usize,
}

impl<'a> Source<'a> {
    /// A whole file; a byte order mark at its start is no part of it.
    pub(crate) fn file(text: &'a str) -> Self {
        Self {
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            first_line: 1,
        }
    }

    /// One line of a JSONL file, numbered from 1.
    pub(crate) fn line(text: &'a str, number: usize) -> Self {
        Self {
            text: text.trim_end_matches(['\r', '\n']),
            first_line: number,
        }
    }

    /// The lines of a JSONL file that hold anything.
    pub(crate) fn lines(text: &'a str) -> impl Iterator<Item = Self> {
        let whole = Self::file(text).text;
        whole
            .split('\n')
            .zip(1..)
            .filter(|(line, _)| !line.trim().is_empty())
            .map(|(line, number)| Self {
                text: line.strip_suffix('\r').unwrap_or(line),
                first_line: number,
            })
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn start(&self) -> Position {
        self.at_offset(0)
    }

    /// Position of a byte offset; one that is past the end counts as the end.
    pub(crate) fn at_offset(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: self.first_line + before.matches('\n').count(),
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// Position of a line and a byte column, both from 1, as parsers give
    /// them (column 0: the end of the line before).
    pub(crate) fn at_line_and_byte(&self, line: usize, column: usize) -> Position {
        let line_start: usize = self
            .text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        self.at_offset(line_start + column.saturating_sub(1))
    }

    /// Position of the value at the end of the path, or of the innermost
    /// value on the way that exists.
    pub(crate) fn at(&self, path: &[Step<'_>]) -> Position {
        self.at_offset(Scanner::new(self.text).walk(path))
    }
}

/// Walks through JSON that is known to be well formed. On anything else it
/// stops early and never panics.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.byte().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Steps over a character with the space around it, if it is there.
    fn take(&mut self, wanted: u8) -> bool {
        self.skip_space();
        let found = self.byte() == Some(wanted);
        if found {
            self.at += 1;
            self.skip_space();
        }
        found
    }

    /// Offset of the innermost value on the path.
    fn walk(&mut self, path: &[Step<'_>]) -> usize {
        self.skip_space();
        for step in path {
            let here = self.at;
            let found = match step {
                Step::Field(name) => self.find_field(name),
                Step::Index(index) => self.find_element(*index),
            };
            match found {
                Some(offset) => self.at = offset,
                None => return here,
            }
        }
        self.at
    }

    /// The last field of this name wins, as in the parsed value.
    fn find_field(&mut self, name: &str) -> Option<usize> {
        let mut found = None;
        if !self.take(b'{') {
            return None;
        }
        while self.byte() == Some(b'"') {
            let key_start = self.at;
            self.skip_string();
            let key = &self.text[key_start..self.at];
            if !self.take(b':') {
                break;
            }
            if is_key(key, name) {
                found = Some(self.at);
            }
            self.skip_value();
            if !self.take(b',') {
                break;
            }
        }
        found
    }

    fn find_element(&mut self, index: usize) -> Option<usize> {
        if !self.take(b'[') {
            return None;
        }
        for _ in 0..index {
            self.skip_value();
            if !self.take(b',') {
                return None;
            }
        }
        self.byte().filter(|&b| b != b']').map(|_| self.at)
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.byte() {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'"' => break,
                _ => {}
            }
        }
        self.at = self.at.min(self.text.len());
    }

    /// Steps over one value of any depth without recursion.
    fn skip_value(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.byte() {
            match byte {
                b'"' => self.skip_string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth == 0 => return,
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' if depth == 0 => return,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            if depth == 0 {
                return;
            }
        }
    }
}

/// Is this key, as it stands with its quotes, the name?
fn is_key(key: &str, name: &str) -> bool {
    if key.contains('\\') {
        serde_json::from_str::<String>(key).is_ok_and(|key| key == name)
    } else {
        key.trim_matches('"') == name
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, Step};

    const TEXT: &str = "{\n  \"a\": {\"ä\": [1, \"}\\\"\", [ ] , {\"x\": -2}]},\n  \"b\\u0063\": true, \"e\": []\n}";

    fn at(path: &[Step<'_>]) -> (usize, usize) {
        let place = Source::file(TEXT).at(path);
        (place.line, place.column)
    }

    #[test]
    fn finds_values_at_any_depth() {
        use Step::{Field, Index};
        assert_eq!(at(&[]), (1, 1));
        assert_eq!(at(&[Field("a")]), (2, 8));
        assert_eq!(at(&[Field("a"), Field("ä"), Index(1)]), (2, 18));
        assert_eq!(at(&[Field("a"), Field("ä"), Index(3), Field("x")]), (2, 37));
        assert_eq!(at(&[Field("bc")]), (3, 14));
    }

    #[test]
    fn a_missing_value_stands_where_its_holder_stands() {
        use Step::{Field, Index};
        assert_eq!(at(&[Field("z")]), (1, 1));
        assert_eq!(at(&[Field("a"), Field("ä"), Index(9)]), (2, 14));
        assert_eq!(at(&[Field("e"), Index(0)]), (3, 25));
        assert_eq!(at(&[Index(0), Field("a")]), (1, 1));
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let text = format!("\u{feff}{TEXT}");
        assert_eq!(Source::file(&text).at(&[]).column, 1);
    }
}
