//! A folder of cases as a [`CaseSet`], or as the list of its faults.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use thiserror::Error;

use crate::clinical::{Case, Item, Rubric};

use super::contents::{Contents, contents};
use super::fault::Fault;
use super::files::read_files;
use super::hash::hash;

/// The cases of a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseSet {
    /// Name of the folder, such as `donoharm` or `demo`.
    pub name: String,
    /// The folder as the caller named it.
    pub dir: PathBuf,
    /// In the order of their first item in `items.jsonl`.
    pub cases: Vec<Case>,
    /// SHA-256 in hex over all that a run depends on: the same for the same
    /// content, whatever files and folders are called and however the JSON is
    /// written.
    pub hash: String,
    /// Some item or rubric says `"synthetic": true`: made up, not from the
    /// benchmark. Reports must say so.
    pub synthetic: bool,
    /// Every item says `"open": true` in its metadata: the benchmark
    /// published it, so that models may have seen it.
    pub open: bool,
    /// What [`check`] finds and a run can live with. A missing rubric is among
    /// them: its case can be answered and not scored.
    pub faults: Vec<Fault>,
}

impl CaseSet {
    /// The case with this base id.
    pub fn case(&self, id: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// All items of all cases, as many as `--k 11` would ask.
    pub fn item_count(&self) -> usize {
        self.cases.iter().map(|case| case.items.len()).sum()
    }

    /// Base ids of the cases that cannot be scored.
    pub fn without_rubric(&self) -> Vec<&str> {
        self.cases
            .iter()
            .filter(|case| case.rubric.is_none())
            .map(|case| case.id.as_str())
            .collect()
    }
}

/// Why a folder cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// There is no folder of cases at this place, or it cannot be read.
    #[error("{0}")]
    NotThere(Box<Fault>),
    /// Its files have faults that a run must not build on.
    #[error("{}", faulty(dir, faults))]
    Faulty {
        /// The folder.
        dir: PathBuf,
        /// Only those faults; [`check`] finds all.
        faults: Vec<Fault>,
    },
}

fn faulty(dir: &Path, faults: &[Fault]) -> String {
    const SHOWN: usize = 5;
    let mut lines: Vec<String> = faults.iter().take(SHOWN).map(Fault::to_string).collect();
    if let Some(more) = faults.len().checked_sub(SHOWN).filter(|&more| more > 0) {
        lines.push(format!("and {more} more"));
    }
    lines.push(format!(
        "The cases cannot be used. `primum cases check {}` lists all that is wrong.",
        dir.display()
    ));
    lines.join("\n")
}

/// Reads a folder of cases.
///
/// # Errors
/// There is no such folder, or it has faults that would make a run ask or
/// score the wrong thing.
pub fn load(dir: impl AsRef<Path>) -> Result<CaseSet, LoadError> {
    let dir = dir.as_ref();
    let files = read_files(dir).map_err(LoadError::NotThere)?;
    let contents = contents(&files);
    let fatal: Vec<Fault> = contents
        .faults
        .iter()
        .filter(|fault| fault.flaw.fatal)
        .cloned()
        .collect();
    if !fatal.is_empty() {
        return Err(LoadError::Faulty {
            dir: dir.to_owned(),
            faults: fatal,
        });
    }
    Ok(case_set(dir, files.name.clone(), contents))
}

/// Finds everything that is wrong with a folder of cases.
pub fn check(dir: impl AsRef<Path>) -> Vec<Fault> {
    match read_files(dir.as_ref()) {
        Ok(files) => contents(&files).faults,
        Err(fault) => vec![*fault],
    }
}

pub(super) fn case_set(dir: &Path, name: String, contents: Contents<'_>) -> CaseSet {
    let items = || contents.items.iter().map(|placed| &placed.item);
    let synthetic = items().any(is_synthetic)
        || contents
            .rubrics
            .values()
            .any(|rubric| is_true(rubric.extra.get("synthetic")));
    let open = items().all(|item| is_true(item.metadata.extra.get("open")));
    let cases = cases(contents.items.into_iter().map(|placed| placed.item));
    let mut rubrics = contents.rubrics;
    let mut guidance = contents.guidance;
    let cases: Vec<Case> = cases
        .into_iter()
        .map(|(id, items)| Case {
            rubric: rubrics.remove(id.as_str()).map(Arc::<Rubric>::new),
            guidance: guidance.remove(id.as_str()).map(Arc::<Value>::new),
            id,
            items,
        })
        .collect();
    CaseSet {
        name,
        dir: dir.to_owned(),
        hash: hash(&cases),
        cases,
        synthetic,
        open,
        faults: contents.faults,
    }
}

/// Items by base id, cases in order of appearance, items by variant.
fn cases(items: impl Iterator<Item = Item>) -> Vec<(String, Vec<Arc<Item>>)> {
    let mut cases: Vec<(String, Vec<Arc<Item>>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for item in items {
        let base = item.base().to_owned();
        let place = *places.entry(base.clone()).or_insert(cases.len());
        if place == cases.len() {
            cases.push((base, Vec::new()));
        }
        cases[place].1.push(Arc::new(item));
    }
    for (_, items) in &mut cases {
        items.sort_by_key(|item| item.variant());
    }
    cases
}

fn is_synthetic(item: &Item) -> bool {
    is_true(item.extra.get("synthetic")) || is_true(item.metadata.extra.get("synthetic"))
}

fn is_true(value: Option<&Value>) -> bool {
    value == Some(&Value::Bool(true))
}
