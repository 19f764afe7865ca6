//! Text for a terminal: wrapped lines with indents, made of words that came
//! from models.

use crate::clinical::money;

/// Columns where nobody says how wide it is.
const WIDTH: usize = 80;

/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 100;

/// Lines shorter than this cannot hold an indent and a word.
const NARROWEST: usize = 40;

/// Lines as they grow.
#[derive(Debug)]
pub struct Page {
    width: usize,
    text: String,
}

impl Page {
    /// An empty page. `width`: columns of the terminal; `None`: it is none.
    pub fn new(width: Option<u16>) -> Self {
        Self {
            width: width.map_or(WIDTH, usize::from).clamp(NARROWEST, WIDEST),
            text: String::with_capacity(4096),
        }
    }

    /// A paragraph from the left edge.
    pub fn line(&mut self, text: &str) {
        self.hang(0, "", text);
    }

    /// A paragraph: `first` behind `indent` columns, then the text, whose
    /// further lines begin where its first one does.
    ///
    /// The text is foreign: control characters, which could take hold of a
    /// terminal, and marks that turn the reading direction are left out.
    pub fn hang(&mut self, indent: usize, first: &str, text: &str) {
        let mut head = first.to_owned();
        let mut under = indent + first.chars().count();
        let mut text = std::borrow::Cow::Borrowed(text);
        if under > self.width / 2 {
            // On a narrow page a long opening is part of the paragraph.
            text = format!("{first}{text}").into();
            head.clear();
            under = indent;
        }
        let room = self.width.saturating_sub(under).max(1);
        let mut lines = wrap(&text, room).into_iter();
        let opening = lines.next().unwrap_or_default();
        self.push(&format!("{:indent$}{head}{opening}", ""));
        for line in lines {
            self.push(&format!("{:under$}{line}", ""));
        }
    }

    /// A line as it stands, such as one of a table.
    pub fn push(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// An empty line, but never two, and none at the top.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// An empty line and a heading.
    pub fn heading(&mut self, text: &str) {
        self.gap();
        self.line(text);
    }

    /// The whole page, with one line end at its end.
    pub fn finish(self) -> String {
        let mut text = self.text;
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }
}

/// The text in lines of at most `room` characters. A word that is longer is
/// broken.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let word: Vec<char> = word.chars().filter(|c| is_harmless(*c)).collect();
        for part in word.chunks(room) {
            if length > 0 && length + 1 + part.len() > room {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            if length > 0 {
                line.push(' ');
                length += 1;
            }
            line.extend(part);
            length += part.len();
        }
    }
    if length > 0 || lines.is_empty() {
        lines.push(line);
    }
    lines
}

fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `$0.0042`, `~$0.0042` where a part is estimated, or that there is no price.
pub fn dollars(usd: Option<f64>, estimated: bool) -> String {
    usd.map_or_else(
        || "no price".to_owned(),
        |usd| money::marked(format!("${usd:.4}"), estimated),
    )
}

/// The head of a hash, enough to tell two apart.
pub fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [all @ .., last] => {
            let all: Vec<&str> = all.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", all.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hang_under_their_first_word_and_never_exceed_the_width() {
        let mut page = Page::new(Some(40));
        page.hang(2, "1. ", &"word ".repeat(30));
        page.hang(4, "", &"x".repeat(100));
        let text = page.finish();
        for line in text.lines() {
            assert!(line.chars().count() <= 40, "{line}");
        }
        assert!(text.starts_with("  1. word"));
        assert!(
            text.lines()
                .nth(1)
                .is_some_and(|l| l.starts_with("     word"))
        );
    }

    #[test]
    fn a_model_cannot_take_hold_of_the_terminal() {
        let mut page = Page::new(None);
        page.line("stop\u{1b}[2J \u{202e}it\nnow\u{7}");
        assert_eq!(page.finish(), "stop[2J it now\n");
    }
}
