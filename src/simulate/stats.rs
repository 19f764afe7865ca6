//! What the server counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use serde::Serialize;

/// Requests by model, task and fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All chat completion requests that arrived, refused ones included.
    pub requests: u64,
    /// By model id without the world; `unknown` for all that there are not.
    pub by_model: BTreeMap<String, u64>,
    /// By task.
    pub by_task: BTreeMap<&'static str, u64>,
    /// By fault; requests without one are not in it.
    pub by_fault: BTreeMap<&'static str, u64>,
}

/// Counts that many connections share.
#[derive(Debug, Default)]
pub struct Stats(Mutex<Counts>);

impl Stats {
    /// Changes the counts.
    pub fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.lock());
    }

    /// The counts now.
    pub fn counts(&self) -> Counts {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        match self.0.lock() {
            Ok(counts) => counts,
            Err(poisoned) => poisoned.into_inner(),
        }
    }
}
