//! The rules of the harm ledger on consults made up by hand and at random.

use std::collections::BTreeMap;

use primum::clinical::flow::{CONSENSUS, POOLED, RENDER};
use primum::clinical::{DraftRef, HarmType, PatientText, PlanStage, Rubric, Severity, StageItem};
use primum::evidence::Harm;
use primum::evidence::ledger::carried::Carried;
use primum::evidence::ledger::reading::{Verdicts, harms_by};
use primum::evidence::ledger::summary::ledger_of;
use primum::evidence::ledger::{
    Backing, Change, Flow, Found, HarmPath, ReadStage, Reading, Trace, changes, compose, trace,
};
use primum::score::PreparedRubric;
use proptest::prelude::*;
use serde_json::{Value, json};

fn prepared(options: &[Value]) -> PreparedRubric {
    let rubric = json!({"id": "Card1", "options": options});
    let rubric: Rubric = serde_json::from_value(rubric).expect("a rubric");
    PreparedRubric::new(&rubric)
}

fn option(id: i64, score: i64) -> Value {
    json!({"id": id, "text": format!("option {id}"), "score": score})
}

/// Option 1 must be done, option 2 must not, 3 is mild to leave out.
fn small() -> PreparedRubric {
    prepared(&[option(1, 9), option(2, 1), option(3, 7)])
}

fn draft(agent: &str, number: usize) -> DraftRef {
    DraftRef {
        agent: agent.into(),
        number,
    }
}

/// A stage of items, each by key and words.
fn plan(stage: &str, items: &[(usize, &str)]) -> PlanStage {
    let items = items.iter().map(|(key, text)| StageItem {
        key: *key,
        text: PatientText::from(*text),
        basis: vec![draft("ada", *key)],
    });
    PlanStage {
        stage: stage.into(),
        assessment: PatientText::from("Sick."),
        items: items.collect(),
    }
}

/// A reading that found options with quotes.
fn read(rubric: &PreparedRubric, found: &[(i64, bool, &str)]) -> Reading {
    let verdicts: Verdicts = found
        .iter()
        .map(|(id, partial, _)| (*id, *partial))
        .collect();
    let found = found.iter().map(|(id, partial, quote)| {
        let found = Found {
            partial: *partial,
            quotes: vec![PatientText::from(*quote)],
            words: Vec::new(),
        };
        (*id, found)
    });
    Reading {
        found: found.collect(),
        harms: harms_by(rubric, &verdicts),
    }
}

fn stage(plan: PlanStage, reading: Reading) -> ReadStage {
    ReadStage {
        plan,
        reading: Some(reading),
    }
}

fn traced(rubric: &PreparedRubric, flow: &Flow) -> Trace {
    trace(rubric, flow, &["gus".into(), "gwen".into()], 2)
}

fn path(trace: &Trace, option: i64) -> &HarmPath {
    let mut paths = trace.paths.iter();
    paths
        .find(|path| path.option == Some(option))
        .expect("a path")
}

const DO: &str = "Order the CT today";
const HARM: &str = "Start warfarin 5 mg";

/// What stage by stage is on the table, and what is read of it.
fn flow(drafts: Vec<ReadStage>, stages: Vec<ReadStage>) -> Flow {
    Flow {
        drafts,
        stages,
        ..Flow::default()
    }
}

#[test]
fn the_judge_is_told_from_the_stages() {
    let rubric = small();
    let both = &[(1, DO), (2, HARM)];
    let right = || read(&rubric, &[(1, false, DO), (2, false, HARM)]);
    // The judge overlooks option 1 once consensus is reached, and reads it again
    // in the answer; gus takes option 2 out while it is overlooked as well.
    let trace = traced(
        &rubric,
        &flow(
            vec![stage(plan("ada", both), right())],
            vec![
                stage(plan(POOLED, both), right()),
                stage(plan(CONSENSUS, both), read(&rubric, &[])),
                stage(plan("gus", &[(1, DO)]), read(&rubric, &[])),
                stage(
                    plan(RENDER, &[(1, DO)]),
                    read(&rubric, &[(1, false, "order the ct TODAY.")]),
                ),
            ],
        ),
    );
    let by: BTreeMap<&str, (usize, usize, usize)> = trace
        .stages
        .iter()
        .map(|s| {
            (
                s.stage.as_str(),
                (s.added.len(), s.prevented.len(), s.misread),
            )
        })
        .collect();
    assert_eq!(by[POOLED], (0, 0, 0));
    assert_eq!(by[CONSENSUS], (0, 0, 2));
    assert_eq!(by["gus"], (0, 1, 1), "it did take it out, read or not");
    assert_eq!(by[RENDER], (0, 0, 0));
    assert!(trace.judge.added.is_empty() && trace.judge.prevented.is_empty());
    let warfarin = path(&trace, 2);
    assert_eq!(warfarin.removed_by.as_deref(), Some("gus"));
    assert_eq!(warfarin.kept_by, [POOLED, CONSENSUS]);
    assert_eq!(path(&trace, 3).introduced_by, "drafts");

    // Overlooked at the end, it is the judge who makes it a harm.
    let trace = traced(
        &rubric,
        &flow(
            vec![stage(plan("ada", both), right())],
            vec![
                stage(plan(POOLED, both), right()),
                stage(plan(CONSENSUS, both), right()),
                stage(plan(RENDER, both), read(&rubric, &[(2, false, HARM)])),
            ],
        ),
    );
    assert_eq!(trace.judge.added.len(), 1);
    assert_eq!(path(&trace, 1).introduced_by, "judge");
    assert_eq!(path(&trace, 2).kept_by, [POOLED, CONSENSUS, RENDER]);
}

