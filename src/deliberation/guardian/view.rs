//! What guardians and checkers are shown: the plan with the support and the
//! disagreement behind it, what earlier guardians did, and proposed edits.
//! Nobody's name is in it.

use std::fmt::Write as _;

use crate::clinical::{PatientText, Recommendation};
use crate::deliberation::book::Book;

use super::history::{History, Past};
use super::propose::{Kind, Proposal};

/// The plan, numbered, with the support of each item.
pub fn plan(book: &Book, drafts: usize, dissent: &[PatientText], history: &History) -> String {
    let mut text = String::with_capacity(2048);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "Assessment: {}", book.assessment().expose());
    for (index, item) in book.items().enumerate() {
        let _ = writeln!(
            text,
            "R{}. {}{}",
            index + 1,
            item.text.expose(),
            notes(item, drafts)
        );
    }
    if !dissent.is_empty() {
        text.push_str("\nDisagreement:\n");
        for dissent in dissent {
            let _ = writeln!(text, "- {}", dissent.expose());
        }
    }
    if !history.done.is_empty() {
        text.push_str("\nEarlier edits:\n");
        for (at, past) in history.done.iter().enumerate() {
            let _ = writeln!(text, "{}", earlier(at, past));
        }
    }
    text
}

fn notes(item: &Recommendation, drafts: usize) -> String {
    let mut notes = String::new();
    if item.basis.is_empty() {
        notes.push_str(" [added by an earlier safety check]");
    } else {
        let support = item.support();
        let _ = write!(notes, " [supported by {support} of {drafts} drafts]");
    }
    if let Some(rating) = item.rating {
        let _ = write!(notes, " [rated {rating}]");
    }
    if !item.objectors.is_empty() {
        let _ = write!(
            notes,
            " [disputed: {} speak against it]",
            item.objectors.len()
        );
    }
    notes
}

fn earlier(at: usize, past: &Past) -> String {
    let done = match past.kind {
        Kind::Add => "added",
        Kind::Remove => "removed",
        Kind::Reword => "reworded into",
        Kind::Extend => "extended to",
    };
    format!(
        "E{}. {done}: {} (reason: {})",
        at + 1,
        past.text.expose(),
        past.reason.expose()
    )
}

/// Proposed edits, numbered, for those who are asked about them.
pub fn edits(proposals: &[Proposal]) -> String {
    let mut text = String::with_capacity(512);
    let words = |text: Option<&PatientText>| {
        text.map(|text| text.expose().to_owned())
            .unwrap_or_default()
    };
    for (at, proposal) in proposals.iter().enumerate() {
        let number = at + 1;
        let old = words(proposal.item.as_ref().map(|item| &item.text));
        let new = words(proposal.text.as_ref());
        let _ = match proposal.kind {
            Kind::Add => writeln!(text, "E{number}. add: {new}"),
            Kind::Remove => writeln!(text, "E{number}. remove: {old}"),
            Kind::Reword | Kind::Extend => {
                writeln!(text, "E{number}. reword: {old}\n   into: {new}")
            }
        };
        let reason = crate::deliberation::one_line(&proposal.edit.reason);
        let _ = writeln!(text, "   reason: {}", reason.expose());
    }
    text
}
