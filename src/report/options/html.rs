//! The arms of a run that grades options, as a part of `report.html`.

use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use super::summary::{GradingSummary, RunToRunSummary};
use super::{INTERVALS, OURS, WORST_CASE};
use crate::report::summary::{ArmSummary, Estimate, Summary};
use crate::report::terminal::ordered;
use crate::score::grading::{GradedMetric, reference};

const PART: &str = include_str!("arms.html");

#[derive(Serialize)]
struct Part<'a> {
    s: &'a Summary,
    arms: Vec<Arm<'a>>,
    ours: &'static str,
    intervals: &'static str,
    caveat: &'static str,
    worst: Option<&'static str>,
    mark: String,
}

#[derive(Serialize)]
struct Arm<'a> {
    name: &'a str,
    arm: &'a ArmSummary,
    grading: Option<&'a GradingSummary>,
    metrics: Vec<Row<'a>>,
}

/// One metric of an arm, pooled, with both intervals, and its mean over cases.
#[derive(Serialize)]
struct Row<'a> {
    name: &'static str,
    pooled: Option<&'a Estimate>,
    run: Option<&'a RunToRunSummary>,
    per_case: Option<&'a Estimate>,
}

/// The part as text, with the page's own number formats.
///
/// # Errors
/// The template engine's message.
pub fn arms(environment: &Environment<'_>, summary: &Summary) -> Result<String, String> {
    let arms = ordered(summary)
        .into_iter()
        .map(|(name, arm)| {
            let grading = arm.grading.as_ref();
            // The NNH has an interval without bound and a line of its own.
            let metrics = GradedMetric::ALL.into_iter();
            let metrics = metrics.filter(|metric| *metric != GradedMetric::Nnh);
            let row = |metric: GradedMetric| Row {
                name: metric.name(),
                pooled: arm.metrics.get(metric.name()),
                run: grading.and_then(|grading| grading.run_to_run.get(metric.name())),
                per_case: arm.metrics.get(&format!("{}_per_case", metric.name())),
            };
            Arm {
                name,
                arm,
                grading,
                metrics: metrics.map(row).collect(),
            }
        })
        .collect();
    let part = Part {
        s: summary,
        arms,
        ours: OURS,
        intervals: INTERVALS,
        caveat: reference::CAVEAT,
        mark: summary.simulated.mark(),
        worst: summary
            .arms
            .values()
            .any(|arm| arm.grading.as_ref().is_some_and(|g| g.headline.is_some()))
            .then_some(WORST_CASE),
    };
    environment
        .render_str(PART, Serde(&part))
        .map_err(|error| error.to_string())
}
