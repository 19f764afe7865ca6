//! What a next run could detect, by how much two arms differed from case to
//! case in this one.

use serde::Serialize;

use super::measure::Measure;
use super::study::Study;
use super::table::Table;
use crate::stats::components::components;
use crate::stats::power::{Aim, ItemsNeeded, cases_needed, items_needed, smallest_detectable};

/// What the comparison of two arms could detect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Detectable {
    /// First arm.
    pub a: String,
    /// Second arm.
    pub b: String,
    /// Measure.
    pub measure: Measure,
    /// Base cases with a difference.
    pub cases: usize,
    /// Answers a case in either arm (variants times trials), on average.
    pub per_case: f64,
    /// Mean difference that was seen.
    pub seen: f64,
    /// Standard deviation of the differences from case to case.
    pub sd: f64,
    /// Variance between cases and within a case; null with one answer a case,
    /// where they cannot be told apart.
    pub between_within: Option<(f64, f64)>,
    /// The smallest difference that these cases detect; null where nothing
    /// differed.
    pub smallest: Option<f64>,
    /// What a wished difference would need.
    pub wish: Option<Wish>,
}

/// What a wished difference would need.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Wish {
    /// The difference.
    pub difference: f64,
    /// Cases, with as many answers a case as now; null beyond ten million.
    pub cases: Option<usize>,
    /// Answers a case (variants times trials) on the same cases, where that is
    /// enough.
    pub per_case: Option<u64>,
    /// Where no number of answers a case is enough: the difference that would
    /// be detected with endlessly many.
    pub limit: Option<f64>,
}

/// What comparing two arms, by their places in the study, could detect.
pub fn detectable(
    study: &Study,
    table: &Table,
    measure: Measure,
    (a, b): (usize, usize),
    (aim, wish): (Aim, Option<f64>),
) -> Option<Detectable> {
    let by_case = table.differences(a, b);
    let n = by_case.len();
    if n < 2 {
        return None;
    }
    let mean = by_case.iter().map(|(_, d)| d).sum::<f64>() / n as f64;
    let squares: f64 = by_case.iter().map(|(_, d)| (d - mean).powi(2)).sum();
    let sd = (squares / (n - 1) as f64).sqrt();
    let mut groups: Vec<Vec<f64>> = vec![Vec::new(); study.cases.len()];
    let pairs = table.values(a).iter().zip(table.values(b));
    for (slot, (x, y)) in pairs.enumerate() {
        let case = table
            .case_of(slot)
            .filter(|_| !x.is_nan() && !y.is_nan())
            .and_then(|case| groups.get_mut(case));
        if let Some(case) = case {
            case.push(x - y);
        }
    }
    let answers: usize = groups.iter().map(Vec::len).sum();
    let parts = components(&groups);
    let wish = wish.map(|difference| {
        let per_case = parts.and_then(|parts| items_needed(&parts, n, difference, aim));
        Wish {
            difference,
            cases: cases_needed(difference, sd, aim),
            per_case: match per_case {
                Some(ItemsNeeded::Items(items)) => Some(items),
                _ => None,
            },
            limit: match per_case {
                Some(ItemsNeeded::Impossible { smallest }) => Some(smallest),
                _ => None,
            },
        }
    });
    Some(Detectable {
        a: study.arms.get(a)?.rows.name.clone(),
        b: study.arms.get(b)?.rows.name.clone(),
        measure,
        cases: n,
        per_case: answers as f64 / n as f64,
        seen: mean,
        sd,
        between_within: parts.map(|parts| (parts.between, parts.within)),
        smallest: smallest_detectable(sd, n, aim),
        wish,
    })
}
