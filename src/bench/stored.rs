//! A run as its folder keeps it, read again: for reports, verification, search
//! and power. Nothing is asked and nothing in the folder is changed.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::item::ItemResult;
use super::meta::RunMeta;
use super::options::Grading;
use super::record::{FORMAT, RunRecord};
use super::run::ITEM;
use super::schedule::{AnswerKey, Task};
use super::shape::Shape;
use crate::cases::{self, CaseSet, Selection, select};
use crate::gateway::journal::{Journal, JournalError};
use crate::score::Profile;

/// Name of a run's database in its folder.
pub const DATABASE: &str = "run.sqlite";

/// A run that was kept.
pub struct StoredRun {
    /// Its folder.
    pub folder: PathBuf,
    /// Its answers, read only.
    pub journal: Journal,
    /// What makes it this run.
    pub meta: RunMeta,
    /// Its arms, and where its numbers come from.
    pub record: RunRecord,
    /// What its files are made from besides answers.
    pub shape: Shape,
    /// The cases, whole.
    pub set: CaseSet,
}

/// Why a run cannot be read. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// There is none.
    #[error("{}: there is no {DATABASE} in it; `primum runs` lists the runs", .0.display())]
    NoRun(PathBuf),
    /// The database.
    #[error("{}: {source}", folder.display())]
    Journal {
        /// Of which run.
        folder: PathBuf,
        /// Why.
        source: JournalError,
    },
    /// What the database says of itself cannot be read.
    #[error("{}: what it says of itself cannot be read: {why}", folder.display())]
    Meta {
        /// Of which run.
        folder: PathBuf,
        /// Why.
        why: String,
    },
    /// It is no benchmark run.
    #[error(
        "{}: it judges answers from elsewhere and compares no arms; use `primum score` for it",
        .0.display()
    )]
    Judging(PathBuf),
    /// A run of before its arms were kept.
    #[error(
        "{}: it was made by an older version, which did not keep its arms: run `primum bench \
         --resume {}` once; that buys nothing twice and brings it up to date",
        .0.display(), .0.display()
    )]
    Older(PathBuf),
    /// A run of a later version.
    #[error(
        "{}: it was made by a newer version (its record is {found}, this program reads {FORMAT}): \
         use that version",
        folder.display()
    )]
    Newer {
        /// Of which run.
        folder: PathBuf,
        /// What it says.
        found: String,
    },
    /// The cases are gone.
    #[error(
        "{}: its cases cannot be read: {why}\nName the folder where they are now with --cases",
        folder.display()
    )]
    NoCases {
        /// Of which run.
        folder: PathBuf,
        /// Why.
        why: String,
    },
    /// The cases are others now.
    #[error(
        "{}: the cases in {} are not those of the run (hash {} then, {} now): name the folder where \
         they are as they were with --cases",
        folder.display(), cases.display(), short(then), short(now)
    )]
    OtherCases {
        /// Of which run.
        folder: PathBuf,
        /// Where they were looked for.
        cases: PathBuf,
        /// Their hash in the run.
        then: String,
        /// Their hash now.
        now: String,
    },
    /// A stored answer.
    #[error("{}: the stored answer {id} cannot be read ({why})", folder.display())]
    Answer {
        /// Of which run.
        folder: PathBuf,
        /// Which.
        id: String,
        /// Where in it.
        why: String,
    },
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

impl StoredRun {
    /// Opens a run's folder. `cases`: where its cases are now, if not where
    /// they were.
    ///
    /// # Errors
    /// [`StoredError`].
    pub fn open(folder: &Path, cases: Option<&Path>) -> Result<Self, StoredError> {
        let folder = folder.to_owned();
        let database = folder.join(DATABASE);
        if !database.is_file() {
            return Err(StoredError::NoRun(folder));
        }
        let failed = |source| StoredError::Journal {
            folder: folder.clone(),
            source,
        };
        let journal = Journal::read(&database).map_err(failed)?;
        let meta: RunMeta = kept(&folder, &journal, RunMeta::KEY)?
            .ok_or_else(|| StoredError::NoRun(folder.clone()))?;
        if meta.answers.is_some() {
            return Err(StoredError::Judging(folder));
        }
        let record = record(&folder, &journal)?;
        let set = cases_of(&folder, &meta, cases)?;
        let shape = shape(&folder, &meta, &record, &set)?;
        Ok(Self {
            folder,
            journal,
            meta,
            record,
            shape,
            set,
        })
    }

