//! From graded items to the summary. Pure: same rows, same bytes.

use std::collections::{BTreeMap, HashMap};

use super::rows::{OptionsArm, OptionsRow};
use super::sensitivity::sensitivity;
use super::summary::{GradingSummary, Nnh, UngradedItem, references};
use super::{INTERVALS, OURS, WORST_CASE};
use crate::report::OutcomeKind;
use crate::report::summarise::{
    Provenance, Timing, borrowed, compare, median, per_item, summary_of, tally, unscored_item,
};
use crate::report::summary::{ArmSummary, Harms, PairSummary, Summary, UnscoredItem, coverage};
use crate::report::warnings::found_warnings;
use crate::score::grading::{GradedMetric, GradedScores, GradingProfile};
use crate::stats::Kind;

/// Metrics that sensitivity analyses and paired differences are made for, and
/// whether more is worse.
const COMPARED: [(GradedMetric, bool); 2] = [
    (GradedMetric::CaseHarmRate, true),
    (GradedMetric::Safety, false),
];

/// Median seconds of the arms.
pub fn timing(arms: &[OptionsArm]) -> Timing {
    let of_arm = |arm: &OptionsArm| {
        let seconds = arm.rows.iter().filter_map(|row| row.seconds).collect();
        (arm.name.clone(), median(seconds))
    };
    Timing {
        median_seconds: arms.iter().map(of_arm).collect(),
    }
}

