//! What was drafted, as the journal has it.

use std::cmp::Reverse;

use crate::clinical::ledger::Origin;
use crate::clinical::{Ledger, PatientText};
use crate::deliberation::usable;
use crate::gateway::journal::{Journal, JournalError};

/// The advisors whose drafts are in a ledger, each with the number of items in
/// its draft: as the journal has it, so that an item that the ledger lost is
/// noticed. A draft that the journal holds under another item's name, because
/// both have the same text, counts as the ledger has it.
///
/// A run may hold several drafts of one seat: a self-ensemble has the panel's
/// seats with another model in them. The draft whose items the ledger has is
/// meant.
///
/// # Errors
/// [`JournalError`] when the journal cannot be read.
pub fn drafted(
    journal: &Journal,
    ledger: &Ledger,
    item: &str,
    trial: u32,
) -> Result<Vec<(String, usize)>, JournalError> {
    let calls = journal.calls_of(item, trial)?;
    let mut drafted: Vec<(String, usize)> = Vec::new();
    for entry in &ledger.entries {
        let Origin::Draft(draft) = &entry.origin else {
            continue;
        };
        match drafted.iter_mut().find(|(agent, _)| *agent == draft.agent) {
            Some((_, most)) => *most = draft.number.max(*most),
            None => drafted.push((draft.agent.clone(), draft.number)),
        }
    }
    for (agent, items) in &mut drafted {
        // The last item of a draft that was cut is in the ledger as not used.
        let lost = ledger
            .unused
            .iter()
            .filter(|unused| unused.agent == *agent && unused.item.is_some());
        let lost = lost.count();
        let drafts = calls
            .iter()
            .filter(|call| &*call.stage == "draft" && *call.seat == **agent)
            .map(|call| {
                let mut items = usable::items(&call.text);
                items.truncate(items.len() - lost.min(items.len()));
                items
            });
        if let Some(count) = likest(drafts, ledger, agent) {
            *items = count;
        }
    }
    Ok(drafted)
}

/// The number of items of the draft that shares most items with an agent's
/// entries; of equal ones the shortest, so that nothing is missed that may never
/// have been there.
fn likest(
    drafts: impl Iterator<Item = Vec<PatientText>>,
    ledger: &Ledger,
    agent: &str,
) -> Option<usize> {
    let shared = |items: &[PatientText]| {
        let entries = ledger.entries.iter();
        entries
            .filter(|entry| match &entry.origin {
                Origin::Draft(draft) if draft.agent == agent => {
                    let place = draft.number.checked_sub(1);
                    place.and_then(|place| items.get(place)) == Some(&entry.text)
                }
                _ => false,
            })
            .count()
    };
    drafts
        .max_by_key(|items| (shared(items), Reverse(items.len())))
        .map(|items| items.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::{DraftRef, Fate, LedgerEntry};

    fn texts(words: &[&str]) -> Vec<PatientText> {
        words.iter().map(|word| PatientText::from(*word)).collect()
    }

    #[test]
    fn of_two_drafts_of_a_seat_the_one_that_the_ledger_has_counts() {
        let entry = |number, text: &str| LedgerEntry {
            origin: Origin::Draft(DraftRef {
                agent: "ada".to_owned(),
                number,
            }),
            text: text.into(),
            candidate: None,
            events: Vec::new(),
            fate: Fate::Kept { number },
        };
        let ledger = Ledger {
            entries: vec![entry(1, "a"), entry(2, "b")],
            ..Ledger::default()
        };
        let other = || texts(&["a", "x", "y", "z"]);
        let own = || texts(&["a", "b", "c"]);
        for drafts in [[other(), own()], [own(), other()]] {
            assert_eq!(likest(drafts.into_iter(), &ledger, "ada"), Some(3));
        }
        assert_eq!(likest([].into_iter(), &ledger, "ada"), None);
    }
}