    /// What an item of an arm came to; `None`: it was not reached.
    ///
    /// # Errors
    /// [`StoredError`] when it cannot be read.
    pub fn result(&self, task: Task) -> Result<Option<ItemResult>, StoredError> {
        self.read(task)
    }

    /// The same for any shape of results.
    ///
    /// # Errors
    /// [`StoredError`] when it cannot be read.
    pub fn read<T: DeserializeOwned>(&self, task: Task) -> Result<Option<T>, StoredError> {
        let id = self.shape.id_of(task);
        let body = self.journal.result(ITEM, &id);
        let body = body.map_err(|source| StoredError::Journal {
            folder: self.folder.clone(),
            source,
        })?;
        body.map(|body| serde_json::from_str(&body))
            .transpose()
            .map_err(|error| StoredError::Answer {
                folder: self.folder.clone(),
                id,
                why: format!("line {}, column {}", error.line(), error.column()),
            })
    }
}

/// Something that the database says of itself.
fn kept<T: DeserializeOwned>(
    folder: &Path,
    journal: &Journal,
    key: &str,
) -> Result<Option<T>, StoredError> {
    let text = journal
        .meta_get(key)
        .map_err(|source| StoredError::Journal {
            folder: folder.to_owned(),
            source,
        })?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| StoredError::Meta {
            folder: folder.to_owned(),
            why: error.to_string(),
        })
}

fn record(folder: &Path, journal: &Journal) -> Result<RunRecord, StoredError> {
    let record: serde_json::Value = kept(folder, journal, RunRecord::KEY)?
        .ok_or_else(|| StoredError::Older(folder.to_owned()))?;
    let found = record.get("format").and_then(|format| format.as_str());
    match found {
        Some(FORMAT) => serde_json::from_value(record).map_err(|error| StoredError::Meta {
            folder: folder.to_owned(),
            why: error.to_string(),
        }),
        found => Err(StoredError::Newer {
            folder: folder.to_owned(),
            found: found.unwrap_or("of no version").to_owned(),
        }),
    }
}

fn cases_of(folder: &Path, meta: &RunMeta, cases: Option<&Path>) -> Result<CaseSet, StoredError> {
    let dir = cases.unwrap_or(&meta.cases_dir);
    let set = cases::load(dir).map_err(|error| StoredError::NoCases {
        folder: folder.to_owned(),
        why: error.to_string(),
    })?;
    if set.hash == meta.case_set {
        Ok(set)
    } else {
        Err(StoredError::OtherCases {
            folder: folder.to_owned(),
            cases: dir.to_owned(),
            then: meta.case_set.clone(),
            now: set.hash,
        })
    }
}

fn shape(
    folder: &Path,
    meta: &RunMeta,
    record: &RunRecord,
    set: &CaseSet,
) -> Result<Shape, StoredError> {
    let unreadable = |why: String| StoredError::Meta {
        folder: folder.to_owned(),
        why,
    };
    let selection = Selection {
        only: meta.only.clone(),
        k: meta.k,
        limit: meta.limit,
    };
    let selected = select(set, &selection).map_err(|error| unreadable(error.to_string()))?;
    let keys: std::collections::HashMap<String, AnswerKey> = selected
        .iter()
        .filter_map(|one| {
            let case = set.cases.get(one.case)?;
            Some((case.id.clone(), AnswerKey::of(case)?))
        })
        .collect();
    let grading = (meta.task == "options").then(|| {
        let rubrics = keys.iter();
        Grading::new(rubrics.map(|(case, key)| (case.as_str(), key.rubric.as_ref())))
    });
    let profile = match grading {
        // Grades have a profile of their own; this one is not looked at.
        Some(_) => Profile::default(),
        None => Profile::by_name(&meta.profile)
            .ok_or_else(|| unreadable(format!("there is no profile {}", meta.profile)))?,
    };
    Ok(Shape {
        arms: record.arms.clone(),
        pairs: record.pairs.clone(),
        items: selected.into_iter().map(|one| one.item).collect(),
        keys,
        trials: meta.trials,
        profile,
        grading,
        simulated: meta.simulated.clone(),
    })
}
