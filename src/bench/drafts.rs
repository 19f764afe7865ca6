//! The judged drafts of a kept run, for a panel search: an advisor's draft is
//! its solo answer.

use serde::Deserialize;

use super::record::ArmSort;
use super::schedule::Task;
use super::stored::{StoredError, StoredRun};
use crate::evidence::Members;
use crate::evidence::search::{Ballots, Draft, Posed};
use crate::score::JudgedRecord;

/// Whose drafts are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The advisors of all panels of the run.
    Advisors,
    /// Besides them, the other models that answered alone.
    EveryModel,
}

/// A draft as the run keeps it, as far as a search looks at it.
#[derive(Deserialize)]
struct Kept {
    judged: Option<JudgedRecord>,
    usd: Option<f64>,
    seconds: Option<f64>,
}

/// The drafts of a run as ballots, and who has none.
pub struct RunDrafts {
    /// The ballots of all who have a judged draft.
    pub ballots: Ballots,
    /// Who was left out: no draft of theirs is judged.
    pub without: Vec<String>,
}

impl RunDrafts {
    /// Reads them.
    ///
    /// # Errors
    /// [`StoredError`] when an answer cannot be read.
    pub fn read(run: &StoredRun, whose: Whose) -> Result<Self, StoredError> {
        let mut members: Vec<(String, Vec<Option<Kept>>)> = Vec::new();
        let mut without = Vec::new();
        for arm in arms(run, whose) {
            let drafts = run.shape.tasks_of(arm).map(|task| run.read::<Kept>(task));
            let drafts: Vec<Option<Kept>> = drafts.collect::<Result<_, _>>()?;
            let name = name_of(&run.shape.arms[arm].name).to_owned();
            let judged = |draft: &Option<Kept>| draft.as_ref().is_some_and(|d| d.judged.is_some());
            if drafts.iter().any(judged) {
                members.push((name, drafts));
            } else {
                without.push(name);
            }
        }
        let names: Vec<String> = members.iter().map(|(name, _)| name.clone()).collect();
        Ok(Self {
            ballots: Ballots::new(&names, &posed(run, &members)),
            without,
        })
    }
}

/// Places of the arms whose drafts are searched.
fn arms(run: &StoredRun, whose: Whose) -> Vec<usize> {
    let advisors: Vec<&str> = run
        .shape
        .arms
        .iter()
        .filter(|arm| arm.kind == ArmSort::Panel)
        .filter_map(|arm| arm.seats.as_ref())
        .flat_map(|seats| match &seats.members {
            Members::Arms(arms) => arms.as_slice(),
            Members::Hidden(_) => &[],
        })
        .map(|(_, arm)| arm.as_str())
        .collect();
    let arms = run.shape.arms.iter().enumerate();
    arms.filter(|(_, arm)| arm.kind == ArmSort::Solo)
        .filter(|(_, arm)| whose == Whose::EveryModel || advisors.contains(&arm.name.as_str()))
        .map(|(at, _)| at)
        .collect()
}

fn name_of(arm: &str) -> &str {
    arm.strip_prefix("solo:").unwrap_or(arm)
}

/// Items and trials in the order of the run; those of cases without a rubric
/// have no judgment and nothing to be searched.
fn posed<'a>(run: &'a StoredRun, members: &'a [(String, Vec<Option<Kept>>)]) -> Vec<Posed<'a>> {
    let tasks = run.shape.tasks_of(0).enumerate();
    tasks
        .filter_map(|(at, Task { item, trial, .. })| {
            let item = run.shape.items.get(item)?;
            let rubric = &run.shape.key_of(item)?.rubric;
            let draft = |(_, drafts): &'a (String, Vec<Option<Kept>>)| {
                let kept = drafts.get(at)?.as_ref()?;
                Some(Draft {
                    judged: kept.judged.as_ref()?,
                    usd: kept.usd,
                    seconds: kept.seconds,
                })
            };
            Some(Posed {
                case: item.base(),
                item: item.id.as_str(),
                trial,
                rubric,
                drafts: members.iter().map(draft).collect(),
            })
        })
        .collect()
}
