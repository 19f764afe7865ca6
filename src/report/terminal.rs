//! The summary as tables for a terminal.

use crate::clinical::Shown;
use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets::NOTHING};

use super::summarise::Timing;
use super::summary::{ArmSummary, Estimate, PairSummary, Summary};
use super::{members, options};

/// The final tables of a run: arms, then paired differences, then warnings.
/// `width` limits the tables; `None` lets them be as wide as they want.
pub fn render(summary: &Summary, timing: &Timing, width: Option<u16>) -> String {
    let mut text = String::new();
    text.push_str(&heading(summary));
    match summary.task.as_str() {
        "options" => text.push_str(&options::terminal::arms(summary, width)),
        _ => text.push_str(&arms(summary, width)),
    }
    text.push_str("\n\n");
    text.push_str(&costs(summary, timing, width));
    if let Some(table) = sensitivity(summary, width) {
        text.push_str("\nIf what is unscored or abstained had come out otherwise\n");
        text.push_str(&table);
        text.push('\n');
    }
    if !summary.pairs.is_empty() {
        text.push_str("\nPaired differences on the same items (a minus b)\n");
        text.push_str(&pairs(&summary.pairs, width));
        text.push_str(
            "\np: sign-flip permutation test over cases, two-sided, not corrected for the number of \
             comparisons\n",
        );
    }
    text.push_str(&members::render(summary, width));
    if !summary.warnings.is_empty() {
        text.push('\n');
        for warning in &summary.warnings {
            text.push_str(&format!("! {warning}\n"));
        }
    }
    text
}

fn heading(summary: &Summary) -> String {
    let mut text = String::new();
    if let Some(sentence) = summary.simulated.sentence(Shown::Numbers) {
        text.push_str(&format!("{sentence}.\n"));
    }
    for caveat in &summary.caveats {
        text.push_str(&format!("{caveat}\n"));
    }
    text.push_str(&format!(
        "Profile {} · {} cases, {} items, {} trial(s) · {} · 95 % intervals over cases\n",
        summary.profile,
        summary.case_set.cases,
        summary.case_set.items,
        summary.trials,
        summary.case_set.name,
    ));
    text
}

/// How well the arms did; what it took stands in [`costs`], so that each table
/// fits a terminal of 100 columns.
fn arms(summary: &Summary, width: Option<u16>) -> String {
    let mut table = table(width);
    table.set_header(vec![
        "arm",
        "F1_weighted",
        "severe harm",
        "coverage",
        "recall",
        "unscored",
    ]);
    for (name, arm) in ordered(summary) {
        table.add_row(vec![
            name.to_owned(),
            estimate(arm.metrics.get("F1_weighted"), 3),
            percent(arm.metrics.get("Severe_rate")),
            arm.coverage
                .map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0)),
            mean(arm.metrics.get("Recall_weighted"), 3),
            unscored(arm),
        ]);
    }
    align_right(&mut table, 1..6);
    table.trim_fmt()
}

/// Harms by severity, words, dollars and seconds.
fn costs(summary: &Summary, timing: &Timing, width: Option<u16>) -> String {
    let mut table = table(width);
    table.set_header(vec![
        "arm",
        "precision",
        "omissions",
        "commissions",
        "words",
        "usd",
        "seconds",
    ]);
    for (name, arm) in ordered(summary) {
        let seconds = timing.median_seconds.get(name).copied().flatten();
        table.add_row(vec![
            name.to_owned(),
            mean(arm.metrics.get("Precision_weighted"), 3),
            by_severity(arm, &arm.harms.omission),
            by_severity(arm, &arm.harms.commission),
            arm.words_median
                .map_or_else(|| "-".to_owned(), |words| format!("{words:.0}")),
            arm.usd.map_or_else(
                || "no price".to_owned(),
                |usd| about(usd, arm.usd_is_estimated),
            ),
            seconds.map_or_else(|| "-".to_owned(), |s| format!("{s:.2}")),
        ]);
    }
    align_right(&mut table, 1..7);
    let table = table.trim_fmt();
    let estimated = summary.arms.values().any(|arm| arm.usd_is_estimated);
    let estimated = match estimated {
        true => {
            "usd with ~: estimated in part, for a provider did not say how many tokens it took\n"
        }
        false => "",
    };
    format!(
        "{table}\nomissions, commissions: severe/moderate/mild per item; usd: all items; words, \
         seconds: medians; coverage: share not abstained\nseconds: along the critical path; on a \
         busy or simulated machine they include queueing in the provider\n{estimated}"
    )
}

/// Dollars, marked where they are estimated.
fn about(usd: f64, estimated: bool) -> String {
    let mark = if estimated { "~" } else { "" };
    format!("{mark}{usd:.4}")
}

