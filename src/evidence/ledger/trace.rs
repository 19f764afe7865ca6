//! Which stage added a harm, and which prevented one.

use serde::{Deserialize, Serialize};

use crate::clinical::{HarmType, PlanStage, Severity};
use crate::evidence::guardians::{Harm, beyond};
use crate::score::PreparedRubric;

use super::carried::{Carried, unlike};
use super::reading::{Reading, Verdicts};
use super::what_if::{self, Backing, Change, WhatIf};
use super::{DRAFTS, JUDGE};

/// One consult with all that was read of it.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// The drafts, each named by its advisor.
    pub drafts: Vec<ReadStage>,
    /// `pooled`, `consensus`, the guardians, and last the answer itself.
    pub stages: Vec<ReadStage>,
    /// Who wanted the candidates.
    pub backing: Vec<Backing>,
    /// Other plans that the judge was asked about.
    pub confirmed: Vec<(Change, Option<Reading>)>,
}

/// A stage and what the judge read in it.
#[derive(Clone, Debug, Default)]
pub struct ReadStage {
    /// What stood there.
    pub plan: PlanStage,
    /// What was read; `None`: there is no judgment.
    pub reading: Option<Reading>,
}

/// The harms of one consult through its stages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Stages without a judgment. Where there are any, nothing else is said.
    pub missing: Vec<String>,
    /// Advisors whose drafts there are.
    pub drafts: Vec<String>,
    /// Harms of all drafts together: an option is recommended if one of them
    /// recommends it.
    pub start: Vec<Harm>,
    /// What each stage did, in order.
    pub stages: Vec<StageFlow>,
    /// What the judge did by reading the same words in two ways.
    pub judge: StageFlow,
    /// Harms of the answer, as judged.
    pub end: Vec<Harm>,
    /// The life of each harm that is in the answer, or was in a draft or a
    /// stage.
    pub paths: Vec<HarmPath>,
    /// What other panels would have answered.
    pub what_ifs: Vec<WhatIf>,
}

/// What one stage did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageFlow {
    /// Which.
    pub stage: String,
    /// Harms that it brought.
    pub added: Vec<Harm>,
    /// Harms that it took away.
    pub prevented: Vec<Harm>,
    /// Options on which the judge's verdict on the stage's text differs from
    /// what was read before in the same words.
    pub misread: usize,
}

/// The life of one harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HarmPath {
    /// The option; `None`: an action off the rubric.
    pub option: Option<i64>,
    /// Left out, or done.
    pub harm_type: HarmType,
    /// How much it harms.
    pub severity: Severity,
    /// Advisors whose own drafts have the harm.
    pub drafts: Vec<String>,
    /// The stage that brought it, for the last time: `drafts`, a stage, or
    /// `judge`.
    pub introduced_by: String,
    /// The stages that left it as it was since then.
    pub kept_by: Vec<String>,
    /// The stage that took it away; `None`: it is in the answer. `drafts`: other
    /// drafts made up for it.
    pub removed_by: Option<String>,
    /// Is the evidence of a verdict on the option in no item, so that a change
    /// of the verdict is put down to the stage unseen?
    pub unlocated: bool,
}

/// Follows the harms of one consult. `guardians`, `advisors`: of the panel, for
/// what other panels would have done.
pub fn trace(rubric: &PreparedRubric, flow: &Flow, guardians: &[String], advisors: usize) -> Trace {
    let nothing = Reading::nothing(rubric);
    let missing = missing(flow);
    let drafts: Vec<String> = names(&flow.drafts).collect();
    if !missing.is_empty() || flow.stages.is_empty() {
        return Trace {
            missing,
            drafts,
            ..Trace::default()
        };
    }
    let mut carried = Carried::new(rubric);
    let mut learn = |stages: &[ReadStage]| -> Vec<Verdicts> {
        let learnt = stages
            .iter()
            .map(|stage| carried.learn(&stage.plan, stage.reading(&nothing)));
        learnt.collect()
    };
    let loose_drafts = learn(&flow.drafts);
    let loose = learn(&flow.stages);
    let course = Course::new(flow, &carried, (&loose_drafts, &loose), &nothing);
    let what_ifs = what_if::all(flow, &carried, &loose, &nothing, (guardians, advisors));
    Trace {
        missing,
        drafts,
        start: course.start.clone(),
        stages: course.stages(),
        judge: course.judge(),
        end: course.end.clone(),
        paths: course.paths(),
        what_ifs,
    }
}

fn names(stages: &[ReadStage]) -> impl Iterator<Item = String> + '_ {
    stages.iter().map(|stage| stage.plan.stage.clone())
}

fn missing(flow: &Flow) -> Vec<String> {
    let all = flow.drafts.iter().chain(&flow.stages);
    all.filter(|stage| stage.reading.is_none() && !stage.plan.text().is_blank())
        .map(|stage| stage.plan.stage.clone())
        .collect()
}

impl ReadStage {
    /// What was read; a blank text recommends nothing.
    pub(super) fn reading<'a>(&'a self, nothing: &'a Reading) -> &'a Reading {
        self.reading.as_ref().unwrap_or(nothing)
    }
}

