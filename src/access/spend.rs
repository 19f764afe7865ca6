//! What keys spent, in memory: what is on disk, what is on its way there, and
//! what waits. Every sum counts from the moment it is handed in.

use std::collections::HashMap;

/// Dollars by key and UTC day (days since 1970).
pub(super) type Spends = HashMap<(String, u64), f64>;

const DAY_MS: u64 = 86_400_000;

/// The UTC day of a time in milliseconds since 1970.
pub(super) fn day_of(now: u64) -> u64 {
    now / DAY_MS
}

#[derive(Default)]
pub(super) struct Spending {
    written: Spends,
    /// Not empty only while the connection is held.
    writing: Spends,
    waiting: Spends,
}

impl Spending {
    pub(super) fn add(&mut self, id: &str, day: u64, usd: f64) {
        *self.waiting.entry((id.to_owned(), day)).or_default() += usd;
    }

    pub(super) fn of(&self, id: &str, day: u64) -> f64 {
        let key = (id.to_owned(), day);
        [&self.written, &self.writing, &self.waiting]
            .iter()
            .filter_map(|spends| spends.get(&key))
            .sum()
    }

    /// All that waits, to be written now; [`Spending::ended`] must follow.
    pub(super) fn begin(&mut self) -> Spends {
        self.writing = std::mem::take(&mut self.waiting);
        self.writing.clone()
    }

    /// What was begun is on disk, or must wait again.
    pub(super) fn ended(&mut self, on_disk: bool) {
        let to = if on_disk {
            &mut self.written
        } else {
            &mut self.waiting
        };
        for (key, usd) in std::mem::take(&mut self.writing) {
            *to.entry(key).or_default() += usd;
        }
    }

    /// What the file says, in place of what was known of it.
    pub(super) fn read(&mut self, written: Spends) {
        self.written = written;
    }
}
