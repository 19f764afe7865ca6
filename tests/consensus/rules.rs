//! The arithmetic of the protocols against tables: the RAND/UCLA method's
//! definition, votes, debates, conflicts, escalation, and what is skipped.

use std::collections::BTreeMap;

use primum::clinical::{Change, DissentKind, Severity};
use primum::deliberation::book::Book;
use primum::deliberation::consensus::board::{Board, Voter, drafted};
use primum::deliberation::consensus::debate::{self, Changes, refers_to_case};
use primum::deliberation::consensus::delphi::{self, Class, Ratings, classify};
use primum::deliberation::consensus::{conflict, vote};
use primum::deliberation::escalation;
use primum::deliberation::parse::{Draft, parse_draft};
use primum::deliberation::pooling::by_rule;
use primum::deliberation::run::time::{Ahead, skipped};
use primum::panel::model::{
    ActionWord, CategoryWord, Escalation, KeepRule, Need, OnConflict, Skippable, Uncertain,
    VoteRule,
};
use serde_json::{Value, json};

/// A board of drafts, each `(advisor, vendor, items)`.
fn board(drafts: &[(&str, &str, &[&str])]) -> (Board, Vec<(String, Draft)>) {
    let parsed: Vec<(String, Draft)> = drafts
        .iter()
        .map(|(name, _, items)| {
            let lines: Vec<String> = items
                .iter()
                .enumerate()
                .map(|(i, item)| format!("{}. {item}", i + 1))
                .collect();
            let text = format!("Assessment.\n\n{}", lines.join("\n"));
            ((*name).to_owned(), parse_draft(&text))
        })
        .collect();
    let items = drafted(&parsed);
    let voters = drafts
        .iter()
        .map(|(name, vendor, _)| Voter {
            name: (*name).to_owned(),
            vendor: (*vendor).to_owned(),
        })
        .collect();
    (Board::new(voters, &items, by_rule(&items)), parsed)
}

fn rule(threshold: f64) -> VoteRule {
    VoteRule {
        threshold,
        tie_is_appropriate: false,
        weigh_vendors: false,
        keep: Vec::new(),
    }
}

fn kept(board: &Board) -> Vec<&str> {
    board
        .candidates
        .iter()
        .filter(|candidate| candidate.decision.as_ref().is_some_and(|d| d.kept))
        .map(|candidate| candidate.text.expose())
        .collect()
}

#[test]
fn ratings_are_classified_as_the_method_says() {
    use Class::{Appropriate, Inappropriate, Uncertain};
    let table: &[(&[u8], f64, bool, Class)] = &[
        // Fewer than five raters: 1-3 beside 7-9 is disagreement.
        (&[1, 7, 9], 7.0, true, Uncertain),
        (&[3, 7, 9], 7.0, true, Uncertain),
        (&[4, 7, 9], 7.0, false, Appropriate),
        (&[7, 8, 9], 8.0, false, Appropriate),
        (&[6, 7, 7], 7.0, false, Appropriate),
        (&[1, 3, 6], 3.0, false, Inappropriate),
        (&[1, 2, 7], 2.0, true, Uncertain),
        (&[1, 9], 5.0, true, Uncertain),
        (&[9], 9.0, false, Appropriate),
        // A median above 3 and below 7 is uncertain.
        (&[3, 4], 3.5, false, Uncertain),
        (&[6, 7], 6.5, false, Uncertain),
        (&[7, 7], 7.0, false, Appropriate),
        (&[2, 4], 3.0, false, Inappropriate),
        (&[4, 5, 6, 6], 5.5, false, Uncertain),
        // Five and more: the interpercentile range adjusted for symmetry.
        (&[7, 7, 8, 9, 9], 8.0, false, Appropriate),
        (&[1, 1, 1, 5, 5, 5, 9, 9, 9], 5.0, true, Uncertain),
        // One outlier among many is no disagreement.
        (&[1, 7, 7, 8, 8, 8, 9, 9, 9], 8.0, false, Appropriate),
        (&[1, 1, 2, 2, 2, 3, 3, 3, 9], 2.0, false, Inappropriate),
        // High ratings may spread further than ratings around the middle.
        (&[5, 5, 6, 7, 8, 9, 9], 7.0, false, Appropriate),
        (&[1, 2, 3, 7, 8, 9], 5.0, true, Uncertain),
    ];
    for (ratings, median, disagreement, class) in table {
        let verdict = classify(ratings).unwrap();
        assert_eq!(
            (verdict.median, verdict.disagreement, verdict.class),
            (*median, *disagreement, *class),
            "{ratings:?}"
        );
        let mut reversed = ratings.to_vec();
        reversed.reverse();
        assert_eq!(classify(&reversed), Some(verdict), "the order is nothing");
    }
    assert_eq!(classify(&[]), None);
}

