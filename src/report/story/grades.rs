//! The story of graded options: votes, consensus, flips.

use std::collections::BTreeMap;

use super::{Title, edits, head};
use crate::clinical::{Grade, GradeEntry, GradeLedger, GradedOption, HarmType, Outcome};
use crate::report::answer_terminal::{notes, severity_word, unused};
use crate::report::page::Page;

/// A graded list with all that is told about it.
#[derive(Clone, Copy, Debug)]
pub struct GradeStory<'a> {
    /// Whose answer it is.
    pub title: Title<'a>,
    /// How it ended.
    pub outcome: &'a Outcome,
    /// The grades.
    pub grades: &'a [GradedOption],
    /// Options without a usable grade.
    pub ungraded: &'a [i64],
    /// The life of every grade; `None`: a model alone, which has none.
    pub ledger: Option<&'a GradeLedger>,
    /// Words of the options by number, as far as they are at hand.
    pub options: &'a BTreeMap<i64, String>,
    /// What changed no outcome.
    pub notes: &'a [String],
}

/// Tells the story. `width`: columns of the terminal; `None`: it is none.
pub fn render_grades(story: &GradeStory<'_>, width: Option<u16>) -> String {
    let mut page = Page::new(width);
    head(&mut page, &story.title, story.outcome);
    match story.ledger {
        None => alone(&mut page, story),
        Some(ledger) => {
            unused(&mut page, &ledger.unused);
            page.heading("What became of every option");
            for entry in &ledger.entries {
                one(&mut page, story, entry);
            }
            edits::refused(&mut page, &ledger.refused);
        }
    }
    if !story.ungraded.is_empty() {
        let numbers: Vec<String> = story.ungraded.iter().map(i64::to_string).collect();
        page.gap();
        page.hang(0, "! ", &format!("without a grade: {}", numbers.join(", ")));
    }
    notes(&mut page, story.notes);
    page.finish()
}

fn alone(page: &mut Page, story: &GradeStory<'_>) {
    page.gap();
    page.line("There is no ledger: these are the grades of one model as they stand.");
    for graded in story.grades {
        named(page, story, graded.option);
        page.hang(5, "→ ", word(graded.grade));
        if !graded.rationale.is_blank() {
            page.hang(5, "", graded.rationale.expose());
        }
    }
}

fn one(page: &mut Page, story: &GradeStory<'_>, entry: &GradeEntry) {
    named(page, story, entry.option);
    let votes: Vec<String> = entry
        .votes
        .iter()
        .map(|(agent, grade)| format!("{agent} {}", word(*grade)))
        .collect();
    let votes = if votes.is_empty() {
        "nobody gave a usable grade".to_owned()
    } else {
        votes.join(", ")
    };
    page.hang(5, "votes: ", &votes);
    let consensus = entry.consensus.map_or("none", word);
    page.hang(5, "consensus: ", &format!("{consensus}: {}", entry.why));
    for flip in &entry.flips {
        let harm = match flip.harm_type {
            HarmType::Omission => "omission",
            HarmType::Commission => "commission",
        };
        let words = format!(
            "{} ({} {harm}, confidence {:.2}): {}",
            word(flip.grade),
            severity_word(flip.severity),
            flip.confidence,
            flip.reason.expose()
        );
        page.hang(5, &format!("{} makes it ", flip.guardian), &words);
    }
    let grade = entry.grade().map_or("no usable grade", word);
    page.hang(5, "→ ", grade);
}

/// The option by number, and in words where they are at hand.
fn named(page: &mut Page, story: &GradeStory<'_>, option: i64) {
    let words = story.options.get(&option);
    let words = words.map_or("(its words are in the cases)", String::as_str);
    page.gap();
    page.hang(0, &format!("{option:>3}. "), words);
}

fn word(grade: Grade) -> &'static str {
    match grade {
        Grade::Appropriate => "appropriate",
        Grade::Inappropriate => "inappropriate",
    }
}
