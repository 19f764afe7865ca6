//! From judged answers to their summary and score files. Pure: same verdicts,
//! same bytes.

use std::collections::{BTreeMap, BTreeSet};

use crate::clinical::id::base_and_variant;
use crate::score::{CaseGroups, Profile, Row, RowMetric, mean, row};
use crate::stats::spread::spread;

use super::judges::Judges;
use super::parallel::parallel_map;
use super::score_agreement::agreement;
use super::score_summary::{
    ArmScores, Bounds, FORMAT, JudgeScores, JudgeSpread, ScoreSummary, Scores,
};
use super::score_warnings::{profiles_differ, warnings};
use super::scored::{ScoreInput, ScoredAnswers, ScoredRecord};
use super::summarise::{COMPARED, harms_per_item, metric_name, record_of, sensitivity};
use super::summary::{Estimate, UnscoredItem};
use crate::evidence::rows::{ArmRows, ItemRow, Scored};

/// The summary, and the rows of the score files.
#[derive(Debug)]
pub struct ScoreReport {
    /// `summary.json`.
    pub summary: ScoreSummary,
    /// One for every score file.
    pub tables: Vec<ScoreTable>,
}

/// One score file.
#[derive(Debug)]
pub struct ScoreTable {
    /// Arm.
    pub arm: String,
    /// Profile.
    pub profile: String,
    /// `None`: pooled.
    pub judge: Option<String>,
    /// Its rows, unrounded.
    pub rows: Vec<Row>,
}

/// What one table is made from.
struct Unit {
    arm: usize,
    profile: usize,
    judge: Option<String>,
    rows: ArmRows,
}

/// The report on judged answers.
pub fn summarise_scores(input: ScoreInput<'_>) -> ScoreReport {
    let judges: Vec<Judges> = input
        .arms
        .iter()
        .map(|arm| Judges::of(arm, input.mix_judges))
        .collect();
    let mut units = Vec::new();
    for (index, (arm, judges)) in input.arms.iter().zip(&judges).enumerate() {
        for profile in 0..input.profiles.len() {
            units.extend(units_of(index, arm, judges, profile, input.mix_judges));
        }
    }
    let tables = tables(&input.profiles, &units);
    let mut arms: BTreeMap<String, ArmScores> = input
        .arms
        .iter()
        .zip(&judges)
        .map(|(arm, judges)| (arm.name.clone(), outline(&input, arm, judges)))
        .collect();
    for (unit, rows) in units.iter().zip(&tables) {
        let name = &input.arms[unit.arm].name;
        if let Some(arm) = arms.get_mut(name) {
            let profile = input.profiles[unit.profile].name().to_owned();
            put(arm, unit, profile, scores(&unit.rows, rows));
        }
    }
    let tables = units
        .into_iter()
        .zip(tables)
        .map(|(unit, rows)| ScoreTable {
            arm: input.arms[unit.arm].name.clone(),
            profile: input.profiles[unit.profile].name().to_owned(),
            judge: unit.judge,
            rows,
        })
        .collect();
    let agreement = agreement(&input.arms, &judges, input.rubrics);
    let partial = input.stopped
        || !input.faults.is_empty()
        || arms
            .values()
            .any(|arm| arm.unscored > 0 || arm.scored == 0 || arm.not_averaged.is_some());
    let mut summary = ScoreSummary {
        format: FORMAT.to_owned(),
        simulated: input.simulated,
        partial,
        profiles_differ: profiles_differ(&input.profiles),
        profiles: input
            .profiles
            .iter()
            .map(|profile| profile.name().to_owned())
            .collect(),
        k: input.k,
        judge_trials: input.judge_trials,
        case_set: input.case_set,
        judges: input.judges,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        arms,
        agreement,
        faults: input.faults,
        warnings: Vec::new(),
    };
    summary.warnings = warnings(&summary, input.warnings, input.stopped);
    ScoreReport { summary, tables }
}