/// The published example of 15 panellists (BMJ Open 2012;2:e001431, table 1):
/// 30th percentile 7, 70th 8, range 1, centre 7.5, limit 2.35 + 1.5 x 2.5 = 6.1.
#[test]
fn the_range_equals_a_published_example() {
    let ratings = [4, 5, 6, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 9, 9];
    let verdict = classify(&ratings).unwrap();
    let (range, limit) = verdict.range.unwrap();
    assert_eq!((verdict.median, range), (7.0, 1.0));
    assert!((limit - 6.1).abs() < 1e-12);
    assert_eq!(verdict.class, Class::Appropriate);
}

/// Percentiles by hand, at (n - 1) q: of 1 1 1 5 5 5 9 9 9 the 30th is 2.6 and
/// the 70th 7.4; a range of 4.8 around 5 exceeds 2.35.
#[test]
fn the_range_is_interpolated_linearly() {
    let (range, limit) = classify(&[1, 1, 1, 5, 5, 5, 9, 9, 9])
        .unwrap()
        .range
        .unwrap();
    assert!((range - 4.8).abs() < 1e-12 && (limit - 2.35).abs() < 1e-12);
    // Just at the limit there is no disagreement: it must exceed it.
    let (range, limit) = classify(&[5, 5, 5, 5, 5]).unwrap().range.unwrap();
    assert!(range <= limit);
}

fn ratings(list: &[(&str, u8)]) -> Ratings {
    let ratings: Vec<Value> = list
        .iter()
        .map(|(item, rating)| {
            json!({"item": item, "rating": rating, "if_done": "a", "if_left_out": "b"})
        })
        .collect();
    serde_json::from_value(json!({ "ratings": ratings })).unwrap()
}

#[test]
fn uncertain_candidates_go_in_only_by_the_panels_rule() {
    let drafts: &[(&str, &str, &[&str])] = &[
        (
            "ada",
            "north",
            &["Start colchicine 0.5 mg", "Aspirate the joint"],
        ),
        ("ben", "south", &["Check creatinine"]),
        ("cleo", "west", &["Check creatinine"]),
    ];
    for (uncertain, expected) in [
        (Uncertain::Out, vec!["Check creatinine"]),
        (
            Uncertain::Majority,
            vec!["Aspirate the joint", "Check creatinine"],
        ),
        (
            Uncertain::OneSevere,
            vec!["Start colchicine 0.5 mg", "Check creatinine"],
        ),
    ] {
        let (mut board, _) = board(drafts);
        delphi::enter(
            &mut board,
            1,
            vec![
                (
                    "ada".into(),
                    ratings(&[("C1", 9), ("C2", 8), ("C3", 8), ("C99", 1)]),
                ),
                ("ben".into(), ratings(&[("C1", 5), ("C2", 7), ("C3", 9)])),
                ("cleo".into(), ratings(&[("C1", 4), ("C2", 2), ("C3", 7)])),
            ],
        );
        delphi::decide(&mut board, uncertain, 2);
        assert_eq!(kept(&board), expected, "{uncertain:?}");
        let checked = board.candidates[2].decision.as_ref().unwrap();
        assert_eq!(checked.severity_if_omitted, Some(Severity::Moderate));
    }
}

#[test]
fn a_rating_that_is_not_repeated_stands_and_a_lone_one_is_no_agreement() {
    let (mut board, _) = board(&[
        ("ada", "north", &["Start colchicine", "Check urate"]),
        ("ben", "south", &["Aspirate the joint"]),
    ]);
    let first = vec![
        ("ada".into(), ratings(&[("C1", 9), ("C1", 1), ("C3", 8)])),
        ("ben".into(), ratings(&[("C1", 8), ("C3", 9)])),
    ];
    delphi::enter(&mut board, 1, first);
    delphi::enter(&mut board, 2, vec![("ben".into(), ratings(&[("C1", 7)]))]);
    delphi::decide(&mut board, Uncertain::OneSevere, 2);
    assert_eq!(board.candidates[0].rounds[1].median, Some(8.0));
    assert_eq!(kept(&board), ["Start colchicine", "Aspirate the joint"]);
    let unrated = board.candidates[1].decision.as_ref().unwrap();
    assert_eq!(unrated.rule, "0 rating(s); the quorum is 2");
}

