//! All findings of a study in one value: what the reports show.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ability::Ability;
use super::arms::{ArmFinding, Tables, finding};
use super::best::{BestMemberFinding, against_best};
use super::compare::{Comparison, Settings, adjust, compare};
use super::ensembles::{EnsembleSummary, summarise_ensembles};
use super::gaps::{ItemGap, gaps};
use super::guardians::{GuardianSummary, summarise_guardians};
use super::hypothesis::Hypotheses;
use super::ledger::{LedgerSummary, summarise_ledgers};
use super::measure::Measure;
use super::minority::{MinoritySummary, summarise_minorities};
use super::rows::ArmRows;
use super::study::{PanelFacts, Study};
use crate::clinical::{Severity, Simulated, Tier};
use crate::score::Profile;
use crate::stats::agreement::{TIERS, Tally};
use crate::stats::parallel::parallel_map;

/// Version of the shape.
pub const FORMAT: &str = "primum-evidence/1";

/// What a study shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// `primum-evidence/1`.
    pub format: String,
    /// Which parts of what stands behind the numbers are simulated.
    #[serde(flatten)]
    pub simulated: Simulated,
    /// The measure that stands for an answer as a whole.
    pub headline: Measure,
    /// The arm of each panel's lead advisor alone.
    pub leads: BTreeMap<String, String>,
    /// What the case set can show at all.
    pub ability: Ability,
    /// What was fixed before the run.
    pub fixed: Hypotheses,
    /// The panels, in order.
    pub panels: Vec<String>,
    /// Every arm, the computed baselines last.
    pub arms: Vec<ArmFinding>,
    /// Paired comparisons, first minus second; the primary one first.
    pub comparisons: Vec<Comparison>,
    /// Every panel against its best member.
    pub best_member: Vec<BestMemberFinding>,
    /// The items on which panels and members differ most.
    pub gaps: Vec<ItemGap>,
    /// What each guardian did, by panel.
    pub guardians: BTreeMap<String, Vec<GuardianSummary>>,
    /// Predicted beside measured errors, by panel.
    pub ensembles: BTreeMap<String, EnsembleSummary>,
    /// What became of minorities, by panel.
    pub minority: BTreeMap<String, MinoritySummary>,
    /// The harms of each panel through its stages, where they were judged.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ledgers: BTreeMap<String, LedgerSummary>,
    /// How often the judge's review call left the match call's verdict as it
    /// was, by tier; empty without a review.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub review: Vec<ReviewTier>,
    /// Case values of severe harm and headline behind the comparisons: case,
    /// then arm, for charts and for anyone who wants to compute otherwise.
    #[serde(skip)]
    pub by_case: Vec<CaseValues>,
}

/// The two calls of a judge on options of one tier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewTier {
    /// What the options are worth, in words.
    pub tier: String,
    /// Verdicts that were the same in both calls.
    pub same: u64,
    /// Verdicts of which one said partial.
    pub near: u64,
    /// Verdicts that were opposite.
    pub opposite: u64,
    /// Cohen's kappa of the two calls; null where it is 0/0.
    pub kappa: Option<f64>,
}

/// Values of one measure by arm and case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseValues {
    /// The measure.
    pub measure: Measure,
    /// Arm, then case id and value.
    pub arms: BTreeMap<String, Vec<(String, f64)>>,
}

/// What findings depend on besides the study.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Score profile.
    pub profile: Profile,
    /// What was fixed before the run.
    pub fixed: Hypotheses,
    /// Resamples wherever something is resampled.
    pub resamples: usize,
    /// Seed of permutations and resamples.
    pub seed: u64,
    /// Which parts are simulated.
    pub simulated: Simulated,
}

/// Makes the findings. Pure: the same study and plan give the same bits, on any
/// number of cores.
pub fn findings(study: &Study, plan: &Plan) -> Findings {
    let tables = Tables::of(study);
    let headline = Measure::headline(study.options);
    let arms = parallel_map(study.arms.len(), |at| {
        finding(study, &tables, at, &plan.profile)
    });
    let comparisons = comparisons(study, &tables, plan);
    let wanted: Vec<(&PanelFacts, Measure)> = study
        .panels
        .iter()
        .flat_map(|panel| [Measure::Severe, headline].map(|measure| (panel, measure)))
        .collect();
    let best = parallel_map(wanted.len(), |at| {
        let (panel, measure) = wanted.get(at)?;
        let with = (comparisons.as_slice(), plan.resamples, plan.seed);
        against_best(study, &tables, panel, *measure, with)
    });
    // Arms that nobody asked have no members, seats or steps.
    let asked: Vec<ArmRows> = study
        .arms
        .iter()
        .filter(|arm| !arm.sort.is_computed())
        .map(|arm| arm.rows.clone())
        .collect();
    let by_name: HashMap<&str, &ArmRows> =
        asked.iter().map(|arm| (arm.name.as_str(), arm)).collect();
    Findings {
        format: FORMAT.to_owned(),
        simulated: plan.simulated.clone(),
        headline,
        leads: study
            .panels
            .iter()
            .filter_map(|panel| Some((panel.name.clone(), panel.lead.clone()?)))
            .collect(),
        ability: Ability::of(study),
        fixed: plan.fixed.clone(),
        panels: study.panels.iter().map(|p| p.name.clone()).collect(),
        arms: arms.into_iter().flatten().collect(),
        best_member: best.into_iter().flatten().collect(),
        gaps: study
            .panels
            .iter()
            .flat_map(|panel| gaps(study, &tables, panel))
            .collect(),
        guardians: summarise_guardians(&asked),
        ensembles: summarise_ensembles(&asked, &by_name),
        minority: summarise_minorities(&asked, &by_name),
        ledgers: summarise_ledgers(&asked),
        review: review(&study.review),
        by_case: by_case(study, &tables),
        comparisons,
    }
}

