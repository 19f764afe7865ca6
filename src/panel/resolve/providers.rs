//! Providers: kind, address, key variable, headers, limits.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::panel::at::At;
use crate::panel::file::{KindWord, LimitsTable, Named, ProviderTable, StructuredWord};
use crate::panel::model::{Limits, Provider, ProviderKind, StructuredOutput, USUAL_LONGEST_PAUSE};
use crate::panel::sink::Sink;

use super::{pools, requests};

/// All providers of a file.
pub fn resolve(
    typed: Option<&Named<ProviderTable>>,
    sink: &mut Sink,
) -> BTreeMap<String, Provider> {
    let mut providers = typed
        .into_iter()
        .flatten()
        .map(|(name, table)| ((**name).clone(), provider(name, table, sink)))
        .collect();
    pools::share(typed, &mut providers, sink);
    providers
}

fn provider(name: &At<String>, table: &At<ProviderTable>, sink: &mut Sink) -> Provider {
    let kind = match table.kind {
        Some(KindWord::Simulated) => ProviderKind::Simulated,
        Some(KindWord::Openai) | None => ProviderKind::Openai,
    };
    let simulated = kind == ProviderKind::Simulated;
    let base_url = match &table.base_url {
        Some(url) => {
            let secret = table.key_env.is_some() || table.headers_env.is_some();
            base_url(url, secret, sink)
        }
        None => {
            let path = |key: &str| format!("providers.{}.{key}", **name);
            let known = sink.was_left_out(&path("base_url")) || sink.was_left_out(&path("kind"));
            if !simulated && !known {
                let message = format!("the provider `{}` has no `base_url`", **name);
                let help = "write the address up to and including the version, such as \
                    base_url = \"https://api.openai.com/v1\"";
                sink.error("missing-key", table.span(), &message, help);
            }
            String::new()
        }
    };
    if let Some(settings) = &table.simulated
        && !simulated
    {
        let message = format!("the provider `{}` is not simulated", **name);
        let help = "these settings are only for kind = \"simulated\"";
        sink.error("misplaced", settings.span(), &message, help);
    }
    let stream = table.stream.as_ref().map(|stream| **stream);
    if let Some(stream) = table
        .stream
        .as_ref()
        .filter(|stream| simulated && ***stream)
    {
        let message = format!("the provider `{}` is simulated and does not stream", **name);
        sink.error("misplaced", stream.span(), &message, "leave out `stream`");
    }
    Provider {
        name: (**name).clone(),
        kind,
        base_url,
        key_env: table.key_env.as_ref().map(|name| (**name).clone()),
        structured_output: match table.structured_output {
            Some(StructuredWord::JsonSchema) | None => StructuredOutput::JsonSchema,
            Some(StructuredWord::JsonObject) => StructuredOutput::JsonObject,
            Some(StructuredWord::Prompt) => StructuredOutput::Prompt,
        },
        seed: table.seed.unwrap_or(simulated),
        keeps_nothing: table.keeps_nothing.unwrap_or(simulated),
        stream: stream.unwrap_or(false) && !simulated,
        headers: requests::headers(table, sink),
        headers_env: requests::headers_env(table, sink),
        query: requests::query(table, sink),
        limits: limits(table.limits.as_ref(), simulated),
        simulated: free_map(table.simulated.as_deref(), sink),
    }
}

fn limits(typed: Option<&LimitsTable>, simulated: bool) -> Limits {
    let default = LimitsTable::default();
    let typed = typed.unwrap_or(&default);
    Limits {
        requests_per_minute: typed.requests_per_minute,
        tokens_per_minute: typed.tokens_per_minute,
        in_flight: typed
            .in_flight
            .as_deref()
            .copied()
            .unwrap_or(if simulated { 256 } else { 16 }),
        call_seconds: typed.call_seconds.unwrap_or(180.0),
        total_seconds: typed.total_seconds.unwrap_or(600.0),
        attempts: typed.attempts.unwrap_or(5),
        pool: typed.pool.as_ref().map(|pool| (**pool).clone()),
        longest_pause_seconds: typed.longest_pause_seconds.unwrap_or(USUAL_LONGEST_PAUSE),
    }
}

/// The address without slashes at its end. Messages never quote it: it may
/// hold a password.
fn base_url(typed: &At<String>, has_key: bool, sink: &mut Sink) -> String {
    let url = typed.trim().trim_end_matches('/');
    let mut fault = |message: &str, help: &str| sink.error("bad-url", typed.span(), message, help);
    if url.contains(['?', '#']) {
        fault(
            "`base_url` has a query or a fragment",
            "leave out everything from `?` or `#` on; parameters stand in query = { name = \"value\" }",
        );
    }
    match url.parse::<http::Uri>() {
        Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) => {
            let host = uri.host().unwrap_or_default();
            if url.ends_with("/chat/completions") {
                let help = "leave out `/chat/completions`: it is added for every call";
                fault("`base_url` goes too far", help);
            }
            if has_key && uri.scheme_str() == Some("http") && !is_near(host) {
                let message = "the key would travel unencrypted";
                sink.warn("plain-http", typed.span(), message, "use https");
            }
        }
        _ => fault(
            "`base_url` is not an http or https address",
            "write it up to and including the version, such as https://api.openai.com/v1",
        ),
    }
    url.to_owned()
}

fn is_near(host: &str) -> bool {
    matches!(host, "localhost" | "[::1]")
        || host.starts_with("127.")
        || host.ends_with(".localhost")
}

/// A table that is passed on as it stands, with its keys in order so that the
/// order in the file does not matter.
pub fn free_map(
    typed: Option<&BTreeMap<At<String>, At<toml::Value>>>,
    sink: &mut Sink,
) -> Map<String, Value> {
    let entries = typed.into_iter().flatten();
    entries
        .map(|(key, value)| ((**key).clone(), free_value(value, value, sink)))
        .collect()
}

fn free_value(value: &toml::Value, place: &At<toml::Value>, sink: &mut Sink) -> Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Boolean(flag) => (*flag).into(),
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Float(number) => serde_json::Number::from_f64(*number).map_or_else(
            || {
                let message = format!("{number} cannot be sent");
                sink.error(
                    "out-of-range",
                    place.span(),
                    &message,
                    "JSON has finite numbers only",
                );
                Value::Null
            },
            Value::Number,
        ),
        toml::Value::Array(items) => items
            .iter()
            .map(|item| free_value(item, place, sink))
            .collect(),
        toml::Value::Table(table) => {
            let sorted: BTreeMap<_, _> = table.iter().collect();
            let entry = |(key, value): (&String, &toml::Value)| {
                (key.clone(), free_value(value, place, sink))
            };
            Value::Object(sorted.into_iter().map(entry).collect())
        }
    }
}
