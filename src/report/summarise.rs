//! From scored items to the summary. Pure: same rows, same bytes.

use crate::clinical::Simulated;
use std::collections::{BTreeMap, HashMap};

use super::summary::{
    ArmSummary, BySeverity, CaseSetId, Estimate, FORMAT, Harms, JudgeId, PairSummary, Sensitivity,
    Summary, UnscoredItem, coverage,
};
use super::warnings::found_warnings;
use crate::evidence::compare::LEVEL;
use crate::evidence::ensembles::summarise_ensembles;
use crate::evidence::guardians::{guardian_warnings, summarise_guardians};
use crate::evidence::ledger::summarise_ledgers;
use crate::evidence::minority::summarise_minorities;
use crate::evidence::rows::{ArmRows, HarmCounts, ItemRow, OutcomeKind};
use crate::score::bootstrap;
use crate::score::{Average, Profile, RecordScores, Row, aggregate};
use crate::stats::paired::ItemValue;
use crate::stats::{Kind, mean_interval, paired_by_case, sign_flip};

/// Where the numbers come from (design rule 8).
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Provenance {
    /// Which parts are simulated.
    #[serde(flatten)]
    pub simulated: Simulated,
    /// What the panels warn of in their models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caveats: Vec<String>,
    /// Seed of the run.
    pub seed: u64,
    /// Repeats.
    pub trials: u32,
    /// Variants per case.
    pub k: u32,
    /// The cases.
    pub case_set: CaseSetId,
    /// Resolved panels by name, with their hashes.
    pub panels: BTreeMap<String, String>,
    /// One hash for all of them.
    pub panel_hash: String,
    /// Prompts by name, with their hashes.
    pub prompt_hashes: BTreeMap<String, String>,
    /// The judge; `None` where nothing is judged.
    pub judge: Option<JudgeId>,
    /// What a reader must know, found outside of the numbers.
    pub warnings: Vec<String>,
}

/// Metrics that sensitivity analyses and paired differences are made for, and
/// whether more is worse.
pub(super) const COMPARED: [(Average, bool); 2] =
    [(Average::F1Weighted, false), (Average::SevereRate, true)];

/// What depends on the clock: for `timings.json` and the terminal only.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Timing {
    /// Median seconds per item by arm, along the critical path, our own waits
    /// for rate limits left out.
    pub median_seconds: BTreeMap<String, Option<f64>>,
}

impl Timing {
    /// Medians of the arms.
    pub fn of(arms: &[ArmRows]) -> Self {
        Self {
            median_seconds: arms
                .iter()
                .map(|arm| {
                    let seconds = arm.rows.iter().filter_map(|row| row.seconds).collect();
                    (arm.name.clone(), median(seconds))
                })
                .collect(),
        }
    }
}

/// Rows of the benchmark's score file for one arm.
pub fn rows_of(profile: &Profile, arm: &ArmRows) -> Vec<Row> {
    aggregate(profile, arm.rows.iter().filter_map(record_of))
}

/// The summary of a run. `pairs` names the arms to compare, first minus second.
pub fn summarise(
    profile: &Profile,
    provenance: Provenance,
    arms: &[ArmRows],
    pairs: &[(String, String)],
) -> Summary {
    let by_name: HashMap<&str, &ArmRows> =
        arms.iter().map(|arm| (arm.name.as_str(), arm)).collect();
    let summaries: BTreeMap<String, ArmSummary> = arms
        .iter()
        .map(|arm| {
            let lead = arm.lead.as_deref().and_then(|name| by_name.get(name));
            (arm.name.clone(), arm_summary(profile, arm, lead.copied()))
        })
        .collect();
    let pairs = pairs
        .iter()
        .filter_map(|(a, b)| {
            let (a, b) = (by_name.get(a.as_str())?, by_name.get(b.as_str())?);
            Some(COMPARED.map(|(metric, _)| pair(profile, a, b, metric, provenance.seed)))
        })
        .flatten()
        .collect();
    let partial = arms
        .iter()
        .any(|arm| arm.rows.iter().any(|row| row.outcome.is_none()));
    let mut warnings = found_warnings(&summaries, partial, &metric_name(Average::SevereRate));
    warnings.extend(arms.iter().filter_map(left_out_by_judge));
    warnings.extend(arms.iter().filter_map(unproved_by_judge));
    let guardians = summarise_guardians(arms);
    // Nothing else is of such weight: it comes first.
    warnings.splice(0..0, guardian_warnings(&guardians));
    let name = profile.name();
    Summary {
        guardians,
        ledger: summarise_ledgers(arms),
        ensembles: summarise_ensembles(arms, &by_name),
        minority: summarise_minorities(arms, &by_name),
        ..summary_of(provenance, name, partial, summaries, pairs, warnings)
    }
}

