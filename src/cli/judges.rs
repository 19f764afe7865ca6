//! Judges: their files, where they come from, and what must be said of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::bench::verdict::{name_in_records, shown_name};
use crate::bench::{stand_ins, told};
use crate::panel::model::{Agent, Judge, Panel};
use crate::panel::{self};
use crate::report::score_summary::JudgeSource;
use crate::report::summary::PromptId;

use super::asking::Asked;
use super::{Failure, panel as panels};

/// A judge of a file of its own.
#[derive(Clone, Debug)]
pub struct LoadedJudge {
    /// Its models and prompts.
    pub panel: Arc<Panel>,
    /// The judge.
    pub judge: Judge,
    /// Its name, as reports show it.
    pub name: String,
    /// Its name in judged records.
    pub in_records: String,
}

/// Reads judge files. Warnings go to stderr; two judges of one name are
/// refused, because verdicts are told apart by it.
pub fn load(files: &[PathBuf]) -> Result<Vec<LoadedJudge>, Failure> {
    let mut judges: Vec<LoadedJudge> = Vec::new();
    for file in files {
        let style = panels::stderr_style();
        let loaded =
            panel::load_judge(file).map_err(|found| Failure::usage(found.render(style)))?;
        if !loaded.warnings.is_empty() {
            eprintln!("{}", loaded.warnings.render(style));
        }
        let judge = loaded.set.judge.clone();
        let panel = Arc::new(loaded.set.into_panel());
        let simulated = stand_ins::simulated_judge(&panel, &judge).any();
        let name = shown_name(&judge, simulated);
        // Records that do not name their judge cannot be told apart by it.
        let in_records = if files.len() > 1 {
            name.clone()
        } else {
            name_in_records(&judge, simulated)
        };
        if judges.iter().any(|known| known.name == name) {
            return Err(Failure::usage(format!(
                "two judges are named \"{}\": give one of them another `name` in its file",
                judge.name
            )));
        }
        judges.push(LoadedJudge {
            panel,
            judge,
            name,
            in_records,
        });
    }
    Ok(judges)
}

fn agents(judge: &Judge) -> impl Iterator<Item = &Agent> {
    std::iter::once(&judge.match_agent).chain(&judge.review_agent)
}

/// Where a judge's verdicts come from.
pub fn source(panel: &Panel, judge: &Judge) -> JudgeSource {
    let model = |agent: &Agent| {
        panel.models.get(&agent.model).map_or_else(
            || agent.model.clone(),
            |model| format!("{}/{}", model.provider, model.id),
        )
    };
    JudgeSource {
        matching: Some(model(&judge.match_agent)),
        review: judge.review_agent.as_ref().map(model),
        prompts: agents(judge)
            .filter_map(|agent| panel.prompts.get(&agent.prompt))
            .map(|prompt| PromptId {
                name: prompt.name.clone(),
                version: prompt.version().map(str::to_owned),
                sha256: prompt.sha256.clone(),
            })
            .collect(),
    }
}

/// The sources of judges by their names in judged records.
pub fn sources(judges: &[LoadedJudge]) -> BTreeMap<String, JudgeSource> {
    judges
        .iter()
        .map(|judge| {
            let source = source(&judge.panel, &judge.judge);
            (judge.in_records.clone(), source)
        })
        .collect()
}

/// Vendors of everybody who answers in a panel, with who that is.
pub fn vendors_of(panel: &Panel) -> Vec<(String, String)> {
    let agents = panel
        .advisors
        .iter()
        .chain(&panel.moderator)
        .chain(&panel.guardians)
        .map(|agent| (agent.vendor.clone(), agent.name.clone()));
    let alone = panel.solo.iter().filter_map(|solo| {
        let model = panel.models.get(&solo.model)?;
        Some((model.vendor.clone(), solo.model.clone()))
    });
    agents.chain(alone).collect()
}

/// What came with the judges' answers, as warnings.
pub fn told(asked: &Asked) -> Result<Vec<String>, Failure> {
    let answered = asked.journal.answered().map_err(Failure::data)?;
    Ok(told::warnings(&answered))
}

/// A warning for each vendor that a judge shares with somebody whom it judges:
/// judges tend to favour their own kind.
pub fn vendor_warnings(judge: &Judge, judged: &[(String, String)]) -> Vec<String> {
    let own: BTreeSet<&str> = agents(judge)
        .map(|agent| agent.vendor.as_str())
        .filter(|vendor| !vendor.is_empty())
        .collect();
    own.into_iter()
        .filter_map(|vendor| {
            let mut names: Vec<&str> = judged
                .iter()
                .filter(|(theirs, _)| theirs == vendor)
                .map(|(_, name)| name.as_str())
                .collect();
            names.dedup();
            (!names.is_empty()).then(|| {
                format!(
                    "The judge {} is of the same vendor ({vendor}) as {}, whom it judges; judges \
                     tend to favour their own kind",
                    judge.name,
                    names.join(", ")
                )
            })
        })
        .collect()
}
