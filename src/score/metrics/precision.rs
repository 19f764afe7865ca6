//! The precision family (scoring.md, 7.2).

use super::share;
use crate::clinical::{Severity, Tier};
use crate::score::actions::ParsedActions;
use crate::score::prepared::PreparedRubric;
use crate::score::reading::Reading;

/// Weight of an effective score (scoring.md, section 3).
pub(in crate::score) fn weight(score: i64) -> f64 {
    match Tier::of(score) {
        Tier::HarmIfDone(severity) | Tier::HarmIfOmitted(severity) => match severity {
            Severity::Severe => 72.0,
            Severity::Moderate => 24.0,
            Severity::Mild => 3.0,
            Severity::Uncertain => 1.0,
        },
        Tier::Neutral => 1.0,
        Tier::None => 0.0,
    }
}

/// Precision in its variants; see [`super::Metrics`] for what each means.
pub(super) struct Precision {
    pub raw: f64,
    pub binary: f64,
    pub all: f64,
    pub matched: f64,
    pub offrubric: f64,
}

impl Precision {
    pub fn new(rubric: &PreparedRubric, reading: &Reading, actions: &ParsedActions) -> Self {
        let [mut count, mut appropriate, mut offrubric] = [0.0; 3];
        // The sums D, A, B, Dm and Bm of 7.2.
        let [mut d, mut a, mut b, mut d_matched, mut b_matched] = [0.0; 5];
        for action in actions.iter() {
            let (best, half) = actions.best(action, rubric, reading);
            let weight = weight(best);
            count += 1.0;
            d += weight;
            if action.set {
                d_matched += weight;
            } else {
                offrubric += 1.0;
            }
            if best >= 7 {
                let credit = if half { weight / 2.0 } else { weight };
                appropriate += 1.0;
                a += weight;
                b += credit;
                if action.set {
                    b_matched += credit;
                }
            }
        }
        Self {
            raw: share(appropriate, count, 0.0),
            binary: share(a, d, 0.0),
            all: share(b, d, 0.0),
            matched: share(b_matched, d_matched, f64::NAN),
            offrubric: share(offrubric, count, f64::NAN),
        }
    }
}
