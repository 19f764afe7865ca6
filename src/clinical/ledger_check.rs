//! Does a ledger add up? The stages keep it so by construction; this looks at
//! the finished ledger and plan as a stranger would, so that a defect of a
//! stage, or a damaged file, is seen.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::{Fate, Ledger, LedgerEntry, Origin};
use super::plan::{DraftRef, Plan};

impl Ledger {
    /// Checks the ledger against the plan that it ended in, and against what
    /// was drafted: each advisor with the number of items in its draft.
    ///
    /// # Errors
    /// The first thing that does not add up, in words that quote no text.
    pub fn check(&self, plan: &Plan, drafted: &[(String, usize)]) -> Result<(), String> {
        self.check_drafted(drafted)?;
        for (place, entry) in self.entries.iter().enumerate() {
            check_fate(entry, plan.items.len()).map_err(|why| {
                format!("entry {} ({}): {why}", place + 1, name_of(&entry.origin))
            })?;
        }
        self.check_plan(plan)?;
        if self.candidates.is_empty() {
            return match self.entries.iter().find(|e| e.candidate.is_some()) {
                Some(entry) => Err(format!(
                    "{} names a candidate, and there are none",
                    name_of(&entry.origin)
                )),
                None => Ok(()),
            };
        }
        self.check_candidates()
    }

    /// Every drafted item has exactly one entry, and nothing else does; of a
    /// draft that was not used, no item has one.
    fn check_drafted(&self, drafted: &[(String, usize)]) -> Result<(), String> {
        let whole = |agent: &str| {
            let mut unused = self.unused.iter().filter(|unused| unused.item.is_none());
            unused.any(|unused| unused.agent == agent)
        };
        if let Some(draft) = self.drafts().find(|draft| whole(&draft.agent)) {
            return Err(format!("{draft} has an entry, and its draft was not used"));
        }
        let mut wanted: BTreeSet<DraftRef> = drafted
            .iter()
            .flat_map(|(agent, items)| {
                (1..=*items).map(|number| DraftRef {
                    agent: agent.clone(),
                    number,
                })
            })
            .collect();
        let mut met = BTreeSet::new();
        for draft in self.drafts() {
            if !met.insert(draft.clone()) {
                return Err(format!("{draft} has more than one entry"));
            }
            if !wanted.remove(draft) {
                return Err(format!("{draft} has an entry and was never drafted"));
            }
        }
        match wanted.first() {
            Some(missing) => Err(format!("{missing} was drafted and has no entry")),
            None => Ok(()),
        }
    }

    /// Every item of the plan is carried by an entry, and every drafted item
    /// that it says it rests on ended in it.
    fn check_plan(&self, plan: &Plan) -> Result<(), String> {
        let mut carriers: BTreeMap<usize, Vec<&Origin>> = BTreeMap::new();
        for entry in &self.entries {
            for number in entry.fate.numbers() {
                carriers.entry(*number).or_default().push(&entry.origin);
            }
        }
        for (place, item) in plan.items.iter().enumerate() {
            let number = place + 1;
            let Some(carried) = carriers.get(&number) else {
                return Err(format!("no entry ends in item {number} of the plan"));
            };
            let stranger = item.basis.iter().find(|draft| {
                !carried
                    .iter()
                    .any(|origin| matches!(origin, Origin::Draft(one) if one == *draft))
            });
            if let Some(draft) = stranger {
                return Err(format!(
                    "item {number} of the plan rests on {draft}, which did not end in it"
                ));
            }
        }
        Ok(())
    }

    /// Every drafted item is in exactly one candidate, which its entry names.
    fn check_candidates(&self) -> Result<(), String> {
        let mut home: BTreeMap<&DraftRef, &str> = BTreeMap::new();
        let mut ids: BTreeSet<&str> = BTreeSet::new();
        for candidate in &self.candidates {
            let id = candidate.id.as_str();
            if !ids.insert(id) {
                return Err(format!("there is more than one candidate {id}"));
            }
            if candidate.members.is_empty() {
                return Err(format!("candidate {id} has no members"));
            }
            for member in &candidate.members {
                if let Some(other) = home.insert(member, id) {
                    return Err(format!("{member} is in candidates {other} and {id}"));
                }
            }
        }
        for candidate in &self.candidates {
            if let Some(stranger) = candidate.opposes.iter().find(|o| !ids.contains(o.as_str())) {
                return Err(format!(
                    "candidate {} opposes {stranger}, which is none",
                    candidate.id
                ));
            }
        }
        for entry in &self.entries {
            match (&entry.origin, entry.candidate.as_deref()) {
                (Origin::Draft(draft), named) => match home.remove(draft) {
                    None => return Err(format!("{draft} is in no candidate")),
                    Some(id) if Some(id) != named => {
                        return Err(format!("{draft} is in candidate {id} and names another"));
                    }
                    Some(_) => {}
                },
                (origin, Some(_)) => {
                    return Err(format!(
                        "{} names a candidate and was not drafted",
                        name_of(origin)
                    ));
                }
                (_, None) => {}
            }
        }
        match home.first_key_value() {
            Some((draft, id)) => Err(format!("candidate {id} holds {draft}, which has no entry")),
            None => Ok(()),
        }
    }

    /// The drafted items that have entries.
    fn drafts(&self) -> impl Iterator<Item = &DraftRef> {
        self.entries.iter().filter_map(|entry| match &entry.origin {
            Origin::Draft(draft) => Some(draft),
            _ => None,
        })
    }
}

fn check_fate(entry: &LedgerEntry, items: usize) -> Result<(), String> {
    let numbers = entry.fate.numbers();
    if let Some(number) = numbers.iter().find(|&&n| n == 0 || n > items) {
        return Err(format!(
            "it ends in item {number} of a plan of {items} items"
        ));
    }
    let different: BTreeSet<usize> = numbers.iter().copied().collect();
    match &entry.fate {
        Fate::Split { .. } if different.len() < 2 => Err("it is split into one item".to_owned()),
        Fate::Split { .. } if different.len() < numbers.len() => {
            Err("it is split into one item twice".to_owned())
        }
        Fate::Removed { by } if by.is_empty() => Err("nothing removed it".to_owned()),
        _ => Ok(()),
    }
}

fn name_of(origin: &Origin) -> String {
    match origin {
        Origin::Draft(draft) => draft.to_string(),
        Origin::Guardian(name) => format!("added by guardian {name}"),
        Origin::Moderator(name) => format!("written by moderator {name}"),
    }
}
