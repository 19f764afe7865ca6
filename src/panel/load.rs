//! Reads panel and judge files from disk.

use std::path::{Path, PathBuf};

use super::diagnostics::Diagnostics;
use super::file::{JudgeFile, PanelFile};
use super::model::{Panel, Protocol, Task};
use super::resolve::{self, JudgeSet};
use super::sink::Sink;
use super::{document, schema};

/// A panel without errors, and what is probably not meant in it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The checked panel.
    pub panel: Panel,
    /// Warnings only.
    pub warnings: Diagnostics,
}

/// A judge without errors, and what is probably not meant in it.
#[derive(Clone, Debug)]
pub struct LoadedJudge {
    /// The checked judge with its providers, models and prompts.
    pub set: JudgeSet,
    /// Warnings only.
    pub warnings: Diagnostics,
}

/// Reads, checks and resolves a panel file with the judge file and the prompts
/// that it names.
///
/// # Errors
/// Every fault of all these files at once, warnings included; at least one is
/// an error.
pub fn load(path: &Path) -> Result<Loaded, Diagnostics> {
    load_for(path, Wanted::default())
}

/// What takes the place of what a panel file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The task.
    pub task: Option<Task>,
    /// The protocol; the panel's name then ends in it (`demo-vote`), since it
    /// is another panel.
    pub protocol: Option<Protocol>,
}

/// As [`load`], for a task or a protocol that takes the place of the file's.
///
/// # Errors
/// As [`load`].
pub fn load_for(path: &Path, wanted: Wanted) -> Result<Loaded, Diagnostics> {
    let (file, mut sink) = read::<PanelFile>(path, schema::panel());
    let mut sinks = Vec::new();
    let panel = file.map(|file| {
        let mut panel = resolve::panel(&file, &stem(path), dir(path), wanted, &mut sink);
        // Options are graded without a judge; nobody needs a key for one.
        if let Some(judge) = &file.judge_file
            && panel.task == Task::Plan
        {
            let judge_path = dir(path).join(judge.as_str());
            if judge_path.is_file() {
                sinks.push(add_judge(&mut panel, &judge_path));
            } else {
                let message = format!("there is no judge file `{}`", **judge);
                let help = "it is looked for from the folder of this file";
                sink.error("no-judge-file", judge.span(), &message, help);
            }
        }
        panel
    });
    sinks.insert(0, sink);
    let (panel, warnings) = resolve::finish(panel, sinks)?;
    Ok(Loaded { panel, warnings })
}

/// Reads, checks and resolves a judge file by itself.
///
/// # Errors
/// As [`load`].
pub fn load_judge(path: &Path) -> Result<LoadedJudge, Diagnostics> {
    let (file, mut sink) = read::<JudgeFile>(path, schema::judge());
    let set = file.and_then(|file| resolve::judge_file(&file, &[], dir(path), &mut sink));
    let (set, warnings) = resolve::finish(set, vec![sink])?;
    Ok(LoadedJudge { set, warnings })
}

/// Checks a panel file, or a judge file: one that has a judge but nobody who
/// answers. Everything found, errors and warnings.
pub fn check(path: &Path) -> Diagnostics {
    if is_judge_file(path) {
        load_judge(path).map_or_else(|faults| faults, |loaded| loaded.warnings)
    } else {
        load(path).map_or_else(|faults| faults, |loaded| loaded.warnings)
    }
}

/// Does this file have a judge but nobody who answers?
pub fn is_judge_file(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let (document, _) = toml::de::DeTable::parse_recoverable(&text);
    let has = |key: &str| document.get_ref().contains_key(key);
    has("judge")
        && ![
            "advisors",
            "guardians",
            "moderator",
            "clusterer",
            "consensus",
        ]
        .into_iter()
        .any(has)
}

fn add_judge(panel: &mut Panel, path: &Path) -> Sink {
    let (file, mut sink) = read::<JudgeFile>(path, schema::judge());
    if let Some(file) = file
        && let Some(set) = resolve::judge_file(&file, &panel.advisors, dir(path), &mut sink)
    {
        resolve::merge(panel, &file, set, &mut sink);
    }
    sink
}

fn read<T: serde::de::DeserializeOwned>(
    path: &Path,
    schema: &serde_json::Value,
) -> (Option<T>, Sink) {
    let shown = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => document::read(&shown, &bytes, schema),
        Err(error) => (None, document::unreadable(&shown, &error)),
    }
}

fn dir(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
