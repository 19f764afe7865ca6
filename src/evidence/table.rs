//! Values of all arms, aligned by item, so that any two can be compared without
//! looking anything up.

use std::collections::HashMap;

use super::measure::Measure;
use super::study::Study;
use crate::clinical::id::base_and_variant;

/// Variant number of a case as it was first posed.
const BASE: i64 = -1;

/// Values of one measure: every arm on every item (times trial).
#[derive(Clone, Debug)]
pub struct Table {
    /// Case of each slot, an index into the study's cases.
    case: Vec<usize>,
    /// Item and trial of each slot.
    slots: Vec<(String, u32)>,
    /// By arm, then by slot; NaN: no value.
    values: Vec<Vec<f64>>,
    /// By arm, then by slot: was the arm to answer it?
    asked: Vec<Vec<bool>>,
    cases: usize,
}

/// Case values: index of the case, mean over its items and trials.
pub type ByCase = Vec<(usize, f64)>;

impl Table {
    /// The values of a measure.
    pub fn of(study: &Study, measure: Measure) -> Self {
        let cases: HashMap<&str, usize> = study
            .cases
            .iter()
            .enumerate()
            .map(|(at, case)| (case.id.as_str(), at))
            .collect();
        let mut places: HashMap<(&str, u32), usize> = HashMap::new();
        let mut slots = Vec::new();
        let mut case = Vec::new();
        for arm in &study.arms {
            for row in &arm.rows.rows {
                let Some(&at) = cases.get(row.case.as_str()) else {
                    continue;
                };
                places.entry((&row.item, row.trial)).or_insert_with(|| {
                    slots.push((row.item.clone(), row.trial));
                    case.push(at);
                    slots.len() - 1
                });
            }
        }
        let values = study.arms.iter().map(|arm| {
            let mut values = vec![f64::NAN; slots.len()];
            for row in &arm.rows.rows {
                let place = places.get(&(row.item.as_str(), row.trial));
                if let (Some(&place), Some(value)) = (place, measure.of(row)) {
                    values[place] = value;
                }
            }
            values
        });
        let asked = study.arms.iter().map(|arm| {
            let mut asked = vec![false; slots.len()];
            for row in &arm.rows.rows {
                if let Some(&place) = places.get(&(row.item.as_str(), row.trial)) {
                    asked[place] = true;
                }
            }
            asked
        });
        Self {
            values: values.collect(),
            asked: asked.collect(),
            case,
            slots,
            cases: study.cases.len(),
        }
    }

    /// Items times trials.
    pub fn slots(&self) -> &[(String, u32)] {
        &self.slots
    }

    /// Case of a slot.
    pub fn case_of(&self, slot: usize) -> Option<usize> {
        self.case.get(slot).copied()
    }

    /// An arm's values by slot; NaN: no value.
    pub fn values(&self, arm: usize) -> &[f64] {
        self.values.get(arm).map_or(&[], Vec::as_slice)
    }

    /// An arm's values by case.
    pub fn by_case(&self, arm: usize) -> ByCase {
        self.means(self.values(arm).iter().copied())
    }

    /// Differences of two arms by case, over the items that both have a value
    /// of.
    pub fn differences(&self, a: usize, b: usize) -> ByCase {
        let pairs = self.values(a).iter().zip(self.values(b));
        self.means(pairs.map(|(a, b)| a - b))
    }

    /// Items (times trials) that either arm was to answer and that are in no
    /// difference, since one of them has no value.
    pub fn left_out(&self, a: usize, b: usize) -> usize {
        let asked = |arm: usize, slot: usize| {
            let of = self.asked.get(arm).and_then(|asked| asked.get(slot));
            of.copied().unwrap_or_default()
        };
        let pairs = self.values(a).iter().zip(self.values(b)).enumerate();
        pairs
            .filter(|(slot, (x, y))| (asked(a, *slot) || asked(b, *slot)) && (**x - **y).is_nan())
            .count()
    }

