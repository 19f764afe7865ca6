//! What each guardian's edits did to the score: the harms of the plan before
//! and after it, held against each other. A critic can wreck a plan (design
//! rule 4), so a guardian that adds harm must be seen at once.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rows::ArmRows;
use crate::clinical::{HarmType, Severity};
use crate::score::JudgedRecord;

/// One harm of a judged text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Harm {
    /// The option of the rubric; `None`: an action off the rubric.
    pub option: Option<i64>,
    /// Left out, or done.
    pub harm_type: HarmType,
    /// Severe, moderate or mild.
    pub severity: Severity,
}

/// The harms of a judged record, sorted. What is uncertain harms nobody.
pub fn harms_of(record: &JudgedRecord) -> Vec<Harm> {
    let by_rubric = record.harm.iter().map(|harm| Harm {
        option: Some(harm.id),
        harm_type: harm.harm_type,
        severity: harm.harm_severity,
    });
    let beside_it = record.nonrubric_harms.iter().map(|harm| Harm {
        option: None,
        harm_type: HarmType::Commission,
        severity: harm.severity,
    });
    let mut harms: Vec<Harm> = by_rubric
        .chain(beside_it)
        .filter(|harm| harm.severity != Severity::Uncertain)
        .collect();
    harms.sort_unstable();
    harms
}

/// The plan after one stage, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedStep {
    /// `consensus`, or the guardian's name.
    pub after: String,
    /// Of a guardian: edits carried out.
    pub applied: usize,
    /// Of a guardian: edits refused.
    pub refused: usize,
    /// The harms of the plan as it stood then; `None`: there is no judgment.
    pub harms: Option<Vec<Harm>>,
}

/// What one guardian's edits did, counted over items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GuardianSummary {
    /// Its name.
    pub name: String,
    /// Items (times trials) whose plan was judged before and after it. All other
    /// counts are over these.
    pub items: usize,
    /// Items that it saw and whose plan lacks a judgment before or after it.
    pub unjudged: usize,
    /// Edits that were carried out.
    pub applied: usize,
    /// Edits that a rule refused.
    pub refused: usize,
    /// Harms that the plan has after it and had not before.
    pub added: HarmTally,
    /// Harms that the plan had before it and has no more.
    pub prevented: HarmTally,
    /// Items with a severe harm after it and none before.
    pub severe_cases_added: usize,
    /// Items with a severe harm before it and none after.
    pub severe_cases_prevented: usize,
}

impl GuardianSummary {
    /// Does it bring severe harm to more items than it frees of it?
    pub fn is_harmful(&self) -> bool {
        self.severe_cases_added > self.severe_cases_prevented
    }

    /// Are nearly all of its edits refused? Then it costs calls and does no
    /// good, or means none.
    pub fn is_mostly_refused(&self) -> bool {
        const FEWEST: usize = 10;
        let proposed = self.applied + self.refused;
        proposed >= FEWEST && 5 * self.refused >= 4 * proposed
    }
}

/// Counts of harms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HarmTally {
    /// Left out.
    pub omission: Counts,
    /// Done, off the rubric too.
    pub commission: Counts,
}

/// Counts by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Severe.
    pub severe: usize,
    /// Moderate.
    pub moderate: usize,
    /// Mild.
    pub mild: usize,
}

impl HarmTally {
    /// Counts harms in; what is uncertain harms nobody.
    pub fn count(&mut self, harms: &[Harm]) {
        for harm in harms {
            let side = match harm.harm_type {
                HarmType::Omission => &mut self.omission,
                HarmType::Commission => &mut self.commission,
            };
            match harm.severity {
                Severity::Severe => side.severe += 1,
                Severity::Moderate => side.moderate += 1,
                Severity::Mild => side.mild += 1,
                Severity::Uncertain => {}
            }
        }
    }
}

/// What the guardians of each panel did, by panel, in the panel's order.
/// Guardians without any step are left out.
pub fn summarise_guardians(arms: &[ArmRows]) -> BTreeMap<String, Vec<GuardianSummary>> {
    let mut panels = BTreeMap::new();
    for arm in arms {
        let Some(panel) = &arm.panel else { continue };
        let guardians: Vec<GuardianSummary> = panel
            .guardians
            .iter()
            .map(|name| guardian(name, arm))
            .filter(|guardian| guardian.items + guardian.unjudged > 0)
            .collect();
        if !guardians.is_empty() {
            panels.insert(panel.name.clone(), guardians);
        }
    }
    panels
}

fn guardian(name: &str, arm: &ArmRows) -> GuardianSummary {
    let mut sum = GuardianSummary {
        name: name.to_owned(),
        ..GuardianSummary::default()
    };
    let pairs = arm.rows.iter().flat_map(|row| row.steps.windows(2));
    for pair in pairs {
        let [before, after] = pair else { continue };
        if after.after != name {
            continue;
        }
        let (Some(harms), Some(had)) = (&after.harms, &before.harms) else {
            sum.unjudged += 1;
            continue;
        };
        sum.items += 1;
        sum.applied += after.applied;
        sum.refused += after.refused;
        sum.added.count(&beyond(harms, had));
        sum.prevented.count(&beyond(had, harms));
        match (is_severe(had), is_severe(harms)) {
            (false, true) => sum.severe_cases_added += 1,
            (true, false) => sum.severe_cases_prevented += 1,
            _ => {}
        }
    }
    sum
}

/// The harms of `these` that `others` lack. Harms off the rubric have no name,
/// so they are told apart by severity and number.
pub(super) fn beyond(these: &[Harm], others: &[Harm]) -> Vec<Harm> {
    let mut left: Vec<Harm> = others.to_vec();
    let mut beyond = Vec::new();
    for harm in these {
        match left.iter().position(|other| other == harm) {
            Some(at) => {
                left.swap_remove(at);
            }
            None => beyond.push(*harm),
        }
    }
    beyond
}

pub(super) fn is_severe(harms: &[Harm]) -> bool {
    harms.iter().any(|harm| harm.severity == Severity::Severe)
}

/// What a reader must know of the guardians.
pub fn guardian_warnings(panels: &BTreeMap<String, Vec<GuardianSummary>>) -> Vec<String> {
    let mut warnings = Vec::new();
    for (panel, guardians) in panels {
        for guardian in guardians {
            let name = &guardian.name;
            if guardian.is_harmful() {
                warnings.push(format!(
                    "HARMFUL GUARDIAN: {name} of panel {panel} added severe harm to {} of {} items and \
                     removed it from {}: set [edits] checkers, give it another model, or take it \
                     out",
                    guardian.severe_cases_added, guardian.items, guardian.severe_cases_prevented
                ));
            }
            if guardian.is_mostly_refused() {
                warnings.push(format!(
                    "REFUSED GUARDIAN: {name} of panel {panel} proposed {} edit(s), and rules or \
                     other agents refused {} of them: read why with `primum explain`, and give it \
                     another model or prompt, or take it out",
                    guardian.applied + guardian.refused,
                    guardian.refused
                ));
            }
            if guardian.unjudged > 0 {
                warnings.push(format!(
                    "guardian {name} of panel {panel}: of {} item(s) the plan before or after it has \
                     no judgment; they are not counted",
                    guardian.unjudged
                ));
            }
        }
    }
    warnings
}
