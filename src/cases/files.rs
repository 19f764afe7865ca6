//! The files of a folder of cases: where they lie, and their text. The only
//! part of `cases` that touches the disk.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::fault::{Fault, Flaw};
use super::position::Source;

const LAYOUT_HELP: &str = "A folder of cases holds dataset/items.jsonl, dataset/rubrics/<ID>.json and, \
if wanted, guidance/<ID>.yaml. The real open cases: `git clone https://github.com/ARISENetwork/mast`, \
then `--cases mast/benchmarks/donoharm`.";

/// A file that was read.
pub(super) struct TextFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// All files of a folder of cases.
pub(super) struct Files {
    /// Name of the set: that of its folder.
    pub(super) name: String,
    pub(super) items: TextFile,
    /// Where rubrics are expected, whether the folder exists or not.
    pub(super) rubrics_dir: PathBuf,
    /// By the name of the file without its ending, which is the case id.
    pub(super) rubrics: BTreeMap<String, TextFile>,
    /// As `rubrics`.
    pub(super) guidance: BTreeMap<String, TextFile>,
    /// Files that are there and cannot be read.
    pub(super) faults: Vec<Fault>,
}

/// Reads a folder in the benchmark's layout, or one that is itself the
/// `dataset` of such a folder or holds `items.jsonl` directly.
pub(super) fn read_files(dir: &Path) -> Result<Files, Box<Fault>> {
    let (root, dataset) = find_dataset(dir)?;
    let items = read_text(&dataset.join("items.jsonl"))?;
    let rubrics_dir = dataset.join("rubrics");
    let mut faults = Vec::new();
    let rubrics = read_folder(&rubrics_dir, &["json"], &mut faults);
    let guidance = read_folder(&root.join("guidance"), &["yaml", "yml"], &mut faults);
    Ok(Files {
        name: folder_name(&root),
        items,
        rubrics_dir,
        rubrics,
        guidance,
        faults,
    })
}

/// Reads a folder of which only the rubrics are needed: one in the benchmark's
/// layout with or without `items.jsonl`, a `dataset`, or the folder of rubrics
/// itself. Without `items.jsonl` the text of `items` is empty; the second
/// value tells whether the file is there.
pub(super) fn read_rubric_files(dir: &Path) -> Result<(Files, bool), Box<Fault>> {
    if find_dataset(dir).is_ok() {
        return Ok((read_files(dir)?, true));
    }
    let place = [
        dir.join("dataset").join("rubrics"),
        dir.join("rubrics"),
        dir.to_owned(),
    ]
    .into_iter()
    .find(|place| {
        let mut faults = Vec::new();
        !read_folder(place, &["json"], &mut faults).is_empty()
    });
    let Some(rubrics_dir) = place else {
        let problem = "there is no rubric in this folder";
        return Err(Box::new(Flaw::of_file(problem, LAYOUT_HELP).in_file(dir)));
    };
    let mut faults = Vec::new();
    let rubrics = read_folder(&rubrics_dir, &["json"], &mut faults);
    Ok((
        Files {
            name: folder_name(dir),
            items: TextFile {
                path: dir.join("dataset").join("items.jsonl"),
                text: String::new(),
            },
            rubrics_dir,
            rubrics,
            guidance: BTreeMap::new(),
            faults,
        },
        false,
    ))
}

/// The folder of the set and the folder of its `items.jsonl`.
fn find_dataset(dir: &Path) -> Result<(PathBuf, PathBuf), Box<Fault>> {
    if !dir.is_dir() {
        let problem = if dir.exists() {
            "this is a file, not a folder of cases"
        } else {
            "there is no such folder"
        };
        return Err(Box::new(Flaw::of_file(problem, LAYOUT_HELP).in_file(dir)));
    }
    let dataset = dir.join("dataset");
    if dataset.join("items.jsonl").exists() {
        return Ok((dir.to_owned(), dataset));
    }
    if !dir.join("items.jsonl").exists() {
        let problem = "this folder has no dataset/items.jsonl";
        return Err(Box::new(Flaw::of_file(problem, LAYOUT_HELP).in_file(dir)));
    }
    let root = match (dir.file_name(), dir.parent()) {
        (Some(name), Some(parent)) if name == "dataset" => parent,
        _ => dir,
    };
    Ok((root.to_owned(), dir.to_owned()))
}

/// Name of the folder, also where it was given as `.` or `..`.
fn folder_name(dir: &Path) -> String {
    let here = if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        dir
    };
    here.canonicalize()
        .ok()
        .and_then(|full| Some(full.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "cases".to_owned())
}

/// The files with one of these endings, by name. A folder that does not exist
/// is an empty one; hidden files are none of ours.
fn read_folder(
    dir: &Path,
    endings: &[&str],
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, TextFile> {
    let paths = match list_folder(dir) {
        Ok(paths) => paths,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            faults.push(unreadable(&error).in_file(dir));
            Vec::new()
        }
    };
    let mut files = BTreeMap::new();
    for path in paths {
        let Some((stem, ending)) = stem_and_ending(&path) else {
            continue;
        };
        if stem.starts_with('.') || !endings.iter().any(|e| e.eq_ignore_ascii_case(&ending)) {
            continue;
        }
        match read_text(&path) {
            Ok(file) if !files.contains_key(&stem) => {
                files.insert(stem, file);
            }
            Ok(_) => {
                let problem = "another file of the same name with another ending is there";
                let help = "Keep one of the two.";
                faults.push(Flaw::of_file(problem, help).in_file(&path));
            }
            Err(fault) => faults.push(*fault),
        }
    }
    files
}

/// Sorted, so that nothing depends on the order of the disk.
fn list_folder(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(dir)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn stem_and_ending(path: &Path) -> Option<(String, String)> {
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    let ending = path.extension()?.to_string_lossy().into_owned();
    Some((stem, ending))
}

fn read_text(path: &Path) -> Result<TextFile, Box<Fault>> {
    let bytes = fs::read(path).map_err(|error| unreadable(&error).in_file(path))?;
    let text = text_of(bytes).map_err(|flaw| Box::new(flaw.in_file(path)))?;
    Ok(TextFile {
        path: path.to_owned(),
        text,
    })
}

fn text_of(bytes: Vec<u8>) -> Result<String, Box<Flaw>> {
    String::from_utf8(bytes).map_err(|error| {
        let valid_up_to = error.utf8_error().valid_up_to();
        let valid = String::from_utf8_lossy(&error.as_bytes()[..valid_up_to]);
        let source = Source::file(&valid);
        let end = source.at_offset(valid.len());
        let problem = "the text is not UTF-8 from here on";
        Box::new(Flaw::error(end, problem, "Save the file as UTF-8.").fatal())
    })
}

fn unreadable(error: &io::Error) -> Flaw {
    Flaw::of_file(
        format!("cannot be read: {error}"),
        "Check that it exists and that you may read it.",
    )
}
