//! Recomputing a run: every judgment assembled anew from what the judge said,
//! every file written anew from the stored answers and judgments, and all of it
//! held against what the folder has, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};

use super::folder::{FolderError, write_files};
use super::item::ItemResult;
use super::stored::{StoredError, StoredRun};
use super::verdict::Verdict;
use crate::clinical::Item;
use crate::score::records::response_len;
use crate::score::{JudgedRecord, assemble};

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verification {
    /// Judgments that were assembled anew from what the judge said.
    pub judgments: usize,
    /// Of these, the ones that came out otherwise: arm, item, trial.
    pub other_judgments: Vec<String>,
    /// Files that were written anew, by name in the folder.
    pub files: Vec<FileCheck>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FileCheck {
    /// Name in the run's folder.
    pub name: String,
    /// What became of it.
    pub state: FileState,
}

/// How a file compares with what was computed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileState {
    /// The same bytes.
    Same,
    /// Other bytes, first in this line (from 1).
    Differs {
        /// The line.
        line: usize,
    },
    /// The folder lacks it.
    Missing,
}

impl Verification {
    /// Is everything as it was?
    pub fn is_whole(&self) -> bool {
        let same = |file: &FileCheck| file.state == FileState::Same;
        self.other_judgments.is_empty() && self.files.iter().all(same)
    }
}

/// Why a run could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The run cannot be read.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// Its files could not be written anew.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Recomputes a run. `scratch`: an empty folder for the files that are written
/// anew; the caller removes it.
///
/// # Errors
/// [`VerifyError`] when that could not be done; a difference is none.
pub fn verify(run: &StoredRun, scratch: &Path) -> Result<Verification, VerifyError> {
    let mut found = Verification::default();
    if run.shape.grading.is_none() {
        for arm in 0..run.shape.arms.len() {
            for task in run.shape.tasks_of(arm) {
                let (Some(result), Some(item)) =
                    (run.result(task)?, run.shape.items.get(task.item))
                else {
                    continue;
                };
                let same = match (&result.verdict, &result.judged) {
                    (Some(verdict), _) => is_same(run, item, &result, verdict),
                    // A judgment that nobody made.
                    (None, Some(_)) => false,
                    (None, None) => continue,
                };
                found.judgments += 1;
                if !same {
                    found.other_judgments.push(run.shape.id_of(task));
                }
            }
        }
    }
    write_files(
        &run.shape,
        &run.journal,
        run.record.provenance.clone(),
        &run.record.panels,
        scratch,
    )?;
    let mut names = Vec::new();
    list(scratch, "", &mut names)?;
    names.sort();
    for name in names.into_iter().filter(|name| name != TIMINGS) {
        let state = compare(&run.folder.join(&name), &scratch.join(&name))?;
        found.files.push(FileCheck { name, state });
    }
    Ok(found)
}

/// The one file that depends on the clock.
const TIMINGS: &str = "timings.json";

/// Does what the judge said come to the stored judgment?
fn is_same(run: &StoredRun, item: &Item, result: &ItemResult, verdict: &Verdict) -> bool {
    let (Some(key), Some(text)) = (run.shape.key_of(item), &result.text) else {
        return false;
    };
    let record = assemble(
        &run.shape.profile,
        &key.prepared,
        &verdict.matched,
        verdict.review.as_ref(),
        response_len(text.expose()),
    );
    let judge = run.record.provenance.judge.as_ref();
    match (record, &result.judged) {
        (Ok(record), Some(stored)) => {
            let record = JudgedRecord {
                judge: judge.map_or(record.judge, |judge| judge.name.clone()),
                ..record
            };
            record == *stored
        }
        (Err(_), None) => true,
        _ => false,
    }
}

/// Names of all files below a folder.
fn list(folder: &Path, under: &str, names: &mut Vec<String>) -> Result<(), VerifyError> {
    let io = |source| VerifyError::Io {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = format!("{under}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            list(&entry.path(), &format!("{name}/"), names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}

fn compare(there: &Path, anew: &Path) -> Result<FileState, VerifyError> {
    let read = |path: &Path| {
        fs::read(path).map_err(|source| VerifyError::Io {
            path: path.to_owned(),
            source,
        })
    };
    if !there.is_file() {
        return Ok(FileState::Missing);
    }
    let (there, anew) = (read(there)?, read(anew)?);
    if there == anew {
        return Ok(FileState::Same);
    }
    let same = there.iter().zip(&anew).take_while(|(a, b)| a == b).count();
    let line = 1 + there
        .iter()
        .take(same)
        .filter(|byte| **byte == b'\n')
        .count();
    Ok(FileState::Differs { line })
}
