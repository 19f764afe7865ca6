//! The open book of one consult: the plan as it grows, and the ledger kept
//! beside it. Every change to the plan goes through here, so that the ledger
//! adds up by construction (design rule 3).

use crate::clinical::ledger::{Origin, RefusedEdit};
use crate::clinical::{
    Category, Check, DraftRef, LedgerCandidate, LedgerEvent, PatientText, Recommendation, Severity,
};

use super::parse::Draft;

mod close;

/// A plan under work with the ledger of all that was proposed.
#[derive(Clone, Debug)]
pub struct Book {
    assessment: PatientText,
    items: Vec<Placed>,
    entries: Vec<Entry>,
    candidates: Vec<LedgerCandidate>,
    refused: Vec<RefusedEdit>,
    keys: usize,
}

/// An item of the plan, whatever its number comes to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(usize);

impl Key {
    /// The key as a number, the same for one item all through a consult.
    pub fn number(self) -> usize {
        self.0
    }
}

/// A plan item, and the ledger entries that it carries.
#[derive(Clone, Debug)]
struct Placed {
    key: Key,
    recommendation: Recommendation,
    entries: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Entry {
    origin: Origin,
    text: PatientText,
    events: Vec<LedgerEvent>,
    /// The stage that took it out of the plan for good.
    removed_by: Option<String>,
}

/// Why something was done to an item.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// In the agent's or the rule's words.
    pub reason: PatientText,
    /// Of a guardian's edit: the whole edit as JSON text.
    pub edit: Option<PatientText>,
    /// Of a guardian's edit: what others said who were asked about it.
    pub checks: Vec<Check>,
}

impl Why {
    /// A rule's words.
    pub fn reason(words: &str) -> Self {
        Self {
            reason: PatientText::from(words),
            ..Self::default()
        }
    }
}

impl Entry {
    fn note(&mut self, stage: &str, what: &str, why: &Why) {
        self.events.push(LedgerEvent {
            stage: stage.to_owned(),
            what: what.to_owned(),
            reason: why.reason.clone(),
            edit: why.edit.clone(),
            before: None,
            checks: why.checks.clone(),
        });
    }
}

impl Book {
    /// Opens a book with every drafted item entered, and nothing in the plan
    /// yet. `drafts` come in the panel's order, whatever order they arrived
    /// in.
    pub fn open(drafts: &[(String, Draft)]) -> Self {
        let entries = drafts
            .iter()
            .flat_map(|(agent, draft)| {
                draft.items.iter().enumerate().map(move |(i, text)| Entry {
                    origin: Origin::Draft(DraftRef {
                        agent: agent.clone(),
                        number: i + 1,
                    }),
                    text: text.clone(),
                    events: Vec::new(),
                    removed_by: None,
                })
            })
            .collect();
        Self {
            assessment: PatientText::default(),
            items: Vec::new(),
            entries,
            candidates: Vec::new(),
            refused: Vec::new(),
            keys: 0,
        }
    }

    /// Sets the assessment.
    pub fn assess(&mut self, assessment: PatientText) {
        self.assessment = assessment;
    }

    /// The items as they stand.
    pub fn items(&self) -> impl ExactSizeIterator<Item = &Recommendation> + Clone {
        self.items.iter().map(|placed| &placed.recommendation)
    }

    /// The items with their keys.
    pub fn keyed(&self) -> impl ExactSizeIterator<Item = (Key, &Recommendation)> + Clone {
        self.items
            .iter()
            .map(|placed| (placed.key, &placed.recommendation))
    }

    /// Key of the item at a place.
    pub fn key_at(&self, index: usize) -> Option<Key> {
        self.items.get(index).map(|placed| placed.key)
    }

    /// Place of an item, if it is in the plan.
    pub fn place_of(&self, key: Key) -> Option<usize> {
        self.items.iter().position(|placed| placed.key == key)
    }

    /// Is a drafted item in the plan?
    pub fn carries(&self, draft: &DraftRef) -> bool {
        self.entry_of(draft)
            .is_some_and(|entry| self.items.iter().any(|p| p.entries.contains(&entry)))
    }

    /// What the drafted items were pooled into, with what was decided.
    pub fn pooled(&mut self, candidates: Vec<LedgerCandidate>) {
        self.candidates = candidates;
    }

    /// Says who supports an item of the plan.
    pub fn support(&mut self, index: usize, supporters: Vec<String>) {
        if let Some(placed) = self.items.get_mut(index) {
            placed.recommendation.supporters = supporters;
        }
    }

    /// Takes a drafted item into an item of the plan that says the same.
    pub fn join(&mut self, stage: &str, index: usize, draft: &DraftRef, why: &Why) {
        let Some(entry) = self.entry_of(draft) else {
            return;
        };
        if let Some(placed) = self.items.get_mut(index)
            && !placed.entries.contains(&entry)
        {
            placed.entries.push(entry);
            placed.entries.sort_unstable();
            placed.recommendation.basis.push(draft.clone());
            placed.recommendation.basis.sort();
            self.entries[entry].note(stage, "merged", why);
        }
    }

    fn entry_of(&self, draft: &DraftRef) -> Option<usize> {
        self.entries
            .iter()
            .position(|e| matches!(&e.origin, Origin::Draft(d) if d == draft))
    }

    fn next_key(&mut self) -> Key {
        self.keys += 1;
        Key(self.keys)
    }

    /// The assessment as it stands.
    pub fn assessment(&self) -> &PatientText {
        &self.assessment
    }

