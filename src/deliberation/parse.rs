//! Reading an advisor's free-text draft into an assessment and numbered items.
//!
//! Models lay lists out in many ways: `1.`, `1)`, `**1.**`, `### 1.`, bullets,
//! nested bullets under an item, headings between items, continuation lines,
//! or no numbers at all. Nothing is thrown away but white space, emphasis
//! marks, headings, and courtesies after the last item; other text there is
//! advice that its writer did not number, and becomes an item. A short answer
//! without any list that begins as a refusal does is read as one.
//!
//! The rules, in order:
//! 1. If any line begins with a number and a list mark, such lines that are
//!    not indented deeper than the first of them begin items; everything else
//!    below belongs to the item above it. Lines without a number that stand
//!    under a heading of their own are items too.
//! 2. Otherwise, if there are bullets, the least indented bullets are items.
//! 3. Otherwise, paragraphs after the first are items; of a single paragraph,
//!    the sentences after the first.
//! 4. What stands before the first item is the assessment.

use crate::clinical::PatientText;
use crate::clinical::text::one_line;

use super::usable::refusal;

/// Most items that are read; a draft longer than that is noise.
pub const MAX_ITEMS: usize = 200;

/// A draft as read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// What stood before the first item, in one line.
    pub assessment: PatientText,
    /// The items in order, one line each.
    pub items: Vec<PatientText>,
}

/// Reads a draft. Never fails: a text without items gives a draft without.
pub fn parse_draft(text: &str) -> Draft {
    let lines: Vec<Line<'_>> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("```"))
        .map(Line::read)
        .collect();
    if lines.iter().any(|line| line.mark == Mark::Number) {
        list(&lines, Mark::Number)
    } else if lines.iter().any(|line| line.mark == Mark::Bullet) {
        list(&lines, Mark::Bullet)
    } else {
        prose(&lines)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mark {
    Number,
    Bullet,
    Heading,
    Blank,
    Text,
}

/// What the unnumbered lines below an item are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    /// The item goes on.
    Item,
    /// A heading stood between: they are recommendations without a number
    /// (`**Follow-up**` and a bullet), and must not be lost.
    Heading,
    /// Text behind the last item.
    Closing,
}

struct Line<'a> {
    indent: usize,
    mark: Mark,
    /// What follows the mark.
    body: &'a str,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Self {
        let trimmed = line.trim();
        let indent = line
            .chars()
            .take_while(|c| c.is_whitespace())
            .map(|c| if c == '\t' { 4 } else { 1 })
            .sum();
        let (mark, body) = if trimmed.is_empty() || is_rule(trimmed) {
            (Mark::Blank, "")
        } else if let Some(body) = numbered(trimmed) {
            (Mark::Number, body)
        } else if let Some(body) = bulleted(trimmed) {
            (Mark::Bullet, body)
        } else if is_heading(trimmed, indent) {
            (Mark::Heading, trimmed)
        } else {
            (Mark::Text, trimmed)
        };
        Self { indent, mark, body }
    }
}

/// A horizontal rule such as `---`.
fn is_rule(line: &str) -> bool {
    line.chars().count() >= 3 && line.chars().all(|c| matches!(c, '-' | '*' | '_' | '='))
}

/// `1. text`, `1) text`, `**1.** text`, `### 1. text`, `(1) text`,
/// `**1. text**`: the text after the number, or `None`. A decimal such as
/// `1.5 mg` is no list mark.
fn numbered(line: &str) -> Option<&str> {
    let start = line.trim_start_matches(['#', '*', '_', '(', ' ']);
    let opened = &line[..line.len() - start.len()];
    let digits = start.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 3 {
        return None;
    }
    let rest = &start[digits..];
    let mut chars = rest.chars();
    let mark = chars.next()?;
    if !matches!(mark, '.' | ')' | ':') || (mark == ':' && opened.is_empty()) {
        return None;
    }
    let after = chars.as_str();
    let body = after.trim_start_matches(['*', '_']);
    let closed_emphasis = body.len() != after.len();
    if body.is_empty() || body.starts_with(char::is_whitespace) || closed_emphasis {
        Some(body.trim())
    } else {
        None
    }
}

/// `- text`, `* text`, `• text`, `– text`: the text, or `None`.
fn bulleted(line: &str) -> Option<&str> {
    let mut chars = line.chars();
    let first = chars.next()?;
    if !matches!(
        first,
        '-' | '*' | '+' | '•' | '–' | '—' | '◦' | '▪' | '‣' | '·'
    ) {
        return None;
    }
    let rest = chars.as_str();
    rest.starts_with(char::is_whitespace).then(|| rest.trim())
}

/// `## Medications`, `**Follow-up**`, `**Follow-up:**`, or a short line of its
/// own that ends with a colon.
fn is_heading(line: &str, indent: usize) -> bool {
    if line.starts_with('#') {
        return true;
    }
    let whole_line_bold = line.len() > 4
        && line.starts_with("**")
        && line.trim_end_matches(':').ends_with("**")
        && line.matches("**").count() == 2;
    let short_with_colon =
        indent == 0 && line.ends_with(':') && line.split_whitespace().count() <= 6;
    whole_line_bold || short_with_colon
}