#[test]
fn evidence_in_no_item_is_the_stages_and_says_so() {
    let rubric = small();
    let items = &[(1, DO)];
    let trace = traced(
        &rubric,
        &flow(
            vec![stage(plan("ada", items), read(&rubric, &[(1, false, DO)]))],
            vec![
                stage(plan(POOLED, items), read(&rubric, &[(1, false, DO)])),
                stage(
                    plan(CONSENSUS, items),
                    read(&rubric, &[(1, false, DO), (2, false, "as said above")]),
                ),
                stage(plan(RENDER, items), read(&rubric, &[(1, false, DO)])),
            ],
        ),
    );
    let done = path(&trace, 2);
    assert_eq!(done.introduced_by, CONSENSUS);
    assert_eq!(done.removed_by.as_deref(), Some(RENDER));
    assert!(done.unlocated && !path(&trace, 3).unlocated);
    assert_eq!(trace.judge.misread, 0);
}

#[test]
fn what_other_drafts_make_up_for_is_no_harm_of_the_start() {
    let rubric = small();
    let (with, without) = (&[(1, DO)][..], &[(1, HARM)][..]);
    let trace = traced(
        &rubric,
        &flow(
            vec![
                stage(plan("ada", with), read(&rubric, &[(1, false, DO)])),
                stage(plan("ben", without), read(&rubric, &[(2, false, HARM)])),
            ],
            vec![
                stage(
                    plan(POOLED, &[(0, DO), (1, HARM)]),
                    read(&rubric, &[(1, false, DO), (2, false, HARM)]),
                ),
                stage(plan(CONSENSUS, with), read(&rubric, &[(1, true, DO)])),
            ],
        ),
    );
    let left_out = path(&trace, 1);
    assert_eq!(left_out.drafts, ["ben"]);
    // Half of it is what the judge came to read in the same words.
    assert_eq!(left_out.introduced_by, "judge");
    assert_eq!(path(&trace, 2).removed_by.as_deref(), Some(CONSENSUS));
    assert_eq!(path(&trace, 2).drafts, ["ben"]);

    // A stage without a judgment: nothing is said, and it is named.
    let mut unread = flow(
        Vec::new(),
        vec![stage(plan(POOLED, with), Reading::default())],
    );
    unread.stages[0].reading = None;
    let trace = traced(&rubric, &unread);
    assert_eq!(trace.missing, [POOLED]);
    assert!(trace.paths.is_empty() && trace.what_ifs.is_empty());
    let sum = ledger_of(&[&trace], &[], 2);
    assert_eq!((sum.items, sum.unjudged), (0, 1));
}

#[test]
fn other_panels_are_put_together_from_items() {
    let backing = |number, voices| Backing {
        members: vec![draft("ada", number)],
        voices,
    };
    let stages = [
        plan(POOLED, &[(1, "one"), (2, "two"), (3, "three")]),
        plan(CONSENSUS, &[(1, "one"), (2, "two")]),
        // gus takes 1 out, rewords 2, adds 4; gwen rewords 4; 5 is cut.
        plan("gus", &[(2, "two!"), (4, "four")]),
        plan("gwen", &[(2, "two!"), (4, "four and a half"), (5, "five")]),
        plan(RENDER, &[(2, "two!"), (4, "four and a half")]),
    ];
    let stages: Vec<&PlanStage> = stages.iter().collect();
    let backing = [backing(1, 3), backing(2, 1), backing(3, 2)];
    let words = |change: Change| -> Option<Vec<String>> {
        let plan = compose(&stages, &backing, &change)?;
        Some(
            plan.items
                .iter()
                .map(|item| item.text.expose().to_owned())
                .collect(),
        )
    };
    let without = |name: &str| words(Change::WithoutGuardian(name.into()));
    assert_eq!(
        without("gus").as_deref(),
        Some(&["one".to_owned(), "two".into()][..])
    );
    assert_eq!(
        without("gwen").as_deref(),
        Some(&["two!".to_owned(), "four".into()][..])
    );
    assert_eq!(without("nobody"), None);
    let whole = ["two!", "four and a half", "five"].map(str::to_owned);
    assert_eq!(words(Change::WithoutBudget), Some(whole.to_vec()));
    // 1 was taken out by gus, whoever wanted it; 3 comes in with two voices.
    let voices = |n| words(Change::Voices(n)).expect("a plan");
    assert_eq!(voices(3), ["four and a half", "five"]);
    assert_eq!(voices(2), ["three", "four and a half", "five"]);
    assert_eq!(voices(1), ["three", "two!", "four and a half", "five"]);
}

