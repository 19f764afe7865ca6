//! The tables of the page as words, ready to be written out.

use serde::Serialize;

use crate::evidence::compare::Comparison;
use crate::evidence::guardians::HarmTally;
use crate::evidence::ledger::summary::{WhatIfCount, WhatIfSummary};
use crate::evidence::{Findings, Measure, Role};
use crate::report::dossier::{Dossier, words};

/// A table.
#[derive(Debug, Default, Serialize)]
pub struct TableView {
    /// For links.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// What it says, and how to read it.
    pub note: String,
    /// Names of the columns.
    pub head: Vec<String>,
    /// Which columns hold words, and not numbers.
    pub words: Vec<bool>,
    /// The rows; the first cell names the row.
    pub rows: Vec<Vec<String>>,
}

/// Tables by where they stand.
#[derive(Debug, Default, Serialize)]
pub struct Tables {
    /// Behind the charts of differences.
    pub comparisons: Vec<TableView>,
    /// Behind the charts of stages.
    pub stages: Vec<TableView>,
    /// Behind the matrices.
    pub together: Vec<TableView>,
    /// At the end.
    pub others: Vec<TableView>,
}

const DASH: &str = "–";

impl Tables {
    /// Of a dossier.
    pub fn of(dossier: &Dossier) -> Self {
        let findings = &dossier.findings;
        let some = |mut table: TableView| {
            table.words = (0..table.head.len())
                .map(|at| !table.rows.iter().all(|row| is_number(row.get(at))))
                .collect();
            (!table.rows.is_empty()).then_some(table)
        };
        Self {
            comparisons: [best(findings), comparisons(findings)]
                .into_iter()
                .filter_map(some)
                .collect(),
            stages: some(what_ifs(findings)).into_iter().collect(),
            together: [ensembles(findings), pairs(findings), minority(findings)]
                .into_iter()
                .filter_map(some)
                .collect(),
            others: [predictions(dossier), sensitivity(dossier), gaps(dossier)]
                .into_iter()
                .filter_map(some)
                .collect(),
        }
    }
}

/// What the page and the Markdown have beyond arms and comparisons.
pub(super) fn further(dossier: &Dossier) -> Vec<TableView> {
    let findings = &dossier.findings;
    let all = [
        predictions(dossier),
        guardians(findings),
        stage_harms(findings),
        what_ifs(findings),
        ensembles(findings),
        pairs(findings),
        minority(findings),
    ];
    all.into_iter()
        .filter(|table| !table.rows.is_empty())
        .collect()
}

fn tally(tally: &HarmTally) -> String {
    let (omission, commission) = (&tally.omission, &tally.commission);
    format!(
        "{}/{}/{} + {}/{}/{}",
        omission.severe,
        omission.moderate,
        omission.mild,
        commission.severe,
        commission.moderate,
        commission.mild
    )
}

fn guardians(findings: &Findings) -> TableView {
    let rows = findings.guardians.iter().flat_map(|(panel, guardians)| {
        guardians.iter().map(move |one| {
            vec![
                format!("{panel}, {}", one.name),
                one.items.to_string(),
                one.applied.to_string(),
                one.refused.to_string(),
                tally(&one.added),
                tally(&one.prevented),
                one.severe_cases_added.to_string(),
                one.severe_cases_prevented.to_string(),
            ]
        })
    });
    TableView {
        id: "guardians",
        title: "What each guardian did".to_owned(),
        note: "Harms severe/moderate/mild of omission + of commission, over all items.".to_owned(),
        head: head(&[
            "panel, guardian",
            "items",
            "edits carried out",
            "refused",
            "harms added",
            "harms prevented",
            "severe items added",
            "severe items prevented",
        ]),
        rows: rows.collect(),
        ..TableView::default()
    }
}

fn stage_harms(findings: &Findings) -> TableView {
    let mut rows = Vec::new();
    for (panel, ledger) in &findings.ledgers {
        for stage in ledger.stages.iter().chain(Some(&ledger.judge)) {
            rows.push(vec![
                format!("{panel}, {}", stage.stage),
                stage.items.to_string(),
                tally(&stage.added),
                tally(&stage.prevented),
                stage.severe_cases_added.to_string(),
                stage.severe_cases_prevented.to_string(),
            ]);
        }
    }
    TableView {
        id: "harm-ledger",
        title: "Which stage added or prevented harm".to_owned(),
        note: "Harms severe/moderate/mild of omission + of commission, over all items; the judge: \
               words stayed and the verdict changed."
            .to_owned(),
        head: head(&[
            "panel, stage",
            "items",
            "harms added",
            "harms prevented",
            "severe items added",
            "severe items prevented",
        ]),
        rows,
        ..TableView::default()
    }
}