/// Harms by what the items carry, stage by stage.
struct Course<'a> {
    /// Each draft's own, with its advisor.
    drafts: Vec<(String, Vec<Harm>)>,
    start: Vec<Harm>,
    stages: Vec<Station<'a>>,
    end: Vec<Harm>,
    /// Options of which some evidence is in no item.
    unlocated: Verdicts,
}

struct Station<'a> {
    stage: &'a str,
    harms: Vec<Harm>,
    misread: usize,
}

impl<'a> Course<'a> {
    fn new(
        flow: &'a Flow,
        carried: &Carried<'_>,
        (loose_drafts, loose): (&[Verdicts], &[Verdicts]),
        nothing: &Reading,
    ) -> Self {
        let harms = |stages: &[&PlanStage], loose: &Verdicts, read: &[&Reading]| {
            let mut harms = carried.harms(&carried.verdicts(stages, loose));
            // What is off the rubric has no option that could be followed: it
            // is the text's.
            let all = read.iter().flat_map(|reading| &reading.harms);
            harms.extend(all.filter(|harm| harm.option.is_none()));
            harms.sort_unstable();
            harms
        };
        let plans: Vec<&PlanStage> = flow.drafts.iter().map(|draft| &draft.plan).collect();
        let read: Vec<&Reading> = flow.drafts.iter().map(|d| d.reading(nothing)).collect();
        let drafts = flow.drafts.iter().zip(loose_drafts).map(|(draft, loose)| {
            let own = harms(&[&draft.plan], loose, &[draft.reading(nothing)]);
            (draft.plan.stage.clone(), own)
        });
        let stages = flow.stages.iter().zip(loose).map(|(stage, loose)| Station {
            stage: &stage.plan.stage,
            harms: harms(&[&stage.plan], loose, &[stage.reading(nothing)]),
            misread: unlike(
                &carried.verdicts(&[&stage.plan], loose),
                stage.reading(nothing),
            ),
        });
        let last = flow.stages.last();
        Self {
            drafts: drafts.collect(),
            start: harms(&plans, &merged(loose_drafts), &read),
            stages: stages.collect(),
            end: last.map_or_else(Vec::new, |last| last.reading(nothing).harms.clone()),
            unlocated: merged(&[merged(loose_drafts), merged(loose)]),
        }
    }

    fn stages(&self) -> Vec<StageFlow> {
        let mut before = &self.start;
        let flows = self.stages.iter().map(|station| {
            let flow = StageFlow {
                stage: station.stage.to_owned(),
                added: beyond(&station.harms, before),
                prevented: beyond(before, &station.harms),
                misread: station.misread,
            };
            before = &station.harms;
            flow
        });
        flows.collect()
    }

    /// The last stage by its items, beside the answer as judged.
    fn judge(&self) -> StageFlow {
        let carried = self.stages.last().map_or(&self.start, |last| &last.harms);
        StageFlow {
            stage: JUDGE.to_owned(),
            added: beyond(&self.end, carried),
            prevented: beyond(carried, &self.end),
            misread: self.stages.iter().map(|station| station.misread).sum(),
        }
    }

    /// Every harm that is anywhere, once.
    fn paths(&self) -> Vec<HarmPath> {
        let of_stages = self.stages.iter().flat_map(|station| &station.harms);
        let of_drafts = self.drafts.iter().flat_map(|(_, harms)| harms);
        let mut all: Vec<Harm> = of_stages
            .chain(of_drafts)
            .chain(&self.start)
            .chain(&self.end)
            .copied()
            .collect();
        all.sort_by_key(|harm| (harm.severity, harm.harm_type, harm.option));
        all.dedup();
        all.into_iter().map(|harm| self.path(harm)).collect()
    }

    fn path(&self, harm: Harm) -> HarmPath {
        let stations = self.stages.iter().map(|s| (s.stage, &s.harms));
        let mut introduced = DRAFTS;
        let mut kept: Vec<String> = Vec::new();
        let mut removed: Option<&str> = None;
        let mut there = self.start.contains(&harm);
        if !there {
            // Some draft has it, and another one makes up for it.
            removed = Some(DRAFTS);
        }
        for (stage, harms) in stations.chain([(JUDGE, &self.end)]) {
            let now = harms.contains(&harm);
            match (there, now) {
                (false, true) => {
                    introduced = stage;
                    kept.clear();
                    removed = None;
                }
                (true, false) => removed = Some(stage),
                (true, true) if stage != JUDGE => kept.push(stage.to_owned()),
                _ => {}
            }
            there = now;
        }
        let own = |(_, harms): &&(String, Vec<Harm>)| harms.contains(&harm);
        HarmPath {
            option: harm.option,
            harm_type: harm.harm_type,
            severity: harm.severity,
            drafts: self
                .drafts
                .iter()
                .filter(own)
                .map(|(name, _)| name.clone())
                .collect(),
            introduced_by: introduced.to_owned(),
            kept_by: kept,
            removed_by: removed.map(str::to_owned),
            unlocated: harm
                .option
                .is_some_and(|id| self.unlocated.contains_key(&id)),
        }
    }
}

/// What any of them recommends; in full if one does.
fn merged(all: &[Verdicts]) -> Verdicts {
    let mut merged = Verdicts::new();
    for (&id, &partial) in all.iter().flatten() {
        let entry = merged.entry(id).or_insert(partial);
        *entry = *entry && partial;
    }
    merged
}
