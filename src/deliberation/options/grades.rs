//! Reading an answer: which options have exactly one grade.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::list::OptionList;
use crate::clinical::{Grade, GradedOption, PatientText};
use crate::deliberation::said;
use crate::gateway::Schema;
use crate::gateway::shape::{list, object, reference, remark, word};

/// What an agent must answer: the benchmark's array, inside an object, since
/// strict schemas want one. A bare array out of prose is read as well.
pub fn schema(options: &OptionList) -> Arc<Schema> {
    let grade = object([
        ("Option", reference(options.names())),
        ("GradeAI", word(&["Appropriate", "Inappropriate"])),
        ("Rationale", remark()),
    ]);
    let (least, most) = (options.len(), options.len());
    Arc::new(Schema::new(
        "primum_options",
        object([("grades", list(grade, least, most))]),
    ))
}

#[derive(Deserialize)]
struct Answer {
    grades: Vec<Given>,
}

/// One grade as it was given.
#[derive(Deserialize)]
struct Given {
    #[serde(rename = "Option", deserialize_with = "said::number")]
    option: Option<i64>,
    #[serde(rename = "GradeAI")]
    grade: Grade,
    #[serde(rename = "Rationale")]
    rationale: PatientText,
}

/// An answer held against the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Options with exactly one grade.
    pub usable: BTreeMap<i64, GradedOption>,
    /// Options without one, in the order of the list.
    pub missing: Vec<i64>,
    /// Options with several, the same or not, in the order of the list.
    pub repeated: Vec<i64>,
    /// Numbers that the list does not have, ascending.
    pub unknown: Vec<i64>,
    /// Grades of what is no number at all.
    pub nameless: usize,
}

impl Reading {
    /// Reads an answer that fits [`schema`]; `None` when it does not.
    pub fn of(answer: &Value, list: &OptionList) -> Option<Self> {
        let answer = Answer::deserialize(answer).ok()?;
        let mut by_number: BTreeMap<i64, Vec<GradedOption>> = BTreeMap::new();
        let mut reading = Self::default();
        for given in answer.grades {
            let Some(option) = given.option else {
                reading.nameless += 1;
                continue;
            };
            by_number.entry(option).or_default().push(GradedOption {
                option,
                grade: given.grade,
                rationale: given.rationale,
            });
        }
        for number in list.numbers() {
            match by_number.remove(&number).as_deref() {
                None | Some([]) => reading.missing.push(number),
                Some([one]) => {
                    reading.usable.insert(number, one.clone());
                }
                Some(_) => reading.repeated.push(number),
            }
        }
        reading.unknown = by_number.into_keys().collect();
        Some(reading)
    }

    /// Exactly the options of the list, each once?
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty()
            && self.repeated.is_empty()
            && self.unknown.is_empty()
            && self.nameless == 0
    }

    /// Options of the list without a usable grade, in its order.
    pub fn ungraded(&self, list: &OptionList) -> Vec<i64> {
        list.numbers()
            .filter(|number| !self.usable.contains_key(number))
            .collect()
    }

    /// What is wrong, for the model.
    pub fn complaint(&self) -> String {
        let all = |numbers: &[i64]| {
            let words: Vec<String> = numbers.iter().map(|n| OptionList::name(*n)).collect();
            words.join(", ")
        };
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(format!("options without a grade: {}", all(&self.missing)));
        }
        if !self.repeated.is_empty() {
            let numbers = all(&self.repeated);
            parts.push(format!("options with more than one grade: {numbers}"));
        }
        if !self.unknown.is_empty() {
            let numbers = all(&self.unknown);
            parts.push(format!("options that the list does not have: {numbers}"));
        }
        if self.nameless > 0 {
            parts.push(format!(
                "grades of no option of the list: {}",
                self.nameless
            ));
        }
        parts.join("; ")
    }

    /// Which options the second question is about: those in trouble, or all
    /// when only foreign numbers are: the numbering may have slipped.
    pub fn in_question(&self, list: &OptionList) -> BTreeSet<i64> {
        let trouble: BTreeSet<i64> = self.missing.iter().chain(&self.repeated).copied().collect();
        if trouble.is_empty() && (!self.unknown.is_empty() || self.nameless > 0) {
            list.numbers().collect()
        } else {
            trouble
        }
    }

    /// The grades after the second answer: what was in question is taken from
    /// it where it is usable there; everything else stays.
    pub fn mended(mut self, second: Self, list: &OptionList) -> Self {
        let asked = self.in_question(list);
        for (number, grade) in second.usable {
            if asked.contains(&number) {
                self.usable.insert(number, grade);
            }
        }
        let usable = &self.usable;
        let open = |numbers: Vec<i64>| -> Vec<i64> {
            let open = numbers.into_iter().filter(|n| !usable.contains_key(n));
            open.collect()
        };
        Self {
            missing: open(self.missing),
            repeated: open(self.repeated),
            unknown: second.unknown,
            nameless: second.nameless,
            usable: self.usable,
        }
    }
}
