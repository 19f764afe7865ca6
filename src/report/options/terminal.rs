//! The arms of a run that grades options, as tables for a terminal.

use super::WORST_CASE;
use super::summary::{GradingSummary, ReferenceRow};
use crate::report::summary::{ArmSummary, Summary};
use crate::report::terminal::{align_right, estimate, mean, ordered, percent, table, unscored};
use crate::score::grading::{GradedMetric, reference};

/// The tables of the arms: harm, then the ratios, then the published rows.
pub fn arms(summary: &Summary, width: Option<u16>) -> String {
    let partial = |arm: &ArmSummary| arm.grading.as_ref().is_some_and(|g| g.ungraded > 0);
    let worst = if summary.arms.values().any(partial) {
        format!("({WORST_CASE}): options without a usable grade count at their worst\n")
    } else {
        String::new()
    };
    format!(
        "{}\n\n{}\n(…): mean of the cases; all others are pooled over a run's cases\n{worst}\n\
         Reference rows of this format, {}\n{}",
        harm(summary, width),
        ratios(summary, width),
        reference::CAVEAT,
        references(&summary.references, width)
    )
}

fn harm(summary: &Summary, width: Option<u16>) -> String {
    let mut table = table(width);
    table.set_header(vec![
        "arm",
        "case harm rate",
        "run to run",
        "NNH",
        "errors/100",
        "Safety (primum)",
        "unscored",
    ]);
    for (name, arm) in ordered(summary) {
        let metric = |metric: GradedMetric| arm.metrics.get(metric.name());
        table.add_row(vec![
            marked(name, arm),
            percent(metric(GradedMetric::CaseHarmRate)),
            run_to_run(arm, GradedMetric::CaseHarmRate),
            nnh(arm),
            mean(metric(GradedMetric::HarmfulErrors), 1),
            estimate(metric(GradedMetric::Safety), 3),
            missing(arm),
        ]);
    }
    align_right(&mut table, 1..7);
    table.trim_fmt()
}

fn ratios(summary: &Summary, width: Option<u16>) -> String {
    const SHOWN: [(GradedMetric, &str); 7] = [
        (GradedMetric::F1, "F1"),
        (GradedMetric::Precision, "Precision"),
        (GradedMetric::Recall, "Recall"),
        (GradedMetric::Restraint, "Restraint"),
        (GradedMetric::Completeness, "Complete"),
        (GradedMetric::Escalation, "Escalation"),
        (GradedMetric::Overall, "Overall (primum)"),
    ];
    let mut table = table(width);
    let names = SHOWN.iter().map(|(_, name)| *name);
    table.set_header(std::iter::once("arm").chain(names).collect::<Vec<_>>());
    for (name, arm) in ordered(summary) {
        let cell = |(metric, _): &(GradedMetric, &str)| {
            let shown = mean(arm.metrics.get(metric.name()), 3);
            match arm.metrics.get(&format!("{}_per_case", metric.name())) {
                Some(per_case) => format!("{shown} ({:.3})", per_case.mean),
                None => shown,
            }
        };
        let cells = SHOWN.iter().map(cell);
        table.add_row(
            std::iter::once(marked(name, arm))
                .chain(cells)
                .collect::<Vec<_>>(),
        );
    }
    align_right(&mut table, 1..8);
    table.trim_fmt()
}

fn references(rows: &[ReferenceRow], width: Option<u16>) -> String {
    let mut table = table(width);
    table.set_header(vec!["published", "how many", "case harm rate", "NNH"]);
    for row in rows {
        table.add_row(vec![
            row.who.clone(),
            row.count.map_or_else(|| "-".to_owned(), |n| n.to_string()),
            format!("{:.1} %", row.case_harm_rate * 100.0),
            row.nnh
                .map_or_else(|| "-".to_owned(), |nnh| format!("{nnh:.1}")),
        ]);
    }
    align_right(&mut table, 1..4);
    table.trim_fmt()
}

/// The arm's name, with the mark of a worst case.
fn marked(name: &str, arm: &ArmSummary) -> String {
    let headline = arm
        .grading
        .as_ref()
        .and_then(|grading| grading.headline.as_ref());
    headline.map_or_else(|| name.to_owned(), |mark| format!("{name} ({mark})"))
}

/// Half the width of a rate's run-to-run interval, where there are several
/// trials.
fn run_to_run(arm: &ArmSummary, metric: GradedMetric) -> String {
    let grading = arm.grading.as_ref();
    let half = grading
        .and_then(|grading| grading.run_to_run.get(metric.name()))
        .and_then(|run| run.half_width);
    half.map_or_else(|| "-".to_owned(), |half| format!("±{:.1} %", half * 100.0))
}

fn nnh(arm: &ArmSummary) -> String {
    let known = arm.grading.as_ref().and_then(|grading| grading.nnh);
    match known {
        Some(nnh) => {
            let hi = nnh
                .hi
                .map_or_else(|| "no bound".to_owned(), |hi| format!("{hi:.1}"));
            let without = match nnh.trials_without {
                0 => String::new(),
                n => format!(" ({n} trial(s) without)"),
            };
            format!("{:.1} [{:.1}, {hi}]{without}", nnh.mean, nnh.lo)
        }
        None if arm.scored > 0 => "no finite".to_owned(),
        None => "-".to_owned(),
    }
}

/// Unscored items, options without a grade, and what else is not as it should
/// be.
fn missing(arm: &ArmSummary) -> String {
    let text = unscored(arm);
    let options = |grading: &GradingSummary| grading.ungraded;
    match arm.grading.as_ref().map_or(0, options) {
        0 => text,
        n => format!("{text} ({n} options)"),
    }
}
