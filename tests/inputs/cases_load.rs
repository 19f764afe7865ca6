//! Reading folders of cases, and writing back what was read.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use primum::cases::{
    CaseSet, LoadError, load, parse_guidance, parse_items, parse_rubric, write_item, write_rubric,
};
use primum::clinical::Case;
use proptest::prelude::*;
use serde_json::{Value, json};

const QUIRKS: &str = "tests/fixtures/quirks";

fn quirks() -> CaseSet {
    load(QUIRKS).expect("the quirks load")
}

fn case<'a>(set: &'a CaseSet, id: &str) -> &'a Case {
    set.case(id).expect("the case is in the set")
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).expect("a readable file")
}

/// A folder of one case, with these texts.
fn folder(items: &str, rubric: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir_all(dir.path().join("dataset/rubrics")).expect("folders");
    fs::write(dir.path().join("dataset/items.jsonl"), items).expect("written");
    fs::write(dir.path().join("dataset/rubrics/A1.json"), rubric).expect("written");
    dir
}

const ITEM: &str = r#"{"id": "A1", "prompt": "made up"}"#;
const RUBRIC: &str = r#"{"id": "A1", "options": [{"id": 1, "text": "rest", "score": 9}]}"#;

#[test]
fn quirks_survive_loading() {
    let set = quirks();
    assert_eq!(set.name, "quirks");
    let ids: Vec<&str> = set.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["Zeta001", "Wrist002"], "in the order of appearance");
    let wrist = case(&set, "Wrist002");
    let ids: Vec<&str> = wrist.items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["Wrist002", "Wrist002-0", "Wrist002-1"], "base first");
    assert_eq!(set.item_count(), 6);
    assert!(set.open);
    assert!(!set.synthetic);

    let rubric = case(&set, "Zeta001").rubric.as_deref().expect("a rubric");
    assert_eq!(rubric.options.len(), 10);
    let prompt = case(&set, "Zeta001").items[0].prompt.expose();
    assert!(prompt.contains("“a test fixture”"));
    let rubric = wrist.rubric.as_deref().expect("a rubric");
    let scores: Vec<_> = rubric.options.iter().map(|o| o.effective_score()).collect();
    assert_eq!(scores, [Some(9), Some(2), Some(4)]);
}

#[test]
fn guidance_keeps_every_part_under_text_keys() {
    let set = quirks();
    assert_eq!(
        case(&set, "Zeta001").guidance.as_deref(),
        Some(&json!({
            "case_id": "Zeta001",
            "spirit": "The wrist – not the “patient” – is what matters.",
            "watchouts": ["A splint by day is no splint at night."],
            "options": {
                "2": {
                    "matching": "FULL when a splint at night is meant.",
                    "aliases": ["night brace", "cock-up splint"],
                },
                "5": {"gates": {"needs": "film"}},
            },
        }))
    );
    assert_eq!(case(&set, "Wrist002").guidance, None);
}

#[test]
fn rubrics_are_written_back_to_the_letter() {
    for id in ["Zeta001", "Wrist002"] {
        let text = read(format!("{QUIRKS}/dataset/rubrics/{id}.json"));
        let rubric = parse_rubric(&text).expect("a rubric");
        assert_eq!(write_rubric(&rubric), text, "{id}");
    }
}

#[test]
fn items_are_written_back_to_the_letter() {
    let text = read(format!("{QUIRKS}/dataset/items.jsonl"));
    let items = parse_items(&text).expect("items");
    let written: Vec<String> = items.iter().map(write_item).collect();
    let lines: Vec<&str> = text
        .trim_start_matches('\u{feff}')
        .split("\r\n")
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(written, lines);
}

#[test]
fn a_value_that_no_file_was_read_for_is_written_in_the_usual_order() {
    let rubric = serde_json::from_str(RUBRIC).expect("a rubric");
    let written: Value = serde_json::from_str(&write_rubric(&rubric)).expect("JSON");
    assert_eq!(
        written,
        serde_json::from_str::<Value>(RUBRIC).expect("JSON")
    );
}

