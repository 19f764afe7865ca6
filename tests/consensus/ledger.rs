//! Whatever members draft and answer: every drafted item is accounted for
//! once, every item of the plan is carried, no guardian exceeds its limits, and
//! the plan never says the contrary of itself. Straight on the pure functions.

use crate::random_models;
use std::collections::BTreeMap;

use crate::random_models::{Dice, changes, checks, clusters, draft, edits, ratings};
use primum::clinical::{Fate, Ledger, LedgerEntry, PatientText, Plan, Recommendation};
use primum::deliberation::book::{Book, Key};
use primum::deliberation::consensus::board::{Board, Voter, drafted, two_sides};
use primum::deliberation::consensus::{conflict, debate, delphi, synthesis, vote};
use primum::deliberation::escalation::{self, Concern};
use primum::deliberation::guardian::{Checked, History, Round, view};
use primum::deliberation::labels::Labels;
use primum::deliberation::parse::{Draft, parse_draft};
use primum::deliberation::pooling::{Action, by_rule, opposite, with_clusters};
use primum::deliberation::render;
use primum::panel::model::{
    ActionWord, EditLimits, EditMode, Escalation, KeepRule, Uncertain, VoteRule,
};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;

const CASE: &str = "A 61-year-old man on hydrochlorothiazide with a red hot toe; his kidney \
                    function is unknown.";
const ADVISORS: [(&str, &str); 4] = [
    ("ada", "north"),
    ("ben", "south"),
    ("cleo", "west"),
    ("dora", "north"),
];

type Drafts = Vec<(String, Draft)>;

fn read<T: DeserializeOwned>(answer: Value) -> T {
    serde_json::from_value(answer).unwrap()
}

fn drafts(dice: &mut Dice) -> Drafts {
    let all = ADVISORS.map(|(name, _)| (name.to_owned(), parse_draft(&draft(dice))));
    all.into_iter()
        .filter(|(_, draft)| !draft.items.is_empty())
        .collect()
}

fn board(dice: &mut Dice, drafts: &Drafts, labels: &Labels) -> Board {
    let items = drafted(drafts);
    let vendors: BTreeMap<&str, &str> = ADVISORS.into();
    let voters = drafts
        .iter()
        .map(|(name, _)| Voter {
            name: name.clone(),
            vendor: vendors[name.as_str()].to_owned(),
        })
        .collect();
    let pool = if dice.one_in(3) {
        by_rule(&items)
    } else {
        let block = labels.items(drafts, |_, _| true);
        let known: Vec<&str> = block
            .lines()
            .filter_map(|l| Some(l.split_once(". ")?.0))
            .collect();
        with_clusters(&items, read(clusters(dice, &known)), |reference| {
            let draft = labels.resolve(reference, drafts)?;
            items.iter().position(|item| item.from == draft)
        })
    };
    Board::new(voters, &items, pool)
}

fn rule(dice: &mut Dice) -> VoteRule {
    VoteRule {
        threshold: dice.pick(&[0.0, 0.25, 0.5, 0.75]),
        tie_is_appropriate: dice.one_in(2),
        weigh_vendors: dice.one_in(2),
        keep: vec![KeepRule {
            actions: vec![ActionWord::Refer, ActionWord::Stop],
            voices: Some(1),
            severe: true,
            ..KeepRule::default()
        }],
    }
}

/// The consensus by one protocol, and whether it came to a plan.
fn consensus(
    dice: &mut Dice,
    protocol: &str,
    drafts: &Drafts,
    board: &mut Board,
    labels: &Labels,
) -> (Book, bool) {
    let mut book = Book::open(drafts);
    let ids: Vec<String> = (0..board.candidates.len()).map(Board::id).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    match protocol {
        "synthesis" => {
            let block = labels.block(drafts);
            let known: Vec<&str> = block
                .lines()
                .filter_map(|l| Some(l.split_once(". ")?.0))
                .collect();
            let answer = read(random_models::synthesis(dice, &known));
            let done = synthesis::apply(&mut book, "maud", answer, labels, drafts, board);
            return (book, done);
        }
        "delphi" => {
            for round in 1..=1 + dice.below(2) as u32 {
                let answers = drafts
                    .iter()
                    .map(|(name, _)| (name.clone(), read(ratings(dice, &ids))))
                    .collect();
                delphi::enter(board, round, answers);
            }
            let all = [Uncertain::Out, Uncertain::Majority, Uncertain::OneSevere];
            delphi::decide(board, dice.pick(&all), dice.below(4));
        }
        _ => {
            for round in 1..=if protocol == "debate" {
                1 + dice.below(3) as u32
            } else {
                0
            } {
                let answers = drafts
                    .iter()
                    .map(|(name, _)| (name.clone(), read(changes(dice, &ids))))
                    .collect();
                debate::enter(board, round, CASE, answers);
            }
            vote::decide(board, &rule(dice));
        }
    }
    board.write(&mut book, protocol);
    let done = book.items().len() > 0;
    (book, done)
}

