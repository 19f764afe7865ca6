//! Run folders as files.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// Files by their path inside the folder.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Everything in a folder that must be the same in equal runs: all but
/// `timings.json` and the database.
pub fn comparable(folder: &Path) -> Files {
    let mut files = all(folder);
    files.retain(|name, _| name != "timings.json" && !name.starts_with("run.sqlite"));
    files
}

/// Every file in a folder.
pub fn all(folder: &Path) -> Files {
    let mut files = Files::new();
    read(folder, "", &mut files);
    files
}

fn read(folder: &Path, inside: &str, files: &mut Files) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = format!("{inside}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(entry.path()).expect("a file"));
        }
    }
}

/// Names of the files that are not the same, for messages that can be read.
pub fn unlike(a: &Files, b: &Files) -> Vec<String> {
    a.keys()
        .chain(b.keys().filter(|name| !a.contains_key(*name)))
        .filter(|name| a.get(*name) != b.get(*name))
        .cloned()
        .collect()
}

/// The same files, byte for byte.
#[track_caller]
pub fn assert_same(a: &Path, b: &Path) {
    let (a, b) = (comparable(a), comparable(b));
    assert!(!a.is_empty());
    assert_eq!(unlike(&a, &b), Vec::<String>::new());
}

/// Lines of `responses/` and `judged/` by file, item and trial.
pub fn lines(folder: &Path) -> BTreeMap<(String, String, u64), String> {
    let mut lines = BTreeMap::new();
    for (name, bytes) in all(folder) {
        if !name.ends_with(".jsonl") {
            continue;
        }
        for line in String::from_utf8(bytes).expect("UTF-8").lines() {
            let value: Value = serde_json::from_str(line).expect("JSON");
            let item = value["id"].as_str().expect("an id").to_owned();
            let trial = value["trial"].as_u64().expect("a trial");
            let old = lines.insert((name.clone(), item, trial), line.to_owned());
            assert_eq!(old, None, "a line stands twice in {name}");
        }
    }
    lines
}

/// Items and trials of an arm's answers, in the order of the file.
pub fn answered(folder: &Path, arm: &str) -> Vec<(String, u64)> {
    let file = folder
        .join("responses")
        .join(format!("{}.jsonl", arm.replace(':', ".")));
    let text = std::fs::read_to_string(file).expect("responses");
    text.lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).expect("JSON");
            let item = value["id"].as_str().expect("an id").to_owned();
            (item, value["trial"].as_u64().expect("a trial"))
        })
        .collect()
}
