//! The page: one HTML file that opens from disk, without network or script.
//!
//! `figures` makes the data of each chart from the findings, `page.html` says
//! in which order things stand, `page.css` how they look. Every text is escaped
//! by the template engine; only our own SVG goes in as it is.

mod figures;
mod tables;

use crate::clinical::Shown;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use super::answer::{Answer, answer};
use super::{CaseStory, Dossier};
use crate::report::chart;
use crate::report::summary::Summary;
use tables::Tables;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// The page as text. The template is built in, so an error here is ours.
///
/// # Errors
/// The template engine's message.
pub fn render(dossier: &Dossier) -> Result<String, String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let page = Page {
        style: STYLE,
        charts: chart::CSS,
        mark: dossier.findings.simulated.mark(),
        sentence: dossier.findings.simulated.sentence(Shown::Numbers),
        answer: unbroken(answer(dossier)),
        runs: dossier
            .runs
            .iter()
            .map(|run| Run {
                name: &run.name,
                s: &run.summary,
            })
            .collect(),
        sections: figures::sections(dossier),
        tables: Tables::of(dossier),
        with_text: dossier.with_text,
        cases: &dossier.cases,
    };
    environment
        .render_str(PAGE, Serde(&page))
        .map_err(|error| error.to_string())
}

/// Keeps a p and its number on one line.
fn unbroken(mut answer: Answer) -> Answer {
    let all = answer.sentences.iter_mut();
    for text in all.chain(&mut answer.details).chain(&mut answer.caveats) {
        *text = text
            .replace("p = ", "p\u{a0}=\u{a0}")
            .replace("p < ", "p\u{a0}<\u{a0}");
    }
    answer
}

/// Tables that the Markdown shares with the page.
pub(super) fn further(dossier: &Dossier) -> Vec<tables::TableView> {
    tables::further(dossier)
}

#[derive(Serialize)]
struct Page<'a> {
    style: &'a str,
    charts: &'a str,
    mark: String,
    sentence: Option<String>,
    answer: Answer,
    runs: Vec<Run<'a>>,
    sections: Vec<figures::Section>,
    tables: Tables,
    with_text: bool,
    cases: &'a [CaseStory],
}

#[derive(Serialize)]
struct Run<'a> {
    name: &'a str,
    s: &'a Summary,
}
