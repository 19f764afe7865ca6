//! A checked panel as the file that a person would have typed for it: the way
//! back from [`super::model`] to [`super::file`]. Read again it is the same panel,
//! as long as its prompts are found from where it lies.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::model::{
    Agent, Budget, DraftChecks, EditMode, Escalation, Judge, KeepRule, Limits, Model,
    ModeratorFallback, OutputLimit, Panel, Price, Protocol, Provider, ProviderKind, Service, Solo,
    StructuredOutput, SystemRole, Task, Uncertain, VoteRule,
};

/// The panel's file. The judge stands in it, whatever file it came from.
pub fn typed_toml(panel: &Panel) -> String {
    // Plain data with string keys always serialises.
    toml::to_string(&File::of(panel)).unwrap_or_else(|error| format!("# {error}\n"))
}

/// As [`super::file::PanelFile`], in an order that reads well.
#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    title: Option<&'a str>,
    task: Option<Task>,
    providers: BTreeMap<&'a str, ProviderTable<'a>>,
    models: BTreeMap<&'a str, ModelTable<'a>>,
    advisors: &'a [Agent],
    #[serde(skip_serializing_if = "<[Agent]>::is_empty")]
    guardians: &'a [Agent],
    moderator: Option<&'a Agent>,
    clusterer: Option<&'a Agent>,
    #[serde(skip_serializing_if = "<[Solo]>::is_empty")]
    solo: &'a [Solo],
    draft_checks: Option<&'a DraftChecks>,
    consensus: ConsensusTable<'a>,
    edits: Option<EditsTable<'a>>,
    escalation: &'a Escalation,
    budget: &'a Budget,
    service: Option<&'a Service>,
    judge: Option<JudgeTable<'a>>,
}

#[derive(Serialize)]
struct ProviderTable<'a> {
    kind: ProviderKind,
    base_url: Option<&'a str>,
    key_env: Option<&'a str>,
    structured_output: StructuredOutput,
    seed: bool,
    keeps_nothing: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers_env: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query: &'a BTreeMap<String, String>,
    limits: &'a Limits,
    #[serde(skip_serializing_if = "Map::is_empty")]
    simulated: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct ModelTable<'a> {
    provider: &'a str,
    id: &'a str,
    vendor: &'a str,
    temperature: Option<f64>,
    top_p: Option<f64>,
    max_output: Option<u32>,
    context: Option<u32>,
    output_limit: Option<OutputLimit>,
    system: Option<SystemRole>,
    reasoning_effort: Option<&'a str>,
    price: Option<Price>,
    caveat: Option<&'a str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    extra: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct ConsensusTable<'a> {
    protocol: Protocol,
    lead: &'a str,
    quorum: usize,
    min_vendors: usize,
    if_moderator_fails: Option<ModeratorFallback>,
    threshold: Option<f64>,
    tie: Option<&'static str>,
    weigh_vendors: Option<bool>,
    rounds: Option<u32>,
    uncertain: Option<Uncertain>,
    prompt: Option<&'a str>,
    keep: Option<&'a [KeepRule]>,
}

#[derive(Serialize)]
struct EditsTable<'a> {
    mode: EditMode,
    max_edits: usize,
    max_added: usize,
    max_removed: usize,
    max_added_words: usize,
    protect_vendors: usize,
    checkers: Option<usize>,
    prompt: Option<&'a str>,
}

#[derive(Serialize)]
struct JudgeTable<'a> {
    name: &'a str,
    match_model: &'a str,
    match_prompt: &'a str,
    review: bool,
    review_model: Option<&'a str>,
    review_prompt: Option<&'a str>,
}

