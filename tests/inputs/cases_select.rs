//! Selecting items of a set, and what is in one.

use primum::cases::{CaseSet, SelectError, Selection, list, load, select};

fn quirks() -> CaseSet {
    load("tests/fixtures/quirks").expect("the quirks load")
}

fn asked(only: &[&str], k: u32, limit: Option<usize>) -> Result<Vec<String>, SelectError> {
    let selection = Selection {
        only: only.iter().map(ToString::to_string).collect(),
        k,
        limit,
    };
    let items = select(&quirks(), &selection)?;
    Ok(items.into_iter().map(|it| it.item.id.clone()).collect())
}

#[test]
fn base_cases_only_unless_more_is_asked_for() {
    let set = quirks();
    let items = select(&set, &Selection::default()).expect("items");
    let ids: Vec<&str> = items.iter().map(|it| it.item.id.as_str()).collect();
    assert_eq!(ids, ["Zeta001", "Wrist002"]);
    assert_eq!(set.cases[items[1].case].id, "Wrist002");
}

#[test]
fn breadth_first() {
    let all = [
        "Zeta001",
        "Wrist002",
        "Zeta001-0",
        "Wrist002-0",
        "Zeta001-1",
        "Wrist002-1",
    ];
    assert_eq!(asked(&[], 11, None).expect("items"), all);
    assert_eq!(asked(&[], 2, None).expect("items"), all[..4]);
}

#[test]
fn limit_counts_cases_and_not_items() {
    let items = asked(&[], 11, Some(1)).expect("items");
    assert_eq!(items, ["Zeta001", "Zeta001-0", "Zeta001-1"]);
    assert_eq!(asked(&[], 1, Some(9)).expect("items").len(), 2);
    assert_eq!(asked(&["Wrist*"], 1, Some(1)).expect("items"), ["Wrist002"]);
    assert_eq!(asked(&[], 1, Some(0)), Err(SelectError::NoCases));
}

#[test]
fn globs_name_cases_or_items() {
    assert_eq!(
        asked(&["Wrist002"], 2, None).expect("items"),
        ["Wrist002", "Wrist002-0"]
    );
    assert_eq!(
        asked(&["*-1"], 11, None).expect("items"),
        ["Zeta001-1", "Wrist002-1"]
    );
    let either = asked(&["Zeta001-0", "Wrist*"], 2, None).expect("items");
    assert_eq!(either, ["Wrist002", "Zeta001-0", "Wrist002-0"]);
}

#[test]
fn a_selection_that_makes_no_sense_says_what_would() {
    let said: Vec<String> = [
        asked(&["Card*"], 1, None),
        asked(&["Zeta001", "Card*"], 1, None),
        asked(&["Zeta[", "x"], 1, None),
        asked(&["Zeta001-1"], 1, None),
        asked(&[], 0, None),
        asked(&[], 12, None),
        asked(&[], 1, Some(0)),
    ]
    .into_iter()
    .map(|result| result.expect_err("refused").to_string())
    .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_set_is_listed_by_specialty() {
    insta::assert_snapshot!(list(&quirks()).as_table());
    insta::assert_snapshot!(list(&quirks()).as_json());
}

#[test]
fn the_demo_is_listed_as_synthetic() {
    let table = list(&load("cases/demo").expect("the demo loads")).as_table();
    assert!(table.starts_with("demo, hash "), "{table}");
    assert!(table.contains("SYNTHETIC"), "{table}");
}

#[test]
fn what_cannot_be_scored_shows_in_the_list() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let item = r#"{"id": "A1", "prompt": "made up"}"#;
    std::fs::write(dir.path().join("items.jsonl"), item).expect("written");
    let listing = list(&load(dir.path()).expect("loads"));
    assert_eq!(listing.total.without_rubric, 1);
    assert!(
        listing.as_table().contains("rubric"),
        "{}",
        listing.as_table()
    );
}
