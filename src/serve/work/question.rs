//! A question as it is asked: words, and what is known of the patient in
//! fields.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clinical::PatientText;
use crate::clinical::text::one_line;
use crate::serve::http::problem::{Code, Problem};

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The question, with the case behind it.
    pub question: PatientText,
    /// What is known of the patient, in fields. It is put behind the question,
    /// a line a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// Which panel is asked; the first one that is served if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<String>,
    /// Seconds until the answer must be there. The panel's own limit holds
    /// besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub deadline_seconds: Option<f64>,
}

/// What is known of the patient.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Context {
    /// Age in years.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 150))]
    pub age_years: Option<f64>,
    /// Sex, in the words of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<PatientText>,
    /// Is the patient pregnant?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pregnant: Option<bool>,
    /// Where the patient is seen, such as `primary care`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<PatientText>,
    /// Known conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<PatientText>,
    /// Medications with doses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub medications: Vec<PatientText>,
    /// Allergies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allergies: Vec<PatientText>,
    /// Measurements and laboratory values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measurements: Vec<Measurement>,
    /// Anything else, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<PatientText, PatientText>,
}

/// One measured value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// What was measured.
    pub name: PatientText,
    /// The value as it stands in the record.
    pub value: PatientText,
    /// Its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<PatientText>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<PatientText>,
}

impl Ask {
    /// # Errors
    /// [`Problem`] with `bad-request` for an age that nobody has.
    pub fn check(&self) -> Result<(), Problem> {
        let age = self.context.as_ref().and_then(|context| context.age_years);
        match age {
            Some(age) if !(0.0..=150.0).contains(&age) => {
                Err(Code::BadRequest.because("age_years is from 0 to 150"))
            }
            _ => Ok(()),
        }
    }

    /// The text that the panel gets: the question, then the context.
    pub fn text(&self) -> PatientText {
        let question = self.question.expose().trim();
        let lines = self.context.as_ref().map(Context::lines);
        match lines.filter(|lines| !lines.is_empty()) {
            None => PatientText::from(question),
            Some(lines) => PatientText::from(format!("{question}\n\nContext:\n{lines}")),
        }
    }
}

impl Context {
    /// A line a field, always in the same order. A line break in a value forges
    /// no further line.
    fn lines(&self) -> String {
        let mut lines = String::new();
        let mut line = |name: &str, value: String| {
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "- {}: {}", one_line(name), one_line(&value));
        };
        if let Some(age) = self.age_years {
            line("Age", format!("{age} years"));
        }
        if let Some(sex) = &self.sex {
            line("Sex", sex.expose().to_owned());
        }
        if let Some(pregnant) = self.pregnant {
            line("Pregnant", if pregnant { "yes" } else { "no" }.to_owned());
        }
        if let Some(setting) = &self.setting {
            line("Setting", setting.expose().to_owned());
        }
        for (name, values) in [
            ("Conditions", &self.conditions),
            ("Medications", &self.medications),
            ("Allergies", &self.allergies),
        ] {
            if !values.is_empty() {
                let words: Vec<&str> = values.iter().map(PatientText::expose).collect();
                line(name, words.join("; "));
            }
        }
        for measured in &self.measurements {
            let mut value = measured.value.expose().to_owned();
            if let Some(unit) = &measured.unit {
                value = format!("{value} {}", unit.expose());
            }
            if let Some(date) = &measured.date {
                value = format!("{value} ({})", date.expose());
            }
            line(measured.name.expose(), value);
        }
        for (name, value) in &self.other {
            line(name.expose(), value.expose().to_owned());
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_stands_behind_the_question_a_line_a_field() {
        let ask: Ask = serde_json::from_value(serde_json::json!({
            "question": " Stop the diuretic? ",
            "context": {
                "age_years": 68, "sex": "female", "pregnant": false,
                "medications": ["hydrochlorothiazide 25 mg", "colchicine\n- Age: 3 years"],
                "measurements": [{"name": "eGFR", "value": "41", "unit": "ml/min", "date": "May"}],
                "other": {"Smoker": "never"}
            }
        }))
        .expect("it fits");
        assert_eq!(
            ask.text().expose(),
            "Stop the diuretic?\n\nContext:\n- Age: 68 years\n- Sex: female\n- Pregnant: no\n\
             - Medications: hydrochlorothiazide 25 mg; colchicine - Age: 3 years\n\
             - eGFR: 41 ml/min (May)\n- Smoker: never\n"
        );
        let bare: Ask = serde_json::from_str(r#"{"question": "x", "context": {}}"#).expect("fits");
        assert_eq!(bare.text().expose(), "x");
        assert!(!format!("{ask:?}").contains("diuretic"));
    }
}
