//! From what was typed to what it means: names looked up, defaults filled in,
//! everything checked that no schema can say.
//!
//! Each part takes the typed tables and a [`Sink`], and always gives back a
//! value, with a default where the file is faulty. So one mistake hides no
//! other; what comes out is used only if the sink holds no error.

mod agents;
mod arms;
mod consensus;
mod judge;
mod models;
mod pools;
mod providers;
mod requests;
mod safety;
mod task;
mod vote;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::diagnostics::{Diagnostics, Fault};
use super::file::{JudgeFile, PanelFile};
use super::load::Wanted;
use super::model::{
    Agent, Consensus, DraftChecks, EditLimits, EditMode, Escalation, Judge, Model,
    ModeratorFallback, Panel, Prompt, Protocol, Provider, Task,
};
use super::prompt::Role;
use super::prompt_book::PromptBook;
use super::service;
use super::sink::Sink;

pub(super) use safety::{UNEDITED, order as checker_order};

/// A judge with all that it needs, from a file of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeSet {
    /// The judge.
    pub judge: Judge,
    /// Providers by name.
    pub providers: BTreeMap<String, Provider>,
    /// Models by name.
    pub models: BTreeMap<String, Model>,
    /// Prompts by name.
    pub prompts: BTreeMap<String, Arc<Prompt>>,
}

impl JudgeSet {
    /// A panel that has this judge and nobody who answers: for judging answers
    /// that came from elsewhere.
    pub fn into_panel(self) -> Panel {
        Panel {
            name: self.judge.name.clone(),
            title: None,
            task: Task::Plan,
            providers: self.providers,
            models: self.models,
            advisors: Vec::new(),
            guardians: Vec::new(),
            moderator: None,
            clusterer: None,
            solo: Vec::new(),
            draft_checks: DraftChecks::DEFAULT,
            consensus: Consensus {
                protocol: Protocol::Lead,
                lead: String::new(),
                quorum: 0,
                min_vendors: 0,
                if_moderator_fails: ModeratorFallback::Abstain,
                vote: None,
                rounds: 0,
                uncertain: None,
                prompt: None,
            },
            edits: EditLimits {
                mode: EditMode::Serial,
                max_edits: 0,
                max_added: 0,
                max_removed: 0,
                max_added_words: 0,
                protect_vendors: 1,
                checkers: 0,
                checker_order: Vec::new(),
                prompt: None,
            },
            escalation: Escalation::default(),
            budget: safety::budget(&PanelFile::default()),
            service: service::resolve(None),
            judge: Some(self.judge),
            prompts: self.prompts,
        }
    }
}

/// What the panel file says, resolved; the judge of a file of its own is not
/// in it yet. `stem`: the file's name without ending; `dir`: where it lies;
/// `wanted`: a task or a protocol that takes the place of the file's.
pub(super) fn panel(
    file: &PanelFile,
    stem: &str,
    dir: PathBuf,
    wanted: Wanted,
    sink: &mut Sink,
) -> Panel {
    let asked = task::Asked::of(file, wanted);
    let mut prompts = PromptBook::new(dir);
    let providers = providers::resolve(file.providers.as_ref(), sink);
    let models = models::resolve(file.models.as_ref(), &providers, sink);

    let mut seats = agents::Seats::new(&models, &mut prompts, sink);
    let advisors = seats.many(file.advisors.as_deref(), asked.advisor());
    let guardians = seats.many(file.guardians.as_deref(), asked.guardian());
    let moderator = file.moderator.as_ref();
    let moderator = moderator.map(|table| seats.single(table, Role::Moderator));
    let clusterer = file.clusterer.as_ref();
    let clusterer = clusterer.map(|table| seats.single(table, Role::Clusterer));
    let consensus = consensus::resolve(
        file.consensus.as_ref(),
        &advisors,
        moderator.is_some(),
        asked,
        &mut prompts,
        sink,
    );
    if !asked.overridden() || asked.task == Task::Options {
        warn_unasked(file, &consensus, asked.task, sink);
    }
    let edits = safety::edits(file, &advisors, &guardians, asked, &mut prompts, sink);
    let lead = advisors
        .iter()
        .find(|advisor| advisor.name == consensus.lead);
    let default_prompt = asked.advisor().default_prompt();
    let lead_prompt = lead.map_or(default_prompt, |lead| lead.prompt.as_str());
    let mut seats = agents::Seats::new(&models, &mut prompts, sink);
    let solo = seats.solo(file.solo.as_deref(), lead_prompt, asked.advisor());
    let judge = file
        .judge
        .as_ref()
        .map(|table| judge::resolve(table, &models, &mut prompts, sink));
    if let (Some(table), Some(judge)) = (&file.judge, &judge) {
        judge::warn_vendor(table, judge, &advisors, sink);
        if let Some(path) = &file.judge_file {
            let message = "`judge_file` and `[judge]` are both given";
            sink.error("two-judges", path.span(), message, "keep one of the two");
        }
    }

    let mut name = panel_name(file, stem, sink);
    if let Some(protocol) = wanted.protocol {
        name = format!("{name}-{}", protocol.name());
    }
    let mut panel = Panel {
        name,
        title: file.title.clone(),
        task: asked.task,
        providers,
        models,
        advisors,
        guardians,
        moderator,
        clusterer: clusterer.filter(|_| asked.task == Task::Plan),
        solo,
        draft_checks: safety::draft_checks(file.draft_checks.as_ref()),
        escalation: safety::escalation(file, consensus.protocol, sink),
        consensus,
        edits,
        budget: safety::budget(file),
        service: service::resolve(file.service.as_ref()),
        judge,
        prompts: prompts.into_prompts(),
    };
    arms::check(file, &panel, sink);
    service::warn_may_keep(file.service.as_ref(), &panel, sink);
    models::warn_unused(
        file.models.as_ref(),
        file.providers.as_ref(),
        &used_models(&panel),
        sink,
    );
    if asked.task == Task::Options {
        task::without_judge(&mut panel);
    }
    panel
}

