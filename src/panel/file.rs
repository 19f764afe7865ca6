//! What a person typed in a panel or judge file, before any name is looked up.
//!
//! These types are the one description of the file: the JSON Schema for
//! editors is generated from them, the check of a file's shape
//! ([`super::shape`]) reads that schema, and what passes is read into them.
//! The doc comments are what an editor shows. Every field is optional here,
//! because a faulty value is reported and left out; which ones must be there
//! is said by `required`. No tagged enums and no `flatten`: both lose the
//! positions that messages need.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::at::At;
pub use super::file_rules::{
    BudgetTable, ConsensusTable, DraftChecksTable, EditsTable, EscalationTable, FallbackWord,
    GradeWord, KeepTable, NeedTable, ProtocolWord,
};
pub use super::service::ServiceTable;

/// Names of agents, models, providers, panels, prompts and vendors.
pub const NAME_PATTERN: &str = "^[a-z0-9][a-z0-9-]*$";

/// A table of named tables.
pub type Named<T> = BTreeMap<At<String>, At<T>>;

/// A panel of LLM agents: who is asked, in which roles, and how one plan comes of it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Panel")]
pub struct PanelFile {
    /// Name of the panel: small letters, digits and hyphens. The file's name without `.toml` if absent.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub name: Option<At<String>>,
    /// One line for people.
    pub title: Option<String>,
    /// What the panel does: `plan` (the default) answers consults with free-text plans; `options` grades every option of a case, which needs no judge.
    pub task: Option<At<TaskWord>>,
    /// A judge in a file of its own, seen from this file. Instead of `[judge]`.
    pub judge_file: Option<At<String>>,
    /// Who judges answers against the rubric, with models of this file.
    pub judge: Option<At<JudgeTable>>,
    /// Where models are asked, by name.
    #[schemars(required, extend("propertyNames" = {"pattern": NAME_PATTERN}))]
    pub providers: Option<Named<ProviderTable>>,
    /// Models, by name.
    #[schemars(required, extend("propertyNames" = {"pattern": NAME_PATTERN}))]
    pub models: Option<Named<ModelTable>>,
    /// Advisors answer blind and alone; each draft is also that advisor's solo answer. At least one.
    #[schemars(required)]
    pub advisors: Option<Vec<At<AgentTable>>>,
    /// Guardians review the plan one after the other and may only propose edits.
    pub guardians: Option<Vec<At<AgentTable>>>,
    /// Merges the drafts; needed by the protocol `synthesis`.
    pub moderator: Option<At<ModeratorTable>>,
    /// Groups drafted items that mean the same, whatever their words. Without it rules alone do.
    pub clusterer: Option<At<ModeratorTable>>,
    /// Further models that are compared alone.
    pub solo: Option<Vec<At<SoloTable>>>,
    /// When a draft is not usable.
    pub draft_checks: Option<DraftChecksTable>,
    /// How drafts become one plan.
    pub consensus: Option<ConsensusTable>,
    /// What one guardian may do to a plan.
    pub edits: Option<EditsTable>,
    /// What makes an answer ask for a human.
    pub escalation: Option<EscalationTable>,
    /// What a consult or a run may cost.
    pub budget: Option<BudgetTable>,
    /// How `primum serve` serves this panel.
    pub service: Option<ServiceTable>,
}

/// A judge with providers and models of its own.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Judge file")]
pub struct JudgeFile {
    /// One line for people.
    pub title: Option<String>,
    /// Where the judge's models are asked, by name.
    #[schemars(required, extend("propertyNames" = {"pattern": NAME_PATTERN}))]
    pub providers: Option<Named<ProviderTable>>,
    /// The judge's models, by name.
    #[schemars(required, extend("propertyNames" = {"pattern": NAME_PATTERN}))]
    pub models: Option<Named<ModelTable>>,
    /// Who judges answers against the rubric.
    #[schemars(required)]
    pub judge: Option<At<JudgeTable>>,
}

/// What a panel does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Task")]
pub enum TaskWord {
    /// Answers consults with free-text plans, which a judge matches with a rubric.
    Plan,
    /// Grades every option of a case as appropriate or not.
    Options,
}

