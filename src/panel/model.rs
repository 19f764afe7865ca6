//! A checked panel: plain data that the rest of the program works with. What
//! a person typed is in [`super::file`]; what it means is here.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

pub use super::output::{DEFAULT_MOST, OutputLimit};
pub use super::rules::{
    ActionWord, Budget, CategoryWord, Consensus, DraftChecks, EditLimits, EditMode, Escalation,
    KeepRule, ModeratorFallback, Need, OnConflict, Protocol, Skippable, Uncertain, VoteRule,
};
pub use super::service::{Retention, Service};

/// A whole panel, every name resolved, every limit in range. Serialises to
/// `panel.resolved.toml`; there is no secret in it, only the names of the
/// environment variables that hold them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Panel {
    /// `[a-z0-9][a-z0-9-]*`.
    pub name: String,
    /// One line for people.
    pub title: Option<String>,
    /// What it does.
    pub task: Task,
    /// Providers by name.
    pub providers: BTreeMap<String, Provider>,
    /// Models by name.
    pub models: BTreeMap<String, Model>,
    /// Advisors in the file's order, at least one.
    pub advisors: Vec<Agent>,
    /// Guardians in the order in which they work.
    pub guardians: Vec<Agent>,
    /// The moderator, for protocols that need one.
    pub moderator: Option<Agent>,
    /// Who groups drafted items that mean the same; `None`: rules alone do.
    pub clusterer: Option<Agent>,
    /// Further models that are compared alone.
    pub solo: Vec<Solo>,
    /// When a draft is not usable.
    #[serde(skip_serializing_if = "DraftChecks::is_default")]
    pub draft_checks: DraftChecks,
    /// How drafts become one plan.
    pub consensus: Consensus,
    /// What a guardian may do to a plan.
    pub edits: EditLimits,
    /// What makes an answer ask for a human.
    pub escalation: Escalation,
    /// Words, seconds, dollars.
    pub budget: Budget,
    /// How it is served; resolved beside the rest, since it changes no answer.
    #[serde(skip)]
    pub service: Service,
    /// Who judges; `None` when the panel only answers.
    pub judge: Option<Judge>,
    /// The prompts in use, by name, with their text and hash.
    pub prompts: BTreeMap<String, Arc<Prompt>>,
}

/// What a panel does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Answers consults with free-text plans.
    #[default]
    Plan,
    /// Grades every option of a case.
    Options,
}

impl Task {
    /// The word in panels, flags and summaries.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Options => "options",
        }
    }
}

/// Where models are asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Provider {
    /// Name in the panel; part of every call's key (the address is not).
    pub name: String,
    /// What kind of server it is.
    pub kind: ProviderKind,
    /// Base address without a trailing slash. Empty for `simulated` without an
    /// address of its own: the program starts one in process.
    pub base_url: String,
    /// Name of the environment variable that holds the key.
    pub key_env: Option<String>,
    /// How structured answers are asked for.
    pub structured_output: StructuredOutput,
    /// Does it take a `seed`?
    pub seed: bool,
    /// It declares that it stores nothing of what it is sent.
    #[serde(skip_serializing_if = "is_false")]
    pub keeps_nothing: bool,
    /// Its answers are asked for as streams.
    #[serde(skip_serializing_if = "is_false")]
    pub stream: bool,
    /// Further headers of every request, their names in small letters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Further headers whose values are secrets: name of the header, and name
    /// of the environment variable that holds its value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers_env: BTreeMap<String, String>,
    /// Parameters of every address.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// Limits that are kept on our side.
    pub limits: Limits,
    /// Settings of the simulated provider (faults, world seed), for `simulated`.
    pub simulated: Map<String, Value>,
}

fn is_false(value: &bool) -> bool {
    !*value
}

impl Provider {
    /// Names of the environment variables that hold its secrets.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let of_headers = self.headers_env.values();
        let variables = self.key_env.iter().chain(of_headers);
        variables.map(String::as_str)
    }

    /// Does it want a key, so that asking it may cost money?
    pub fn has_key(&self) -> bool {
        self.variables().next().is_some()
    }
}

/// Kind of provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// Any server that speaks OpenAI's chat completions.
    Openai,
    /// Our own simulated models; everything built on it says SIMULATED.
    Simulated,
}

/// How a structured answer is asked for. It is validated in every mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StructuredOutput {
    /// `response_format = {type: json_schema, strict: true}`.
    JsonSchema,
    /// `response_format = {type: json_object}`, with the schema in the prompt.
    JsonObject,
    /// The schema in the prompt alone.
    Prompt,
}

/// Limits per provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limits {
    /// Requests a minute; `None`: unlimited.
    pub requests_per_minute: Option<u32>,
    /// Tokens a minute (prompt and completion); `None`: unlimited.
    pub tokens_per_minute: Option<u32>,
    /// Most calls in flight; the adaptive limit never exceeds it.
    pub in_flight: u32,
    /// Longest time for one attempt, in seconds.
    pub call_seconds: f64,
    /// Longest time for a call with all its retries, our own waits for rate
    /// limits left out, in seconds.
    pub total_seconds: f64,
    /// Most attempts of one call.
    pub attempts: u32,
    /// Providers that name the same pool share one `in_flight`: they run on one
    /// machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Longest pause that is waited for when the provider asks for one, in
    /// seconds; one that asks for more is asked no more in this run.
    #[serde(skip_serializing_if = "is_usual_pause")]
    pub longest_pause_seconds: f64,
}

