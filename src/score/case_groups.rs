//! Records pooled by case, and the value of a case for each row (scoring.md,
//! section 12).

use std::collections::HashMap;

use super::aggregate::{RecordScores, RowMetric};
use super::mean::mean;
use super::resilience;
use crate::clinical::id::base_and_variant;

/// Records by base case, in order of first appearance.
pub struct CaseGroups<'a> {
    cases: Vec<(&'a str, Vec<&'a RecordScores>)>,
}

impl<'a> CaseGroups<'a> {
    /// Pools records: variants, trials and judges of a case together.
    pub fn new(records: impl IntoIterator<Item = &'a RecordScores>) -> Self {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut cases: Vec<(&str, Vec<&RecordScores>)> = Vec::new();
        for record in records {
            let (base, _) = base_and_variant(&record.id);
            let place = *places.entry(base).or_insert(cases.len());
            match cases.get_mut(place) {
                Some((_, members)) => members.push(record),
                None => cases.push((base, vec![record])),
            }
        }
        Self { cases }
    }

    /// Number of base cases.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Is there no case?
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Base id and value of every case that has one, in order of first
    /// appearance: what the mean of a row is taken over, and what a
    /// paired comparison of two arms takes the differences of. The floor is
    /// given for every case, whether or not there are enough records for a row
    /// (see [`Self::has_floor`]).
    pub fn values(&self, metric: RowMetric) -> Vec<(String, f64)> {
        self.cases
            .iter()
            .filter_map(|(base, records)| {
                let value = match metric {
                    RowMetric::Averaged(average) => mean_of_known(records, average as usize),
                    RowMetric::Floor => floor(records),
                    RowMetric::Resilience => case_resilience(records),
                }?;
                Some(((*base).to_owned(), value))
            })
            .collect()
    }

    /// Are there enough records per case for the floor to be a row: a median
    /// of at least 2? It counts records, so two judges or trials are enough.
    pub fn has_floor(&self) -> bool {
        let mut counts: Vec<usize> = self.cases.iter().map(|(_, r)| r.len()).collect();
        counts.sort_unstable();
        let middle = counts.len() / 2;
        match counts.as_slice() {
            [] => false,
            odd if odd.len() % 2 == 1 => odd[middle] >= 2,
            // The mean of the two middle ones is at least 2.
            even => even[middle - 1] + even[middle] >= 4,
        }
    }
}

fn mean_of_known(records: &[&RecordScores], column: usize) -> Option<f64> {
    let values: Vec<f64> = records
        .iter()
        .map(|record| record.averaged[column])
        .filter(|value| !value.is_nan())
        .collect();
    (!values.is_empty()).then(|| mean(&values))
}

/// The worst headline of a case.
fn floor(records: &[&RecordScores]) -> Option<f64> {
    records
        .iter()
        .map(|record| record.headline())
        .filter(|value| !value.is_nan())
        .min_by(f64::total_cmp)
}

/// Mean over judges, in order of first appearance.
fn case_resilience(records: &[&RecordScores]) -> Option<f64> {
    let mut judges: Vec<(&str, Vec<Option<&resilience::UnitHits>>)> = Vec::new();
    for record in records {
        let hits = record.units.as_ref();
        match judges.iter_mut().find(|(name, _)| *name == record.judge) {
            Some((_, of_judge)) => of_judge.push(hits),
            None => judges.push((&record.judge, vec![hits])),
        }
    }
    let values: Vec<f64> = judges
        .iter()
        .filter_map(|(_, of_judge)| resilience::of_records(of_judge))
        .collect();
    (!values.is_empty()).then(|| mean(&values))
}
