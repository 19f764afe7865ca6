//! `report.html`: the summary as one self-contained page. No network, no
//! script, no patient text, nothing of the clock; it opens from disk and prints.

use crate::clinical::Shown;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use super::options;
use super::summary::{ArmSummary, Estimate, Summary};
use super::terminal::{ordered, unsigned_zero};

const PAGE: &str = include_str!("report.html");

/// The page as text. The template is built in, so an error here is ours.
///
/// # Errors
/// The template engine's message.
pub fn render(summary: &Summary) -> Result<String, String> {
    let environment = environment();
    let arms: Vec<ArmRow<'_>> = ordered(summary)
        .into_iter()
        .map(|(name, arm)| ArmRow {
            name,
            arm,
            headline: arm.metrics.get("F1_weighted"),
            severe: arm.metrics.get("Severe_rate"),
            recall: arm.metrics.get("Recall_weighted"),
            precision: arm.metrics.get("Precision_weighted"),
        })
        .collect();
    let uncertain = summary.arms.values().any(|arm| !arm.sensitivity.is_empty());
    let graded = match summary.task.as_str() {
        "options" => Some(options::html::arms(&environment, summary)?),
        _ => None,
    };
    let page = Page {
        s: summary,
        arms,
        graded,
        uncertain,
        mark: summary.simulated.mark(),
        sentence: summary.simulated.sentence(Shown::Numbers),
    };
    environment
        .render_str(PAGE, Serde(&page))
        .map_err(|error| error.to_string())
}

/// The template engine with the number formats of the page.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    environment.add_filter("n3", |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |v| unsigned_zero(format!("{v:.3}")))
    });
    environment.add_filter("n2", |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |v| unsigned_zero(format!("{v:.2}")))
    });
    environment.add_filter("pct", |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |v| format!("{:.0} %", v * 100.0))
    });
    environment.add_filter("pvalue", |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), super::terminal::p_value)
    });
    environment.add_filter("whole", |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |v| format!("{:.0}", v * 100.0))
    });
    environment
}

#[derive(Serialize)]
struct Page<'a> {
    s: &'a Summary,
    arms: Vec<ArmRow<'a>>,
    /// The arms of a run that grades options, as HTML.
    graded: Option<String>,
    uncertain: bool,
    mark: String,
    sentence: Option<String>,
}

#[derive(Serialize)]
struct ArmRow<'a> {
    name: &'a str,
    arm: &'a ArmSummary,
    headline: Option<&'a Estimate>,
    severe: Option<&'a Estimate>,
    recall: Option<&'a Estimate>,
    precision: Option<&'a Estimate>,
}
