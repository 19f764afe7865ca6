//! Responses: what an arm answered (scoring.md, 2.1).

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::{Keyed, Record};
use crate::clinical::PatientText;

/// One line of a responses file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseRecord {
    /// Item id.
    pub id: String,
    /// Repeat of the item, from 0; 1 if the file does not say.
    #[serde(default = "first_trial")]
    pub trial: u64,
    /// The answer; null and empty answers are never judged.
    pub response: Option<PatientText>,
    /// Seconds.
    #[serde(default)]
    pub runtime: Option<Number>,
    /// Token counts as the provider gave them.
    #[serde(default)]
    pub usage: Option<Value>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<PatientText>,
}

fn first_trial() -> u64 {
    1
}

impl ResponseRecord {
    /// Length of a non-empty answer in Unicode code points; `None` for an
    /// item that has no answer and is therefore never judged.
    pub fn answer_len(&self) -> Option<u64> {
        self.response
            .as_ref()
            .and_then(|text| response_len(text.expose()))
    }
}

impl Record for ResponseRecord {
    const KIND: &'static str = "response record";
}

impl Keyed for ResponseRecord {
    fn key(&self) -> (&str, u64) {
        (&self.id, self.trial)
    }
}

/// Length for the length correction (scoring.md, section 8): Unicode code
/// points, `None` for an empty text.
pub fn response_len(text: &str) -> Option<u64> {
    // A text in memory has fewer than 2^64 characters.
    (!text.is_empty()).then(|| text.chars().count() as u64)
}
