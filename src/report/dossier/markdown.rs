//! The tables of a paper, in Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Dossier;
use super::answer::answer;
use super::words;
use crate::evidence::arms::{ArmFinding, Group, SEVERITIES, TYPES};
use crate::evidence::compare::{Comparison, Range};
use crate::evidence::{Findings, Measure, Role};

/// The whole dossier as Markdown.
pub fn render(dossier: &Dossier) -> String {
    let mut text = String::with_capacity(16 * 1024);
    let findings = &dossier.findings;
    let mark = &findings.simulated.marked(": ");
    let said = answer(dossier);
    line(
        &mut text,
        &format!("# {mark}Does the panel harm less than its members?"),
    );
    for sentence in &said.sentences {
        line(&mut text, &format!("\n**{sentence}**"));
    }
    line(&mut text, "");
    for detail in &said.details {
        line(&mut text, &format!("* {detail}"));
    }
    line(&mut text, "\nBefore any of this is believed:\n");
    for caveat in &said.caveats {
        line(&mut text, &format!("* {caveat}"));
    }
    arms(&mut text, findings, mark);
    comparisons(&mut text, findings, mark);
    best(&mut text, findings, mark);
    harms(&mut text, findings, mark);
    categories(&mut text, findings, mark);
    specialties(&mut text, findings, mark);
    sensitivity(&mut text, dossier, mark);
    gaps(&mut text, findings, mark);
    for table in super::page::further(dossier) {
        head(
            &mut text,
            &format!("{mark}{}", table.title),
            &table.head.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        for cells in &table.rows {
            row(&mut text, cells);
        }
        line(&mut text, &format!("\n{}", table.note));
    }
    provenance(&mut text, dossier);
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// One row of a table; what stands in a cell cannot end it.
fn row<S: AsRef<str>>(text: &mut String, cells: &[S]) {
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| cell.as_ref().replace('|', "\\|"))
        .collect();
    line(text, &format!("| {} |", cells.join(" | ")));
}

fn head(text: &mut String, title: &str, columns: &[&str]) {
    line(text, &format!("\n## {title}\n"));
    row(text, columns);
    let rule = columns
        .iter()
        .enumerate()
        .map(|(at, _)| if at == 0 { "---" } else { "---:" });
    row(text, &rule.collect::<Vec<_>>());
}

fn measured(arm: &ArmFinding, measure: Measure) -> String {
    arm.measures
        .get(measure.name())
        .map_or_else(|| "–".to_owned(), |range| words::range(measure, range))
}

fn score(range: Option<&Range>) -> String {
    range.map_or_else(
        || "–".to_owned(),
        |range| words::range(Measure::Headline, range),
    )
}

/// Share of the answers that were not abstained.
fn coverage(arm: &ArmFinding) -> String {
    let share = arm.items.saturating_sub(arm.abstained) as f64 / arm.items.max(1) as f64;
    format!("{} %", words::number(100.0 * share, 0))
}

fn arms(text: &mut String, findings: &Findings, mark: &str) {
    head(
        text,
        &format!("{mark}Arms"),
        &[
            "arm",
            "severe harm per 100",
            "of omission",
            "of commission",
            "headline",
            "corrected for length",
            "recall",
            "precision",
            "Safety (primum)",
            "Restraint by answer",
            "escalation",
            "resilience",
            "worst variant",
            "words",
            "US dollars per answer",
            "scored",
            "coverage",
        ],
    );
    for arm in &findings.arms {
        let of = |measure| measured(arm, measure);
        row(
            text,
            &[
                format!("`{}`", arm.name),
                of(Measure::Severe),
                of(Measure::SevereOmission),
                of(Measure::SevereCommission),
                of(Measure::Headline),
                of(Measure::HeadlineLen),
                of(Measure::Recall),
                of(Measure::Precision),
                of(Measure::Safety),
                of(Measure::Restraint),
                of(Measure::Escalation),
                score(arm.resilience.as_ref()),
                score(arm.floor.as_ref()),
                arm.words
                    .map_or_else(|| "–".to_owned(), |w| words::number(w, 0)),
                arm.usd.map_or_else(
                    || "–".to_owned(),
                    |usd| words::dollars(usd.mean, arm.usd_is_estimated),
                ),
                format!("{} of {}", arm.scored, arm.items),
                coverage(arm),
            ],
        );
    }
    line(
        text,
        "\nMeans over cases with 95 % intervals over cases (docs/statistics.md). `nothing`, `union` and \
         `oracle` are computed: nobody gave these answers.",
    );
}

fn comparisons(text: &mut String, findings: &Findings, mark: &str) {
    head(
        text,
        &format!("{mark}Paired comparisons"),
        &[
            "first − second",
            "measure",
            "difference",
            "95 % interval",
            "benchmark's interval",
            "relative reduction",
            "number needed",
            "cases better / worse / all",
            "items left out",
            "if they were worst / best for the first",
            "p",
            "adjusted p",
            "role",
        ],
    );
    for one in &findings.comparisons {
        row(text, &comparison(one));
    }
    line(
        text,
        "\nDifferences of rates in points of 100. The benchmark's own interval stands for parity; its \
         strata of two or three cases make it too narrow. p is two-sided: exact McNemar where every \
         case has one answer, otherwise a sign-flip permutation test over cases. NNTB, NNTH: so many cases for one more to benefit, or to be harmed.",
    );
}

fn comparison(one: &Comparison) -> Vec<String> {
    let dash = || "–".to_owned();
    let ends = |range: &Range| {
        format!(
            "{} to {}",
            words::difference(one.measure, range.lo),
            words::difference(one.measure, range.hi)
        )
    };
    let rate = one.rate.as_ref();
    let relative = rate.and_then(|rate| rate.relative).map(|relative| {
        format!(
            "{} % [{}, {}]",
            words::number(100.0 * relative.mean, 0),
            words::number(100.0 * relative.lo, 0),
            words::number(100.0 * relative.hi, 0)
        )
    });
    vec![
        format!("`{}` − `{}`", one.a, one.b),
        one.measure.name().to_owned(),
        one.diff
            .map_or_else(dash, |d| words::difference(one.measure, d.mean)),
        one.diff.as_ref().map_or_else(dash, ends),
        one.benchmark.as_ref().map_or_else(dash, ends),
        relative.unwrap_or_else(dash),
        rate.map_or_else(dash, |rate| rate.needed.clone()),
        format!("{} / {} / {}", one.better, one.worse, one.cases),
        one.left_out.to_string(),
        match (one.worst, one.best) {
            (Some(worst), Some(best)) => format!(
                "{} / {}",
                words::difference(one.measure, worst),
                words::difference(one.measure, best)
            ),
            _ => dash(),
        },
        one.p.map_or_else(dash, |p| words::p(p).replace("p = ", "")),
        one.p_holm
            .map_or_else(dash, |p| words::p(p).replace("p = ", "")),
        match one.role {
            Role::Primary => "primary",
            Role::Family => "family",
            Role::Exploratory => "exploratory",
        }
        .to_owned(),
    ]
}

fn best(text: &mut String, findings: &Findings, mark: &str) {
    head(
        text,
        &format!("{mark}Against the best member"),
        &[
            "panel",
            "measure",
            "panel's mean",
            "best member, chosen without the case",
            "difference",
            "looks best on all cases",
            "flattered by",
            "mean member",
            "not shown to be beaten",
        ],
    );
    for best in &findings.best_member {
        let measure = best.measure;
        row(
            text,
            &[
                best.panel.clone(),
                measure.name().to_owned(),
                words::mean(measure, best.panel_mean),
                words::mean(measure, best.baseline),
                words::difference_range(measure, &best.diff),
                format!("`{}` {}", best.naive, words::mean(measure, best.naive_mean)),
                words::mean(measure, best.optimism),
                words::mean(measure, best.mean_member),
                if best.not_beaten.is_empty() {
                    "none".to_owned()
                } else {
                    best.not_beaten.join(", ")
                },
            ],
        );
    }
}

fn harms(text: &mut String, findings: &Findings, mark: &str) {
    let mut columns = vec!["arm".to_owned()];
    for (_, kind) in TYPES {
        for (_, severity) in SEVERITIES {
            columns.push(format!("{kind}, {severity}"));
        }
    }
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    head(
        text,
        &format!("{mark}Harms per 100 answers by type and severity"),
        &columns,
    );
    for arm in &findings.arms {
        let mut cells = vec![format!("`{}`", arm.name)];
        for (_, kind) in TYPES {
            for (_, severity) in SEVERITIES {
                let range = arm.harms.get(kind).and_then(|by| by.get(severity));
                cells.push(range.map_or_else(|| "–".to_owned(), counts));
            }
        }
        row(text, &cells);
    }
}

/// Counts per 100 answers with their interval.
fn counts(range: &Range) -> String {
    format!(
        "{} [{}, {}]",
        words::number(range.mean, 1),
        words::number(range.lo, 1),
        words::number(range.hi, 1)
    )
}

fn categories(text: &mut String, findings: &Findings, mark: &str) {
    let Some(first) = findings.arms.first() else {
        return;
    };
    let names: Vec<&str> = first.categories.keys().map(String::as_str).collect();
    let columns: Vec<&str> = std::iter::once("arm")
        .chain(names.iter().copied())
        .collect();
    head(
        text,
        &format!("{mark}Severe harms per 100 answers by kind of action"),
        &columns,
    );
    for arm in &findings.arms {
        let of = |name: &&str| {
            let range = arm.categories.get(*name);
            range.map_or_else(|| "–".to_owned(), counts)
        };
        let mut cells = vec![format!("`{}`", arm.name)];
        cells.extend(names.iter().map(of));
        row(text, &cells);
    }
}

fn specialties(text: &mut String, findings: &Findings, mark: &str) {
    let measures = [
        Measure::Severe,
        Measure::SevereOmission,
        Measure::SevereCommission,
    ];
    for measure in measures {
        specialties_in(text, findings, mark, measure);
    }
}

/// Groups of an arm in a measure.
fn groups(arm: &ArmFinding, measure: Measure) -> Option<&BTreeMap<String, Group>> {
    match measure {
        Measure::Severe => Some(&arm.specialties),
        _ => arm.specialties_by_type.get(measure.name()),
    }
}

fn specialties_in(text: &mut String, findings: &Findings, mark: &str, measure: Measure) {
    let Some(first) = findings.arms.first() else {
        return;
    };
    let names: Vec<(&String, usize)> = first
        .specialties
        .iter()
        .map(|(name, group)| (name, group.cases))
        .collect();
    let columns: Vec<String> = std::iter::once("arm".to_owned())
        .chain(
            names
                .iter()
                .map(|(name, cases)| format!("{name} ({cases})")),
        )
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    head(
        text,
        &format!(
            "{mark}Cases with {} per 100, by specialty (cases)",
            measure.words()
        ),
        &columns,
    );
    for arm in &findings.arms {
        let mut cells = vec![format!("`{}`", arm.name)];
        for (name, _) in &names {
            let group = groups(arm, measure).and_then(|groups| groups.get(*name));
            cells.push(group.map_or_else(
                || "–".to_owned(),
                |group| match &group.range {
                    Some(range) => words::range(measure, range),
                    None => words::per_100(group.mean),
                },
            ));
        }
        row(text, &cells);
    }
}

/// The primary analysis and the others, side by side.
fn sensitivity(text: &mut String, dossier: &Dossier, mark: &str) {
    let any = |arm: &crate::report::summary::ArmSummary| !arm.sensitivity.is_empty();
    let mut arms = dossier
        .runs
        .iter()
        .flat_map(|run| run.summary.arms.values());
    if !arms.any(any) {
        return;
    }
    head(
        text,
        &format!("{mark}If what is unscored or abstained had come out otherwise"),
        &[
            "arm",
            "metric",
            "primary",
            "scored only",
            "worst case",
            "best case",
            "abstained as doing nothing",
            "abstained as the lead's draft",
        ],
    );
    let shown =
        |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| words::number(value, 3));
    for run in &dossier.runs {
        for (name, arm) in &run.summary.arms {
            for (metric, other) in &arm.sensitivity {
                row(
                    text,
                    &[
                        format!("`{name}`"),
                        metric.clone(),
                        shown(arm.metrics.get(metric).map(|m| m.mean)),
                        shown(other.complete_cases),
                        words::number(other.worst, 3),
                        words::number(other.best, 3),
                        shown(other.abstained_as_nothing),
                        shown(other.abstained_as_lead),
                    ],
                );
            }
        }
    }
}

