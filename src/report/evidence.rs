//! What lies behind the difference between a panel and its members, as tables
//! for a terminal.

use super::guardians::{Counts, GuardianSummary};
use super::summary::Summary;
use super::terminal::{align_right, table};

/// All of it; empty where there is nothing to say.
pub(super) fn render(summary: &Summary, width: Option<u16>) -> String {
    guardians(summary, width)
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
