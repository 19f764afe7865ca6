//! What the files of a folder say, each value with the place that it came
//! from, and everything that is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::clinical::{Item, Rubric};

use super::check_guidance::check_guidance;
use super::check_items::check_items;
use super::check_rubric::check_rubric;
use super::fault::{Fault, FaultSeverity, Flaw};
use super::files::Files;
use super::guidance::read_guidance;
use super::items::{PlacedItem, read_items};
use super::position::Source;
use super::rubric::read_rubric;

/// Everything that could be read.
pub(super) struct Contents<'a> {
    pub(super) items: Vec<PlacedItem<'a>>,
    /// By case id as the file name has it.
    pub(super) rubrics: BTreeMap<&'a str, Rubric>,
    /// As `rubrics`.
    pub(super) guidance: BTreeMap<&'a str, Value>,
    /// Everything that is wrong, by file and by position within the file.
    pub(super) faults: Vec<Fault>,
}

/// What a check may look up beyond its own file.
pub(super) struct Overview<'a> {
    /// Base ids of the items.
    pub(super) bases: BTreeSet<&'a str>,
    /// Items by id; of several with one id the first.
    pub(super) items: BTreeMap<&'a str, &'a Item>,
    /// Cases that have a rubric file, be it faulty or not.
    pub(super) rubric_files: BTreeSet<&'a str>,
    /// Where rubrics are expected.
    pub(super) rubrics_dir: &'a Path,
}

/// Parses and checks all files.
pub(super) fn contents(files: &Files) -> Contents<'_> {
    let (items, mut flaws) = read_items(&files.items.text);
    let overview = overview(files, &items);
    let mut faults = files.faults.clone();
    flaws.extend(check_items(&files.items.text, &items, &overview));
    keep(&mut faults, flaws, &files.items.path);

    let mut rubrics = BTreeMap::new();
    for (id, file) in &files.rubrics {
        let source = Source::file(&file.text);
        let flaws = match read_rubric(&source) {
            Ok(rubric) => {
                let flaws = check_rubric(&source, id, &rubric, &overview);
                rubrics.insert(id.as_str(), rubric);
                flaws
            }
            Err(flaws) => flaws,
        };
        keep(&mut faults, flaws, &file.path);
    }

    let mut guidance = BTreeMap::new();
    for (id, file) in &files.guidance {
        let source = Source::file(&file.text);
        let flaws = match read_guidance(&source) {
            Ok(hints) => {
                let rubric = rubrics.get(id.as_str());
                let flaws = check_guidance(&source, id, &hints, rubric, &overview);
                guidance.insert(id.as_str(), hints);
                flaws
            }
            Err(flaws) => flaws,
        };
        keep(&mut faults, flaws, &file.path);
    }
    // Files that could not be read take their place among the others.
    faults.sort_by(|a, b| a.file.cmp(&b.file));
    Contents {
        items,
        rubrics,
        guidance,
        faults,
    }
}

fn overview<'a>(files: &'a Files, items: &'a [PlacedItem<'_>]) -> Overview<'a> {
    let mut by_id = BTreeMap::new();
    for placed in items {
        by_id.entry(placed.item.id.as_str()).or_insert(&placed.item);
    }
    Overview {
        bases: items.iter().map(|placed| placed.item.base()).collect(),
        items: by_id,
        rubric_files: files.rubrics.keys().map(String::as_str).collect(),
        rubrics_dir: &files.rubrics_dir,
    }
}

fn keep(faults: &mut Vec<Fault>, mut flaws: Vec<Flaw>, path: &Path) {
    flaws.sort_by_key(|flaw| (flaw.position, flaw.severity != FaultSeverity::Error));
    faults.extend(flaws.into_iter().map(|flaw| flaw.in_file(path)));
}