/// The pooled table of an arm, and with several judges one for each.
fn units_of(
    arm_index: usize,
    arm: &ScoredAnswers,
    judges: &Judges,
    profile: usize,
    mix: bool,
) -> Vec<Unit> {
    let unit = |judge: Option<String>, rows| Unit {
        arm: arm_index,
        profile,
        judge,
        rows: ArmRows {
            name: arm.name.clone(),
            lead: None,
            panel: None,
            rows,
        },
    };
    let mut units = Vec::new();
    if judges.refusal.is_none() {
        let common = judges.common(arm);
        let all = mix || judges.labels.len() < 2;
        let taken = |record: &ScoredRecord, _: usize| {
            all || common.contains(&(record.item.as_str(), record.trial))
        };
        // An unscored answer weighs as much as one that all judges judged.
        let weight = judges.labels.len().max(1);
        units.push(unit(None, rows(arm, judges, profile, taken, weight)));
    }
    if judges.labels.len() > 1 {
        for (index, label) in judges.labels.iter().enumerate() {
            let taken = |_: &ScoredRecord, of: usize| of == index;
            units.push(unit(
                Some(label.clone()),
                rows(arm, judges, profile, taken, 1),
            ));
        }
    }
    units
}

/// The rows of the records that are taken, in their order, and then those of
/// the answers that are left without a score.
fn rows(
    arm: &ScoredAnswers,
    judges: &Judges,
    profile: usize,
    taken: impl Fn(&ScoredRecord, usize) -> bool,
    weight: usize,
) -> Vec<ItemRow> {
    let mut rows = Vec::new();
    let mut seen: BTreeSet<(&str, u64)> = BTreeSet::new();
    for (record, label) in arm.records.iter().zip(&judges.of_record) {
        if record.judge_trial != 1 || !taken(record, *label) {
            continue;
        }
        seen.insert((&record.item, record.trial));
        let mut row = empty_row(&record.item, record.trial);
        row.scored = record.scores.get(profile).map(|scores| Scored {
            record: scores.clone(),
            harms: record.harms,
        });
        rows.push(row);
    }
    for (item, trial) in known(arm) {
        if !seen.contains(&(item, trial)) {
            rows.extend((0..weight).map(|_| empty_row(item, trial)));
        }
    }
    rows
}

/// Every item and trial that is expected or there, in order: the expected ones
/// first.
fn known(arm: &ScoredAnswers) -> Vec<(&str, u64)> {
    let mut seen = BTreeSet::new();
    let expected = arm.expected.iter().map(|(item, trial)| (item, *trial));
    let found = arm.records.iter().map(|r| (&r.item, r.trial));
    expected
        .chain(found)
        .map(|(item, trial)| (item.as_str(), trial))
        .filter(|key| seen.insert(*key))
        .collect()
}

fn empty_row(item: &str, trial: u64) -> ItemRow {
    let trial = u32::try_from(trial).unwrap_or(u32::MAX);
    ItemRow::new(item, base_and_variant(item).0, trial)
}

/// The rows of all score files. Every metric of every unit is a piece of work
/// of its own, so that one arm keeps all cores busy as well as thirty do.
fn tables(profiles: &[Profile], units: &[Unit]) -> Vec<Vec<Row>> {
    let groups: Vec<CaseGroups<'_>> = units
        .iter()
        .map(|unit| CaseGroups::new(unit.rows.rows.iter().filter_map(record_of)))
        .collect();
    let metrics = RowMetric::ALL;
    let mut all = parallel_map(units.len() * metrics.len(), |work| {
        let unit = work / metrics.len();
        let profile = &profiles[units[unit].profile];
        row(profile, &groups[unit], metrics[work % metrics.len()])
    })
    .into_iter();
    units
        .iter()
        .map(|_| all.by_ref().take(metrics.len()).flatten().collect())
        .collect()
}

fn scores(arm: &ArmRows, rows: &[Row]) -> Scores {
    let scored = arm.rows.iter().filter(|row| row.scored.is_some()).count();
    let bounds = if scored == arm.rows.len() {
        BTreeMap::new()
    } else {
        COMPARED
            .into_iter()
            .map(|(metric, more_is_worse)| {
                let found = sensitivity(arm, None, metric, more_is_worse);
                let bounds = Bounds {
                    complete_cases: found.complete_cases,
                    worst: found.worst,
                    best: found.best,
                };
                (metric_name(metric), bounds)
            })
            .collect()
    };
    Scores {
        metrics: rows
            .iter()
            .map(|row| (row.metric.name().to_owned(), Estimate::of(row)))
            .collect(),
        harms: harms_per_item(arm, scored),
        bounds,
    }
}