#[test]
fn votes_by_table() {
    let all: &[(&str, &str, &[&str])] = &[
        (
            "ada",
            "north",
            &["Start colchicine 0.5 mg", "Stop warfarin", "Check urate"],
        ),
        (
            "ben",
            "north",
            &["Start colchicine 0.5 mg", "Check creatinine"],
        ),
        (
            "cleo",
            "west",
            &["Start colchicine 0.5 mg", "Check creatinine"],
        ),
        (
            "dora",
            "north",
            &["Check urate", "Refer urgently to rheumatology today"],
        ),
    ];
    let urgent = KeepRule {
        actions: vec![ActionWord::Refer],
        urgent: Some(true),
        voices: Some(1),
        severe: true,
        ..KeepRule::default()
    };
    let stop = KeepRule {
        actions: vec![ActionWord::Stop, ActionWord::Avoid],
        mentions: vec!["warfarin".into()],
        voices: Some(1),
        ..KeepRule::default()
    };
    let start = KeepRule {
        categories: vec![CategoryWord::Medication],
        actions: vec![ActionWord::Start],
        share: Some(0.75),
        ..KeepRule::default()
    };
    let tie = VoteRule {
        tie_is_appropriate: true,
        ..rule(0.5)
    };
    let (colchicine, warfarin) = ("Start colchicine 0.5 mg", "Stop warfarin");
    let (urate, kidneys) = ("Check urate", "Check creatinine");
    let refer = "Refer urgently to rheumatology today";
    let table: Vec<(VoteRule, Vec<&str>)> = vec![
        (rule(0.5), vec![colchicine]),
        (rule(0.74), vec![colchicine]),
        (rule(0.75), vec![]),
        (rule(0.0), vec![colchicine, warfarin, urate, kidneys, refer]),
        (tie, vec![colchicine, urate, kidneys]),
        (
            VoteRule {
                keep: vec![urgent.clone(), stop.clone()],
                ..rule(0.5)
            },
            vec![colchicine, warfarin, refer],
        ),
        (
            VoteRule {
                keep: vec![start],
                ..rule(0.4)
            },
            vec![urate, kidneys],
        ),
    ];
    for (at, (rule, expected)) in table.into_iter().enumerate() {
        let (mut board, _) = board(all);
        vote::decide(&mut board, &rule);
        assert_eq!(kept(&board), expected, "row {at}");
    }
    let (mut board, _) = board(all);
    let rules = VoteRule {
        keep: vec![urgent, stop],
        ..rule(0.5)
    };
    vote::decide(&mut board, &rules);
    let referral = board.candidates.iter().find(|c| c.text.expose() == refer);
    let decision = referral.unwrap().decision.as_ref().unwrap();
    assert_eq!(decision.severity_if_omitted, Some(Severity::Severe));
    assert_eq!(
        decision.rule,
        "1 of 4 advisors want it; exception 1 asks for 1 voice(s)"
    );
}

#[test]
fn three_models_of_one_house_are_not_three_votes() {
    let voters: Vec<Voter> = [("a", "x"), ("b", "x"), ("c", "x"), ("d", "y"), ("e", "z")]
        .map(|(name, vendor)| Voter {
            name: name.into(),
            vendor: vendor.into(),
        })
        .to_vec();
    assert!((vote::share(&[0, 1, 2], &voters, false) - 0.6).abs() < 1e-12);
    assert!((vote::share(&[0, 1, 2], &voters, true) - 1.0 / 3.0).abs() < 1e-12);
    assert!((vote::share(&[3, 4], &voters, true) - 2.0 / 3.0).abs() < 1e-12);
    assert!((vote::share(&[0, 3], &voters, true) - (1.0 / 3.0 + 1.0) / 3.0).abs() < 1e-12);
    assert_eq!(vote::share(&[], &[], true), 0.0);
}

