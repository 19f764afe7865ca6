//! What a plan may become: synthesis, guardians' edits, the word budget. The
//! ledger must add up whatever the models say.

use std::collections::BTreeMap;

use primum::clinical::ledger::Origin;
use primum::clinical::{Fate, Ledger, PatientText, Plan};
use primum::deliberation::book::Book;
use primum::deliberation::consensus::board::{Board, Voter, drafted};
use primum::deliberation::consensus::synthesis::{self, Synthesis};
use primum::deliberation::guardian::{Checked, Edits, History, Round};
use primum::deliberation::labels::Labels;
use primum::deliberation::parse::{Draft, parse_draft};
use primum::deliberation::pooling::by_rule;
use primum::deliberation::render;
use primum::panel::model::{EditLimits, EditMode};
use proptest::prelude::*;
use serde_json::{Value, json};

fn drafts() -> Vec<(String, Draft)> {
    [
        (
            "ada",
            "Gout.\n1. Start colchicine\n2. Stop the thiazide\n3. Check urate",
        ),
        (
            "ben",
            "Gout.\n1. Start colchicine 0.5 mg\n2. Refer to rheumatology",
        ),
        ("cleo", "Gout.\n1. Colchicine\n2. Stop hydrochlorothiazide"),
    ]
    .map(|(name, text)| (name.to_owned(), parse_draft(text)))
    .to_vec()
}

/// The letter that an advisor has in the shuffle of seed 0.
fn letter(labels: &Labels, drafts: &[(String, Draft)], agent: &str) -> char {
    let block = labels.block(drafts);
    let first = drafts
        .iter()
        .find(|(name, _)| name == agent)
        .map(|(_, draft)| draft.items[0].expose().to_owned())
        .unwrap();
    block
        .lines()
        .find(|line| line.ends_with(&format!("1. {first}")))
        .and_then(|line| line.chars().next())
        .unwrap()
}

/// The board of these drafts, pooled by rule.
fn board(drafts: &[(String, Draft)]) -> Board {
    let items = drafted(drafts);
    let voters = vendors()
        .into_iter()
        .map(|(name, vendor)| Voter { name, vendor })
        .collect();
    Board::new(voters, &items, by_rule(&items))
}

fn merged(answer: Value) -> (Book, bool) {
    let drafts = drafts();
    let labels = Labels::shuffled(3, 0, "Rheu001", 1);
    let mut book = Book::open(&drafts);
    let synthesis: Synthesis = serde_json::from_value(answer).unwrap();
    let done = synthesis::apply(
        &mut book,
        "maud",
        synthesis,
        &labels,
        &drafts,
        &board(&drafts),
    );
    (book, done)
}

fn item(text: &str, basis: &[String]) -> Value {
    json!({"text": text, "category": null, "urgency": null, "condition": null, "basis": basis})
}

fn limits() -> EditLimits {
    EditLimits {
        max_edits: 5,
        max_added: 2,
        max_removed: 1,
        max_added_words: 20,
        protect_vendors: 2,
        mode: EditMode::Serial,
        checkers: 0,
        checker_order: Vec::new(),
        prompt: None,
    }
}

fn vendors() -> BTreeMap<String, String> {
    [("ada", "north"), ("ben", "south"), ("cleo", "north")]
        .map(|(a, v)| (a.to_owned(), v.to_owned()))
        .into()
}

fn edit(op: &str, item: Option<i64>, text: Option<&str>) -> Value {
    json!({
        "op": op, "item": item, "text": text, "category": null, "harm_type": "omission",
        "severity": "Severe", "reason": "the case says so", "confidence": 0.9
    })
}

fn apply(book: &mut Book, guardian: &str, edits: &[Value], before: &mut History) {
    let edits: Edits = serde_json::from_value(json!({ "edits": edits })).unwrap();
    let round = Round::open(book, vec![(guardian.to_owned(), edits)], &limits(), before);
    let nothing = Checked::nothing(round.proposals().len());
    let verdicts = round.settle(&nothing, &limits(), &vendors(), before);
    verdicts.record(book, before);
    verdicts.carry_out(guardian, book, before);
}

