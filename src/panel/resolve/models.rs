//! Models: provider, id, sampling, further fields, price.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use crate::panel::at::At;
use crate::panel::file::{
    ModelTable, Named, OutputLimitWord, PriceTable, ProviderTable, SystemWord,
};
use crate::panel::model::{Model, OutputLimit, Price, Provider, SystemRole};
use crate::panel::output;
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
const KEYS: [&str; 8] = [
    "temperature",
    "top_p",
    "max_output",
    "max_tokens",
    "context",
    "output_limit",
    "system",
    "reasoning_effort",
];

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
    check_output(table, sink);
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
        max_output: most_output(table).map(|most| **most),
        context: table.context.as_deref().copied(),
        output_limit: table.output_limit.as_deref().map(|word| match word {
            OutputLimitWord::MaxTokens => OutputLimit::MaxTokens,
            OutputLimitWord::MaxCompletionTokens => OutputLimit::MaxCompletionTokens,
            OutputLimitWord::None => OutputLimit::None,
        }),
        system: match table.system {
            Some(SystemWord::Merge) => SystemRole::Merge,
            Some(SystemWord::Separate) | None => SystemRole::Separate,
        },
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

/// The limit under its name, or under its older one.
fn most_output(table: &ModelTable) -> Option<&At<u32>> {
    table.max_output.as_ref().or(table.max_tokens.as_ref())
}

/// One limit only, and one that can be kept.
fn check_output(table: &ModelTable, sink: &mut Sink) {
    if let (Some(_), Some(older)) = (&table.max_output, &table.max_tokens) {
        let message = "`max_output` and `max_tokens` are both given";
        let help = "keep `max_output`: `max_tokens` is its older name";
        sink.error("two-limits", older.span(), message, help);
    }
    let most = most_output(table);
    let extra = table.extra.iter().flat_map(|extra| extra.keys());
    let in_extra = extra.filter(|key| output::IN_EXTRA.contains(&key.as_str()));
    for key in in_extra.filter(|key| !KEYS.contains(&key.as_str())) {
        if most.is_some() || table.output_limit.is_some() {
            let message = format!("`{}` in `extra` bounds the output a second time", **key);
            let help = format!("take it out, and write output_limit = \"{}\"", **key);
            sink.error("two-limits", key.span(), &message, &help);
        }
    }
    if let (Some(most), Some(limit)) = (most, &table.output_limit)
        && **limit == OutputLimitWord::None
    {
        let message = "`max_output` is never sent: `output_limit` is `none`";
        sink.error(
            "two-limits",
            most.span(),
            message,
            "take one of the two out",
        );
    }
    if let (Some(most), Some(context)) = (most, &table.context)
        && most >= context
    {
        let message = format!(
            "a `max_output` of {} leaves no room for a prompt in a `context` of {}",
            **most, **context
        );
        let help = "`context` holds prompt and output together";
        sink.error("out-of-range", most.span(), &message, help);
    }
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
