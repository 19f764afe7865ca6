//! Scores of judged answers as tables for a terminal.

use crate::clinical::Shown;
use comfy_table::CellAlignment;

use super::score_summary::{Agreement, ArmScores, Disagreement, ScoreSummary, Scores};
use super::summary::BySeverity;
use super::terminal::{estimate, mean, percent, table};

/// Disagreements that are shown; the summary has them all.
const SHOWN: usize = 12;

/// The tables: scores, what unscored answers could change, the judges' own
/// spread, their agreement, warnings. `width` limits the tables.
pub fn render_scores(summary: &ScoreSummary, width: Option<u16>) -> String {
    let mut text = heading(summary);
    text.push_str(&scores(summary, width));
    text.push('\n');
    for part in [
        bounds(summary, width),
        spread(summary, width),
        agreements(summary, width),
    ]
    .into_iter()
    .flatten()
    {
        text.push('\n');
        text.push_str(&part);
        text.push('\n');
    }
    text.push('\n');
    for warning in &summary.warnings {
        text.push_str(&format!("! {warning}\n"));
    }
    text
}

fn heading(summary: &ScoreSummary) -> String {
    let mut text = String::new();
    if let Some(sentence) = summary.simulated.sentence(Shown::Numbers) {
        text.push_str(&format!("{sentence}.\n"));
    }
    text.push_str(&format!(
        "Profile {} · {} · k {} · 95 % intervals over cases\n",
        summary.profiles.join(", "),
        summary.case_set.name,
        summary.k,
    ));
    if let Some(why) = &summary.profiles_differ {
        text.push_str(why);
        text.push('\n');
    }
    text
}

/// Rows of the table: an arm under each profile, and below it each judge.
fn lines(summary: &ScoreSummary) -> Vec<(String, String, Option<&Scores>, String)> {
    let several = summary.profiles.len() > 1;
    let mut lines = Vec::new();
    for (name, arm) in &summary.arms {
        for profile in &summary.profiles {
            let shown = if several { profile.as_str() } else { "" };
            lines.push((
                name.clone(),
                shown.to_owned(),
                arm.scores.get(profile),
                unscored(arm),
            ));
            for (judge, of_judge) in &arm.by_judge {
                lines.push((
                    format!("  by {judge}"),
                    shown.to_owned(),
                    of_judge.scores.get(profile),
                    of_judge.unscored.to_string(),
                ));
            }
        }
    }
    lines
}

fn unscored(arm: &ArmScores) -> String {
    match arm.empty {
        0 => arm.unscored.to_string(),
        empty => format!("{} ({empty} empty)", arm.unscored),
    }
}

fn scores(summary: &ScoreSummary, width: Option<u16>) -> String {
    let mut found = table(width);
    let several = summary.profiles.len() > 1;
    let mut header = vec!["arm"];
    if several {
        header.push("profile");
    }
    header.extend([
        "F1_weighted",
        "severe harm",
        "omissions",
        "commissions",
        "recall",
        "precision",
        "floor",
        "resilience",
        "cases",
        "unscored",
    ]);
    let columns = header.len();
    found.set_header(header);
    for (name, profile, scores, unscored) in lines(summary) {
        let metric = |metric: &str| scores.and_then(|scores| scores.metrics.get(metric));
        let harms = |side: fn(&Scores) -> &BySeverity| match scores {
            Some(scores) if !scores.metrics.is_empty() => by_severity(side(scores)),
            _ => "-".to_owned(),
        };
        let headline = match scores {
            None => "not averaged".to_owned(),
            Some(_) => estimate(metric("F1_weighted"), 3),
        };
        let mut row = vec![name];
        if several {
            row.push(profile);
        }
        row.extend([
            headline,
            percent(metric("Severe_rate")),
            harms(|scores| &scores.harms.omission),
            harms(|scores| &scores.harms.commission),
            mean(metric("Recall_weighted"), 3),
            mean(metric("Precision_weighted"), 3),
            mean(metric("F1_floor"), 3),
            mean(metric("Resilience"), 3),
            metric("F1_weighted").map_or_else(|| "-".to_owned(), |e| e.n.to_string()),
            unscored,
        ]);
        found.add_row(row);
    }
    right(&mut found, 1 + usize::from(several), columns);
    let found = found.trim_fmt();
    format!("{found}\nomissions, commissions: severe/moderate/mild per judged answer")
}

fn by_severity(harm: &BySeverity) -> String {
    format!("{:.2}/{:.2}/{:.2}", harm.severe, harm.moderate, harm.mild)
}

