//! The real open cases of the benchmark, where `PRIMUM_NOHARM` names them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use primum::cases::{
    CaseSet, Selection, check, faults_as_text, list, load, parse_items, select, write_item,
    write_rubric,
};
use serde_json::Value;

/// The folder, or `None` with a word about it. A folder that is named and not
/// there fails the test that loads it.
fn noharm() -> Option<PathBuf> {
    let dir = env::var_os("PRIMUM_NOHARM").map(PathBuf::from);
    if dir.is_none() {
        eprintln!("skipped: PRIMUM_NOHARM does not name a folder with the real open cases");
    }
    dir
}

fn loaded(dir: &Path) -> CaseSet {
    load(dir).unwrap_or_else(|error| panic!("PRIMUM_NOHARM={}: {error}", dir.display()))
}

#[test]
fn the_real_cases_load_whole() {
    let Some(dir) = noharm() else { return };
    let set = loaded(&dir);
    assert_eq!(set.cases.len(), 20);
    assert_eq!(set.item_count(), 220);
    assert_eq!(set.without_rubric(), [""; 0]);
    assert!(set.open);
    assert!(!set.synthetic);
    assert!(set.cases.iter().all(|case| case.items.len() == 11));
}

#[test]
fn the_real_cases_have_no_error() {
    let Some(dir) = noharm() else { return };
    let faults = check(&dir);
    let said = faults_as_text(&faults);
    println!("{said}");
    assert!(!faults.iter().any(|fault| fault.is_error()), "{said}");
}

#[test]
fn the_real_files_are_written_back_to_the_letter() {
    let Some(dir) = noharm() else { return };
    for case in &loaded(&dir).cases {
        let path = dir.join(format!("dataset/rubrics/{}.json", case.id));
        let text = fs::read_to_string(path).expect("a readable rubric");
        let rubric = case.rubric.as_deref().expect("a rubric");
        // Not assert_eq, which would print the case.
        assert!(write_rubric(rubric) == text, "{} differs", case.id);
    }
    let text = fs::read_to_string(dir.join("dataset/items.jsonl")).expect("readable items");
    let items = parse_items(&text).expect("items");
    for (item, line) in items.iter().zip(text.lines()) {
        assert!(write_item(item) == line, "{} differs", item.id);
    }
}

#[test]
fn every_option_of_the_real_cases_has_a_tier() {
    let Some(dir) = noharm() else { return };
    let listing = list(&loaded(&dir));
    println!("{}", listing.as_table());
    let json: Value = serde_json::from_str(&listing.as_json()).expect("JSON");
    assert_eq!(json["total"]["cases"], 20);
    assert_eq!(listing.rows.len(), 10, "ten specialties");
    assert_eq!(listing.total.no_score, 0);
}

#[test]
fn all_real_items_can_be_selected() {
    let Some(dir) = noharm() else { return };
    let set = loaded(&dir);
    let all = Selection {
        k: 11,
        ..Selection::default()
    };
    assert_eq!(select(&set, &all).expect("items").len(), 220);
    assert_eq!(
        select(&set, &Selection::default()).expect("items").len(),
        20
    );
}