/// Longest pause where a panel names none: limits a minute are waited out,
/// limits a day are not.
pub const USUAL_LONGEST_PAUSE: f64 = 300.0;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_usual_pause(seconds: &f64) -> bool {
    *seconds == USUAL_LONGEST_PAUSE
}

/// A model at a provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Model {
    /// Name in the panel.
    pub name: String,
    /// Name of its provider.
    pub provider: String,
    /// The provider's id of the model.
    pub id: String,
    /// Who made it; vendor rules and warnings go by this.
    pub vendor: String,
    /// Sampling temperature, 0-2.
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0-1.
    pub top_p: Option<f64>,
    /// Most completion tokens; `None`: [`DEFAULT_MOST`]. It is stored under its
    /// older name, so that a panel's hash stays what it is.
    #[serde(rename = "max_tokens")]
    pub max_output: Option<u32>,
    /// Tokens that prompt and answer may have together; `None`: unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<u32>,
    /// The field under which the limit is sent; `None`: by the provider's host
    /// ([`super::output::limit_of`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_limit: Option<OutputLimit>,
    /// Where the instructions stand.
    #[serde(skip_serializing_if = "SystemRole::is_usual")]
    pub system: SystemRole,
    /// `minimal`, `low`, `medium`, `high`, where the model takes it.
    pub reasoning_effort: Option<String>,
    /// Further body fields, sent as they stand.
    pub extra: Map<String, Value>,
    /// Price, for estimates, budgets and reports.
    pub price: Option<Price>,
    /// What a reader must be told of everything behind which it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caveat: Option<String>,
}

/// Where the instructions of a prompt stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SystemRole {
    /// In a system message of their own.
    #[default]
    Separate,
    /// In front of the first user message, for models without a system role.
    Merge,
}

impl SystemRole {
    fn is_usual(&self) -> bool {
        *self == Self::Separate
    }
}

/// Price in US dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Price {
    /// Prompt tokens.
    pub input: f64,
    /// Completion tokens, reasoning included.
    pub output: f64,
    /// Prompt tokens that the provider had cached; as `input` if not given.
    pub cached_input: Option<f64>,
}

/// A model in a role with a prompt, addressed by its name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agent {
    /// Unique in the panel.
    pub name: String,
    /// Name of its model.
    pub model: String,
    /// Name of its prompt.
    pub prompt: String,
    /// A sentence or two that make it unlike the others.
    pub persona: Option<String>,
    /// Vendor label; the model's own unless the agent says otherwise.
    pub vendor: String,
}

/// A further model that is compared alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Solo {
    /// Name of the model; the arm is `solo:MODEL`.
    pub model: String,
    /// Prompt; the lead advisor's unless named.
    pub prompt: String,
    /// Persona; none unless named.
    pub persona: Option<String>,
}

/// The judge: two calls, match and review.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judge {
    /// Name of the judge, as it stands in judged records.
    pub name: String,
    /// Who extracts actions and matches them.
    pub match_agent: Agent,
    /// Who reviews the verdicts; `None`: match only.
    pub review_agent: Option<Agent>,
}

/// A prompt file.
#[derive(Clone, PartialEq, Serialize)]
pub struct Prompt {
    /// Name without ending.
    pub name: String,
    /// Where it was found: a path, or `built in`.
    #[serde(skip)]
    pub source: String,
    /// Template of the system message; may be empty.
    #[serde(skip)]
    pub system: String,
    /// Template of the user message.
    #[serde(skip)]
    pub user: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Both templates as they are rendered.
    #[serde(skip)]
    pub(super) parsed: super::prompt::Parsed,
}

impl Prompt {
    /// The version that its first line names, as in
    /// `{# primum prompt, version 1. Variables: … #}`.
    pub fn version(&self) -> Option<&str> {
        let text = if self.system.is_empty() {
            &self.user
        } else {
            &self.system
        };
        let after = text.lines().next()?.split_once("version ")?.1;
        let end = after
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(after.len());
        Some(&after[..end]).filter(|version| !version.is_empty())
    }
}

impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prompt({}, {})", self.name, &self.sha256)
    }
}

impl Panel {
    /// The lead advisor. A checked panel always has one.
    pub fn lead(&self) -> Option<&Agent> {
        self.advisors
            .iter()
            .find(|agent| agent.name == self.consensus.lead)
            .or(self.advisors.first())
    }

    /// Is any model of the panel (judges included) simulated?
    pub fn simulated(&self) -> bool {
        self.models.values().any(|model| {
            self.providers
                .get(&model.provider)
                .is_some_and(|p| p.kind == ProviderKind::Simulated)
        })
    }
}
