//! Do the fields that we read have the types that we need? Checked field by
//! field before the typed value is built, because an error must name the exact
//! place, and serde's own message could quote the text of a case.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fault::{Flaw, quoted};
use super::json;
use super::position::{Source, Step, path_text};

/// What a field must hold.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Integer,
    List,
    Object,
    Bool,
    /// A whole number that is not negative.
    Natural,
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Integer => value.as_i64().is_some(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
            Self::Bool => value.is_boolean(),
            Self::Natural => value.as_u64().is_some(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Integer => "a whole number",
            Self::List => "a list in square brackets",
            Self::Object => "an object in braces",
            Self::Bool => "true or false",
            Self::Natural => "a whole number, 0 or more",
        }
    }
}

/// A field that we read.
pub(crate) struct Field {
    name: &'static str,
    kind: Kind,
    required: bool,
}

impl Field {
    pub(crate) const fn required(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: true,
        }
    }

    /// May be absent or null.
    pub(crate) const fn optional(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
        }
    }
}

/// Reads a document as JSON and as a typed value. `compare` holds it against
/// the shapes; `what` it is about (`item`, `case`) goes into messages.
pub(crate) fn read_document<T: DeserializeOwned>(
    source: &Source<'_>,
    what: &str,
    compare: impl FnOnce(&mut ShapeCheck<'_>, &Value),
) -> Result<(Value, T), Vec<Flaw>> {
    let value = json::parse(source)?;
    let mut check = ShapeCheck {
        source,
        subject: value
            .get("id")
            .and_then(Value::as_str)
            .map(|id| format!("{what} {}", quoted(id))),
        flaws: Vec::new(),
    };
    compare(&mut check, &value);
    if !check.flaws.is_empty() {
        return Err(check.flaws);
    }
    match serde_json::from_value(value.clone()) {
        Ok(typed) => Ok((value, typed)),
        // All fields fit, so this is not expected. The parser's own message
        // may quote the file and is not shown.
        Err(_) => Err(vec![
            Flaw::error(
                source.start(),
                "this does not have the shape that the benchmark gives it",
                "Compare it with a file of the benchmark, field by field.",
            )
            .fatal(),
        ]),
    }
}

/// Compares one document with the shapes that we read.
pub(crate) struct ShapeCheck<'a> {
    source: &'a Source<'a>,
    /// Item or case that the document is about, where it says so.
    subject: Option<String>,
    flaws: Vec<Flaw>,
}

impl ShapeCheck<'_> {
    /// One object: itself, and the fields in the table.
    pub(crate) fn object(&mut self, value: &Value, at: &[Step<'_>], fields: &[Field]) {
        if !self.kind(value, at, Kind::Object) {
            return;
        }
        for field in fields {
            let mut path = at.to_vec();
            path.push(Step::Field(field.name));
            match value.get(field.name) {
                None if field.required => self.flaw(&path, "is missing", field.kind),
                None => {}
                Some(Value::Null) if !field.required => {}
                Some(value) => {
                    self.kind(value, &path, field.kind);
                }
            }
        }
    }

    /// One value.
    pub(crate) fn kind(&mut self, value: &Value, at: &[Step<'_>], kind: Kind) -> bool {
        let fits = kind.fits(value);
        if !fits {
            self.flaw(at, &format!("is {}", what_it_is(value)), kind);
        }
        fits
    }

    fn flaw(&mut self, path: &[Step<'_>], problem: &str, wanted: Kind) {
        let help = format!("It must be {}.", wanted.name());
        let flaw = if path.is_empty() {
            let problem = format!("the document {problem}");
            Flaw::error(self.source.at(path), problem, help)
        } else {
            Flaw::error(self.source.at(path), problem, help).field(path_text(path))
        };
        let flaw = Flaw {
            subject: self.subject.clone(),
            ..flaw.fatal()
        };
        self.flaws.push(flaw);
    }
}

fn what_it_is(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(number) if !number.is_i64() => "a number that is too large",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
