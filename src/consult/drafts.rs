//! What was drafted, as the journal has it.

use crate::clinical::Ledger;
use crate::clinical::ledger::Origin;
use crate::deliberation::parse::parse_draft;
use crate::gateway::journal::{Journal, JournalError};

/// The advisors whose drafts are in a ledger, each with the number of items in
/// its draft: as the journal has it, so that an item that the ledger lost is
/// noticed. A draft that the journal holds under another item's name, because
/// both have the same text, counts as the ledger has it.
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
        let call = calls
            .iter()
            .find(|call| &*call.stage == "draft" && *call.seat == **agent);
        if let Some(call) = call {
            *items = parse_draft(&call.text).items.len();
        }
    }
    Ok(drafted)
}