#[test]
fn a_change_is_written_back_and_the_rest_stays() {
    let text = read(format!("{QUIRKS}/dataset/rubrics/Wrist002.json"));
    let mut rubric = parse_rubric(&text).expect("a rubric");
    rubric.options[1].score = Some(3);
    rubric.options[0].category = Some("Counseling".to_owned());
    let expected = text
        .replace("\"score\": null", "\"score\": 3")
        .replace("\"category\": null", "\"category\": \"Counseling\"");
    assert_eq!(write_rubric(&rubric), expected);
}

#[test]
fn the_hash_follows_the_content_and_nothing_else() {
    let plain = load(folder(ITEM, RUBRIC).path()).expect("loads").hash;
    assert_eq!(plain.len(), 64);
    let same = [
        (
            "\u{feff}\r\n{ \"prompt\": \"made up\",\"id\":\"A1\" }\r\n\r\n",
            RUBRIC,
        ),
        (
            r#"{"id": "A1", "prompt": "made up", "metadata": {"open": true}}"#,
            RUBRIC,
        ),
        (
            ITEM,
            r#"{"options": [{"text": "rest", "score": 9, "grade": null, "id": 1}], "id": "A1"}"#,
        ),
    ];
    for (items, rubric) in same {
        assert_eq!(
            load(folder(items, rubric).path()).expect("loads").hash,
            plain,
            "{items}"
        );
    }
    let two = format!("{ITEM}\n{}", r#"{"id": "A1-0", "prompt": "made up too"}"#);
    let other = [
        (r#"{"id": "A1", "prompt": "made  up"}"#, RUBRIC),
        (two.as_str(), RUBRIC),
        (
            ITEM,
            r#"{"id": "A1", "options": [{"id": 1, "text": "rest", "score": 8}]}"#,
        ),
        (
            ITEM,
            r#"{"id": "A1", "options": [{"id": 1, "text": "Rest", "score": 9}]}"#,
        ),
    ];
    for (items, rubric) in other {
        assert_ne!(
            load(folder(items, rubric).path()).expect("loads").hash,
            plain,
            "{rubric}"
        );
    }
}

#[test]
fn guidance_counts_in_the_hash_and_the_folder_does_not() {
    let dir = folder(ITEM, RUBRIC);
    let plain = load(dir.path()).expect("loads").hash;
    let flat = load(dir.path().join("dataset")).expect("loads").hash;
    assert_eq!(flat, plain);
    fs::create_dir(dir.path().join("guidance")).expect("a folder");
    fs::write(dir.path().join("guidance/A1.yaml"), "spirit: rest").expect("written");
    assert_ne!(load(dir.path()).expect("loads").hash, plain);
}

#[test]
fn the_dataset_folder_itself_will_do() {
    let set = load(format!("{QUIRKS}/dataset")).expect("loads");
    assert_eq!(set.name, "quirks");
    assert!(case(&set, "Zeta001").guidance.is_some());
    assert_eq!(set.hash, quirks().hash);
}

#[test]
fn a_missing_rubric_leaves_a_case_that_can_be_answered() {
    let dir = folder(ITEM, RUBRIC);
    fs::remove_dir_all(dir.path().join("dataset/rubrics")).expect("removed");
    let set = load(dir.path()).expect("loads all the same");
    assert_eq!(set.without_rubric(), ["A1"]);
    assert_eq!(set.faults.len(), 1);
    assert!(
        set.faults[0]
            .flaw
            .problem
            .contains("can be answered but not scored")
    );
}

#[test]
fn what_cannot_be_scored_rightly_is_refused_with_its_place() {
    let item_twice = format!("{ITEM}\n{ITEM}");
    let refused = [
        ("{\"id\": \"A1\", \"prompt\"", RUBRIC, "items.jsonl:1:21"),
        (item_twice.as_str(), RUBRIC, "items.jsonl:2:8"),
        ("\n\n", RUBRIC, "items.jsonl:1:1"),
        (ITEM, "{\n\"id\": \"B2\", \"options\": []}", "A1.json:2:7"),
        (ITEM, "{\"id\": \"A1\",\n \"options\": 7}", "A1.json:2:13"),
    ];
    for (items, rubric, place) in refused {
        let error = load(folder(items, rubric).path()).expect_err("refused");
        assert!(matches!(&error, LoadError::Faulty { .. }), "{error:?}");
        let said = error.to_string();
        assert!(said.contains(place), "{place} in:\n{said}");
        assert!(said.contains("primum cases check"), "{said}");
    }
}

#[test]
fn a_missing_folder_says_how_to_get_the_real_cases() {
    let error = load("tests/fixtures/nowhere").expect_err("not there");
    assert!(matches!(&error, LoadError::NotThere(_)));
    let said = error.to_string();
    for part in [
        "tests/fixtures/nowhere",
        "dataset/items.jsonl",
        "git clone",
        "--cases",
    ] {
        assert!(said.contains(part), "{part} in:\n{said}");
    }
}

#[test]
fn made_up_cases_are_known_as_such() {
    assert!(load("cases/demo").expect("the demo loads").synthetic);
}

#[test]
fn yaml_oddities_have_a_meaning_in_json() {
    let parsed = parse_guidance("a: !tag 1\n2: .nan\ntrue: [~, 1.5]\n");
    assert_eq!(parsed, Ok(json!({"a": 1, "2": null, "true": [null, 1.5]})));
    assert_eq!(parse_guidance(" \n# nothing\n"), Ok(json!({})));
    for broken in [
        "? [a]\n: b\n",
        "a: *b\n",
        "a: 1\na: 2\n",
        "--- 1\n--- 2\n",
        "just words",
    ] {
        assert!(parse_guidance(broken).is_err(), "{broken}");
    }
}

/// Texts that are nearly JSON, lest all of them fail at the first letter.
fn nearly_json() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\""),
        Just("\\"),
        Just("\"id\""),
        Just("\"prompt\""),
        Just("\"options\""),
        Just("\"text\""),
        Just("\"score\""),
        Just("\"dependsOn\""),
        Just("\"case\""),
        Just("\"metadata\""),
        Just("1"),
        Just("-1e999"),
        Just("null"),
        Just("true"),
        Just("\n"),
        Just("\r\n"),
        Just("\u{feff}"),
        Just("ä"),
        Just("\"A1\""),
        Just("{\"id\":1,\"text\":\"x\",\"dependsOn\":[1,1]}"),
        Just("{\"id\":\"A1\",\"options\":["),
        Just("- "),
        Just("  "),
        Just("&a "),
        Just("*a"),
        Just("!t "),
        Just("? "),
        Just("|"),
        Just("#"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn parse_everything(text: &str) {
    let _ = parse_items(text);
    let _ = parse_rubric(text);
    let _ = parse_guidance(text);
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        parse_everything(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn near_misses_are_parsed_or_refused(text in nearly_json()) {
        parse_everything(&text);
    }

    #[test]
    fn damaged_files_are_loaded_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut items = ITEM.as_bytes().to_vec();
        *at.get_mut(&mut items) = byte;
        let mut rubric = RUBRIC.as_bytes().to_vec();
        *at.get_mut(&mut rubric) = byte;
        let dir = folder("", "");
        fs::write(dir.path().join("dataset/items.jsonl"), items).expect("written");
        fs::write(dir.path().join("dataset/rubrics/A1.json"), rubric).expect("written");
        let _ = load(dir.path());
    }
}

#[test]
fn guidance_with_a_flood_of_brackets_is_refused() {
    assert!(parse_guidance(&format!("a:{}", "\n- [1]".repeat(2_000))).is_ok());
    let flaws = parse_guidance(&format!("a:{}", "\n- [1]".repeat(2_001))).expect_err("refused");
    assert_eq!(flaws[0].position.map(|at| at.line), Some(2_002));
}

#[test]
fn deep_nesting_is_refused_soon() {
    let start = Instant::now();
    let deep = format!("{{\"id\": \"A1\", \"options\": {}", "[".repeat(100_000));
    parse_everything(&deep);
    let pieces = [
        "[", "{", "{a: ", "- ", "? ", "a: ", "\n- ", "!a ", "&a ", "*", "|", "\"", "'", ": ",
    ];
    for piece in pieces {
        parse_everything(&piece.repeat(10_000));
    }
    // Parsed naively, the first alone takes most of a minute.
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}
