//! Rubrics, read from the JSON as it stands.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// A case's options and units.
pub struct Rubric {
    /// Base case id.
    pub id: String,
    /// Its options.
    pub options: Vec<Opt>,
    /// What there is to know.
    pub units: Vec<Unit>,
}

/// One option.
pub struct Opt {
    pub id: i64,
    /// First of placement, score, grade that is neither null nor 0; else 0.
    pub score: i64,
    /// Label of its group of alternatives.
    pub group: Option<String>,
    pub parents: Vec<i64>,
}

/// What a model knows or does not know as one: an option, or the appropriate
/// members of a group of alternatives together.
pub struct Unit {
    /// The option that is written for it: of a group's appropriate members the
    /// one with the lowest id.
    pub option: usize,
    /// The highest score among its members.
    pub score: i64,
}

impl Rubric {
    /// Leading letters of the id.
    pub fn specialty(&self) -> String {
        self.id
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect()
    }

    fn from_json(value: &Value) -> Option<Self> {
        let options: Vec<Opt> = value["options"]
            .as_array()?
            .iter()
            .filter_map(option)
            .collect();
        let mut units: Vec<Unit> = Vec::new();
        for (place, option) in options.iter().enumerate() {
            if !(1..=9).contains(&option.score) {
                continue;
            }
            let together: Vec<&Opt> = match &option.group {
                Some(_) if option.score >= 7 => options
                    .iter()
                    .filter(|o| o.group == option.group && (7..=9).contains(&o.score))
                    .collect(),
                _ => vec![option],
            };
            if together.iter().all(|other| option.id <= other.id) {
                let score = together.iter().map(|o| o.score).max()?;
                units.push(Unit {
                    option: place,
                    score,
                });
            }
        }
        Some(Self {
            id: value["id"].as_str()?.to_owned(),
            options,
            units,
        })
    }
}

fn option(value: &Value) -> Option<Opt> {
    let score = ["placement", "score", "grade"]
        .iter()
        .filter_map(|name| value[*name].as_i64())
        .find(|score| *score != 0)
        .unwrap_or(0);
    let group = value["abstraction"]
        .as_str()
        .filter(|label| value["abstractionType"] == "alternative" && !label.is_empty())
        .map(str::to_owned);
    let parents = value["dependsOn"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    Some(Opt {
        id: value["id"].as_i64()?,
        score,
        group,
        parents: parents.iter().filter_map(Value::as_i64).collect(),
    })
}

/// All rubrics of a folder, by file name.
pub fn read_all(cases: &Path) -> Result<Vec<Rubric>, Box<dyn Error>> {
    let folder = cases.join("dataset").join("rubrics");
    let in_folder = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files: Vec<_> = fs::read_dir(&folder)
        .map_err(in_folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| {
            let value: Value = serde_json::from_str(&fs::read_to_string(file)?)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            Rubric::from_json(&value).ok_or_else(|| format!("{}: no rubric", file.display()).into())
        })
        .collect()
}
