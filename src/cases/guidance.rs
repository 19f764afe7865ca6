//! `guidance/<ID>.yaml`: the benchmark's hints for the judge, kept as JSON.
//! Every part is optional.

use serde_json::{Map, Number, Value};
use serde_norway::Value as Yaml;

use super::fault::Flaw;
use super::position::{Position, Source};

/// The YAML parser takes time with the square of open brackets, so a text with
/// more than any real guidance has is refused before it is parsed.
const MOST_BRACKETS: usize = 2_000;

const HELP: &str = "Mend the YAML at or just before this place.";

/// Parses the text of a guidance file into JSON; keys that are numbers become
/// texts, tags are dropped. An empty file is an empty object.
///
/// # Errors
/// YAML that cannot be parsed or is no mapping, with its position.
pub fn parse_guidance(text: &str) -> Result<Value, Vec<Flaw>> {
    read_guidance(&Source::file(text))
}

pub(super) fn read_guidance(source: &Source<'_>) -> Result<Value, Vec<Flaw>> {
    if let Some((offset, _)) = source.text().match_indices(['[', '{']).nth(MOST_BRACKETS) {
        let problem = format!("there are more than {MOST_BRACKETS} brackets in this text");
        let help = "Write lists with a dash and mappings by indentation, one entry a line.";
        return Err(refused(source.at_offset(offset), problem, help));
    }
    let yaml: Yaml = serde_norway::from_str(source.text()).map_err(|error| {
        // The parser's own message may name keys of the file; the place is
        // what a person needs.
        let position = error.location().map_or(source.start(), |place| Position {
            line: place.line(),
            column: place.column(),
        });
        refused(position, "this cannot be parsed as YAML", HELP)
    })?;
    match to_json(yaml) {
        Some(Value::Null) => Ok(Value::Object(Map::new())),
        Some(value @ Value::Object(_)) => Ok(value),
        _ => Err(refused(
            source.start(),
            "this is no mapping of names to values",
            "Write `spirit:`, `watchouts:` and `options:` at the left margin; every one is optional.",
        )),
    }
}

fn refused(position: Position, problem: impl Into<String>, help: &str) -> Vec<Flaw> {
    vec![Flaw::error(position, problem, help).fatal()]
}

/// `None` for a key that JSON cannot have.
fn to_json(yaml: Yaml) -> Option<Value> {
    Some(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => json_number(&number),
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(list) => {
            Value::Array(list.into_iter().map(to_json).collect::<Option<Vec<_>>>()?)
        }
        Yaml::Mapping(mapping) => Value::Object(
            mapping
                .into_iter()
                .map(|(key, value)| Some((json_key(key)?, to_json(value)?)))
                .collect::<Option<Map<_, _>>>()?,
        ),
        Yaml::Tagged(tagged) => to_json(tagged.value)?,
    })
}

fn json_key(key: Yaml) -> Option<String> {
    match key {
        Yaml::String(text) => Some(text),
        Yaml::Number(number) => Some(number.to_string()),
        Yaml::Bool(value) => Some(value.to_string()),
        Yaml::Null => Some("null".to_owned()),
        Yaml::Tagged(tagged) => json_key(tagged.value),
        Yaml::Sequence(_) | Yaml::Mapping(_) => None,
    }
}

/// Infinities and not-a-number become null.
fn json_number(number: &serde_norway::Number) -> Value {
    if let Some(whole) = number.as_i64() {
        Value::from(whole)
    } else if let Some(whole) = number.as_u64() {
        Value::from(whole)
    } else {
        number
            .as_f64()
            .and_then(Number::from_f64)
            .map_or(Value::Null, Value::Number)
    }
}

/// Position of `key` at the left margin, or of `inner` in the block below it.
/// The YAML library keeps no positions, so this reads the lines; where it
/// finds nothing it names the outer place.
pub(super) fn key_position(source: &Source<'_>, key: &str, inner: Option<&str>) -> Position {
    let mut outer = None;
    let mut offset = 0;
    for line in source.text().split_inclusive('\n') {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        let at = source.at_offset(offset + indent);
        offset += line.len();
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        match outer {
            None if indent == 0 && is_key(words, key) => outer = Some(at),
            Some(_) if indent == 0 => break,
            Some(_) if inner.is_some_and(|inner| is_key(words, inner)) => return at,
            _ => {}
        }
    }
    outer.unwrap_or(source.start())
}

fn is_key(words: &str, key: &str) -> bool {
    words
        .split_once(':')
        .is_some_and(|(found, _)| found.trim().trim_matches(['"', '\'']) == key)
}
