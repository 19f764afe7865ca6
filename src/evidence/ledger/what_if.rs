//! What another panel would have answered, from what the items carry: without a
//! guardian, with another number of voices, without the word budget.
//!
//! Approximate: the plan is put together from items that there are, and read by
//! what was read before. Later guardians would have seen another plan, and the
//! word budget would have cut other items; neither is known.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clinical::flow::{CONSENSUS, POOLED, RENDER};
use crate::clinical::{DraftRef, PlanStage, StageItem};
use crate::evidence::guardians::Harm;

use super::carried::Carried;
use super::reading::{Reading, Verdicts};
use super::trace::{Flow, ReadStage};

/// How another panel differs.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Without this guardian. What it took out is back, what it added is gone,
    /// what it changed has its old words unless another changed them again. What
    /// the word budget cut stays cut.
    WithoutGuardian(String),
    /// With a plan of what at least so many advisors want; the guardians' edits
    /// are carried over. Before the word budget, and without what the panel does
    /// about conflicts.
    Voices(usize),
    /// The plan before the word budget.
    WithoutBudget,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithoutGuardian(name) => write!(f, "without guardian {name}"),
            Self::Voices(1) => f.write_str("with 1 voice, no word budget"),
            Self::Voices(voices) => write!(f, "with {voices} voices, no word budget"),
            Self::WithoutBudget => f.write_str("without the word budget"),
        }
    }
}

/// Who wanted a candidate when the panel decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backing {
    /// The drafted items behind it.
    pub members: Vec<DraftRef>,
    /// How many advisors wanted it.
    pub voices: usize,
}

/// The harms of another panel's answer to one consult.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhatIf {
    /// How it differs.
    pub change: Change,
    /// The harms by what the items carry: approximate.
    pub predicted: Vec<Harm>,
    /// The harms as a judge read the very text, if one did.
    pub confirmed: Option<Vec<Harm>>,
}

/// Every change that is looked at.
pub fn changes(guardians: &[String], advisors: usize) -> Vec<Change> {
    let guardians = guardians.iter().cloned().map(Change::WithoutGuardian);
    guardians
        .chain([Change::WithoutBudget])
        .chain((1..=advisors).map(Change::Voices))
        .collect()
}

/// The plan under a change; `None`: the change changes nothing, since the
/// guardian did not see this plan, or nothing was pooled.
pub fn compose(stages: &[&PlanStage], backing: &[Backing], change: &Change) -> Option<PlanStage> {
    let (last, before) = stages.split_last()?;
    let whole = before.last()?;
    match change {
        Change::WithoutBudget => (last.stage == RENDER).then(|| (*whole).clone()),
        Change::WithoutGuardian(name) => without(name, stages, whole, last),
        Change::Voices(voices) => {
            let named = |name: &str| before.iter().find(|stage| stage.stage == name);
            let (pooled, consensus) = (named(POOLED)?, named(CONSENSUS)?);
            Some(with_voices(*voices, pooled, backing, (consensus, whole)))
        }
    }
}

/// Undoes what one guardian did.
fn without(
    name: &str,
    stages: &[&PlanStage],
    whole: &PlanStage,
    last: &PlanStage,
) -> Option<PlanStage> {
    let place = stages
        .iter()
        .position(|stage| stage.stage == name)
        .filter(|place| *place > 0)?;
    let (before, after) = (stages.get(place - 1)?, stages.get(place)?);
    let is_cut = |item: &StageItem| whole.item(item.key).is_some() && last.item(item.key).is_none();
    let mut items: Vec<StageItem> = Vec::new();
    for item in whole.items.iter().filter(|item| !is_cut(item)) {
        let (old, new) = (before.item(item.key), after.item(item.key));
        match (old, new) {
            (None, Some(_)) => {}
            (Some(old), Some(new)) if new.text == item.text => items.push(old.clone()),
            _ => items.push(item.clone()),
        }
    }
    for (at, old) in before.items.iter().enumerate() {
        if after.item(old.key).is_none() {
            items.insert(at.min(items.len()), old.clone());
        }
    }
    Some(PlanStage {
        stage: format!("without {name}"),
        assessment: last.assessment.clone(),
        items,
    })
}