fn gaps(text: &mut String, findings: &Findings, mark: &str) {
    if findings.gaps.is_empty() {
        return;
    }
    head(
        text,
        &format!("{mark}Items on which a panel and its members differ most"),
        &[
            "item",
            "panel",
            "panel: severe harm",
            "members with severe harm",
            "panel's headline",
            "members' mean headline",
        ],
    );
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| words::number(v, 3));
    for gap in &findings.gaps {
        let trial = match gap.trial {
            1 => String::new(),
            trial => format!(" (trial {trial})"),
        };
        row(
            text,
            &[
                format!("{}{trial}", gap.item),
                gap.panel.clone(),
                if gap.panel_severe { "yes" } else { "no" }.to_owned(),
                format!("{} of {}", gap.members_severe, gap.members),
                shown(gap.panel_headline),
                shown(gap.members_headline),
            ],
        );
    }
}

/// Where the numbers come from (design rule 8).
fn provenance(text: &mut String, dossier: &Dossier) {
    line(text, "\n## Where these numbers come from\n");
    for run in &dossier.runs {
        let summary = &run.summary;
        let judge = summary.judge.as_ref().map_or_else(
            || "none".to_owned(),
            |judge| {
                let prompts: Vec<String> = judge
                    .prompts
                    .iter()
                    .map(|prompt| format!("{} {}", prompt.name, prompt.sha256))
                    .collect();
                format!(
                    "match {}, review {}; prompts {}",
                    judge.matching,
                    judge.review.as_deref().unwrap_or("none"),
                    prompts.join(", ")
                )
            },
        );
        let _ = writeln!(
            text,
            "* Run `{}`: profile {}, case set {} ({} cases, {} items, hash `{}`), k {}, trials {}, seed \
             {}, panel hash `{}`, judge {judge}, program {}.",
            run.name,
            summary.profile,
            summary.case_set.name,
            summary.case_set.cases,
            summary.case_set.items,
            summary.case_set.hash,
            summary.k,
            summary.trials,
            summary.seed,
            summary.panel_hash,
            summary.program_version,
        );
        for (name, hash) in &summary.panels {
            let _ = writeln!(text, "  * panel {name} `{hash}`");
        }
        for (name, hash) in &summary.prompt_hashes {
            let _ = writeln!(text, "  * prompt {name} `{hash}`");
        }
    }
    line(
        text,
        "\nPrimum is a research tool and no medical device. Rates are rubric indicators on selected \
         cases, not event rates in patients.",
    );
}