fn put(arm: &mut ArmScores, unit: &Unit, profile: String, scores: Scores) {
    match &unit.judge {
        None => {
            arm.scores.insert(profile, scores);
        }
        Some(judge) => {
            let scored = unit.rows.rows.iter().filter(|r| r.scored.is_some()).count();
            let of_judge = arm
                .by_judge
                .entry(judge.clone())
                .or_insert_with(|| JudgeScores {
                    scored,
                    unscored: unit.rows.rows.len() - scored,
                    scores: BTreeMap::new(),
                });
            of_judge.scores.insert(profile, scores);
        }
    }
}

/// An arm without its scores.
fn outline(input: &ScoreInput<'_>, arm: &ScoredAnswers, judges: &Judges) -> ArmScores {
    let all = known(arm);
    let any: BTreeSet<(&str, u64)> = arm
        .records
        .iter()
        .map(|record| (record.item.as_str(), record.trial))
        .collect();
    let scored = if input.mix_judges || judges.labels.len() < 2 || judges.refusal.is_some() {
        any.clone()
    } else {
        judges.common(arm)
    };
    let missing: Vec<UnscoredItem> = all
        .iter()
        .filter(|key| !scored.contains(*key))
        .map(|(item, trial)| UnscoredItem {
            item: (*item).to_owned(),
            trial: u32::try_from(*trial).unwrap_or(u32::MAX),
            why: why(arm, item, *trial, any.contains(&(*item, *trial))),
        })
        .collect();
    ArmScores {
        items: all.len(),
        scored: all.len() - missing.len(),
        unscored: missing.len(),
        empty: arm.empty.len(),
        unscored_items: missing,
        judges: judges.labels.clone(),
        not_averaged: judges.refusal.clone(),
        scores: BTreeMap::new(),
        by_judge: BTreeMap::new(),
        judge_spread: judge_spread(input, arm, judges),
    }
}

/// Why an answer is in no pooled score.
fn why(arm: &ScoredAnswers, item: &str, trial: u64, by_some: bool) -> String {
    let known = arm.why.get(&(item.to_owned(), trial));
    match (known, by_some) {
        (_, true) => "not judged by all judges".to_owned(),
        (Some(why), false) => why.clone(),
        (None, false) => "there is no judged record".to_owned(),
    }
}

/// How far every metric moves when the same judge judges the same answers
/// again.
fn judge_spread(
    input: &ScoreInput<'_>,
    arm: &ScoredAnswers,
    judges: &Judges,
) -> BTreeMap<String, BTreeMap<String, BTreeMap<String, JudgeSpread>>> {
    if input.judge_trials < 2 {
        return BTreeMap::new();
    }
    let of = |label: usize, profile: usize, metric: RowMetric| -> Vec<f64> {
        (1..=input.judge_trials)
            .filter_map(|judge_trial| {
                let records = arm
                    .records
                    .iter()
                    .zip(&judges.of_record)
                    .filter(|(record, of)| record.judge_trial == judge_trial && **of == label)
                    .filter_map(|(record, _)| record.scores.get(profile));
                let groups = CaseGroups::new(records);
                if metric == RowMetric::Floor && !groups.has_floor() {
                    return None;
                }
                let values: Vec<f64> = groups.values(metric).iter().map(|(_, v)| *v).collect();
                (!values.is_empty()).then(|| mean(&values))
            })
            .collect()
    };
    let by_metric = |label: usize, profile: usize| {
        RowMetric::ALL
            .into_iter()
            .filter_map(|metric| {
                let found = spread(&of(label, profile, metric))?;
                let spread = JudgeSpread {
                    n: found.n,
                    mean: found.mean,
                    sd: found.sd,
                    min: found.min,
                    max: found.max,
                };
                Some((metric.name().to_owned(), spread))
            })
            .collect()
    };
    judges
        .labels
        .iter()
        .enumerate()
        .map(|(label, name)| {
            let by_profile = input
                .profiles
                .iter()
                .enumerate()
                .map(|(profile, known)| (known.name().to_owned(), by_metric(label, profile)))
                .collect();
            (name.clone(), by_profile)
        })
        .collect()
}
