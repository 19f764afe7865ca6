//! Which models of panels are stand-ins for real, capable ones: simulated, or
//! warned of by their panel. What is said of them is [`crate::clinical`]'s.

use super::arm::{Arm, ArmKind};
use crate::clinical::{Seat, Simulated, stand_in};
use crate::panel::model::{Judge, Panel, ProviderKind};

/// Models by name, each with its part.
type Seats<'a> = Vec<(Seat, &'a Panel, String)>;

/// The models that a consult may ask.
fn answering(panel: &Panel) -> Seats<'_> {
    let advisors = panel.advisors.iter().map(|agent| (Seat::Advisors, agent));
    let moderator = panel.moderator.iter().map(|agent| (Seat::Moderator, agent));
    let clusterer = panel.clusterer.iter().map(|agent| (Seat::Clusterer, agent));
    let guardians = panel.guardians.iter().map(|agent| (Seat::Guardians, agent));
    advisors
        .chain(moderator)
        .chain(clusterer)
        .chain(guardians)
        .map(|(seat, agent)| (seat, panel, agent.model.clone()))
        .collect()
}

fn judging<'a>(panel: &'a Panel, judge: &Judge) -> Seats<'a> {
    std::iter::once(&judge.match_agent)
        .chain(&judge.review_agent)
        .map(|agent| (Seat::Judge, panel, agent.model.clone()))
        .collect()
}

/// All that are in use, those that are compared alone and the judge's included.
fn all(panel: &Panel) -> Seats<'_> {
    let mut seats = answering(panel);
    let alone = panel.alone().into_iter();
    seats.extend(alone.map(|solo| (Seat::Alone, panel, solo.model)));
    seats.extend(panel.judge.iter().flat_map(|judge| judging(panel, judge)));
    seats
}

fn simulated_of(seats: Seats<'_>) -> Simulated {
    let is = |panel: &Panel, model: &str| {
        let provider = panel.models.get(model).map(|model| &model.provider);
        provider
            .and_then(|name| panel.providers.get(name))
            .is_some_and(|provider| provider.kind == ProviderKind::Simulated)
    };
    Simulated::of(
        seats
            .into_iter()
            .map(|(seat, panel, model)| (seat, is(panel, &model))),
    )
}

fn caveats_of(seats: Seats<'_>) -> Vec<String> {
    stand_in::caveats(seats.into_iter().map(|(seat, panel, model)| {
        let model = panel.models.get(&model);
        (seat, model.and_then(|model| model.caveat.as_deref()))
    }))
}

/// Which parts of some panels are simulated, all in use taken together.
pub fn simulated<'a>(panels: impl IntoIterator<Item = &'a Panel>) -> Simulated {
    simulated_of(panels.into_iter().flat_map(all).collect())
}

/// Which parts of a panel that answer are simulated.
pub fn simulated_answer(panel: &Panel) -> Simulated {
    simulated_of(answering(panel))
}

/// Is a judge simulated?
pub fn simulated_judge(panel: &Panel, judge: &Judge) -> Simulated {
    simulated_of(judging(panel, judge))
}

/// What panels warn of, of all models in use taken together.
pub fn caveats<'a>(panels: impl IntoIterator<Item = &'a Panel>) -> Vec<String> {
    caveats_of(panels.into_iter().flat_map(all).collect())
}

/// What a panel warns of in the models that answer.
pub fn caveats_of_answer(panel: &Panel) -> Vec<String> {
    caveats_of(answering(panel))
}

/// What a panel warns of in a judge.
pub fn caveats_of_judge(panel: &Panel, judge: &Judge) -> Vec<String> {
    caveats_of(judging(panel, judge))
}

/// What is told of an arm's answers.
pub fn of_arm(arm: &Arm) -> (Simulated, Vec<String>) {
    let seats = || match &arm.kind {
        ArmKind::Panel | ArmKind::SelfEnsemble { .. } => answering(&arm.panel),
        ArmKind::PanelWithoutGuardians => {
            let mut seats = answering(&arm.panel);
            seats.retain(|(seat, ..)| *seat != Seat::Guardians);
            seats
        }
        ArmKind::Solo(agent) | ArmKind::SoloCut(agent) => {
            let advisor = arm.panel.advisors.contains(agent);
            let seat = if advisor { Seat::Advisors } else { Seat::Alone };
            vec![(seat, &*arm.panel, agent.model.clone())]
        }
    };
    (simulated_of(seats()), caveats_of(seats()))
}