/// Where models are asked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Provider")]
pub struct ProviderTable {
    /// `openai` (the default): any server that speaks OpenAI's chat completions. `simulated`: models of known behaviour, for trying things out.
    pub kind: Option<KindWord>,
    /// Address up to and including the version, such as `https://api.openai.com/v1`. May be left out for `simulated`: the program then starts one itself.
    pub base_url: Option<At<String>>,
    /// Name of the environment variable that holds the key. The key itself never stands in a file. Leave it out for servers without keys.
    pub key_env: Option<At<String>>,
    /// Further headers of every request, such as `{ "HTTP-Referer" = "https://example.org" }`. Secrets do not belong here: see `headers_env`.
    pub headers: Option<BTreeMap<At<String>, At<String>>>,
    /// Further headers whose values are secrets: name of the header and name of the environment variable that holds its value, such as `{ "api-key" = "AZURE_KEY" }`.
    pub headers_env: Option<BTreeMap<At<String>, At<String>>>,
    /// Parameters of every address, such as `{ "api-version" = "2024-10-21" }`.
    pub query: Option<BTreeMap<At<String>, At<String>>>,
    /// How structured answers are asked for: `json_schema` (the default), `json_object`, or `prompt` where the server ignores `response_format`.
    pub structured_output: Option<StructuredWord>,
    /// Does the server take a `seed`? Default: no for `openai`, yes for `simulated`.
    pub seed: Option<bool>,
    /// Does the server store nothing of what it is sent? It is what you declare of it, by its contract. Default: no for `openai`, yes for `simulated`.
    pub keeps_nothing: Option<bool>,
    /// Ask for answers as streams? They are read whole all the same. It frees a server at once when a call is given up: llama.cpp notices only so that nobody waits any more. Default: no. Simulated models do not stream.
    pub stream: Option<At<bool>>,
    /// Limits that are kept on our side.
    pub limits: Option<LimitsTable>,
    /// Settings of simulated models (`world_seed`, `faults`); only for `kind = "simulated"`. The simulator checks them.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub simulated: Option<At<BTreeMap<At<String>, At<toml::Value>>>>,
}

/// Kind of provider.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Kind")]
pub enum KindWord {
    /// Any server that speaks OpenAI's chat completions.
    Openai,
    /// Simulated models; everything built on them says SIMULATED.
    Simulated,
}

/// How a structured answer is asked for. It is checked in every mode.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Structured output")]
pub enum StructuredWord {
    /// `response_format` with a strict JSON Schema.
    JsonSchema,
    /// `response_format` for any JSON object, with the schema in the prompt.
    JsonObject,
    /// The schema in the prompt alone.
    Prompt,
}

/// Limits for one provider.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Limits")]
pub struct LimitsTable {
    /// Requests a minute. Unlimited if absent.
    #[schemars(range(min = 1))]
    pub requests_per_minute: Option<u32>,
    /// Tokens a minute, prompt and completion. Unlimited if absent.
    #[schemars(range(min = 1))]
    pub tokens_per_minute: Option<u32>,
    /// Most calls in flight. Default 16; 256 for `simulated`.
    #[schemars(range(min = 1))]
    pub in_flight: Option<At<u32>>,
    /// Providers that name the same pool share one `in_flight`, because they run on one machine. `in_flight` is named by one of them, or by all alike.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub pool: Option<At<String>>,
    /// Longest pause that is waited for when the provider asks for one, in seconds. A provider that asks for more is asked no more in this run, which can be continued. Default 300.
    #[schemars(range(min = 0))]
    pub longest_pause_seconds: Option<f64>,
    /// Longest time for one attempt, in seconds. Default 180.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub call_seconds: Option<f64>,
    /// Longest time for a call with its retries, our own waits for rate limits left out, in seconds. Default 600.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub total_seconds: Option<f64>,
    /// Most attempts of one call. Default 5.
    #[schemars(range(min = 1))]
    pub attempts: Option<u32>,
}

