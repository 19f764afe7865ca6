//! Every command that a document shows is run: here, by another test or by a
//! step of `.ci/run`; or it stands here as one that is not run, with the reason.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program;

/// Who runs a command.
enum How {
    /// The test below, in a folder with the panels and cases, in this order.
    Here,
    /// Another test: `area::module::name`.
    Test(&'static str),
    /// `.ci/run`, in the line that holds these words.
    Ci(&'static str),
    /// Nobody, since …
    Not(&'static str),
}
use How::{Ci, Here, Not, Test};

const EXAMPLES: &str = "step \"the examples\"";
const REAL: &str = "tests/real/run";
const PAYS: &str = "asks three vendors, for money";
const MEASURES: &str = "measures the speed of an idle machine, which proves nothing in a test";
const QUOTES: &str = "project::readme::the_quotes_are_what_is_printed";

/// A block that begins with `export` is one script, known by its first line.
const COMMANDS: &[(&str, How)] = &[
    ("cargo run -- bench", Ci("target/debug/primum bench")),
    ("cargo test", Ci("cargo test --locked")),
    ("primum consult agents/demo.toml --against Card901", Here),
    (
        "primum consult agents/diverse.toml --file question.txt",
        Not(PAYS),
    ),
    (
        "primum bench agents/demo.toml --protocol all --trials 5",
        Test(QUOTES),
    ),
    (
        "primum bench agents/demo.toml --k 3 --arms self,solo-cut --ledger --primary 'Severe_rate panel:demo solo:ada' --out runs/mine",
        Here,
    ),
    ("primum report runs/mine", Here),
    ("primum report runs/mine --markdown", Here),
    ("primum report runs/mine runs/other", Here),
    ("primum verify runs/mine", Here),
    ("primum power --from runs/mine --wish 0.05", Here),
    ("primum search runs/mine", Here),
    ("primum bench agents/options-demo.toml", Here),
    ("primum bench agents/demo.toml --task options", Here),
    (
        "export PRIMUM_HOME=\"$(mktemp -d)\"",
        Ci("tests/clients/run"),
    ),
    ("python3 examples/small-local/serve.py", Ci(REAL)),
    ("primum panel probe agents/small-local.toml", Ci(REAL)),
    ("primum bench agents/small-local.toml --limit 1", Ci(REAL)),
    (
        "git clone https://github.com/ARISENetwork/mast",
        Not("the benchmark's repository, from the network"),
    ),
    (
        "primum cases check mast/benchmarks/donoharm",
        Test("inputs::cases_noharm::the_real_cases_have_no_error"),
    ),
    (
        "primum bench agents/diverse.toml --cases mast/benchmarks/donoharm --k 11",
        Not(PAYS),
    ),
    ("cargo run --release --example fanout", Not(MEASURES)),
    ("cargo run --release --example fanout once", Ci(EXAMPLES)),
    (
        "cargo build --release",
        Not("needs minutes, and shows no more than the other profile"),
    ),
    ("cargo run --release --example service_load", Not(MEASURES)),
    (
        "cargo run --release --example service_load -- --audit",
        Not(MEASURES),
    ),
    (
        "cargo run --release --example make_judged -- big",
        Ci(EXAMPLES),
    ),
    (
        "primum score --cases big --judged big/judged/*.jsonl",
        Ci(EXAMPLES),
    ),
    ("cargo bench --bench evidence", Not(MEASURES)),
    ("cargo bench --bench search", Not(MEASURES)),
    (
        "cargo test --test consensus pooling::measured -- --nocapture",
        Ci("cargo test --locked"),
    ),
    (
        "cargo test --release --test simulate whole_benchmark -- --ignored --nocapture",
        Not(
            "takes minutes; simulate::whole_benchmark::the_benchmark_recovers_the_truth does less of the same",
        ),
    ),
    (
        "export PRIMUM_HOME=/var/lib/primum",
        Not(
            "writes to a system's folder; the README's service, which tests/clients/run starts, is started in the same way",
        ),
    ),
    (
        "curl -fsS https://YOUR.HOST/mast -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: text/plain' --data-binary @case.txt | jq -r .response",
        Test("serve::mast::a_prompt_with_a_case_and_a_case_alone_get_a_plan"),
    ),
    (
        "cargo install cargo-fuzz",
        Not("fuzzing needs a nightly compiler and has no end"),
    ),
    (
        "cargo +nightly fuzz run draft",
        Not("fuzzing needs a nightly compiler and has no end"),
    ),
    (
        "RUSTC_BOOTSTRAP=1 cargo fuzz run -s none draft",
        Not("fuzzing has no end"),
    ),
    (
        "bash fuzz/minute.sh",
        Not("needs cargo-fuzz and a minute for each target"),
    ),
    (
        "cargo run --example chart_gallery -- gallery.html [light|dark]",
        Ci(EXAMPLES),
    ),
    (
        "cargo run --release --example coverage",
        Not("takes two minutes of a release build"),
    ),
    (
        "cargo run --release --example coverage -- --runs 500 --seed 2",
        Ci(EXAMPLES),
    ),
    (
        "cargo run --release --example make_judged -- FOLDER",
        Ci(EXAMPLES),
    ),
    (
        "primum score --cases FOLDER --judged FOLDER/judged/*.jsonl --k 11",
        Ci(EXAMPLES),
    ),
];

/// What must be there before a command can be tried here.
const BEFORE: &[(&str, &str)] = &[(
    "primum report runs/mine runs/other",
    "primum bench agents/demo.toml --protocol lead --k 3 --quiet --out runs/other",
)];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Lines of the fenced blocks of a text that are commands: all of a shell's
/// blocks, and of others those behind a `$`.
fn blocks(text: &str) -> Vec<Vec<String>> {
    let mut blocks = Vec::new();
    let mut inside: Option<(bool, Vec<String>)> = None;
    for line in text.lines() {
        let Some(fence) = line.trim_start().strip_prefix("```") else {
            if let Some((shell, lines)) = &mut inside {
                match line.strip_prefix("$ ") {
                    Some(command) => lines.push(command.to_owned()),
                    None if *shell => lines.push(line.to_owned()),
                    None => {}
                }
            }
            continue;
        };
        inside = match inside.take() {
            Some((_, lines)) => {
                blocks.push(lines);
                None
            }
            None => Some((
                ["sh", "bash", "shell", "console"].contains(&fence.trim()),
                Vec::new(),
            )),
        };
    }
    blocks
}

/// The head of an example as Markdown, its commands as a shell's.
fn head(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let lines: Vec<_> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").replace("```text", "```sh")
}

/// The commands of a block: lines that go on are put together, remarks left out.
fn commands(block: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut begun = String::new();
    for line in block {
        let line = match line.find(" #").filter(|_| !line.contains("'#")) {
            Some(remark) => &line[..remark],
            None => line,
        };
        let line = line.trim();
        begun.push_str(line.strip_suffix('\\').unwrap_or(line));
        if line.ends_with('\\') {
            continue;
        }
        let command = begun.split_whitespace().collect::<Vec<_>>().join(" ");
        begun.clear();
        if command.is_empty() || command.starts_with('#') {
            continue;
        }
        let script = command.starts_with("export ");
        found.push(command);
        if script {
            break;
        }
    }
    found
}

/// Where it stands, and the command.
fn documented() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for file in ["README.md", "CONTRIBUTING.md", "fuzz/README.md"] {
        texts.push((
            root().join(file),
            fs::read_to_string(root().join(file)).expect("a text"),
        ));
    }
    for file in files("docs", "md") {
        let text = fs::read_to_string(&file).expect("a text");
        texts.push((file, text));
    }
    for file in files("examples", "rs") {
        let text = head(&fs::read_to_string(&file).expect("a text"));
        texts.push((file, text));
    }
    let mut found = Vec::new();
    for (file, text) in texts {
        let file = file
            .strip_prefix(root())
            .expect("ours")
            .display()
            .to_string();
        for block in blocks(&text) {
            found.extend(
                commands(&block)
                    .into_iter()
                    .map(|command| (file.clone(), command)),
            );
        }
    }
    found
}

/// Does a test of this name stand where it says?
fn is_there(test: &str) -> bool {
    let Some((module, name)) = test.rsplit_once("::") else {
        return false;
    };
    let path = root().join("tests").join(module.replace("::", "/"));
    let source = fs::read_to_string(path.with_extension("rs"))
        .or_else(|_| fs::read_to_string(path.join("mod.rs")))
        .unwrap_or_default();
    source.contains(&format!("fn {name}("))
}

#[test]
fn every_documented_command_is_run_or_named_as_not_run() {
    let documented = documented();
    assert!(documented.len() > 30, "{documented:?}");
    let ci = fs::read_to_string(root().join(".ci/run")).expect(".ci/run");
    let known: BTreeSet<&str> = COMMANDS.iter().map(|(command, _)| *command).collect();
    assert_eq!(known.len(), COMMANDS.len(), "a command stands twice");
    let mut faults: Vec<String> = documented
        .iter()
        .filter(|(_, command)| !known.contains(command.as_str()))
        .map(|(file, command)| {
            format!(
                "{file}: `{command}`: say in {} who runs it, or why nobody does",
                file!()
            )
        })
        .collect();
    for (command, how) in COMMANDS {
        if !documented.iter().any(|(_, shown)| shown == command) {
            faults.push(format!("`{command}` is in no document any more"));
        }
        let there = match how {
            Here => command.starts_with("primum "),
            Test(test) => is_there(test),
            Ci(words) => ci.contains(words),
            Not(reason) => !reason.is_empty(),
        };
        if !there {
            faults.push(format!("`{command}`: what is said to run it is not there"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_said_to_run_here_does() {
    let place = tempfile::tempdir().expect("a folder");
    for name in ["agents", "cases", "prompts"] {
        symlink(root().join(name), place.path().join(name)).expect("a link");
    }
    let bin = place.path().join("bin");
    fs::create_dir(&bin).expect("a folder");
    symlink(program::primum(), bin.join("primum")).expect("a link");
    let path = format!(
        "{}:{}",
        bin.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let run = |command: &str| {
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(place.path())
            .env("PATH", &path)
            .env("PRIMUM_HOME", place.path().join("home"))
            .output()
            .expect("a shell");
        assert!(
            output.status.success() && !output.stdout.is_empty(),
            "{command}\n{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    };
    for (command, _) in COMMANDS.iter().filter(|(_, how)| matches!(how, Here)) {
        for (_, before) in BEFORE.iter().filter(|(of, _)| of == command) {
            run(before);
        }
        run(command);
    }
}

#[test]
fn commands_are_found_in_documents() {
    let text = "\
```sh
primum a --x 'y' \\
    --z   # a remark
# a remark alone

primum b
```
```text
$ primum c
its answer
```
   ```sh
   primum d
   ```
```sh
export A=1
primum e
```
";
    let found: Vec<_> = blocks(text)
        .iter()
        .flat_map(|block| commands(block))
        .collect();
    assert_eq!(
        found,
        [
            "primum a --x 'y' --z",
            "primum b",
            "primum c",
            "primum d",
            "export A=1"
        ]
    );
    let source = "//! An example.\n//!\n//! ```text\n//! cargo run\n//! ```\nfn main() {}";
    let found: Vec<_> = blocks(&head(source))
        .iter()
        .flat_map(|block| commands(block))
        .collect();
    assert_eq!(found, ["cargo run"]);
}

/// `doctest = false` in Cargo.toml, so a block that means Rust would never run.
#[test]
fn comments_hold_no_code_that_means_to_be_run() {
    let mut faults = Vec::new();
    for file in files("src", "rs") {
        let text = fs::read_to_string(&file).expect("a text");
        let comments = text.lines().filter_map(|line| {
            let line = line.trim_start();
            line.strip_prefix("//!")
                .or_else(|| line.strip_prefix("///"))
        });
        let fences = comments.filter_map(|line| line.trim_start().strip_prefix("```"));
        for opening in fences.step_by(2) {
            if !["text", "toml", "json"].contains(&opening.trim()) {
                faults.push(format!("{}: ```{opening}", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
