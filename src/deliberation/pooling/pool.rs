//! Items into candidates: by rule, then by what a model says of them.

use std::collections::{BTreeSet, HashMap};

use crate::clinical::{DraftRef, PatientText};

use super::action::Action;
use super::clause::Clause;
use super::compare::{conflict, same};
use super::contrary::opposite;
use super::lexicon::LEXICON;

/// One drafted item that is pooled; items come in the panel's order of
/// advisors.
#[derive(Clone, Debug)]
pub struct Drafted {
    /// Who wrote it.
    pub from: DraftRef,
    /// The item's words.
    pub text: PatientText,
}

/// Items that stand for one another.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The wording of the most exact member (dose, timing, condition stated),
    /// of equals the earliest.
    pub text: PatientText,
    /// That wording as read.
    pub action: Action,
    /// Indices of items, ascending, never empty.
    pub members: Vec<usize>,
    /// Indices of the candidates that it contradicts, ascending; they name it
    /// too.
    pub opposes: Vec<usize>,
}

/// What was drafted, each item in exactly one candidate.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    /// By first member.
    pub candidates: Vec<Candidate>,
}

/// By rule alone.
pub fn by_rule(items: &[Drafted]) -> Pool {
    Pooling::new(items, BTreeSet::new()).pool()
}

/// How many parts of one of a model's clusters an item is tried with. A
/// cluster that falls into more is nonsense, and what is over stays alone.
const MOST_TRIES: usize = 8;

/// Items on the way into candidates.
pub(super) struct Pooling<'a> {
    items: &'a [Drafted],
    actions: Vec<Action>,
    /// Pairs that a model calls contrary, both ways round.
    named: BTreeSet<(usize, usize)>,
    /// Members by group, ascending; a group that went into another is empty.
    groups: Vec<Vec<usize>>,
    group_of: Vec<usize>,
}

impl<'a> Pooling<'a> {
    /// Reads every item once and pools by rule. Pairs that a model calls
    /// contrary stay apart, unless they are the same words.
    pub fn new(items: &'a [Drafted], named: BTreeSet<(usize, usize)>) -> Self {
        let actions: Vec<Action> = items
            .iter()
            .map(|i| Action::read(i.text.expose()))
            .collect();
        let differ = |a: usize, b: usize| match (actions.get(a), actions.get(b)) {
            (Some(a), Some(b)) => a.bare != b.bare,
            _ => false,
        };
        let named = named
            .into_iter()
            .flat_map(|(a, b)| [(a, b), (b, a)])
            .filter(|(a, b)| differ(*a, *b))
            .collect();
        let mut pooling = Self {
            items,
            actions,
            named,
            groups: Vec::new(),
            group_of: Vec::new(),
        };
        pooling.group();
        pooling
    }

    /// Every item joins the first group of which every member is the same.
    /// Only groups that share a word with it are looked at.
    fn group(&mut self) {
        let mut index: HashMap<String, BTreeSet<usize>> = HashMap::new();
        for item in 0..self.actions.len() {
            let keys = keys(&self.actions[item]);
            let near: BTreeSet<usize> = keys
                .iter()
                .filter_map(|key| index.get(key))
                .flatten()
                .copied()
                .collect();
            let found = near.into_iter().find(|group| {
                let mut members = self.groups[*group].iter();
                members.all(|member| {
                    !self.named.contains(&(item, *member))
                        && same(&self.actions[item], &self.actions[*member])
                })
            });
            let group = found.unwrap_or(self.groups.len());
            if group == self.groups.len() {
                self.groups.push(Vec::new());
            }
            self.groups[group].push(item);
            self.group_of.push(group);
            for key in keys {
                index.entry(key).or_default().insert(group);
            }
        }
    }