/// Every drafted item has one entry; every entry that is in the plan names a
/// number that exists; every plan item is carried by some entry.
fn adds_up(drafted: usize, plan: &Plan, ledger: &Ledger) {
    let from_drafts = ledger
        .entries
        .iter()
        .filter(|e| matches!(e.origin, Origin::Draft(_)))
        .count();
    assert_eq!(from_drafts, drafted, "every drafted item has one entry");
    let mut carried = vec![0; plan.items.len()];
    for entry in &ledger.entries {
        match &entry.fate {
            Fate::Removed { by } => assert!(!by.is_empty()),
            fate => fate.numbers().iter().for_each(|n| carried[n - 1] += 1),
        }
        assert!(!entry.events.is_empty(), "nothing happens without a record");
    }
    assert!(carried.iter().all(|n| *n > 0), "{carried:?}");
}

fn three_items() -> Book {
    let labels = Labels::shuffled(3, 0, "Rheu001", 1);
    let all = drafts();
    let [a, b, c] = ["ada", "ben", "cleo"].map(|name| letter(&labels, &all, name));
    let (book, done) = merged(json!({
        "assessment": "Gout\nflare.",
        "items": [
            item("Start colchicine 0.5 mg", &[format!("{a}1"), format!("{b}1"), format!("{c}1")]),
            item("Stop the thiazide", &[format!("{a}2"), format!("[{c}2]")]),
            item("Refer to rheumatology", &[format!("{b}2")]),
        ],
        "dropped": [{"item": format!("{a}3"), "reason": "known already"}]
    }));
    assert!(done);
    book
}

#[test]
fn synthesis_joins_what_it_names_and_records_what_it_drops() {
    let (plan, ledger) = three_items().close();
    adds_up(7, &plan, &ledger);
    assert_eq!(plan.assessment.expose(), "Gout flare.");
    assert_eq!(plan.items.len(), 3);
    assert_eq!(plan.items[0].support(), 3);
    let dropped = &ledger.entries[2];
    assert_eq!(
        dropped.fate,
        Fate::Removed {
            by: "synthesis:maud".into()
        }
    );
    assert_eq!(dropped.events[0].reason.expose(), "known already");
}

#[test]
fn an_item_without_a_basis_is_refused_and_recorded() {
    let (book, done) = merged(json!({
        "assessment": "Gout.",
        "items": [item("Do surgery", &["Z9".into(), "nonsense".into()]), item("Start colchicine", &["A1".into()])],
        "dropped": []
    }));
    assert!(done);
    let (plan, ledger) = book.close();
    assert_eq!(plan.items.len(), 1);
    assert!(
        ledger
            .entries
            .iter()
            .any(|e| matches!(e.origin, Origin::Moderator(_)) && e.text.expose() == "Do surgery")
    );
    let without_reason = ledger
        .entries
        .iter()
        .filter(|e| {
            e.events
                .iter()
                .any(|event| event.reason.expose() == "the moderator gave no reason")
        })
        .count();
    assert_eq!(without_reason, 4, "what is not accounted for says so");
}

#[test]
fn an_empty_merge_is_a_failure_of_the_moderator() {
    let (_, done) = merged(json!({"assessment": "x", "items": [], "dropped": []}));
    assert!(!done);
}

#[test]
fn a_drafted_item_with_two_actions_may_become_two_items() {
    let (book, _) = merged(json!({
        "assessment": "",
        "items": [
            item("Stop the thiazide", &["A1".into()]),
            item("Start amlodipine", &["A1".into()]),
            item("start amlodipine.", &["A1".into()])
        ],
        "dropped": []
    }));
    assert_eq!(book.items().len(), 2, "the same words twice are one item");
    let (plan, ledger) = book.close();
    adds_up(7, &plan, &ledger);
    assert!(ledger.entries.iter().any(|e| e.fate
        == Fate::Split {
            numbers: vec![1, 2]
        }));
}

#[test]
fn a_condition_that_the_moderator_named_apart_reaches_the_reader() {
    let (book, _) = merged(json!({
        "assessment": "", "dropped": [],
        "items": [{
            "text": "Start spironolactone", "category": "Medication", "urgency": "start",
            "condition": "only if potassium is below 5", "basis": ["A1"]
        }]
    }));
    let texts: Vec<&str> = book.items().map(|i| i.text.expose()).collect();
    assert_eq!(
        texts,
        ["Start spironolactone (only if potassium is below 5)"]
    );
}

