//! One item of one arm: the grades of its options.

use serde::{Deserialize, Serialize};

use super::case::Grading;
use crate::bench::arm::ArmKind;
use crate::bench::schedule::{Bench, Task};
use crate::clinical::{GradeLedger, GradedOption, Outcome};
use crate::deliberation::options::{ask_grades, grade_options};
use crate::deliberation::{Conduct, Consult, Interrupted, Stages, Told};
use crate::gateway::Gateway;
use crate::score::grading::Grades;

/// What an item came to. This is what the run's store keeps, texts included.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OptionsResult {
    /// How it ended.
    pub outcome: Outcome,
    /// The usable grades, in the order of the list.
    pub grades: Vec<GradedOption>,
    /// Options without one, of an answer that came. They count at their worst.
    pub ungraded: Vec<i64>,
    /// The life of every grade; empty for solo answers.
    pub ledger: GradeLedger,
    /// What happened that changes no outcome.
    pub notes: Vec<String>,
    /// What came with the answers of agents, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
    /// Dollars of the answer.
    pub usd: Option<f64>,
    /// Seconds along the critical path.
    pub seconds: Option<f64>,
    /// Why there is no score at all.
    pub unscored: Option<String>,
    /// Of a model alone: why a panel would not use its grades. They are scored
    /// all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
}

impl OptionsResult {
    fn empty(outcome: Outcome, unscored: &str) -> Self {
        Self {
            outcome,
            grades: Vec::new(),
            ungraded: Vec::new(),
            ledger: GradeLedger::default(),
            notes: Vec::new(),
            told: Vec::new(),
            usd: None,
            seconds: None,
            unscored: Some(unscored.to_owned()),
            unusable: None,
        }
    }

    /// Grades for the score.
    pub fn for_score(&self) -> Grades {
        let grades = self.grades.iter();
        grades
            .map(|one| (one.option, one.grade.is_appropriate()))
            .collect()
    }

    /// Is it scored? An answer without any usable grade is, at its worst; no
    /// answer is not.
    pub fn is_scored(&self) -> bool {
        self.unscored.is_none() || !self.ungraded.is_empty()
    }

    /// Is there a score, and has every option a grade?
    pub fn is_whole(&self) -> bool {
        self.unscored.is_none() && self.ungraded.is_empty()
    }
}

/// Asks one task. Grades need no judge: what comes back is scored as it is.
///
/// # Errors
/// [`Interrupted`] when a call was not made: the item is not finished, and
/// nothing may be concluded from it.
pub async fn work(
    bench: &Bench,
    grading: &Grading,
    gateway: &Gateway,
    task: Task,
) -> Result<OptionsResult, Interrupted> {
    let item = &bench.items[task.item];
    let arm = &bench.arms[task.arm];
    let Some(case) = grading.cases.get(item.base()) else {
        let why = "the case has no rubric, so there are no options to grade";
        let reasons = vec![why.to_owned()];
        return Ok(OptionsResult::empty(Outcome::Failed { reasons }, why));
    };
    let consult = Consult {
        item: item.id.as_str().into(),
        trial: task.trial,
        presentation: item.prompt.clone(),
    };
    let stages = match &arm.kind {
        ArmKind::Panel | ArmKind::SelfEnsemble { .. } => Stages::All,
        ArmKind::PanelWithoutGuardians => Stages::WithoutGuardians,
        // Grades have no words that could be cut.
        ArmKind::Solo(agent) | ArmKind::SoloCut(agent) => {
            let asked = ask_grades(&arm.panel, gateway, agent, &consult, &case.list).await;
            return Ok(match Interrupted::check(asked)? {
                Ok(asked) => {
                    let troubles = asked.troubles(&agent.name);
                    let mut told = Vec::new();
                    Told::add(&mut told, &agent.name, &asked.notices);
                    OptionsResult {
                        notes: Told::notes(&told).collect(),
                        told,
                        unscored: none_of(&asked.grades),
                        unusable: asked.unusable.map(|why| why.words().to_owned()),
                        usd: asked.usd,
                        seconds: Some(asked.seconds),
                        grades: asked.grades,
                        ungraded: asked.ungraded,
                        ..OptionsResult::empty(Outcome::of(Vec::new(), troubles), "")
                    }
                }
                Err(error) => {
                    let why = error.kind.words();
                    let reasons = vec![format!("{} did not answer: {why}", agent.name)];
                    OptionsResult::empty(Outcome::Failed { reasons }, "there is no answer")
                }
            });
        }
    };
    let conduct = Conduct::new(bench.seed, stages);
    let done = grade_options(&arm.panel, gateway, &consult, &case.list, &conduct).await?;
    let graded = |number: &i64| done.grades.iter().any(|one| one.option == *number);
    Ok(OptionsResult {
        unscored: none_of(&done.grades),
        ungraded: match done.outcome {
            Outcome::Failed { .. } => Vec::new(),
            _ => case.list.numbers().filter(|n| !graded(n)).collect(),
        },
        unusable: None,
        outcome: done.outcome,
        grades: done.grades,
        ledger: done.ledger,
        notes: done.notes,
        told: done.told,
        usd: done.usd,
        seconds: Some(done.seconds),
    })
}

fn none_of(grades: &[GradedOption]) -> Option<String> {
    grades
        .is_empty()
        .then(|| "there is no usable grade".to_owned())
}
