//! Strata: cases by specialty (scoring.md, section 13, steps 1 and 2).

use super::pcg64::Pcg64;
use crate::clinical::id::{OTHER_SPECIALTY, specialty};

/// A specialty with fewer cases is dissolved.
const SMALLEST: usize = 3;

/// Case values laid out stratum by stratum.
pub(super) struct Strata {
    values: Vec<f64>,
    sizes: Vec<u32>,
}

impl Strata {
    pub fn new<S: AsRef<str>>(values_by_case: &[(S, f64)]) -> Self {
        let mut named: Vec<(&str, Vec<f64>)> = Vec::new();
        for (case, value) in values_by_case {
            let name = specialty(case.as_ref());
            match named.iter_mut().find(|(known, _)| *known == name) {
                Some((_, members)) => members.push(*value),
                None => named.push((name, vec![*value])),
            }
        }
        let mut strata: Vec<(&str, Vec<f64>)> = Vec::new();
        let mut dissolved: Vec<f64> = Vec::new();
        for (name, members) in named {
            if members.len() < SMALLEST {
                dissolved.extend(members);
            } else {
                strata.push((name, members));
            }
        }
        if !dissolved.is_empty() {
            match strata.iter_mut().find(|(name, _)| *name == OTHER_SPECIALTY) {
                Some((_, members)) => members.extend(dissolved),
                None => strata.push((OTHER_SPECIALTY, dissolved)),
            }
        }
        Self {
            // Nobody has 2^32 cases.
            sizes: strata
                .iter()
                .map(|(_, members)| u32::try_from(members.len()).unwrap_or(u32::MAX))
                .collect(),
            values: strata
                .into_iter()
                .flat_map(|(_, members)| members)
                .collect(),
        }
    }

    /// Draws as many values as there are, with replacement, stratum by
    /// stratum.
    pub fn draw(&self, generator: &mut Pcg64, into: &mut [f64]) {
        let (mut from, mut slots) = (self.values.as_slice(), into.iter_mut());
        for &size in &self.sizes {
            let (stratum, rest) = from.split_at(size as usize);
            from = rest;
            for slot in slots.by_ref().take(stratum.len()) {
                *slot = stratum[generator.below(size)];
            }
        }
    }

    #[cfg(test)]
    fn layout(&self) -> (&[u32], &[f64]) {
        (&self.sizes, &self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::Strata;

    fn layout(cases: &[&str]) -> (Vec<u32>, Vec<u32>) {
        let values: Vec<(&str, f64)> = (0_u32..)
            .zip(cases)
            .map(|(place, case)| (*case, f64::from(place)))
            .collect();
        let strata = Strata::new(&values);
        let (sizes, order) = strata.layout();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let order = order.iter().map(|&place| place as u32).collect();
        (sizes.to_vec(), order)
    }

    #[test]
    fn small_specialties_come_together_at_the_end() {
        let (sizes, order) = layout(&["B1", "A1", "C1", "A2", "B2", "A3"]);
        assert_eq!(sizes, [3, 3]);
        // A stays; B and C dissolve in the order in which they appeared.
        assert_eq!(order, [1, 3, 5, 0, 4, 2]);
    }

    #[test]
    fn an_other_of_three_takes_them_in_at_its_place() {
        let (sizes, order) = layout(&["1", "2", "3", "A1", "A2", "A3", "B1"]);
        assert_eq!(sizes, [4, 3]);
        assert_eq!(order, [0, 1, 2, 6, 3, 4, 5]);
    }

    #[test]
    fn a_small_other_dissolves_like_any_stratum() {
        let (sizes, order) = layout(&["1", "A1", "A2", "A3", "B1"]);
        assert_eq!(sizes, [3, 2]);
        assert_eq!(order, [1, 2, 3, 0, 4]);
    }

    #[test]
    fn a_letter_beyond_ascii_is_no_specialty() {
        // Ä1, Ä2 and Ö1 stand under one name, `_other`.
        let (sizes, order) = layout(&["A1", "Ä1", "A2", "Ä2", "A3", "Ö1"]);
        assert_eq!(sizes, [3, 3]);
        assert_eq!(order, [0, 2, 4, 1, 3, 5]);
    }

    #[test]
    fn other_may_end_up_with_one_case() {
        let (sizes, _) = layout(&["A1", "A2", "A3", "B1"]);
        assert_eq!(sizes, [3, 1]);
    }
}