impl<'a> File<'a> {
    fn of(panel: &'a Panel) -> Self {
        Self {
            name: &panel.name,
            title: panel.title.as_deref(),
            task: (panel.task != Task::default()).then_some(panel.task),
            providers: panel
                .providers
                .iter()
                .map(|(name, provider)| (name.as_str(), ProviderTable::of(provider)))
                .collect(),
            models: panel
                .models
                .iter()
                .map(|(name, model)| (name.as_str(), ModelTable::of(model)))
                .collect(),
            advisors: &panel.advisors,
            guardians: &panel.guardians,
            moderator: panel.moderator.as_ref(),
            clusterer: panel.clusterer.as_ref(),
            solo: &panel.solo,
            draft_checks: Some(&panel.draft_checks).filter(|checks| !checks.is_default()),
            consensus: ConsensusTable::of(panel),
            edits: edits(panel),
            escalation: &panel.escalation,
            budget: &panel.budget,
            service: Some(&panel.service).filter(|service| **service != Service::default()),
            judge: panel.judge.as_ref().map(JudgeTable::of),
        }
    }
}

impl<'a> ProviderTable<'a> {
    fn of(provider: &'a Provider) -> Self {
        Self {
            kind: provider.kind,
            base_url: Some(provider.base_url.as_str()).filter(|url| !url.is_empty()),
            key_env: provider.key_env.as_deref(),
            headers: &provider.headers,
            headers_env: &provider.headers_env,
            query: &provider.query,
            structured_output: provider.structured_output,
            seed: provider.seed,
            keeps_nothing: provider.keeps_nothing,
            stream: provider.stream,
            limits: &provider.limits,
            simulated: &provider.simulated,
        }
    }
}

impl<'a> ModelTable<'a> {
    fn of(model: &'a Model) -> Self {
        Self {
            provider: &model.provider,
            id: &model.id,
            vendor: &model.vendor,
            temperature: model.temperature,
            top_p: model.top_p,
            max_output: model.max_output,
            context: model.context,
            output_limit: model.output_limit,
            system: model.merges_system().then_some(model.system),
            reasoning_effort: model.reasoning_effort.as_deref(),
            price: model.price,
            caveat: model.caveat.as_deref(),
            extra: &model.extra,
        }
    }
}

impl<'a> ConsensusTable<'a> {
    fn of(panel: &'a Panel) -> Self {
        let consensus = &panel.consensus;
        let vote = consensus.vote.as_ref();
        let plans = panel.task == Task::Plan;
        let tie = |vote: &VoteRule| match vote.tie_is_appropriate {
            true => "appropriate",
            false => "inappropriate",
        };
        Self {
            protocol: consensus.protocol,
            lead: &consensus.lead,
            quorum: consensus.quorum,
            min_vendors: consensus.min_vendors,
            if_moderator_fails: (consensus.protocol == Protocol::Synthesis)
                .then_some(consensus.if_moderator_fails),
            threshold: vote.map(|vote| vote.threshold),
            tie: vote.map(tie),
            weigh_vendors: vote.filter(|_| plans).map(|vote| vote.weigh_vendors),
            rounds: (consensus.protocol == Protocol::Debate).then_some(consensus.rounds),
            uncertain: consensus.uncertain,
            prompt: consensus.prompt.as_deref(),
            keep: vote.filter(|_| plans).map(|vote| vote.keep.as_slice()),
        }
    }
}

/// Without guardians nobody edits.
fn edits(panel: &Panel) -> Option<EditsTable<'_>> {
    let edits = &panel.edits;
    let plans = panel.task == Task::Plan;
    (!panel.guardians.is_empty()).then(|| EditsTable {
        mode: edits.mode,
        max_edits: edits.max_edits,
        max_added: edits.max_added,
        max_removed: edits.max_removed,
        max_added_words: edits.max_added_words,
        protect_vendors: edits.protect_vendors,
        checkers: plans.then_some(edits.checkers),
        prompt: edits.prompt.as_deref(),
    })
}

impl<'a> JudgeTable<'a> {
    fn of(judge: &'a Judge) -> Self {
        let review = judge.review_agent.as_ref();
        Self {
            name: &judge.name,
            match_model: &judge.match_agent.model,
            match_prompt: &judge.match_agent.prompt,
            review: review.is_some(),
            review_model: review.map(|agent| agent.model.as_str()),
            review_prompt: review.map(|agent| agent.prompt.as_str()),
        }
    }
}
