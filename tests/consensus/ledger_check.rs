//! A ledger that adds up passes the check, and every way in which one can fail
//! to is named.

use primum::clinical::ledger::Origin;
use primum::clinical::{
    DraftRef, Fate, Ledger, LedgerCandidate, LedgerEntry, Plan, Recommendation,
};

fn draft(agent: &str, number: usize) -> DraftRef {
    DraftRef {
        agent: agent.to_owned(),
        number,
    }
}

fn entry(origin: Origin, candidate: Option<&str>, fate: Fate) -> LedgerEntry {
    LedgerEntry {
        origin,
        text: "words".into(),
        candidate: candidate.map(str::to_owned),
        events: Vec::new(),
        fate,
    }
}

fn candidate(id: &str, members: Vec<DraftRef>) -> LedgerCandidate {
    LedgerCandidate {
        id: id.to_owned(),
        text: "words".into(),
        members,
        opposes: Vec::new(),
        supporters: Vec::new(),
        rounds: Vec::new(),
        stances: Vec::new(),
        share: None,
        kept: true,
        rule: "a rule".to_owned(),
    }
}

fn item(basis: Vec<DraftRef>) -> Recommendation {
    let mut item = Recommendation::drafted("words", draft("ada", 1));
    item.basis = basis;
    item
}

/// Two advisors with two items each; the plan has what both have, one item
/// split in two, and one that a guardian added.
fn sound() -> (Ledger, Plan, Vec<(String, usize)>) {
    let removed = |by: &str| Fate::Removed { by: by.to_owned() };
    let ledger = Ledger {
        entries: vec![
            entry(
                Origin::Draft(draft("ada", 1)),
                Some("C1"),
                Fate::Merged { number: 1 },
            ),
            entry(
                Origin::Draft(draft("ada", 2)),
                Some("C2"),
                removed("consensus"),
            ),
            entry(
                Origin::Draft(draft("ben", 1)),
                Some("C1"),
                Fate::Split {
                    numbers: vec![1, 2],
                },
            ),
            entry(
                Origin::Draft(draft("ben", 2)),
                Some("C3"),
                removed("render"),
            ),
            entry(
                Origin::Guardian("gus".to_owned()),
                None,
                Fate::Kept { number: 3 },
            ),
            entry(
                Origin::Moderator("maud".to_owned()),
                None,
                removed("synthesis:maud"),
            ),
        ],
        candidates: vec![
            candidate("C1", vec![draft("ada", 1), draft("ben", 1)]),
            candidate("C2", vec![draft("ada", 2)]),
            candidate("C3", vec![draft("ben", 2)]),
        ],
        refused: Vec::new(),
        unused: Vec::new(),
    };
    let plan = Plan {
        assessment: "words".into(),
        items: vec![
            item(vec![draft("ada", 1), draft("ben", 1)]),
            item(vec![draft("ben", 1)]),
            item(Vec::new()),
        ],
    };
    let drafted = vec![("ada".to_owned(), 2), ("ben".to_owned(), 2)];
    (ledger, plan, drafted)
}

#[test]
fn a_sound_ledger_passes_with_and_without_candidates() {
    let (mut ledger, plan, drafted) = sound();
    assert_eq!(ledger.check(&plan, &drafted), Ok(()));
    ledger.candidates.clear();
    for entry in &mut ledger.entries {
        entry.candidate = None;
    }
    assert_eq!(ledger.check(&plan, &drafted), Ok(()));
    assert_eq!(Ledger::default().check(&Plan::default(), &[]), Ok(()));
}

/// What a test does to a sound ledger.
type Damage = fn(&mut Ledger, &mut Plan, &mut Vec<(String, usize)>);

#[test]
fn everything_that_does_not_add_up_is_named() {
    let damages: &[(&str, Damage)] = &[
        ("ben#3 was drafted and has no entry", |_, _, drafted| {
            drafted[1].1 = 3;
        }),
        (
            "ben#2 has an entry and was never drafted",
            |_, _, drafted| {
                drafted[1].1 = 1;
            },
        ),
        ("ada#1 has more than one entry", |ledger, _, _| {
            ledger.entries.push(ledger.entries[0].clone());
        }),
        (
            "entry 1 (ada#1): it ends in item 4 of a plan of 3 items",
            |ledger, _, _| ledger.entries[0].fate = Fate::Merged { number: 4 },
        ),
        (
            "entry 1 (ada#1): it ends in item 0 of a plan of 3 items",
            |ledger, _, _| ledger.entries[0].fate = Fate::Merged { number: 0 },
        ),
        (
            "entry 3 (ben#1): it is split into one item",
            |ledger, _, _| {
                ledger.entries[2].fate = Fate::Split {
                    numbers: vec![1, 1],
                }
            },
        ),
        ("entry 2 (ada#2): nothing removed it", |ledger, _, _| {
            ledger.entries[1].fate = Fate::Removed { by: String::new() };
        }),
        ("no entry ends in item 3 of the plan", |ledger, _, _| {
            ledger.entries[4].fate = Fate::Kept { number: 1 };
        }),
        ("no entry ends in item 4 of the plan", |_, plan, _| {
            plan.items.push(item(Vec::new()));
        }),
        (
            "item 3 of the plan rests on ada#2, which did not end in it",
            |_, plan, _| plan.items[2].basis.push(draft("ada", 2)),
        ),
        ("there is more than one candidate C1", |ledger, _, _| {
            ledger.candidates[1].id = "C1".to_owned();
        }),
        ("candidate C3 has no members", |ledger, _, _| {
            ledger.candidates[2].members.clear();
        }),
        ("ada#2 is in candidates C2 and C3", |ledger, _, _| {
            ledger.candidates[2].members.push(draft("ada", 2));
        }),
        ("ben#2 is in no candidate", |ledger, _, _| {
            ledger.candidates.pop();
        }),
        (
            "candidate C3 holds cleo#1, which has no entry",
            |ledger, _, _| ledger.candidates[2].members.push(draft("cleo", 1)),
        ),
        (
            "ada#2 is in candidate C2 and names another",
            |ledger, _, _| ledger.entries[1].candidate = Some("C3".to_owned()),
        ),
        ("candidate C1 opposes C9, which is none", |ledger, _, _| {
            ledger.candidates[0].opposes.push("C9".to_owned())
        }),
        (
            "added by guardian gus names a candidate and was not drafted",
            |ledger, _, _| ledger.entries[4].candidate = Some("C1".to_owned()),
        ),
        (
            "ada#1 names a candidate, and there are none",
            |ledger, _, _| ledger.candidates.clear(),
        ),
    ];
    for (expected, damage) in damages {
        let (mut ledger, mut plan, mut drafted) = sound();
        damage(&mut ledger, &mut plan, &mut drafted);
        assert_eq!(
            ledger.check(&plan, &drafted),
            Err((*expected).to_owned()),
            "{expected}"
        );
    }
}
