//! Whole judged files: their records in order, each once.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::cases::Fault;
use crate::report::ScoredRecord;
use crate::whole_file::{LineFile, WriteError};

use super::check;
use super::output::Output;
use super::pipeline::{Stopped, each_line};
use super::scorer::{Outcome, Scored, Scorer};

/// A file to be scored.
#[derive(Clone, Debug)]
pub struct JudgedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Name of its arm.
    pub name: String,
}

/// A scored file.
#[derive(Debug, Default)]
pub struct ScoredFile {
    /// Its records, each (id, trial, judge) once.
    pub records: Vec<ScoredRecord>,
    /// Items and trials that it has something about, readable or not.
    pub found: Vec<(String, u64)>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// Records that do not count by `--k` and `--only`.
    pub beyond: usize,
}

/// Why files could not be scored.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// One cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// One cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Scores files side by side and, where an output is given, writes the records
/// anew as the kit does.
///
/// # Errors
/// [`ReadError`]; what is wrong with single records is among the results.
pub fn score_files(
    files: &[JudgedFile],
    scorer: &Scorer,
    output: Option<&Output>,
) -> Result<Vec<ScoredFile>, ReadError> {
    let paths: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
    let mut takers = files
        .iter()
        .map(|file| Taker::new(file, output))
        .collect::<Vec<_>>();
    let mut open = 0;
    each_line(
        &paths,
        |line| scorer.line(line),
        |file, number, outcome| {
            // A file is closed as soon as the next one begins.
            while open < file {
                takers[open].close()?;
                open += 1;
            }
            takers[file].take(number, outcome)
        },
    )
    .map_err(|stopped| match stopped {
        Stopped::Read(file, source) => ReadError::Read {
            path: files[file].path.clone(),
            source,
        },
        Stopped::Sink(error) => ReadError::Write(error),
    })?;
    takers
        .into_iter()
        .map(|mut taker| {
            taker.close()?;
            Ok(taker.scored)
        })
        .collect()
}

/// Takes the outcomes of one file in the order of its lines.
struct Taker {
    path: PathBuf,
    scored: ScoredFile,
    /// By id, trial and judge: place among the records, and line.
    places: HashMap<(String, u64, String), (usize, usize)>,
    writer: Writer,
}

impl Taker {
    fn new(file: &JudgedFile, output: Option<&Output>) -> Self {
        Self {
            path: file.path.clone(),
            scored: ScoredFile::default(),
            places: HashMap::new(),
            writer: Writer {
                paths: output.map(|o| o.judged(&file.name)).unwrap_or_default(),
                files: Vec::new(),
                replaced: BTreeMap::new(),
                closed: false,
            },
        }
    }

    fn take(&mut self, number: usize, outcome: Outcome) -> Result<(), WriteError> {
        match outcome {
            Outcome::Beyond => self.scored.beyond += 1,
            Outcome::Faulty { key, flaws } => {
                self.scored.found.extend(key);
                let faults = flaws.into_iter().map(|flaw| flaw.in_file(&self.path));
                self.scored.faults.extend(faults);
            }
            Outcome::Scored(scored) => {
                let Scored { record, lines } = *scored;
                let key = (record.item.clone(), record.trial, record.judge.clone());
                if let Some((place, first)) = self.places.get(&key).copied() {
                    let what = "a record of the same id, trial and judge";
                    let flaw = check::repeated(number, what, &record.item, first);
                    self.scored.faults.push(flaw.in_file(&self.path));
                    self.scored.records[place] = record;
                    self.writer.replace(place, lines);
                    return Ok(());
                }
                self.places.insert(key, (self.scored.records.len(), number));
                self.scored.found.push((record.item.clone(), record.trial));
                self.scored.records.push(record);
                self.writer.add(&lines)?;
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), WriteError> {
        self.places = HashMap::new();
        self.writer.close()
    }
}

/// Writes the records of one file, by profile. A record that comes again takes
/// the place of the first (scoring.md, 10.5); since that one is written
/// already, the file is then written once more.
struct Writer {
    paths: Vec<PathBuf>,
    files: Vec<LineFile>,
    replaced: BTreeMap<usize, Vec<String>>,
    closed: bool,
}

impl Writer {
    fn open(&mut self) -> Result<(), WriteError> {
        if self.files.is_empty() {
            self.files = self
                .paths
                .iter()
                .map(|path| LineFile::create(path))
                .collect::<Result<_, _>>()?;
        }
        Ok(())
    }

    fn add(&mut self, lines: &[String]) -> Result<(), WriteError> {
        self.open()?;
        for (file, line) in self.files.iter_mut().zip(lines) {
            file.line(line)?;
        }
        Ok(())
    }

    fn replace(&mut self, place: usize, lines: Vec<String>) {
        self.replaced.insert(place, lines);
    }

    fn close(&mut self) -> Result<(), WriteError> {
        if self.closed {
            return Ok(());
        }
        self.closed = true;
        self.open()?;
        for file in self.files.drain(..) {
            file.close()?;
        }
        if self.replaced.is_empty() {
            return Ok(());
        }
        for (profile, path) in self.paths.iter().enumerate() {
            let failed = |source| WriteError {
                path: path.clone(),
                source,
            };
            let old = BufReader::new(File::open(path).map_err(failed)?);
            let mut new = LineFile::create(path)?;
            for (place, line) in old.lines().enumerate() {
                let line = line.map_err(failed)?;
                let other = self.replaced.get(&place).and_then(|l| l.get(profile));
                new.line(other.unwrap_or(&line))?;
            }
            new.close()?;
        }
        Ok(())
    }
}