/// Is the cell a number, an interval, or empty? Such columns stand flush right.
fn is_number(cell: Option<&String>) -> bool {
    cell.is_none_or(|cell| {
        !cell.chars().any(char::is_alphabetic) || cell.contains(" of ") || cell == DASH
    })
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn best(findings: &Findings) -> TableView {
    TableView {
        id: "best-member",
        title: "Against the best member".to_owned(),
        note: "The best member is chosen for each case by all other cases, anew in every resample. \
               The naive best was chosen by looking; by how much that flatters it stands beside it. \
               “Beats its best member” is said only when the one-sided 95 % bound and the test, \
               one-sided at 5 %, exclude zero against every member."
            .to_owned(),
        words: Vec::new(),
        head: head(&[
            "panel, measure",
            "panel",
            "best member, unseen",
            "difference [95 %]",
            "looks best",
            "flattered by",
            "mean member",
            "not shown to be beaten",
        ]),
        rows: findings
            .best_member
            .iter()
            .map(|best| {
                let measure = best.measure;
                vec![
                    format!("{}, {}", best.panel, measure.words()),
                    words::mean(measure, best.panel_mean),
                    words::mean(measure, best.baseline),
                    words::difference_range(measure, &best.diff),
                    format!("{} {}", best.naive, words::mean(measure, best.naive_mean)),
                    words::mean(measure, best.optimism),
                    words::mean(measure, best.mean_member),
                    if best.not_beaten.is_empty() {
                        "none: beats its best member".to_owned()
                    } else {
                        best.not_beaten.join(", ")
                    },
                ]
            })
            .collect(),
    }
}

fn comparisons(findings: &Findings) -> TableView {
    TableView {
        id: "comparisons",
        title: "Paired comparisons".to_owned(),
        note: "Effect, interval, then p. Rates and their differences per 100. The benchmark's own \
               interval stands for parity: its strata of two or three cases make it too narrow. \
               p: exact McNemar test where every case has one answer, otherwise a sign-flip \
               permutation test over cases, two-sided; exploratory unless a role stands beside it. \
               NNTB, NNTH: so many answers of the first for one severe harm fewer, or one more."
            .to_owned(),
        words: Vec::new(),
        head: head(&[
            "first − second",
            "measure",
            "difference [95 %]",
            "p",
            "better / worse / cases",
            "relative reduction [95 %]",
            "number needed",
            "benchmark's interval",
        ]),
        rows: findings.comparisons.iter().map(comparison).collect(),
    }
}

fn comparison(one: &Comparison) -> Vec<String> {
    let dash = || DASH.to_owned();
    let measure = one.measure;
    let ends = |lo: f64, hi: f64| {
        format!(
            "[{}, {}]",
            words::difference(measure, lo),
            words::difference(measure, hi),
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
    let p = |p: f64| words::p(p).replace("p = ", "").replace("p < ", "<");
    vec![
        format!("{} − {}", one.a, one.b),
        measure.words().to_owned(),
        one.diff
            .map_or_else(dash, |diff| words::difference_range(measure, &diff)),
        match (one.role, one.p, one.p_holm) {
            (_, None, _) => dash(),
            (Role::Exploratory, Some(raw), _) => p(raw),
            (Role::Primary, Some(raw), _) => format!("{}, primary", p(raw)),
            (Role::Family, Some(raw), None) => format!("{}, family", p(raw)),
            (Role::Family, Some(raw), Some(holm)) => {
                format!("{}, family, adjusted {}", p(raw), p(holm))
            }
        },
        counts(one),
        relative.unwrap_or_else(dash),
        rate.map_or_else(dash, |rate| rate.needed.replace("infinity", "∞")),
        one.benchmark
            .map_or_else(dash, |diff| ends(diff.lo, diff.hi)),
    ]
}

/// Cases better, worse and in all, and the items that are in no difference.
fn counts(one: &Comparison) -> String {
    let counts = format!("{} / {} / {}", one.better, one.worse, one.cases);
    match one.left_out {
        0 => counts,
        n => format!("{counts}; {n} items left out"),
    }
}

fn what_ifs(findings: &Findings) -> TableView {
    let mut rows = Vec::new();
    for (panel, ledger) in &findings.ledgers {
        rows.extend(ledger.what_ifs.iter().map(|one| what_if(panel, one)));
    }
    TableView {
        id: "what-if",
        title: "What if the panel had been another?".to_owned(),
        note:
            "Approximate: from verdicts that items carry. Confirmed: the judge read the very text \
               (--confirm). Severe cases per 100, and all severe harms per 100 answers."
                .to_owned(),
        words: Vec::new(),
        head: head(&[
            "panel, change",
            "items",
            "items with severe harm per 100, approximate",
            "severe omissions",
            "severe commissions",
            "as judged (--confirm, or where the text was judged anyway)",
        ]),
        rows,
    }
}

fn what_if(panel: &str, one: &WhatIfSummary) -> Vec<String> {
    let per = |count: &WhatIfCount, n: usize| {
        words::number(100.0 * n as f64 / count.items.max(1) as f64, 1)
    };
    let predicted = &one.predicted;
    vec![
        format!("{panel}, {}", one.change),
        predicted.items.to_string(),
        words::per_100(predicted.severe_rate),
        per(predicted, predicted.harms.omission.severe),
        per(predicted, predicted.harms.commission.severe),
        one.confirmed.as_ref().map_or_else(
            || "not judged".to_owned(),
            |both| {
                format!(
                    "{} ({} approximate, on {} items)",
                    words::per_100(both.judged.severe_rate),
                    words::per_100(both.predicted.severe_rate),
                    both.judged.items
                )
            },
        ),
    ]
}

fn ensembles(findings: &Findings) -> TableView {
    let mut rows = Vec::new();
    for (panel, ensemble) in &findings.ensembles {
        let sides = [
            ("omission", &ensemble.omission),
            ("commission", &ensemble.commission),
        ];
        for (word, errors) in sides {
            let Some(errors) = errors else { continue };
            let share = |value: f64| words::number(100.0 * value, 1);
            let maybe = |value: Option<f64>| value.map_or_else(|| DASH.to_owned(), share);
            rows.push(vec![
                format!("{panel}, {word}"),
                share(errors.mean),
                share(errors.best),
                errors
                    .effective_members
                    .map_or_else(|| DASH.to_owned(), |n| words::number(n, 1)),
                share(errors.predicted.if_independent),
                maybe(errors.predicted.with_rho),
                share(errors.measured.majority),
                maybe(errors.measured.without_guardians),
                share(errors.measured.panel),
                words::signed(100.0 * (errors.measured.panel - errors.mean), 1),
            ]);
        }
    }
    TableView {
        id: "diversity",
        title: "A majority, predicted and measured".to_owned(),
        note: "Errors per 100 options on which one could be made. Predicted: a strict majority of \
               these members by the one-factor probit model."
            .to_owned(),
        words: Vec::new(),
        head: head(&[
            "panel, errors",
            "mean member",
            "best member",
            "worth so many",
            "majority if independent",
            "majority as correlated",
            "majority, counted",
            "without guardians",
            "panel",
            "panel − mean member",
        ]),
        rows,
    }
}

fn pairs(findings: &Findings) -> TableView {
    let mut rows = Vec::new();
    for (panel, ensemble) in &findings.ensembles {
        let sides = [
            ("omission", &ensemble.omission),
            ("commission", &ensemble.commission),
        ];
        for (word, errors) in sides {
            let Some(errors) = errors else { continue };
            let shown = |value: Option<f64>| {
                value.map_or_else(|| DASH.to_owned(), |value| words::number(value, 2))
            };
            rows.extend(errors.pairs.iter().map(|pair| {
                vec![
                    format!("{panel}: {} and {}", pair.a, pair.b),
                    word.to_owned(),
                    shown(pair.phi),
                    shown(pair.kappa),
                    shown(pair.tetrachoric),
                ]
            }));
        }
    }
    TableView {
        id: "pairs",
        title: "Members that fail together, pair by pair".to_owned(),
        note: "phi: correlation of errors; kappa: failing together beyond chance; tetrachoric: \
               correlation of what stands behind them."
            .to_owned(),
        head: head(&["members", "errors of", "phi", "kappa", "tetrachoric"]),
        rows,
        ..TableView::default()
    }
}

fn minority(findings: &Findings) -> TableView {
    let rows = findings.minority.iter().map(|(panel, sum)| {
        vec![
            panel.clone(),
            sum.items.to_string(),
            format!("{} of {}", sum.lost, sum.right),
            format!("{} of {}", sum.kept, sum.wrong),
        ]
    });
    TableView {
        id: "minority",
        title: "What only a minority said".to_owned(),
        note:
            "Options that at most half of the advisors have: right ones that the plan lost, wrong \
               ones that it kept."
                .to_owned(),
        words: Vec::new(),
        head: head(&["panel", "items", "right and lost", "wrong and kept"]),
        rows: rows.collect(),
    }
}

fn holds(holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not to be said: another panel",
    }
}

fn predictions(dossier: &Dossier) -> TableView {
    let measure = Measure::Severe;
    let rows = dossier.outcomes.iter().map(|one| {
        vec![
            one.panel.clone(),
            format!(
                "{} [{}, {}]",
                words::mean(measure, one.predicted.mean),
                words::mean(measure, one.predicted.lo),
                words::mean(measure, one.predicted.hi)
            ),
            format!(
                "{} [{}, {}]",
                words::mean(measure, one.measured.mean),
                words::mean(measure, one.measured.lo),
                words::mean(measure, one.measured.hi)
            ),
            words::difference(measure, one.difference),
            holds(one.holds).to_owned(),
            words::number(one.rubric_assisted_headline, 3),
            words::number(one.headline, 3),
            match (one.same_panel, one.same_cases) {
                (true, true) => "the same panel on the cases that it was chosen on: this confirms the pooling, not the choice".to_owned(),
                (true, false) => "the same panel on other cases".to_owned(),
                (false, _) => "ANOTHER panel of that name".to_owned(),
            },
        ]
    });
    TableView {
        id: "prediction",
        title: "Prediction and outcome".to_owned(),
        note: "primum search predicts by votes on rubric options (rubric-assisted), which no real \
               panel has; primum bench measured."
            .to_owned(),
        words: Vec::new(),
        head: head(&[
            "panel",
            "severe harm, predicted",
            "measured",
            "difference",
            "within the interval",
            "headline, rubric-assisted",
            "headline, measured",
            "what was measured",
        ]),
        rows: rows.collect(),
    }
}

fn sensitivity(dossier: &Dossier) -> TableView {
    let maybe = |value: Option<f64>| value.map_or_else(|| DASH.to_owned(), |v| words::number(v, 3));
    let mut rows = Vec::new();
    for run in &dossier.runs {
        for (arm, summary) in &run.summary.arms {
            for (metric, other) in &summary.sensitivity {
                rows.push(vec![
                    format!("{arm}, {metric}"),
                    maybe(summary.metrics.get(metric).map(|m| m.mean)),
                    maybe(other.complete_cases),
                    words::number(other.worst, 3),
                    words::number(other.best, 3),
                    maybe(other.abstained_as_nothing),
                    maybe(other.abstained_as_lead),
                    format!(
                        "{} unscored, {} abstained of {}",
                        summary.unscored, summary.abstained, summary.items
                    ),
                ]);
            }
        }
    }
    TableView {
        id: "sensitivity",
        title: "If what is unscored or abstained had come out otherwise".to_owned(),
        note:
            "Primary: every text that a caller would get. The others change only what is unscored \
               or abstained."
                .to_owned(),
        words: Vec::new(),
        head: head(&[
            "arm, metric",
            "primary",
            "scored only",
            "worst case",
            "best case",
            "abstained as doing nothing",
            "abstained as the lead's draft",
            "counts",
        ]),
        rows,
    }
}

fn gaps(dossier: &Dossier) -> TableView {
    let maybe = |value: Option<f64>| value.map_or_else(|| DASH.to_owned(), |v| words::number(v, 3));
    let rows = dossier.findings.gaps.iter().map(|gap| {
        vec![
            match gap.trial {
                1 => gap.item.clone(),
                trial => format!("{}, trial {trial}", gap.item),
            },
            gap.panel.clone(),
            if gap.panel_severe { "yes" } else { "no" }.to_owned(),
            format!("{} of {}", gap.members_severe, gap.members),
            maybe(gap.panel_headline),
            maybe(gap.members_headline),
        ]
    });
    TableView {
        id: "gaps",
        title: "Items on which panel and members differ most".to_owned(),
        note: "To read the story of one: primum explain RUN ITEM".to_owned(),
        words: Vec::new(),
        head: head(&[
            "item",
            "panel",
            "panel: severe harm",
            "members with severe harm",
            "panel's headline",
            "members' mean headline",
        ]),
        rows: rows.collect(),
    }
}
