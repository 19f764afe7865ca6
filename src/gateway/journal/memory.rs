//! The journal in memory: maps behind a mutex, which behave as the tables do.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::read::unmended;
use super::rows::{Answered, CallRow, Cost, FailureRow, UnansweredRow};
use super::writer::Op;
use super::{Clock, FORMAT_MAJOR, FORMAT_MINOR, Used, format};
use crate::gateway::key::Key;
use crate::gateway::sync::locked;

/// A journal without a file.
pub(super) struct Memory {
    clock: Clock,
    tables: Mutex<Tables>,
    last_attempt: AtomicU64,
}

/// Ordered as the queries of the file are, so that sums and lists come out the
/// same each time.
#[derive(Default)]
struct Tables {
    calls: BTreeMap<Key, Kept>,
    failures: Vec<FailureRow>,
    unanswered: BTreeMap<u64, UnansweredRow>,
    meta: HashMap<String, String>,
    results: HashMap<String, BTreeMap<String, String>>,
}

/// An answer, and whether it may be used.
struct Kept {
    row: CallRow,
    usable: bool,
}

impl Memory {
    pub(super) fn new(clock: Clock) -> Memory {
        Memory {
            clock,
            tables: Mutex::default(),
            last_attempt: AtomicU64::new(0),
        }
    }

    pub(super) fn attempt(&self) -> u64 {
        self.last_attempt.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Writes; what was written is there when it returns.
    pub(super) fn write(&self, op: Op) {
        let now = (self.clock)();
        let tables = &mut *locked(&self.tables);
        match op {
            Op::Call(row, settled) => {
                tables.put_call(*row, now);
                tables.settle(&settled);
            }
            Op::Failure(row, invalid, settled) => {
                for key in &invalid {
                    if let Some(kept) = tables.calls.get_mut(key) {
                        kept.usable = false;
                    }
                }
                let created_at = now;
                tables.failures.push(FailureRow { created_at, ..*row });
                tables.settle(&settled);
            }
            Op::Unanswered(row) => {
                let created_at = now;
                let row = UnansweredRow { created_at, ..*row };
                tables.unanswered.insert(row.id, row);
            }
            Op::Settled(ids) => tables.settle(&ids),
            Op::Meta(name, value) => {
                tables.meta.insert(name, value);
            }
            Op::Result { kind, id, body } => {
                tables.results.entry(kind).or_default().insert(id, body);
            }
        }
    }

    pub(super) fn lookup(&self, key: &Key) -> Option<CallRow> {
        let tables = locked(&self.tables);
        let kept = tables.calls.get(key).filter(|kept| kept.usable)?;
        Some(kept.row.clone())
    }

    pub(super) fn meta(&self, name: &str) -> Option<String> {
        if name == format::FORMAT_KEY {
            return Some(format!("{FORMAT_MAJOR}.{FORMAT_MINOR}"));
        }
        locked(&self.tables).meta.get(name).cloned()
    }

    pub(super) fn result(&self, kind: &str, id: &str) -> Option<String> {
        locked(&self.tables).results.get(kind)?.get(id).cloned()
    }

    pub(super) fn results(&self, kind: &str) -> Vec<(String, String)> {
        let tables = locked(&self.tables);
        let all = tables.results.get(kind).into_iter().flatten();
        all.map(|(id, body)| (id.clone(), body.clone())).collect()
    }

    pub(super) fn result_ids(&self, kind: &str) -> Vec<String> {
        let tables = locked(&self.tables);
        let all = tables.results.get(kind).into_iter().flatten();
        all.map(|(id, _)| id.clone()).collect()
    }

    pub(super) fn calls_of(&self, item: &str, trial: u32) -> Vec<CallRow> {
        let tables = locked(&self.tables);
        let mut rows: Vec<CallRow> = tables
            .usable()
            .filter(|row| &*row.item == item && row.trial == trial)
            .cloned()
            .collect();
        // They come by key, and a stable sort leaves it so within one instant.
        rows.sort_by_key(|row| row.created_at);
        rows
    }

    pub(super) fn calls(&self) -> Vec<CallRow> {
        locked(&self.tables).usable().cloned().collect()
    }

    pub(super) fn calls_count(&self) -> usize {
        locked(&self.tables).usable().count()
    }

    pub(super) fn failures(&self) -> Vec<FailureRow> {
        let tables = locked(&self.tables);
        let answered = |key: &Key| tables.calls.get(key).is_some_and(|kept| kept.usable);
        unmended(tables.failures.clone(), answered)
    }

    pub(super) fn answered(&self) -> Vec<Answered> {
        let tables = locked(&self.tables);
        let mut answered: Vec<Answered> = Vec::new();
        for row in tables.usable() {
            let one = Answered {
                model: row.model.to_string(),
                stage: row.stage.to_string(),
                response_model: row.response_model.clone(),
                finish_reason: row.finish_reason.clone(),
                notices: row.all_notices(),
                count: 1,
            };
            let alike = |known: &&mut Answered| {
                Answered {
                    count: 1,
                    ..(*known).clone()
                } == one
            };
            match answered.iter_mut().find(alike) {
                Some(known) => known.count += 1,
                None => answered.push(one),
            }
        }
        answered.sort();
        answered
    }

    pub(super) fn unanswered(&self) -> Vec<UnansweredRow> {
        locked(&self.tables).unanswered.values().cloned().collect()
    }

    pub(super) fn spent(&self) -> Cost {
        let tables = locked(&self.tables);
        let mut spent = Cost::default();
        for kept in tables.calls.values() {
            spent += kept.row.cost();
        }
        for row in tables.unanswered.values() {
            spent += row.cost();
        }
        spent
    }

    pub(super) fn used(&self) -> Used {
        let tables = locked(&self.tables);
        let mut used = Used::default();
        for kept in tables.calls.values() {
            used.calls += 1;
            used.tokens += kept.row.usage;
        }
        used
    }
}

impl Tables {
    /// An answer takes the place of an earlier one under its key; what that one
    /// had cost stays counted.
    fn put_call(&mut self, mut row: CallRow, now: u64) {
        row.created_at = now;
        if let Some(before) = self.calls.get(&row.key) {
            row = row.replacing(&before.row);
        }
        let usable = true;
        self.calls.insert(row.key, Kept { row, usable });
    }

    fn settle(&mut self, ids: &[u64]) {
        for id in ids {
            self.unanswered.remove(id);
        }
    }

    fn usable(&self) -> impl Iterator<Item = &CallRow> {
        let usable = self.calls.values().filter(|kept| kept.usable);
        usable.map(|kept| &kept.row)
    }
}