/// A model at a provider.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Model")]
pub struct ModelTable {
    /// Name of its provider.
    #[schemars(required)]
    pub provider: Option<At<String>>,
    /// The provider's id of the model.
    #[schemars(required, length(min = 1))]
    pub id: Option<At<String>>,
    /// Who made it; vendor rules and warnings go by this. Default: the provider's name.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub vendor: Option<At<String>>,
    /// Sampling temperature, 0 to 2. Not sent if absent.
    #[schemars(range(min = 0, max = 2))]
    pub temperature: Option<f64>,
    /// Nucleus sampling, above 0 and up to 1. Not sent if absent.
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub top_p: Option<f64>,
    /// Most completion tokens, thoughts included. Default 16384, so that a model that never stops is cut.
    #[schemars(range(min = 1))]
    pub max_output: Option<At<u32>>,
    /// Older name of `max_output`.
    #[schemars(range(min = 1))]
    pub max_tokens: Option<At<u32>>,
    /// Tokens that prompt and answer may have together (the context window). A prompt that cannot fit is not sent, and less output is asked for where little room is left.
    #[schemars(range(min = 1))]
    pub context: Option<At<u32>>,
    /// The field under which the output limit is sent: `max_tokens`, `max_completion_tokens`, or `none` where the server takes none. Default: by the provider's host.
    pub output_limit: Option<At<OutputLimitWord>>,
    /// Where instructions stand: `separate` (the default), in a system message; `merge`, in front of the first user message, for models without a system role.
    pub system: Option<SystemWord>,
    /// `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, where the model takes it.
    #[schemars(length(min = 1))]
    pub reasoning_effort: Option<At<String>>,
    /// Further fields of the request's body, sent as they stand.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub extra: Option<At<BTreeMap<At<String>, At<toml::Value>>>>,
    /// Price in US dollars per million tokens. Without it costs are unknown, not zero.
    pub price: Option<PriceTable>,
    /// What a reader must be told of every number and answer behind which such a model stands, in a few words such as `small local models`; the roles that it fills are put behind it. It changes no call.
    #[schemars(length(min = 1, max = 120))]
    pub caveat: Option<At<String>>,
}

/// The field under which the output limit is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Output limit")]
pub enum OutputLimitWord {
    /// As most servers take it.
    MaxTokens,
    /// As OpenAI's and Azure's reasoning models take it.
    MaxCompletionTokens,
    /// The server takes no limit.
    None,
}

/// Where the instructions of a prompt stand.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "System")]
pub enum SystemWord {
    /// In a system message.
    Separate,
    /// In front of the first user message.
    Merge,
}

/// Price in US dollars per million tokens.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Price")]
pub struct PriceTable {
    /// Prompt tokens.
    #[schemars(required, range(min = 0))]
    pub input: Option<f64>,
    /// Completion tokens, reasoning included.
    #[schemars(required, range(min = 0))]
    pub output: Option<f64>,
    /// Prompt tokens that the provider had cached. As `input` if absent.
    #[schemars(range(min = 0))]
    pub cached_input: Option<f64>,
}

/// A model in a role with a prompt.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Agent")]
pub struct AgentTable {
    /// Unique among advisors, guardians and moderator; results are joined by it.
    #[schemars(required, regex(pattern = NAME_PATTERN))]
    pub name: Option<At<String>>,
    /// Name of its model.
    #[schemars(required)]
    pub model: Option<At<String>>,
    /// Name of its prompt, without `.md`. Default: the name of the role.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub prompt: Option<At<String>>,
    /// A sentence or two that make it unlike the others.
    pub persona: Option<At<String>>,
    /// Vendor label, where it should not be the model's.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub vendor: Option<At<String>>,
}

/// The agent that merges drafts, or the one that groups their items.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Moderator")]
pub struct ModeratorTable {
    /// Its name. Default `moderator`, or `clusterer`.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub name: Option<At<String>>,
    /// Name of its model.
    #[schemars(required)]
    pub model: Option<At<String>>,
    /// Name of its prompt, without `.md`. Default `moderator`, or `clusterer`.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub prompt: Option<At<String>>,
    /// A sentence or two about how it should work.
    pub persona: Option<At<String>>,
    /// Vendor label, where it should not be the model's.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub vendor: Option<At<String>>,
}

/// A further model that is compared alone.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Solo")]
pub struct SoloTable {
    /// Name of the model; the arm is called `solo:MODEL`.
    #[schemars(required)]
    pub model: Option<At<String>>,
    /// Name of its prompt, without `.md`. Default: the lead advisor's.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub prompt: Option<At<String>>,
    /// A sentence or two that make it unlike the others.
    pub persona: Option<At<String>>,
}

/// Who judges answers: one call matches the answer with the rubric, a second one reviews the verdicts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Judge")]
pub struct JudgeTable {
    /// Name of the judge in judged records. Default: the name of its model.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub name: Option<At<String>>,
    /// Name of the model for both calls.
    pub model: Option<At<String>>,
    /// Name of the model for the first call. Instead of `model`.
    pub match_model: Option<At<String>>,
    /// Name of the model for the second call. Default: that of the first.
    pub review_model: Option<At<String>>,
    /// Name of the first call's prompt. Default `judge-match`.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub match_prompt: Option<At<String>>,
    /// Name of the second call's prompt. Default `judge-review`.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub review_prompt: Option<At<String>>,
    /// Is there a second call? Default true.
    pub review: Option<bool>,
}