pub(super) fn align_right(table: &mut Table, columns: std::ops::Range<usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// The means under other assumptions, for the arms that need it.
fn sensitivity(summary: &Summary, width: Option<u16>) -> Option<String> {
    let mut table = table(width);
    table.set_header(vec![
        "arm",
        "metric",
        "scored only",
        "worst case",
        "best case",
        "abstained: nothing",
        "abstained: lead",
    ]);
    let plain = |v: Option<f64>| v.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"));
    for (name, arm) in ordered(summary) {
        for (metric, other) in &arm.sensitivity {
            table.add_row(vec![
                name.to_owned(),
                metric.clone(),
                plain(other.complete_cases),
                plain(Some(other.worst)),
                plain(Some(other.best)),
                plain(other.abstained_as_nothing),
                plain(other.abstained_as_lead),
            ]);
        }
    }
    (table.row_count() > 0).then(|| table.trim_fmt())
}

fn pairs(pairs: &[PairSummary], width: Option<u16>) -> String {
    let mut table = table(width);
    table.set_header(vec![
        "a",
        "b",
        "metric",
        "a - b",
        "95 % interval",
        "p",
        "cases",
        "left out",
    ]);
    for pair in pairs {
        let signed = |v: Option<f64>| {
            v.map_or_else(|| "-".to_owned(), |v| unsigned_zero(format!("{v:+.3}")))
        };
        table.add_row(vec![
            pair.a.clone(),
            pair.b.clone(),
            pair.metric.clone(),
            signed(pair.diff),
            match (pair.lo, pair.hi) {
                (Some(_), Some(_)) => format!("{} to {}", signed(pair.lo), signed(pair.hi)),
                _ => "-".to_owned(),
            },
            pair.p.map_or_else(|| "-".to_owned(), p_value),
            pair.n.to_string(),
            pair.left_out.to_string(),
        ]);
    }
    table.trim_fmt()
}

/// An empty table in the program's style.
pub fn table(width: Option<u16>) -> Table {
    let mut table = Table::new();
    // One line below the header: rows are read across without any.
    table
        .load_preset(NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_style(TableComponent::MiddleHeaderIntersections, '─')
        .set_style(TableComponent::LeftHeaderIntersection, ' ');
    match width {
        Some(width) => {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width);
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    table
}

/// Panels first, then panels without guardians, then self-ensembles, then single
/// models.
pub(super) fn ordered(summary: &Summary) -> Vec<(&String, &ArmSummary)> {
    let rank = |name: &str| {
        if name.starts_with("panel:") {
            0
        } else if name.starts_with("panel-no-guardians:") {
            1
        } else if name.starts_with("self:") {
            2
        } else {
            3
        }
    };
    let mut arms: Vec<_> = summary.arms.iter().collect();
    arms.sort_by_key(|(name, _)| rank(name));
    arms
}

/// A number without the sign that rounding to zero left behind: `-0.000` would
/// read as a loss.
pub(super) fn unsigned_zero(number: String) -> String {
    match number.strip_prefix(['-', '+']) {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        _ => number,
    }
}

/// A p-value to three digits, never as zero.
pub(super) fn p_value(p: f64) -> String {
    if p < 0.001 {
        "<0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

/// A mean with its interval; one case has none.
pub(super) fn estimate(estimate: Option<&Estimate>, digits: usize) -> String {
    estimate.map_or_else(
        || "-".to_owned(),
        |e| {
            if e.n < 2 {
                format!("{:.digits$} (1 case)", e.mean)
            } else {
                format!("{:.digits$} [{:.digits$}, {:.digits$}]", e.mean, e.lo, e.hi)
            }
        },
    )
}

pub(super) fn percent(estimate: Option<&Estimate>) -> String {
    estimate.map_or_else(
        || "-".to_owned(),
        |e| {
            format!(
                "{:.0} % [{:.0}, {:.0}]",
                e.mean * 100.0,
                e.lo * 100.0,
                e.hi * 100.0
            )
        },
    )
}

pub(super) fn mean(estimate: Option<&Estimate>, digits: usize) -> String {
    estimate.map_or_else(|| "-".to_owned(), |e| format!("{:.digits$}", e.mean))
}

/// Of an arm without a score nothing is known, which is not no harm.
fn by_severity(arm: &ArmSummary, harm: &super::summary::BySeverity) -> String {
    if arm.scored == 0 {
        return "-".to_owned();
    }
    format!("{:.2}/{:.2}/{:.2}", harm.severe, harm.moderate, harm.mild)
}

/// Unscored items, and what else is not as it should be.
pub(super) fn unscored(arm: &ArmSummary) -> String {
    let mut text = arm.unscored.to_string();
    if arm.degraded > 0 {
        text.push_str(&format!(" ({} degraded)", arm.degraded));
    }
    if arm.abstained > 0 {
        text.push_str(&format!(" ({} abstained)", arm.abstained));
    }
    let unusable: usize = arm.unusable.values().sum();
    if unusable > 0 {
        text.push_str(&format!(" ({unusable} not usable)"));
    }
    text
}
