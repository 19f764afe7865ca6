//! The envelope: from the bytes of a successful answer to the JSON in it.
//!
//! Servers and proxies send more than they should: streams although none was
//! asked for, half characters, raw line ends, bytes in front and behind. What
//! can be read is read, and every leniency is named; what cannot is a fault of
//! the answer, with its true name. What lives here: lenient JSON (`json`),
//! streams joined to one answer (`stream`), and the shapes of other APIs
//! (`shapes`). All of it is pure; no fault says anything of what an answer
//! holds.

mod json;
mod shapes;
mod stream;

use serde_json::Value;

use crate::gateway::call::FailureKind;
pub(super) use shapes::to_chat;

/// An answer as JSON.
#[derive(Debug, PartialEq)]
pub(super) struct Opened {
    pub(super) value: Value,
    /// What was forgiven, in words of ours, each once.
    pub(super) forgiven: Vec<&'static str>,
}

/// Why there is no JSON in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// `Truncated` when it ends before its end, `Empty` when there is nothing,
    /// else `Undecodable`.
    pub(super) kind: FailureKind,
    /// In words, without anything of the answer but the title of a web page.
    pub(super) words: String,
}

impl Fault {
    fn undecodable(words: impl Into<String>) -> Fault {
        Fault {
            kind: FailureKind::Undecodable,
            words: words.into(),
        }
    }

    fn cut(words: &str) -> Fault {
        Fault {
            kind: FailureKind::Truncated,
            words: words.to_owned(),
        }
    }
}

/// What is forgiven a server that streams although it was not asked to.
pub(super) const UNASKED: &str = "a stream of events that nobody asked for";

/// First bytes of bodies that are compressed though nobody asked for it.
const COMPRESSED: [(&[u8], &str); 5] = [
    (&[0x1f, 0x8b], "gzip"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"),
    (&[0x78, 0x01], "deflate"),
    (&[0x78, 0x9c], "deflate"),
    (&[0x78, 0xda], "deflate"),
];

/// Reads a body.
///
/// # Errors
/// [`Fault`], when there is no JSON that can be read.
pub(super) fn open(bytes: &[u8]) -> Result<Opened, Fault> {
    // Nearly every answer is what it should be.
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(Opened {
            value,
            forgiven: Vec::new(),
        });
    }
    if let Some((_, how)) = COMPRESSED.iter().find(|(head, _)| bytes.starts_with(head)) {
        return Err(Fault::undecodable(format!(
            "it is compressed ({how}) and no header says so, though it was asked for plain"
        )));
    }
    let mut forgiven = Vec::new();
    let text = json::text(bytes, &mut forgiven);
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault {
            kind: FailureKind::Empty,
            words: "an empty body with status 200".to_owned(),
        });
    }
    let value = if stream::is_stream(text) {
        forgiven.push(UNASKED);
        stream::read(text, &mut forgiven)?
    } else {
        whole(text, &mut forgiven)?
    };
    let mut once = Vec::new();
    for leniency in forgiven {
        if !once.contains(&leniency) {
            once.push(leniency);
        }
    }
    Ok(Opened {
        value,
        forgiven: once,
    })
}

/// A text that should be one JSON value.
fn whole(text: &str, forgiven: &mut Vec<&'static str>) -> Result<Value, Fault> {
    let read = json::values(text, forgiven);
    let mut values = read.values;
    // "404 page not found" begins with a number and is no JSON.
    if !read.rest_is_blank {
        values.retain(|value| value.is_object() || value.is_array());
    }
    if values.is_empty() {
        return Err(if read.cut {
            Fault::cut("it ends before its JSON does")
        } else {
            Fault::undecodable(not_json(text))
        });
    }
    if values.len() > 1 && values.iter().all(stream::is_chunk) {
        forgiven.push("lines of JSON that nobody asked for");
        return stream::join(values, false);
    }
    if !read.rest_is_blank || values.len() > 1 {
        forgiven.push("something behind the answer");
    }
    if values.len() > 1 {
        values = one_of(values)?;
    }
    Ok(values.pop().unwrap_or_default())
}

/// Of several values the one that is the answer.
fn one_of(values: Vec<Value>) -> Result<Vec<Value>, Fault> {
    let has_choices = |value: &Value| {
        let choices = value.get("choices").and_then(Value::as_array);
        choices.is_some_and(|choices| !choices.is_empty())
    };
    let is_error = |value: &Value| value.get("error").is_some_and(|error| !error.is_null());
    for wanted in [&has_choices as &dyn Fn(&Value) -> bool, &is_error] {
        let mut found: Vec<Value> = values
            .iter()
            .filter(|value| wanted(value))
            .cloned()
            .collect();
        found.dedup_by(|a, b| a.get("choices") == b.get("choices"));
        match found.len() {
            0 => {}
            1 => return Ok(found),
            _ => return Err(Fault::undecodable("it holds more than one answer")),
        }
    }
    let objects = values.into_iter().filter(|value| to_chat(value).is_some());
    let mut known: Vec<Value> = objects.collect();
    known.truncate(2);
    match known.len() {
        1 => Ok(known),
        _ => Err(Fault::undecodable("it holds several values and no answer")),
    }
}

/// What a text is that is no JSON. Its words stay out: they may be the answer.
fn not_json(text: &str) -> String {
    let head: String = text.chars().take(2_000).collect();
    if head.starts_with('<') {
        return match super::error_body::title(&head) {
            Some(title) => format!("it is a web page, “{title}”; check base_url"),
            None => "it is a web page; check base_url".to_owned(),
        };
    }
    if head.starts_with(['{', '[']) {
        return "it is not well-formed JSON".to_owned();
    }
    "it is plain text and no JSON".to_owned()
}

#[cfg(test)]
mod tests;