/// The candidates with enough voices, best supported first, and what the
/// guardians did to the plan.
fn with_voices(
    voices: usize,
    pooled: &PlanStage,
    backing: &[Backing],
    (consensus, whole): (&PlanStage, &PlanStage),
) -> PlanStage {
    let of = |item: &StageItem| {
        let same = |one: &&Backing| one.members.first() == item.basis.first();
        backing.iter().find(same).map_or(0, |one| one.voices)
    };
    let rests = |item: &StageItem, basis: &[DraftRef]| basis.iter().any(|d| item.basis.contains(d));
    let mut candidates: Vec<(usize, &StageItem)> = pooled
        .items
        .iter()
        .map(|item| (of(item), item))
        .filter(|(have, _)| *have >= voices)
        .collect();
    candidates.sort_by_key(|(have, _)| std::cmp::Reverse(*have));
    let mut items: Vec<StageItem> = Vec::new();
    for (_, candidate) in candidates {
        let mut touched = consensus
            .items
            .iter()
            .filter(|item| rests(candidate, &item.basis))
            .map(|item| (item, whole.item(item.key)))
            .peekable();
        let decided = touched.peek().is_some();
        let mut standing = touched
            .filter_map(|(old, now)| Some((old, now?)))
            .peekable();
        if decided && standing.peek().is_none() {
            continue;
        }
        let changed = standing.find(|(old, now)| old.text != now.text);
        let text = changed.map_or(&candidate.text, |(_, now)| &now.text);
        if !items.iter().any(|item| item.text == *text) {
            items.push(StageItem {
                text: text.clone(),
                ..candidate.clone()
            });
        }
    }
    let added = whole.items.iter().filter(|item| {
        consensus.item(item.key).is_none() && !items.iter().any(|one| one.text == item.text)
    });
    let added: Vec<StageItem> = added.cloned().collect();
    items.extend(added);
    PlanStage {
        stage: format!("{voices} voices"),
        assessment: whole.assessment.clone(),
        items,
    }
}

/// Every change on one consult.
pub(super) fn all(
    flow: &Flow,
    carried: &Carried<'_>,
    loose: &[Verdicts],
    nothing: &Reading,
    (guardians, advisors): (&[String], usize),
) -> Vec<WhatIf> {
    let plans: Vec<&PlanStage> = flow.stages.iter().map(|stage| &stage.plan).collect();
    let Some(last) = flow.stages.last() else {
        return Vec::new();
    };
    let before = flow.stages.len().saturating_sub(2);
    let beside = |change: &Change| -> Verdicts {
        let consensus = plans.iter().position(|plan| plan.stage == CONSENSUS);
        let place = match change {
            Change::Voices(_) => consensus.unwrap_or(before),
            Change::WithoutGuardian(_) | Change::WithoutBudget => before,
        };
        loose.get(place).cloned().unwrap_or_default()
    };
    let one = |change: Change| match compose(&plans, &flow.backing, &change) {
        Some(plan) => WhatIf {
            predicted: carried.harms(&carried.verdicts(&[&plan], &beside(&change))),
            confirmed: confirmed(flow, &plan, &change, nothing),
            change,
        },
        None => {
            let own = loose.last().cloned().unwrap_or_default();
            WhatIf {
                predicted: carried.harms(&carried.verdicts(&[&last.plan], &own)),
                confirmed: Some(last.reading(nothing).harms.clone()),
                change,
            }
        }
    };
    changes(guardians, advisors).into_iter().map(one).collect()
}

/// What a judge read in the very text, for whatever reason it was asked.
fn confirmed(
    flow: &Flow,
    plan: &PlanStage,
    change: &Change,
    nothing: &Reading,
) -> Option<Vec<Harm>> {
    let text = plan.text();
    if text.is_blank() {
        return Some(nothing.harms.clone());
    }
    let as_stage = |stage: &&ReadStage| stage.plan.text() == text;
    let stage = flow.stages.iter().find(as_stage);
    let asked = flow.confirmed.iter().find(|(one, _)| one == change);
    let reading = stage
        .and_then(|stage| stage.reading.as_ref())
        .or(asked.and_then(|(_, reading)| reading.as_ref()))?;
    Some(reading.harms.clone())
}