fn bounds(summary: &ScoreSummary, width: Option<u16>) -> Option<String> {
    let mut found = table(width);
    let header = vec!["arm", "metric", "scored only", "worst case", "best case"];
    let columns = header.len();
    found.set_header(header);
    let mut any = false;
    for (name, profile, scores, _) in lines(summary) {
        for (metric, bounds) in scores.map(|s| &s.bounds).into_iter().flatten() {
            any = true;
            found.add_row(vec![
                format!("{name} {profile}").trim_end().to_owned(),
                metric.clone(),
                bounds
                    .complete_cases
                    .map_or_else(|| "-".to_owned(), |mean| format!("{mean:.3}")),
                format!("{:.3}", bounds.worst),
                format!("{:.3}", bounds.best),
            ]);
        }
    }
    right(&mut found, 2, columns);
    let found = found.trim_fmt();
    any.then(|| format!("If every unscored answer were as bad, or as good, as it can be\n{found}"))
}

fn spread(summary: &ScoreSummary, width: Option<u16>) -> Option<String> {
    let mut found = table(width);
    let header = vec![
        "arm", "judge", "profile", "metric", "mean", "sd", "range", "trials",
    ];
    let columns = header.len();
    found.set_header(header);
    let mut any = false;
    for (name, arm) in &summary.arms {
        for (judge, by_profile) in &arm.judge_spread {
            for (profile, by_metric) in by_profile {
                for (metric, spread) in by_metric {
                    any = true;
                    found.add_row(vec![
                        name.clone(),
                        judge.clone(),
                        profile.clone(),
                        metric.clone(),
                        format!("{:.4}", spread.mean),
                        spread
                            .sd
                            .map_or_else(|| "-".to_owned(), |sd| format!("{sd:.4}")),
                        format!("{:.4} to {:.4}", spread.min, spread.max),
                        spread.n.to_string(),
                    ]);
                }
            }
        }
    }
    right(&mut found, 4, columns);
    let found = found.trim_fmt();
    any.then(|| format!("What the judge alone changes: the same answers judged again\n{found}"))
}

fn agreements(summary: &ScoreSummary, width: Option<u16>) -> Option<String> {
    let parts: Vec<String> = summary
        .agreement
        .iter()
        .map(|agreement| render_agreement(agreement, width))
        .collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// The agreement of two judges: tiers, then where they part.
pub fn render_agreement(agreement: &Agreement, width: Option<u16>) -> String {
    let (a, b) = (&agreement.a, &agreement.b);
    let mut found = table(width);
    let only_a = format!("only {a}");
    let only_b = format!("only {b}");
    let header = vec![
        "tier", "options", "agreed", "kappa", &only_a, &only_b, "half",
    ];
    let columns = header.len();
    found.set_header(header);
    for tier in &agreement.tiers {
        found.add_row(vec![
            tier.tier.clone(),
            tier.n.to_string(),
            tier.agreed.to_string(),
            tier.kappa
                .map_or_else(|| "-".to_owned(), |kappa| format!("{kappa:.3}")),
            tier.only_a.to_string(),
            tier.only_b.to_string(),
            tier.half.to_string(),
        ]);
    }
    right(&mut found, 1, columns);
    let found = found.trim_fmt();
    let mut text = format!(
        "Agreement of {a} and {b} on {} answers (Cohen's kappa over yes, partial, no)\n{found}\n\
         only: recommended by the reading of one alone; half: in part by one, whole by the other",
        agreement.answers
    );
    if !agreement.disagreements.is_empty() {
        text.push_str("\n\n");
        text.push_str(&partings(agreement, width));
    }
    text
}

fn partings(agreement: &Agreement, width: Option<u16>) -> String {
    let all = &agreement.disagreements;
    let change = all.iter().filter(|found| found.changes_harm).count();
    let mut found = table(width);
    found.set_header(vec![
        "arm",
        "item",
        "option",
        "score",
        &agreement.a,
        &agreement.b,
        "harm",
    ]);
    for one in all.iter().take(SHOWN) {
        found.add_row(vec![
            one.arm.clone(),
            format!("{} trial {}", one.item, one.trial),
            one.option.to_string(),
            one.score.to_string(),
            one.a.clone(),
            one.b.clone(),
            harm(one),
        ]);
    }
    let found = found.trim_fmt();
    let more = match all.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("\nand {more} more; the JSON has them all"),
    };
    format!(
        "They part on {} options, {change} of them with a change of harm\n{found}{more}",
        all.len()
    )
}

fn harm(one: &Disagreement) -> String {
    let name = |harm: &Option<String>| harm.clone().unwrap_or_else(|| "none".to_owned());
    if one.changes_harm {
        format!("{} / {}", name(&one.harm_a), name(&one.harm_b))
    } else {
        "the same".to_owned()
    }
}

fn right(table: &mut comfy_table::Table, from: usize, columns: usize) {
    for column in from..columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
