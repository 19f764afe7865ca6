//! From kept runs to a study: what findings are made from. Items are read one
//! by one, all arms of each, so that only what findings need stays in memory.

use std::collections::BTreeMap;

use super::folder::{FolderError, enter, row};
use super::item::ItemResult;
use super::options::OptionsResult;
use super::record::{ArmRecord, ArmSort};
use super::schedule::{AnswerKey, Task};
use super::stored::{StoredError, StoredRun};
use crate::clinical::{Item, Severity, Tier};
use crate::deliberation::Told;
use crate::evidence::{
    ArmRows, CaseFacts, Harm, ItemRow, Members, OutcomeKind, PanelFacts, Sort, Study, StudyArm,
    harms_of,
};
use crate::score::grading::{Fill, GradingProfile, graded_harms, score_grades};
use crate::score::{JudgedRecord, assemble, imagined, option_verdicts};
use crate::stats::agreement::{Tally, compare};

/// Name of the arm that recommends nothing.
pub const NOTHING: &str = "nothing";

/// Why there is no study.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// A run cannot be read.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// A score cannot be made.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Runs that cannot be compared.
    #[error("{a} and {b} cannot be compared: {what} is not the same ({in_a} and {in_b})")]
    Unlike {
        /// One run.
        a: String,
        /// Another.
        b: String,
        /// What differs.
        what: &'static str,
        /// In the first.
        in_a: String,
        /// In the second.
        in_b: String,
    },
}

/// The study of one run, or of several on the same cases. Arms of one name in
/// several runs are told apart by the names of their runs.
///
/// # Errors
/// [`StudyError`].
pub fn study(runs: &[StoredRun]) -> Result<Study, StudyError> {
    let mut whole = Study {
        options: runs.iter().any(|run| run.shape.grading.is_some()),
        ..Study::default()
    };
    if let Some((first, others)) = runs.split_first() {
        for other in others {
            must_be_alike(first, other)?;
        }
    }
    let names = Names::of(runs);
    for run in runs {
        let of_run = run_name(run);
        let rename = |name: &str| names.shown(name, &of_run);
        let one = of_one(run)?;
        for case in one.cases {
            if !whole.cases.iter().any(|known| known.id == case.id) {
                whole.cases.push(case);
            }
        }
        let clash = |panel: &str| names.clash(&format!("panel:{panel}"));
        for mut arm in one.arms {
            if clash(&arm.panel) && arm.sort.is_computed() {
                arm.rows.name = format!("{}@{of_run}", arm.rows.name);
            } else {
                arm.rows.name = rename(&arm.rows.name);
            }
            let known = whole.arms.iter_mut();
            let mut known = known.filter(|known| known.rows.name == arm.rows.name);
            if arm.sort == Sort::Nothing
                && let Some(nothing) = known.next()
            {
                // Doing nothing is the same in every run; items may not be.
                for row in arm.rows.rows {
                    let is = |old: &ItemRow| old.item == row.item && old.trial == row.trial;
                    if !nothing.rows.rows.iter().any(is) {
                        nothing.rows.rows.push(row);
                    }
                }
                continue;
            }
            if let Some(seats) = &mut arm.rows.panel {
                if clash(&seats.name) {
                    seats.name = format!("{}@{of_run}", seats.name);
                } else {
                    // A self-ensemble is named by its arm.
                    seats.name = rename(&seats.name);
                }
                seats.unguarded = seats.unguarded.as_deref().map(rename);
                if let Members::Arms(members) = &mut seats.members {
                    for (_, arm) in members {
                        *arm = rename(arm);
                    }
                }
            }
            arm.rows.lead = arm.rows.lead.as_deref().map(rename);
            whole.arms.push(arm);
        }
        for (sum, more) in whole.review.iter_mut().zip(&one.review) {
            sum.merge(more);
        }
        for panel in one.panels {
            let all = |names: Vec<String>| names.iter().map(|name| rename(name)).collect();
            let clashes = clash(&panel.name);
            whole.panels.push(PanelFacts {
                name: if clashes {
                    format!("{}@{of_run}", panel.name)
                } else {
                    panel.name
                },
                arm: rename(&panel.arm),
                lead: panel.lead.as_deref().map(rename),
                members: all(panel.members),
                unguarded: panel.unguarded.as_deref().map(rename),
                selves: all(panel.selves),
                cuts: all(panel.cuts),
                computed: panel
                    .computed
                    .into_iter()
                    .map(|name| {
                        if clashes && name != NOTHING {
                            format!("{name}@{of_run}")
                        } else {
                            name
                        }
                    })
                    .collect(),
            });
        }
    }
    Ok(whole)
}

