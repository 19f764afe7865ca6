//! Who sits where in a panel, and what must be told of them.

use super::model::{Judge, Model, Panel, ProviderKind};
use crate::clinical::{Seat, Simulated, stand_in};

impl Panel {
    /// The models that a consult may ask, each with its part.
    fn answering(&self) -> impl Iterator<Item = (Seat, &str)> {
        let advisors = self.advisors.iter().map(|agent| (Seat::Advisors, agent));
        let moderator = self.moderator.iter().map(|agent| (Seat::Moderator, agent));
        let clusterer = self.clusterer.iter().map(|agent| (Seat::Clusterer, agent));
        let guardians = self.guardians.iter().map(|agent| (Seat::Guardians, agent));
        advisors
            .chain(moderator)
            .chain(clusterer)
            .chain(guardians)
            .map(|(seat, agent)| (seat, agent.model.as_str()))
    }

    /// All models in use, those that are compared alone and the judge's
    /// included.
    fn all_seats(&self) -> Vec<(Seat, String)> {
        let alone = self.alone().into_iter().map(|solo| (Seat::Alone, solo.model));
        let judge = self.judge.iter().flat_map(of_judge);
        self.answering()
            .chain(judge)
            .map(|(seat, model)| (seat, model.to_owned()))
            .chain(alone)
            .collect()
    }

    /// Is a model of this name simulated?
    pub fn is_simulated(&self, model: &str) -> bool {
        let provider = self.models.get(model).map(|model| &model.provider);
        provider
            .and_then(|name| self.providers.get(name))
            .is_some_and(|provider| provider.kind == ProviderKind::Simulated)
    }

    /// Which parts of the panel are simulated, the judge included.
    pub fn simulated(&self) -> Simulated {
        simulated(std::iter::once(self))
    }

    /// Which parts of the panel that answer are simulated.
    pub fn simulated_answer(&self) -> Simulated {
        let seats = self.answering();
        Simulated::of(seats.map(|(seat, model)| (seat, self.is_simulated(model))))
    }

    /// Is a judge of this panel simulated?
    pub fn simulated_judge(&self, judge: &Judge) -> Simulated {
        let seats = of_judge(judge);
        Simulated::of(seats.map(|(seat, model)| (seat, self.is_simulated(model))))
    }

    /// What must be told of a model.
    pub fn caveat_of(&self, model: &str) -> Option<&str> {
        self.models.get(model).and_then(|model: &Model| model.caveat.as_deref())
    }

    /// What must be told of the models that answer.
    pub fn caveats_of_answer(&self) -> Vec<String> {
        let seats = self.answering();
        stand_in::caveats(seats.map(|(seat, model)| (seat, self.caveat_of(model))))
    }

    /// What must be told of a judge.
    pub fn caveats_of_judge(&self, judge: &Judge) -> Vec<String> {
        let seats = of_judge(judge);
        stand_in::caveats(seats.map(|(seat, model)| (seat, self.caveat_of(model))))
    }
}

fn of_judge(judge: &Judge) -> impl Iterator<Item = (Seat, &str)> {
    std::iter::once(&judge.match_agent)
        .chain(&judge.review_agent)
        .map(|agent| (Seat::Judge, agent.model.as_str()))
}

/// Which parts of some panels are simulated, taken together.
pub fn simulated<'a>(panels: impl IntoIterator<Item = &'a Panel>) -> Simulated {
    Simulated::of(panels.into_iter().flat_map(|panel| {
        let seats = panel.all_seats().into_iter();
        seats.map(|(seat, model)| (seat, panel.is_simulated(&model)))
    }))
}

/// What must be told of the models of some panels, taken together.
pub fn caveats<'a>(panels: impl IntoIterator<Item = &'a Panel>) -> Vec<String> {
    let seats: Vec<(Seat, Option<&str>)> = panels
        .into_iter()
        .flat_map(|panel| {
            let seats = panel.all_seats().into_iter();
            seats.map(|(seat, model)| (seat, panel.caveat_of(&model)))
        })
        .collect();
    stand_in::caveats(seats)
}
