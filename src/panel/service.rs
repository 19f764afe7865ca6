//! How a panel is served: what is kept of a consult, and how long one may take.
//! None of it changes an answer, so none of it is part of a panel's hash.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::at::At;
use super::model::Panel;
use super::sink::Sink;

/// Seconds that a consult may take where the panel says nothing: below the five
/// minutes after which most clients give up.
const DEADLINE: u32 = 280;

/// What `primum serve` does with this panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// What is kept of a consult.
    pub retention: Retention,
    /// Longest time for one consult, in seconds, 1 to 290.
    pub deadline_seconds: u32,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            retention: Retention::None,
            deadline_seconds: DEADLINE,
        }
    }
}

/// What a service keeps of a consult.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Retention")]
pub enum Retention {
    /// Nothing: neither here nor, by what they declare, at the providers.
    #[default]
    None,
    /// Question, answer and how it came about, in the audit log.
    Audit,
}

/// How `primum serve` serves this panel. Nothing of it changes an answer.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Service")]
pub struct ServiceTable {
    /// What is kept of a consult: `none` (the default): nothing, and every provider that is asked must declare `keeps_nothing`; `audit`: question, answer and how it came about, in the audit log.
    pub retention: Option<At<Retention>>,
    /// Longest time for one consult, in seconds, 1 to 290. Default 280.
    #[schemars(range(min = 1, max = 290))]
    pub deadline_seconds: Option<u32>,
}

/// What was typed, with its defaults.
pub(super) fn resolve(typed: Option<&ServiceTable>) -> Service {
    let default = Service::default();
    let Some(typed) = typed else { return default };
    Service {
        retention: typed
            .retention
            .as_ref()
            .map_or(default.retention, |word| **word),
        deadline_seconds: typed.deadline_seconds.unwrap_or(default.deadline_seconds),
    }
}

/// Somebody who writes `retention = "none"` means it: a provider that may keep
/// what it is sent is named, as the service will refuse it.
pub(super) fn warn_may_keep(typed: Option<&ServiceTable>, panel: &Panel, sink: &mut Sink) {
    let Some(word) = typed.and_then(|typed| typed.retention.as_ref()) else {
        return;
    };
    let names = panel.may_keep();
    if **word != Retention::None || names.is_empty() {
        return;
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let message = format!(
        "nothing is to be kept, and {} may keep what is sent there",
        quoted.join(", ")
    );
    let help = "write keeps_nothing = true at the provider if its contract says so, or \
        retention = \"audit\"; until then `primum serve` refuses this panel";
    sink.warn("may-keep", word.span(), &message, help);
}

impl Panel {
    /// Names of the providers that a consult may ask and that do not declare
    /// that they keep nothing, in order. Judges and models that are compared
    /// alone are not asked in a consult.
    pub fn may_keep(&self) -> Vec<&str> {
        let agents = self
            .advisors
            .iter()
            .chain(&self.guardians)
            .chain(&self.moderator)
            .chain(&self.clusterer);
        let asked: BTreeSet<&str> = agents
            .filter_map(|agent| self.models.get(&agent.model))
            .map(|model| model.provider.as_str())
            .collect();
        let keeps = |name: &&str| self.providers.get(*name).is_none_or(|p| !p.keeps_nothing);
        asked.into_iter().filter(keeps).collect()
    }
}
