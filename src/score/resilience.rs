//! Resilience: does an answer stay the same when only the wording of the case
//! changes? (scoring.md, section 14)

use std::sync::Arc;

use crate::clinical::RubricOption;

use super::prepared::PreparedRubric;
use super::records::JudgedOption;

/// Decision units of a rubric: options under one label, whatever its type, and
/// single options. Units without weight are left out.
#[derive(Debug, PartialEq)]
pub(super) struct UnitLayout {
    /// Weight of every unit, labelled ones first, each in rubric order.
    weights: Vec<f64>,
    /// Unit of the option at each place of the rubric.
    unit_of: Vec<Option<usize>>,
}

/// Which decision units of its rubric an answer met.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitHits {
    layout: Arc<UnitLayout>,
    met: Vec<bool>,
}

/// Severity weight of an option. Plain `score` decides: neither placement nor
/// grade, nor the weights of section 3. The reference cannot read an option
/// without `score`; here it has no weight.
fn severity_weight(option: &RubricOption) -> f64 {
    match option.score {
        // Scores lie in 0-9.
        Some(score) if score <= 3 => (4 - score) as f64,
        Some(score) if score >= 7 => (score - 6) as f64,
        _ => 0.0,
    }
}

impl UnitLayout {
    pub fn new<'a>(options: impl Iterator<Item = &'a RubricOption>) -> Self {
        // (label, weight, places of the members)
        let mut labelled: Vec<(&str, f64, Vec<usize>)> = Vec::new();
        let mut single: Vec<(&str, f64, Vec<usize>)> = Vec::new();
        let mut count = 0;
        for (place, option) in options.enumerate() {
            count += 1;
            let weight = severity_weight(option);
            let label = option.abstraction.as_deref().unwrap_or_default();
            if label.is_empty() {
                single.push(("", weight, vec![place]));
            } else if let Some(unit) = labelled.iter_mut().find(|unit| unit.0 == label) {
                unit.1 = unit.1.max(weight);
                unit.2.push(place);
            } else {
                labelled.push((label, weight, vec![place]));
            }
        }
        let mut layout = Self {
            weights: Vec::new(),
            unit_of: vec![None; count],
        };
        for (_, weight, members) in labelled.into_iter().chain(single) {
            if weight > 0.0 {
                for place in members {
                    layout.unit_of[place] = Some(layout.weights.len());
                }
                layout.weights.push(weight);
            }
        }
        layout
    }
}

impl UnitHits {
    /// The units that a record meets: one with a matched option, partly matched
    /// or not.
    pub fn new(rubric: &PreparedRubric, options: &[JudgedOption]) -> Self {
        let layout = Arc::clone(&rubric.units);
        let mut met = vec![false; layout.weights.len()];
        for option in options.iter().filter(|option| option.matched) {
            let place = rubric.place(option.id);
            if let Some(unit) = place.and_then(|place| layout.unit_of[place]) {
                met[unit] = true;
            }
        }
        Self { layout, met }
    }
}

/// Resilience of one case under one judge, 0..=1 (1: always the same
/// decisions); `None` with fewer than two records, when a record has no rubric,
/// or when the rubric has no unit with a weight.
pub(super) fn of_records(records: &[Option<&UnitHits>]) -> Option<f64> {
    let hits: Vec<&UnitHits> = records.iter().copied().collect::<Option<_>>()?;
    let [first, _, ..] = hits.as_slice() else {
        return None;
    };
    let weights = &first.layout.weights;
    let count = hits.len() as f64;
    let (mut doubt, mut total) = (0.0, 0.0);
    for (unit, weight) in weights.iter().enumerate() {
        let met = hits
            .iter()
            .filter(|hit| hit.met.get(unit) == Some(&true))
            .count();
        doubt += weight * entropy(met as f64 / count);
        total += weight;
    }
    (total > 0.0).then(|| 1.0 - doubt / total)
}

/// Entropy of a yes-no decision in bits.
fn entropy(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return 0.0;
    }
    -(p * p.log2() + (1.0 - p) * (1.0 - p).log2())
}
