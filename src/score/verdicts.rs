//! What a judged record says about every option of its rubric, in a form that
//! two records can be compared by.

use crate::clinical::{HarmType, Severity};

use super::harms::find_harms;
use super::prepared::PreparedRubric;
use super::reading::Reading;
use super::records::{JudgedRecord, Verdict};

/// The verdict on one option, and the harm that follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionVerdict {
    /// Recommended, in part, or not.
    pub verdict: Verdict,
    /// The harm at this option by the rules of scoring.md, section 5; other
    /// verdicts of the record (of its group, of what it depends on) count.
    pub harm: Option<(HarmType, Severity)>,
}

/// Verdicts in the order of the rubric; an option that the record lacks is not
/// recommended, and yields no harm.
pub fn option_verdicts(rubric: &PreparedRubric, record: &JudgedRecord) -> Vec<OptionVerdict> {
    let reading = Reading::new(rubric, &record.options);
    let mut verdicts: Vec<OptionVerdict> = (0..rubric.options.len())
        .map(|place| OptionVerdict {
            verdict: match (reading.is_matched(place), reading.is_partial(place)) {
                (false, _) => Verdict::No,
                (true, true) => Verdict::Partial,
                (true, false) => Verdict::Yes,
            },
            harm: None,
        })
        .collect();
    for finding in find_harms(rubric, &reading, &record.options) {
        verdicts[finding.place].harm = Some((finding.harm_type, finding.severity));
    }
    verdicts
}
