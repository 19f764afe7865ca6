//! What a search predicts of the panel that it chose, so that a run can be held
//! against it.

use crate::clinical::Simulated;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::findings::{PanelSearch, SearchedPanel, Span};

/// Version of the shape.
pub const FORMAT: &str = "primum-prediction/1";

/// What is predicted of one panel. It is written beside the panel's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prediction {
    /// `primum-prediction/1`.
    pub format: String,
    /// Which parts of the run behind it are simulated.
    #[serde(flatten)]
    pub simulated: Simulated,
    /// `rubric-assisted`: votes pooled drafts through the rubric, which a real
    /// panel cannot.
    pub label: String,
    /// Name of the panel.
    pub panel: String,
    /// Hash of the panel, as runs give it.
    pub panel_hash: String,
    /// Its advisors and its vote rule.
    pub chosen: SearchedPanel,
    /// Does the panel have guardians, which the search knows nothing of?
    pub guardians: bool,
    /// The run that the drafts are from.
    pub run: String,
    /// Hash of that run's case set.
    pub case_set: String,
    /// Cases that it was chosen on.
    pub cases: usize,
    /// Seed of the search.
    pub seed: u64,
    /// Severe harm on the cases that it was chosen on, 0 to 1.
    pub severe_in_sample: Span,
    /// Severe harm of choosing so on other cases; null with fewer than two.
    pub severe_cross_fitted: Option<Span>,
    /// F of precision and recall on options; no headline until a run confirms
    /// it.
    pub rubric_assisted_headline: f64,
    /// Mean dollars of a consult's drafts; null: a price is missing.
    pub usd: Option<f64>,
    /// Mean seconds of a consult's slowest draft.
    pub seconds: Option<f64>,
    /// Version of the program.
    pub program_version: String,
}

/// What the prediction is about.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// Name of the panel.
    pub panel: &'a str,
    /// Its hash.
    pub panel_hash: &'a str,
    /// Does it have guardians?
    pub guardians: bool,
    /// Hash of the run's case set.
    pub case_set: &'a str,
}

impl Prediction {
    /// Of the choice of a search.
    pub fn of(search: &PanelSearch, about: &About<'_>) -> Self {
        let choice = &search.choice;
        let fitted = choice.cross_fitted.as_ref();
        Self {
            format: FORMAT.to_owned(),
            simulated: search.simulated.clone(),
            label: search.label.clone(),
            panel: about.panel.to_owned(),
            panel_hash: about.panel_hash.to_owned(),
            chosen: choice.panel.clone(),
            guardians: about.guardians,
            run: search.run.clone(),
            case_set: about.case_set.to_owned(),
            cases: search.cases,
            seed: search.seed,
            severe_in_sample: choice.in_sample.severe,
            severe_cross_fitted: fitted.map(|fitted| fitted.severe),
            rubric_assisted_headline: fitted
                .map_or(choice.in_sample.rubric_assisted_headline, |fitted| {
                    fitted.rubric_assisted_headline
                }),
            usd: choice.in_sample.usd,
            seconds: choice.in_sample.seconds,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// The severe harm to expect: the cross-fitted one where there is one.
    pub fn severe(&self) -> Span {
        self.severe_cross_fitted.unwrap_or(self.severe_in_sample)
    }
}

/// What a run measured of the panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Name of the panel.
    pub panel: String,
    /// Its hash.
    pub panel_hash: String,
    /// Hash of the run's case set.
    pub case_set: String,
    /// Severe harm, 0 to 1.
    pub severe: Span,
    /// Headline.
    pub headline: f64,
    /// Mean dollars of a consult, if known.
    pub usd: Option<f64>,
    /// Mean seconds of a consult, if known.
    pub seconds: Option<f64>,
}

/// A prediction and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// Name of the panel.
    pub panel: String,
    /// Is the panel that ran the one of which it was predicted?
    pub same_panel: bool,
    /// Was it measured on the cases that it was chosen on? Then it may hold for
    /// no other reason.
    pub same_cases: bool,
    /// Severe harm that was predicted: on the cases that the panel was chosen on
    /// as it was found there, on other cases the cross-fitted one.
    pub predicted: Span,
    /// Severe harm that was measured.
    pub measured: Span,
    /// Measured minus predicted; above 0: more harm than was predicted.
    pub difference: f64,
    /// Is the measured severe harm inside the predicted interval, or the
    /// predicted one inside the measured interval? Null for another panel.
    pub holds: Option<bool>,
    /// The headline on options that the search had; only here, beside the one
    /// that was measured.
    pub rubric_assisted_headline: f64,
    /// The headline that was measured.
    pub headline: f64,
    /// Measured minus predicted dollars of a consult. The prediction has the
    /// drafts only.
    pub usd_difference: Option<f64>,
    /// Measured minus predicted seconds of a consult.
    pub seconds_difference: Option<f64>,
}

/// Holds a prediction against what was measured.
pub fn compare(prediction: &Prediction, measured: &Measured) -> Outcome {
    let same_panel = prediction.panel_hash == measured.panel_hash;
    let same_cases = prediction.case_set == measured.case_set;
    let predicted = if same_cases {
        prediction.severe_in_sample
    } else {
        prediction.severe()
    };
    let holds = inside(measured.severe.mean, predicted) || inside(predicted.mean, measured.severe);
    let minus = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a - b);
    Outcome {
        panel: prediction.panel.clone(),
        same_panel,
        same_cases,
        predicted,
        measured: measured.severe,
        difference: measured.severe.mean - predicted.mean,
        holds: same_panel.then_some(holds),
        rubric_assisted_headline: prediction.rubric_assisted_headline,
        headline: measured.headline,
        usd_difference: minus(measured.usd, prediction.usd),
        seconds_difference: minus(measured.seconds, prediction.seconds),
    }
}

fn inside(value: f64, span: Span) -> bool {
    (span.lo..=span.hi).contains(&value)
}
