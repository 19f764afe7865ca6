//! What the files and reports of a run are made from besides its answers.

use std::collections::HashMap;
use std::sync::Arc;

use super::options::Grading;
use super::record::{ArmRecord, records};
use super::schedule::{AnswerKey, Bench, Task};
use crate::clinical::{Item, Seat, Simulated};
use crate::score::Profile;

/// The shape of a run: taken from a run that is at work, or from its database.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The arms, panels first.
    pub arms: Vec<ArmRecord>,
    /// Arms that are compared, first minus second.
    pub pairs: Vec<(String, String)>,
    /// The items.
    pub items: Vec<Arc<Item>>,
    /// What judge and score know of each base case, by id.
    pub keys: HashMap<String, AnswerKey>,
    /// Repeats, from 1.
    pub trials: u32,
    /// How answers are scored.
    pub profile: Profile,
    /// What is graded, in a run that grades options.
    pub grading: Option<Grading>,
    /// Which parts of the run are simulated.
    pub simulated: Simulated,
}

impl Shape {
    /// Of a run at work.
    pub fn of(bench: &Bench) -> Self {
        Self {
            arms: records(&bench.arms),
            pairs: super::arm::pairs(&bench.arms),
            items: bench.items.clone(),
            keys: bench.keys.clone(),
            trials: bench.trials,
            profile: bench.profile,
            grading: bench.grading.clone(),
            simulated: bench.simulated.clone(),
        }
    }

    /// The tasks of one arm in the order of its files: by item as the case set
    /// has them, then by trial.
    pub fn tasks_of(&self, arm: usize) -> impl Iterator<Item = Task> + '_ {
        let mut items: Vec<usize> = (0..self.items.len()).collect();
        items.sort_by(|a, b| {
            let key = |i: usize| (self.items[i].base(), self.items[i].variant());
            key(*a).cmp(&key(*b))
        });
        items
            .into_iter()
            .flat_map(move |item| (1..=self.trials).map(move |trial| Task { arm, item, trial }))
    }

    /// Name of a task in the store.
    pub fn id_of(&self, task: Task) -> String {
        format!(
            "{} {} {}",
            self.arms[task.arm].name, self.items[task.item].id, task.trial
        )
    }

    /// Which parts of an arm's answers are simulated.
    pub fn answers_of(&self, arm: &ArmRecord) -> Simulated {
        let run = || self.simulated.clone();
        arm.simulated.clone().unwrap_or_else(run)
    }

    /// Which parts of an arm's scores are: its answers, and the judge where
    /// there is one.
    pub fn scores_of(&self, arm: &ArmRecord) -> Simulated {
        let answers = self.answers_of(arm);
        if self.grading.is_some() {
            return answers;
        }
        let judge = self.simulated.has(Seat::Judge);
        answers.and(&Simulated::part(Seat::Judge, judge))
    }

    /// What judge and score know of an item's case.
    pub fn key_of(&self, item: &Item) -> Option<&AnswerKey> {
        self.keys.get(item.base())
    }
}
