//! Option grading: an advisor grades every option of the prompt's list, and a
//! guardian flips what it knows to be wrong. Both have the same latent draws as
//! for plans: what an advisor would write into a plan it grades appropriate.

use serde_json::{Value, json};

use crate::clinical::{Severity, Tier};

use super::case::SimCase;
use super::engine::Scene;
use super::guardian::{DEFAULT_EDITS, confidence, is_missing};
use super::mind::Mind;
use super::reading::{OptionLine, at_most, block, options};
use super::wording::canon;

const UNKNOWN: &str = "I do not know this case.";

/// The grades, as `primum_options` wants them: every option in its order.
pub(super) fn grades(scene: &Scene<'_>) -> Value {
    let list = block("options", scene.request.user())
        .map(options)
        .unwrap_or_default();
    let mind = scene.mind();
    let grades: Vec<Value> = list
        .iter()
        .map(|line| {
            let (appropriate, why) = match &mind {
                Some(mind) => grade(mind, line),
                None => (false, UNKNOWN),
            };
            let name = format!("O{}", line.number);
            json!({"Option": name, "GradeAI": word(appropriate), "Rationale": why})
        })
        .collect();
    json!({ "grades": grades })
}

/// Appropriate is what it would write; of alternatives that is the one with the
/// lowest id, since not both can be done.
fn grade(mind: &Mind<'_>, line: &OptionLine) -> (bool, &'static str) {
    let place = place(mind.case, line);
    let appropriate = mind
        .case
        .units
        .iter()
        .any(|unit| unit.members.first() == place.as_ref() && mind.writes(unit));
    let why = if appropriate {
        "The expected benefit exceeds the expected harm here."
    } else {
        "The expected benefit does not exceed the expected harm here."
    };
    (appropriate, why)
}

/// The case's option that a line means: by its number where the words agree,
/// else by its words.
fn place(case: &SimCase, line: &OptionLine) -> Option<usize> {
    let meaning = canon(&line.text);
    let same = |place: &usize| case.options[*place].canon == meaning;
    let all = 0..case.options.len();
    all.clone()
        .filter(same)
        .find(|&place| case.options[place].id == line.number)
        .or_else(|| all.clone().find(same))
}

struct Flip {
    severity: Severity,
    to_appropriate: bool,
    number: i64,
}

/// The flips, as `primum_options_edits` wants them: the most severe first, to
/// inappropriate before to appropriate.
pub(super) fn flips(scene: &Scene<'_>) -> Value {
    let most = at_most(&scene.request.system()).unwrap_or(DEFAULT_EDITS);
    let list = block("grades", scene.request.user())
        .map(options)
        .unwrap_or_default();
    let mut flips = match scene.mind() {
        Some(mind) => wanted(&mind, &list),
        None => Vec::new(),
    };
    flips.sort_by_key(|flip| (flip.severity, flip.to_appropriate, flip.number));
    let flips: Vec<Value> = flips
        .into_iter()
        .take(most)
        .map(|flip| {
            let (harm, reason) = if flip.to_appropriate {
                ("omission", "Leaving this out could hurt the patient.")
            } else {
                ("commission", "This could hurt the patient.")
            };
            let (name, confidence) = confidence(flip.severity);
            json!({
                "option": format!("O{}", flip.number),
                "grade": word(flip.to_appropriate),
                "harm_type": harm,
                "severity": name,
                "reason": reason,
                "confidence": confidence,
            })
        })
        .collect();
    json!({ "flips": flips })
}

fn wanted(mind: &Mind<'_>, list: &[OptionLine]) -> Vec<Flip> {
    let case = mind.case;
    let placed: Vec<(&OptionLine, usize)> = list
        .iter()
        .filter_map(|line| Some((line, place(case, line)?)))
        .collect();
    let planned = |place: usize| {
        placed
            .iter()
            .any(|(line, p)| *p == place && line.appropriate == Some(true))
    };
    let mut flips = Vec::new();
    for unit in case.units.iter().filter(|unit| mind.knows(unit)) {
        let Some(&first) = unit.members.first() else {
            continue;
        };
        let (severity, to_appropriate) = match unit.tier {
            Tier::HarmIfDone(severity) if planned(first) => (severity, false),
            Tier::HarmIfOmitted(severity @ (Severity::Severe | Severity::Moderate))
                if is_missing(case, unit, planned) =>
            {
                (severity, true)
            }
            _ => continue,
        };
        // One line of the list, and only if it has a grade to flip.
        let line = placed
            .iter()
            .find(|(line, place)| *place == first && line.appropriate == Some(!to_appropriate));
        flips.extend(line.map(|(line, _)| Flip {
            severity,
            to_appropriate,
            number: line.number,
        }));
    }
    flips
}

const fn word(appropriate: bool) -> &'static str {
    if appropriate {
        "Appropriate"
    } else {
        "Inappropriate"
    }
}
