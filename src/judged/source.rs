//! What a run folder says about the judge behind its judged files. The
//! benchmark's judged record has no room for the prompts' hash, so it stands in
//! the `summary.json` beside the folder `judged`.

use crate::clinical::Simulated;
use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::report::score_summary::JudgeSource;
use crate::report::summary::PromptId;

/// What is known of the judges of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Judges by the name in the records.
    pub judges: BTreeMap<String, JudgeSource>,
    /// Which parts are said to be simulated.
    pub simulated: Simulated,
}

/// The source of a judged file in a run folder; nothing for any other file.
pub fn source_of(judged: &Path) -> Source {
    read(judged).unwrap_or_default()
}

fn read(judged: &Path) -> Option<Source> {
    let folder = judged
        .parent()?
        .ancestors()
        .take(2)
        .find(|folder| folder.file_name().is_some_and(|name| name == "judged"))?;
    let text = std::fs::read_to_string(folder.parent()?.join("summary.json")).ok()?;
    let summary: Value = serde_json::from_str(&text).ok()?;
    let format = summary.get("format")?.as_str()?;
    let judges = if format.starts_with("primum-score/") {
        serde_json::from_value(summary.get("judges")?.clone()).ok()?
    } else if format.starts_with("primum-summary/") {
        let judge = summary.get("judge")?;
        let name = judge.get("name")?.as_str()?.to_owned();
        BTreeMap::from([(name, serde_json::from_value(judge.clone()).ok()?)])
    } else {
        return None;
    };
    Some(Source {
        judges,
        simulated: serde_json::from_value(summary).unwrap_or_default(),
    })
}

/// One hash for all prompts of a judge; `None` without any.
pub fn prompts_hash(prompts: &[PromptId]) -> Option<String> {
    if prompts.is_empty() {
        return None;
    }
    let mut sha = Sha256::new();
    for prompt in prompts {
        sha.update(&prompt.sha256);
        sha.update("\n");
    }
    let mut hex = String::new();
    for byte in sha.finalize() {
        hex.push_str(&format!("{byte:02x}"));
    }
    Some(hex)
}
