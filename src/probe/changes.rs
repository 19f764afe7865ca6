//! The lines of a panel that would have to change.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::panel::model::{Model, OutputLimit, Panel, Provider, StructuredOutput, SystemRole};

use super::fit::Setting;
use super::forms::{MODES, Mode};
use super::habits::{Limit, Seed};
use super::model::Found;

/// A table of a panel's file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// `[providers.NAME]`.
    Providers(String),
    /// `[models.NAME]`.
    Models(String),
}

impl Table {
    /// Its header in TOML.
    pub fn header(&self) -> String {
        match self {
            Table::Providers(name) => format!("[providers.{name}]"),
            Table::Models(name) => format!("[models.{name}]"),
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Where it stands.
    pub table: Table,
    /// The key.
    pub key: &'static str,
    /// Its new value as TOML; `None`: the line is taken out.
    pub value: Option<String>,
    /// Why.
    pub why: String,
    /// Without it the panel does not work; else it is of use.
    pub needed: bool,
}

impl Change {
    /// The line, for a person.
    pub fn line(&self) -> String {
        match &self.value {
            Some(value) => format!("{} = {value}", self.key),
            None => format!("# no {}", self.key),
        }
    }
}

/// All lines, those of a table together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Changes(pub Vec<Change>);

impl Changes {
    pub(super) fn of(panel: &Panel, found: &[Found]) -> Self {
        let mut changes = Vec::new();
        for (name, provider) in &panel.providers {
            let of_it = found.iter().filter(|found| found.report.provider == *name);
            let of_it: Vec<&Found> = of_it.collect();
            changes.extend(mode(provider, &of_it));
            changes.extend(seed(provider, &of_it));
        }
        for found in found {
            if let Some(model) = panel.models.get(&found.report.model) {
                changes.extend(of_model(model, found));
            }
        }
        Self(changes)
    }

    /// Is there none without which the panel does not work?
    pub fn none_needed(&self) -> bool {
        !self.0.iter().any(|change| change.needed)
    }

    /// By table, in their order.
    pub fn by_table(&self) -> BTreeMap<&Table, Vec<&Change>> {
        let mut tables: BTreeMap<&Table, Vec<&Change>> = BTreeMap::new();
        for change in &self.0 {
            tables.entry(&change.table).or_default().push(change);
        }
        tables
    }

    /// The panel as it is meant to be afterwards.
    pub fn applied(&self, panel: &Panel) -> Panel {
        let mut panel = panel.clone();
        for change in &self.0 {
            match &change.table {
                Table::Providers(name) => {
                    if let Some(provider) = panel.providers.get_mut(name) {
                        to_provider(change, provider);
                    }
                }
                Table::Models(name) => {
                    if let Some(model) = panel.models.get_mut(name) {
                        to_model(change, model);
                    }
                }
            }
        }
        panel
    }
}

fn to_provider(change: &Change, provider: &mut Provider) {
    let value = change.value.as_deref();
    match change.key {
        "structured_output" => {
            let mut modes = MODES.into_iter();
            let mode = modes.find(|mode| value == Some(quoted(Mode::word(*mode)).as_str()));
            provider.structured_output = mode.unwrap_or(provider.structured_output);
        }
        "seed" => provider.seed = value == Some("true"),
        _ => {}
    }
}

fn to_model(change: &Change, model: &mut Model) {
    let value = change.value.as_deref();
    match change.key {
        "output_limit" => {
            let mut limits = OutputLimit::ALL.into_iter();
            let limit = limits.find(|limit| value == Some(quoted(limit.name()).as_str()));
            model.output_limit = limit.or(model.output_limit);
        }
        "temperature" => model.temperature = value.and_then(|value| value.parse().ok()),
        "top_p" => model.top_p = None,
        "reasoning_effort" => model.reasoning_effort = None,
        "system" => model.system = SystemRole::Merge,
        "context" => model.context = value.and_then(|value| value.parse().ok()),
        _ => {}
    }
}

fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

/// The strictest mode that all models of a provider take, if one of them does
/// not take the panel's.
fn mode(provider: &Provider, found: &[&Found]) -> Option<Change> {
    let asked = found
        .iter()
        .filter(|found| found.modes.iter().any(|mode| mode.tried > 0));
    let asked: Vec<&&Found> = asked.collect();
    let works = |wanted: StructuredOutput, found: &Found| {
        let mut modes = found.modes.iter();
        modes.any(|mode| mode.mode == wanted && mode.works())
    };
    let fails = |wanted: StructuredOutput, found: &Found| {
        let mut modes = found.modes.iter();
        modes.any(|mode| mode.mode == wanted && mode.tried > 0 && !mode.works())
    };
    let own = provider.structured_output;
    let failing = asked.iter().find(|found| fails(own, found))?;
    let best = MODES
        .into_iter()
        .find(|mode| asked.iter().all(|found| works(*mode, found)))?;
    let why = failing.modes.iter().find(|mode| mode.mode == own)?.words();
    Some(Change {
        table: Table::Providers(provider.name.clone()),
        key: "structured_output",
        value: Some(quoted(Mode::word(best))),
        why: format!("{}: {why}", failing.report.model),
        needed: true,
    })
}

fn seed(provider: &Provider, found: &[&Found]) -> Option<Change> {
    let change = |value: &str, why: &str, needed| Change {
        table: Table::Providers(provider.name.clone()),
        key: "seed",
        value: Some(value.to_owned()),
        why: why.to_owned(),
        needed,
    };
    let any = |seed: Seed| found.iter().any(|found| found.seed == seed);
    match provider.seed {
        true if any(Seed::Refused) => Some(change("false", "it is refused", true)),
        true => None,
        false => {
            let honoured = |found: &&Found| matches!(found.seed, Seed::Honoured | Seed::Moot);
            let all = any(Seed::Honoured) && found.iter().all(honoured);
            let why = "it is honoured, so that a run can be repeated";
            all.then(|| change("true", why, false))
        }
    }
}

fn of_model(model: &Model, found: &Found) -> Vec<Change> {
    let change = |key, value: Option<String>, why: &str, needed| Change {
        table: Table::Models(model.name.clone()),
        key,
        value,
        why: why.to_owned(),
        needed,
    };
    let mut changes = Vec::new();
    for (setting, why) in &found.changed {
        changes.extend(match setting {
            Setting::OutputLimit(limit) => Some(change(
                "output_limit",
                Some(quoted(limit.name())),
                why,
                true,
            )),
            Setting::Temperature(to) => {
                let value = to.map(|to| format!("{to:?}"));
                Some(change("temperature", value, why, true))
            }
            Setting::MergeSystem => Some(change("system", Some(quoted("merge")), why, true)),
            Setting::NoTopP => Some(change("top_p", None, why, true)),
            Setting::NoEffort => Some(change("reasoning_effort", None, why, true)),
            // A provider's key.
            Setting::NoSeed => None,
        });
    }
    if let Some(Limit::OtherName(limit)) = &found.limit {
        let why = "the other name is ignored";
        changes.push(change(
            "output_limit",
            Some(quoted(limit.name())),
            why,
            true,
        ));
    }
    if model.context.is_none()
        && let Some(window) = found.window
    {
        let why = "the server tells it: a prompt that cannot fit is then not sent";
        changes.push(change("context", Some(window.to_string()), why, false));
    }
    changes
}
