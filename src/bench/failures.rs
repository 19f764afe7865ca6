//! What failed in a run and has no answer yet, for its files.

use std::collections::BTreeSet;

use crate::gateway::journal::{Journal, JournalError};
use crate::gateway::{FailureKind, Trouble, distinct, without_times};

/// An item and a trial.
pub type Troubled = BTreeSet<(String, u32)>;

/// Each distinct failure of a model as a warning: the provider's words and what
/// helps, in the order of the models' names. Only of items that are in trouble
/// (unscored, or not answered completely): a failure that a later session got
/// round is none any more. How many calls met it, and when a provider opens
/// again, depends on chance and the clock, and is told elsewhere.
///
/// # Errors
/// [`JournalError`] when the failures cannot be read.
pub fn warnings(journal: &Journal, troubled: &Troubled) -> Result<Vec<String>, JournalError> {
    let failures = journal.failures()?;
    let mut rows: Vec<_> = failures
        .iter()
        .filter(|row| troubled.contains(&(row.item.to_string(), row.trial)))
        .map(|row| {
            let words = without_times(&row.message);
            (&*row.provider, &*row.model, row.kind, words)
        })
        .collect();
    rows.sort();
    Ok(distinct(rows).iter().map(warning).collect())
}

fn warning(trouble: &Trouble) -> String {
    let helps = match &trouble.advice {
        Some(advice) => format!(". What helps: {advice}"),
        None => String::new(),
    };
    let word = match trouble.kind {
        FailureKind::BadRequest | FailureKind::NotFound | FailureKind::Refused => "REFUSED",
        _ => "calls without an answer",
    };
    format!("{word}: {}{helps}", trouble.words)
}