// --- At random ---

const WORDS: [&str; 8] = [
    "order alpha",
    "start beta",
    "stop gamma",
    "refer delta",
    "repeat epsilon",
    "advise zeta",
    "hold eta",
    "see theta",
];

/// Options with scores, groups and parents.
fn any_rubric() -> impl Strategy<Value = Vec<Value>> {
    let one = (1..=9_i64, 0..4_u8, proptest::option::of(1..=6_i64));
    proptest::collection::vec(one, 1..=6).prop_map(|options| {
        let with = |(place, (score, group, parent)): (usize, (i64, u8, Option<i64>))| {
            let id = place as i64 + 1;
            let mut value = option(id, score);
            if group < 2 {
                value["abstraction"] = json!(format!("g{group}"));
                value["abstractionType"] = json!("alternative");
            }
            if let Some(parent) = parent.filter(|parent| *parent != id) {
                value["dependsOn"] = json!([parent]);
            }
            value
        };
        options.into_iter().enumerate().map(with).collect()
    })
}

/// Items of a stage as places in [`WORDS`].
type Items = Vec<usize>;
/// Verdicts of a stage: option, partial, and the place of the quote; beyond the
/// words it is in no item.
type Said = Vec<(i64, bool, usize)>;

fn any_items() -> impl Strategy<Value = Items> {
    proptest::collection::btree_set(0..WORDS.len(), 0..6).prop_map(|set| set.into_iter().collect())
}

fn any_said() -> impl Strategy<Value = Said> {
    proptest::collection::vec((1..=6_i64, any::<bool>(), 0..WORDS.len() + 2), 0..6)
}

fn any_stages() -> impl Strategy<Value = Vec<(Items, Said)>> {
    proptest::collection::vec((any_items(), any_said()), 7)
}

const NAMES: [&str; 7] = ["ada", "ben", POOLED, CONSENSUS, "gus", "gwen", RENDER];

fn plan_at(place: usize, items: &Items) -> PlanStage {
    let items: Vec<(usize, &str)> = items.iter().map(|&at| (at, WORDS[at])).collect();
    plan(NAMES[place], &items)
}

/// A flow with the readings that a judge of this kind gives.
fn flow_of(stages: &[(Items, Said)], judge: impl Fn(&PlanStage, &Said) -> Reading) -> Flow {
    let read = stages.iter().enumerate().map(|(place, (items, said))| {
        let plan = plan_at(place, items);
        let reading = judge(&plan, said);
        stage(plan, reading)
    });
    let mut drafts: Vec<ReadStage> = read.collect();
    let stages = drafts.split_off(2);
    Flow {
        backing: stages[0]
            .plan
            .items
            .iter()
            .map(|item| Backing {
                members: item.basis.clone(),
                voices: 1 + item.key % 2,
            })
            .collect(),
        drafts,
        stages,
        confirmed: Vec::new(),
    }
}

fn tally(harms: &[Harm]) -> BTreeMap<(HarmType, Severity), i64> {
    let mut counts = BTreeMap::new();
    for harm in harms {
        *counts.entry((harm.harm_type, harm.severity)).or_insert(0) += 1;
    }
    counts
}

