//! What `primum cases check` says, as people read it.

use std::fs;
use std::path::Path;

use primum::cases::{Fault, FaultSeverity, check, faults_as_json, faults_as_text, load};

/// A copy of a fixture that a test may change.
fn copy_of(fixture: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    copy(Path::new(fixture), dir.path());
    dir
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

fn errors(faults: &[Fault]) -> Vec<&Fault> {
    faults.iter().filter(|fault| fault.is_error()).collect()
}

#[test]
fn every_fault_is_named_with_its_place_and_a_way_out() {
    insta::assert_snapshot!(faults_as_text(&check("tests/fixtures/faulty")));
}

#[test]
fn quirks_of_real_data_are_warnings_at_most() {
    insta::assert_snapshot!(faults_as_text(&check("tests/fixtures/quirks")));
}

#[test]
fn the_demo_cases_have_no_fault() {
    assert_eq!(check("cases/demo"), []);
}

#[test]
fn no_message_quotes_a_case() {
    let said = faults_as_text(&check("tests/fixtures/faulty"));
    for words in [
        "Made-up",
        "Or not",
        "Circle",
        "äöü",
        "unclosed",
        "Harm that",
    ] {
        assert!(!said.contains(words), "`{words}` in:\n{said}");
    }
}

#[test]
fn a_missing_folder_is_explained() {
    insta::assert_snapshot!(faults_as_text(&check("tests/fixtures/nowhere")));
    insta::assert_snapshot!(faults_as_text(&check("tests/fixtures")));
    insta::assert_snapshot!(faults_as_text(&check("Cargo.toml")));
}

#[test]
fn a_missing_rubric_is_found_by_its_case() {
    let dir = copy_of("tests/fixtures/quirks");
    fs::remove_file(dir.path().join("dataset/rubrics/Wrist002.json")).expect("removed");
    let faults = check(dir.path());
    let found = errors(&faults);
    assert_eq!(found.len(), 1, "{faults:?}");
    assert!(found[0].flaw.problem.contains("`Wrist002` has no rubric"));
    assert!(!found[0].flaw.fatal);
    assert_eq!(found[0].flaw.position.map(|at| at.line), Some(4));
}

#[test]
fn a_file_that_cannot_be_read_is_a_fault_and_not_silence() {
    let dir = copy_of("tests/fixtures/quirks");
    let rubric = dir.path().join("dataset/rubrics/Wrist002.json");
    fs::remove_file(&rubric).expect("removed");
    fs::create_dir(&rubric).expect("a folder in its place");
    assert!(
        check(dir.path())
            .iter()
            .any(|fault| fault.file == rubric && fault.flaw.fatal)
    );
    assert!(load(dir.path()).is_err());
}

#[test]
fn two_guidance_files_of_one_case_are_a_fault() {
    let dir = copy_of("tests/fixtures/quirks");
    fs::write(dir.path().join("guidance/Zeta001.yml"), "spirit: other\n").expect("written");
    let faults = check(dir.path());
    assert_eq!(errors(&faults).len(), 1);
}

#[test]
fn hidden_files_are_none_of_ours() {
    let dir = copy_of("tests/fixtures/quirks");
    let before = faults_as_text(&check(dir.path()));
    for name in ["dataset/rubrics/._Zeta001.json", "guidance/.DS_Store"] {
        fs::write(dir.path().join(name), [0xff, 0xfe]).expect("written");
    }
    assert_eq!(faults_as_text(&check(dir.path())), before);
}

#[test]
fn machines_get_the_same_faults() {
    let faults = check("tests/fixtures/faulty");
    let json: serde_json::Value =
        serde_json::from_str(&faults_as_json(&faults)).expect("a JSON array");
    assert_eq!(json.as_array().map(Vec::len), Some(faults.len()));
    let first = &json[0];
    assert_eq!(first["file"], "tests/fixtures/faulty/dataset/items.jsonl");
    assert_eq!(
        first["position"],
        serde_json::json!({"line": 2, "column": 30})
    );
    assert_eq!(first["severity"], "warning");
    assert_eq!(first["subject"], "item `Flt001-0`");
    assert_eq!(faults[0].flaw.severity, FaultSeverity::Warning);
}