/// Names of arms over several runs.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, usize>);

impl Names {
    /// Of these runs.
    pub fn of(runs: &[StoredRun]) -> Self {
        let mut names = BTreeMap::new();
        for arm in runs.iter().flat_map(|run| &run.shape.arms) {
            *names.entry(arm.name.clone()).or_default() += 1;
        }
        Self(names)
    }

    /// Do several runs have an arm of this name?
    fn clash(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|n| *n > 1)
    }

    /// An arm's name as it is shown: with its run where another has one of the
    /// same name.
    pub fn shown(&self, name: &str, run: &str) -> String {
        if self.clash(name) {
            format!("{name}@{run}")
        } else {
            name.to_owned()
        }
    }
}

/// Name of a run: that of its folder.
pub fn run_name(run: &StoredRun) -> String {
    let folder = std::path::absolute(&run.folder).unwrap_or_else(|_| run.folder.clone());
    folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn must_be_alike(a: &StoredRun, b: &StoredRun) -> Result<(), StudyError> {
    let judge = |run: &StoredRun| {
        let judge = run.record.provenance.judge.as_ref();
        judge.map_or_else(
            || "none".to_owned(),
            |judge| {
                let prompts: Vec<&str> = judge
                    .prompts
                    .iter()
                    .map(|p| p.sha256.get(..8).unwrap_or(&p.sha256))
                    .collect();
                format!("{} with prompts {}", judge.name, prompts.join(" "))
            },
        )
    };
    let checks: [(&'static str, String, String); 4] = [
        ("the task", a.meta.task.clone(), b.meta.task.clone()),
        (
            "the case set",
            a.meta.case_set.clone(),
            b.meta.case_set.clone(),
        ),
        (
            "the score profile",
            a.meta.profile.clone(),
            b.meta.profile.clone(),
        ),
        ("the judge", judge(a), judge(b)),
    ];
    for (what, in_a, in_b) in checks {
        if in_a != in_b {
            return Err(StudyError::Unlike {
                a: run_name(a),
                b: run_name(b),
                what,
                in_a,
                in_b,
            });
        }
    }
    Ok(())
}

fn of_one(run: &StoredRun) -> Result<Study, StudyError> {
    let shape = &run.shape;
    let mut arms: Vec<ArmRows> = shape.arms.iter().map(empty).collect();
    let mut computed: Vec<(Sort, String, ArmRows)> = computed_arms(&shape.arms);
    if shape.grading.is_some() {
        computed.retain(|(sort, ..)| *sort == Sort::Nothing);
    }
    let mut review = [Tally::default(); 7];
    // Any arm has the same items in the same order.
    let tasks: Vec<Task> = shape.tasks_of(0).collect();
    for task in tasks {
        let Some(item) = shape.items.get(task.item) else {
            continue;
        };
        let key = shape.key_of(item);
        let mut judged: BTreeMap<String, JudgedRecord> = BTreeMap::new();
        for (at, (arm, record)) in arms.iter_mut().zip(&shape.arms).enumerate() {
            let task = Task { arm: at, ..task };
            if shape.grading.is_some() {
                arm.rows.push(graded_row(item, task, key, run.read(task)?));
                continue;
            }
            let result: Option<ItemResult> = run.result(task)?;
            if let (Some(key), Some(result)) = (key, &result) {
                hold_calls(run, key, result, &mut review);
            }
            if let Some(record) = result.as_ref().and_then(|result| result.judged.clone()) {
                judged.insert(arm.name.clone(), record);
            }
            arm.rows.push(row(shape, record, item, task, result)?);
        }
        for (sort, panel, arm) in &mut computed {
            let members = advisors_of(&shape.arms, panel);
            let records: Option<Vec<&JudgedRecord>> =
                members.iter().map(|name| judged.get(name)).collect();
            let mut row = ItemRow::new(&item.id, item.base(), task.trial);
            row.outcome = Some(OutcomeKind::Complete);
            let record = key.and_then(|key| match (*sort, records) {
                (Sort::Nothing, _) => Some(imagined::nothing(&key.prepared, &item.id)),
                (Sort::Union, Some(records)) => imagined::union(&key.prepared, &records),
                (Sort::Oracle, Some(records)) => imagined::oracle(&key.prepared, &records),
                _ => None,
            });
            match (key, record) {
                (Some(key), Some(record)) if shape.grading.is_some() => {
                    enter_grades(key, &record, &mut row);
                }
                (Some(key), Some(record)) => enter(shape, key, &record, &mut row)?,
                _ => row.unscored = Some("a member's draft is not judged".to_owned()),
            }
            let last = |name: &String| {
                let arm = arms.iter().find(|arm| arm.name == *name)?;
                arm.rows.last()
            };
            if *sort == Sort::Union {
                let drafts = members.iter().map(|name| last(name)?.words);
                row.words = drafts.sum();
                let drafts = members.iter().map(|name| last(name)?.usd);
                row.usd = drafts.sum();
                let estimated = |name: &String| last(name).is_some_and(|row| row.usd_is_estimated);
                row.usd_is_estimated = members.iter().any(estimated);
            }
            arm.rows.push(row);
        }
    }
    let sorts = shape.arms.iter().map(sort_of);
    let mut study = Study {
        cases: facts(run),
        panels: panels(&shape.arms, &computed),
        review,
        options: shape.grading.is_some(),
        arms: arms
            .into_iter()
            .zip(sorts)
            .zip(&shape.arms)
            .map(|((rows, sort), record)| StudyArm {
                rows,
                sort,
                panel: record.panel.clone(),
            })
            .collect(),
    };
    let computed = computed.into_iter();
    study
        .arms
        .extend(computed.map(|(sort, panel, rows)| StudyArm { rows, sort, panel }));
    Ok(study)
}

/// Holds the judge's match call against what its review call made of it.
fn hold_calls(run: &StoredRun, key: &AnswerKey, result: &ItemResult, tallies: &mut [Tally; 7]) {
    let (Some(verdict), Some(reviewed)) = (&result.verdict, &result.judged) else {
        return;
    };
    if verdict.review.is_none() {
        return;
    }
    let profile = &run.shape.profile;
    let Ok(matched) = assemble(profile, &key.prepared, &verdict.matched, None, None) else {
        return;
    };
    let scores: Vec<i64> = key
        .prepared
        .option_ids()
        .map(|id| key.prepared.score_of(id))
        .collect();
    let (a, b) = (
        option_verdicts(&key.prepared, &matched),
        option_verdicts(&key.prepared, reviewed),
    );
    compare(&scores, &a, &b, tallies);
}

/// Enters what options have scores of where they are graded.
fn enter_grades(key: &AnswerKey, record: &JudgedRecord, row: &mut ItemRow) {
    let options = record.options.iter();
    let grades = options.map(|option| (option.id, option.matched)).collect();
    let profile = GradingProfile::NOHARM_V1;
    row.graded = Some(score_grades(&profile, &key.grading, &grades, Fill::Nothing));
    row.harms = Some(harms_of(record));
}

fn empty(arm: &ArmRecord) -> ArmRows {
    ArmRows {
        name: arm.name.clone(),
        lead: arm.lead.clone(),
        panel: arm.seats.clone(),
        rows: Vec::new(),
    }
}

fn sort_of(arm: &ArmRecord) -> Sort {
    match arm.kind {
        ArmSort::Panel => Sort::Panel,
        ArmSort::PanelNoGuardians => Sort::PanelNoGuardians,
        ArmSort::SelfEnsemble => Sort::SelfEnsemble,
        ArmSort::Solo => Sort::Solo,
        ArmSort::SoloCut => Sort::SoloCut,
    }
}

/// Arms that nobody asked: one that does nothing, and of every panel with
/// several advisors all that they offered, and what is right in it.
fn computed_arms(arms: &[ArmRecord]) -> Vec<(Sort, String, ArmRows)> {
    let named = |name: String| ArmRows {
        name,
        lead: None,
        panel: None,
        rows: Vec::new(),
    };
    let panels = arms.iter().filter(|arm| arm.kind == ArmSort::Panel);
    let mut computed = vec![(Sort::Nothing, String::new(), named(NOTHING.to_owned()))];
    for panel in panels {
        if advisors_of(arms, &panel.panel).len() > 1 {
            let name = &panel.panel;
            computed.push((Sort::Union, name.clone(), named(format!("union:{name}"))));
            computed.push((Sort::Oracle, name.clone(), named(format!("oracle:{name}"))));
        }
    }
    computed
}

/// Solo arms of a panel's advisors.
fn advisors_of(arms: &[ArmRecord], panel: &str) -> Vec<String> {
    let is = |arm: &&ArmRecord| arm.kind == ArmSort::Panel && arm.panel == panel;
    let seats = arms.iter().find(is).and_then(|arm| arm.seats.as_ref());
    match seats.map(|seats| &seats.members) {
        Some(Members::Arms(members)) => members.iter().map(|(_, arm)| arm.clone()).collect(),
        _ => Vec::new(),
    }
}

fn panels(arms: &[ArmRecord], computed: &[(Sort, String, ArmRows)]) -> Vec<PanelFacts> {
    let panels = arms.iter().filter(|arm| arm.kind == ArmSort::Panel);
    panels
        .map(|panel| PanelFacts {
            name: panel.panel.clone(),
            arm: panel.name.clone(),
            lead: panel.lead.clone(),
            members: panel.alone.clone(),
            unguarded: panel.seats.as_ref().and_then(|s| s.unguarded.clone()),
            selves: arms
                .iter()
                .filter(|arm| arm.kind == ArmSort::SelfEnsemble && arm.panel == panel.panel)
                .map(|arm| arm.name.clone())
                .collect(),
            cuts: {
                let advisors = advisors_of(arms, &panel.panel);
                let cut = |arm: &&ArmRecord| {
                    let of = arm.name.strip_prefix("solo-cut:").unwrap_or_default();
                    arm.kind == ArmSort::SoloCut && advisors.contains(&format!("solo:{of}"))
                };
                arms.iter()
                    .filter(cut)
                    .map(|arm| arm.name.clone())
                    .collect()
            },
            computed: computed
                .iter()
                .filter(|(sort, of, _)| *sort == Sort::Nothing || *of == panel.panel)
                .map(|(.., arm)| arm.name.clone())
                .collect(),
        })
        .collect()
}

/// What is known of the cases of a run.
fn facts(run: &StoredRun) -> Vec<CaseFacts> {
    let mut facts: Vec<CaseFacts> = Vec::new();
    for item in &run.shape.items {
        if facts.iter().any(|known| known.id == item.base()) {
            continue;
        }
        let mut case = CaseFacts {
            id: item.base().to_owned(),
            specialty: item.specialty().to_owned(),
            ..CaseFacts::default()
        };
        if let Some(key) = run.shape.key_of(item) {
            let tier = |score: Option<i64>| Tier::of(score.unwrap_or_default());
            for option in &key.rubric.options {
                match tier(option.effective_score()) {
                    Tier::HarmIfOmitted(Severity::Severe) => case.severe_omission = true,
                    Tier::HarmIfDone(Severity::Severe) => case.severe_commission = true,
                    _ => {}
                }
                if let Some(category) = &option.category {
                    case.categories.insert(option.id, category.clone());
                }
            }
            case.referral = !key.grading.referrals().is_empty();
        }
        facts.push(case);
    }
    facts
}

/// A graded item.
fn graded_row(
    item: &Item,
    task: Task,
    key: Option<&AnswerKey>,
    result: Option<OptionsResult>,
) -> ItemRow {
    let mut row = ItemRow::new(&item.id, item.base(), task.trial);
    let Some(result) = result else { return row };
    row.outcome = Some((&result.outcome).into());
    row.usd = result.usd;
    row.usd_is_estimated = Told::is_estimated(&result.told);
    row.seconds = result.seconds;
    row.ungraded = result.ungraded.len();
    if !result.is_scored() {
        row.unscored = result.unscored.clone();
    } else if let Some(key) = key {
        let grades = result.for_score();
        let profile = GradingProfile::NOHARM_V1;
        row.graded = Some(score_grades(&profile, &key.grading, &grades, Fill::Worst));
        let harms = graded_harms_of(key, &result);
        row.harms = Some(harms);
    }
    row
}

/// The harms of graded options, sorted; those without a grade at their worst.
pub(super) fn graded_harms_of(key: &AnswerKey, result: &OptionsResult) -> Vec<Harm> {
    let harms = graded_harms(&key.grading, &result.for_score(), Fill::Worst);
    let mut harms: Vec<Harm> = harms
        .iter()
        .map(|harm| Harm {
            option: Some(harm.id),
            harm_type: harm.harm_type,
            severity: harm.harm_severity,
        })
        .collect();
    harms.sort_unstable();
    harms
}
