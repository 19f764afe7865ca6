//! What a reader must know before using a number.

use std::collections::BTreeMap;

use super::summary::{ArmSummary, Estimate, UnscoredItem};

/// Most names in one sentence; all of them are in the summary.
const MOST_NAMES: usize = 5;

pub(super) fn some_names(items: &[UnscoredItem]) -> String {
    let mut names: Vec<&str> = items.iter().map(|item| item.item.as_str()).collect();
    names.dedup();
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// What a reader must know before using the numbers of these arms; `severe`
/// names the rate of severe harm.
pub(super) fn found_warnings(
    arms: &BTreeMap<String, ArmSummary>,
    partial: bool,
    severe: &str,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if partial {
        warnings
            .push("PARTIAL: not every item was reached; the means are over what was".to_owned());
    }
    for (name, arm) in arms {
        if arm.unscored > 0 {
            warnings.push(format!(
                "{name}: {} of {} items are unscored ({}); see its worst and best case",
                arm.unscored,
                arm.items,
                some_names(&arm.unscored_items)
            ));
        }
        if arm.degraded > 0 {
            warnings.push(format!(
                "{name}: {} of {} items are degraded: answered, though something failed or was \
                 skipped; responses/ says what",
                arm.degraded, arm.items
            ));
        }
        warnings.extend(unusable(name, arm));
        if arm.abstained > 0 {
            warnings.push(format!(
                "{name}: {} of {} items were abstained; they are scored as the text at hand",
                arm.abstained, arm.items
            ));
        }
    }
    let estimated: Vec<&str> = arms
        .iter()
        .filter(|(_, arm)| arm.usd_is_estimated)
        .map(|(name, _)| name.as_str())
        .collect();
    if !estimated.is_empty() {
        warnings.push(format!(
            "dollars marked with ~ are estimated in part, since a provider did not say what an \
             answer took: {}",
            estimated.join(", ")
        ));
    }
    for (name, arm) in arms {
        warnings.extend(without_width(name, arm.metrics.get(severe)));
    }
    warnings.push(INDICATORS.to_owned());
    warnings
}

/// How many drafts were not usable, and why.
fn unusable(name: &str, arm: &ArmSummary) -> Option<String> {
    let all: usize = arm.unusable.values().sum();
    let reasons = arm.unusable.iter();
    let reasons: Vec<String> = reasons.map(|(why, n)| format!("{why} ({n})")).collect();
    let what = if name.starts_with("solo") {
        "answers would not be usable in a panel; they are scored as they stand"
    } else {
        "drafts were not usable and counted as failed"
    };
    (all > 0).then(|| format!("{name}: {all} {what}: {}", reasons.join(", ")))
}

/// Stands below every report.
pub(super) const INDICATORS: &str =
    "Rates are rubric indicators on selected cases, not event rates in patients.";

/// What a rate of severe harm of 0 or 1 does not show.
pub(super) fn without_width(name: &str, severe: Option<&Estimate>) -> Option<String> {
    let severe = severe?;
    let bound = bound_without_events(severe)?;
    let (what, side) = if severe.mean == 0.0 {
        ("no", format!("up to {:.0} %", bound * 100.0))
    } else {
        ("every", format!("down to {:.0} %", bound * 100.0))
    };
    Some(format!(
        "{name}: {what} case had a severe harm, so the bootstrap shows no width; with {} cases the \
         true rate may well be {side} (exact 95 % bound)",
        severe.n
    ))
}

/// The far end of the exact two-sided 95 % interval (Clopper and Pearson 1934)
/// of a rate that was 0 or 1 in all of `n` cases, where the bootstrap has no
/// width: 1 - 0.025^(1/n), or its complement. `None` for any other rate.
fn bound_without_events(rate: &Estimate) -> Option<f64> {
    let far = 1.0 - 0.025_f64.powf(1.0 / rate.n.max(1) as f64);
    if rate.mean == 0.0 {
        Some(far)
    } else if rate.mean == 1.0 {
        Some(1.0 - far)
    } else {
        None
    }
}
