//! What a search found, for programs and for those who tell people.

use crate::clinical::Simulated;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the shape.
pub const FORMAT: &str = "primum-search/1";

/// A whole search. Shares are 0 to 1; dollars and seconds are means over the
/// items, of the drafts alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PanelSearch {
    /// `primum-search/1`.
    pub format: String,
    /// Which parts of the run behind it are simulated.
    #[serde(flatten)]
    pub simulated: Simulated,
    /// `rubric-assisted`: votes pool drafts through the rubric, which a real
    /// panel cannot. A headline of this file is none until a run confirms it.
    pub label: String,
    /// The run that the drafts are from.
    pub run: String,
    /// Seed of the folds.
    pub seed: u64,
    /// Folds of the cross-fitting.
    pub folds: usize,
    /// Repeats of the cross-fitting.
    pub repeats: usize,
    /// Most advisors of a panel.
    pub max_members: usize,
    /// Most dollars of a consult's drafts.
    pub max_usd: Option<f64>,
    /// Most seconds of a consult's slowest draft.
    pub max_seconds: Option<f64>,
    /// Cases that were searched.
    pub cases: usize,
    /// Items that were searched.
    pub items: usize,
    /// Items that were left out: an advisor has no judged draft of them.
    pub items_left_out: usize,
    /// Panels that were looked at: sets of advisors times vote rules.
    pub panels: usize,
    /// Of these, within the limits.
    pub panels_within_limits: usize,
    /// Each advisor alone, by name.
    pub members: Vec<MemberAlone>,
    /// What the search chooses.
    pub choice: Choice,
    /// What it chooses when it may take one advisor only.
    pub best_single: Option<Choice>,
    /// Severe harm of the choice minus that of the best single advisor, both
    /// cross-fitted.
    pub choice_minus_best_single: Option<Span>,
    /// Panels of which none is better in severe harm, headline, dollars and
    /// seconds at once; the choice is the first.
    pub front: Vec<FrontPoint>,
    /// What a reader must know, in sentences; the search itself says nothing here,
    /// the report does.
    pub warnings: Vec<String>,
}

/// A mean over cases with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// The mean.
    pub mean: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

/// A panel that might be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SearchedPanel {
    /// Its advisors by name.
    pub members: Vec<String>,
    /// How many of them must have a thing for it to be kept.
    pub votes: usize,
}

impl SearchedPanel {
    /// As `2 of 3`.
    pub fn rule(&self) -> String {
        format!("{} of {}", self.votes, self.members.len())
    }

    /// The share of the votes that must be exceeded: halfway between too few
    /// votes and enough, so that it is never met exactly.
    pub fn threshold(&self) -> f64 {
        // Numbers of advisors are small.
        let share = (self.votes as f64 - 0.5) / self.members.len() as f64;
        (share * 1e4).round() / 1e4
    }
}

/// An advisor alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MemberAlone {
    /// Its name.
    pub name: String,
    /// Items of the run of which it has no judged draft.
    pub missing: usize,
    /// What it is worth, and costs.
    #[serde(flatten)]
    pub alone: InSample,
}

/// What a panel is worth on the cases of the search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InSample {
    /// Share of items with severe harm, by case.
    pub severe: Span,
    /// F of precision and recall on options; no headline until a run confirms
    /// it.
    pub rubric_assisted_headline: f64,
    /// Mean dollars of a consult's drafts; null: a price is missing.
    pub usd: Option<f64>,
    /// Mean seconds of a consult's slowest draft.
    pub seconds: Option<f64>,
}

/// What choosing comes to on cases that had no say in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrossFitted {
    /// Severe harm.
    pub severe: Span,
    /// The headline on options; none until a run confirms it.
    pub rubric_assisted_headline: f64,
    /// Cross-fitted minus in-sample severe harm: how much better the search
    /// made its choice look.
    pub optimism: f64,
    /// How often each panel was chosen, the most frequent first.
    pub chosen: Vec<Chosen>,
}

/// How often a panel was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Chosen {
    /// The panel.
    #[serde(flatten)]
    pub panel: SearchedPanel,
    /// Share of the folds that chose it.
    pub share: f64,
}

/// A choice, as it looks and as it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// The panel that is chosen on all cases.
    #[serde(flatten)]
    pub panel: SearchedPanel,
    /// As it looks on the cases that it was chosen on.
    pub in_sample: InSample,
    /// As choosing holds on others; null with fewer than two cases.
    pub cross_fitted: Option<CrossFitted>,
}

/// A panel of the front.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FrontPoint {
    /// The panel.
    #[serde(flatten)]
    pub panel: SearchedPanel,
    /// As it looks on the cases of the search.
    pub in_sample: InSample,
    /// What choosing the least harm among all panels that take no more dollars
    /// and no more seconds than this one holds on other cases.
    pub within_its_cost: Option<WithinCost>,
}

/// What choosing within a cost comes to on cases that had no say in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WithinCost {
    /// Severe harm, cross-fitted.
    pub severe: Span,
    /// Cross-fitted minus in-sample severe harm of what is chosen within this
    /// cost on all cases.
    pub optimism: f64,
    /// Share of the folds that chose this very panel.
    pub chosen: f64,
}
