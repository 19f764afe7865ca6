//! What lies behind the difference between a panel and its members, as tables
//! for a terminal.

use super::ledger;
use super::summary::Summary;
use super::terminal::{align_right, table, unsigned_zero};
use crate::evidence::ensembles::ErrorsTogether;
use crate::evidence::guardians::{Counts, GuardianSummary};

/// All of it; empty where there is nothing to say.
pub(super) fn render(summary: &Summary, width: Option<u16>) -> String {
    guardians(summary, width)
        + &ledger::render(summary, width)
        + &ensembles(summary, width)
        + &minority(summary)
}

/// Predicted beside measured.
fn ensembles(summary: &Summary, width: Option<u16>) -> String {
    if summary.ensembles.is_empty() {
        return String::new();
    }
    let mut table = table(width);
    table.set_header(vec![
        "panel",
        "errors",
        "mean",
        "best",
        "rho",
        "worth",
        "if independent",
        "with rho",
        "vote",
        "unguarded",
        "panel",
    ]);
    for (name, ensemble) in &summary.ensembles {
        let sides = [
            ("omission", &ensemble.omission),
            ("commission", &ensemble.commission),
        ];
        for (kind, errors) in sides {
            if let Some(errors) = errors {
                table.add_row(errors_row(name, kind, errors));
            }
        }
    }
    align_right(&mut table, 2..11);
    let table = table.trim_fmt();
    format!(
        "\nMembers' errors together\n{table}\n\
         errors: appropriate options left out, harmful ones recommended, as shares of all; mean, best:\n\
         of the members alone; rho: how their errors hang together (tetrachoric); worth: so many\n\
         independent members; if independent, with rho: predicted for a strict majority of the members;\n\
         vote: that majority as counted; unguarded, panel: measured\n"
    )
}

fn errors_row(name: &str, kind: &str, errors: &ErrorsTogether) -> Vec<String> {
    let share = |share: f64| format!("{:.1} %", share * 100.0);
    let maybe = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), share);
    let plain = |value: Option<f64>, digits: usize| {
        value.map_or_else(
            || "-".to_owned(),
            |value| unsigned_zero(format!("{value:.digits$}")),
        )
    };
    vec![
        name.to_owned(),
        kind.to_owned(),
        share(errors.mean),
        share(errors.best),
        plain(errors.rho, 2),
        plain(errors.effective_members, 1),
        share(errors.predicted.if_independent),
        maybe(errors.predicted.with_rho),
        share(errors.measured.majority),
        maybe(errors.measured.without_guardians),
        share(errors.measured.panel),
    ]
}

/// One line for each panel.
fn minority(summary: &Summary) -> String {
    if summary.minority.is_empty() {
        return String::new();
    }
    let mut text = "\nWhat at most half of the advisors said\n".to_owned();
    for (panel, of) in &summary.minority {
        let before = |count: Option<usize>| {
            count.map_or_else(String::new, |count| {
                format!(" ({count} before its guardians)")
            })
        };
        text.push_str(&format!(
            "{panel}: of {} right options the plan lost {}{}; of {} harmful ones it kept {}{}\n",
            of.right,
            of.lost,
            before(of.lost_without_guardians),
            of.wrong,
            of.kept,
            before(of.kept_without_guardians),
        ));
    }
    text
}

/// What the guardians did.
fn guardians(summary: &Summary, width: Option<u16>) -> String {
    if summary.guardians.is_empty() {
        return String::new();
    }
    let mut table = table(width);
    table.set_header(vec![
        "panel",
        "guardian",
        "items",
        "edits",
        "refused",
        "omissions",
        "commissions",
        "severe cases",
    ]);
    for (panel, guardians) in &summary.guardians {
        for guardian in guardians {
            table.add_row(row(panel, guardian));
        }
    }
    align_right(&mut table, 2..8);
    let table = table.trim_fmt();
    format!(
        "\nWhat each guardian's edits did\n{table}\n\
         edits: carried out; omissions, commissions: severe/moderate/mild harms that they added (+)\n\
         and prevented (-), over all items; severe cases: items that came to have a severe harm (+)\n\
         and to have none (-)\n"
    )
}

fn row(panel: &str, guardian: &GuardianSummary) -> Vec<String> {
    let of = |counts: &Counts| format!("{}/{}/{}", counts.severe, counts.moderate, counts.mild);
    let both = |added: &Counts, prevented: &Counts| format!("+{} -{}", of(added), of(prevented));
    let (added, prevented) = (&guardian.added, &guardian.prevented);
    vec![
        panel.to_owned(),
        guardian.name.clone(),
        guardian.items.to_string(),
        guardian.applied.to_string(),
        guardian.refused.to_string(),
        both(&added.omission, &prevented.omission),
        both(&added.commission, &prevented.commission),
        format!(
            "+{} -{}",
            guardian.severe_cases_added, guardian.severe_cases_prevented
        ),
    ]
}
