//! Where scored files go.

use std::path::{Path, PathBuf};

use crate::report::{ScoreReport, ScoreTable};
use crate::score::{Profile, csv_text};
use crate::whole_file::{self, WriteError};

/// A folder of scored files: `judged/NAME.jsonl`, `scores/NAME.csv` and
/// `summary.json`. With several profiles each has its own folders:
/// `judged/PROFILE/NAME.jsonl`.
#[derive(Clone, Debug)]
pub struct Output {
    dir: PathBuf,
    profiles: Vec<String>,
}

impl Output {
    /// Makes the folders.
    ///
    /// # Errors
    /// `WriteError` when one cannot be made.
    pub fn create(dir: &Path, profiles: &[Profile]) -> Result<Self, WriteError> {
        let output = Self {
            dir: dir.to_owned(),
            profiles: profiles.iter().map(|p| p.name().to_owned()).collect(),
        };
        for profile in &output.profiles {
            for kind in ["judged", "scores"] {
                whole_file::folder(&output.folder(kind, profile))?;
            }
        }
        Ok(output)
    }

    fn folder(&self, kind: &str, profile: &str) -> PathBuf {
        let folder = self.dir.join(kind);
        if self.profiles.len() > 1 {
            folder.join(profile)
        } else {
            folder
        }
    }

    /// The judged files of an arm, by profile.
    pub fn judged(&self, name: &str) -> Vec<PathBuf> {
        self.profiles
            .iter()
            .map(|profile| {
                self.folder("judged", profile)
                    .join(format!("{}.jsonl", safe(name)))
            })
            .collect()
    }

    fn scores(&self, table: &ScoreTable) -> PathBuf {
        let file = match &table.judge {
            None => format!("{}.csv", safe(&table.arm)),
            Some(judge) => format!("{}.by-{}.csv", safe(&table.arm), safe(judge)),
        };
        self.folder("scores", &table.profile).join(file)
    }

    /// Writes score files and summary. Simulated numbers say so in every line.
    ///
    /// # Errors
    /// `WriteError` when one cannot be written.
    pub fn write(&self, report: &ScoreReport) -> Result<(), WriteError> {
        for table in &report.tables {
            let mark = report.summary.simulated.marked(" ");
            let csv = csv_text(&table.rows).replace("\nOverall,", &format!("\n{mark}Overall,"));
            whole_file::write(&self.scores(table), csv.as_bytes())?;
        }
        whole_file::write_json(&self.dir.join("summary.json"), &report.summary)
    }
}

/// A name as part of a file's name.
fn safe(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_alphanumeric() || "._-@+".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect()
}
