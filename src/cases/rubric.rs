//! A rubric file as a typed value.

use serde_json::Value;

use crate::clinical::Rubric;

use super::fault::Flaw;
use super::position::{Source, Step};
use super::shape::{Field, Kind, ShapeCheck, read_document};
use super::write::note_rubric_fields;

const RUBRIC: &[Field] = &[
    Field::required("id", Kind::Text),
    Field::optional("case", Kind::Object),
    Field::required("options", Kind::List),
];
const CASE: &[Field] = &[
    Field::optional("presentation", Kind::Text),
    Field::optional("recommendations", Kind::Text),
];
const OPTION: &[Field] = &[
    Field::required("id", Kind::Integer),
    Field::required("text", Kind::Text),
    Field::optional("category", Kind::Text),
    Field::optional("score", Kind::Integer),
    Field::optional("placement", Kind::Integer),
    Field::optional("grade", Kind::Integer),
    Field::optional("abstraction", Kind::Text),
    Field::optional("abstractionType", Kind::Text),
    Field::optional("dependsOn", Kind::List),
];

/// Parses the text of a rubric file.
///
/// # Errors
/// Everything that keeps it from being a rubric, with positions.
pub fn parse_rubric(text: &str) -> Result<Rubric, Vec<Flaw>> {
    read_rubric(&Source::file(text))
}

pub(super) fn read_rubric(source: &Source<'_>) -> Result<Rubric, Vec<Flaw>> {
    let (value, mut rubric) = read_document(source, "case", compare)?;
    note_rubric_fields(&value, &mut rubric);
    Ok(rubric)
}

fn compare(check: &mut ShapeCheck<'_>, value: &Value) {
    check.object(value, &[], RUBRIC);
    if let Some(case @ Value::Object(_)) = value.get("case") {
        check.object(case, &[Step::Field("case")], CASE);
    }
    if let Some(Value::Array(options)) = value.get("options") {
        for (index, option) in options.iter().enumerate() {
            compare_option(check, option, index);
        }
    }
}

fn compare_option(check: &mut ShapeCheck<'_>, option: &Value, index: usize) {
    let at = [Step::Field("options"), Step::Index(index)];
    check.object(option, &at, OPTION);
    if let Some(Value::Array(parents)) = option.get("dependsOn") {
        for (n, parent) in parents.iter().enumerate() {
            let at = [at[0], at[1], Step::Field("dependsOn"), Step::Index(n)];
            check.kind(parent, &at, Kind::Integer);
        }
    }
}
