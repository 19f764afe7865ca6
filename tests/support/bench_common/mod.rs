//! What the end-to-end tests share: the real program in a folder of its own,
//! panels made from the demo panel, and a simulated provider as a process.
#![allow(dead_code)] // each test file uses a part of it

pub mod consult;
pub mod folder;
pub mod panel;
pub mod provider;

use crate::program;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use primum::gateway::Journal;
use serde_json::Value;
use tempfile::TempDir;

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The bundled cases.
pub fn demo_cases() -> PathBuf {
    root().join("cases/demo")
}

/// A folder in which a test works; it is gone with the test.
pub struct Place {
    dir: TempDir,
    program: PathBuf,
}

/// How the program ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; `None`: killed.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Place {
    pub fn new() -> Place {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let program = program::primum();
        Place { dir, program }
    }

    /// A place whose program is the slow one that `cargo test` built.
    pub fn of_this_build() -> Place {
        let program = program::built();
        Place {
            program,
            ..Place::new()
        }
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file of this place.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        std::fs::write(&path, text).expect("the file");
        path
    }

    /// `primum bench` on the demo cases with a panel of this place, into a run
    /// folder of this place.
    pub fn bench(&self, panel: &str, out: &str) -> Command {
        let mut command = self.primum(&["bench", panel, "--out", out]);
        command.arg("--cases").arg(demo_cases());
        command
    }

    /// The program, started in this place.
    pub fn primum(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(args)
            .current_dir(self.dir.path())
            .env_remove("PRIMUM_LOG")
            .stdin(Stdio::null());
        command
    }

    /// What a person reads, with everything that differs from run to run
    /// taken out.
    pub fn redact(&self, text: &str) -> String {
        let here = self.dir.path().canonicalize().expect("the folder");
        let mut text = text
            .replace(&here.display().to_string(), "[here]")
            .replace(&self.dir.path().display().to_string(), "[here]")
            .replace(&root().display().to_string(), "[repository]");
        while let Some(at) = text.find("127.0.0.1:") {
            let rest = &text[at + "127.0.0.1:".len()..];
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            text = format!("{}[address]{}", &text[..at], &rest[digits..]);
        }
        text
    }

    /// The journal of a run of this place, as it is now.
    pub fn journal(&self, out: &str) -> Journal {
        Journal::read(&self.path(out).join("run.sqlite")).expect("a journal")
    }

    /// `summary.json` of a run of this place.
    pub fn summary(&self, out: &str) -> Value {
        json(&self.path(out).join("summary.json"))
    }
}

/// A JSON file.
pub fn json(path: &Path) -> Value {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Ended {
    let started = Instant::now();
    let output = command.output().expect("the program starts");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        took: started.elapsed(),
    }
}

/// Runs a command that must end with this code.
pub fn must(code: i32, command: &mut Command) -> Ended {
    let ended = run(command);
    assert_eq!(ended.code, Some(code), "{command:?}\n{}", ended.stderr);
    ended
}

/// Starts a command and leaves it running; its words go nowhere.
pub fn start(command: &mut Command) -> Child {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    child.expect("the program starts")
}

/// Numbers of one arm in a summary.
pub fn count(summary: &Value, arm: &str, what: &str) -> u64 {
    summary["arms"][arm][what]
        .as_u64()
        .unwrap_or_else(|| panic!("{arm}: {what}"))
}

/// Names of all arms in a summary.
pub fn arms(summary: &Value) -> Vec<String> {
    let arms = summary["arms"].as_object().expect("arms");
    arms.keys().cloned().collect()
}

/// Sum over all arms.
pub fn total(summary: &Value, what: &str) -> u64 {
    let arms = arms(summary);
    arms.iter().map(|arm| count(summary, arm, what)).sum()
}
