//! The rubrics of a folder by themselves: all that scoring judged answers
//! needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::clinical::{Case, Rubric};

use super::contents::contents;
use super::fault::Fault;
use super::files::read_rubric_files;
use super::hash::hash;
use super::load::{LoadError, case_set};

/// Rubrics by base id.
#[derive(Clone, Debug, PartialEq)]
pub struct RubricSet {
    /// Name of the folder.
    pub name: String,
    /// The folder as the caller named it.
    pub dir: PathBuf,
    /// Rubrics that answers can be scored by.
    pub rubrics: BTreeMap<String, Arc<Rubric>>,
    /// Base ids whose rubric is there and cannot be used; `faults` says why.
    pub faulty: BTreeSet<String>,
    /// Item ids in the order of `items.jsonl`; `None` without that file.
    pub items: Option<Vec<String>>,
    /// SHA-256 in hex: the one of the case set where there is one, otherwise
    /// over the rubrics alone.
    pub hash: String,
    /// Something in it says that it is made up.
    pub synthetic: bool,
    /// What keeps the faulty rubrics from being used.
    pub faults: Vec<Fault>,
}

/// Reads the rubrics of a folder. A rubric that cannot be used is left out and
/// named, the others are read: one bad file must not hide the scores of all
/// other cases.
///
/// # Errors
/// There is no such folder, or no rubric in it.
pub fn load_rubrics(dir: impl AsRef<Path>) -> Result<RubricSet, LoadError> {
    let dir = dir.as_ref();
    let (files, has_items) = read_rubric_files(dir).map_err(LoadError::NotThere)?;
    let mut contents = contents(&files);
    let mut faulty: BTreeSet<String> = files
        .rubrics
        .keys()
        .filter(|id| !contents.rubrics.contains_key(id.as_str()))
        .cloned()
        .collect();
    let (rubrics, unusable): (BTreeMap<&str, Rubric>, BTreeMap<&str, Rubric>) = contents
        .rubrics
        .iter()
        .map(|(id, rubric)| (*id, rubric.clone()))
        .partition(|(id, rubric)| usable(id, rubric));
    faulty.extend(unusable.keys().map(|id| (*id).to_owned()));
    let faults = contents
        .faults
        .iter()
        .filter(|fault| fault.is_error() && is_about(fault, &faulty, &files.rubrics_dir))
        .cloned()
        .collect();
    let rubrics: BTreeMap<String, Arc<Rubric>> = rubrics
        .into_iter()
        .map(|(id, rubric)| (id.to_owned(), Arc::new(rubric)))
        .collect();
    let items = has_items.then(|| {
        contents
            .items
            .iter()
            .map(|placed| placed.item.id.clone())
            .collect()
    });
    let name = files.name.clone();
    let (hash, synthetic) = if has_items {
        let set = case_set(dir, name.clone(), contents);
        (set.hash, set.synthetic)
    } else {
        contents.items.clear();
        let cases: Vec<Case> = rubrics
            .iter()
            .map(|(id, rubric)| Case {
                id: id.clone(),
                items: Vec::new(),
                rubric: Some(rubric.clone()),
                guidance: None,
            })
            .collect();
        let synthetic = rubrics
            .values()
            .any(|rubric| rubric.extra.get("synthetic") == Some(&serde_json::Value::Bool(true)));
        (hash(&cases), synthetic)
    };
    Ok(RubricSet {
        name,
        dir: dir.to_owned(),
        rubrics,
        faulty,
        items,
        hash,
        synthetic,
        faults,
    })
}

/// Can answers be scored by it? Verdicts are joined by option id, and what an
/// option is worth must be known. Everything else is survived.
fn usable(id: &str, rubric: &Rubric) -> bool {
    let mut ids = BTreeSet::new();
    rubric.id == id
        && rubric
            .options
            .iter()
            .all(|option| option.effective_score().is_some() && ids.insert(option.id))
}

fn is_about(fault: &Fault, faulty: &BTreeSet<String>, rubrics_dir: &Path) -> bool {
    fault.file.starts_with(rubrics_dir)
        && fault
            .file
            .file_stem()
            .is_some_and(|stem| faulty.contains(stem.to_string_lossy().as_ref()))
}
