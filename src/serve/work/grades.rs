//! Grades in the benchmark's own shape: an array with an entry for every
//! option, in order.

use serde_json::Value;

use super::opening;

use crate::clinical::{Grade, GradedOption, PatientText};
use crate::deliberation::options::{GradedAnswer, OptionList};

/// The array. An option that the panel did not grade stands there as not to be
/// done, and says so: the format has no other word, and nothing is recommended
/// that nobody graded.
pub fn array(answer: &GradedAnswer, options: &OptionList) -> PatientText {
    let entries: Vec<GradedOption> = options
        .numbers()
        .map(|number| {
            let graded = answer.grades.iter().find(|grade| grade.option == number);
            graded
                .cloned()
                .unwrap_or_else(|| not_graded(answer, number))
        })
        .collect();
    PatientText::from(serde_json::to_string(&entries).unwrap_or_default())
}

fn not_graded(answer: &GradedAnswer, number: i64) -> GradedOption {
    let entries = answer.ledger.entries.iter();
    let why = entries
        .filter(|entry| entry.option == number)
        .map(|entry| entry.why.as_str())
        .next();
    let why = why.unwrap_or("no usable grade");
    GradedOption {
        option: number,
        grade: Grade::Inappropriate,
        rationale: format!(
            "[NOT GRADED by the panel: {why}. The format has no word for this; what nobody graded \
             is not recommended.]"
        )
        .into(),
    }
}

/// The array with the opening lines before the first rationale, so that it
/// stays an array. Where the panel abstained or is degraded, every rationale
/// says so: a reader may look at one entry alone. What a model wrote in the
/// likeness of such a line is marked as its words.
pub fn opened(array: &PatientText, lines: &[String]) -> PatientText {
    let Ok(Value::Array(mut entries)) = serde_json::from_str(array.expose()) else {
        return array.clone();
    };
    let each = lines.iter().find(|line| {
        ["[ABSTAINED", "[DEGRADED"]
            .iter()
            .any(|word| line.starts_with(word))
    });
    for (at, entry) in entries.iter_mut().enumerate() {
        let Some(Value::String(rationale)) = entry.get_mut("Rationale") else {
            continue;
        };
        let own = opening::disarmed(rationale);
        *rationale = match (at, each) {
            (0, _) if !lines.is_empty() => format!("{}\n{own}", lines.join(" ")),
            (0, _) | (_, None) => own,
            (_, Some(line)) => format!("{line}\n{own}"),
        };
    }
    PatientText::from(Value::Array(entries).to_string())
}
