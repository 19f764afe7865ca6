//! Reading an answer: which options have exactly one grade.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use serde_json::{Value, json};

use super::list::OptionList;
use crate::clinical::GradedOption;
use crate::gateway::Schema;

/// What an agent must answer: the benchmark's array, inside an object, since
/// strict schemas want one. A bare array out of prose is read as well.
pub static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    Arc::new(Schema::new(
        "primum_options",
        json!({
            "title": "primum_options",
            "type": "object",
            "additionalProperties": false,
            "required": ["grades"],
            "properties": {
                "grades": {"type": "array", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["Option", "GradeAI", "Rationale"],
                    "properties": {
                        "Option": {"type": "integer"},
                        "GradeAI": {"enum": ["Appropriate", "Inappropriate"]},
                        "Rationale": {"type": "string"}
                    }
                }}
            }
        }),
    ))
});

#[derive(Deserialize)]
struct Answer {
    grades: Vec<GradedOption>,
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
}

impl Reading {
    /// Reads an answer that fits [`SCHEMA`]; `None` when it does not, as with a
    /// number that fits no integer of ours.
    pub fn of(answer: &Value, list: &OptionList) -> Option<Self> {
        let answer = Answer::deserialize(answer).ok()?;
        let mut by_number: BTreeMap<i64, Vec<GradedOption>> = BTreeMap::new();
        for grade in answer.grades {
            by_number.entry(grade.option).or_default().push(grade);
        }
        let mut reading = Self::default();
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
        self.missing.is_empty() && self.repeated.is_empty() && self.unknown.is_empty()
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
            let words: Vec<String> = numbers.iter().map(ToString::to_string).collect();
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
            let numbers = super::numbers(&self.unknown);
            parts.push(format!("numbers that the list does not have: {numbers}"));
        }
        parts.join("; ")
    }

    /// Which options the second question is about: those in trouble, or all
    /// when only foreign numbers are: the numbering may have slipped.
    pub fn in_question(&self, list: &OptionList) -> BTreeSet<i64> {
        let trouble: BTreeSet<i64> = self.missing.iter().chain(&self.repeated).copied().collect();
        if trouble.is_empty() && !self.unknown.is_empty() {
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
            usable: self.usable,
        }
    }
}
