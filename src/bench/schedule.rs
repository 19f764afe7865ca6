//! What is done, and in which order. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::clinical::{Case, Item, Rubric, Simulated};
use crate::panel::model::{Judge, Panel};
use crate::score::grading::{GradingProfile, GradingRubric};
use crate::score::{PreparedRubric, Profile};

use super::arm::Arm;
use super::flow::Ledgering;
use super::options::Grading;

/// A whole benchmark run: everything that does not change while it runs.
#[derive(Debug)]
pub struct Bench {
    /// The arms, panels first.
    pub arms: Vec<Arm>,
    /// The items, breadth-first: base cases of all cases first.
    pub items: Vec<Arc<Item>>,
    /// What judge and score know of each base case, by id.
    pub keys: HashMap<String, AnswerKey>,
    /// Repeats, from 1.
    pub trials: u32,
    /// Seed of the run.
    pub seed: u64,
    /// How answers are scored.
    pub profile: Profile,
    /// Who judges: the panel that names the judge, and the judge. `None` where
    /// options are graded.
    pub judge: Option<(Arc<Panel>, Judge)>,
    /// What is graded, in a run that grades options; `None`: plans are judged.
    pub grading: Option<Grading>,
    /// Are the stages of panels judged, too?
    pub ledger: Ledgering,
    /// Which parts of the run are simulated.
    pub simulated: Simulated,
}

/// What only judge and score may see of a case.
#[derive(Clone, Debug)]
pub struct AnswerKey {
    /// The rubric as read.
    pub rubric: Arc<Rubric>,
    /// The rubric made ready for scoring.
    pub prepared: Arc<PreparedRubric>,
    /// The same, for scores that grades have (scoring.md, section 18).
    pub grading: Arc<GradingRubric>,
    /// Hints for the judge.
    pub guidance: Option<Arc<Value>>,
}

impl AnswerKey {
    /// The key of a case; `None` without a rubric.
    pub fn of(case: &Case) -> Option<Self> {
        let rubric = case.rubric.clone()?;
        Some(Self {
            prepared: Arc::new(PreparedRubric::new(&rubric)),
            grading: Arc::new(GradingRubric::new(&GradingProfile::NOHARM_V1, &rubric)),
            rubric,
            guidance: case.guidance.clone(),
        })
    }
}

/// One thing to do: one arm on one item in one trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Index into [`Bench::arms`].
    pub arm: usize,
    /// Index into [`Bench::items`].
    pub item: usize,
    /// From 1.
    pub trial: u32,
}

impl Bench {
    /// Every task, breadth-first: all arms on the first trial of all base
    /// cases, then further trials, then the next variants.
    pub fn tasks(&self) -> Vec<Task> {
        let mut order: Vec<(i64, u32, usize)> = (0..self.items.len())
            .flat_map(|item| {
                (1..=self.trials).map(move |trial| (self.items[item].variant(), trial, item))
            })
            .collect();
        order.sort_unstable();
        order
            .into_iter()
            .flat_map(|(_, trial, item)| {
                (0..self.arms.len()).map(move |arm| Task { arm, item, trial })
            })
            .collect()
    }

    /// Name of a task in the store.
    pub fn id_of(&self, task: Task) -> String {
        format!(
            "{} {} {}",
            self.arms[task.arm].name, self.items[task.item].id, task.trial
        )
    }

    /// What judge and score know of an item's case.
    pub fn key_of(&self, item: &Item) -> Option<&AnswerKey> {
        self.keys.get(item.base())
    }
}
