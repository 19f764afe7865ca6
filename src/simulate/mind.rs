//! What a model knows: a probit with nested factors (`docs/simulated-models.md`).
//!
//! A model knows what is right about a unit iff a sum of four standard normals
//! lies below `probit(p)`: one that all models share, one that its family
//! shares, one that is the model's in all seats, one of this very call. Their
//! squared weights add up to one, so a model alone knows with probability `p`,
//! which goes by the unit's tier and the case's specialty.

use crate::clinical::{Severity, Tier};

use super::case::{SimCase, Unit};
use super::config::ModelConfig;
use super::correlation::{Correlation, Weights};
use super::draw::{Key, probit};

/// One model in one world, before one item.
#[derive(Clone, Copy, Debug)]
pub struct Mind<'a> {
    /// The model's numbers.
    pub model: &'a ModelConfig,
    /// The case.
    pub case: &'a SimCase,
    keys: Keys,
    weights: Weights,
}

/// Keys of the four factors.
#[derive(Clone, Copy, Debug)]
struct Keys {
    all: Key,
    family: Key,
    model: Key,
    own: Key,
}

/// Who is asked, in which world, about what.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Shares of the error variance in common.
    pub correlation: Correlation,
    /// World seed.
    pub world: u64,
    /// Model id, without the world's suffix.
    pub model_id: &'a str,
    /// Item id (`Card001-3`) as a key.
    pub item: u64,
    /// The request's `seed`, if it had one.
    pub seed: Option<u64>,
}

/// What there is to know about a recommendation, and whether a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// To be done; leaving it out would harm so much.
    Right {
        /// Harm of leaving it out.
        severity: Severity,
        /// Does the model know?
        known: bool,
    },
    /// Not to be done; doing it would harm so much. A model that does not know
    /// takes it for right.
    Wrong {
        /// Harm of doing it.
        severity: Severity,
        /// Does the model know?
        known: bool,
    },
    /// Neither, or none of the case's options: nobody knows.
    Open,
}

impl<'a> Mind<'a> {
    /// The mind of a model before an item.
    pub fn new(model: &'a ModelConfig, case: &'a SimCase, asked: Asked<'_>) -> Self {
        let shared = |purpose: &str| Key::new(purpose).with(asked.world).with(case.key);
        let family = model.family_or(asked.model_id);
        Self {
            model,
            case,
            keys: Keys {
                all: shared("common"),
                family: shared("family").with_text(family),
                model: shared("model").with_text(asked.model_id).with(model.seed),
                own: own_key("own", model, asked),
            },
            weights: asked.correlation.weights(),
        }
    }

    /// Does it know what is right about the unit? Nobody knows what is right
    /// about a neutral one.
    pub fn knows(&self, unit: &Unit) -> bool {
        let knowledge = self.model.knowledge(&self.case.specialty);
        let p = match unit.tier {
            Tier::HarmIfDone(severity) => knowledge.tier(severity).harmful,
            Tier::HarmIfOmitted(severity) => knowledge.tier(severity).appropriate,
            Tier::Neutral | Tier::None => return false,
        };
        let unit = unit.id as u64;
        let Weights {
            all,
            family,
            model,
            own,
        } = self.weights;
        let factors = [
            (all, self.keys.all),
            (family, self.keys.family),
            (model, self.keys.model),
            (own, self.keys.own),
        ];
        let latent: f64 = factors
            .iter()
            .filter(|(weight, _)| *weight > 0.0)
            .map(|(weight, key)| weight * key.with(unit).normal())
            .sum();
        latent < probit(p)
    }

    /// What it makes of a recommendation, however that is worded.
    pub fn view(&self, text: &str) -> View {
        let place = self.case.recognise(text);
        match place.and_then(|place| self.case.unit_of(place)) {
            Some(unit) => match unit.tier {
                Tier::HarmIfOmitted(severity) => View::Right {
                    severity,
                    known: self.knows(unit),
                },
                Tier::HarmIfDone(severity) => View::Wrong {
                    severity,
                    known: self.knows(unit),
                },
                Tier::Neutral | Tier::None => View::Open,
            },
            None => View::Open,
        }
    }

    /// Does it write the unit into a plan of its own? An appropriate one iff
    /// it knows, a harmful one iff it does not, a neutral one at its rate.
    pub fn writes(&self, unit: &Unit) -> bool {
        match unit.tier {
            Tier::HarmIfOmitted(_) => self.knows(unit),
            Tier::HarmIfDone(_) => !self.knows(unit),
            Tier::Neutral => self
                .keys
                .own
                .with(unit.id as u64)
                .chance(self.model.neutral),
            Tier::None => false,
        }
    }
}

/// The key of what is a model's own: (world, model, item, request seed).
pub fn own_key(purpose: &str, model: &ModelConfig, asked: Asked<'_>) -> Key {
    let key = Key::new(purpose)
        .with(asked.world)
        .with_text(asked.model_id)
        .with(model.seed)
        .with(asked.item);
    match asked.seed {
        Some(seed) => key.with(1).with(seed),
        None => key.with(0),
    }
}
