//! The question of a consult: from a file, from stdin, or a case's own text. It
//! is a patient's text, so no error quotes a word of it.

use std::io::{IsTerminal, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::clinical::PatientText;

use super::{Exit, Failure};

/// Longest question, in bytes. A consult is a page or two; a megabyte is a
/// mistake that would cost money.
const LONGEST: u64 = 1 << 20;

/// A question, and where it came from.
pub struct Question {
    /// The words.
    pub text: PatientText,
    /// Where they came from, for people.
    pub from: String,
    /// Was stdin read, so that nothing can be asked there?
    pub read_stdin: bool,
}

/// Reads the question. `own`: the text of the case that the answer will be held
/// against, which is asked where nothing else is given.
pub fn read(file: Option<&Path>, own: Option<(&str, &PatientText)>) -> Result<Question, Failure> {
    match file {
        Some(path) if path != Path::new("-") => {
            let shown = path.display().to_string();
            let file = std::fs::File::open(path)
                .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
            let text = text_of(file, &shown)?.ok_or_else(|| empty(&shown))?;
            Ok(Question {
                text,
                from: shown,
                read_stdin: false,
            })
        }
        asked => from_stdin(asked.is_some(), own),
    }
}

fn from_stdin(asked: bool, own: Option<(&str, &PatientText)>) -> Result<Question, Failure> {
    let own = own.filter(|_| !asked).map(|(item, text)| Question {
        text: text.clone(),
        from: item.to_owned(),
        read_stdin: false,
    });
    let stdin = std::io::stdin();
    // A person at a terminal who asked for it may type or paste the question.
    if stdin.is_terminal() && !asked {
        return own.ok_or_else(|| {
            Failure::usage(
                "no question: name a file with --file, pipe one in (primum consult < question.txt), \
                 type one with --file - and end it with Ctrl-D, or ask a case's own with \
                 --against CASE",
            )
        });
    }
    match (text_of(stdin.lock(), "stdin")?, own) {
        (Some(text), _) => Ok(Question {
            text,
            from: "stdin".to_owned(),
            read_stdin: true,
        }),
        (None, Some(own)) => Ok(Question {
            read_stdin: true,
            ..own
        }),
        (None, None) => Err(empty("stdin")),
    }
}

fn empty(source: &str) -> Failure {
    Failure::data(format!("{source}: the question is empty"))
}

/// The text; `None` when there is nothing but white space.
fn text_of(source: impl Read, shown: &str) -> Result<Option<PatientText>, Failure> {
    let mut bytes = Vec::new();
    source
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(Exit::Data, format!("cannot read {shown}: {error}")))?;
    if bytes.len() as u64 > LONGEST {
        return Err(Failure::data(format!(
            "{shown}: the question is longer than 1 MiB; is it the right file?"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        Failure::data(format!(
            "{shown}: the question is not UTF-8 text (byte {})",
            error.utf8_error().valid_up_to() + 1
        ))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok((!text.trim().is_empty()).then(|| PatientText::new(text)))
}

/// A label for a question that is no item: it follows from the words, so that
/// the same question is shuffled alike, and says nothing about them.
pub fn label(text: &PatientText) -> String {
    let hash = format!("{:x}", Sha256::digest(text.expose()));
    format!("question-{}", hash.get(..12).unwrap_or_default())
}
