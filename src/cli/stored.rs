//! Opening a run that was kept: by its folder, or by its name in `runs/`.

use std::path::{Path, PathBuf};

use crate::bench::{StoredError, StoredRun};
use crate::panel::suggest;

use super::Failure;
use super::runs::{self, DATABASE, RUNS};

/// How many near names an error lists.
const NEAR: usize = 5;

/// Folder of a run.
///
/// # Errors
/// When there is none, with names that are near.
pub fn folder(run: &Path) -> Result<PathBuf, Failure> {
    let in_runs = Path::new(RUNS).join(run);
    for folder in [run, &in_runs] {
        if folder.join(DATABASE).is_file() {
            return Ok(folder.to_owned());
        }
    }
    if run.is_file() && run.file_name().is_some_and(|name| name == DATABASE) {
        return Ok(run.parent().unwrap_or(Path::new(".")).to_owned());
    }
    let names = runs::names(Path::new(RUNS));
    let wanted = run.file_name().unwrap_or_default().to_string_lossy();
    let near = suggest::nearest_few(&wanted, names.iter().map(String::as_str), NEAR);
    let near = if near.is_empty() {
        String::new()
    } else {
        format!("; in {RUNS} there are {}", near.join(", "))
    };
    Err(Failure::usage(format!(
        "there is no run {}{near}",
        run.display()
    )))
}

/// A run, ready to be looked at. `cases`: where its cases are now.
///
/// # Errors
/// A run that is not there, or is of another kind or version, is a matter of
/// usage; one that cannot be read is bad data.
pub fn open(run: &Path, cases: Option<&Path>) -> Result<StoredRun, Failure> {
    let folder = folder(run)?;
    StoredRun::open(&folder, cases).map_err(|error| failure(&error))
}

/// The exit code that belongs to what is wrong.
pub fn failure(error: &StoredError) -> Failure {
    let said = error.to_string();
    match error {
        StoredError::Journal { .. } | StoredError::Meta { .. } | StoredError::Answer { .. } => {
            Failure::data(said)
        }
        _ => Failure::usage(said),
    }
}
