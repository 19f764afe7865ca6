//! The readable story of every recommendation of one answer: what `primum
//! explain` prints. Pure: from the stored ledger to text.
//!
//! `candidates` tells the story of pooled items, `entries` of items by
//! themselves, `edits` of what guardians did and were refused, `grades` of
//! graded options, `harms` of what was judged to harm.

mod candidates;
mod edits;
mod entries;
mod grades;
mod harms;

use super::answer::notices;
use super::answer_terminal as answer;
use super::page::Page;
use crate::clinical::ledger::Origin;
use crate::clinical::{Dissent, Fate, Ledger, LedgerEntry, Outcome, PatientText, Plan, Simulated};

pub use grades::{GradeStory, render_grades};
pub use harms::HarmStory;

/// An answer with all that is told about it.
#[derive(Clone, Copy, Debug)]
pub struct Story<'a> {
    /// Whose answer it is.
    pub title: Title<'a>,
    /// How it ended.
    pub outcome: &'a Outcome,
    /// The plan.
    pub plan: &'a Plan,
    /// The answer's words; told where there is no ledger.
    pub text: Option<&'a PatientText>,
    /// The life of every recommendation; `None`: a model alone, which has none.
    pub ledger: Option<&'a Ledger>,
    /// Disagreement.
    pub dissent: &'a [Dissent],
    /// What each guardian's edits came to.
    pub guardians: &'a [GuardianStep],
    /// Its harms through the stages, where these were judged.
    pub harms: Option<HarmStory<'a>>,
    /// What changed no outcome.
    pub notes: &'a [String],
    /// Why the ledger does not add up, if it does not.
    pub doubt: Option<&'a str>,
}

/// Whose answer a story is about.
#[derive(Clone, Copy, Debug)]
pub struct Title<'a> {
    /// Item id.
    pub item: &'a str,
    /// Name of the arm.
    pub arm: &'a str,
    /// Trial, from 1.
    pub trial: u32,
    /// Which parts of what answered are simulated.
    pub simulated: &'a Simulated,
    /// What their panel warns of.
    pub caveats: &'a [String],
}

/// How many edits of a guardian were carried out, and how many refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardianStep {
    /// The guardian.
    pub guardian: String,
    /// Edits carried out.
    pub applied: usize,
    /// Edits refused.
    pub refused: usize,
}

/// Tells a story. `width`: columns of the terminal; `None`: it is none.
pub fn render(story: &Story<'_>, width: Option<u16>) -> String {
    let mut page = Page::new(width);
    head(&mut page, &story.title, story.outcome);
    if let Some(doubt) = story.doubt {
        page.gap();
        page.hang(0, "! ", &format!("the ledger does not add up: {doubt}"));
    }
    let Some(ledger) = story.ledger else {
        alone(&mut page, story);
        return page.finish();
    };
    let unreviewed = matches!(story.outcome, Outcome::Abstained { .. });
    answer::plan(&mut page, story.plan, unreviewed);
    answer::unused(&mut page, &ledger.unused);
    if ledger.candidates.is_empty() {
        entries::drafted(&mut page, ledger);
    } else {
        candidates::all(&mut page, ledger);
    }
    entries::others(&mut page, ledger);
    edits::guardians(&mut page, story.guardians);
    edits::refused(&mut page, &ledger.refused);
    answer::dissent(&mut page, story.dissent);
    answer::left_out(&mut page, left_out(ledger));
    if let Some(story) = &story.harms {
        harms::harms(&mut page, story);
    }
    answer::notes(&mut page, story.notes);
    page.finish()
}

/// How it ended comes first here, too.
fn head(page: &mut Page, title: &Title<'_>, outcome: &Outcome) {
    answer::outcome(page, outcome);
    for notice in notices(title.simulated, title.caveats.to_vec()) {
        page.line(&notice);
    }
    page.line(&format!(
        "{} · {} · trial {}",
        title.item, title.arm, title.trial
    ));
}

/// A model alone: its words are all there is.
fn alone(page: &mut Page, story: &Story<'_>) {
    page.gap();
    page.line("There is no ledger: this is the answer of one model as it stands.");
    if let Some(text) = story.text {
        page.gap();
        for line in text.expose().lines() {
            if line.trim().is_empty() {
                page.gap();
            } else {
                page.hang(2, "", line);
            }
        }
    }
    answer::notes(page, story.notes);
}

/// The stage that leaves out what is beyond the word budget.
const RENDERER: &str = "render";

/// What the renderer left out, in the ledger's order.
pub fn left_out(ledger: &Ledger) -> impl Iterator<Item = &LedgerEntry> {
    ledger
        .entries
        .iter()
        .filter(|entry| matches!(&entry.fate, Fate::Removed { by } if by == RENDERER))
}

/// Where a recommendation came from, in few words.
pub fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Draft(draft) => draft.to_string(),
        Origin::Guardian(name) => format!("added by {name}"),
        Origin::Moderator(name) => format!("written by {name} alone"),
    }
}
