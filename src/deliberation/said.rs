//! What the fields of structured answers say. Our schemas know no null: a word
//! says that there is nothing. Null is read as that word too.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::clinical::PatientText;
use crate::gateway::shape::NONE;

/// Categories of recommendations, and the word for none of them.
pub const CATEGORIES: [&str; 6] = [
    "Diagnostic",
    "Medication",
    "Procedure",
    "Counseling",
    "Follow-up",
    NONE,
];

/// A word of a vocabulary; `none` is none.
///
/// # Errors
/// When the word is not of the vocabulary.
pub fn word<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<Option<T>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::String(word) if word == NONE => Ok(None),
        word => T::deserialize(word).map(Some).map_err(D::Error::custom),
    }
}

/// Words; an empty text is none, and so is one that only says so.
///
/// # Errors
/// When it is no text.
pub fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PatientText>, D::Error> {
    let text = Option::<PatientText>::deserialize(from)?;
    Ok(text.filter(|text| {
        let bare = text.expose().trim().trim_end_matches('.');
        let nothing = ["", "none", "null", "n/a", "-"];
        !nothing.iter().any(|word| bare.eq_ignore_ascii_case(word))
    }))
}

/// The number in a reference such as `R3`; `none` is none, and so is what names
/// nothing.
///
/// # Errors
/// When it is neither text nor number.
pub fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::Number(number) => Ok(number.as_i64()),
        Value::String(name) => Ok(number_in(&name)),
        _ => Err(D::Error::custom("no reference")),
    }
}

/// The number in a name such as `R3`; `None`: it is no such name.
pub fn number_in(name: &str) -> Option<i64> {
    let letters = |c: char| c.is_ascii_alphabetic();
    name.trim().trim_start_matches(letters).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::Category;
    use serde_json::json;

    #[derive(Deserialize)]
    struct Said {
        #[serde(deserialize_with = "word")]
        category: Option<Category>,
        #[serde(deserialize_with = "text")]
        words: Option<PatientText>,
        #[serde(deserialize_with = "number")]
        item: Option<i64>,
    }

    fn said(category: Value, words: Value, item: Value) -> Option<Said> {
        let said = json!({"category": category, "words": words, "item": item});
        Said::deserialize(said).ok()
    }

    #[test]
    fn nothing_is_said_in_many_ways() {
        for nothing in [json!(null), json!("none")] {
            let said = said(nothing.clone(), nothing.clone(), nothing).expect("fits");
            assert!(said.category.is_none() && said.words.is_none() && said.item.is_none());
        }
        let said_ = said(json!("Follow-up"), json!("No."), json!("R12")).expect("fits");
        assert_eq!(said_.category, Some(Category::FollowUp));
        assert_eq!(
            said_.words.map(|w| w.expose().to_owned()),
            Some("No.".into())
        );
        assert_eq!(said_.item, Some(12));
        assert!(said(json!("Else"), json!("x"), json!(1)).is_none());
        let said = said(json!("none"), json!(" N/A. "), json!("the first")).expect("fits");
        assert!(said.words.is_none() && said.item.is_none());
    }
}
