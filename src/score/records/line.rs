//! Reading and writing one line of the benchmark's files.
//!
//! The public kit writes with Python's `json.dumps`: a space after `,` and `:`,
//! every character outside ASCII escaped, floats as Python prints them, and the
//! bare token `NaN`, which is not JSON. We read both and write either.

use std::borrow::Cow;
use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use crate::score::number::float_text;

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JsonStyle {
    /// Strict JSON without spaces; NaN becomes null.
    #[default]
    Strict,
    /// As the public kit writes, bare `NaN` included.
    Kit,
}

/// Why a line could not be read or written. It says where, and never quotes
/// the line: the words may be a patient's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{record} {problem} (line {line}, column {column} of the record)")]
pub struct RecordError {
    /// Kind of record, such as `judged record`.
    pub record: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
    /// Line within the record's text, from 1; 0 if unknown.
    pub line: usize,
    /// Column within that line, from 1; 0 if unknown.
    pub column: usize,
}

impl RecordError {
    fn new(record: &'static str, error: &serde_json::Error) -> Self {
        use serde_json::error::Category;
        Self {
            record,
            problem: match error.classify() {
                Category::Syntax => "is not JSON",
                Category::Eof => "ends before its JSON does",
                Category::Data => "lacks a field, or a field has the wrong type",
                Category::Io => "could not be written",
            },
            line: error.line(),
            column: error.column(),
        }
    }
}

/// A record that stands on one line of a file.
pub trait Record: Serialize + DeserializeOwned {
    /// Name of the kind, for messages.
    const KIND: &'static str;

    /// Reads one line; bare `NaN` is accepted as null.
    fn from_line(line: &str) -> Result<Self, RecordError> {
        serde_json::from_str(&bare_nan_to_null(line))
            .map_err(|error| RecordError::new(Self::KIND, &error))
    }

    /// The record as one line, without the line end.
    fn to_line(&self, style: JsonStyle) -> Result<String, RecordError> {
        let mut bytes = Vec::new();
        match style {
            JsonStyle::Strict => serde_json::to_writer(&mut bytes, self),
            JsonStyle::Kit => {
                let mut writer =
                    serde_json::Serializer::with_formatter(&mut bytes, KitFormatter::default());
                self.serialize(&mut writer)
            }
        }
        .map_err(|error| RecordError::new(Self::KIND, &error))?;
        String::from_utf8(bytes).map_err(|_| RecordError {
            record: Self::KIND,
            problem: "could not be written",
            line: 0,
            column: 0,
        })
    }
}

/// Replaces the bare token `NaN` outside strings by `null`, and leaves every
/// other byte alone. Borrows when there is nothing to replace.
pub fn bare_nan_to_null(text: &str) -> Cow<'_, str> {
    replace_bare_nan(text, "null")
}

/// The same with a number of the same width, for whoever needs the columns of
/// the text to stay where they are and not its values.
pub fn bare_nan_to_zero(text: &str) -> Cow<'_, str> {
    replace_bare_nan(text, "0.0")
}

fn replace_bare_nan<'a>(text: &'a str, with: &str) -> Cow<'a, str> {
    if !text.contains("NaN") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let (mut kept, mut in_string, mut at) = (0, false, 0);
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            // The escaped character can neither end the string nor start NaN.
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'N' if !in_string && bytes[at..].starts_with(b"NaN") => {
                out.push_str(&text[kept..at]);
                out.push_str(with);
                at += 2;
                kept = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// Writes as Python's `json.dumps` does with its defaults.
///
/// `serde_json` turns NaN into null before a formatter sees it, so the
/// formatter remembers where it is: inside the metrics block of a judged record
/// the benchmark has no null, only NaN.
#[derive(Default)]
struct KitFormatter {
    depth: usize,
    in_key: bool,
    key_is_metrics: bool,
    in_metrics: bool,
}

impl Formatter for KitFormatter {
    fn write_null<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.in_metrics { b"NaN" } else { b"null" })
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(float_text(value).as_bytes())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.in_metrics = self.depth == 1 && self.key_is_metrics;
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.in_metrics = false;
        self.depth = self.depth.saturating_sub(1);
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.in_key = true;
        self.key_is_metrics = false;
        writer.write_all(if first { b"" } else { b", " })
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.in_key = false;
        Ok(())
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        self.key_is_metrics |= self.in_key && fragment == "metrics";
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut units = [0_u16; 2];
        for character in fragment.chars() {
            if character.is_ascii() {
                write!(writer, "{character}")?;
            } else {
                for unit in character.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        CompactFormatter.write_char_escape(writer, escape)
    }
}
