//! The self-ensemble: one model in every seat of a panel. It asks as often as
//! the panel does, with the same prompts, so what the panel has beyond it comes
//! of its members being unlike.

use std::collections::BTreeSet;

use crate::panel::model::{Agent, Panel, Protocol};

/// The panel with `model` in every seat: same protocol, agents, prompts,
/// personas and limits. The agents keep their names, which are part of every
/// call's key, so that seats answer apart; their vendor is the model's, and no
/// mix of vendors is asked for. `None`: the panel has no such model.
pub fn derive(panel: &Panel, model: &str) -> Option<Panel> {
    let vendor = panel.models.get(model)?.vendor.clone();
    let mut panel = panel.clone();
    let seat = |agent: &mut Agent| {
        model.clone_into(&mut agent.model);
        agent.vendor.clone_from(&vendor);
    };
    panel.advisors.iter_mut().for_each(seat);
    panel.guardians.iter_mut().for_each(seat);
    panel.moderator.iter_mut().for_each(seat);
    panel.clusterer.iter_mut().for_each(seat);
    panel.consensus.min_vendors = panel.consensus.min_vendors.min(1);
    panel.solo.clear();
    Some(panel)
}

/// The advisors whose drafts a self-ensemble is held against: all that its
/// protocol asks. Under `lead` that is one, and nothing is compared.
pub fn members(panel: &Panel) -> Vec<Agent> {
    match panel.consensus.protocol {
        Protocol::Lead => Vec::new(),
        _ => panel.advisors.clone(),
    }
}

/// The models that may be put into every seat: those that sit in one already,
/// and those that are compared alone. The judge's are not among them.
pub fn models(panel: &Panel) -> BTreeSet<&str> {
    let agents = panel
        .advisors
        .iter()
        .chain(&panel.guardians)
        .chain(&panel.moderator)
        .chain(&panel.clusterer);
    agents
        .map(|agent| agent.model.as_str())
        .chain(panel.solo.iter().map(|solo| solo.model.as_str()))
        .collect()
}