/// A summary of the task `plan` from its parts; `warnings` come behind those
/// of the provenance.
pub(super) fn summary_of(
    provenance: Provenance,
    profile: &str,
    partial: bool,
    arms: BTreeMap<String, ArmSummary>,
    pairs: Vec<PairSummary>,
    warnings: Vec<String>,
) -> Summary {
    Summary {
        format: FORMAT.to_owned(),
        simulated: provenance.simulated,
        caveats: provenance.caveats,
        partial,
        task: "plan".to_owned(),
        profile: profile.to_owned(),
        seed: provenance.seed,
        trials: provenance.trials,
        k: provenance.k,
        case_set: provenance.case_set,
        panel_hash: provenance.panel_hash,
        panels: provenance.panels,
        prompt_hashes: provenance.prompt_hashes,
        judge: provenance.judge,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        arms,
        pairs,
        guardians: BTreeMap::new(),
        ledger: BTreeMap::new(),
        ensembles: BTreeMap::new(),
        minority: BTreeMap::new(),
        references: Vec::new(),
        warnings: [provenance.warnings, warnings].concat(),
    }
}

/// Options without a verdict: a judge that skipped some is named.
fn left_out_by_judge(arm: &ArmRows) -> Option<String> {
    let options: usize = arm.rows.iter().map(|row| row.judge_left_out).sum();
    (options > 0).then(|| {
        format!(
            "{}: the judge gave no verdict on {options} option(s) even when asked again; they \
             count as not partial",
            arm.name
        )
    })
}

/// Verdicts whose evidence does not stand in the answer.
fn unproved_by_judge(arm: &ArmRows) -> Option<String> {
    let options: usize = arm.rows.iter().map(|row| row.judge_unproved).sum();
    (options > 0).then(|| {
        format!(
            "{}: the judge called {options} option(s) recommended and quoted words that the answer \
             does not have, even when asked again; they count as not recommended, and the worst \
             and best case show what they would change",
            arm.name
        )
    })
}

pub(super) fn record_of(row: &ItemRow) -> Option<&RecordScores> {
    row.scored.as_ref().map(|scored| &scored.record)
}

fn arm_summary(profile: &Profile, arm: &ArmRows, lead: Option<&ArmRows>) -> ArmSummary {
    let count = |kind| {
        arm.rows
            .iter()
            .filter(|row| row.outcome == Some(kind))
            .count()
    };
    let scored = arm.rows.iter().filter(|row| row.scored.is_some()).count();
    let abstained = count(OutcomeKind::Abstained);
    let unscored = arm.rows.len() - scored;
    let metrics = rows_of(profile, arm)
        .into_iter()
        .map(|row| (row.metric.name().to_owned(), Estimate::of(&row)))
        .collect();
    let unproved = arm.rows.iter().any(|row| row.if_proved.is_some());
    let sensitivity = if unscored + abstained == 0 && !unproved {
        BTreeMap::new()
    } else {
        COMPARED
            .into_iter()
            .map(|(metric, more_is_worse)| {
                let analysis = sensitivity(arm, lead, metric, more_is_worse);
                (metric_name(metric), analysis)
            })
            .collect()
    };
    ArmSummary {
        items: arm.rows.len(),
        scored,
        unscored,
        unscored_items: unscored_items(arm),
        complete: count(OutcomeKind::Complete),
        degraded: count(OutcomeKind::Degraded),
        abstained,
        failed: count(OutcomeKind::Failed),
        coverage: coverage(
            arm.rows.iter().filter(|row| row.outcome.is_some()).count(),
            abstained,
        ),
        metrics,
        harms: harms_per_item(arm, scored),
        words_median: median(
            arm.rows
                .iter()
                .filter_map(|row| row.words.map(|w| w as f64))
                .collect(),
        ),
        usd: arm
            .rows
            .iter()
            .filter(|row| row.outcome.is_some())
            // Not `sum`: of nothing it is -0.0, and people would see the minus.
            .try_fold(0.0, |sum, row| Some(sum + row.usd?)),
        usd_is_estimated: arm.rows.iter().any(|row| row.usd_is_estimated),
        sensitivity,
        grading: None,
        unusable: tally(arm.rows.iter().flat_map(|row| &row.unusable)),
    }
}

