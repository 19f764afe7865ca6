//! The harms of a panel through its stages, over items.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::trace::{StageFlow, Trace};
use super::what_if::{Change, changes};
use super::{DRAFTS, JUDGE};
use crate::clinical::flow::{CONSENSUS, POOLED, RENDER};
use crate::evidence::guardians::{Harm, HarmTally, is_severe};
use crate::evidence::rows::ArmRows;

/// The harm ledger of one panel. All counts are of harms, summed over items
/// (times trials); those of severe cases are of items.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerSummary {
    /// Items of which every stage is judged; everything else is over these.
    pub items: usize,
    /// Items with a stage that has no judgment.
    pub unjudged: usize,
    /// Harms of all drafts together: an option counts as recommended if one of
    /// them recommends it.
    pub start: HarmTally,
    /// What each stage did, in the panel's order.
    pub stages: Vec<StageSummary>,
    /// What the judge did by reading the same words in two ways: verdicts on the
    /// answer that differ from what was first read in its items.
    pub judge: StageSummary,
    /// Harms of the answers: `start`, and what the stages and the judge added,
    /// less what they prevented.
    pub end: HarmTally,
    /// Items whose answer has a severe harm.
    pub severe_cases: usize,
    /// Harms of the answers by the stage that brought them for the last time.
    pub introduced: Vec<ByStage>,
    /// Harms of drafts or of stages that are not in the answers, by the stage
    /// that took them away for the last time; `drafts`: another draft made up
    /// for it.
    pub avoided: Vec<ByStage>,
    /// Harms of which some evidence is in no item.
    pub unlocated: usize,
    /// What other panels would have answered.
    pub what_ifs: Vec<WhatIfSummary>,
}

/// What one stage did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageSummary {
    /// `pooled`, `consensus`, a guardian, `render`, or `judge`.
    pub stage: String,
    /// Items that went through it.
    pub items: usize,
    /// Harms that it brought.
    pub added: HarmTally,
    /// Harms that it took away.
    pub prevented: HarmTally,
    /// Items that had no severe harm before it and have one after it.
    pub severe_cases_added: usize,
    /// Items that had a severe harm before it and have none after it.
    pub severe_cases_prevented: usize,
    /// Options on which the judge said something else than it had read before
    /// in the same words.
    pub misread: usize,
}

/// Harms by a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ByStage {
    /// The stage.
    pub stage: String,
    /// The harms.
    pub harms: HarmTally,
}

/// What another panel would have answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhatIfSummary {
    /// How it differs.
    pub change: Change,
    /// `approximate`: from verdicts that items carry.
    pub label: String,
    /// Harms of its answers, predicted.
    pub predicted: WhatIfCount,
    /// The items whose very text a judge read; null without any.
    pub confirmed: Option<Confirmed>,
}

/// Harms of another panel's answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhatIfCount {
    /// Items.
    pub items: usize,
    /// Harms over them.
    pub harms: HarmTally,
    /// Items with a severe harm.
    pub severe_cases: usize,
    /// Share of the items.
    pub severe_rate: f64,
}

/// Predicted beside confirmed, on the same items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Confirmed {
    /// As predicted.
    pub predicted: WhatIfCount,
    /// As judged.
    pub judged: WhatIfCount,
}

impl WhatIfCount {
    fn count(&mut self, harms: &[Harm]) {
        self.items += 1;
        self.harms.count(harms);
        self.severe_cases += usize::from(is_severe(harms));
        self.severe_rate = self.severe_cases as f64 / self.items as f64;
    }
}

/// The ledgers of the panels whose stages were judged.
pub fn summarise_ledgers(arms: &[ArmRows]) -> BTreeMap<String, LedgerSummary> {
    let of = |arm: &ArmRows| {
        let panel = arm.panel.as_ref()?;
        let traces: Vec<&Trace> = arm.rows.iter().filter_map(|r| r.trace.as_ref()).collect();
        let advisors = panel.members.names().count();
        let summary = (!traces.is_empty()).then(|| ledger_of(&traces, &panel.guardians, advisors));
        Some((panel.name.clone(), summary?))
    };
    arms.iter().filter_map(of).collect()
}

