//! From a request to the words of an answer: pure, without HTTP, time or
//! faults.

use crate::clinical::Case;

use super::config::{AsGuardian, ModelConfig, SimConfig};
use super::index::{CaseIndex, Found};
use super::mind::{Asked, Mind};
use super::request::{ChatRequest, Refusal, Task};
use super::{
    advisor, checker, clusterer, debater, guardian, judge, moderator, options, rater, spoiler,
};

/// The simulated models of one configuration before one set of cases.
#[derive(Debug)]
pub struct Engine {
    config: SimConfig,
    index: CaseIndex,
}

/// What a model says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it was asked to do.
    pub task: Task,
    /// Its words: free text, or JSON for a structured task.
    pub content: String,
}

/// Everything that a role needs to answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub request: &'a ChatRequest,
    pub model: &'a ModelConfig,
    pub asked: Asked<'a>,
    pub found: Option<Found<'a>>,
}

impl<'a> Scene<'a> {
    /// The model's mind, where the case is known.
    pub fn mind(&self) -> Option<Mind<'a>> {
        let found = self.found?;
        Some(Mind::new(self.model, found.case, self.asked))
    }
}

impl Engine {
    /// Prepares the models for the cases.
    pub fn new(cases: &[Case], config: SimConfig) -> Self {
        Self {
            index: CaseIndex::new(cases),
            config,
        }
    }

    /// The configuration.
    pub fn config(&self) -> &SimConfig {
        &self.config
    }

    /// Id (without the world) and numbers of the model that a request names.
    ///
    /// # Errors
    /// [`Refusal::UnknownModel`].
    pub fn model(&self, request: &ChatRequest) -> Result<(&str, &ModelConfig), Refusal> {
        let (id, _) = request.model_and_world();
        self.config
            .models
            .get_key_value(id)
            .map(|(id, model)| (id.as_str(), model))
            .ok_or_else(|| Refusal::UnknownModel(request.model.clone()))
    }

    /// Answers a request. The same request gets the same answer, and so does
    /// the same request with further turns.
    ///
    /// # Errors
    /// [`Refusal`] for an unknown model or a schema that is none of ours.
    pub fn answer(&self, request: &ChatRequest) -> Result<Answer, Refusal> {
        let (model_id, model) = self.model(request)?;
        let (_, world) = request.model_and_world();
        let task = request.task()?;
        let found = request
            .original()
            .iter()
            .filter_map(|message| self.index.find(&message.content))
            .max_by_key(|found| found.length);
        let scene = Scene {
            request,
            model,
            asked: Asked {
                correlation: self.config.correlation,
                world: world.unwrap_or(self.config.world_seed),
                model_id,
                item: found.map_or(0, |found| found.item),
                seed: request.seed_key(),
            },
            found,
        };
        let content = match task {
            Task::Advisor => advisor::answer(&scene),
            Task::Synthesis => moderator::answer(&scene).to_string(),
            Task::Clusters => clusterer::answer(&scene).to_string(),
            Task::Ratings => rater::answer(&scene).to_string(),
            Task::Debate => debater::answer(&scene).to_string(),
            Task::GuardianEdits => match model.as_guardian {
                AsGuardian::Honest => guardian::answer(&scene).to_string(),
                spoils => spoiler::answer(&scene, spoils),
            },
            Task::Checks => checker::answer(&scene).to_string(),
            Task::Options => options::grades(&scene).to_string(),
            Task::OptionsEdits => options::flips(&scene).to_string(),
            Task::Match => judge::matching(&scene).to_string(),
            Task::Review => judge::review(&scene).to_string(),
        };
        Ok(Answer { task, content })
    }
}
