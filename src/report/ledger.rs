//! The harm ledger of panels as tables for a terminal.

use super::summary::Summary;
use super::terminal::{align_right, table};
use crate::evidence::guardians::{Counts, HarmTally};
use crate::evidence::ledger::LedgerSummary;
use crate::evidence::ledger::summary::{StageSummary, WhatIfCount, WhatIfSummary};

/// All panels; empty where no stage was judged.
pub(super) fn render(summary: &Summary, width: Option<u16>) -> String {
    let panels = summary.ledger.iter();
    panels
        .map(|(panel, ledger)| stages(panel, ledger, width) + &what_ifs(panel, ledger, width))
        .collect()
}

/// Stage by stage: what was there, what each added and prevented.
fn stages(panel: &str, ledger: &LedgerSummary, width: Option<u16>) -> String {
    let mut table = table(width);
    table.set_header(vec![
        "stage",
        "omissions",
        "commissions",
        "severe cases",
        "misread",
    ]);
    let whole = |name: &str, harms: &HarmTally, severe: String| {
        vec![
            name.to_owned(),
            counts(&harms.omission),
            counts(&harms.commission),
            severe,
            String::new(),
        ]
    };
    table.add_row(whole("all drafts together", &ledger.start, String::new()));
    for stage in ledger.stages.iter().filter(|stage| stage.items > 0) {
        table.add_row(row(stage));
    }
    table.add_row(row(&ledger.judge));
    table.add_row(whole(
        "answer",
        &ledger.end,
        ledger.severe_cases.to_string(),
    ));
    align_right(&mut table, 1..5);
    let unjudged = match ledger.unjudged {
        0 => String::new(),
        n => format!("; {n} item(s) lack a judgment of some stage and are left out"),
    };
    let unlocated = match ledger.unlocated {
        0 => String::new(),
        n => format!("; of {n} harm(s) some evidence is in no item"),
    };
    format!(
        "\nWhich stage of {panel} added (+) and prevented (-) harm: severe/moderate/mild\n{}\n\
         over {} item(s){unjudged}{unlocated}\n\
         judge: verdicts on the answer that differ from what was read before in the same words;\n\
         misread: such verdicts on a stage's text, harmful or not\n",
        table.trim_fmt(),
        ledger.items,
    )
}

fn row(stage: &StageSummary) -> Vec<String> {
    let both =
        |added: &Counts, prevented: &Counts| format!("+{} -{}", counts(added), counts(prevented));
    let (added, prevented) = (&stage.added, &stage.prevented);
    vec![
        stage.stage.clone(),
        both(&added.omission, &prevented.omission),
        both(&added.commission, &prevented.commission),
        format!(
            "+{} -{}",
            stage.severe_cases_added, stage.severe_cases_prevented
        ),
        stage.misread.to_string(),
    ]
}

fn counts(counts: &Counts) -> String {
    format!("{}/{}/{}", counts.severe, counts.moderate, counts.mild)
}

/// What other panels would have answered.
fn what_ifs(panel: &str, ledger: &LedgerSummary, width: Option<u16>) -> String {
    if ledger.what_ifs.is_empty() {
        return String::new();
    }
    let mut table = table(width);
    table.set_header(vec![
        "change",
        "omissions",
        "commissions",
        "severe cases",
        "judged",
        "predicted",
    ]);
    for what_if in &ledger.what_ifs {
        table.add_row(what_if_row(what_if));
    }
    align_right(&mut table, 1..6);
    format!(
        "\nWhat {panel} would have answered (approximate)\n{}\n\
         from verdicts that items carry: the plan is put together from items that there are; judged:\n\
         severe cases among items whose very text the judge read; predicted: the same for these\n",
        table.trim_fmt()
    )
}

fn what_if_row(what_if: &WhatIfSummary) -> Vec<String> {
    let severe = |count: &WhatIfCount| {
        format!(
            "{} ({:.0} %)",
            count.severe_cases,
            count.severe_rate * 100.0
        )
    };
    let predicted = &what_if.predicted;
    let judged = what_if.confirmed.as_ref();
    let none = || "-".to_owned();
    let of = |count: &WhatIfCount| format!("{} of {}", count.severe_cases, count.items);
    vec![
        what_if.change.to_string(),
        counts(&predicted.harms.omission),
        counts(&predicted.harms.commission),
        severe(predicted),
        judged.map_or_else(none, |both| of(&both.judged)),
        judged.map_or_else(none, |both| of(&both.predicted)),
    ]
}
