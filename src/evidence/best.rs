//! A panel against its best member, and against every member.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arms::Tables;
use super::compare::{Comparison, LEVEL, Range};
use super::measure::Measure;
use super::study::{PanelFacts, Study};
use crate::stats::best_member::{Direction, best_member};
use crate::stats::resamples::Resamples;

/// A panel against the best of its members in one measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BestMemberFinding {
    /// Name of the panel.
    pub panel: String,
    /// What is compared.
    pub measure: Measure,
    /// Base cases, over the items that the panel and every member have a score
    /// of.
    pub cases: usize,
    /// The members: solo arms of all models of the panel.
    pub members: Vec<String>,
    /// For how many cases each was chosen.
    pub chosen: Vec<usize>,
    /// Mean of the panel on these cases.
    pub panel_mean: f64,
    /// Mean of the member that was chosen by all other cases.
    pub baseline: f64,
    /// Panel minus baseline; the choice is made anew in every resample.
    pub diff: Range,
    /// The member that looks best on all cases: it was chosen by looking.
    pub naive: String,
    /// Its mean.
    pub naive_mean: f64,
    /// By how much the naive best looks better than one chosen without looking.
    pub optimism: f64,
    /// Mean of all members.
    pub mean_member: f64,
    /// Panel minus the mean of its members, paired.
    pub mean_diff: Option<Range>,
    /// Members against which the one-sided 95 % bound does not exclude zero;
    /// "beats its best member" is said only when there is none.
    pub not_beaten: Vec<String>,
}

impl BestMemberFinding {
    /// Is the panel shown to be better than every single member? Since all must
    /// be beaten, no adjustment for their number is needed (the
    /// intersection-union test: Berger, *Multiparameter hypothesis testing and
    /// acceptance sampling*, Technometrics 24, 1982).
    pub fn beats_every_member(&self) -> bool {
        self.not_beaten.is_empty()
    }
}

/// The finding on one panel in one measure; `comparisons` must hold those with
/// its members.
pub fn against_best(
    study: &Study,
    tables: &Tables,
    panel: &PanelFacts,
    measure: Measure,
    (comparisons, resamples, seed): (&[Comparison], usize, u64),
) -> Option<BestMemberFinding> {
    let table = tables.get(measure)?;
    let place = |name: &String| study.arms.iter().position(|arm| arm.rows.name == *name);
    let own = place(&panel.arm)?;
    let members: Vec<(String, usize)> = panel
        .members
        .iter()
        .filter_map(|name| Some((name.clone(), place(name)?)))
        .collect();
    if members.is_empty() {
        return None;
    }
    let places: Vec<usize> = std::iter::once(own)
        .chain(members.iter().map(|(_, at)| *at))
        .collect();
    let common = table.common(&places);
    let (own, values) = common.split_first()?;
    let direction = if measure.more_is_worse() {
        Direction::LowerIsBetter
    } else {
        Direction::HigherIsBetter
    };
    let draws = Resamples::new(own.len(), resamples, seed);
    let found = best_member(own, values, direction, LEVEL, &draws)?;
    let mean_of_members: Vec<f64> = (0..own.len())
        .map(|case| values.iter().map(|m| m[case]).sum::<f64>() / values.len() as f64)
        .collect();
    let differences: Vec<f64> = own
        .iter()
        .zip(&mean_of_members)
        .map(|(a, b)| a - b)
        .collect();
    let name = |at: usize| members.get(at).map(|(n, _)| n.clone()).unwrap_or_default();
    let beaten = |member: &str| {
        comparisons.iter().any(|one| {
            one.measure == measure && one.a == panel.arm && one.b == member && one.is_better()
        })
    };
    Some(BestMemberFinding {
        panel: panel.name.clone(),
        measure,
        cases: found.cases,
        chosen: found.chosen,
        panel_mean: found.panel,
        baseline: found.baseline,
        diff: Range {
            mean: found.difference,
            lo: found.lo.max(-1.0),
            hi: found.hi.min(1.0),
        },
        naive: name(found.naive),
        naive_mean: found.naive_baseline,
        optimism: found.optimism,
        mean_member: mean_of_members.iter().sum::<f64>() / own.len().max(1) as f64,
        mean_diff: Range::of(measure.kind().difference(), &differences),
        not_beaten: members
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| !beaten(name))
            .collect(),
        members: members.into_iter().map(|(name, _)| name).collect(),
    })
}
