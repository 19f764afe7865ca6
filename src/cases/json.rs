//! JSON text to values and back, with errors that name a place and never
//! quote what stands there.

use serde::Serialize;
use serde_json::Value;
use serde_json::error::Category;

use super::fault::Flaw;
use super::position::Source;

/// Parses a document.
pub(super) fn parse(source: &Source<'_>) -> Result<Value, Vec<Flaw>> {
    serde_json::from_str(source.text()).map_err(|error| {
        let position = source.at_line_and_byte(error.line(), error.column());
        // A message about data could quote it; one about syntax does not.
        let detail = match error.classify() {
            Category::Syntax | Category::Eof => {
                let text = error.to_string();
                let end = text.rfind(" at line ").unwrap_or(text.len());
                format!(": {}", &text[..end])
            }
            Category::Data | Category::Io => String::new(),
        };
        vec![
            Flaw::error(
                position,
                format!("this is not valid JSON{detail}"),
                "Mend the text at or just before this place.",
            )
            .fatal(),
        ]
    })
}

/// Indented JSON text. Only for values that cannot fail to serialize (text
/// keys, no errors of their own); an empty text would stand for a failure.
pub(super) fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
