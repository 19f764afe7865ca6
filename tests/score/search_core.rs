//! The search's arithmetic, held against the real scorer, and what must hold
//! for every set of drafts.

use primum::clinical::Rubric;
use primum::evidence::search::{Ballots, Draft, Posed, Settings, board::Board, candidates};
use primum::evidence::search::{PanelSearch, SearchedPanel, search, tally::tally};
use primum::score::{
    Healing, JudgedOption, JudgedRecord, PreparedRubric, Profile, harm_list, score_record,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const PROFILE: Profile = Profile::NOHARM_2026_07;

/// Options with scores, groups and dependencies, some on ids that nobody has;
/// up to three words of them.
fn rubrics(most: usize, depends: bool) -> impl Strategy<Value = Rubric> {
    let option = (
        select(vec![1_i64, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9]),
        prop::option::weighted(0.3, select(vec!["g", "h", ""])),
        select(vec![
            Some("alternative"),
            Some("alternative"),
            Some("harm"),
            None,
        ]),
        prop::option::weighted(0.3, prop::collection::vec(1_i64..=most as i64 + 3, 0..3)),
    );
    prop::collection::vec(option, 1..most).prop_map(move |options| {
        let options: Vec<Value> = (1..)
            .zip(options)
            .map(|(id, (score, label, kind, parents))| {
                json!({"id": id, "text": "an action", "score": score,
                    "abstraction": label, "abstractionType": kind, "dependsOn": parents.filter(|_| depends)})
            })
            .collect();
        serde_json::from_value(json!({"id": "Card001", "options": options})).expect("a rubric")
    })
}

/// Verdicts on options 1..=n, and some off-rubric actions, now and then harmful
/// ones.
fn drafts(most: usize) -> impl Strategy<Value = JudgedRecord> {
    let verdict = prop::option::weighted(0.95, (any::<bool>(), any::<bool>()));
    let actions = prop::collection::vec(select(vec![5_i64, 5, 5, 5, 1, 2]), 0..3);
    (prop::collection::vec(verdict, most + 3), actions).prop_map(|(verdicts, actions)| {
        let options = (1..).zip(verdicts);
        let options: Vec<Value> = options
            .filter_map(|(id, verdict)| {
                verdict.map(|(matched, partial)| json!({"id": id, "matched": matched, "partial": partial}))
            })
            .collect();
        let actions: Vec<Value> = (1..)
            .zip(actions)
            .map(|(number, score)| {
                json!({"number": number, "action": "a", "category": "c", "match": "", "score": score})
            })
            .collect();
        serde_json::from_value(json!({"id": "Card001", "trial": 1, "judge": "j",
            "options": options, "responseActions": actions}))
        .expect("a record")
    })
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("m{i:02}")).collect()
}

fn one_item<'a>(rubric: &'a Rubric, records: &'a [JudgedRecord]) -> Posed<'a> {
    let draft = |judged| Draft {
        judged,
        usd: Some(1.0),
        seconds: Some(2.0),
    };
    Posed {
        case: "Card001",
        item: "Card001",
        trial: 1,
        rubric,
        drafts: records.iter().map(|record| Some(draft(record))).collect(),
    }
}

