//! Answers of anybody: `{id, trial, response}` lines.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::cases::Fault;
use crate::clinical::{PatientText, Simulated};
use crate::score::{Record, ResponseRecord};

use super::check;
use super::expected::ItemFilter;
use super::file::ReadError;
use super::pipeline::{Stopped, each_line};

/// A file of answers.
#[derive(Debug)]
pub struct ResponsesFile {
    /// Where it is.
    pub path: PathBuf,
    /// Name of its arm.
    pub name: String,
    /// Answers in the order of the file, each item and trial once.
    pub answers: Vec<Answer>,
    /// Items and trials that it has something about, readable or not.
    pub found: Vec<(String, u64)>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// Which answers are said to be simulated.
    pub simulated: Simulated,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Item id.
    pub item: String,
    /// Trial.
    pub trial: u32,
    /// The words; `None`: there is no answer.
    pub text: Option<PatientText>,
}

/// What a line says of its answer, as our own files do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// Nothing.
    Nothing,
    /// A part of what stands behind it is simulated.
    Part,
    /// All of it is.
    All,
}

fn says_simulated(text: &str) -> Said {
    #[derive(serde::Deserialize)]
    struct Mark {
        simulated: Option<serde_json::Value>,
    }
    if !text.contains("SIMULATED") {
        return Said::Nothing;
    }
    let mark = serde_json::from_str::<Mark>(text)
        .ok()
        .and_then(|mark| mark.simulated);
    match mark.as_ref().and_then(serde_json::Value::as_str) {
        Some("SIMULATED") => Said::All,
        Some(mark) if mark.starts_with("SIMULATED ") => Said::Part,
        _ => Said::Nothing,
    }
}

/// Reads a file of answers. An item that is not `known` is a fault.
///
/// # Errors
/// [`ReadError`] when the file cannot be read.
pub fn read_responses(
    path: &Path,
    name: &str,
    filter: &ItemFilter,
    known: impl Fn(&str) -> bool + Sync,
) -> Result<ResponsesFile, ReadError> {
    let mut file = ResponsesFile {
        path: path.to_owned(),
        name: name.to_owned(),
        answers: Vec::new(),
        found: Vec::new(),
        faults: Vec::new(),
        simulated: Simulated::default(),
    };
    let (mut any, mut all) = (false, true);
    let mut places: HashMap<(String, u32), (usize, usize)> = HashMap::new();
    let work = |line: super::pipeline::Line<'_>| {
        let Some(text) = line.text else {
            return (
                Err((None, vec![check::not_utf8(line.number)])),
                Said::Nothing,
            );
        };
        let read = ResponseRecord::from_line(text);
        let answer = read.map_err(|_| ()).and_then(|record| {
            let trial = u32::try_from(record.trial).map_err(|_| ())?;
            Ok(Answer {
                item: record.id,
                trial,
                text: record.response.filter(|text| !text.is_blank()),
            })
        });
        let simulated = says_simulated(text);
        match answer {
            Ok(answer) if known(&answer.item) => (Ok(answer), simulated),
            Ok(answer) => {
                let flaw = check::unknown_item(text, line.number, &answer.item);
                let key = Some((answer.item, u64::from(answer.trial)));
                (Err((key, vec![flaw])), simulated)
            }
            Err(()) => {
                let flaws = check::response_flaws(text, line.number);
                (Err((check::key_of(text), flaws)), simulated)
            }
        }
    };
    let sink = |_: usize, number: usize, (outcome, said): (Result<Answer, _>, Said)| {
        any |= said != Said::Nothing;
        all &= said == Said::All;
        match outcome {
            Err((key, flaws)) => {
                let key: Option<(String, u64)> = key;
                if key.as_ref().is_none_or(|(id, _)| filter.takes(id)) {
                    let flaws: Vec<crate::cases::Flaw> = flaws;
                    file.found.extend(key);
                    file.faults
                        .extend(flaws.into_iter().map(|flaw| flaw.in_file(path)));
                }
            }
            Ok(answer) if !filter.takes(&answer.item) => {}
            Ok(answer) => {
                let key = (answer.item.clone(), answer.trial);
                if let Some((place, first)) = places.get(&key).copied() {
                    let what = "an answer of the same id and trial";
                    let flaw = check::repeated(number, what, &answer.item, first);
                    file.faults.push(flaw.in_file(path));
                    file.answers[place] = answer;
                } else {
                    places.insert(key, (file.answers.len(), number));
                    file.found
                        .push((answer.item.clone(), u64::from(answer.trial)));
                    file.answers.push(answer);
                }
            }
        }
        Ok::<(), std::convert::Infallible>(())
    };
    match each_line(&[path], work, sink) {
        Ok(()) => Ok(ResponsesFile {
            simulated: Simulated::answers(any, any && all),
            ..file
        }),
        Err(Stopped::Read(_, source)) => Err(ReadError::Read {
            path: path.to_owned(),
            source,
        }),
        Err(Stopped::Sink(never)) => match never {},
    }
}
