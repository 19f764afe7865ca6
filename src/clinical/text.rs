//! A wrapper for text that may identify a patient or quote a model.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// Patient or model text. Cheap to clone; `Debug` shows the length only, and
/// there is no `Display`, so that it cannot reach a log by accident. Whoever
/// needs the words says so with [`PatientText::expose`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct PatientText(Arc<str>);

impl PatientText {
    /// Wraps a text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The words themselves, for prompts and stores that exist to keep them.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// True when nothing but white space is in it.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

/// A text in one line with single spaces, so that it can never forge another
/// line of what it is put into.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

impl JsonSchema for PatientText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PatientText".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

impl fmt::Debug for PatientText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PatientText({} bytes)", self.0.len())
    }
}

impl From<String> for PatientText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for PatientText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::PatientText;

    #[test]
    fn debug_never_shows_the_words() {
        let shown = format!("{:?}", PatientText::from("68-year-old woman"));
        assert!(!shown.contains("woman"), "{shown}");
    }
}