/// What the members' votes come to, as a judge would have written it, with one
/// action for every kept option: slow and plain.
fn voted(rubric: &Rubric, members: &[&JudgedRecord], votes: usize) -> JudgedRecord {
    let mut ids: Vec<i64> = members
        .iter()
        .flat_map(|record| record.options.iter().map(|option| option.id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let mut record = JudgedRecord::default();
    let known: Vec<i64> = rubric.options.iter().map(|option| option.id).collect();
    for id in ids {
        let own = members.iter().flat_map(|record| &record.options);
        let have: Vec<&JudgedOption> = own.filter(|o| o.id == id && o.matched).collect();
        let matched = have.len() >= votes;
        let partial = matched && have.iter().all(|option| option.is_partial());
        record.options.push(JudgedOption {
            id,
            matched,
            partial: Some(partial),
            evidence: primum::score::Field::Absent,
        });
        if matched && known.contains(&id) {
            record.actions.push(
                serde_json::from_value(json!({"number": id, "action": "a", "category": "c",
                    "match": id.to_string(), "score": 0}))
                .expect("an action"),
            );
        }
    }
    if votes == 1 {
        let off = members.iter().flat_map(|record| &record.actions);
        record.actions.extend(off.cloned());
    }
    record
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// For every panel and vote rule, harm and headline are what the scorer
    /// gives for the voted record; for one member its own record's harm.
    #[test]
    fn every_panel_is_worth_what_the_scorer_says(
        (rubric, records) in (2_usize..150).prop_flat_map(|most| {
            (rubrics(most, true), prop::collection::vec(drafts(most), 1..5))
        }),
    ) {
        let prepared = PreparedRubric::new(&rubric);
        let ballots = Ballots::new(&names(records.len()), &[one_item(&rubric, &records)]);
        let all = candidates::all(records.len(), records.len());
        let counted = tally(&ballots, &all, records.len());
        for (at, candidate) in all.iter().enumerate() {
            let members: Vec<&JudgedRecord> = candidate.members.iter().map(|m| &records[*m]).collect();
            let record = voted(&rubric, &members, candidate.votes);
            let scored = score_record(&PROFILE, &prepared, &record, Healing::AsItStands).expect("scorable");
            let severe = counted.cases[0].severe[at] == 1.0;
            prop_assert_eq!(severe, scored.severe, "{:?}", candidate);
            let headline = counted.cases[0].headline[at];
            prop_assert!((headline - scored.f1_matched()).abs() < 1e-12, "{:?} {} {}", candidate, headline, scored.f1_matched());
            if let [one] = members[..] {
                let own = score_record(&PROFILE, &prepared, one, Healing::AsItStands).expect("scorable");
                prop_assert_eq!(severe, own.severe);
                prop_assert_eq!(scored.recall_weighted, own.recall_weighted);
            }
        }
    }

    /// Where no option depends on another, one more voice for a union leaves
    /// nothing out that was in before.
    #[test]
    fn a_larger_union_never_leaves_out_more(
        (rubric, records) in (rubrics(20, false), prop::collection::vec(drafts(20), 2..5)),
    ) {
        let prepared = PreparedRubric::new(&rubric);
        // Half done is done here: one who has it in full makes it whole anyway.
        let members: Vec<&JudgedRecord> = records.iter().collect();
        let omissions = |members: &[&JudgedRecord]| {
            let record = voted(&rubric, members, 1);
            harm_list(&prepared, &record.options)
                .into_iter()
                .filter(|harm| harm.harm_type == primum::clinical::HarmType::Omission)
                .map(|harm| harm.id)
                .collect::<Vec<_>>()
        };
        // Options that only the last member was judged on are new to the list.
        let judged = |id: i64| records[..records.len() - 1].iter().any(|r| r.options.iter().any(|o| o.id == id));
        let before = omissions(&members[..members.len() - 1]);
        for id in omissions(&members) {
            // A half-done option that nobody had is one that was left out.
            prop_assert!(before.contains(&id) || !judged(id), "{id}");
        }
    }

    #[test]
    fn a_board_keeps_every_id(rubric in rubrics(150, true), record in drafts(150)) {
        let board = Board::new(&rubric);
        let set = board.set(&record.options, |option| option.matched);
        let ids: Vec<i64> = board.ids(&set).collect();
        for option in &rubric.options {
            let matched = record.options.iter().any(|o| o.id == option.id && o.matched);
            prop_assert_eq!(ids.contains(&option.id), matched);
        }
    }
}

/// A small generator for the worlds below; splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A world of cases with six things to do and three not to; `skill` of each
/// member: the chance to have a right one, and to have a wrong one.
struct World {
    rubric: Rubric,
    records: Vec<(String, Vec<JudgedRecord>)>,
}

impl World {
    fn new(cases: usize, skill: &[(f64, f64)], seed: u64) -> Self {
        let scores = [9, 9, 8, 8, 7, 7, 1, 1, 2];
        let options: Vec<Value> = (1..)
            .zip(scores)
            .map(|(id, score)| json!({"id": id, "text": "an action", "score": score}))
            .collect();
        let rubric = serde_json::from_value(json!({"id": "Card001", "options": options}));
        let mut dice = Dice(seed);
        let records = (0..cases)
            .map(|case| {
                let members = skill.iter().map(|(right, wrong)| {
                    let options: Vec<Value> = (1..)
                        .zip(scores)
                        .map(|(id, score)| {
                            let chance = if score >= 7 { *right } else { *wrong };
                            json!({"id": id, "matched": dice.next() < chance, "partial": false})
                        })
                        .collect();
                    serde_json::from_value(json!({"id": "Card001", "trial": 1, "judge": "j",
                        "options": options, "responseActions": []}))
                    .expect("a record")
                });
                (format!("Card{case:03}"), members.collect())
            })
            .collect();
        Self {
            rubric: rubric.expect("a rubric"),
            records,
        }
    }

    /// The ballots with members and cases in another order.
    fn ballots(&self, order: &[usize], backwards: bool) -> Ballots {
        let all = names(order.len());
        let members: Vec<String> = order.iter().map(|m| all[*m].clone()).collect();
        let mut posed: Vec<Posed<'_>> = self
            .records
            .iter()
            .map(|(case, records)| Posed {
                case,
                item: case,
                trial: 1,
                rubric: &self.rubric,
                drafts: order
                    .iter()
                    .map(|m| {
                        Some(Draft {
                            judged: &records[*m],
                            usd: Some(0.01 * (1 + *m) as f64),
                            seconds: Some(10.0 - *m as f64 / 2.0),
                        })
                    })
                    .collect(),
            })
            .collect();
        if backwards {
            posed.reverse();
        }
        Ballots::new(&members, &posed)
    }
}

fn settings(seed: u64) -> Settings {
    Settings {
        max_members: 3,
        max_usd: None,
        max_seconds: None,
        folds: 5,
        repeats: 20,
        seed,
        run: "runs/test".to_owned(),
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true),
    }
}

fn text(search: &PanelSearch) -> String {
    serde_json::to_string(search).expect("JSON")
}

#[test]
fn the_order_of_members_and_cases_changes_nothing_and_the_seed_decides() {
    let world = World::new(30, &[(0.9, 0.1); 5], 3);
    let found = search(&world.ballots(&[0, 1, 2, 3, 4], false), &settings(1)).expect("found");
    let again = search(&world.ballots(&[3, 0, 4, 2, 1], true), &settings(1)).expect("found");
    assert_eq!(text(&found), text(&again));
    let other = search(&world.ballots(&[0, 1, 2, 3, 4], false), &settings(2)).expect("found");
    assert_eq!(found.choice.in_sample, other.choice.in_sample);
    assert_ne!(text(&found), text(&other));
}

#[test]
fn the_best_panel_of_a_clear_world_is_found_and_holds() {
    // Three careful ones who forget at random, and three careless ones.
    let skill = [
        (0.75, 0.002),
        (0.75, 0.002),
        (0.75, 0.002),
        (0.5, 0.4),
        (0.5, 0.4),
        (0.5, 0.4),
    ];
    let found = search(
        &World::new(150, &skill, 5).ballots(&[0, 1, 2, 3, 4, 5], false),
        &settings(0),
    );
    let found = found.expect("found");
    let careful = ["m00", "m01", "m02"].map(str::to_owned).to_vec();
    let expected = SearchedPanel {
        members: careful,
        votes: 1,
    };
    assert_eq!(found.choice.panel, expected);
    assert_eq!(found.front[0].panel, expected);
    assert_eq!(found.front[0].in_sample, found.choice.in_sample);
    let fitted = found.choice.cross_fitted.expect("many cases");
    assert!(fitted.optimism.abs() < 0.03, "{}", fitted.optimism);
    assert!(fitted.chosen[0].share > 0.9);
    let minus = found.choice_minus_best_single.expect("many cases");
    assert!(minus.hi < 0.0, "{minus:?}");
    assert_eq!(found.members.len(), 6);
    assert!((found.choice.in_sample.usd.expect("prices") - 0.06).abs() < 1e-12);
    assert_eq!(found.choice.in_sample.seconds, Some(10.0));
}

/// Twelve members of the same skill: the best one looks better than it is on
/// the cases that it was chosen on, and no better than it is on others.
#[test]
fn among_equals_the_choice_looks_better_than_it_holds() {
    const WORLDS: u64 = 24;
    let order: Vec<usize> = (0..12).collect();
    let single = Settings {
        max_members: 1,
        repeats: 5,
        ..settings(0)
    };
    let truth = {
        // Both nines there, both ones not.
        let none: f64 = (0.9_f64 * 0.95).powi(2);
        1.0 - none
    };
    let (mut in_sample, mut fitted) = (0.0, 0.0);
    for seed in 0..WORLDS {
        let world = World::new(40, &[(0.9, 0.05); 12], 1000 + seed);
        let found = search(&world.ballots(&order, false), &single).expect("found");
        in_sample += found.choice.in_sample.severe.mean;
        fitted += found.choice.cross_fitted.expect("many cases").severe.mean;
    }
    let (in_sample, fitted) = (in_sample / WORLDS as f64, fitted / WORLDS as f64);
    // One world's standard error is about 0.07, 24 worlds' about 0.014.
    assert!(in_sample < truth - 0.07, "{in_sample} against {truth}");
    assert!((fitted - truth).abs() < 0.045, "{fitted} against {truth}");
}

#[test]
fn limits_are_kept_and_what_is_not_known_is_within_none() {
    let world = World::new(30, &[(0.9, 0.1); 4], 9);
    let ballots = world.ballots(&[0, 1, 2, 3], false);
    let cheap = Settings {
        max_usd: Some(0.03),
        ..settings(0)
    };
    let found = search(&ballots, &cheap).expect("found");
    // m00, m01, m02, and m00 with m01 under two rules.
    assert_eq!(found.panels_within_limits, 5);
    assert!(
        found
            .front
            .iter()
            .all(|point| point.in_sample.usd.is_some_and(|usd| usd < 0.0301))
    );
    let fast = Settings {
        max_seconds: Some(9.0),
        ..settings(0)
    };
    assert_eq!(
        search(&ballots, &fast).expect("found").panels_within_limits,
        4
    );
    let nothing = Settings {
        max_usd: Some(0.001),
        ..settings(0)
    };
    let error = search(&ballots, &nothing).expect_err("nothing").to_string();
    assert!(
        error.contains("the cheapest takes 0.0100 dollars"),
        "{error}"
    );
    let mut unknown = ballots.clone();
    for case in &mut unknown.cases {
        case.items[0].ballots[0].usd = None;
    }
    let found = search(&unknown, &cheap).expect("found");
    assert!(
        found
            .front
            .iter()
            .all(|p| !p.panel.members.contains(&"m00".to_owned()))
    );
}

#[test]
fn items_that_lack_a_draft_are_left_out_and_counted() {
    let world = World::new(6, &[(0.9, 0.1); 2], 9);
    let (case, records) = &world.records[0];
    let draft = |judged| {
        Some(Draft {
            judged,
            usd: None,
            seconds: None,
        })
    };
    let posed = |item, drafts| Posed {
        case,
        item,
        trial: 1,
        rubric: &world.rubric,
        drafts,
    };
    let ballots = Ballots::new(
        &names(2),
        &[
            posed("Card000", vec![draft(&records[0]), draft(&records[1])]),
            posed("Card000-1", vec![draft(&records[0]), None]),
        ],
    );
    assert_eq!((ballots.items(), ballots.left_out), (1, 1));
    assert_eq!(ballots.missing, [0, 1]);
    let found = search(&ballots, &settings(0)).expect("found");
    assert_eq!(found.items_left_out, 1);
    // One case: nothing can be held out.
    assert_eq!(found.choice.cross_fitted, None);
    assert!(search(&Ballots::new(&names(1), &[]), &settings(0)).is_err());
    assert!(search(&Ballots::new(&names(2), &[]), &settings(0)).is_err());
}
