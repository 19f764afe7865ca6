//! The benchmark's files, one JSON object a line: responses, match and review
//! records, strategies, judged records (scoring.md, section 2).
//!
//! What lives here: the shapes, in the benchmark's own key order, and reading
//! and writing one line. What may come in: `serde` and [`crate::clinical`]. No
//! rule of scoring, and no file handle.
//!
//! Readers tolerate unknown fields and drop them; what the benchmark may leave
//! out or set to null is kept as it stood (see [`Field`]), so that a record
//! that was read can be written back. Texts of patients, models and judges are
//! [`PatientText`](crate::clinical::PatientText): no `Debug` prints them, and
//! neither does a [`RecordError`].

mod field;
mod judged;
mod line;
mod matching;
mod metrics_block;
mod response;
mod review;
mod strategies;

pub use field::Field;
pub use judged::{HarmEntry, JudgedAction, JudgedOption, JudgedRecord, NonrubricHarm};
pub use line::{JsonStyle, Record, RecordError, bare_nan_to_null, bare_nan_to_zero};
pub use matching::{MatchAction, MatchOption, MatchRecord};
pub use metrics_block::{MetricValue, MetricsBlock};
pub use response::{ResponseRecord, response_len};
pub use review::{Override, OverrideEntry, ReviewRecord, Verdict};
pub use strategies::{StrategiesRecord, Strategy, SubAction};

/// Keeps the record of the last appearance of every key, at the place of the
/// first (scoring.md, 10.5: two records with one id and trial).
pub fn last_of_each_key<T>(records: impl IntoIterator<Item = T>) -> Vec<T>
where
    T: Keyed,
{
    let mut places = std::collections::HashMap::new();
    let mut kept: Vec<T> = Vec::new();
    for record in records {
        let (id, trial) = record.key();
        match places.entry((id.to_owned(), trial)) {
            std::collections::hash_map::Entry::Occupied(place) => {
                let place: usize = *place.get();
                kept[place] = record;
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(record);
            }
        }
    }
    kept
}

/// A record that belongs to one item and one trial.
pub trait Keyed {
    /// Item id and trial.
    fn key(&self) -> (&str, u64);
}