    /// May a model not join these two? A draft lists an action once: two of
    /// its items are joined by rule or not at all.
    fn apart(&self, a: usize, b: usize) -> bool {
        let (x, y) = (&self.actions[a], &self.actions[b]);
        let one_draft = self.items[a].from.agent == self.items[b].from.agent;
        self.named.contains(&(a, b)) || (one_draft && !same(x, y)) || conflict(x, y)
    }

    /// Joins the groups of these items as far as no two members conflict.
    pub fn join(&mut self, items: &[usize]) {
        let mut kept: Vec<usize> = Vec::new();
        for item in items {
            let group = self.group_of[*item];
            if kept.contains(&group) {
                continue;
            }
            let into = kept.iter().take(MOST_TRIES).copied().find(|into| {
                let mut pairs = self.groups[*into]
                    .iter()
                    .flat_map(|a| self.groups[group].iter().map(move |b| (*a, *b)));
                !pairs.any(|(a, b)| self.apart(a, b))
            });
            let Some(into) = into else {
                kept.push(group);
                continue;
            };
            let moved = std::mem::take(&mut self.groups[group]);
            for member in &moved {
                self.group_of[*member] = into;
            }
            self.groups[into].extend(moved);
            self.groups[into].sort_unstable();
        }
    }

    /// The groups as candidates, and which of them are contrary.
    pub fn pool(mut self) -> Pool {
        self.groups.retain(|group| !group.is_empty());
        self.groups.sort_unstable();
        let candidates = self
            .groups
            .iter()
            .map(|members| self.candidate(members))
            .collect();
        let mut pool = Pool { candidates };
        // Contrary items share an object; what a model names need not.
        let place = self.places();
        let mut named: HashMap<usize, Vec<usize>> = HashMap::new();
        for (a, b) in &self.named {
            if place[*a] < place[*b] {
                named.entry(place[*b]).or_default().push(place[*a]);
            }
        }
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for (b, group) in self.groups.iter().enumerate() {
            let keys: BTreeSet<String> = group
                .iter()
                .flat_map(|item| keys(&self.actions[*item]))
                .collect();
            let mut near: BTreeSet<usize> = keys
                .iter()
                .filter_map(|key| index.get(key))
                .flatten()
                .copied()
                .collect();
            near.extend(named.get(&b).into_iter().flatten());
            for a in near {
                if self.contrary(&self.groups[a], group) {
                    pool.candidates[a].opposes.push(b);
                    pool.candidates[b].opposes.push(a);
                }
            }
            for key in keys {
                index.entry(key).or_default().push(b);
            }
        }
        for candidate in &mut pool.candidates {
            candidate.opposes.sort_unstable();
        }
        pool
    }

    /// The final group of each item.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.items.len()];
        for (place, group) in self.groups.iter().enumerate() {
            for item in group {
                places[*item] = place;
            }
        }
        places
    }

    fn contrary(&self, a: &[usize], b: &[usize]) -> bool {
        a.iter().any(|x| {
            b.iter().any(|y| {
                self.named.contains(&(*x, *y)) || opposite(&self.actions[*x], &self.actions[*y])
            })
        })
    }

    fn candidate(&self, members: &[usize]) -> Candidate {
        let exact = |item: &usize| (self.actions[*item].exactness(), std::cmp::Reverse(*item));
        let best = members.iter().copied().max_by_key(exact).unwrap_or(0);
        Candidate {
            text: self.items[best].text.clone(),
            action: self.actions[best].clone(),
            members: members.to_vec(),
            opposes: Vec::new(),
        }
    }
}

/// What the same item must share one of: its objects and their classes, or all
/// of its words where nothing is understood.
fn keys(action: &Action) -> BTreeSet<String> {
    let words = action.clauses.iter().flat_map(Clause::named);
    let mut keys: BTreeSet<String> = words
        .flat_map(|word| {
            let classes = LEXICON.classes(&word.text).map(str::to_owned);
            classes.chain([word.text.clone()])
        })
        .collect();
    if keys.is_empty() {
        keys.insert(format!("\0{}", action.bare.join(" ")));
    }
    keys
}
