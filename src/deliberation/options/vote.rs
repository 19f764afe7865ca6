//! One grade from several: the vote on an option.

use std::collections::BTreeMap;

use crate::clinical::Grade;
use crate::panel::model::VoteRule;

/// Shares closer than this are equal: a threshold typed as 0.6667 is not two
/// thirds, but one typed as 0.6 is three of five, whatever the last bit says.
const SAME: f64 = 1e-9;

/// The grade that the votes make: appropriate when a larger share than the
/// threshold says so, the rule's tie grade when it is the threshold exactly.
/// Advisors without a usable grade have no vote. With fewer votes than the
/// quorum there is no grade: a lone survivor is no panel (design rule 5).
///
/// # Errors
/// Why there is no grade, in words.
pub fn decide(
    votes: &BTreeMap<String, Grade>,
    rule: &VoteRule,
    quorum: usize,
) -> Result<(Grade, String), String> {
    let n = votes.len();
    if n == 0 || n < quorum {
        return Err(format!("{n} usable votes; the quorum is {}", quorum.max(1)));
    }
    let yes = votes.values().filter(|vote| vote.is_appropriate()).count();
    // Numbers of advisors are far below 2^53.
    let above = yes as f64 / n as f64 - rule.threshold;
    let words = format!("{yes} of {n} advisors graded it appropriate");
    Ok(if above.abs() < SAME {
        let words = format!("{words}: a tie at the threshold");
        (Grade::of(rule.tie_is_appropriate), words)
    } else {
        (Grade::of(above > 0.0), words)
    })
}
