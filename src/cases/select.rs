//! Which items a run asks, and in which order.

use std::sync::Arc;

use glob::Pattern;
use thiserror::Error;

use crate::clinical::id::within_k;
use crate::clinical::{Case, Item};

use super::load::CaseSet;

/// Most variants that a case can have: the base and perturbations 0 to 9.
pub const MAX_K: u32 = 11;

/// What was asked for with `--only`, `--k` and `--limit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Globs over base ids and item ids, such as `Card*` or `Card001-3`. An
    /// item is in if any of them matches; none at all takes every item.
    pub only: Vec<String>,
    /// Variants per case, 1 (the base only) to [`MAX_K`].
    pub k: u32,
    /// At most so many cases, in the order of the set.
    pub limit: Option<usize>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            k: 1,
            limit: None,
        }
    }
}

/// An item that a run asks.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectedItem {
    /// Index of its case in [`CaseSet::cases`].
    pub case: usize,
    /// The item.
    pub item: Arc<Item>,
}

/// Why nothing sensible can be selected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SelectError {
    /// `k` is out of range.
    #[error("--k {0}: a case has 1 (the base only) to {MAX_K} variants")]
    K(u32),
    /// `limit` is 0.
    #[error("--limit 0 leaves no case; leave it out to take all")]
    NoCases,
    /// A glob cannot be parsed.
    #[error("--only {glob}: {problem}. Write an id such as Card001, or use * and ?, as in 'Card*'")]
    Glob {
        /// As it was given.
        glob: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A glob matches no item of the set.
    #[error("--only {glob}: no such case or item. There are, for example: {examples}")]
    NoMatch {
        /// As it was given.
        glob: String,
        /// Some ids that exist.
        examples: String,
    },
    /// A glob matches only items beyond the first `k` variants.
    #[error("--only {glob}: all that it names are beyond --k {k}; try --k {needed}")]
    BeyondK {
        /// As it was given.
        glob: String,
        /// As it was given.
        k: u32,
        /// The smallest that reaches one of them.
        needed: u32,
    },
}

/// The items to ask, breadth first: the base of every case, then variant 0 of
/// every case, and so on; within a variant in the order of the cases.
///
/// # Errors
/// Something out of range, or a glob that selects nothing.
pub fn select(set: &CaseSet, selection: &Selection) -> Result<Vec<SelectedItem>, SelectError> {
    let Selection { only, k, limit } = selection;
    if !(1..=MAX_K).contains(k) {
        return Err(SelectError::K(*k));
    }
    if *limit == Some(0) {
        return Err(SelectError::NoCases);
    }
    let globs = only
        .iter()
        .map(|glob| matcher(set, glob, *k))
        .collect::<Result<Vec<_>, _>>()?;
    let wanted = |case: &Case, item: &Item| {
        within_k(item.variant(), *k)
            && (globs.is_empty() || globs.iter().any(|glob| names(glob, case, item)))
    };
    let mut selected: Vec<SelectedItem> = set
        .cases
        .iter()
        .enumerate()
        .map(|(index, case)| {
            let items = case.items.iter().filter(|item| wanted(case, item));
            items
                .map(|item| SelectedItem {
                    case: index,
                    item: Arc::clone(item),
                })
                .collect::<Vec<_>>()
        })
        .filter(|items| !items.is_empty())
        .take(limit.unwrap_or(usize::MAX))
        .flatten()
        .collect();
    selected.sort_by_key(|it| (it.item.variant(), it.case));
    Ok(selected)
}

/// A glob that selects at least one item.
fn matcher(set: &CaseSet, glob: &str, k: u32) -> Result<Pattern, SelectError> {
    let matcher = Pattern::new(glob).map_err(|error| SelectError::Glob {
        glob: glob.to_owned(),
        problem: error.msg.to_owned(),
    })?;
    let first_variant = set
        .cases
        .iter()
        .flat_map(|case| case.items.iter().map(move |item| (case, item)))
        .filter(|(case, item)| names(&matcher, case, item))
        .map(|(_, item)| item.variant())
        .filter(|&variant| within_k(variant, MAX_K))
        .min();
    match first_variant {
        None => Err(SelectError::NoMatch {
            glob: glob.to_owned(),
            examples: examples(set),
        }),
        Some(variant) if within_k(variant, k) => Ok(matcher),
        Some(variant) => Err(SelectError::BeyondK {
            glob: glob.to_owned(),
            k,
            needed: (1..MAX_K).find(|&k| within_k(variant, k)).unwrap_or(MAX_K),
        }),
    }
}

fn names(glob: &Pattern, case: &Case, item: &Item) -> bool {
    glob.matches(&case.id) || glob.matches(&item.id)
}

fn examples(set: &CaseSet) -> String {
    const SHOWN: usize = 8;
    let mut ids: Vec<&str> = set
        .cases
        .iter()
        .map(|case| case.id.as_str())
        .take(SHOWN)
        .collect();
    if set.cases.len() > SHOWN {
        ids.push("…");
    }
    ids.join(", ")
}