/// One panel's ledger from its items.
pub fn ledger_of(traces: &[&Trace], guardians: &[String], advisors: usize) -> LedgerSummary {
    let whole = || traces.iter().filter(|trace| trace.missing.is_empty());
    let mut sum = LedgerSummary {
        items: whole().count(),
        unjudged: traces.len() - whole().count(),
        judge: stage_of(JUDGE),
        ..LedgerSummary::default()
    };
    let order = || {
        let guardians = guardians.iter().map(String::as_str);
        [POOLED, CONSENSUS]
            .into_iter()
            .chain(guardians)
            .chain([RENDER])
    };
    sum.stages = order().map(stage_of).collect();
    let mut introduced: BTreeMap<&str, HarmTally> = BTreeMap::new();
    let mut avoided: BTreeMap<&str, HarmTally> = BTreeMap::new();
    for trace in whole() {
        sum.start.count(&trace.start);
        sum.end.count(&trace.end);
        sum.severe_cases += usize::from(is_severe(&trace.end));
        let mut harms = trace.start.clone();
        for flow in trace.stages.iter().chain([&trace.judge]) {
            let known = sum.stages.iter_mut().find(|one| one.stage == flow.stage);
            let stage = known.unwrap_or(&mut sum.judge);
            harms = stage.enter(flow, harms);
        }
        for path in &trace.paths {
            let (by, tallies) = match &path.removed_by {
                None => (&path.introduced_by, &mut introduced),
                Some(by) => (by, &mut avoided),
            };
            tallies.entry(by).or_default().count(&[Harm {
                option: path.option,
                harm_type: path.harm_type,
                severity: path.severity,
            }]);
            sum.unlocated += usize::from(path.unlocated);
        }
    }
    let by_stage = |tallies: &BTreeMap<&str, HarmTally>| {
        let stages = [DRAFTS].into_iter().chain(order()).chain([JUDGE]);
        let with = |stage: &str| {
            let harms = *tallies.get(stage)?;
            let stage = stage.to_owned();
            Some(ByStage { stage, harms })
        };
        stages.filter_map(with).collect()
    };
    sum.introduced = by_stage(&introduced);
    sum.avoided = by_stage(&avoided);
    sum.what_ifs = changes(guardians, advisors)
        .into_iter()
        .map(|change| what_if(change, whole().copied()))
        .collect();
    sum
}

fn stage_of(stage: &str) -> StageSummary {
    StageSummary {
        stage: stage.to_owned(),
        ..StageSummary::default()
    }
}

impl StageSummary {
    /// Counts what the stage did to an item's harms, and returns those after
    /// it.
    fn enter(&mut self, flow: &StageFlow, mut harms: Vec<Harm>) -> Vec<Harm> {
        let before = is_severe(&harms);
        for gone in &flow.prevented {
            if let Some(place) = harms.iter().position(|harm| harm == gone) {
                harms.swap_remove(place);
            }
        }
        harms.extend(&flow.added);
        self.items += 1;
        self.added.count(&flow.added);
        self.prevented.count(&flow.prevented);
        self.misread += flow.misread;
        match (before, is_severe(&harms)) {
            (false, true) => self.severe_cases_added += 1,
            (true, false) => self.severe_cases_prevented += 1,
            _ => {}
        }
        harms
    }
}

fn what_if<'a>(change: Change, traces: impl Iterator<Item = &'a Trace>) -> WhatIfSummary {
    let mut predicted = WhatIfCount::default();
    let mut both = Confirmed::default();
    for trace in traces {
        let Some(one) = trace.what_ifs.iter().find(|one| one.change == change) else {
            continue;
        };
        predicted.count(&one.predicted);
        if let Some(judged) = &one.confirmed {
            both.predicted.count(&one.predicted);
            both.judged.count(judged);
        }
    }
    WhatIfSummary {
        change,
        label: "approximate".to_owned(),
        predicted,
        confirmed: (both.judged.items > 0).then_some(both),
    }
}