#[test]
fn rewording_what_several_vendors_drafted_needs_a_second_voice() {
    let mut book = three_items();
    let mut before = History::default();
    let opposite = [edit("modify", Some(1), Some("Do not start colchicine"))];
    apply(&mut book, "gus", &opposite, &mut before);
    assert_eq!(
        book.items().next().map(|i| i.text.expose()),
        Some("Start colchicine 0.5 mg")
    );
    apply(&mut book, "gwen", &opposite, &mut before);
    let (plan, ledger) = book.close();
    assert_eq!(plan.items[0].text.expose(), "Do not start colchicine");
    let event = ledger.entries[0].events.last().unwrap();
    assert_eq!(
        event.before.as_ref().map(|text| text.expose()),
        Some("Start colchicine 0.5 mg"),
        "the words before it are kept"
    );
    assert!(event.edit.is_some());
}

#[test]
fn edits_within_the_limits_are_applied_and_recorded() {
    let mut book = three_items();
    let edits = [
        edit("add", None, Some("Check the kidneys\nfirst")),
        edit(
            "modify",
            Some(1),
            Some("Start colchicine 0.5 mg twice a day"),
        ),
        edit("remove", Some(3), None),
    ];
    apply(&mut book, "gus", &edits, &mut History::default());
    let (plan, ledger) = book.close();
    adds_up(7, &plan, &ledger);
    let texts: Vec<&str> = plan.items.iter().map(|i| i.text.expose()).collect();
    assert_eq!(
        texts,
        [
            "Start colchicine 0.5 mg twice a day",
            "Stop the thiazide",
            "Check the kidneys first"
        ]
    );
    assert!(ledger.refused.is_empty());
}

#[test]
fn edits_that_break_a_rule_are_refused_with_the_rule() {
    let long = "word ".repeat(30);
    let cases: [(&[Value], &str); 8] = [
        (&[edit("remove", Some(9), None)], "the plan has no item 9"),
        (&[edit("remove", None, None)], "it names no item"),
        (&[edit("remove", Some(-1), None)], "the plan has no item -1"),
        (&[edit("add", None, Some("  "))], "it has no words"),
        (
            &[edit("add", None, Some("STOP the thiazide!"))],
            "the plan has it already, as item 2",
        ),
        (&[edit("add", None, Some(&long))], "at most 20 added words"),
        (
            &[edit("remove", Some(1), None)],
            "2 vendors support it: one guardian alone does not remove or reword it",
        ),
        (
            &[edit("modify", Some(3), Some("refer to rheumatology."))],
            "it changes nothing",
        ),
    ];
    for (edits, rule) in cases {
        let mut book = three_items();
        let before: Vec<_> = book.items().cloned().collect();
        apply(&mut book, "gus", edits, &mut History::default());
        assert_eq!(book.items().cloned().collect::<Vec<_>>(), before, "{rule}");
        let (_, ledger) = book.close();
        assert_eq!(ledger.refused[0].rule, rule);
    }
}

#[test]
fn a_flood_of_edits_stops_at_the_limits() {
    let mut book = three_items();
    let edits: Vec<Value> = (0..50)
        .map(|i| {
            edit(
                "add",
                None,
                Some(&format!(
                    "Thing {}",
                    "abcdefghijklmnopqrstuvwxyz".repeat(2).split_at(i).1
                )),
            )
        })
        .collect();
    apply(&mut book, "gus", &edits, &mut History::default());
    assert_eq!(book.items().len(), 5);
    let (_, ledger) = book.close();
    assert_eq!(ledger.refused.len(), 48);
}

#[test]
fn a_second_guardian_is_the_second_voice_that_a_removal_needs() {
    let mut book = three_items();
    let mut before = History::default();
    let removal = [edit("remove", Some(1), None)];
    apply(&mut book, "gus", &removal, &mut before);
    assert_eq!(book.items().len(), 3);
    // The same guardian again is no second voice.
    apply(&mut book, "gus", &removal, &mut before);
    assert_eq!(book.items().len(), 3);
    apply(&mut book, "gwen", &removal, &mut before);
    assert_eq!(book.items().len(), 2);
}

