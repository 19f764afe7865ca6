//! The story of single items: where they came from, what happened to them, and
//! how they ended.

use super::edits;
use crate::clinical::ledger::Origin;
use crate::clinical::{Fate, Ledger, LedgerEntry};
use crate::report::page::{Page, list};

/// Every drafted item by itself, where nothing was pooled.
pub(super) fn drafted(page: &mut Page, ledger: &Ledger) {
    let heading = "What became of every drafted item";
    some(page, ledger, heading, |origin| {
        matches!(origin, Origin::Draft(_))
    });
}

/// Items that were not drafted: a guardian's, and a moderator's own.
pub(super) fn others(page: &mut Page, ledger: &Ledger) {
    some(page, ledger, "What guardians added", |origin| {
        matches!(origin, Origin::Guardian(_))
    });
    let heading = "What the moderator wrote without a basis";
    some(page, ledger, heading, |origin| {
        matches!(origin, Origin::Moderator(_))
    });
}

/// The items of some origins, below a heading if there are any.
fn some(page: &mut Page, ledger: &Ledger, heading: &str, belongs: impl Fn(&Origin) -> bool) {
    let mut first = true;
    for entry in ledger.entries.iter().filter(|e| belongs(&e.origin)) {
        if std::mem::take(&mut first) {
            page.heading(heading);
        }
        one(page, ledger, entry);
    }
}

fn one(page: &mut Page, ledger: &Ledger, entry: &LedgerEntry) {
    page.gap();
    let head = format!("{}: ", super::origin(&entry.origin));
    let text = entry.text.expose();
    let text = match &entry.origin {
        Origin::Guardian(_) => edits::brief(text),
        _ => text.into(),
    };
    page.hang(2, &head, &text);
    for event in &entry.events {
        edits::event(page, 6, event, None);
    }
    page.hang(6, "→ ", &fate(ledger, entry));
}

/// How an item ended, with those that ended together with it.
pub(super) fn fate(ledger: &Ledger, entry: &LedgerEntry) -> String {
    match &entry.fate {
        Fate::Kept { number } => format!("item {number}, in its own words"),
        Fate::Merged { number } => match together(ledger, entry, *number) {
            None => format!("item {number}, in other words"),
            Some(others) => format!("item {number}, together with {others}"),
        },
        Fate::Split { numbers } => {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            format!("items {}", list(&numbers))
        }
        Fate::Modified { number } => {
            let others = together(ledger, entry, *number)
                .map(|others| format!(", together with {others}"))
                .unwrap_or_default();
            format!("item {number}, in words that a guardian changed{others}")
        }
        Fate::Removed { by } => format!("not in the plan: {}", removed_by(by)),
    }
}

/// Who or what took an item out.
pub(super) fn removed_by(stage: &str) -> String {
    match stage.split_once(':') {
        Some((stage, name)) => format!("removed by {name} ({stage})"),
        None if stage == super::RENDERER => "left out for the word budget".to_owned(),
        None => format!("removed by {stage}"),
    }
}

fn together(ledger: &Ledger, entry: &LedgerEntry, number: usize) -> Option<String> {
    let others: Vec<String> = ledger
        .entries
        .iter()
        .filter(|other| !std::ptr::eq(*other, entry) && other.fate.numbers().contains(&number))
        .map(|other| super::origin(&other.origin))
        .collect();
    (!others.is_empty()).then(|| list(&others))
}
