//! What is wrong with a folder of cases, as a value and as text for people.
//! Neither ever holds the words of a case: ids, field names and numbers only.

use std::fmt::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::position::Position;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultSeverity {
    /// It must be mended: results would be missing or wrong.
    Error,
    /// It is odd, and no number depends on it.
    Warning,
}

impl fmt::Display for FaultSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// Something wrong in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// Where; `None` when it is about a file or folder as a whole.
    pub position: Option<Position>,
    /// How bad.
    pub severity: FaultSeverity,
    /// A run with it would ask or score the wrong thing: `load` refuses it.
    pub fatal: bool,
    /// The item, case or option, such as ``item `Card001-3` ``.
    pub subject: Option<String>,
    /// The field, such as `options[3].score`.
    pub field: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub help: String,
}

impl Flaw {
    fn new(
        severity: FaultSeverity,
        position: Option<Position>,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            position,
            severity,
            fatal: false,
            subject: None,
            field: None,
            problem: problem.into(),
            help: help.into(),
        }
    }

    pub(crate) fn error(
        position: Position,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::new(FaultSeverity::Error, Some(position), problem, help)
    }

    pub(crate) fn warning(
        position: Position,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::new(FaultSeverity::Warning, Some(position), problem, help)
    }

    /// About a file or folder as a whole, and fatal.
    pub(crate) fn of_file(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(FaultSeverity::Error, None, problem, help).fatal()
    }

    pub(crate) fn fatal(self) -> Self {
        Self {
            fatal: true,
            ..self
        }
    }

    pub(crate) fn of(self, subject: impl Into<String>) -> Self {
        Self {
            subject: Some(subject.into()),
            ..self
        }
    }

    pub(crate) fn field(self, field: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..self
        }
    }

    pub(crate) fn in_file(self, file: &Path) -> Fault {
        Fault {
            file: file.to_owned(),
            flaw: self,
        }
    }

    /// `error: item `A-1`, field `id`: …` and the help on a line of its own.
    fn write_after(&self, place: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(place)?;
        if let Some(position) = self.position {
            if !place.is_empty() {
                f.write_char(':')?;
            }
            write!(f, "{position}")?;
        }
        if self.position.is_some() || !place.is_empty() {
            f.write_str(": ")?;
        }
        write!(f, "{}: ", self.severity)?;
        match (&self.subject, &self.field) {
            (Some(subject), Some(field)) => write!(f, "{subject}, field `{field}`: ")?,
            (Some(subject), None) => write!(f, "{subject}: ")?,
            (None, Some(field)) => write!(f, "field `{field}`: ")?,
            (None, None) => {}
        }
        write!(f, "{}\n  help: {}", self.problem, self.help)
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_after("", f)
    }
}

/// A flaw in a file (or folder).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file, below the folder as the caller named it.
    pub file: PathBuf,
    /// What is wrong there.
    #[serde(flatten)]
    pub flaw: Flaw,
}

impl Fault {
    /// Must it be mended?
    pub fn is_error(&self) -> bool {
        self.flaw.severity == FaultSeverity::Error
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.flaw.write_after(&self.file.display().to_string(), f)
    }
}

/// All faults as people read them, and a last line that counts them.
pub fn faults_as_text(faults: &[Fault]) -> String {
    let errors = faults.iter().filter(|fault| fault.is_error()).count();
    let mut text = String::new();
    for fault in faults {
        text.push_str(&fault.to_string());
        text.push('\n');
    }
    if faults.is_empty() {
        text.push_str("no faults\n");
    } else {
        text.push_str(&format!(
            "{}, {}\n",
            counted(errors, "error"),
            counted(faults.len() - errors, "warning")
        ));
    }
    text
}

/// All faults as a JSON array.
pub fn faults_as_json(faults: &[Fault]) -> String {
    super::json::pretty(&faults)
}

fn counted(n: usize, word: &str) -> String {
    match n {
        1 => format!("1 {word}"),
        _ => format!("{n} {word}s"),
    }
}

/// An id or another short name from a file, safe to print: in backticks,
/// control characters escaped, cut when it is no name at all.
pub(crate) fn quoted(name: &str) -> String {
    const LONGEST: usize = 40;
    let shown: String = name
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    let more = if name.chars().nth(LONGEST).is_some() {
        "…"
    } else {
        ""
    };
    format!("`{shown}{more}`")
}
