//! Models: provider, id, sampling, further fields, price.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use crate::panel::at::At;
use crate::panel::file::{ModelTable, Named, PriceTable, ProviderTable};
use crate::panel::model::{Model, Price, Provider};
use crate::panel::sink::Sink;
use crate::panel::suggest;

use super::providers::free_map;

/// Body fields that the program writes itself.
const OURS: [&str; 9] = [
    "model",
    "messages",
    "response_format",
    "seed",
    "stream",
    "stream_options",
    "n",
    "tools",
    "tool_choice",
];

/// Body fields that are keys of the model.
const KEYS: [&str; 4] = ["temperature", "top_p", "max_tokens", "reasoning_effort"];

const EFFORTS: [&str; 6] = ["none", "minimal", "low", "medium", "high", "xhigh"];

/// All models of a file.
pub fn resolve(
    typed: Option<&Named<ModelTable>>,
    providers: &BTreeMap<String, Provider>,
    sink: &mut Sink,
) -> BTreeMap<String, Model> {
    typed
        .into_iter()
        .flatten()
        .map(|(name, table)| ((**name).clone(), model(name, table, providers, sink)))
        .collect()
}

fn model(
    name: &str,
    table: &ModelTable,
    providers: &BTreeMap<String, Provider>,
    sink: &mut Sink,
) -> Model {
    let provider = text(table.provider.as_ref());
    if let Some(typed) = &table.provider
        && !providers.contains_key(&provider)
    {
        let message = format!("there is no provider `{provider}`");
        let help = suggest::help(&provider, providers.keys().map(String::as_str), "providers");
        sink.error("unknown-provider", typed.span(), &message, &help);
    }
    if let Some(effort) = &table.reasoning_effort
        && !EFFORTS.contains(&effort.as_str())
    {
        let message = format!("`{}` is an unusual reasoning effort", **effort);
        let help = suggest::help(effort, EFFORTS, "usual are");
        sink.warn("unknown-word", effort.span(), &message, &help);
    }
    for key in table.extra.iter().flat_map(|extra| extra.keys()) {
        check_extra(key, sink);
    }
    Model {
        name: name.to_owned(),
        id: text(table.id.as_ref()),
        vendor: table
            .vendor
            .as_ref()
            .map_or_else(|| provider.clone(), |vendor| (**vendor).clone()),
        provider,
        temperature: table.temperature,
        top_p: table.top_p,
        max_tokens: table.max_tokens,
        reasoning_effort: table
            .reasoning_effort
            .as_ref()
            .map(|effort| (**effort).clone()),
        extra: free_map(table.extra.as_deref(), sink),
        price: table.price.as_ref().map(price),
        caveat: table.caveat.as_ref().map(|caveat| caveat_of(caveat, sink)),
    }
}

/// It becomes a part of lines of terminals and files.
fn caveat_of(caveat: &At<String>, sink: &mut Sink) -> String {
    if caveat.trim().is_empty() || caveat.chars().any(char::is_control) {
        let message = "a caveat is a few words in one line";
        sink.error(
            "caveat",
            caveat.span(),
            message,
            "such as caveat = \"small local models\"",
        );
    }
    caveat.trim().to_owned()
}

fn check_extra(key: &At<String>, sink: &mut Sink) {
    let name = key.as_str();
    if KEYS.contains(&name) {
        let message = format!("`{name}` does not belong in `extra`");
        let help = format!("write {name} = ... as a key of the model itself");
        sink.error("extra-collides", key.span(), &message, &help);
    } else if OURS.contains(&name) {
        let message = format!("`{name}` is written by the program itself");
        sink.error(
            "extra-collides",
            key.span(),
            &message,
            "take it out of `extra`",
        );
    }
}

fn price(table: &PriceTable) -> Price {
    Price {
        input: table.input.unwrap_or_default(),
        output: table.output.unwrap_or_default(),
        cached_input: table.cached_input,
    }
}

/// Warns of models that no agent, solo arm or judge uses, and of providers
/// that no model uses.
pub fn warn_unused(
    models: Option<&Named<ModelTable>>,
    providers: Option<&Named<ProviderTable>>,
    used: &BTreeSet<&str>,
    sink: &mut Sink,
) {
    for name in models.into_iter().flat_map(|models| models.keys()) {
        if !used.contains(name.as_str()) {
            let message = format!("no agent uses the model `{}`", **name);
            let help = "take it out, or name it in [[solo]] to compare it alone";
            sink.warn("unused", name.span(), &message, help);
        }
    }
    let asked: BTreeSet<&str> = models
        .into_iter()
        .flat_map(|models| models.values())
        .filter_map(|model| model.provider.as_ref())
        .map(|provider| provider.as_str())
        .collect();
    for name in providers.into_iter().flat_map(|providers| providers.keys()) {
        if !asked.contains(name.as_str()) {
            let message = format!("no model uses the provider `{}`", **name);
            sink.warn("unused", name.span(), &message, "take it out");
        }
    }
}

fn text(typed: Option<&At<String>>) -> String {
    typed.map(|typed| typed.deref().clone()).unwrap_or_default()
}
