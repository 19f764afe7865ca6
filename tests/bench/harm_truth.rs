//! The truth about harms by stage, made without the judge, the scorer and the
//! ledger: from the words of each stage as the simulated models themselves
//! recognise them, and from the rubric by a reader of its own.

use std::collections::{BTreeMap, BTreeSet};

use primum::bench::ItemResult;
use primum::bench::flow::JudgedFlow;
use primum::bench::run::ITEM;
use primum::clinical::{Case, HarmType, RubricOption, Severity};
use primum::evidence::Harm;
use primum::simulate::case::SimCase;
use primum::simulate::reading;

use crate::bench_common::{Place, demo_cases};

/// A harm as this test finds it.
pub type Found = (i64, HarmType, Severity);
pub type Options = BTreeSet<i64>;

/// Scores, groups and dependencies read anew.
pub fn harms(case: &Case, done: &Options) -> BTreeSet<Found> {
    let rubric = case.rubric.as_deref().expect("a rubric");
    let label = |o: &RubricOption| match o.abstraction_type.as_deref() {
        Some("alternative") => o.abstraction.clone(),
        _ => None,
    };
    let covered = |o: &RubricOption| {
        label(o).is_some_and(|own| {
            let mut others = rubric.options.iter();
            others.any(|other| label(other).as_ref() == Some(&own) && done.contains(&other.id))
        })
    };
    let moot = |o: &RubricOption| {
        let parents = o.depends_on.clone().unwrap_or_default();
        !parents.is_empty() && !parents.iter().any(|parent| done.contains(parent))
    };
    let harm = |o: &RubricOption| {
        use HarmType::{Commission, Omission};
        use Severity::{Mild, Moderate, Severe};
        let score = o.placement.or(o.score).or(o.grade)?;
        let severity = [
            (1, Severe),
            (2, Moderate),
            (3, Mild),
            (7, Mild),
            (8, Moderate),
            (9, Severe),
        ]
        .into_iter()
        .find_map(|(of, severity)| (of == score).then_some(severity))?;
        if score <= 3 {
            return done.contains(&o.id).then_some((o.id, Commission, severity));
        }
        let left_out = !done.contains(&o.id) && !covered(o) && !moot(o);
        left_out.then_some((o.id, Omission, severity))
    };
    rubric.options.iter().filter_map(harm).collect()
}

pub fn plain(harms: &[Harm]) -> BTreeSet<Found> {
    let all: BTreeSet<Found> = harms
        .iter()
        .map(|harm| {
            (
                harm.option.expect("on the rubric"),
                harm.harm_type,
                harm.severity,
            )
        })
        .collect();
    assert_eq!(all.len(), harms.len(), "a harm is counted twice");
    all
}

/// An item: the option that it is, and its bare words.
type Recognised = (Option<i64>, String);

/// What a consult's stages hold, as the simulator reads its own words.
pub struct Truth {
    /// Options of each draft.
    pub drafts: BTreeMap<String, Options>,
    /// Options and bare words of each stage's items.
    pub stages: Vec<(String, Vec<Recognised>)>,
    /// Bare words of all drafted items.
    pub drafted: BTreeSet<String>,
}

fn bare(text: &str) -> String {
    let words = text.to_lowercase();
    let words = words.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

impl Truth {
    pub fn of(case: &Case, drafts: &BTreeMap<String, String>, flow: &JudgedFlow) -> Self {
        let sim = SimCase::new(case);
        let id = |text: &str| sim.recognise(text).map(|place| sim.options[place].id);
        let in_draft = |text: &String| -> Options {
            let items = reading::items(text);
            let known = items.iter().filter_map(|i| id(&i.text).or(id(&i.line)));
            known.collect()
        };
        let stages = flow.stages.iter().map(|stage| {
            let items = stage.plan.items.iter().map(|item| {
                let text = item.text.expose();
                (id(text), bare(text))
            });
            (stage.plan.stage.clone(), items.collect())
        });
        let drafted = flow.drafts.iter().flat_map(|draft| &draft.plan.items);
        Self {
            drafts: drafts
                .iter()
                .map(|(a, text)| (a.clone(), in_draft(text)))
                .collect(),
            stages: stages.collect(),
            drafted: drafted.map(|item| bare(item.text.expose())).collect(),
        }
    }

    pub fn start(&self) -> Options {
        self.drafts.values().flatten().copied().collect()
    }

    pub fn at(&self, stage: usize) -> Options {
        self.stages[stage]
            .1
            .iter()
            .filter_map(|(id, _)| *id)
            .collect()
    }

    /// Do all words of a stage stand in drafts or earlier stages?
    pub fn brings_no_words(&self, stage: usize) -> bool {
        let before: BTreeSet<&String> = self.stages[..stage]
            .iter()
            .flat_map(|(_, items)| items.iter().map(|(_, words)| words))
            .chain(&self.drafted)
            .collect();
        self.stages[stage]
            .1
            .iter()
            .all(|(_, words)| before.contains(words))
    }
}

/// One panel's answer to one item.
pub struct Answered {
    pub case: Case,
    pub drafts: BTreeMap<String, String>,
    pub result: ItemResult,
}

impl Answered {
    pub fn flow(&self) -> &JudgedFlow {
        self.result.flow.as_ref().expect("a ledger")
    }

    pub fn truth(&self) -> Truth {
        Truth::of(&self.case, &self.drafts, self.flow())
    }
}

/// The answers of every panel of a run, by arm, item and trial.
pub fn answers(place: &Place, run: &str) -> BTreeMap<String, Answered> {
    let journal = place.journal(run);
    let cases = primum::cases::load(demo_cases()).expect("cases").cases;
    let stored = |id: &str| -> ItemResult {
        let body = journal
            .result(ITEM, id)
            .expect("a journal")
            .expect("a result");
        serde_json::from_str(&body).expect("an item")
    };
    let ids = journal.result_ids(ITEM).expect("ids");
    let panels = ids.iter().filter(|id| id.starts_with("panel:"));
    panels
        .map(|id| {
            let result = stored(id);
            let (_, task) = id.split_once(' ').expect("an id");
            let base = task.split([' ', '-']).next().expect("a case");
            let drafts = result.flow.as_ref().expect("a ledger").drafts.iter();
            let drafts = drafts.map(|draft| {
                let alone = stored(&format!("solo:{} {task}", draft.plan.stage));
                let text = alone.text.expect("a draft").expose().to_owned();
                (draft.plan.stage.clone(), text)
            });
            let answered = Answered {
                case: cases
                    .iter()
                    .find(|case| case.id == base)
                    .expect("a case")
                    .clone(),
                drafts: drafts.collect(),
                result,
            };
            (id.clone(), answered)
        })
        .collect()
}

/// Options that a stage's judgment recommends.
pub fn judged(flow: &JudgedFlow, verdict: Option<usize>) -> Options {
    let verdict = &flow.verdicts[verdict.expect("a judgment")].verdict;
    let matched = verdict.matched.options.iter();
    matched
        .filter(|option| option.matched)
        .map(|option| option.id)
        .collect()
}
