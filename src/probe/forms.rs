//! Structured answers: which ways of asking for them a server takes, with every
//! schema of ours, and whether the answers keep to them.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::Value;

use crate::deliberation::schemas;
use crate::gateway::probe::Heard;
use crate::gateway::{Ended, Schema};
use crate::judge;
use crate::panel::model::StructuredOutput;

use super::asker::{Asked, Asker, Miss, Trial};
use super::questions;

/// Drafted items and options of the schemas that are tried: a panel and a rubric
/// of the usual size.
const SIZE: (usize, usize) = (12, 36);

/// Every schema that models are asked for, as it is for a panel that drafted so
/// many items and a rubric of so many options.
pub fn schemas(items: usize, options: usize) -> Vec<Arc<Schema>> {
    let ids: Vec<i64> = (1..=options as i64).collect();
    let mut all = vec![
        judge::schema::matching(&ids),
        judge::schema::reviewing(&ids, 1..=items as i64),
    ];
    all.extend(schemas::all(items, options));
    all
}

/// Those that a server is tried with.
pub(super) fn tried() -> Vec<Arc<Schema>> {
    schemas(SIZE.0, SIZE.1)
}

/// From the strictest to the plainest.
pub(super) const MODES: [StructuredOutput; 3] = [
    StructuredOutput::JsonSchema,
    StructuredOutput::JsonObject,
    StructuredOutput::Prompt,
];