    /// Puts a recommendation into the plan that carries the drafted items in
    /// its basis; basis entries that were never drafted are dropped. Several
    /// recommendations may rest on one drafted item, when it held more than one
    /// action.
    ///
    /// Returns false, and changes nothing, when nothing drafted is left in the
    /// basis, or when the plan says the same already.
    pub fn place(&mut self, stage: &str, mut recommendation: Recommendation) -> bool {
        let mut carried: Vec<usize> = recommendation
            .basis
            .iter()
            .filter_map(|wanted| self.entry_of(wanted))
            .collect();
        carried.sort_unstable();
        carried.dedup();
        let said = self
            .items()
            .any(|item| super::same_words(&item.text, &recommendation.text));
        if carried.is_empty() || said {
            return false;
        }
        recommendation.basis = carried
            .iter()
            .filter_map(|&entry| match &self.entries[entry].origin {
                Origin::Draft(draft) => Some(draft.clone()),
                _ => None,
            })
            .collect();
        recommendation.basis.sort();
        let alone = carried.len() == 1;
        for &entry in &carried {
            let entry = &mut self.entries[entry];
            let what = if alone { "kept" } else { "merged" };
            entry.note(stage, what, &Why::default());
        }
        let key = self.next_key();
        self.items.push(Placed {
            key,
            recommendation,
            entries: carried,
        });
        true
    }

    /// Records a recommendation that rests on no draft and was refused.
    pub fn refuse_invented(&mut self, moderator: &str, text: PatientText) {
        let stage = format!("synthesis:{moderator}");
        let mut entry = Entry {
            origin: Origin::Moderator(moderator.to_owned()),
            text,
            events: Vec::new(),
            removed_by: Some(stage.clone()),
        };
        let why = Why::reason("it rests on no drafted item, or the plan says it already");
        entry.note(&stage, "refused", &why);
        self.entries.push(entry);
    }

    /// Ends every drafted item that is not in the plan and not ended yet.
    /// `reason` gives the words for it.
    pub fn drop_unplaced(&mut self, stage: &str, reason: impl Fn(&DraftRef) -> PatientText) {
        let placed: Vec<usize> = self.items.iter().flat_map(|p| p.entries.clone()).collect();
        for (index, entry) in self.entries.iter_mut().enumerate() {
            if entry.removed_by.is_some() || placed.contains(&index) {
                continue;
            }
            if let Origin::Draft(draft) = &entry.origin {
                let why = Why {
                    reason: reason(draft),
                    ..Why::default()
                };
                entry.note(stage, "removed", &why);
                entry.removed_by = Some(stage.to_owned());
            }
        }
    }

    /// A guardian adds an item at the end of the plan.
    pub fn add(
        &mut self,
        guardian: &str,
        text: PatientText,
        category: Option<Category>,
        severity_if_omitted: Option<Severity>,
        why: &Why,
    ) -> Key {
        let stage = format!("guardian:{guardian}");
        let mut entry = Entry {
            origin: Origin::Guardian(guardian.to_owned()),
            text: text.clone(),
            events: Vec::new(),
            removed_by: None,
        };
        entry.note(&stage, "added", why);
        self.entries.push(entry);
        let key = self.next_key();
        self.items.push(Placed {
            key,
            recommendation: Recommendation {
                text,
                category,
                urgency: None,
                condition: None,
                basis: Vec::new(),
                edited_by: Some(guardian.to_owned()),
                severity_if_omitted,
                supporters: Vec::new(),
                objectors: Vec::new(),
                rating: None,
            },
            entries: vec![self.entries.len() - 1],
        });
        key
    }

    /// A guardian changes the words of the item at `index`.
    pub fn modify(
        &mut self,
        guardian: &str,
        index: usize,
        text: PatientText,
        severity_if_omitted: Option<Severity>,
        why: &Why,
    ) {
        let stage = format!("guardian:{guardian}");
        if let Some(placed) = self.items.get_mut(index) {
            let item = &mut placed.recommendation;
            let before = std::mem::replace(&mut item.text, text);
            item.edited_by = Some(guardian.to_owned());
            item.severity_if_omitted = severity_if_omitted.or(item.severity_if_omitted);
            for &entry in &placed.entries {
                self.entries[entry].events.push(LedgerEvent {
                    stage: stage.clone(),
                    what: "modified".to_owned(),
                    reason: why.reason.clone(),
                    edit: why.edit.clone(),
                    before: Some(before.clone()),
                    checks: why.checks.clone(),
                });
            }
        }
    }

    /// Takes the items at these indices out of the plan, each with its reason.
    pub fn remove(&mut self, stage: &str, what: &str, gone: &[(usize, Why)]) {
        for (index, why) in gone {
            if let Some(placed) = self.items.get(*index) {
                for &entry in &placed.entries {
                    self.entries[entry].note(stage, what, why);
                    self.entries[entry].removed_by = Some(stage.to_owned());
                }
            }
        }
        let mut index = 0;
        self.items.retain(|_| {
            let keep = !gone.iter().any(|(i, _)| *i == index);
            index += 1;
            keep
        });
    }

    /// Records an edit that a rule refused.
    pub fn refuse(&mut self, guardian: &str, edit: PatientText, rule: &str, checks: Vec<Check>) {
        self.refused.push(RefusedEdit {
            guardian: guardian.to_owned(),
            edit,
            rule: rule.to_owned(),
            checks,
        });
    }
}
