//! All schemas that models are asked to fill, in one place: for tests that walk
//! them, and for probes that try every one of them at a server.

use std::sync::Arc;

use crate::deliberation::schemas;
use crate::gateway::Schema;
use crate::judge::schema as judge;

/// Every schema, for a panel that drafted so many items and a rubric of so many
/// options. Zero of them is allowed.
pub fn all(items: usize, options: usize) -> Vec<Arc<Schema>> {
    let ids: Vec<i64> = (1..=options as i64).collect();
    let mut all = schemas::all(items, options);
    all.push(judge::matching(&ids));
    all.push(judge::reviewing(&ids, 1..=items as i64));
    all
}