fn limits(dice: &mut Dice) -> EditLimits {
    EditLimits {
        mode: EditMode::Serial,
        max_edits: dice.below(6),
        max_added: dice.below(4),
        max_removed: dice.below(3),
        max_added_words: dice.below(25),
        protect_vendors: dice.below(4),
        checkers: dice.below(3),
        checker_order: Vec::new(),
        prompt: None,
    }
}

/// What one guardian made of the plan keeps to its limits.
fn within(before: &[(Key, Recommendation)], book: &Book, limits: &EditLimits) {
    let after: Vec<(Key, Recommendation)> = book
        .keyed()
        .map(|(key, item)| (key, item.clone()))
        .collect();
    let find = |all: &[(Key, Recommendation)], key| {
        all.iter()
            .find(|(k, _)| *k == key)
            .map(|(_, item)| item.text.clone())
    };
    let words = |text: &PatientText| render::words(text.expose());
    let (mut added, mut changed, mut grown) = (0, 0, 0);
    for (key, item) in &after {
        match find(before, *key) {
            None => {
                added += 1;
                grown += words(&item.text);
            }
            Some(old) if old != item.text => {
                changed += 1;
                grown += words(&item.text).saturating_sub(words(&old));
            }
            Some(_) => {}
        }
    }
    let gone = before
        .iter()
        .filter(|(key, _)| find(&after, *key).is_none())
        .count();
    assert!(added <= limits.max_added, "{added} added");
    assert!(gone <= limits.max_removed, "{gone} removed");
    assert!(added + gone + changed <= limits.max_edits);
    assert!(grown <= limits.max_added_words, "{grown} words more");
}

fn guardians(dice: &mut Dice, book: &mut Book, drafts: usize, concerns: &mut Vec<Concern>) {
    let limits = limits(dice);
    let vendors: BTreeMap<String, String> = ADVISORS
        .map(|(name, vendor)| (name.to_owned(), vendor.to_owned()))
        .into();
    let known_pairs: Vec<_> = contraries(book)
        .into_iter()
        .map(|(texts, _)| texts)
        .collect();
    let mut history = History::default();
    let rounds: &[&[&str]] = match dice.below(2) {
        0 => &[&["gus"], &["gwen"], &["gail"]],
        _ => &[&["gus", "gwen", "gail"]],
    };
    for names in rounds {
        let told: Vec<PatientText> = concerns.iter().map(|c| c.told.clone()).collect();
        shown(
            &view::plan(book, drafts, &told, &history),
            book.items().len(),
        );
        let answers = names
            .iter()
            .map(|name| ((*name).to_owned(), read(edits(dice))))
            .collect();
        let round = Round::open(book, answers, &limits, &history);
        let proposals = round.proposals().len();
        let block = view::edits(round.proposals());
        let known: Vec<&str> = block
            .lines()
            .filter(|line| !line.starts_with("   "))
            .filter_map(|line| Some(line.split_once(". ")?.0))
            .collect();
        assert_eq!(
            known.len(),
            proposals,
            "one line with a name for each: {block}"
        );
        let mut checked = Checked::nothing(proposals);
        for (checker, _) in ADVISORS.iter().take(limits.checkers) {
            if !dice.one_in(4) {
                checked.enter(checker, read(checks(dice, &known)));
            }
        }
        let verdicts = round.settle(&checked, &limits, &vendors, &history);
        concerns.extend(verdicts.record(book, &mut history));
        for name in *names {
            let before: Vec<_> = book
                .keyed()
                .map(|(key, item)| (key, item.clone()))
                .collect();
            verdicts.carry_out(name, book, &mut history);
            within(&before, book, &limits);
        }
        let new = contraries(book)
            .into_iter()
            .find(|pair| !known_pairs.contains(&pair.0));
        assert_eq!(new, None, "no edit contradicts the plan");
    }
}

/// The lines of the plan as guardians see it: only ours begin as ours do.
fn shown(block: &str, items: usize) {
    let numbered = |line: &&str| {
        let number = line.split_once(". ").map(|(number, _)| number);
        let number = number.and_then(|number| number.strip_prefix('R'));
        number.is_some_and(|number| number.parse::<usize>().is_ok())
    };
    assert_eq!(block.lines().filter(numbered).count(), items, "{block}");
    let known = |line: &str| {
        line.is_empty()
            || ["Assessment: ", "Disagreement:", "- ", "Earlier edits:", "E"]
                .iter()
                .any(|start| line.starts_with(start))
    };
    for line in block.lines().filter(|line| !numbered(line)) {
        assert!(known(line), "{line}");
    }
}

