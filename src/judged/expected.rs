//! Which items count, and which answers should have a score.

use std::collections::BTreeSet;

use glob::Pattern;

use crate::cases::MAX_K;
use crate::clinical::id::{base_and_variant, within_k};

/// Which items count.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    /// Variants per case; `None`: all.
    pub k: Option<u32>,
    only: Vec<Pattern>,
}

impl ItemFilter {
    /// The first `k` variants of the items that match a glob; every item
    /// matches where no glob is given.
    ///
    /// # Errors
    /// What is wrong with `k` or a glob, for people.
    pub fn new(k: Option<u32>, only: &[String]) -> Result<Self, String> {
        if let Some(k) = k.filter(|k| !(1..=MAX_K).contains(k)) {
            return Err(format!(
                "--k {k}: a case has 1 (the base only) to {MAX_K} variants"
            ));
        }
        let only = only
            .iter()
            .map(|glob| Pattern::new(glob).map_err(|error| format!("--only {glob}: {}", error.msg)))
            .collect::<Result<_, _>>()?;
        Ok(Self { k, only })
    }

    /// Does the item count?
    pub fn takes(&self, id: &str) -> bool {
        let (base, variant) = base_and_variant(id);
        self.k.is_none_or(|k| within_k(variant, k))
            && (self.only.is_empty()
                || self
                    .only
                    .iter()
                    .any(|glob| glob.matches(base) || glob.matches(id)))
    }
}

/// The variants per case that the report is about: those asked for, otherwise
/// the fewest that hold every item found.
pub fn k_of<'a>(filter: &ItemFilter, found: impl IntoIterator<Item = &'a str>) -> u32 {
    filter.k.unwrap_or_else(|| {
        let highest = found
            .into_iter()
            .map(|id| base_and_variant(id).1)
            .max()
            .unwrap_or_default();
        u32::try_from(highest + 2).map_or(MAX_K, |k| k.clamp(1, MAX_K))
    })
}

/// Items and trials that should have a score: those of the case set within
/// `k`, in every trial that was found; without a case set (`items` is `None`)
/// just those found.
pub fn expected(
    items: Option<&[String]>,
    filter: &ItemFilter,
    k: u32,
    found: &[(String, u64)],
) -> Vec<(String, u64)> {
    let Some(items) = items else {
        let mut seen = BTreeSet::new();
        return found
            .iter()
            .filter(|key| seen.insert(*key))
            .cloned()
            .collect();
    };
    let mut trials: BTreeSet<u64> = found.iter().map(|(_, trial)| *trial).collect();
    if trials.is_empty() {
        trials.insert(1);
    }
    items
        .iter()
        .filter(|id| filter.takes(id) && within_k(base_and_variant(id).1, k))
        .flat_map(|id| trials.iter().map(move |trial| (id.clone(), *trial)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, trial: u64) -> (String, u64) {
        (id.to_owned(), trial)
    }

    #[test]
    fn the_case_set_says_what_is_expected_in_every_trial_found() {
        let items: Vec<String> = ["A1", "A1-0", "A1-1", "B1"].map(Into::into).into();
        let found = [key("A1", 1), key("A1-0", 2)];
        let filter = ItemFilter::default();
        let k = k_of(&filter, found.iter().map(|(id, _)| id.as_str()));
        assert_eq!(k, 2);
        assert_eq!(
            expected(Some(&items), &filter, k, &found),
            [
                key("A1", 1),
                key("A1", 2),
                key("A1-0", 1),
                key("A1-0", 2),
                key("B1", 1),
                key("B1", 2)
            ]
        );
    }

    #[test]
    fn without_a_case_set_the_file_says_it() {
        let found = [key("A1", 1), key("A1", 1), key("B1", 1)];
        let filter = ItemFilter::default();
        assert_eq!(
            expected(None, &filter, 1, &found),
            [key("A1", 1), key("B1", 1)]
        );
    }

    #[test]
    fn globs_and_k_filter_items() {
        let filter = ItemFilter::new(Some(1), &["A*".into()]).expect("a filter");
        assert!(filter.takes("A1") && !filter.takes("A1-0") && !filter.takes("B1"));
        assert!(ItemFilter::new(Some(12), &[]).is_err());
    }
}