/// What became of one way of asking.
#[derive(Clone, Debug)]
pub(super) struct Mode {
    pub(super) mode: StructuredOutput,
    /// Schemas that it was tried with.
    pub(super) tried: usize,
    /// Those of which the answer keeps to the schema, or begins to.
    pub(super) kept: usize,
    /// Those that were refused, with the words.
    pub(super) refused: Vec<(&'static str, String)>,
    /// Those that were answered in another shape, and how.
    pub(super) missed: Vec<(&'static str, String)>,
    /// Why some were not asked.
    pub(super) not_asked: Option<String>,
}

impl Mode {
    /// Can it be used?
    pub(super) fn works(&self) -> bool {
        self.tried > 0 && self.refused.is_empty() && self.missed.is_empty()
    }

    /// The word in a panel.
    pub(super) fn word(mode: StructuredOutput) -> &'static str {
        match mode {
            StructuredOutput::JsonSchema => "json_schema",
            StructuredOutput::JsonObject => "json_object",
            StructuredOutput::Prompt => "prompt",
        }
    }

    /// How it went, in words.
    pub(super) fn words(&self) -> String {
        let word = Self::word(self.mode);
        let names = |list: &[(&'static str, String)]| {
            let names: Vec<&str> = list
                .iter()
                .map(|(name, _)| name.trim_start_matches("primum_"))
                .collect();
            names.join(", ")
        };
        if self.tried == 0 {
            let why = self.not_asked.as_deref().unwrap_or("not asked");
            return format!("{word} not tried ({why})");
        }
        if self.works() {
            return match self.tried {
                1 => format!("{word} works"),
                many => format!("{word} works with all {many} schemas"),
            };
        }
        let mut parts = Vec::new();
        if let Some((_, said)) = self.refused.first() {
            let whom = match self.refused.len() == self.tried {
                true => String::new(),
                false => format!(" for {}", names(&self.refused)),
            };
            parts.push(format!("is refused{whom} ({said})"));
        }
        if let Some((_, how)) = self.missed.first() {
            let whom = match self.missed.len() == self.tried {
                true => String::new(),
                false => format!(" for {}", names(&self.missed)),
            };
            parts.push(format!("is not kept to{whom} ({how})"));
        }
        format!("{word} {}", parts.join(" and "))
    }
}

/// Tries every mode. `thinks`: the model needs room before its first word.
pub(super) async fn probe(
    asker: &Asker<'_>,
    trial: &Trial,
    thinks: bool,
    schemas: &[Arc<Schema>],
) -> Vec<Mode> {
    let modes = MODES.map(|mode| {
        let tried = match mode {
            StructuredOutput::JsonSchema => schemas,
            // The server does not see the schema.
            _ => schemas.get(..1).unwrap_or_default(),
        };
        one(asker, trial, thinks, mode, tried)
    });
    join_all(modes).await
}

async fn one(
    asker: &Asker<'_>,
    trial: &Trial,
    thinks: bool,
    mode: StructuredOutput,
    schemas: &[Arc<Schema>],
) -> Mode {
    let asked = schemas.iter().enumerate().map(|(at, schema)| async move {
        // One answer to its end; of the others, whether they are taken and how
        // they begin.
        let most = match (at, thinks) {
            (0, true) => questions::THINKING,
            (0, false) => questions::FORM,
            (_, true) => questions::FEW,
            (_, false) => questions::BEGINNING,
        };
        let asked = Asked {
            schema: Some((Arc::clone(schema), mode)),
            ..Asked::new(questions::form(schema), most)
        };
        (schema, asker.ask(trial, &asked).await)
    });
    let mut found = Mode {
        mode,
        tried: 0,
        kept: 0,
        refused: Vec::new(),
        missed: Vec::new(),
        not_asked: None,
    };
    for (schema, answer) in join_all(asked).await {
        let name = schema.name();
        match answer.map_err(taken_all_the_same) {
            Ok(heard) => match keeps(&heard, schema) {
                Ok(()) => found.kept += 1,
                Err(how) => found.missed.push((name, how)),
            },
            Err(None) => found.kept += 1,
            Err(Some(Miss::NotAsked(why))) => {
                found.not_asked = Some(why);
                continue;
            }
            Err(Some(Miss::Refused(refusal))) => found.refused.push((name, refusal.words)),
        }
        found.tried += 1;
    }
    found
}

/// A model that thought until its limit took the schema; what it would have
/// said is not known.
fn taken_all_the_same(miss: Miss) -> Option<Miss> {
    match miss {
        Miss::Refused(refusal) if refusal.is_all_thought() => None,
        miss => Some(miss),
    }
}

/// Does an answer keep to the schema, or begin to where it was cut?
fn keeps(heard: &Heard, schema: &Schema) -> Result<(), String> {
    let Some(Err(misfit)) = &heard.fits else {
        return Ok(());
    };
    if heard.ended == Ended::Natural {
        return Err(misfit.clone());
    }
    match begins_like(&heard.text, schema.value()) {
        true => Ok(()),
        false => Err("the answer does not begin like it".into()),
    }
}

/// Does a text begin with an object whose first member is one of the schema's?
fn begins_like(text: &str, schema: &Value) -> bool {
    let text = text.trim_start();
    let text = text.strip_prefix("```json").unwrap_or(text).trim_start();
    let Some(inside) = text.strip_prefix('{') else {
        return text.is_empty();
    };
    let inside = inside.trim_start();
    let Some(key) = inside.strip_prefix('"') else {
        return inside.is_empty();
    };
    let members = schema.get("properties").and_then(Value::as_object);
    let mut members = members.into_iter().flat_map(|members| members.keys());
    match key.split_once('"') {
        Some((key, _)) => members.any(|member| member == key),
        None => members.any(|member| member.starts_with(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_beginning_is_known() {
        let schema = json!({"properties": {"edits": {}, "reason": {}}});
        for (text, like) in [
            ("{\"edits\": [", true),
            (" {\n  \"reason\"", true),
            ("{\"ed", true),
            ("{ ", true),
            ("```json\n{\"edits\"", true),
            ("{\"answer\": 1", false),
            ("{'edits'", false),
            ("Here is the JSON: {\"edits\"", false),
            ("[", false),
        ] {
            assert_eq!(begins_like(text, &schema), like, "{text}");
        }
    }

    #[test]
    fn every_schema_has_a_name_of_its_own() {
        let all = tried();
        let mut names: Vec<&str> = all.iter().map(|schema| schema.name()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert!(all >= 10 && names.len() == all, "{names:?}");
    }
}