    /// The mean difference over all cases if what is missing in either arm had
    /// come out at these values.
    pub fn mean_if(
        &self,
        (a, b): (usize, usize),
        (missing_a, missing_b): (f64, f64),
    ) -> Option<f64> {
        let known = |value: f64, other: f64| if value.is_nan() { other } else { value };
        let pairs = self.values(a).iter().zip(self.values(b));
        let by_case = self.means(pairs.map(|(x, y)| known(*x, missing_a) - known(*y, missing_b)));
        let n = by_case.len();
        (n > 0).then(|| by_case.iter().map(|(_, value)| value).sum::<f64>() / n as f64)
    }

    /// Both arms' values by case, over the items that both have a value of.
    pub fn both(&self, a: usize, b: usize) -> (Vec<f64>, Vec<f64>) {
        let pairs = || self.values(a).iter().zip(self.values(b));
        let first = self.means(pairs().map(|(a, b)| if b.is_nan() { *b } else { *a }));
        let second = self.means(pairs().map(|(a, b)| if a.is_nan() { *a } else { *b }));
        let plain = |values: ByCase| values.into_iter().map(|(_, value)| value).collect();
        (plain(first), plain(second))
    }

    /// Case values of several arms over the items that all of them have a value
    /// of: by arm, then by case.
    pub fn common(&self, arms: &[usize]) -> Vec<Vec<f64>> {
        let there = |slot: usize| {
            arms.iter()
                .all(|&arm| self.values(arm).get(slot).is_some_and(|v| !v.is_nan()))
        };
        let common: Vec<bool> = (0..self.slots.len()).map(there).collect();
        let of = |arm: usize| {
            let values = self.values(arm).iter().zip(&common);
            let by_case = self.means(values.map(|(v, there)| if *there { *v } else { f64::NAN }));
            by_case.into_iter().map(|(_, value)| value).collect()
        };
        arms.iter().map(|&arm| of(arm)).collect()
    }

    /// Values of the one answer a case has, where both arms have one, if every
    /// case has one answer.
    pub fn plain_pairs(&self, a: usize, b: usize) -> Option<Vec<(f64, f64)>> {
        let pairs = self.values(a).iter().zip(self.values(b));
        self.is_plain().then(|| {
            pairs
                .filter(|(x, y)| !(**x - **y).is_nan())
                .map(|(x, y)| (*x, *y))
                .collect()
        })
    }

    /// Values of the base variant in the first trial, where both arms have one.
    pub fn base_pairs(&self, a: usize, b: usize) -> Vec<(f64, f64)> {
        let mut pairs = Vec::new();
        for (slot, (item, trial)) in self.slots.iter().enumerate() {
            let (Some(&va), Some(&vb)) = (self.values(a).get(slot), self.values(b).get(slot))
            else {
                continue;
            };
            let (_, variant) = base_and_variant(item);
            if variant == BASE && *trial == 1 && !(va - vb).is_nan() {
                pairs.push((va, vb));
            }
        }
        pairs
    }

    /// Does every case have one item in one trial?
    pub fn is_plain(&self) -> bool {
        let mut seen = vec![false; self.cases];
        self.case
            .iter()
            .all(|&case| !std::mem::replace(&mut seen[case], true))
    }

    /// Means over the slots of each case, NaN left out; in the order of cases.
    fn means(&self, values: impl Iterator<Item = f64>) -> ByCase {
        let mut sums = vec![(0.0, 0_u32); self.cases];
        for (value, &case) in values.zip(&self.case) {
            if !value.is_nan() {
                sums[case].0 += value;
                sums[case].1 += 1;
            }
        }
        sums.into_iter()
            .enumerate()
            .filter(|(_, (_, n))| *n > 0)
            .map(|(case, (sum, n))| (case, sum / f64::from(n)))
            .collect()
    }
}