#[test]
fn the_word_budget_leaves_out_the_least_supported_and_never_what_is_severe_to_omit() {
    let mut book = three_items();
    apply(
        &mut book,
        "gus",
        &[edit("add", None, Some("Give oxygen now without any delay"))],
        &mut History::default(),
    );
    assert_eq!(render::fit(&mut book, 12), None);
    let texts: Vec<String> = book.items().map(|i| i.text.expose().to_owned()).collect();
    assert_eq!(
        texts,
        [
            "Start colchicine 0.5 mg",
            "Give oxygen now without any delay"
        ]
    );

    let note = render::fit(&mut book, 3).expect("what is left does not fit");
    assert!(note.contains("3 were asked for"), "{note}");
    let (plan, ledger) = book.close();
    adds_up(7, &plan, &ledger);
    assert_eq!(plan.items.len(), 1);
    assert_eq!(
        plan.items[0].text.expose(),
        "Give oxygen now without any delay"
    );
}

#[test]
fn a_plan_reads_as_an_assessment_and_numbered_items() {
    let (plan, _) = three_items().close();
    let text = render::render(&plan.assessment, &plan.items);
    assert_eq!(
        text,
        "Gout flare.\n\n1. Start colchicine 0.5 mg\n2. Stop the thiazide\n3. Refer to rheumatology"
    );
    let back = parse_draft(&text);
    assert_eq!(back.items.len(), 3);
}

proptest! {
    /// Whatever moderator and guardians answer, the ledger adds up, and no
    /// guardian exceeds its limits.
    #[test]
    fn the_ledger_adds_up(
        bases in prop::collection::vec(prop::collection::vec("[A-E][0-9]", 0..4), 0..6),
        dropped in prop::collection::vec("[A-D][0-9]", 0..5),
        ops in prop::collection::vec((0..3usize, prop::option::of(-1..8i64), prop::option::of("[a-c ]{0,12}")), 0..12),
        budget in 0..40usize,
    ) {
        let items: Vec<Value> = bases.iter().enumerate()
            .map(|(i, basis)| item(&format!("Item {i}"), basis))
            .collect();
        let dropped: Vec<Value> = dropped.iter()
            .map(|d| json!({"item": d, "reason": "because"}))
            .collect();
        let (mut book, done) = merged(json!({"assessment": "a", "items": items, "dropped": dropped}));
        prop_assume!(done);
        let before = book.items().len();
        let edits: Vec<Value> = ops.iter()
            .map(|(op, item, text)| edit(["add", "remove", "modify"][*op], *item, text.as_deref()))
            .collect();
        apply(&mut book, "gus", &edits, &mut History::default());
        let after = book.items().len();
        prop_assert!(after <= before + limits().max_added);
        prop_assert!(after + limits().max_removed >= before);
        render::fit(&mut book, budget);
        prop_assert!(book.items().len() >= 1 || after == 0);
        let (plan, ledger) = book.close();
        adds_up(7, &plan, &ledger);
    }

    /// The same answers give the same plan, whatever the shuffle was: labels
    /// are resolved back to the advisors that they stand for.
    #[test]
    fn the_shuffle_changes_nothing(seed in any::<u64>(), trial in 1..5u32) {
        let all = drafts();
        let labels = Labels::shuffled(3, seed, "Rheu001", trial);
        let ada = letter(&labels, &all, "ada");
        let mut book = Book::open(&all);
        let answer: Synthesis = serde_json::from_value(json!({
            "assessment": "", "dropped": [],
            "items": [item("Check urate", &[format!("{ada}3")])]
        })).unwrap();
        synthesis::apply(&mut book, "maud", answer, &labels, &all, &board(&all));
        let (plan, ledger) = book.close();
        prop_assert_eq!(plan.items[0].basis[0].to_string(), "ada#3");
        prop_assert_eq!(&ledger.entries[2].fate, &Fate::Kept { number: 1 });
        prop_assert_eq!(&ledger.entries[2].text, &PatientText::from("Check urate"));
    }
}