/// How often each reason stands there.
pub(super) fn tally<'a>(reasons: impl Iterator<Item = &'a String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason.clone()).or_default() += 1;
    }
    counts
}

/// Items without a score, each with the reason.
fn unscored_items(arm: &ArmRows) -> Vec<UnscoredItem> {
    let unscored = arm.rows.iter().filter(|row| row.scored.is_none());
    unscored
        .map(|row| unscored_item(&row.item, row.trial, row.unscored.as_ref(), row.outcome))
        .collect()
}

/// An item without a score, with the reason that is known for it.
pub(super) fn unscored_item(
    item: &str,
    trial: u32,
    why: Option<&String>,
    outcome: Option<OutcomeKind>,
) -> UnscoredItem {
    UnscoredItem {
        item: item.to_owned(),
        trial,
        why: match (why, outcome) {
            (Some(why), _) => why.clone(),
            (None, None) => "not reached".to_owned(),
            (None, Some(_)) => "no score was stored".to_owned(),
        },
    }
}

pub(super) fn harms_per_item(arm: &ArmRows, scored: usize) -> Harms {
    let mut total = HarmCounts::default();
    for harms in arm
        .rows
        .iter()
        .filter_map(|row| row.scored.as_ref())
        .map(|s| s.harms)
    {
        for i in 0..3 {
            total.omission[i] += harms.omission[i];
            total.commission[i] += harms.commission[i];
        }
    }
    Harms {
        omission: per_item(total.omission, scored),
        commission: per_item(total.commission, scored),
    }
}

/// Counts (severe, moderate, mild) per scored item.
pub(super) fn per_item(counts: [u32; 3], scored: usize) -> BySeverity {
    let share = |n: u32| {
        if scored == 0 {
            0.0
        } else {
            f64::from(n) / scored as f64
        }
    };
    BySeverity {
        severe: share(counts[0]),
        moderate: share(counts[1]),
        mild: share(counts[2]),
    }
}

/// Means when every unscored item is as bad, or as good, as it can be, and
/// when abstained items count as doing nothing or as the lead's draft
/// (interfaces, "Denominators").
pub(super) fn sensitivity(
    arm: &ArmRows,
    lead: Option<&ArmRows>,
    metric: Average,
    more_is_worse: bool,
) -> Sensitivity {
    let value = |row: &ItemRow| record_of(row).map(|record| record.value(metric));
    // An item with unproved verdicts counts as the worse, or the better, of its
    // two scores.
    let filled = |fill: f64| {
        let pick = |a: f64, b: f64| if fill > 0.5 { a.max(b) } else { a.min(b) };
        let bound = |row: &ItemRow| {
            let scored = value(row)?;
            let proved = row.if_proved.as_ref().map(|record| record.value(metric));
            Some(proved.map_or(scored, |proved| pick(scored, proved)))
        };
        case_mean(arm, |row| Some(bound(row).unwrap_or(fill))).unwrap_or(fill)
    };
    let (worst, best) = if more_is_worse {
        (1.0, 0.0)
    } else {
        (0.0, 1.0)
    };
    let has_abstained = arm
        .rows
        .iter()
        .any(|row| row.outcome == Some(OutcomeKind::Abstained));
    let abstained = |replace: &dyn Fn(&ItemRow) -> Option<f64>| {
        let abstained_rows = || {
            arm.rows
                .iter()
                .filter(|row| row.outcome == Some(OutcomeKind::Abstained))
        };
        // Without a value for each of them there is no such mean: leaving some
        // out would compare other items.
        if !has_abstained || abstained_rows().any(|row| replace(row).is_none()) {
            return None;
        }
        case_mean(arm, |row| {
            if row.outcome == Some(OutcomeKind::Abstained) {
                replace(row)
            } else {
                value(row)
            }
        })
    };
    let lead_values: HashMap<(&str, u32), f64> = lead
        .map(|lead| {
            lead.rows
                .iter()
                .filter_map(|row| Some(((row.item.as_str(), row.trial), value(row)?)))
                .collect()
        })
        .unwrap_or_default();
    Sensitivity {
        complete_cases: case_mean(arm, value),
        worst: filled(worst),
        best: filled(best),
        abstained_as_nothing: abstained(&|row| {
            row.doing_nothing
                .as_ref()
                .map(|record| record.value(metric))
        }),
        abstained_as_lead: abstained(&|row| {
            lead_values.get(&(row.item.as_str(), row.trial)).copied()
        }),
    }
}