const CASE: &str = "A 61-year-old man with a red hot toe, eGFR 28, who takes warfarin.";

#[test]
fn a_reason_must_refer_to_the_case() {
    for (reason, good) in [
        ("His eGFR is low", true),
        ("He is on warfarin", true),
        ("He is 61 years old", true),
        ("The majority of the panel recommends it", false),
        ("Most physicians agree, so I agree", false),
        ("Colchicine is what the others have", false),
        ("", false),
        ("It is safe and effective", false),
    ] {
        assert_eq!(
            refers_to_case(reason, CASE, "Start colchicine"),
            good,
            "{reason}"
        );
    }
    // To repeat the recommendation is no reason.
    assert!(!refers_to_case("warfarin must stop", CASE, "Stop warfarin"));
}

fn changes(list: &[(&str, &str, &str)]) -> Changes {
    let changes: Vec<Value> = list
        .iter()
        .map(|(op, item, reason)| json!({"op": op, "item": item, "text": null, "reason": reason}))
        .collect();
    serde_json::from_value(json!({ "changes": changes })).unwrap()
}

#[test]
fn in_a_debate_only_reasoned_changes_of_the_own_list_count() {
    let (mut board, _) = board(&[
        (
            "ada",
            "north",
            &["Start colchicine 0.5 mg", "Hold warfarin"],
        ),
        ("ben", "south", &["Start colchicine 0.5 mg"]),
        ("cleo", "west", &["Start colchicine 0.5 mg"]),
    ]);
    let answers = vec![
        (
            "ada".to_owned(),
            changes(&[
                ("withdraw", "C2", "the majority does not have it"),
                ("adopt", "C1", "eGFR"),
            ]),
        ),
        (
            "ben".to_owned(),
            changes(&[
                ("adopt", "C2", "he bleeds easily with an eGFR of 28"),
                ("adopt", "C9", "eGFR"),
            ]),
        ),
        (
            "cleo".to_owned(),
            changes(&[
                ("object", "C2", "his toe is red"),
                ("withdraw", "C2", "eGFR 28"),
            ]),
        ),
    ];
    assert!(debate::enter(&mut board, 1, CASE, answers));
    let hold = &board.candidates[1];
    assert_eq!(board.names(&hold.supporters), ["ada", "ben"]);
    assert_eq!(board.names(&hold.objectors), ["cleo"]);
    let refused: Vec<_> = hold.stances.iter().map(|s| s.refused.as_deref()).collect();
    assert_eq!(
        refused,
        [Some("its reason does not refer to the case"), None, None],
        "of two changes to one candidate the first counts"
    );
    assert_eq!(hold.stances[1].change, Change::Adopt);
    // Nothing new: the debate ends.
    let again = vec![(
        "cleo".to_owned(),
        changes(&[("object", "C2", "his toe is red")]),
    )];
    assert!(!debate::enter(&mut board, 2, CASE, again));
    vote::decide(&mut board, &rule(0.5));
    assert_eq!(kept(&board), ["Start colchicine 0.5 mg", "Hold warfarin"]);
}

fn everything(board: &mut Board, drafts: &[(String, Draft)]) -> Book {
    vote::decide(board, &rule(0.0));
    let mut book = Book::open(drafts);
    board.write(&mut book, "vote");
    book
}

#[test]
fn opposite_items_are_settled_by_majority_or_toward_the_safer_side() {
    let (mut with_majority, drafts) = board(&[
        ("ada", "north", &["Continue warfarin"]),
        ("ben", "south", &["Continue warfarin"]),
        ("cleo", "west", &["Stop warfarin"]),
    ]);
    let mut book = everything(&mut with_majority, &drafts);
    let found = conflict::settle(&mut book, &with_majority, false, false);
    assert_eq!(found.len(), 1);
    assert!(found[0].settled && found[0].severe);
    assert_eq!(found[0].text.expose(), "Continue warfarin");
    assert_eq!(found[0].by, ["cleo"]);
    assert!(escalation::reasons(&Escalation::default(), &with_majority, &found).is_empty());
    let concerns = escalation::concerns(&book, &with_majority, &found);
    assert_eq!(concerns[0].dissent.kind, DissentKind::Conflict);

    let (mut split, drafts) = board(&[
        ("ada", "north", &["Continue warfarin"]),
        ("cleo", "west", &["Stop warfarin"]),
    ]);
    let mut book = everything(&mut split, &drafts);
    let found = conflict::settle(&mut book, &split, false, false);
    assert!(!found[0].settled);
    assert_eq!(found[0].text.expose(), "Stop warfarin", "the safer side");
    assert_eq!(book.items().len(), 1);
    let reasons = escalation::reasons(&Escalation::default(), &split, &found);
    assert!(
        reasons[0].contains("unresolved severe conflict"),
        "{reasons:?}"
    );
    let shown = Escalation {
        conflict: OnConflict::Show,
        ..Escalation::default()
    };
    assert!(escalation::reasons(&shown, &split, &found).is_empty());
}