/// The summary of a run that grades options. `pairs` names the arms to
/// compare, first minus second.
pub fn summarise_options(
    profile: &GradingProfile,
    provenance: Provenance,
    arms: &[OptionsArm],
    pairs: &[(String, String)],
) -> Summary {
    let by_name: HashMap<&str, &OptionsArm> =
        arms.iter().map(|arm| (arm.name.as_str(), arm)).collect();
    let summaries: BTreeMap<String, ArmSummary> = arms
        .iter()
        .map(|arm| {
            let lead = arm.lead.as_deref().and_then(|name| by_name.get(name));
            let summary = arm_summary(provenance.trials, arm, lead.copied());
            (arm.name.clone(), summary)
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
    let mut warnings = found_warnings(&summaries, partial, GradedMetric::CaseHarmRate.name());
    for (name, arm) in &summaries {
        warnings.extend(
            arm.grading
                .iter()
                .flat_map(|grading| of_grades(name, grading)),
        );
    }
    warnings.push(format!("{OURS}."));
    warnings.push(format!("Intervals {INTERVALS}."));
    let mut summary = summary_of(
        provenance,
        profile.name(),
        partial,
        summaries,
        pairs,
        warnings,
    );
    summary.task = "options".to_owned();
    summary.references = references();
    summary
}

fn arm_summary(trials: u32, arm: &OptionsArm, lead: Option<&OptionsArm>) -> ArmSummary {
    let count = |kind| {
        let rows = arm.rows.iter();
        rows.filter(|row| row.outcome == Some(kind)).count()
    };
    let scored = arm.rows.iter().filter(|row| row.scores.is_some()).count();
    let grading = grading_summary(arm);
    let abstained = count(OutcomeKind::Abstained);
    let unscored = arm.rows.len() - scored;
    let uncertain = unscored + abstained + grading.ungraded > 0;
    let others = COMPARED.iter().filter(|_| uncertain);
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
        metrics: arm.numbers.estimates(),
        harms: harms(arm, scored),
        words_median: None,
        usd: arm
            .rows
            .iter()
            .filter(|row| row.outcome.is_some())
            .try_fold(0.0, |sum, row| Some(sum + row.usd?)),
        usd_is_estimated: arm.rows.iter().any(|row| row.usd_is_estimated),
        sensitivity: others
            .map(|(metric, more_is_worse)| {
                let other = sensitivity(trials, arm, lead, *metric, *more_is_worse);
                (metric.name().to_owned(), other)
            })
            .collect(),
        grading: Some(grading),
        unusable: tally(arm.rows.iter().flat_map(|row| &row.unusable)),
    }
}

fn grading_summary(arm: &OptionsArm) -> GradingSummary {
    let answered: Vec<&OptionsRow> = arm.rows.iter().filter(|r| r.scores.is_some()).collect();
    let ungraded_items: Vec<UngradedItem> = answered
        .iter()
        .filter(|row| !row.ungraded.is_empty())
        .map(|row| UngradedItem {
            item: row.item.clone(),
            trial: row.trial,
            options: row.ungraded.clone(),
        })
        .collect();
    let nnh = arm
        .numbers
        .metrics
        .iter()
        .find(|number| number.metric == GradedMetric::Nnh);
    GradingSummary {
        headline: (!ungraded_items.is_empty()).then(|| WORST_CASE.to_owned()),
        options: answered.iter().map(|row| row.options).sum(),
        ungraded: ungraded_items.iter().map(|item| item.options.len()).sum(),
        ungraded_items,
        nnh: nnh.and_then(|number| {
            let over_cases = number.over_cases?;
            Some(Nnh {
                mean: over_cases.mean,
                lo: over_cases.lo,
                hi: over_cases.hi,
                trials_without: number.run_to_run.without,
            })
        }),
        run_to_run: arm
            .numbers
            .metrics
            .iter()
            .map(|number| (number.metric.name().to_owned(), number.run_to_run.into()))
            .collect(),
    }
}

/// Items without a score, each with the reason.
fn unscored_items(arm: &OptionsArm) -> Vec<UnscoredItem> {
    let unscored = arm.rows.iter().filter(|row| row.scores.is_none());
    unscored
        .map(|row| unscored_item(&row.item, row.trial, row.unscored.as_ref(), row.outcome))
        .collect()
}

fn harms(arm: &OptionsArm, scored: usize) -> Harms {
    let mut omission = [0; 3];
    let mut commission = [0; 3];
    for scores in arm.rows.iter().filter_map(|row| row.scores.as_ref()) {
        for i in 0..3 {
            omission[i] += scores.omission[i];
            commission[i] += scores.commission[i];
        }
    }
    Harms {
        omission: per_item(omission, scored),
        commission: per_item(commission, scored),
    }
}

fn pair(
    profile: &GradingProfile,
    a: &OptionsArm,
    b: &OptionsArm,
    metric: GradedMetric,
    seed: u64,
) -> PairSummary {
    let value = |scores: &GradedScores| match metric {
        GradedMetric::CaseHarmRate => f64::from(u8::from(scores.severe() > 0)),
        _ => scores.safety,
    };
    let values = |arm: &'_ OptionsArm| -> Vec<(String, String, u32, f64)> {
        let rows = arm.rows.iter();
        rows.filter_map(|row| {
            let value = value(row.scores.as_ref()?);
            Some((row.case.clone(), row.item.clone(), row.trial, value))
        })
        .collect()
    };
    let (va, vb) = (values(a), values(b));
    let kind = match metric {
        GradedMetric::CaseHarmRate => Kind::Rate,
        _ => Kind::Score,
    };
    compare(
        (&a.name, &b.name),
        (metric.name(), kind),
        (&borrowed(&va), &borrowed(&vb)),
        profile.resamples(),
        seed,
        a.rows.len(),
    )
}

/// What a reader must know of an arm's grades.
fn of_grades(name: &str, grading: &GradingSummary) -> Vec<String> {
    let mut warnings = Vec::new();
    if grading.ungraded > 0 {
        let items: Vec<&str> = grading
            .ungraded_items
            .iter()
            .map(|item| item.item.as_str())
            .take(5)
            .collect();
        warnings.push(format!(
            "{name}: WORST CASE: {} of {} options have no usable grade (in {} items, such as {}) \
             and count at their worst; see its best case and its complete cases",
            grading.ungraded,
            grading.options,
            grading.ungraded_items.len(),
            items.join(", ")
        ));
    }
    let nnh = grading.run_to_run.get(GradedMetric::Nnh.name());
    if let Some(nnh) = nnh.filter(|nnh| nnh.without > 0) {
        warnings.push(format!(
            "{name}: {} of {} trials had no severe error and so no finite NNH; they are not in \
             its mean",
            nnh.without,
            nnh.without + nnh.trials
        ));
    }
    warnings
}
