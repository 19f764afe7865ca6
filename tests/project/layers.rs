//! Imports run one way. This test reads every `use crate::…` and every
//! `crate::…` path in `src/` and fails when a layer of the design is crossed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each folder of `src/` may import from the others. The order is from
/// plain data to what a person touches.
fn allowed() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("clinical", &[][..]),
        ("panel", &[]),
        ("cases", &["clinical"]),
        ("score", &["clinical"]),
        ("stats", &["score", "clinical"]),
        ("evidence", &["stats", "score", "clinical"]),
        ("report", &["evidence", "stats", "score", "clinical"]),
        (
            "judged",
            &["report", "evidence", "stats", "score", "cases", "clinical"],
        ),
        ("gateway", &["panel"]),
        ("deliberation", &["gateway", "panel", "clinical"]),
        ("judge", &["gateway", "panel", "score", "clinical"]),
        ("probe", &["deliberation", "judge", "gateway", "panel"]),
        (
            "bench",
            &[
                "deliberation",
                "judge",
                "gateway",
                "judged",
                "report",
                "evidence",
                "stats",
                "score",
                "cases",
                "panel",
                "clinical",
            ],
        ),
        (
            "consult",
            &[
                "bench",
                "deliberation",
                "judge",
                "gateway",
                "report",
                "score",
                "panel",
                "clinical",
            ],
        ),
        ("access", &[]),
        ("audit", &["access", "clinical"]),
        (
            "serve",
            &[
                "access",
                "audit",
                "consult",
                "deliberation",
                "gateway",
                "report",
                "panel",
                "clinical",
            ],
        ),
        ("simulate", &["cases", "clinical"]),
        // The truth program shares no code with what it is compared with.
        ("bin", &[]),
        (
            "cli",
            &[
                "access", "audit", "serve", "consult", "bench", "probe", "simulate", "judged",
                "report", "evidence", "stats", "score", "cases", "gateway", "panel", "clinical",
            ],
        ),
    ])
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("src can be read").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Names that follow `crate::` in code, comments left out.
fn imports(source: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in source.lines() {
        let code = line.split("//").next().unwrap_or_default();
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            let name: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            if !name.is_empty() {
                names.insert(name);
            }
            assert!(
                !rest.starts_with('{'),
                "write one `use crate::layer::…` a line, so that this test can read it: {line}"
            );
        }
    }
    names
}

fn layer_of(file: &Path, root: &Path) -> Option<String> {
    let inside = file.strip_prefix(root).ok()?;
    let mut parts = inside.components();
    let first = parts.next()?.as_os_str().to_str()?.to_owned();
    // A file right below src/ (lib.rs, main.rs, exit.rs) belongs to no layer.
    parts.next().map(|_| first)
}

#[test]
fn imports_run_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed = allowed();
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    assert!(files.len() > 20, "the test must see the source files");

    let mut crossed = Vec::new();
    for file in &files {
        let Some(layer) = layer_of(file, &root) else {
            continue;
        };
        let may = allowed
            .get(layer.as_str())
            .unwrap_or_else(|| panic!("src/{layer} is no layer of the design: add it here"));
        let source = fs::read_to_string(file).expect("a source file can be read");
        for import in imports(&source) {
            let is_layer = allowed.contains_key(import.as_str());
            if is_layer && import != layer && !may.contains(&import.as_str()) {
                crossed.push(format!("{} imports {import}", file.display()));
            }
        }
    }
    assert!(
        crossed.is_empty(),
        "layers crossed:\n{}",
        crossed.join("\n")
    );
}

#[test]
fn the_allowed_imports_have_no_cycle() {
    let allowed = allowed();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < allowed.len() {
        let free: Vec<&str> = allowed
            .iter()
            .filter(|(name, may)| !done.contains(*name) && may.iter().all(|m| done.contains(m)))
            .map(|(name, _)| *name)
            .collect();
        assert!(!free.is_empty(), "the allowed imports go in a circle");
        done.extend(free);
    }
}

#[test]
fn the_reader_of_imports_sees_them() {
    let source =
        "use crate::score::metrics;\n// crate::cli in a comment\nlet x = crate::panel::f();";
    let names: Vec<String> = imports(source).into_iter().collect();
    assert_eq!(names, ["panel", "score"]);
}

/// Design rule 12: of a case, deliberation can reach the presentation only.
#[test]
fn deliberation_names_nothing_that_holds_a_rubric() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/deliberation");
    let mut files = Vec::new();
    rust_files(&folder, &mut files);
    assert!(files.len() > 5, "the test must see the source files");
    for file in &files {
        let source = fs::read_to_string(file).expect("a source file can be read");
        for line in source.lines() {
            let code = line.split("//").next().unwrap_or_default();
            let names = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            for name in names {
                assert!(
                    !matches!(name, "Rubric" | "RubricCase" | "RubricOption" | "Case"),
                    "{} names {name}: {line}",
                    file.display()
                );
            }
        }
    }
}
