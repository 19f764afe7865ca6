//! Text into tokens: words in a plain form, numbers, and the marks that part
//! clauses. No text is refused; what is not understood is a word.

/// What parts clauses or opens an aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// `.`, `;`, a line's end: another statement follows.
    Stop,
    Comma,
    Colon,
    /// A dash with space on both sides: an aside follows.
    Dash,
    Open,
    Close,
}

/// How the numbers of one token are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// `2-4`, or a single number.
    Range,
    /// `160/4.5`
    Slash,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// In lower case, singular, American spelling.
    Word(String),
    Number(Vec<f64>, Joint),
    Mark(Mark),
}

impl Token {
    /// What a phrase of the tables is compared with.
    pub fn text(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Number(values, _) => values
                .iter()
                .map(f64::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            Self::Mark(_) => String::new(),
        }
    }
}

/// Longest text that is read; an item beyond that is noise.
const MAX_BYTES: usize = 8_000;

/// Splits a text into tokens.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader {
        chars: text
            .char_indices()
            .take_while(|(at, _)| *at < MAX_BYTES)
            .map(|(_, c)| plain(c))
            .filter(|c| !matches!(c, '*' | '_' | '`' | '#'))
            .collect(),
        at: 0,
        found: Vec::new(),
    };
    reader.run();
    reader.found
}

/// Dashes, quotes and signs of one meaning become one sign.
fn plain(c: char) -> char {
    match c {
        '–' | '—' | '−' | '‑' | '‒' => '-',
        '’' | '‘' | '´' => '\'',
        '≤' => '<',
        '≥' => '>',
        'µ' | 'μ' => 'u',
        '×' => 'x',
        '\n' | '\r' => ';',
        other => other,
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    found: Vec<Token>,
}

impl Reader {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or(' ')
    }

    fn run(&mut self) {
        while self.at < self.chars.len() {
            let c = self.peek(0);
            if c.is_ascii_digit() {
                self.number();
            } else if c.is_alphabetic() || c.is_numeric() {
                self.word();
            } else {
                self.sign(c);
                self.at += 1;
            }
        }
    }

    fn sign(&mut self, c: char) {
        let before = self.at.checked_sub(1).and_then(|i| self.chars.get(i));
        let spaced = before.is_none_or(|c| c.is_whitespace()) && self.peek(1).is_whitespace();
        // `H. pylori`, `e.g. this`: no end of a sentence.
        let initial = matches!(self.found.last(), Some(Token::Word(w))
            if (w.len() == 1 && before.is_some_and(|c| c.is_uppercase()))
                || matches!(w.as_str(), "eg" | "ie" | "vs" | "dr"));
        let mark = match c {
            '.' if initial || !self.peek(1).is_whitespace() => return,
            '.' | ';' | '!' | '?' | '•' => Mark::Stop,
            ',' => Mark::Comma,
            ':' => Mark::Colon,
            '-' if spaced => Mark::Dash,
            '(' | '[' => Mark::Open,
            ')' | ']' => Mark::Close,
            '<' | '>' | '%' | '+' | '&' | '=' => {
                let word = if matches!(c, '+' | '&') {
                    "and".to_owned()
                } else {
                    c.to_string()
                };
                return self.found.push(Token::Word(word));
            }
            _ => return,
        };
        self.found.push(Token::Mark(mark));
    }

    /// `1,200`, `0.6`, `2-4`, `160/4.5`.
    fn number(&mut self) {
        let mut values = vec![self.digits()];
        let mut joint = Joint::Range;
        while matches!(self.peek(0), '-' | '/') && self.peek(1).is_ascii_digit() {
            if self.peek(0) == '/' {
                joint = Joint::Slash;
            }
            self.at += 1;
            values.push(self.digits());
        }
        self.found.push(Token::Number(values, joint));
    }

    fn digits(&mut self) -> f64 {
        let mut text = String::new();
        loop {
            let c = self.peek(0);
            let thousands = c == ','
                && (1..=3).all(|i| self.peek(i).is_ascii_digit())
                && !self.peek(4).is_ascii_digit()
                && !text.contains('.');
            let point = c == '.' && self.peek(1).is_ascii_digit() && !text.contains('.');
            if c.is_ascii_digit() || point {
                text.push(c);
            } else if !thousands {
                break;
            }
            self.at += 1;
        }
        // Digits with at most one point inside; more than a number can hold is
        // infinite, and equal to nothing else of use.
        text.parse().unwrap_or(f64::MAX)
    }

    /// Letters, with digits after a letter; a point or an apostrophe between
    /// letters is passed over (`b.i.d.`, `don't`).
    fn word(&mut self) {
        let after_number = matches!(self.found.last(), Some(Token::Number(..)));
        let mut word = String::new();
        loop {
            let c = self.peek(0);
            // `x3`, `q6h`: a number follows.
            if c.is_ascii_digit() && matches!(word.as_str(), "x" | "q") {
                break;
            }
            if c.is_alphanumeric() {
                word.extend(c.to_lowercase());
            } else if after_number && c == '/' && self.peek(1).is_alphabetic() && !word.is_empty() {
                word.push('/');
            } else if !(matches!(c, '.' | '\'') && self.peek(1).is_alphabetic()) || word.is_empty()
            {
                break;
            }
            self.at += 1;
        }
        if after_number && word.contains('/') && super::quantity::unit(&word).is_none() {
            let parts = word.split('/').filter(|part| !part.is_empty());
            self.found
                .extend(parts.map(|part| Token::Word(normal(part))));
        } else if word.contains('/') {
            self.found.push(Token::Word(word));
        } else if let Some(value) = NUMBERS.iter().position(|name| *name == word) {
            self.found
                .push(Token::Number(vec![value as f64 + 1.0], Joint::Range));
        } else {
            self.found.push(Token::Word(normal(&word)));
        }
    }
}

