//! What failed in a run and has no answer yet, for its files.

use crate::gateway::journal::{Journal, JournalError};
use crate::gateway::{FailureKind, Trouble, distinct, without_times};

/// Each distinct failure of a model as a warning: the provider's words and what
/// helps, in the order of the models' names. How many calls met it, and when a
/// provider opens again, depends on chance and the clock, and is told elsewhere.
///
/// # Errors
/// [`JournalError`] when the failures cannot be read.
pub fn warnings(journal: &Journal) -> Result<Vec<String>, JournalError> {
    let failures = journal.failures()?;
    let mut rows: Vec<_> = failures
        .iter()
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
