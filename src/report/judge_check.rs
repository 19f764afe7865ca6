//! How far a judge's verdicts are those of a reference: what `primum judge
//! check` shows. `docs/scoring-files.md` describes the JSON.

use crate::clinical::{Shown, Simulated};
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::score_summary::{Agreement, BadInput, JudgeSource};
use super::score_terminal::render_agreement;
use super::summary::{CaseSetId, UnscoredItem};
use super::terminal::table;

/// Version of the shape.
pub const FORMAT: &str = "primum-judge-check/1";

/// The whole check, for programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgeCheck {
    /// `primum-judge-check/1`.
    pub format: String,
    /// Which parts are known to be simulated.
    #[serde(flatten)]
    pub simulated: Simulated,
    /// True when a judge has not judged every answer.
    pub partial: bool,
    /// The cases.
    pub case_set: CaseSetId,
    /// The judge of the reference.
    pub reference: String,
    /// What is known of the judges, by name.
    pub judges: BTreeMap<String, JudgeSource>,
    /// Version of the program.
    pub program_version: String,
    /// One for each judge.
    pub checks: Vec<Check>,
    /// What could not be read, and was not compared.
    pub faults: Vec<BadInput>,
    /// What a reader must know before using a number.
    pub warnings: Vec<String>,
}

/// One judge against the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// The judge.
    pub judge: String,
    /// Answers of the reference.
    pub answers: usize,
    /// Answers that the judge has no usable verdict on, and why.
    pub unjudged: Vec<UnscoredItem>,
    /// Options that the reference does not find recommended and the judge does.
    pub over_matching: Share,
    /// Options that the reference finds recommended and the judge does not.
    pub under_matching: Share,
    /// Options whose harm is another one.
    pub harm_changing: usize,
    /// Option by option; `a` is the reference.
    pub agreement: Agreement,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// So many.
    pub n: u64,
    /// Of so many.
    pub of: u64,
}

impl Share {
    fn words(self) -> String {
        if self.of == 0 {
            return "0 of 0".to_owned();
        }
        let percent = self.n as f64 * 100.0 / self.of as f64;
        format!("{} of {} ({percent:.1} %)", self.n, self.of)
    }
}

/// A judge's check from its agreement with the reference.
pub fn check(
    judge: String,
    answers: usize,
    unjudged: Vec<UnscoredItem>,
    agreement: Agreement,
) -> Check {
    let all = agreement.tiers.first();
    let (n, found, over, under) = all.map_or((0, 0, 0, 0), |all| {
        (all.n, all.found_a, all.only_b, all.only_a)
    });
    Check {
        judge,
        answers,
        unjudged,
        over_matching: Share {
            n: over,
            of: n - found,
        },
        under_matching: Share {
            n: under,
            of: found,
        },
        harm_changing: agreement
            .disagreements
            .iter()
            .filter(|found| found.changes_harm)
            .count(),
        agreement,
    }
}

/// The check for people.
pub fn render_check(check: &JudgeCheck, width: Option<u16>) -> String {
    let mut text = String::new();
    if let Some(sentence) = check.simulated.sentence(Shown::Numbers) {
        text.push_str(&format!("{sentence}.\n"));
    }
    text.push_str(&format!(
        "Judges against the verdicts of {} on {}\n",
        check.reference, check.case_set.name
    ));
    let mut found = table(width);
    found.set_header(vec![
        "judge",
        "answers",
        "kappa",
        "over-matching",
        "under-matching",
        "harm changes",
    ]);
    for one in &check.checks {
        let kappa = one.agreement.tiers.first().and_then(|all| all.kappa);
        found.add_row(vec![
            one.judge.clone(),
            format!("{} of {}", one.agreement.answers, one.answers),
            kappa.map_or_else(|| "-".to_owned(), |kappa| format!("{kappa:.3}")),
            one.over_matching.words(),
            one.under_matching.words(),
            one.harm_changing.to_string(),
        ]);
    }
    let found = found.trim_fmt();
    text.push_str(&format!(
        "{found}\nover-matching: recommended by the judge's reading, not by the reference's; \
         under-matching: the reverse\n"
    ));
    for one in &check.checks {
        text.push('\n');
        text.push_str(&render_agreement(&one.agreement, width));
        text.push('\n');
    }
    text.push('\n');
    for warning in &check.warnings {
        text.push_str(&format!("! {warning}\n"));
    }
    text
}