/// What is compared: what was fixed, then every panel with its baselines, then
/// panels with each other.
fn comparisons(study: &Study, tables: &Tables, plan: &Plan) -> Vec<Comparison> {
    let place = |name: &str| study.arms.iter().position(|arm| arm.rows.name == name);
    let mut wanted: Vec<(Measure, usize, usize)> = Vec::new();
    let mut want = |measure: Measure, a: &str, b: &str| {
        let (Some(a), Some(b)) = (place(a), place(b)) else {
            return;
        };
        let known = wanted
            .iter()
            .any(|(m, x, y)| *m == measure && ((*x, *y) == (a, b) || (*x, *y) == (b, a)));
        if !known {
            wanted.push((measure, a, b));
        }
    };
    for &measure in Measure::compared(study.options) {
        for (at, panel) in study.panels.iter().enumerate() {
            let others = panel
                .members
                .iter()
                .chain(&panel.unguarded)
                .chain(&panel.selves)
                .chain(&panel.cuts)
                .chain(&panel.computed);
            for other in others {
                want(measure, &panel.arm, other);
            }
            for other in study.panels.iter().skip(at + 1) {
                want(measure, &panel.arm, &other.arm);
            }
        }
    }
    for one in plan.fixed.all() {
        want(one.measure, &one.a, &one.b);
    }
    let settings = Settings {
        fixed: &plan.fixed,
        resamples: plan.resamples,
        seed: plan.seed,
    };
    let found = parallel_map(wanted.len(), |at| {
        let (measure, a, b) = wanted.get(at)?;
        compare(study, tables.get(*measure)?, *measure, (*a, *b), settings)
    });
    let mut found: Vec<Comparison> = found.into_iter().flatten().collect();
    adjust(&mut found, plan.fixed.family.len());
    // What was fixed before the run stands first, the rest as it was.
    found.sort_by_key(|one| one.role);
    found
}

fn review(tallies: &[Tally; 7]) -> Vec<ReviewTier> {
    let tiers = TIERS.iter().zip(tallies).filter(|(_, tally)| tally.n() > 0);
    tiers
        .map(|(tier, tally)| ReviewTier {
            tier: tier_words(*tier).to_owned(),
            same: tally.agreed(),
            near: tally.n() - tally.agreed() - opposite(tally),
            opposite: opposite(tally),
            kappa: tally.kappa(),
        })
        .collect()
}

/// Yes in one call and no in the other.
fn opposite(tally: &Tally) -> u64 {
    tally.table[0][2] + tally.table[2][0]
}

fn tier_words(tier: Tier) -> &'static str {
    match tier {
        Tier::HarmIfOmitted(Severity::Severe) => "9: severe if left out",
        Tier::HarmIfOmitted(Severity::Moderate) => "8: moderate if left out",
        Tier::HarmIfOmitted(_) => "7: mild if left out",
        Tier::HarmIfDone(Severity::Severe) => "1: severe if done",
        Tier::HarmIfDone(Severity::Moderate) => "2: moderate if done",
        Tier::HarmIfDone(_) => "3: mild if done",
        Tier::Neutral | Tier::None => "4 to 6: uncertain",
    }
}

fn by_case(study: &Study, tables: &Tables) -> Vec<CaseValues> {
    [Measure::Severe, Measure::headline(study.options)]
        .into_iter()
        .filter_map(|measure| {
            let table = tables.get(measure)?;
            let arms = study.arms.iter().enumerate().map(|(at, arm)| {
                let values = table
                    .by_case(at)
                    .into_iter()
                    .filter_map(|(case, value)| Some((study.cases.get(case)?.id.clone(), value)));
                (arm.rows.name.clone(), values.collect())
            });
            Some(CaseValues {
                measure,
                arms: arms.collect(),
            })
        })
        .collect()
}

impl Findings {
    /// The arm of this name.
    pub fn arm(&self, name: &str) -> Option<&ArmFinding> {
        self.arms.iter().find(|arm| arm.name == name)
    }

    /// The comparison of two arms, the first minus the second.
    pub fn comparison(&self, measure: Measure, a: &str, b: &str) -> Option<&Comparison> {
        self.comparisons
            .iter()
            .find(|one| one.measure == measure && one.a == a && one.b == b)
    }
}
