//! A panel made of the advisors of others: what a panel search found, as a panel
//! that can be run.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Agent, Consensus, EditLimits, Panel, Protocol, Solo, VoteRule};
use super::resolve::{UNEDITED, checker_order};

/// What the panel is to be.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Its name.
    pub name: &'a str,
    /// One line for people.
    pub title: &'a str,
    /// Its advisors: names of advisors, or of models that are compared alone.
    pub advisors: &'a [String],
    /// Kept is what a larger share of the votes is for.
    pub threshold: f64,
    /// Does it have the guardians of the panel that most of it comes from?
    pub guardians: bool,
}

/// Why there is no such panel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoundError {
    /// An advisor that no panel has.
    #[error("no panel of the run has an advisor `{0}`")]
    NoAdvisor(String),
    /// One name for two things.
    #[error("the {what} `{name}` is not the same in all panels of the run: rename one of them")]
    Conflict {
        /// Provider, model or prompt.
        what: &'static str,
        /// Its name.
        name: String,
    },
}

/// Makes the panel. What is not about advisors and votes (judge, clusterer,
/// escalation, word budget) is as in the panel that has most of the advisors,
/// of equals the first. There are no exceptions to the vote and no moderator.
///
/// # Errors
/// [`FoundError`].
pub fn found(panels: &[&Panel], wanted: &Wanted<'_>) -> Result<Panel, FoundError> {
    let mut parts = Parts::default();
    let mut advisors = Vec::new();
    for name in wanted.advisors {
        let of = panels
            .iter()
            .find_map(|panel| Some((*panel, advisor(panel, name)?)));
        let (panel, agent) = of.ok_or_else(|| FoundError::NoAdvisor(name.clone()))?;
        parts.add(panel, &agent)?;
        advisors.push(agent);
    }
    let has = |panel: &&&Panel| {
        let wanted = wanted.advisors.iter();
        wanted.filter(|name| advisor(panel, name).is_some()).count()
    };
    let most = panels.iter().map(|panel| has(&panel)).max();
    let Some(template) = panels.iter().find(|panel| Some(has(panel)) == most) else {
        return Err(FoundError::NoAdvisor(
            wanted.advisors.first().cloned().unwrap_or_default(),
        ));
    };
    let guardians = match wanted.guardians {
        true => template.guardians.clone(),
        false => Vec::new(),
    };
    let judge = template.judge.iter();
    let judge = judge.flat_map(|judge| [Some(&judge.match_agent), judge.review_agent.as_ref()]);
    let others = guardians.iter().chain(&template.clusterer);
    for agent in others.chain(judge.flatten()) {
        parts.add(template, agent)?;
    }
    let edits = match guardians.is_empty() {
        true => UNEDITED,
        false => EditLimits {
            checkers: template.edits.checkers.min(advisors.len()),
            checker_order: match template.edits.checkers {
                0 => Vec::new(),
                _ => checker_order(&advisors, &guardians),
            },
            ..template.edits.clone()
        },
    };
    if let Some(prompt) = &edits.prompt {
        parts.add_prompt(template, prompt)?;
    }
    let vendors: BTreeSet<&str> = advisors.iter().map(|a| a.vendor.as_str()).collect();
    let own_lead = &template.consensus.lead;
    let lead = advisors.iter().find(|agent| agent.name == *own_lead);
    let consensus = Consensus {
        protocol: Protocol::Vote,
        lead: lead
            .or(advisors.first())
            .map(|agent| agent.name.clone())
            .unwrap_or_default(),
        quorum: advisors.len() / 2 + 1,
        min_vendors: template.consensus.min_vendors.min(vendors.len()),
        if_moderator_fails: template.consensus.if_moderator_fails,
        vote: Some(VoteRule {
            threshold: wanted.threshold,
            tie_is_appropriate: false,
            weigh_vendors: false,
            keep: Vec::new(),
        }),
        rounds: 0,
        uncertain: None,
        prompt: None,
    };
    Ok(Panel {
        name: wanted.name.to_owned(),
        title: Some(wanted.title.to_owned()),
        task: template.task,
        providers: parts.providers,
        models: parts.models,
        advisors,
        guardians,
        moderator: None,
        clusterer: template.clusterer.clone(),
        solo: Vec::new(),
        draft_checks: template.draft_checks.clone(),
        consensus,
        edits,
        escalation: template.escalation.clone(),
        budget: template.budget.clone(),
        service: template.service.clone(),
        judge: template.judge.clone(),
        prompts: parts.prompts,
    })
}

/// An advisor of this name, or a model that is compared alone, as an advisor.
fn advisor(panel: &Panel, name: &str) -> Option<Agent> {
    let own = panel.advisors.iter().find(|agent| agent.name == name);
    own.cloned().or_else(|| {
        let alone = panel.alone().into_iter().find(|solo| solo.model == name)?;
        Some(seated(panel, alone))
    })
}

fn seated(panel: &Panel, alone: Solo) -> Agent {
    let model = panel.models.get(&alone.model);
    Agent {
        vendor: model.map(|model| model.vendor.clone()).unwrap_or_default(),
        name: alone.model.clone(),
        model: alone.model,
        prompt: alone.prompt,
        persona: alone.persona,
    }
}

#[derive(Default)]
struct Parts {
    providers: BTreeMap<String, super::model::Provider>,
    models: BTreeMap<String, super::model::Model>,
    prompts: BTreeMap<String, std::sync::Arc<super::model::Prompt>>,
}

impl Parts {
    /// Takes over what an agent needs.
    fn add(&mut self, panel: &Panel, agent: &Agent) -> Result<(), FoundError> {
        if let Some(model) = panel.models.get(&agent.model) {
            put(&mut self.models, "model", &agent.model, model, |a, b| {
                a == b
            })?;
            if let Some(provider) = panel.providers.get(&model.provider) {
                let name = &model.provider;
                put(&mut self.providers, "provider", name, provider, |a, b| {
                    a == b
                })?;
            }
        }
        self.add_prompt(panel, &agent.prompt)
    }

    fn add_prompt(&mut self, panel: &Panel, name: &str) -> Result<(), FoundError> {
        match panel.prompts.get(name) {
            // The same words may lie in two places.
            Some(prompt) => put(&mut self.prompts, "prompt", name, prompt, |a, b| {
                a.sha256 == b.sha256
            }),
            None => Ok(()),
        }
    }
}

fn put<T: Clone>(
    into: &mut BTreeMap<String, T>,
    what: &'static str,
    name: &str,
    value: &T,
    same: impl Fn(&T, &T) -> bool,
) -> Result<(), FoundError> {
    match into.get(name) {
        Some(known) if !same(known, value) => Err(FoundError::Conflict {
            what,
            name: name.to_owned(),
        }),
        Some(_) => Ok(()),
        None => {
            into.insert(name.to_owned(), value.clone());
            Ok(())
        }
    }
}