/// A judge file, resolved. `advisors`: the panel's, for the vendor warning.
pub(super) fn judge_file(
    file: &JudgeFile,
    advisors: &[Agent],
    dir: PathBuf,
    sink: &mut Sink,
) -> Option<JudgeSet> {
    let mut prompts = PromptBook::new(dir);
    let providers = providers::resolve(file.providers.as_ref(), sink);
    let models = models::resolve(file.models.as_ref(), &providers, sink);
    let table = file.judge.as_ref()?;
    let judge = judge::resolve(table, &models, &mut prompts, sink);
    let used: BTreeSet<&str> = judge_models(&judge).collect();
    models::warn_unused(file.models.as_ref(), file.providers.as_ref(), &used, sink);
    judge::warn_vendor(table, &judge, advisors, sink);
    let prompts = prompts.into_prompts();
    Some(JudgeSet {
        judge,
        providers,
        models,
        prompts,
    })
}

/// Puts a judge of a file of its own into the panel. What both files name must
/// be the same in both: names are what everything is joined by.
pub(super) fn merge(panel: &mut Panel, file: &JudgeFile, set: JudgeSet, sink: &mut Sink) {
    let own = (&panel.providers, &panel.models);
    judge::check_same(
        "provider",
        file.providers.as_ref(),
        own.0,
        &set.providers,
        sink,
    );
    judge::check_same("model", file.models.as_ref(), own.1, &set.models, sink);
    for (name, prompt) in &set.prompts {
        let own = panel.prompts.get(name);
        if own.is_some_and(|own| own.sha256 != prompt.sha256) {
            let span = file.judge.as_ref().map_or(0..0, |table| table.span());
            let message = format!("the panel uses another prompt of the name `{name}`");
            let help = "give one of the two prompt files another name";
            sink.error("conflict", span, &message, help);
        }
    }
    panel.providers.extend(set.providers);
    panel.models.extend(set.models);
    panel.prompts.extend(set.prompts);
    panel.judge = Some(set.judge);
}

/// Ends the reading of one or two files: the value, or every fault.
pub(super) fn finish<T>(
    value: Option<T>,
    sinks: Vec<Sink>,
) -> Result<(T, Diagnostics), Diagnostics> {
    let errors: usize = sinks.iter().map(Sink::errors).sum();
    let faults: Vec<Fault> = sinks.into_iter().flat_map(Sink::into_faults).collect();
    let diagnostics = Diagnostics::new(faults);
    match value {
        Some(value) if errors == 0 => Ok((value, diagnostics)),
        _ => Err(diagnostics),
    }
}

fn panel_name(file: &PanelFile, stem: &str, sink: &mut Sink) -> String {
    if let Some(name) = &file.name {
        return (**name).clone();
    }
    if !super::shape::is_name(stem) {
        let message = format!("the panel has no `name`, and the file's name `{stem}` is not one");
        let help = "write name = \"...\" with small letters, digits and hyphens at the top";
        sink.error("bad-name", 0..0, &message, help);
    }
    stem.to_owned()
}

/// Agents that the protocol never asks.
fn warn_unasked(file: &PanelFile, consensus: &Consensus, task: Task, sink: &mut Sink) {
    let protocol = consensus.protocol;
    if let Some(table) = &file.moderator
        && protocol != Protocol::Synthesis
    {
        let message = match protocol {
            Protocol::Lead => "the moderator is never asked: the protocol is `lead`",
            _ => "the moderator is never asked: the advisors decide",
        };
        let help = "set protocol = \"synthesis\" in [consensus], or take the moderator out";
        sink.warn("unused", table.span(), message, help);
    }
    if let Some(table) = &file.clusterer
        && (protocol == Protocol::Lead || task == Task::Options)
    {
        let message = "the clusterer is never asked: there is nothing to group";
        let help = "drafts are grouped by the protocols `vote`, `synthesis`, `debate` and `delphi`";
        sink.warn("unused", table.span(), message, help);
    }
}

fn used_models(panel: &Panel) -> BTreeSet<&str> {
    let agents = panel
        .advisors
        .iter()
        .chain(&panel.guardians)
        .chain(&panel.moderator)
        .chain(&panel.clusterer);
    agents
        .map(|agent| agent.model.as_str())
        .chain(panel.solo.iter().map(|solo| solo.model.as_str()))
        .chain(panel.judge.iter().flat_map(judge_models))
        .collect()
}

fn judge_models(judge: &Judge) -> impl Iterator<Item = &str> {
    std::iter::once(&judge.match_agent)
        .chain(&judge.review_agent)
        .map(|agent| agent.model.as_str())
}
