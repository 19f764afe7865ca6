//! What is wrong with a line, with its place. Only lines that could not be read
//! come here, so this may be slow.

use serde_json::Value;

use crate::cases::Flaw;
use crate::cases::position::{Position, Source, Step, path_text};
use crate::cases::quoted;
use crate::cases::shape::{Field, Kind, ShapeCheck, read_document};
use crate::score::records::bare_nan_to_zero;
use crate::score::{JudgedRecord, ResponseRecord, is_match_string};

const RECORD: &[Field] = &[
    Field::required("id", Kind::Text),
    Field::required("trial", Kind::Natural),
    Field::required("judge", Kind::Text),
    Field::required("options", Kind::List),
    Field::required("responseActions", Kind::List),
    Field::optional("summary", Kind::Text),
    Field::optional("harm", Kind::List),
    Field::optional("nonrubric_harms", Kind::List),
    Field::optional("metrics", Kind::Object),
    Field::optional("global_match_reviewer", Kind::Text),
    Field::optional("response_len", Kind::Natural),
    Field::optional("prompt_hash", Kind::Text),
];
const OPTION: &[Field] = &[
    Field::required("id", Kind::Integer),
    Field::required("matched", Kind::Bool),
    Field::optional("partial", Kind::Bool),
    Field::optional("evidence", Kind::Text),
];
const ACTION: &[Field] = &[
    Field::required("number", Kind::Integer),
    Field::required("action", Kind::Text),
    Field::required("category", Kind::Text),
    Field::optional("match", Kind::Text),
    Field::optional("score", Kind::Integer),
    Field::optional("rationale", Kind::Text),
];
const RESPONSE: &[Field] = &[
    Field::required("id", Kind::Text),
    Field::optional("trial", Kind::Natural),
    Field::optional("response", Kind::Text),
];

/// Flaws of a line that is no judged record, and what it is about as far as
/// that can be read.
pub(super) fn judged_flaws(text: &str, number: usize) -> Vec<Flaw> {
    let text = bare_nan_to_zero(text);
    let source = Source::line(&text, number);
    read_document::<JudgedRecord>(&source, "record", |check, value| {
        check.object(value, &[], RECORD);
        list(check, value, "options", OPTION);
        list(check, value, "responseActions", ACTION);
    })
    .err()
    .unwrap_or_else(|| vec![unexplained(&source)])
}

/// Flaws of a line that is no response record.
pub(super) fn response_flaws(text: &str, number: usize) -> Vec<Flaw> {
    let source = Source::line(text, number);
    read_document::<ResponseRecord>(&source, "answer", |check, value| {
        check.object(value, &[], RESPONSE);
    })
    .err()
    .unwrap_or_else(|| vec![unexplained(&source)])
}

fn list(check: &mut ShapeCheck<'_>, value: &Value, name: &'static str, fields: &[Field]) {
    if let Some(Value::Array(elements)) = value.get(name) {
        for (index, element) in elements.iter().enumerate() {
            check.object(element, &[Step::Field(name), Step::Index(index)], fields);
        }
    }
}

fn unexplained(source: &Source<'_>) -> Flaw {
    Flaw::error(
        source.start(),
        "this does not have the shape that the benchmark gives it",
        "Compare it with a line of the benchmark, field by field.",
    )
}

/// Item and trial of a line, if they can be read in spite of its flaws.
pub(super) fn key_of(text: &str) -> Option<(String, u64)> {
    let value: Value = serde_json::from_str(&bare_nan_to_zero(text)).ok()?;
    let id = value.get("id")?.as_str()?.to_owned();
    Some((id, value.get("trial").and_then(Value::as_u64).unwrap_or(1)))
}

/// A line that is no text.
pub(super) fn not_utf8(number: usize) -> Flaw {
    let place = Position {
        line: number,
        column: 1,
    };
    Flaw::error(place, "the line is not UTF-8", "Save the file as UTF-8.")
}

/// A flaw of a record that could be read.
pub(super) fn flaw(
    text: &str,
    number: usize,
    id: &str,
    path: &[Step<'_>],
    problem: impl Into<String>,
    help: &str,
) -> Flaw {
    Flaw::error(Source::line(text, number).at(path), problem, help)
        .of(format!("record {}", quoted(id)))
        .field(path_text(path))
}

/// The first action of a record whose match string names what is no id.
pub(super) fn bad_match(text: &str, number: usize, record: &JudgedRecord) -> Flaw {
    let index = record
        .actions
        .iter()
        .position(|action| !is_match_string(action.match_string()))
        .unwrap_or_default();
    let path = [
        Step::Field("responseActions"),
        Step::Index(index),
        Step::Field("match"),
    ];
    let problem = "the match string names something that is no option id";
    let help = "Write option ids, separated by commas, or an empty text.";
    flaw(text, number, &record.id, &path, problem, help)
}

/// No case of this id.
pub(super) fn unknown_case(text: &str, number: usize, id: &str) -> Flaw {
    let problem = "there is no rubric for this case";
    let help = "Name the folder with its rubric by --cases, or leave the record out.";
    flaw(text, number, id, &[Step::Field("id")], problem, help)
}

/// No item of this id.
pub(super) fn unknown_item(text: &str, number: usize, id: &str) -> Flaw {
    let problem = "there is no item of this id with a rubric";
    let help = "Name the folder with its case by --cases, or leave the answer out.";
    flaw(text, number, id, &[Step::Field("id")], problem, help)
}

/// A second record of the same item, trial and judge.
pub(super) fn repeated(number: usize, what: &str, id: &str, first: usize) -> Flaw {
    let place = Position {
        line: number,
        column: 1,
    };
    let problem = format!("{what} stands on line {first} already");
    let help = "Delete one of the two; the later one was taken.";
    Flaw::error(place, problem, help)
        .of(format!("record {}", quoted(id)))
        .field("id")
}
