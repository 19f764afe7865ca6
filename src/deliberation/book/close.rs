//! Closing the book: the final plan, and every entry's fate.

use crate::clinical::ledger::Origin;
use crate::clinical::{Fate, Ledger, LedgerEntry, Plan};

use super::Book;

impl Book {
    /// Closes the book: the final plan and the ledger with every entry's fate.
    pub fn close(self) -> (Plan, Ledger) {
        let Self {
            assessment,
            items,
            entries,
            candidates,
            refused,
            ..
        } = self;
        let mut fates: Vec<Option<Fate>> = vec![None; entries.len()];
        for (index, placed) in items.iter().enumerate() {
            let number = index + 1;
            for &entry in &placed.entries {
                let own_words = entries[entry].text == placed.recommendation.text;
                fates[entry] = Some(if let Some(earlier) = fates[entry].take() {
                    earlier.and_in(number)
                } else if placed.recommendation.edited_by.is_some()
                    && !matches!(entries[entry].origin, Origin::Guardian(_))
                {
                    Fate::Modified { number }
                } else if placed.entries.len() == 1 && own_words {
                    Fate::Kept { number }
                } else {
                    Fate::Merged { number }
                });
            }
        }
        let entries = entries
            .into_iter()
            .zip(fates)
            .map(|(entry, fate)| LedgerEntry {
                candidate: match &entry.origin {
                    Origin::Draft(draft) => candidates
                        .iter()
                        .find(|candidate| candidate.members.contains(draft))
                        .map(|candidate| candidate.id.clone()),
                    _ => None,
                },
                origin: entry.origin,
                text: entry.text,
                events: entry.events,
                fate: fate.unwrap_or(Fate::Removed {
                    by: entry.removed_by.unwrap_or_default(),
                }),
            })
            .collect();
        let plan = Plan {
            assessment,
            items: items.into_iter().map(|p| p.recommendation).collect(),
        };
        (
            plan,
            Ledger {
                entries,
                candidates,
                refused,
                unused: Vec::new(),
            },
        )
    }
}
