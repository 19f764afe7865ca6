//! `scores/<arm>.csv` of a run that grades options. The benchmark has no file
//! of this kind; both intervals stand in columns that name them.

use std::fmt::Write as _;

use super::WORST_CASE;
use super::numbers::Numbers;
use super::rows::OptionsArm;
use crate::clinical::Simulated;
use crate::score::float_text;
use crate::score::grading::GradingProfile;

const HEADER: &str = "subset,profile,metric,mean,case_lo,case_hi,cases,run_mean,run_half_width,trials,trials_without";

/// The file's text. A value that there is none of is an empty cell. Where options
/// have no usable grade, the rows are the worst case and say so, and the best
/// case and the complete cases stand below.
pub fn csv_text(profile: &GradingProfile, simulated: &Simulated, arm: &OptionsArm) -> String {
    let subset = &format!("{}Overall", simulated.marked(" "));
    let mut text = format!("{HEADER}\n");
    match &arm.beside {
        None => rows(profile, subset, &arm.numbers, &mut text),
        Some(beside) => {
            let sets = [
                (WORST_CASE, &arm.numbers),
                ("best case", &beside.best),
                ("complete cases", &beside.complete),
            ];
            for (which, numbers) in sets {
                rows(profile, &format!("{subset} ({which})"), numbers, &mut text);
            }
        }
    }
    text
}

fn rows(profile: &GradingProfile, subset: &str, numbers: &Numbers, text: &mut String) {
    let cell = |value: Option<f64>| value.map(float_text).unwrap_or_default();
    for number in &numbers.metrics {
        let (cases, runs) = (number.over_cases, number.run_to_run);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{subset},{},{},{},{},{},{},{},{},{},{}",
            profile.name(),
            number.metric.name(),
            cell(cases.map(|c| c.mean)),
            cell(cases.map(|c| c.lo)),
            cell(cases.and_then(|c| c.hi)),
            numbers.cases,
            cell(runs.mean),
            cell(runs.half_width),
            runs.trials,
            runs.without,
        );
    }
    for (name, estimate) in &numbers.per_case {
        let _ = writeln!(
            text,
            "{subset},{},{name},{},{},{},{},,,,",
            profile.name(),
            float_text(estimate.mean),
            float_text(estimate.lo),
            float_text(estimate.hi),
            estimate.n,
        );
    }
}