/// Mean over cases of the mean over a case's values; `None` without any value.
fn case_mean(arm: &ArmRows, value: impl Fn(&ItemRow) -> Option<f64>) -> Option<f64> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_case: HashMap<&str, Vec<f64>> = HashMap::new();
    for row in &arm.rows {
        if let Some(v) = value(row).filter(|v| !v.is_nan()) {
            by_case
                .entry(&row.case)
                .or_insert_with(|| {
                    order.push(&row.case);
                    Vec::new()
                })
                .push(v);
        }
    }
    let means: Vec<f64> = order
        .iter()
        .map(|case| crate::score::mean(&by_case[case]))
        .collect();
    (!means.is_empty()).then(|| crate::score::mean(&means))
}

fn pair(profile: &Profile, a: &ArmRows, b: &ArmRows, metric: Average, seed: u64) -> PairSummary {
    let values = |arm: &'_ ArmRows| -> Vec<(String, String, u32, f64)> {
        arm.rows
            .iter()
            .filter_map(|row| {
                let value = record_of(row)?.value(metric);
                Some((row.case.clone(), row.item.clone(), row.trial, value))
            })
            .collect()
    };
    let (va, vb) = (values(a), values(b));
    let kind = match metric {
        Average::SevereRate => Kind::Rate,
        _ => Kind::Score,
    };
    compare(
        (&a.name, &b.name),
        (&metric_name(metric), kind),
        (&borrowed(&va), &borrowed(&vb)),
        profile.resamples(),
        seed,
        a.rows.len(),
    )
}

/// The paired difference of two arms, first minus second; `items` is how many
/// (times trials) the run has.
pub(super) fn compare(
    names: (&str, &str),
    (metric, kind): (&str, Kind),
    values: (&[ItemValue<'_>], &[ItemValue<'_>]),
    resamples: usize,
    seed: u64,
    items: usize,
) -> PairSummary {
    let differences = paired_by_case(values.0, values.1);
    let common = crate::stats::paired::common(values.0, values.1);
    let by_case: Vec<(&str, f64)> = differences
        .iter()
        .map(|d| (d.case.as_str(), d.value))
        .collect();
    let plain: Vec<f64> = differences.iter().map(|d| d.value).collect();
    let benchmark = (!by_case.is_empty()).then(|| bootstrap::interval(&by_case, resamples));
    let ours = mean_interval(kind.difference(), &plain, LEVEL);
    PairSummary {
        a: names.0.to_owned(),
        b: names.1.to_owned(),
        metric: metric.to_owned(),
        diff: benchmark.map(|i| i.mean),
        lo: ours.map(|i| i.lo),
        hi: ours.map(|i| i.hi),
        benchmark_lo: benchmark.map(|i| i.lo),
        benchmark_hi: benchmark.map(|i| i.hi),
        p: sign_flip(&plain, seed),
        n: differences.len(),
        left_out: items.saturating_sub(common),
    }
}

pub(super) fn borrowed(values: &[(String, String, u32, f64)]) -> Vec<ItemValue<'_>> {
    values
        .iter()
        .map(|(case, item, trial, value)| ItemValue {
            case,
            item,
            trial: *trial,
            value: *value,
        })
        .collect()
}

pub(super) fn metric_name(metric: Average) -> String {
    crate::score::RowMetric::Averaged(metric).name().to_owned()
}

pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n == 0 {
        None
    } else if n % 2 == 1 {
        Some(values[n / 2])
    } else {
        Some((values[n / 2 - 1] + values[n / 2]) / 2.0)
    }
}