const NUMBERS: [&str; 12] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

/// The singular, without `-ing`, in American spelling. It need not be a word,
/// only the same for forms of the same one.
pub(super) fn normal(word: &str) -> String {
    let mut word = word.to_owned();
    if !word.is_ascii() {
        return word;
    }
    if word.len() > 5 {
        word = word.replace("ae", "e").replace("oe", "e");
    }
    let length = word.len();
    if length > 4 && word.ends_with("ies") {
        word.truncate(length - 3);
        word.push('y');
    } else if length > 5
        && ["sses", "shes", "ches", "xes"]
            .iter()
            .any(|e| word.ends_with(e))
    {
        word.truncate(length - 2);
    } else if length > 3
        && word.ends_with('s')
        && !["ss", "us", "is"].iter().any(|e| word.ends_with(e))
    {
        word.truncate(length - 1);
    }
    // The treating team is no treatment.
    if word.len() > 6 && word.ends_with("ing") && word != "treating" {
        word.truncate(word.len() - 3);
        let bytes = word.as_bytes();
        if let [.., a, b] = bytes
            && a == b
            && !b"aeiousl".contains(a)
        {
            word.truncate(word.len() - 1);
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        tokens(text)
            .iter()
            .map(|token| match token {
                Token::Mark(mark) => format!("{mark:?}"),
                token => token.text(),
            })
            .collect()
    }

    #[test]
    fn numbers_units_and_marks() {
        assert_eq!(
            shown("**Give 0.6mg** x3 q6h – 1,200 mg/day; H. pylori (2–4 wks)."),
            [
                "give", "0.6", "mg", "x", "3", "q", "6", "h", "Dash", "1200", "mg/day", "Stop",
                "h", "pylori", "Open", "2 4", "wks", "Close", "Stop"
            ]
        );
    }

    #[test]
    fn forms_of_a_word_are_one() {
        for (a, b) in [
            ("stopping", "stop"),
            ("biopsies", "biopsy"),
            ("haematology", "hematology"),
            ("screening", "screen"),
        ] {
            assert_eq!(normal(a), normal(b));
        }
    }
}
