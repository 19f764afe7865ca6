//! What a case set holds, by specialty.

use std::collections::BTreeMap;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, Table, TableComponent};
use serde::Serialize;

use crate::clinical::id::specialty;
use crate::clinical::{Case, Severity, Tier};

use super::json;
use super::load::CaseSet;

/// One specialty, or all together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SpecialtyRow {
    /// Leading letters of the case ids.
    pub specialty: String,
    /// Cases.
    pub cases: usize,
    /// Of these, cases that cannot be scored.
    pub without_rubric: usize,
    /// Items: bases and perturbations.
    pub variants: usize,
    /// Options of all rubrics.
    pub options: usize,
    /// Score 1: severe harm if done.
    pub severe_if_done: usize,
    /// Score 2.
    pub moderate_if_done: usize,
    /// Score 3.
    pub mild_if_done: usize,
    /// Scores 4 to 6.
    pub neutral: usize,
    /// Score 7: mild harm if left out.
    pub mild_if_omitted: usize,
    /// Score 8.
    pub moderate_if_omitted: usize,
    /// Score 9.
    pub severe_if_omitted: usize,
    /// No score, or one outside the scale.
    pub no_score: usize,
}

/// A case set in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// Name of the set.
    pub name: String,
    /// Hash of the set.
    pub hash: String,
    /// See [`CaseSet::synthetic`].
    pub synthetic: bool,
    /// See [`CaseSet::open`].
    pub open: bool,
    /// By specialty, in alphabetical order.
    pub rows: Vec<SpecialtyRow>,
    /// The sum of the rows.
    pub total: SpecialtyRow,
}

/// Counts a case set by specialty.
pub fn list(set: &CaseSet) -> Listing {
    let mut rows: BTreeMap<&str, SpecialtyRow> = BTreeMap::new();
    let mut total = SpecialtyRow {
        specialty: "total".to_owned(),
        ..SpecialtyRow::default()
    };
    for case in &set.cases {
        let name = specialty(&case.id);
        let row = rows.entry(name).or_insert_with(|| SpecialtyRow {
            specialty: name.to_owned(),
            ..SpecialtyRow::default()
        });
        row.add(case);
        total.add(case);
    }
    Listing {
        name: set.name.clone(),
        hash: set.hash.clone(),
        synthetic: set.synthetic,
        open: set.open,
        rows: rows.into_values().collect(),
        total,
    }
}

impl SpecialtyRow {
    fn add(&mut self, case: &Case) {
        self.cases += 1;
        self.variants += case.items.len();
        let Some(rubric) = &case.rubric else {
            self.without_rubric += 1;
            return;
        };
        for option in &rubric.options {
            self.options += 1;
            *self.count_of(Tier::of(option.effective_score().unwrap_or(0))) += 1;
        }
    }

    fn count_of(&mut self, tier: Tier) -> &mut usize {
        match tier {
            Tier::HarmIfDone(Severity::Severe) => &mut self.severe_if_done,
            Tier::HarmIfDone(Severity::Moderate) => &mut self.moderate_if_done,
            Tier::HarmIfDone(Severity::Mild) => &mut self.mild_if_done,
            Tier::HarmIfOmitted(Severity::Severe) => &mut self.severe_if_omitted,
            Tier::HarmIfOmitted(Severity::Moderate) => &mut self.moderate_if_omitted,
            Tier::HarmIfOmitted(Severity::Mild) => &mut self.mild_if_omitted,
            Tier::Neutral
            | Tier::HarmIfDone(Severity::Uncertain)
            | Tier::HarmIfOmitted(Severity::Uncertain) => &mut self.neutral,
            Tier::None => &mut self.no_score,
        }
    }
}

/// A column of the table: its heading and what stands in it.
type Column = (&'static str, fn(&SpecialtyRow) -> usize);

const COLUMNS: [Column; 10] = [
    ("cases", |row| row.cases),
    ("variants", |row| row.variants),
    ("options", |row| row.options),
    ("1\nsevere\ndone", |row| row.severe_if_done),
    ("2\nmoderate\ndone", |row| row.moderate_if_done),
    ("3\nmild\ndone", |row| row.mild_if_done),
    ("4-6\nneutral", |row| row.neutral),
    ("7\nmild\nomitted", |row| row.mild_if_omitted),
    ("8\nmoderate\nomitted", |row| row.moderate_if_omitted),
    ("9\nsevere\nomitted", |row| row.severe_if_omitted),
];

const SCALE: &str =
    "Options by score: 1-3 do harm if done, 4-6 are neutral, 7-9 do harm if omitted.";

/// Shown only where there is something to show.
const ODD_COLUMNS: [Column; 2] = [
    ("no\nscore", |row| row.no_score),
    ("cases\nwithout\nrubric", |row| row.without_rubric),
];

impl Listing {
    /// As a table, with a line about the set above it.
    pub fn as_table(&self) -> String {
        let odd = ODD_COLUMNS
            .iter()
            .filter(|(_, count)| count(&self.total) > 0);
        let columns: Vec<&Column> = COLUMNS.iter().chain(odd).collect();
        let mut table = Table::new();
        table.load_preset(NOTHING);
        table.set_style(TableComponent::HeaderLines, '─');
        let headings = columns.iter().map(|(heading, _)| right(heading));
        table.set_header(std::iter::once(Cell::new("specialty")).chain(headings));
        for row in self.rows.iter().chain([&self.total]) {
            let counts = columns.iter().map(|(_, count)| right(count(row)));
            table.add_row(std::iter::once(Cell::new(&row.specialty)).chain(counts));
        }
        let table = table.trim_fmt();
        format!("{}\n{SCALE}\n\n{table}\n", self.about())
    }

    /// As a JSON object.
    pub fn as_json(&self) -> String {
        json::pretty(self)
    }

    fn about(&self) -> String {
        let short = self.hash.get(..12).unwrap_or(&self.hash);
        let kind = match (self.synthetic, self.open) {
            (true, _) => "; SYNTHETIC cases, no results about real consults",
            (false, true) => "; open cases, which models may have seen",
            (false, false) => "",
        };
        format!("{}, hash {short}{kind}", self.name)
    }
}

fn right(content: impl ToString) -> Cell {
    Cell::new(content).set_alignment(CellAlignment::Right)
}