/// Rules 1 and 2: items begin at lines with `mark` that are no deeper than the
/// first of them.
fn list(lines: &[Line<'_>], mark: Mark) -> Draft {
    let top = match mark {
        // A first item that is itself indented sets the depth; bullets take
        // the least indented ones, since the first may hang under a text.
        Mark::Number => lines.iter().find(|l| l.mark == mark).map(|l| l.indent),
        _ => lines
            .iter()
            .filter(|l| l.mark == mark)
            .map(|l| l.indent)
            .min(),
    }
    .unwrap_or(0);
    let begins = |line: &Line<'_>| line.mark == mark && line.indent <= top + 1;
    let last_start = lines.iter().rposition(begins).unwrap_or(0);

    let mut assessment: Vec<&str> = Vec::new();
    let mut items: Vec<Vec<&str>> = Vec::new();
    let mut below = Below::Item;
    let mut blank = false;
    for (position, line) in lines.iter().enumerate() {
        let after_blank = std::mem::take(&mut blank);
        if items.len() == MAX_ITEMS {
            break;
        }
        if begins(line) {
            items.push(vec![line.body]);
            below = Below::Item;
            continue;
        }
        match line.mark {
            Mark::Blank => blank = true,
            Mark::Heading => below = Below::Heading,
            _ if items.is_empty() => assessment.push(line.body),
            _ => {
                let top_level = line.indent <= top + 1;
                let closing = position > last_start
                    && after_blank
                    && top_level
                    && line.mark == Mark::Text
                    && below == Below::Item;
                if closing {
                    below = Below::Closing;
                }
                match below {
                    Below::Closing if courtesy(line.body) => {}
                    Below::Closing if closing => items.push(vec![line.body]),
                    Below::Heading if top_level => {
                        items.push(vec![line.body]);
                        // Text goes on in the next line; a bullet is followed
                        // by further bullets.
                        if line.mark == Mark::Text {
                            below = Below::Item;
                        }
                    }
                    _ => {
                        if let Some(item) = items.last_mut() {
                            item.push(line.body);
                        }
                    }
                }
            }
        }
    }
    Draft {
        assessment: tidy_assessment(&assessment.join(" ")),
        items: items
            .iter()
            .map(|parts| tidy(&parts.join(" ")))
            .filter(|item| !item.is_blank())
            .collect(),
    }
}

/// Rule 3: no list at all.
fn prose(lines: &[Line<'_>]) -> Draft {
    let mut paragraphs: Vec<Vec<&str>> = vec![Vec::new()];
    for line in lines {
        match line.mark {
            Mark::Blank => paragraphs.push(Vec::new()),
            // A bold line may be the action itself, with its reason below it.
            Mark::Heading if line.body.starts_with("**") => paragraphs.push(vec![line.body]),
            Mark::Heading => paragraphs.push(Vec::new()),
            _ => {
                if let Some(paragraph) = paragraphs.last_mut() {
                    paragraph.push(line.body);
                }
            }
        }
    }
    let paragraphs: Vec<String> = paragraphs
        .into_iter()
        .filter(|p| !p.is_empty())
        .map(|p| p.join(" "))
        .collect();
    let units: Vec<String> = match paragraphs.as_slice() {
        [only] => sentences(only),
        _ => paragraphs,
    };
    if units.first().is_some_and(|first| refusal::opens(first)) && units.len() <= 2 {
        return Draft {
            assessment: tidy(&units.join(" ")),
            items: Vec::new(),
        };
    }
    let (assessment, items) = match units.as_slice() {
        [] => return Draft::default(),
        [only] => (PatientText::default(), vec![tidy(only)]),
        [first, rest @ ..] => (
            tidy_assessment(first),
            rest.iter().take(MAX_ITEMS).map(|p| tidy(p)).collect(),
        ),
    };
    Draft {
        assessment,
        items: items.into_iter().filter(|item| !item.is_blank()).collect(),
    }
}

/// Does a remark behind the last item advise nothing?
fn courtesy(line: &str) -> bool {
    const OPENINGS: [&str; 14] = [
        "let me know",
        "please let me know",
        "feel free",
        "i hope",
        "hope this",
        "thank",
        "best regards",
        "sincerely",
        "if you have any",
        "disclaimer",
        "note:",
        "this is not",
        "this information",
        "these recommendations",
    ];
    let line = line.trim_start_matches(['*', '_']).to_lowercase();
    OPENINGS.iter().any(|opening| line.starts_with(opening))
}

/// The first sentences of a text.
pub(super) fn first_sentences(text: &str, most: usize) -> String {
    let mut all = sentences(text);
    all.truncate(most);
    all.join(" ")
}

/// Splits at `.`, `!` or `?` before white space and a capital letter. Good
/// enough for drafts that ignore the asked form altogether.
fn sentences(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut current = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        current.push(c);
        if matches!(c, '.' | '!' | '?') && chars.peek().is_some_and(|next| next.is_whitespace()) {
            let capital = chars
                .clone()
                .find(|next| !next.is_whitespace())
                .is_some_and(|next| next.is_uppercase());
            if capital {
                out.push(std::mem::take(&mut current).trim().to_owned());
            }
        }
    }
    if !current.trim().is_empty() {
        out.push(current.trim().to_owned());
    }
    out
}

/// One line, single spaces, no emphasis marks.
fn tidy(text: &str) -> PatientText {
    if !text.bytes().any(|byte| matches!(byte, b'*' | b'_' | b'`')) {
        return PatientText::new(one_line(text));
    }
    let plain = text.replace("**", "").replace("__", "").replace('`', "");
    PatientText::new(one_line(&plain))
}

/// As [`tidy`], without a leading `Assessment:`.
fn tidy_assessment(text: &str) -> PatientText {
    let line = tidy(text);
    let words = line.expose();
    let label = "assessment:";
    match words.get(..label.len()) {
        Some(start) if start.eq_ignore_ascii_case(label) => {
            PatientText::new(words[label.len()..].trim())
        }
        _ => line,
    }
}