/// A judge who reads each item by itself, always in the same way: item `n`
/// carries what a table says.
fn steady(rubric: &PreparedRubric, plan: &PlanStage, table: &[Vec<(i64, bool)>]) -> Reading {
    let mut found: BTreeMap<i64, Found> = BTreeMap::new();
    for item in &plan.items {
        let at = WORDS
            .iter()
            .position(|w| *w == item.text.expose())
            .expect("known words");
        for &(id, partial) in &table[at] {
            if !rubric.knows(id) {
                continue;
            }
            let entry = found.entry(id).or_insert_with(|| Found {
                partial,
                ..Found::default()
            });
            entry.partial &= partial;
            entry.quotes.push(item.text.clone());
        }
    }
    let verdicts: Verdicts = found
        .iter()
        .map(|(id, found)| (*id, found.partial))
        .collect();
    Reading {
        harms: harms_by(rubric, &verdicts),
        found,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the judge says: start, and what was added, less what was
    /// prevented, is the end; and every harm of the end has one who brought it.
    #[test]
    fn totals_add_up(options in any_rubric(), stages in any_stages()) {
        let rubric = prepared(&options);
        let flow = flow_of(&stages, |_, said| {
            let known: Vec<(i64, bool, &str)> = said
                .iter()
                .filter(|(id, _, _)| rubric.knows(*id))
                .map(|(id, partial, at)| (*id, *partial, *WORDS.get(*at).unwrap_or(&"nowhere")))
                .collect();
            read(&rubric, &known)
        });
        let trace = traced(&rubric, &flow);
        let mut sum = tally(&trace.start);
        for flow in trace.stages.iter().chain([&trace.judge]) {
            for (harm, n) in tally(&flow.added) {
                *sum.entry(harm).or_insert(0) += n;
            }
            for (harm, n) in tally(&flow.prevented) {
                *sum.entry(harm).or_insert(0) -= n;
            }
        }
        sum.retain(|_, n| *n != 0);
        prop_assert_eq!(&sum, &tally(&trace.end));
        let answer = flow.stages.last().and_then(|stage| stage.reading.as_ref());
        prop_assert_eq!(&trace.end, &answer.expect("an answer").harms);
        let there = trace.paths.iter().filter(|path| path.removed_by.is_none());
        prop_assert_eq!(there.count(), trace.end.len());

        let sum = ledger_of(&[&trace, &trace], &["gus".into(), "gwen".into()], 2);
        let total = |tally: &primum::evidence::guardians::HarmTally| {
            [tally.omission, tally.commission]
                .map(|c| [c.severe, c.moderate, c.mild].map(|n| n as i64))
        };
        let by_stage = sum.introduced.iter().map(|by| total(&by.harms));
        let introduced = by_stage.fold([[0; 3]; 2], |mut all, one| {
            for (sum, n) in all.iter_mut().flatten().zip(one.into_iter().flatten()) {
                *sum += n;
            }
            all
        });
        prop_assert_eq!(introduced, total(&sum.end));
    }

    /// A judge who reads the same words in the same way is blamed for nothing,
    /// and what items carry predicts what it reads in any plan made of them.
    #[test]
    fn a_steady_judge_is_blamed_for_nothing(
        options in any_rubric(),
        stages in any_stages(),
        table in proptest::collection::vec(
            proptest::collection::vec((1..=6_i64, any::<bool>()), 0..3),
            WORDS.len(),
        ),
    ) {
        // One verdict for one option of an item.
        let table: Vec<Vec<(i64, bool)>> = table
            .into_iter()
            .map(|list| list.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect())
            .collect();
        // A steady judge gives the verdict to the item, so partly met options
        // are met by one item alone: two halves are no whole here.
        let table: Vec<Vec<(i64, bool)>> = table
            .into_iter()
            .map(|list| list.into_iter().map(|(id, _)| (id, id % 2 == 0)).collect())
            .collect();
        let rubric = prepared(&options);
        let flow = flow_of(&stages, |plan, _| steady(&rubric, plan, &table));
        let trace = traced(&rubric, &flow);
        prop_assert_eq!(trace.judge.misread, 0);
        prop_assert!(trace.judge.added.is_empty() && trace.judge.prevented.is_empty());
        let plans: Vec<&PlanStage> = flow.stages.iter().map(|stage| &stage.plan).collect();
        for (change, what_if) in changes(&["gus".into(), "gwen".into()], 2).iter().zip(&trace.what_ifs) {
            prop_assert_eq!(change, &what_if.change);
            let plan = compose(&plans, &flow.backing, change).expect("a plan");
            let judged = steady(&rubric, &plan, &table).harms;
            prop_assert_eq!(&what_if.predicted, &judged, "{}", change);
            if let Some(confirmed) = &what_if.confirmed {
                prop_assert_eq!(confirmed, &judged);
            }
        }
    }
}

#[test]
fn an_item_keeps_its_first_reading() {
    let rubric = small();
    let mut carried = Carried::new(&rubric);
    let both = plan("ada", &[(1, DO), (2, "Do the CT")]);
    // Of the second item nothing is known: the judge quoted the first.
    carried.learn(&both, &read(&rubric, &[(1, false, DO)]));
    let second = plan("x", &[(2, "Do the CT")]);
    let of = |carried: &Carried<'_>, plan: &PlanStage| carried.verdicts(&[plan], &Verdicts::new());
    assert!(of(&carried, &second).is_empty());
    carried.learn(&second, &read(&rubric, &[(1, false, "do the CT")]));
    assert_eq!(of(&carried, &second), Verdicts::from([(1, false)]));
    // Read otherwise later, it stays as it was.
    carried.learn(&second, &read(&rubric, &[(2, false, "do the CT")]));
    assert_eq!(of(&carried, &second), Verdicts::from([(1, false)]));
}
