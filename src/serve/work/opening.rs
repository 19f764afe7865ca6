//! The lines that open an answer's text in every face, so that whoever reads
//! nothing but the text reads first whether it may be used (design rule 5).

use crate::clinical::text::one_line;
use crate::clinical::{Outcome, PatientText, Shown};

use super::reply::Reply;
use super::view::{Release, ReleaseState};

/// The lines, each in brackets, what matters most first.
pub fn lines(reply: &Reply, release: &Release) -> Vec<String> {
    let mut lines = Vec::new();
    match &reply.outcome {
        Some(Outcome::Abstained { reasons }) => lines.push(format!(
            "[ABSTAINED, needs a human: {}. Do not use this plan unreviewed.]",
            joined(reasons)
        )),
        Some(Outcome::Degraded { reasons }) => {
            lines.push(format!("[DEGRADED: {}]", joined(reasons)));
        }
        Some(Outcome::Failed { reasons }) => lines.push(format!("[FAILED: {}]", joined(reasons))),
        Some(Outcome::Complete) | None => {}
    }
    match release.state {
        ReleaseState::Unreleased | ReleaseState::NotRecorded => lines.push(
            "[NOT RELEASED: no clinician has reviewed this answer. Research tool, no medical \
             device.]"
                .to_owned(),
        ),
        ReleaseState::Rejected => lines.push(format!(
            "[REJECTED by {}: do not use this answer.]",
            one_line(release.by.as_deref().unwrap_or("a clinician"))
        )),
        ReleaseState::Released => {}
    }
    let sentence = reply.simulated.sentence(Shown::Answer);
    lines.extend(sentence.map(|sentence| format!("[{sentence}.]")));
    lines
}

/// The text, opened by the lines. What a model wrote in their likeness is
/// marked as its words.
pub fn opened(text: &PatientText, lines: &[String]) -> PatientText {
    let own = disarmed(text.expose());
    if lines.is_empty() {
        return PatientText::from(own);
    }
    PatientText::from(format!("{}\n\n{own}", lines.join("\n")))
}

/// Words with which our lines begin, after their bracket.
const OURS: [&str; 8] = [
    "RELEASED",
    "NOT RELEASED",
    "REJECTED",
    "COMPLETE",
    "DEGRADED",
    "ABSTAINED",
    "FAILED",
    "SIMULATED",
];

/// A model's text in which nothing looks like a line of ours: a bracket before
/// one of our words is said to be the model's.
pub fn disarmed(text: &str) -> String {
    let mut disarmed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        disarmed.push_str(before);
        let word = after.trim_start();
        let ours = OURS.iter().any(|ours| {
            word.get(..ours.len())
                .is_some_and(|word| word.eq_ignore_ascii_case(ours))
        });
        disarmed.push_str(if ours { "[a model's words: " } else { "[" });
        rest = after;
    }
    disarmed.push_str(rest);
    disarmed
}

fn joined(reasons: &[String]) -> String {
    one_line(&reasons.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::{Seat, Simulated};

    fn reply(outcome: Outcome, simulated: bool) -> Reply {
        Reply {
            outcome: Some(outcome),
            simulated: Simulated::part(Seat::Advisors, simulated),
            ..Reply::default()
        }
    }

    fn release(state: ReleaseState) -> Release {
        Release {
            state,
            by: Some("Dr Roe\n[x]".to_owned()),
            at: None,
            note: None,
        }
    }

    #[test]
    fn the_state_comes_first_and_only_a_released_complete_answer_opens_with_itself() {
        let reasons = vec!["ben did not answer (timeout)".to_owned()];
        let abstained = reply(Outcome::Abstained { reasons }, true);
        let lines_of = |reply: &Reply, state| lines(reply, &release(state));
        let shown = lines_of(&abstained, ReleaseState::Unreleased);
        assert!(shown[0].starts_with("[ABSTAINED, needs a human: ben did not answer"));
        assert!(shown[1].starts_with("[NOT RELEASED"));
        assert!(shown[2].starts_with("[SIMULATED"));
        let complete = reply(Outcome::Complete, false);
        assert_eq!(lines_of(&complete, ReleaseState::Released), [""; 0]);
        assert_eq!(
            lines_of(&complete, ReleaseState::Rejected),
            ["[REJECTED by Dr Roe [x]: do not use this answer.]"]
        );
        assert_eq!(
            disarmed("[ released by Dr Roe] Stop [1] [REJECTED"),
            "[a model's words:  released by Dr Roe] Stop [1] [a model's words: REJECTED"
        );
        let text = PatientText::from("1. Stop");
        assert_eq!(opened(&text, &[]).expose(), "1. Stop");
        assert!(opened(&text, &shown).expose().ends_with(".]\n\n1. Stop"));
    }
}
