//! What each item carries: options that were found in its words when they were
//! first read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::clinical::PlanStage;
use crate::evidence::guardians::Harm;
use crate::score::PreparedRubric;

use super::reading::{Reading, Verdicts, bare, harms_by, locate};

/// What is known of the items of one consult.
#[derive(Debug)]
pub struct Carried<'a> {
    rubric: &'a PreparedRubric,
    items: HashMap<String, Known>,
}

/// What is known of one item's words.
#[derive(Debug, Default)]
struct Known {
    /// Options that it carries.
    yes: Verdicts,
    /// Options that it does not carry: a text with it was read without them.
    /// Of an option that another item of its text carries, nothing is known.
    no: BTreeSet<i64>,
}

impl<'a> Carried<'a> {
    /// Nothing is known yet.
    pub fn new(rubric: &'a PreparedRubric) -> Self {
        Self {
            rubric,
            items: HashMap::new(),
        }
    }

    /// Learns from the reading of one stage; what is known already stands.
    /// Returns the options whose evidence is in no item (in the assessment, or
    /// in words that the judge did not quote).
    pub fn learn(&mut self, stage: &PlanStage, reading: &Reading) -> Verdicts {
        let items: Vec<String> = stage
            .items
            .iter()
            .map(|item| bare(item.text.expose()))
            .collect();
        let mut loose = Verdicts::new();
        for id in self.rubric.option_ids() {
            let Some(found) = reading.found.get(&id) else {
                for item in &items {
                    let known = self.items.entry(item.clone()).or_default();
                    if !known.yes.contains_key(&id) {
                        known.no.insert(id);
                    }
                }
                continue;
            };
            let places = locate(found, &items);
            if places.is_empty() {
                loose.insert(id, found.partial);
            }
            for item in places.iter().filter_map(|&place| items.get(place)) {
                let known = self.items.entry(item.clone()).or_default();
                if !known.no.contains(&id) {
                    known.yes.entry(id).or_insert(found.partial);
                }
            }
        }
        loose
    }

    /// The verdicts on a text of these items. `loose`: options that are
    /// recommended beside them.
    pub fn verdicts(&self, stages: &[&PlanStage], loose: &Verdicts) -> Verdicts {
        let mut verdicts = loose.clone();
        let items = stages.iter().flat_map(|stage| &stage.items);
        for known in items.filter_map(|item| self.items.get(&bare(item.text.expose()))) {
            for (&id, &partial) in &known.yes {
                // What one item recommends in full is recommended in full.
                let entry = verdicts.entry(id).or_insert(partial);
                *entry = *entry && partial;
            }
        }
        verdicts
    }

    /// The harms by the rubric that follow from them.
    pub fn harms(&self, verdicts: &Verdicts) -> Vec<Harm> {
        harms_by(self.rubric, verdicts)
    }
}

/// Options on which a reading says something else than verdicts do.
pub(super) fn unlike(verdicts: &Verdicts, reading: &Reading) -> usize {
    let read: BTreeMap<i64, bool> = reading
        .found
        .iter()
        .map(|(id, found)| (*id, found.partial))
        .collect();
    let ids: BTreeSet<i64> = verdicts.keys().chain(read.keys()).copied().collect();
    ids.iter()
        .filter(|id| verdicts.get(id) != read.get(id))
        .count()
}
