//! Edits that stand only together. An edit is measured against the plan without
//! what its guardian wants gone; when such a removal is refused, or edits of
//! several guardians meet, what is left must still make one plan.

use crate::clinical::Check;
use crate::deliberation::book::{Book, Key};
use crate::deliberation::pooling::{Action, depends_on, opposite};

use super::propose::{Kind, Proposal};
use super::settle::Lacking;

/// What the items of the plan say to do, as the guardians saw it.
pub struct Seen(Vec<(Key, Action)>);

/// An accepted proposal with what was said of it.
type Accepted = (Proposal, Vec<Check>);

impl Seen {
    /// Reads the plan.
    pub fn of(book: &Book) -> Self {
        let items = book.keyed();
        let read = items.map(|(key, item)| (key, Action::read(item.text.expose())));
        Self(read.collect())
    }

    /// Takes out what cannot be carried out beside the rest, until the rest
    /// makes one plan. Returns it with the rule.
    pub fn part(&self, accepted: &mut Vec<Accepted>) -> Vec<(Proposal, Vec<Check>, Lacking)> {
        let mut parted = Vec::new();
        while let Some((at, lacking)) = self.fault(accepted) {
            let (proposal, checks) = accepted.remove(at);
            parted.push((proposal, checks, lacking));
        }
        parted
    }

    /// The first proposal that cannot stand beside the others, and why.
    fn fault(&self, accepted: &[Accepted]) -> Option<(usize, Lacking)> {
        let of = |key: Key| accepted.iter().find(|(p, _)| p.key == Some(key));
        // What stays of the plan: its number, its key, and what it then says.
        let stays: Vec<(usize, Key, &Action)> = self
            .0
            .iter()
            .enumerate()
            .filter_map(|(at, (key, action))| match of(*key) {
                Some((edit, _)) if edit.kind == Kind::Remove => None,
                Some((edit, _)) => Some((at + 1, *key, &edit.action)),
                None => Some((at + 1, *key, action)),
            })
            .collect();
        accepted.iter().enumerate().find_map(|(at, (edit, _))| {
            if edit.kind == Kind::Remove {
                let rests =
                    |(_, _, action): &&(usize, Key, &Action)| depends_on(action, &edit.action);
                let (number, key, _) = stays.iter().find(rests)?;
                let rule = format!("item {number} rests on it, and stays");
                return Some((at, Lacking::beside(rule, Some(*key))));
            }
            let contrary = |(_, key, action): &&(usize, Key, &Action)| {
                Some(*key) != edit.key && opposite(action, &edit.action)
            };
            if let Some((number, key, _)) = stays.iter().find(contrary) {
                let rule = format!("it contradicts item {number}, which stays");
                return Some((at, Lacking::beside(rule, Some(*key))));
            }
            let mut earlier = accepted[..at]
                .iter()
                .filter(|(p, _)| p.kind != Kind::Remove);
            let met = earlier.any(|(other, _)| opposite(&other.action, &edit.action));
            let rule = "it contradicts an edit that comes first".to_owned();
            met.then(|| (at, Lacking::beside(rule, None)))
        })
    }
}
