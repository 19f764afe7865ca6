//! Accuracy (scoring.md, 7.6).

use super::share;
use crate::score::prepared::{PreparedRubric, Walked};
use crate::score::reading::Reading;

/// Share of options and groups on their right side, and the same by the strict
/// answer; NaN when there is nothing to classify. What is expected of a group
/// is decided by its first member that is not uncertain.
pub(super) fn accuracy(rubric: &PreparedRubric, reading: &Reading) -> (f64, f64) {
    let [mut count, mut right, mut strictly_right] = [0.0; 3];
    for &(step, expected) in &rubric.accuracy_walk {
        let (single, group);
        let members: &[usize] = match step {
            Walked::Single(place) => {
                single = [place];
                &single
            }
            Walked::Group(index) => {
                group = &rubric.groups[index];
                group
            }
        };
        if members.iter().all(|&place| reading.is_moot(place)) {
            continue;
        }
        count += 1.0;
        if members.iter().any(|&place| reading.is_matched(place)) == expected {
            right += 1.0;
        }
        if members.iter().any(|&place| reading.is_full(place)) == expected {
            strictly_right += 1.0;
        }
    }
    (
        share(right, count, f64::NAN),
        share(strictly_right, count, f64::NAN),
    )
}
