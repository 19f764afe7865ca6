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
use super::measure::Measure;
use super::minority::{MinoritySummary, summarise_minorities};
use super::rows::ArmRows;
use super::study::{PanelFacts, Study};
use crate::score::Profile;
use crate::stats::parallel::parallel_map;

/// Version of the shape.
pub const FORMAT: &str = "primum-evidence/1";

/// What a study shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// `primum-evidence/1`.
    pub format: String,
    /// True when any model behind the numbers is simulated.
    pub simulated: bool,
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
    /// Case values of severe harm and headline behind the comparisons: case,
    /// then arm, for charts and for anyone who wants to compute otherwise.
    #[serde(skip)]
    pub by_case: Vec<CaseValues>,
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
    /// Is any model simulated?
    pub simulated: bool,
}

/// Makes the findings. Pure: the same study and plan give the same bits, on any
/// number of cores.
pub fn findings(study: &Study, plan: &Plan) -> Findings {
    let tables = Tables::of(study);
    let arms = parallel_map(study.arms.len(), |at| {
        finding(study, &tables, at, &plan.profile)
    });
    let comparisons = comparisons(study, &tables, plan);
    let wanted: Vec<(&PanelFacts, Measure)> = study
        .panels
        .iter()
        .flat_map(|panel| [Measure::Severe, Measure::Headline].map(|measure| (panel, measure)))
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
        simulated: plan.simulated,
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
    for one in plan.fixed.all() {
        want(one.measure, &one.a, &one.b);
    }
    for measure in Measure::COMPARED {
        for (at, panel) in study.panels.iter().enumerate() {
            let others = panel
                .members
                .iter()
                .chain(&panel.unguarded)
                .chain(&panel.selves)
                .chain(&panel.computed);
            for other in others {
                want(measure, &panel.arm, other);
            }
            for other in study.panels.iter().skip(at + 1) {
                want(measure, &panel.arm, &other.arm);
            }
        }
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
    adjust(&mut found);
    found
}

fn by_case(study: &Study, tables: &Tables) -> Vec<CaseValues> {
    [Measure::Severe, Measure::Headline]
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
