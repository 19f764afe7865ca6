//! Quorum and vendor mix (design rule 5).

use super::vendors::{Others, vendors};
use crate::panel::model::Panel;

/// Which of the panel's rules are not met by the advisors who answered, in
/// words; empty when all are. `others`: for whom another model answered than
/// was asked for.
pub(super) fn unmet<'a>(
    panel: &Panel,
    others: &Others,
    answered: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let rule = &panel.consensus;
    let answered: Vec<&str> = answered.collect();
    let mut unmet = Vec::new();
    let (n, of) = (answered.len(), panel.advisors.len());
    if n < rule.quorum {
        unmet.push(format!(
            "{n} of {of} advisors gave a usable answer; the quorum is {}",
            rule.quorum
        ));
    } else if n == 1 && of > 1 {
        // Whatever the quorum: one advisor's answer is no panel's.
        unmet.push(format!("only one of {of} advisors gave a usable answer"));
    }
    let vendor_of = vendors(panel, others);
    let mut vendors: Vec<&str> = answered
        .iter()
        .filter_map(|name| vendor_of.get(*name))
        .map(String::as_str)
        .collect();
    vendors.sort_unstable();
    vendors.dedup();
    if vendors.len() < rule.min_vendors {
        let others: Vec<String> = others
            .iter()
            .filter(|(name, _)| answered.contains(&name.as_str()))
            .map(|(name, id)| format!("`{id}` answered for {name}"))
            .collect();
        let why = match others.as_slice() {
            [] => String::new(),
            others => format!(" ({})", others.join(", ")),
        };
        unmet.push(format!(
            "the drafts come from {} vendor(s); {} are asked for{why}",
            vendors.len(),
            rule.min_vendors
        ));
    }
    unmet
}
