//! Quorum and vendor mix (design rule 5).

use crate::panel::model::Panel;

/// Which of the panel's rules are not met by the advisors who answered, in
/// words; empty when all are.
pub(super) fn unmet<'a>(panel: &Panel, answered: impl Iterator<Item = &'a str>) -> Vec<String> {
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
    let mut vendors: Vec<&str> = panel
        .advisors
        .iter()
        .filter(|advisor| answered.contains(&advisor.name.as_str()))
        .map(|advisor| advisor.vendor.as_str())
        .collect();
    vendors.sort_unstable();
    vendors.dedup();
    if vendors.len() < rule.min_vendors {
        unmet.push(format!(
            "the drafts come from {} vendor(s); {} are asked for",
            vendors.len(),
            rule.min_vendors
        ));
    }
    unmet
}
