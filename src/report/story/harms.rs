//! The harms of an answer, and where each came from.

use std::collections::BTreeMap;

use super::edits::brief;
use crate::clinical::HarmType;
use crate::evidence::ledger::{DRAFTS, HarmPath, Trace};
use crate::report::answer_terminal::severity_word;
use crate::report::page::{Page, list};

/// The harms of one answer.
#[derive(Clone, Copy, Debug)]
pub struct HarmStory<'a> {
    /// Through the stages.
    pub trace: &'a Trace,
    /// The options' words, where they are known.
    pub options: &'a BTreeMap<i64, String>,
}

/// Harms of the answer first, then those that were avoided.
pub(super) fn harms(page: &mut Page, story: &HarmStory<'_>) {
    let trace = story.trace;
    if !trace.missing.is_empty() {
        page.heading("Harms");
        page.hang(
            2,
            "",
            &format!("there is no judgment of {}", list(&trace.missing)),
        );
        return;
    }
    let (gone, there): (Vec<&HarmPath>, Vec<&HarmPath>) = trace
        .paths
        .iter()
        .partition(|path| path.removed_by.is_some());
    for (title, paths) in [("Harms", there), ("Harms that were avoided", gone)] {
        if !paths.is_empty() {
            page.heading(title);
        }
        for path in paths {
            page.hang(2, &opening(path), &line(path, story));
        }
    }
}

fn opening(path: &HarmPath) -> String {
    path.option
        .map_or_else(|| "off the rubric: ".to_owned(), |id| format!("[{id}] "))
}

fn line(path: &HarmPath, story: &HarmStory<'_>) -> String {
    let kind = match path.harm_type {
        HarmType::Omission => "left out",
        HarmType::Commission => "recommended",
    };
    let words = path.option.and_then(|id| story.options.get(&id));
    let words = words.map_or_else(String::new, |text| format!(": {}", brief(text)));
    let of = story.trace.drafts.len();
    let mut parts = vec![match path.drafts.len() {
        0 => format!("in none of {of} drafts"),
        n => format!("in {n} of {of} drafts ({})", list(&path.drafts)),
    }];
    if path.introduced_by != DRAFTS {
        parts.push(format!("introduced by {}", path.introduced_by));
    }
    if !path.kept_by.is_empty() {
        parts.push(format!("kept by {}", list(&path.kept_by)));
    }
    match path.removed_by.as_deref() {
        Some(DRAFTS) => parts.push("other drafts make up for it".to_owned()),
        Some(stage) => parts.push(format!("removed by {stage}")),
        None => {}
    }
    if path.unlocated {
        parts.push("unlocated: some evidence is in no item".to_owned());
    }
    let severity = severity_word(path.severity);
    format!("{severity}, {kind}{words}: {}", parts.join("; "))
}
