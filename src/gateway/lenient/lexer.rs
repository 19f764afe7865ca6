//! A parser of JSON, and of what models write for it.
//!
//! What is JSON is read as `serde_json` reads it. What is nearly JSON is read
//! too, where it can only mean one thing, and each slip is noted. What may be
//! cut, or may mean two things, is not read: an answer without its closing
//! brackets lacks its end, and a quote that was not escaped may end anywhere.
//! Linear in the text, and never deeper than [`DEEPEST`].

use serde_json::{Map, Number, Value};

use super::slip::{Slip, Slips};

/// Most brackets within brackets, as in `serde_json`.
const DEEPEST: usize = 128;

/// A value at the beginning of a text.
pub struct Parsed {
    /// The value. Of a key that stands twice in an object the last one counts,
    /// as in `serde_json`.
    pub value: Value,
    /// Bytes of the text that it takes.
    pub length: usize,
    /// What was forgiven.
    pub slips: Slips,
    /// A key stands twice in one object, with different values.
    pub contradicts_itself: bool,
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The text ends before the value does.
    Unfinished,
    /// It is no JSON, nor nearly.
    Other,
}

/// Reads the value that a text begins with; white space before it is skipped.
///
/// # Errors
/// The fault, and how many bytes were read until it showed.
pub fn parse(text: &str) -> Result<Parsed, (Fault, usize)> {
    let mut lexer = Lexer {
        text,
        at: 0,
        slips: Slips::default(),
        contradicts_itself: false,
    };
    lexer.skip_space();
    let value = lexer.value(0).map_err(|fault| (fault, lexer.at))?;
    Ok(Parsed {
        value,
        length: lexer.at,
        slips: lexer.slips,
        contradicts_itself: lexer.contradicts_itself,
    })
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    slips: Slips,
    contradicts_itself: bool,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// White space of JSON; other white space and comments are slips.
    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let Some(c) = rest.chars().next() else {
                return;
            };
            let length = match c {
                ' ' | '\t' | '\n' | '\r' => 1,
                '\u{feff}' | '\u{200b}' | '\u{2060}' => {
                    self.slips.note(Slip::OddSpace);
                    c.len_utf8()
                }
                c if c.is_whitespace() => {
                    self.slips.note(Slip::OddSpace);
                    c.len_utf8()
                }
                '#' => line_length(rest),
                '/' if rest.starts_with("//") => line_length(rest),
                '/' if rest.starts_with("/*") => match rest.get(2..).and_then(|r| r.find("*/")) {
                    Some(length) => length + 4,
                    None => return,
                },
                _ => return,
            };
            if matches!(c, '#' | '/') {
                self.slips.note(Slip::Comment);
            }
            self.at += length;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        if depth > DEEPEST {
            return Err(Fault::Other);
        }
        let Some(c) = self.peek() else {
            return Err(Fault::Unfinished);
        };
        match c {
            '{' => self.object(depth),
            '[' => self.array(depth),
            '0'..='9' | '-' | '+' | '.' => self.number(),
            c if closers(c).is_some() => Ok(Value::String(self.string()?)),
            c if c.is_ascii_alphabetic() || c == '_' => self.bare(),
            _ => Err(Fault::Other),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Fault> {
        // serde_json counts the brackets that are open.
        if depth + 1 >= DEEPEST {
            return Err(Fault::Other);
        }
        self.at += 1;
        let mut map = Map::new();
        self.skip_space();
        loop {
            match self.peek() {
                None => return Err(Fault::Unfinished),
                Some('}') => {
                    self.at += 1;
                    return Ok(Value::Object(map));
                }
                _ => {}
            }
            let key = self.key()?;
            self.skip_space();
            if !self.eat(':') {
                return Err(self.fault());
            }
            self.skip_space();
            let value = self.value(depth + 1)?;
            if let Some(before) = map.get(&key) {
                if *before == value {
                    self.slips.note(Slip::RepeatedKey);
                } else {
                    self.contradicts_itself = true;
                }
            }
            map.insert(key, value);
            if !self.separator('}', |c| closers(c).is_some() || c.is_ascii_alphabetic())? {
                self.at += 1;
                return Ok(Value::Object(map));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, Fault> {
        if depth + 1 >= DEEPEST {
            return Err(Fault::Other);
        }
        self.at += 1;
        let mut values = Vec::new();
        self.skip_space();
        if self.eat(']') {
            return Ok(Value::Array(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            // Without a comma only another bracket or quote begins an entry:
            // "1 2" may be one number that was torn.
            let begins = |c| matches!(c, '{' | '[') || closers(c).is_some();
            if !self.separator(']', begins)? {
                self.at += 1;
                return Ok(Value::Array(values));
            }
        }
    }

    /// What follows an entry: `true` when another one does. A comma before the
    /// closing bracket is skipped, and a missing one forgiven where an entry
    /// clearly begins.
    fn separator(&mut self, closer: char, begins: impl Fn(char) -> bool) -> Result<bool, Fault> {
        let before = self.at;
        self.skip_space();
        match self.peek() {
            None => Err(Fault::Unfinished),
            Some(',') => {
                self.at += 1;
                self.skip_space();
                match self.peek() {
                    None => Err(Fault::Unfinished),
                    Some(c) if c == closer => {
                        self.slips.note(Slip::TrailingComma);
                        Ok(false)
                    }
                    Some(_) => Ok(true),
                }
            }
            Some(c) if c == closer => Ok(false),
            Some(c) if begins(c) && self.at > before => {
                self.slips.note(Slip::MissingComma);
                Ok(true)
            }
            Some(_) => Err(Fault::Other),
        }
    }

    fn key(&mut self) -> Result<String, Fault> {
        match self.peek() {
            Some(c) if closers(c).is_some() => self.string(),
            Some(c) if c.is_ascii_alphabetic() || c == '_' || c == '$' => {
                self.slips.note(Slip::UnquotedKey);
                Ok(self.name().to_owned())
            }
            _ => Err(self.fault()),
        }
    }

    /// Letters, digits and what stands between them in names.
    fn name(&mut self) -> &'a str {
        let rest = self.rest();
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$');
        let length = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// `true`, `null`, Python's words for them, or one word without quotes.
    fn bare(&mut self) -> Result<Value, Fault> {
        let word = self.name();
        match word {
            "true" => return Ok(Value::Bool(true)),
            "false" => return Ok(Value::Bool(false)),
            "null" => return Ok(Value::Null),
            _ => {}
        }
        if self.rest().is_empty() {
            return Err(Fault::Unfinished);
        }
        let value = match word {
            "True" | "TRUE" => Value::Bool(true),
            "False" | "FALSE" => Value::Bool(false),
            "None" | "NULL" | "Null" | "undefined" => Value::Null,
            // No finite number, and nothing that JSON could say.
            "NaN" | "Infinity" => return Err(Fault::Other),
            word => {
                // Only a word that stands alone: of several, nobody knows
                // where they end.
                let next = self.rest().trim_start().chars().next();
                if !matches!(next, Some(',' | '}' | ']')) {
                    return Err(Fault::Other);
                }
                self.slips.note(Slip::BareWord);
                return Ok(Value::String(word.to_owned()));
            }
        };
        self.slips.note(Slip::PythonWord);
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let rest = self.rest();
        let inside = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
        let length = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        let written = rest.get(..length).unwrap_or_default();
        // "12h", "3rd", "1/2" are words without quotes.
        let next = rest.get(length..).and_then(|rest| rest.chars().next());
        if next.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '/' | '%')) {
            return Err(Fault::Other);
        }
        self.at += length;
        if let Ok(number) = serde_json::from_str::<Number>(written) {
            return Ok(Value::Number(number));
        }
        if self.rest().is_empty() {
            return Err(Fault::Unfinished);
        }
        // "+1", ".5" and "5." say what they mean; "007" may be a code.
        let plain = written.strip_prefix('+').unwrap_or(written);
        let mended = match (plain.strip_prefix('.'), plain.strip_suffix('.')) {
            (Some(digits), None) => format!("0.{digits}"),
            (None, Some(digits)) => digits.to_owned(),
            _ => plain.to_owned(),
        };
        let number = serde_json::from_str::<Number>(&mended).map_err(|_| Fault::Other)?;
        self.slips.note(Slip::OddNumber);
        Ok(Value::Number(number))
    }

    fn string(&mut self) -> Result<String, Fault> {
        let Some(open) = self.peek() else {
            return Err(Fault::Unfinished);
        };
        let ends = closers(open).unwrap_or_default();
        self.at += open.len_utf8();
        if open != '"' {
            self.slips.note(Slip::OddQuotes);
        }
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let plain = rest
                .find(|c: char| c == '\\' || c.is_control() || ends.contains(&c))
                .unwrap_or(rest.len());
            out.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                None => return Err(Fault::Unfinished),
                Some('\\') => self.escape(&mut out)?,
                Some(c) if ends.contains(&c) => {
                    // A typographic quote inside of typographic quotes ends
                    // nothing unless the entry ends there too.
                    if c != '"' && c != '\'' && !self.ends_after(c) {
                        out.push(c);
                        self.at += c.len_utf8();
                        continue;
                    }
                    // An apostrophe in a text between single quotes.
                    if c == '\'' && !self.ends_after(c) {
                        out.push(c);
                        self.at += 1;
                        continue;
                    }
                    self.at += c.len_utf8();
                    return Ok(out);
                }
                Some(c) => {
                    // DEL and the C1 controls may stand in a string of JSON.
                    if (c as u32) < 0x20 {
                        self.slips.note(Slip::RawControl);
                    }
                    out.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    /// Does what follows a quote end an entry or a key?
    fn ends_after(&self, quote: char) -> bool {
        let rest = self.rest().get(quote.len_utf8()..).unwrap_or_default();
        let next = rest.trim_start().chars().next();
        matches!(next, None | Some(',' | ':' | '}' | ']'))
    }

    fn escape(&mut self, out: &mut String) -> Result<(), Fault> {
        self.at += 1;
        let Some(c) = self.peek() else {
            return Err(Fault::Unfinished);
        };
        self.at += c.len_utf8();
        let plain = match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                out.push(self.unicode()?);
                return Ok(());
            }
            '\'' | '`' | '“' | '”' => {
                self.slips.note(Slip::OddEscape);
                c
            }
            // A backslash before a line's end, or one that means itself.
            other => {
                self.slips.note(Slip::OddEscape);
                if other != '\n' {
                    out.push('\\');
                }
                other
            }
        };
        out.push(plain);
        Ok(())
    }

    /// After `\u`. Half a surrogate pair is no character.
    fn unicode(&mut self) -> Result<char, Fault> {
        let first = self.hex()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(code).ok_or(Fault::Other);
            }
            self.at = back;
        }
        self.slips.note(Slip::HalfCharacter);
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let rest = self.rest();
        let Some(digits) = rest.get(..4) else {
            return Err(if rest.len() < 4 {
                Fault::Unfinished
            } else {
                Fault::Other
            });
        };
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Fault::Other);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| Fault::Other)
    }

    fn fault(&self) -> Fault {
        if self.rest().is_empty() {
            Fault::Unfinished
        } else {
            Fault::Other
        }
    }
}

/// The quotes that may end what this one opens; `None`: it opens nothing.
fn closers(open: char) -> Option<&'static [char]> {
    Some(match open {
        '"' => &['"'],
        '\'' => &['\''],
        '“' | '”' | '„' | '‟' => &['“', '”', '"'],
        '‘' | '’' | '‚' => &['‘', '’', '\''],
        '«' => &['»'],
        _ => return None,
    })
}

fn line_length(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}
