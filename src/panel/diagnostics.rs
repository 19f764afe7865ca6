//! Faults of a file, all at once, each with its place.
//!
//! A [`Source`] is a file's text with its secrets already masked; nothing here
//! ever sees them. Three forms: for a terminal (miette, colour), plain, and
//! JSON for programs.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use serde::Serialize;

use super::secrets;

/// A file as it may be shown: path as the user wrote it, text with secrets
/// masked (byte positions are those of the file).
#[derive(Debug)]
pub struct Source {
    shown: NamedSource<String>,
    known_secrets: Vec<String>,
}

impl Source {
    /// Masks the ranges of `text` and whatever else looks like a secret in it.
    pub fn new(path: &str, text: &str, mut hidden: Vec<Range<usize>>) -> Arc<Self> {
        hidden.extend(secrets::find(text));
        let known_secrets = hidden
            .iter()
            .filter_map(|range| text.get(range.clone()))
            .filter(|secret| secret.len() >= 6)
            .map(str::to_owned)
            .collect();
        let masked = secrets::mask(text, &hidden);
        Arc::new(Self {
            shown: NamedSource::new(secrets::mask_words(path, &[]), masked),
            known_secrets,
        })
    }

    /// Path as the user wrote it.
    pub fn path(&self) -> &str {
        self.shown.name()
    }

    /// The masked text.
    pub fn text(&self) -> &str {
        self.shown.inner()
    }

    /// Line and column (in characters) of a byte position, both from 1.
    pub fn position(&self, at: usize) -> (usize, usize) {
        let text = self.text();
        let before = &text[..floor(text, at)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used; something in it is probably not meant.
    Warning,
}

/// One fault.
#[derive(Clone)]
pub struct Fault {
    /// Error or warning.
    pub severity: Severity,
    /// Stable short name of the kind of fault, such as `unknown-key`.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where, in bytes of the source; `None` for the file as a whole.
    pub span: Option<Range<usize>>,
    source: Arc<Source>,
}

impl Fault {
    /// A fault of this source. Message and help are masked; the span is cut to
    /// the source and to one line.
    pub fn new(
        source: &Arc<Source>,
        severity: Severity,
        code: &'static str,
        span: Option<Range<usize>>,
        message: &str,
        help: Option<&str>,
    ) -> Self {
        let words = |words: &str| secrets::mask_words(words, &source.known_secrets);
        Self {
            severity,
            code,
            message: words(message),
            help: help.map(words),
            span: span.map(|span| one_line(source.text(), span)),
            source: Arc::clone(source),
        }
    }

    /// Line and column, both from 1.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.span
            .as_ref()
            .map(|span| self.source.position(span.start))
    }

    /// Path of the file, as the user wrote it.
    pub fn path(&self) -> &str {
        self.source.path()
    }
}

fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

fn one_line(text: &str, span: Range<usize>) -> Range<usize> {
    let start = floor(text, span.start);
    let end = floor(text, span.end).max(start);
    let length = text[start..end].find(['\r', '\n']).unwrap_or(end - start);
    start..start + length
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}: {self}", self.severity, self.code)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position() {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.path(), self.message),
            None => write!(f, "{}: {}", self.path(), self.message),
        }
    }
}

/// A fault as miette shows it: it writes the place itself.
#[derive(Debug)]
struct Report<'a>(&'a Fault);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.span {
            Some(_) => f.write_str(&self.0.message),
            None => write!(f, "{}: {}", self.0.path(), self.0.message),
        }
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.0.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.0.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0
            .help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0
            .span
            .as_ref()
            .map(|_| &self.0.source.shown as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.0.span.clone()?;
        Some(Box::new(std::iter::once(LabeledSpan::underline(span))))
    }
}

/// How faults are shown to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No colour, ASCII only: for pipes, logs, `NO_COLOR`.
    Plain,
    /// Colour and box drawing, for a terminal.
    Terminal,
}

impl Style {
    /// The style for a stream: colour only on a terminal whose user has not
    /// set `NO_COLOR`.
    pub fn choose(is_terminal: bool, no_color: bool) -> Self {
        if is_terminal && !no_color {
            Self::Terminal
        } else {
            Self::Plain
        }
    }
}

/// All faults of a panel and the files it uses, ordered by file and place.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    faults: Vec<Fault>,
}

impl Diagnostics {
    /// Orders by file (in the order in which files were first named) and
    /// place, and drops repeats.
    pub fn new(faults: Vec<Fault>) -> Self {
        let mut paths: Vec<String> = Vec::new();
        for fault in &faults {
            if !paths.iter().any(|path| path == fault.path()) {
                paths.push(fault.path().to_owned());
            }
        }
        let mut faults = faults;
        faults.sort_by_cached_key(|fault| {
            let file = paths.iter().position(|path| path == fault.path());
            let start = fault.span.as_ref().map_or(0, |span| span.start);
            (
                file,
                start,
                fault.severity,
                fault.code,
                fault.message.clone(),
            )
        });
        faults.dedup_by(|a, b| a.to_string() == b.to_string() && a.code == b.code);
        Self { faults }
    }

    /// The faults in order.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Nothing found?
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// Number of errors.
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// Number of warnings.
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        self.faults
            .iter()
            .filter(|fault| fault.severity == severity)
            .count()
    }

    /// All faults for people, each with file, line, column, snippet and help.
    pub fn render(&self, style: Style) -> String {
        let theme = match style {
            Style::Plain => GraphicalTheme::none(),
            Style::Terminal => GraphicalTheme::unicode(),
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_wrap_lines(false)
            .with_context_lines(1)
            .without_syntax_highlighting();
        let mut text = String::new();
        for fault in &self.faults {
            if handler.render_report(&mut text, &Report(fault)).is_err() {
                text.push_str(&fault.to_string());
            }
            text.push('\n');
        }
        text
    }

    /// An array of `{severity, code, message, help, file, line, column}`;
    /// `help`, `line` and `column` may be null.
    pub fn to_json(&self) -> serde_json::Value {
        let fault = |fault: &Fault| {
            let position = fault.position();
            serde_json::json!({
                "severity": fault.severity,
                "code": fault.code,
                "message": fault.message,
                "help": fault.help,
                "file": fault.path(),
                "line": position.map(|(line, _)| line),
                "column": position.map(|(_, column)| column),
            })
        };
        self.faults.iter().map(fault).collect()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(Style::Plain).trim_end())
    }
}

impl std::error::Error for Diagnostics {}