/// Pairs of contrary items in a plan, as (texts, is each wanted by somebody who
/// does not want the other?).
fn contraries(book: &Book) -> Vec<((String, String), bool)> {
    let all: Vec<(&Recommendation, Action)> = book
        .items()
        .map(|item| (item, Action::read(item.text.expose())))
        .collect();
    let mut found = Vec::new();
    for (a, (one, action)) in all.iter().enumerate() {
        for (other, contrary) in &all[a + 1..] {
            if opposite(action, contrary) {
                let texts = [one, other].map(|item| item.text.expose().to_owned());
                let sides = two_sides(&one.backers(), &other.backers());
                found.push((texts.into(), sides));
            }
        }
    }
    found
}

/// What the finished ledger says holds together.
fn holds(protocol: &str, decided: bool, plan: &Plan, ledger: &Ledger, drafts: &Drafts) {
    let counts: Vec<(String, usize)> = drafts
        .iter()
        .map(|(name, draft)| (name.clone(), draft.items.len()))
        .collect();
    ledger.check(plan, &counts).unwrap();
    assert!(ledger.entries.iter().all(|entry| !entry.events.is_empty()));
    let text = serde_json::to_string(&(plan, &ledger.candidates)).unwrap();
    assert!(!text.contains("\\n"), "everything is in one line");
    for candidate in &ledger.candidates {
        for other in &candidate.opposes {
            let other = ledger.candidates.iter().find(|c| c.id == *other).unwrap();
            assert!(
                other.opposes.contains(&candidate.id),
                "both name each other"
            );
        }
        let texts: Vec<&LedgerEntry> = ledger
            .entries
            .iter()
            .filter(|entry| entry.candidate.as_ref() == Some(&candidate.id))
            .collect();
        assert_eq!(texts.len(), candidate.members.len());
        for (at, one) in texts.iter().enumerate() {
            for other in &texts[at + 1..] {
                let (a, b) = (
                    Action::read(one.text.expose()),
                    Action::read(other.text.expose()),
                );
                assert!(!opposite(&a, &b), "no candidate holds contraries");
            }
            let by_protocol = one.fate
                == Fate::Removed {
                    by: protocol.to_owned(),
                };
            if decided && protocol != "synthesis" {
                assert_eq!(by_protocol, !candidate.kept, "{}", candidate.rule);
            }
        }
    }
}

fn whole(seed: u64, protocol: &str) {
    let mut dice = Dice::new(seed, protocol);
    let drafts = drafts(&mut dice);
    if drafts.is_empty() {
        return;
    }
    let labels = Labels::shuffled(drafts.len(), seed, "Rheu001", 1);
    let mut board = board(&mut dice, &drafts, &labels);
    let (mut book, done) = consensus(&mut dice, protocol, &drafts, &mut board, &labels);
    if !done {
        // As the run does: one draft stands alone.
        book = Book::open(&drafts);
        for (i, text) in drafts[0].1.items.iter().enumerate() {
            let basis = primum::clinical::DraftRef {
                agent: drafts[0].0.clone(),
                number: i + 1,
            };
            book.place("consensus", Recommendation::drafted(text.clone(), basis));
        }
        book.drop_unplaced("consensus", |_| PatientText::from("one draft stands alone"));
    }
    let conflicts = conflict::settle(&mut book, &board, false, false);
    assert!(book.items().len() > 0, "a conflict leaves one side");
    let open = contraries(&book)
        .into_iter()
        .find(|(_, two_sides)| *two_sides);
    assert_eq!(open, None, "no two members contradict each other in a plan");
    escalation::reasons(&Escalation::default(), &board, &conflicts);
    let mut concerns = escalation::concerns(&book, &board, &conflicts);
    book.pooled(board.ledger(|draft| book.carries(draft), protocol));
    guardians(&mut dice, &mut book, drafts.len(), &mut concerns);
    assert!(
        concerns
            .iter()
            .all(|c| !c.dissent.text.expose().contains('\n'))
    );
    if dice.one_in(2) {
        render::fit(&mut book, dice.below(40));
    }
    let (plan, ledger) = book.close();
    holds(protocol, done, &plan, &ledger, &drafts);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn votes_add_up(seed in any::<u64>()) {
        whole(seed, "vote");
    }

    #[test]
    fn merges_add_up(seed in any::<u64>()) {
        whole(seed, "synthesis");
    }

    #[test]
    fn debates_add_up(seed in any::<u64>()) {
        whole(seed, "debate");
    }

    #[test]
    fn ratings_add_up(seed in any::<u64>()) {
        whole(seed, "delphi");
    }
}
