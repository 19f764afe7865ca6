//! The recall family (scoring.md, 7.3).

use super::{share, weight};
use crate::score::prepared::{PreparedRubric, Walked};
use crate::score::reading::Reading;

/// Recall in its variants; see [`super::Metrics`] for what each means.
pub(super) struct Recall {
    pub raw: f64,
    pub binary: f64,
    pub weighted: f64,
}

#[derive(Default)]
struct Sums {
    units: f64,
    hits: f64,
    /// R, X and Y of 7.3.
    r: f64,
    x: f64,
    y: f64,
}

impl Recall {
    pub fn new(rubric: &PreparedRubric, reading: &Reading) -> Self {
        let mut sums = Sums::default();
        for &step in &rubric.recall_walk {
            match step {
                Walked::Single(place) => sums.add_single(rubric, reading, place),
                Walked::Group(group) => sums.add_group(rubric, reading, group),
            }
        }
        Self {
            raw: share(sums.hits, sums.units, 0.0),
            binary: share(sums.x, sums.r, 0.0),
            weighted: share(sums.y, sums.r, 0.0),
        }
    }
}

impl Sums {
    fn add_single(&mut self, rubric: &PreparedRubric, reading: &Reading, place: usize) {
        // A moot option is passed over even when it was recommended.
        if reading.is_moot(place) {
            return;
        }
        let weight = weight(rubric.options[place].score);
        self.units += 1.0;
        self.r += weight;
        if reading.is_matched(place) {
            self.hits += 1.0;
            self.credit(weight, reading.is_full(place));
        }
    }

    fn add_group(&mut self, rubric: &PreparedRubric, reading: &Reading, group: usize) {
        let members = &rubric.groups[group];
        if members.iter().all(|&place| reading.is_moot(place)) {
            return;
        }
        self.units += 1.0;
        if reading.is_covered(group) {
            self.hits += 1.0;
        }
        // Only live members carry weight: not moot, and appropriate. The raw
        // unit above stays even if there is none.
        let mut top: Option<i64> = None;
        let mut met: Option<(i64, bool)> = None;
        for &place in members {
            let score = rubric.options[place].score;
            if reading.is_moot(place) || score < 7 {
                continue;
            }
            top = top.max(Some(score));
            if reading.is_matched(place) {
                let full = reading.is_full(place);
                met = Some(match met {
                    Some((best, any_full)) if best == score => (best, any_full || full),
                    Some((best, any_full)) if best > score => (best, any_full),
                    _ => (score, full),
                });
            }
        }
        self.r += top.map_or(0.0, weight);
        if let Some((best, full)) = met {
            self.credit(weight(best), full);
        }
    }

    fn credit(&mut self, weight: f64, full: bool) {
        self.x += weight;
        self.y += if full { weight } else { weight / 2.0 };
    }
}
