//! What the README quotes is what the program prints. `UPDATE_README=1` writes
//! the quotes anew.

use crate::program;
use std::fs;
use std::path::Path;
use std::process::Command;

const README: &str = "README.md";

/// The text of the block behind `<!-- mark -->`, with its place.
fn block<'a>(readme: &'a str, mark: &str) -> (usize, &'a str) {
    let opening = format!("<!-- {mark} -->\n```text\n");
    let start = readme
        .find(&opening)
        .unwrap_or_else(|| panic!("the README has no block {mark}"))
        + opening.len();
    let end = start + readme[start..].find("\n```").expect("the block ends");
    (start, &readme[start..end])
}

/// Holds a block against what was printed, or writes it anew.
fn hold(mark: &str, printed: &str, same: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(README);
    let readme = fs::read_to_string(&path).expect("the README");
    let (start, quoted) = block(&readme, mark);
    let printed = printed
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n");
    if std::env::var_os("UPDATE_README").is_some() {
        let end = start + quoted.len();
        let updated = format!(
            "{}{}{}",
            &readme[..start],
            printed.trim_end(),
            &readme[end..]
        );
        fs::write(&path, updated).expect("the README is written");
    } else {
        assert_eq!(
            same(quoted),
            same(printed.trim_end()),
            "the README quotes something else: UPDATE_README=1 cargo test --test project readme"
        );
    }
}

fn primum(arguments: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(program::primum())
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1")
        .output()
        .expect("primum runs");
    (
        String::from_utf8(output.stdout).expect("UTF-8"),
        output.status.code(),
    )
}

// One test, since all blocks are in one file that may be written.
#[test]
fn the_quotes_are_what_is_printed() {
    let out = tempfile::tempdir().expect("a folder");
    let (printed, code) = primum(&[
        "bench",
        "--quiet",
        "--out",
        &out.path().join("run").display().to_string(),
    ]);
    assert_eq!(code, Some(0));
    let printed = printed.split("\nfiles:").next().unwrap_or_default();
    hold("primum bench", printed, without_seconds);

    let (printed, code) = primum(&["report", &out.path().join("run").display().to_string()]);
    assert_eq!(code, Some(0));
    let printed = printed.split("\nreport:").next().unwrap_or_default();
    hold("primum report", printed, str::to_owned);

    let (printed, code) = primum(&[
        "bench",
        "agents/demo.toml",
        "--protocol",
        "all",
        "--trials",
        "5",
        "--quiet",
        "--out",
        &out.path().join("five").display().to_string(),
    ]);
    assert_eq!(code, Some(0));
    let first_table = printed.split("\n\n").next().unwrap_or_default();
    hold("five protocols", first_table, str::to_owned);

    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mine = folder.path().join("mine.toml");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents");
    fs::copy(
        demo.join("judge-demo.toml"),
        folder.path().join("judge-demo.toml"),
    )
    .expect("a copy");
    let text = fs::read_to_string(demo.join("demo.toml")).expect("the demo panel");
    fs::write(
        &mine,
        text.replace("model = \"gamma\"", "modle = \"gama\"")
            .replace("quorum = 2", "quorum = 4"),
    )
    .expect("a panel");
    let (printed, code) = primum(&["panel", "check", &mine.display().to_string()]);
    assert_eq!(code, Some(1));
    let printed = printed.replace(&mine.display().to_string(), "agents/mine.toml");
    hold("primum panel check", &printed, str::to_owned);
}

/// The last column of the table of costs depends on the clock.
fn without_seconds(table: &str) -> String {
    let mut costs = false;
    table
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split_whitespace().collect();
            costs = match cells.first() {
                Some(&"arm") => cells.last() == Some(&"seconds"),
                None => false,
                _ => costs,
            };
            if costs && cells.len() == 7 {
                cells.pop();
            }
            cells.join(" ")
        })
        .collect::<Vec<_>>()
        .join("\n")
}
