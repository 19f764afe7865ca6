//! From a file's bytes to what was typed: syntax, secrets, shape, in this
//! order. Every fault of each step is reported; a file with syntax errors is
//! searched for secrets but not read further, because a broken header would
//! make a dozen faults of one.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::diagnostics::{Fault, Severity, Source};
use super::sink::Sink;
use super::{secrets, shape};

/// Reads a file's bytes. `None`: it cannot be read further; why is in the sink.
/// `path` is what messages call the file.
pub fn read<T: DeserializeOwned>(path: &str, bytes: &[u8], schema: &Value) -> (Option<T>, Sink) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let (head, _) = bytes.split_at(error.valid_up_to());
            let head = String::from_utf8_lossy(head);
            let mut sink = Sink::new(Source::new(path, &head, Vec::new()));
            let help = "save the file as UTF-8";
            sink.error(
                "not-utf8",
                head.len()..head.len(),
                "the file is not UTF-8 text",
                help,
            );
            return (None, sink);
        }
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut leaks = Vec::new();
    search(document.get_ref(), false, &mut leaks);
    let hidden = leaks.iter().map(|leak| leak.hide.clone()).collect();
    let mut sink = Sink::new(Source::new(path, text, hidden));
    for leak in leaks {
        sink.error("secret", leak.hide, &leak.message, leak.help);
    }
    for error in &errors {
        let fault = Fault::new(
            sink.source(),
            Severity::Error,
            "syntax",
            error.span(),
            &format!("not TOML: {}", error.message()),
            None,
        );
        sink.push(fault);
    }
    if !errors.is_empty() {
        return (None, sink);
    }
    let span = document.span();
    let document = Spanned::new(span, shape::check(schema, document, &mut sink));
    match T::deserialize(Deserializer::from(document)) {
        Ok(file) => (Some(file), sink),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            sink.error("unreadable", span, error.message(), "");
            (None, sink)
        }
    }
}

/// A sink that says that a file could not be opened.
pub fn unreadable(path: &str, error: &std::io::Error) -> Sink {
    let mut sink = Sink::new(Source::new(path, "", Vec::new()));
    let message = format!("cannot read the file: {error}");
    let fault = Fault::new(
        sink.source(),
        Severity::Error,
        "unreadable",
        None,
        &message,
        None,
    );
    sink.push(fault);
    sink
}

struct Leak {
    hide: Range<usize>,
    message: String,
    help: &'static str,
}

const USE_KEY_ENV: &str = "take it out (and replace it, if the file was shared); put it into an \
    environment variable and name that in the provider: key_env = \"NAME\"";
const USE_HEADERS_ENV: &str = "take it out (and replace it, if the file was shared); put it into \
    an environment variable and name that in the provider: headers_env = { \"header\" = \"NAME\" }";

fn search(table: &DeTable<'_>, secret: bool, leaks: &mut Vec<Leak>) {
    for (key, value) in table.iter() {
        let name = key.get_ref();
        if secrets::looks_secret(name) {
            leaks.push(Leak {
                hide: key.span(),
                message: "a name that looks like a key in plain text".into(),
                help: USE_KEY_ENV,
            });
        }
        if name == "key_env" {
            variable(name, value, leaks);
        } else if name == "headers_env"
            && let DeValue::Table(headers) = value.get_ref()
        {
            headers
                .values()
                .for_each(|value| variable(name, value, leaks));
        } else {
            let from = leaks.len();
            let secret = secret || secrets::is_secret_key(name);
            inspect(value, secret.then_some(name), leaks);
            if name == "headers" {
                let found = leaks.iter_mut().skip(from);
                found.for_each(|leak| leak.help = USE_HEADERS_ENV);
            }
        }
    }
}

fn variable(key: &str, value: &Spanned<DeValue<'_>>, leaks: &mut Vec<Leak>) {
    if let DeValue::String(word) = value.get_ref()
        && !secrets::is_variable_name(word)
    {
        leaks.push(Leak {
            hide: value.span(),
            message: format!("`{key}` must be the name of an environment variable, not a key"),
            help: "names of variables have letters, digits and `_`, such as `OPENAI_API_KEY`",
        });
    }
}

fn inspect(value: &Spanned<DeValue<'_>>, secret: Option<&str>, leaks: &mut Vec<Leak>) {
    match value.get_ref() {
        DeValue::Table(table) => search(table, secret.is_some(), leaks),
        DeValue::Array(items) => items.iter().for_each(|item| inspect(item, secret, leaks)),
        DeValue::String(word) if !word.is_empty() => {
            let message = match secret {
                Some(key) => format!("`{key}` holds a secret in plain text"),
                None if secrets::has_credentials(word) => {
                    "the address holds a user name or password".into()
                }
                None if secrets::looks_secret(word) => "this looks like a key in plain text".into(),
                None => return,
            };
            leaks.push(Leak {
                hide: value.span(),
                message,
                help: USE_KEY_ENV,
            });
        }
        _ => {}
    }
}