#[test]
fn disagreement_above_the_panels_limit_asks_for_a_human() {
    let (mut split, _) = board(&[
        ("ada", "north", &["Start colchicine", "Check urate"]),
        ("ben", "south", &["Aspirate the joint"]),
        ("cleo", "west", &["Start colchicine"]),
    ]);
    vote::decide(&mut split, &rule(0.5));
    assert!((split.disagreement() - 2.0 / 3.0).abs() < 1e-12);
    let rules = |most| Escalation {
        max_disagreement: Some(most),
        ..Escalation::default()
    };
    let reasons = escalation::reasons(&rules(0.5), &split, &[]);
    assert_eq!(
        reasons,
        ["the advisors disagree on 67 % of the candidates; the panel allows 50 %"]
    );
    assert!(escalation::reasons(&rules(0.7), &split, &[]).is_empty());
}

#[test]
fn what_the_panel_needs_to_know_is_looked_for_in_the_question() {
    let needs = [Need {
        what: "kidney function".into(),
        any_of: vec!["egfr".into(), "creatinine".into()],
        if_plan: vec!["metformin".into()],
    }];
    let missing = |question: &str, plan: &str| escalation::missing(&needs, question, plan).len();
    assert_eq!(missing("A man with gout.", "1. Start METFORMIN 500 mg"), 1);
    assert_eq!(missing("His eGFR is 60.", "1. Start metformin"), 0);
    assert_eq!(missing("A man with gout.", "1. Start colchicine"), 0);
    assert_eq!(
        missing("His egfrx is 60.", "metformin"),
        1,
        "whole words only"
    );
}

#[test]
fn what_is_skipped_first_is_what_the_panel_names_first() {
    let stage = |skippable, calls| Ahead { skippable, calls };
    let ahead = [
        stage(Some(Skippable::Clusterer), 1.0),
        stage(None, 1.0),
        stage(Some(Skippable::Rounds), 1.0),
        stage(Some(Skippable::Guardians), 4.0),
    ];
    let order = Skippable::ORDER;
    let table: BTreeMap<u32, Vec<Skippable>> = BTreeMap::from([
        (70, vec![]),
        (60, vec![Skippable::Rounds]),
        (50, vec![Skippable::Rounds, Skippable::Clusterer]),
        (49, order.to_vec()),
        (0, order.to_vec()),
    ]);
    for (left, expected) in table {
        assert_eq!(
            skipped(&ahead, &order, f64::from(left), 10.0),
            expected,
            "{left}"
        );
    }
    let never = skipped(&ahead, &[Skippable::Guardians], 0.0, 10.0);
    assert_eq!(
        never,
        [Skippable::Guardians],
        "what is not named is never skipped"
    );
    assert!(skipped(&ahead, &order, f64::INFINITY, 10.0).is_empty());
}

#[test]
fn who_wants_both_is_no_witness_of_a_contradiction() {
    let (mut one_mind, drafts) = board(&[
        ("ada", "north", &["Stop warfarin", "Continue warfarin"]),
        ("ben", "south", &["Stop warfarin", "Continue warfarin"]),
        ("cleo", "west", &["Stop warfarin"]),
    ]);
    let mut book = everything(&mut one_mind, &drafts);
    let found = conflict::settle(&mut book, &one_mind, false, false);
    assert_eq!(book.items().len(), 2);
    assert!(
        found[0].both_stand && !found[0].severe,
        "it is told all the same"
    );
    assert!(escalation::reasons(&Escalation::default(), &one_mind, &found).is_empty());
}
