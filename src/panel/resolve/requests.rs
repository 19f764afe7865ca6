//! What a provider's requests carry besides the call: headers, secret headers,
//! parameters of the address.

use std::collections::BTreeMap;

use http::header::{HeaderName, HeaderValue};

use crate::panel::at::At;
use crate::panel::file::ProviderTable;
use crate::panel::sink::Sink;

/// Headers that say how the request itself travels; the program writes them.
const OURS: [&str; 12] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers that carry a secret by their meaning.
const SECRET: [&str; 2] = ["authorization", "proxy-authorization"];

type Pairs = BTreeMap<At<String>, At<String>>;

/// The headers with values that anybody may read, names in small letters.
pub fn headers(table: &ProviderTable, sink: &mut Sink) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, value) in table.headers.iter().flatten() {
        let Some(lower) = header_name(name, table, sink) else {
            continue;
        };
        // What looks like a secret is reported already, without its value.
        if HeaderValue::try_from(value.trim()).is_err() {
            let message = format!("the value of the header `{lower}` cannot be sent");
            let help = "values of headers have visible characters and spaces only";
            sink.error("bad-header", value.span(), &message, help);
        }
        twice(
            found.insert(lower, value.trim().to_owned()).is_some(),
            name,
            sink,
        );
    }
    found
}

/// The headers with secret values: names, in small letters, and variables.
pub fn headers_env(table: &ProviderTable, sink: &mut Sink) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, variable) in table.headers_env.iter().flatten() {
        let Some(lower) = header_name(name, table, sink) else {
            continue;
        };
        if lower == "authorization" && table.key_env.is_some() {
            let message = "`key_env` and a header `authorization` are both given";
            let help = "the key is sent in that header: keep one of the two";
            sink.error("bad-header", name.span(), message, help);
        }
        let plain = |other: &At<String>| other.eq_ignore_ascii_case(name);
        let plainly = table.headers.iter().any(|h: &Pairs| h.keys().any(plain));
        let known = found.insert(lower, (**variable).clone()).is_some();
        twice(known || plainly, name, sink);
    }
    found
}

/// The parameters of every address.
pub fn query(table: &ProviderTable, sink: &mut Sink) -> BTreeMap<String, String> {
    let pairs = table.query.iter().flatten();
    pairs
        .map(|(name, value)| {
            if name.is_empty() {
                let help = "write query = { name = \"value\" }";
                sink.error("empty", name.span(), "a parameter has no name", help);
            }
            ((**name).clone(), (**value).clone())
        })
        .collect()
}

fn header_name(name: &At<String>, table: &ProviderTable, sink: &mut Sink) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    if HeaderName::try_from(lower.as_str()).is_err() {
        let message = format!("`{}` is not a name of a header", **name);
        let help = "names of headers have letters, digits and hyphens, such as `api-key`";
        sink.error("bad-header", name.span(), &message, help);
        return None;
    }
    if OURS.contains(&lower.as_str()) {
        let message = format!("the header `{lower}` is written by the program itself");
        sink.error("bad-header", name.span(), &message, "take it out");
        return None;
    }
    let plain = table
        .headers
        .iter()
        .any(|headers| headers.contains_key(name));
    if plain && SECRET.contains(&lower.as_str()) {
        // Reported as a secret already, with the way out.
        return None;
    }
    Some(lower)
}

fn twice(known: bool, name: &At<String>, sink: &mut Sink) {
    if known {
        let message = format!("the header `{}` is given twice", name.to_ascii_lowercase());
        let help = "small and large letters make no difference: keep one of the two";
        sink.error("bad-header", name.span(), &message, help);
    }
}
