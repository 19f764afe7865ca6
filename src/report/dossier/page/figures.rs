//! The data of each chart, from the findings.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::clinical::HarmType;
use crate::evidence::arms::{ArmFinding, Spread};
use crate::evidence::compare::Range;
use crate::evidence::ensembles::ErrorsTogether;
use crate::evidence::guardians::{Counts, HarmTally};
use crate::evidence::{Findings, Measure, Sort};
use crate::report::chart::{
    self, Agreement, AgreementRow, ArmKind, Axis, Better, BySeverity, Caption, Differences,
    Distribution, DistributionColumn, DistributionRow, Estimate, Flow, FlowStage, Forest,
    ForestColumn, ForestRow, Format, GuardianEffect, GuardianRow, Heat, HeatRow, Matrix, Quantiles,
    Resilience, ResilienceRow, Scatter, ScatterPoint, SevereBars, SevereRow,
};
use crate::report::dossier::Dossier;

/// Charts under one heading.
#[derive(Debug, Serialize)]
pub struct Section {
    /// For links.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What to look at, in a sentence or two.
    pub words: &'static str,
    /// The charts as SVG.
    pub charts: Vec<String>,
}

/// All sections with charts, in their order.
pub fn sections(dossier: &Dossier) -> Vec<Section> {
    let findings = &dossier.findings;
    let f = Figures { findings };
    let sections = vec![
        Section {
            id: "arms",
            title: "The arms",
            words: "Every way of answering on the same cases. Lines are 95 % intervals over cases. Open \
                    marks are yardsticks that nobody could use as they are.",
            charts: vec![f.forest(), f.severe()],
        },
        Section {
            id: "price",
            title: "Harm against price",
            words: "What less harm costs, in dollars and in time. Lower left is better. Drafts that were only \
                    cut (solo-cut) cost what their drafts cost and are left out.",
            charts: vec![f.cost(), f.latency()],
        },
        Section {
            id: "differences",
            title: "Case by case",
            words: "One dot a case, on the same cases. What counts is how many lie on either side, and how \
                    far.",
            charts: f.differences(),
        },
        Section {
            id: "where",
            title: "Where it harms",
            words: "Severe harm by specialty and by kind of action. A row of few cases says little. \
                    Doing nothing and drafts that were only cut are left out.",
            charts: vec![f.specialties(), f.categories()],
        },
        Section {
            id: "stages",
            title: "Which stage did it",
            words: "What each stage of a panel added and prevented. The judge has a line of its own: where \
                    the words stayed and the verdict changed.",
            charts: f.stages(),
        },
        Section {
            id: "together",
            title: "Do members fail together?",
            words: "Correlation (phi) of the members' errors. Members that fail on the same items are worth \
                    fewer than their number.",
            charts: f.together(),
        },
        Section {
            id: "more",
            title: "Safety, restraint, wording, judge, spread",
            words: "How much of what an answer recommends is needed, how little it depends on the wording \
                    of a case, how often the judge's second call changed the first, and how price and time \
                    are spread over answers. Wording needs variants (--k), the second call a reviewer.",
            charts: [
                Some(f.plane()),
                f.resilience(),
                f.review(),
                Some(f.spread()),
            ]
            .into_iter()
            .flatten()
            .collect(),
        },
    ];
    sections
        .into_iter()
        .filter(|section| !section.charts.is_empty())
        .collect()
}

struct Figures<'a> {
    findings: &'a Findings,
}

/// Has the arm a place where arms are seen side by side? A draft that was only
/// cut stands on its own draft, and doing nothing squeezes all others into a
/// corner, or takes all the colours.
fn in_plane(arm: &ArmFinding) -> bool {
    !matches!(arm.sort, Sort::SoloCut | Sort::Nothing)
}

fn kind(sort: Sort) -> ArmKind {
    match sort {
        Sort::Panel | Sort::PanelNoGuardians | Sort::SelfEnsemble => ArmKind::Panel,
        Sort::Solo | Sort::SoloCut => ArmKind::Member,
        Sort::Nothing | Sort::Union | Sort::Oracle => ArmKind::Baseline,
    }
}

fn estimate(range: &Range) -> Estimate {
    Estimate::new(range.mean, range.lo, range.hi)
}

fn severity(counts: &Counts, per: f64) -> BySeverity {
    BySeverity {
        severe: counts.severe as f64 * per,
        moderate: counts.moderate as f64 * per,
        mild: counts.mild as f64 * per,
    }
}

fn both(tally: &HarmTally, per: f64) -> BySeverity {
    let (a, b) = (&tally.omission, &tally.commission);
    let sum = Counts {
        severe: a.severe + b.severe,
        moderate: a.moderate + b.moderate,
        mild: a.mild + b.mild,
    };
    severity(&sum, per)
}

impl Figures<'_> {
    fn caption(&self, title: impl Into<String>, note: impl Into<String>) -> Caption {
        Caption {
            title: title.into(),
            note: note.into(),
            simulated: self.findings.simulated.mark(),
        }
    }

    /// Whose dollars are estimated in part.
    fn estimated(&self) -> String {
        let arms = self.findings.arms.iter();
        let names: Vec<&str> = arms
            .filter(|arm| arm.usd_is_estimated)
            .map(|arm| arm.name.as_str())
            .collect();
        match names.is_empty() {
            true => String::new(),
            false => format!(
                " Estimated in part, since a provider did not say what an answer took: {}.",
                names.join(", ")
            ),
        }
    }

    fn measured(&self, arm: &ArmFinding, measure: Measure) -> Option<Estimate> {
        arm.measures.get(measure.name()).map(estimate)
    }

    /// Is the headline Safety, because options were graded?
    fn headline(&self) -> &'static str {
        match self.findings.headline {
            Measure::Safety => "Safety (primum)",
            _ => "headline F1_weighted",
        }
    }

    fn forest(&self) -> String {
        let mut rows: Vec<ForestRow> = self
            .findings
            .arms
            .iter()
            .map(|arm| ForestRow {
                label: arm.name.clone(),
                kind: kind(arm.sort),
                estimates: vec![
                    self.measured(arm, Measure::Severe),
                    self.measured(arm, self.findings.headline),
                ],
            })
            .collect();
        for panel in &self.findings.panels {
            let of = |measure: Measure| {
                let all = self.findings.best_member.iter();
                all.clone()
                    .find(|best| best.panel == *panel && best.measure == measure)
                    .map(|best| Estimate::point(best.baseline))
            };
            rows.push(ForestRow {
                label: format!("best member of {panel}, unseen"),
                kind: ArmKind::Baseline,
                estimates: vec![of(Measure::Severe), of(self.findings.headline)],
            });
        }
        chart::forest(&Forest {
            caption: self.caption(
                "Severe harm and headline of every arm",
                "95 % intervals over cases. The best member is chosen for each case by all others.",
            ),
            columns: vec![
                ForestColumn {
                    label: "severe harm, per 100".to_owned(),
                    format: Format::Per100(1),
                    better: Better::Lower,
                    reference: None,
                },
                ForestColumn {
                    label: self.headline().to_owned(),
                    format: Format::Number(3),
                    better: Better::Higher,
                    reference: None,
                },
            ],
            rows,
        })
    }

    fn severe(&self) -> String {
        let mean = |arm: &ArmFinding, measure: Measure| {
            arm.measures.get(measure.name()).map(|range| range.mean)
        };
        chart::severe_bars(&SevereBars {
            caption: self.caption(
                "Severe harm per 100 cases, by kind",
                "Omission: something needed was left out. Commission: something harmful was recommended.",
            ),
            rows: self
                .findings
                .arms
                .iter()
                .map(|arm| SevereRow {
                    label: arm.name.clone(),
                    kind: kind(arm.sort),
                    any: self.measured(arm, Measure::Severe),
                    omission: mean(arm, Measure::SevereOmission),
                    commission: mean(arm, Measure::SevereCommission),
                })
                .collect(),
        })
    }

    /// Severe harm against something; the front is what nothing beats in both.
    fn against(
        &self,
        caption: Caption,
        x: Axis,
        of: impl Fn(&ArmFinding) -> Option<f64>,
    ) -> String {
        let arms: Vec<&ArmFinding> = self
            .findings
            .arms
            .iter()
            .filter(|arm| !arm.sort.is_computed() && in_plane(arm))
            .collect();
        let place = |arm: &ArmFinding| {
            let y = arm.measures.get(Measure::Severe.name())?.mean;
            Some((of(arm)?, y))
        };
        let front = |arm: &ArmFinding| {
            place(arm).is_some_and(|(x, y)| {
                !arms
                    .iter()
                    .filter_map(|other| place(other))
                    .any(|(a, b)| a <= x && b <= y && (a < x || b < y))
            })
        };
        chart::scatter(&Scatter {
            caption,
            x,
            y: Axis {
                label: "severe harm, per 100".to_owned(),
                format: Format::Per100(1),
                better: Better::Lower,
            },
            points: arms
                .iter()
                .map(|arm| ScatterPoint {
                    label: arm.name.clone(),
                    kind: kind(arm.sort),
                    x: of(arm),
                    y: self.measured(arm, Measure::Severe),
                    front: front(arm),
                    predicted: false,
                })
                .collect(),
            joins: Vec::new(),
        })
    }

    fn cost(&self) -> String {
        self.against(
            self.caption(
                "Severe harm against dollars",
                format!(
                    "Mean dollars per answer, every call counted once, the judge left out. The line joins the \
                     arms that none beats in both.{}",
                    self.estimated()
                ),
            ),
            Axis {
                label: "US dollars per answer".to_owned(),
                format: Format::Dollars,
                better: Better::Lower,
            },
            |arm| arm.usd.map(|usd| usd.mean),
        )
    }

    fn latency(&self) -> String {
        self.against(
            self.caption(
                "Severe harm against time",
                "Median seconds per answer along its critical path, own waits left out.",
            ),
            Axis {
                label: "seconds per answer".to_owned(),
                format: Format::Seconds,
                better: Better::Lower,
            },
            |arm| arm.seconds.map(|seconds| seconds.quantiles[2]),
        )
    }

    /// Every panel against its lead, itself without guardians, and the member
    /// that looks best.
    fn differences(&self) -> Vec<String> {
        let mut charts = Vec::new();
        for panel in &self.findings.panels {
            let arm = format!("panel:{panel}");
            let mut others: Vec<String> = Vec::new();
            let mut add = |name: Option<String>| {
                if let Some(name) = name
                    && !others.contains(&name)
                {
                    others.push(name);
                }
            };
            let best = |measure: Measure| {
                let all = self.findings.best_member.iter();
                all.clone()
                    .find(|best| best.panel == *panel && best.measure == measure)
            };
            add(self.findings.leads.get(panel).cloned());
            add(best(self.findings.headline).map(|best| best.naive.clone()));
            let unguarded = arm.replacen("panel:", "panel-no-guardians:", 1);
            add(Some(unguarded));
            for other in others {
                charts.extend(self.difference(&arm, &other));
            }
        }
        charts
    }

    fn difference(&self, a: &str, b: &str) -> Option<String> {
        let one = self.findings.comparison(self.findings.headline, a, b)?;
        let severe = self.findings.comparison(Measure::Severe, a, b);
        let note = severe.map_or_else(String::new, |severe| {
            format!(
                "Severe harm: {} cases better, {} worse, {} the same.",
                severe.better,
                severe.worse,
                severe.cases - severe.better - severe.worse
            )
        });
        Some(chart::differences(&Differences {
            caption: self.caption(format!("{}: {a} minus {b}", self.headline()), note),
            a: a.to_owned(),
            b: b.to_owned(),
            measure: self.headline().to_owned(),
            format: Some(Format::Number(3)),
            better: Better::Higher,
            mean: one.diff.as_ref().map(estimate),
            cases: one
                .by_case
                .iter()
                .map(|(case, value)| (case.clone(), Some(*value)))
                .collect(),
        }))
    }

    /// The arms of a heat map.
    fn columns(&self) -> Vec<&ArmFinding> {
        let arms = self.findings.arms.iter();
        arms.filter(|arm| in_plane(arm)).collect()
    }

    fn specialties(&self) -> String {
        let arms = self.columns();
        let names: BTreeSet<&String> = arms.iter().flat_map(|a| a.specialties.keys()).collect();
        chart::heat(&Heat {
            caption: self.caption(
                "Severe harm per 100 cases, by specialty",
                "n: cases of the specialty.",
            ),
            measure: "severe harm per 100".to_owned(),
            format: Format::Per100(0),
            columns: arms.iter().map(|arm| arm.name.clone()).collect(),
            rows: names
                .into_iter()
                .map(|name| HeatRow {
                    label: name.clone(),
                    n: arms
                        .iter()
                        .filter_map(|arm| arm.specialties.get(name))
                        .map(|group| group.cases)
                        .max(),
                    values: arms
                        .iter()
                        .map(|arm| arm.specialties.get(name).map(|group| group.mean))
                        .collect(),
                })
                .collect(),
        })
    }

    fn categories(&self) -> String {
        let arms = self.columns();
        let names: BTreeSet<&String> = arms.iter().flat_map(|a| a.categories.keys()).collect();
        chart::heat(&Heat {
            caption: self.caption(
                "Severe harms per 100 answers, by kind of action",
                "An answer may have several.",
            ),
            measure: "severe harms per 100 answers".to_owned(),
            format: Format::Number(0),
            columns: arms.iter().map(|arm| arm.name.clone()).collect(),
            rows: names
                .into_iter()
                .map(|name| HeatRow {
                    label: name.clone(),
                    n: None,
                    values: arms
                        .iter()
                        .map(|arm| arm.categories.get(name).map(|range| range.mean))
                        .collect(),
                })
                .collect(),
        })
    }

    fn stages(&self) -> Vec<String> {
        let mut charts = Vec::new();
        for (panel, ledger) in &self.findings.ledgers {
            if ledger.items == 0 {
                continue;
            }
            let per = 100.0 / ledger.items as f64;
            for side in [HarmType::Omission, HarmType::Commission] {
                let of = |tally: &HarmTally| match side {
                    HarmType::Omission => tally.omission,
                    HarmType::Commission => tally.commission,
                };
                let mut level = of(&ledger.start);
                let mut stages = vec![FlowStage {
                    label: "drafts".to_owned(),
                    carried: Some(severity(&level, per)),
                    added: None,
                    prevented: None,
                }];
                let judge = (ledger.judge.added != ledger.judge.prevented
                    || ledger.judge.added != HarmTally::default())
                .then_some(&ledger.judge);
                for stage in ledger.stages.iter().chain(judge) {
                    let (added, prevented) = (of(&stage.added), of(&stage.prevented));
                    level = Counts {
                        severe: (level.severe + added.severe).saturating_sub(prevented.severe),
                        moderate: (level.moderate + added.moderate)
                            .saturating_sub(prevented.moderate),
                        mild: (level.mild + added.mild).saturating_sub(prevented.mild),
                    };
                    stages.push(FlowStage {
                        label: stage.stage.clone(),
                        carried: Some(severity(&level, per)),
                        added: Some(severity(&added, per)),
                        prevented: Some(severity(&prevented, per)),
                    });
                }
                let word = match side {
                    HarmType::Omission => "omission",
                    HarmType::Commission => "commission",
                };
                charts.push(chart::flow(&Flow {
                    caption: self.caption(
                        format!("Harms of {word} through the stages of panel {panel}"),
                        match side {
                            HarmType::Omission => {
                                "Drafts: all of them together, so that only what every draft leaves \
                                 out is an omission."
                            }
                            HarmType::Commission => {
                                "Drafts: all of them together, so that what any one draft \
                                 recommends counts."
                            }
                        },
                    ),
                    measure: format!("harms of {word} per 100 answers"),
                    format: Format::Number(0),
                    stages,
                }));
            }
        }
        for (panel, guardians) in &self.findings.guardians {
            charts.push(chart::guardian_effect(&GuardianEffect {
                caption: self.caption(
                    format!("What the guardians of panel {panel} did"),
                    "By the plan before and after each, as judged.",
                ),
                measure: "harms per 100 answers".to_owned(),
                format: Format::Number(0),
                rows: guardians
                    .iter()
                    .map(|guardian| {
                        let per = 100.0 / guardian.items.max(1) as f64;
                        let net = guardian.severe_cases_added as f64
                            - guardian.severe_cases_prevented as f64;
                        GuardianRow {
                            label: guardian.name.clone(),
                            added: Some(both(&guardian.added, per)),
                            prevented: Some(both(&guardian.prevented, per)),
                            net_severe_cases: Some(net),
                            edits: Some((guardian.applied, guardian.refused)),
                        }
                    })
                    .collect(),
            }));
        }
        charts
    }

    fn together(&self) -> Vec<String> {
        let mut charts = Vec::new();
        for (panel, ensemble) in &self.findings.ensembles {
            let sides = [
                ("omission", &ensemble.omission),
                ("commission", &ensemble.commission),
            ];
            for (word, errors) in sides {
                let Some(errors) = errors else { continue };
                charts.push(self.matrix(panel, word, &ensemble.members, errors));
            }
        }
        charts
    }

    fn matrix(
        &self,
        panel: &str,
        word: &str,
        members: &[String],
        errors: &ErrorsTogether,
    ) -> String {
        let phi = |a: &String, b: &String| {
            let is = |x: &String, y: &String| (x == a && y == b) || (x == b && y == a);
            let pair = errors.pairs.iter().find(|pair| is(&pair.a, &pair.b));
            pair.and_then(|pair| pair.phi)
        };
        let worth = errors.effective_members.map_or_else(String::new, |worth| {
            format!(
                " These {} are worth {} independent ones.",
                members.len(),
                crate::report::dossier::words::number(worth, 1)
            )
        });
        chart::matrix(&Matrix {
            caption: self.caption(
                format!("{panel}: errors of {word} together"),
                format!("phi over {} options and groups.{worth}", errors.units),
            ),
            measure: "phi".to_owned(),
            labels: members.to_vec(),
            values: members
                .iter()
                .map(|a| members.iter().map(|b| phi(a, b)).collect())
                .collect(),
        })
    }

    fn plane(&self) -> String {
        chart::scatter(&Scatter {
            caption: self.caption(
                "Safety and restraint",
                "Both by our own definition: not comparable with published values.",
            ),
            x: Axis {
                label: "Restraint".to_owned(),
                format: Format::Number(2),
                better: Better::Higher,
            },
            y: Axis {
                label: "Safety (primum)".to_owned(),
                format: Format::Number(2),
                better: Better::Higher,
            },
            points: self
                .findings
                .arms
                .iter()
                .filter(|arm| in_plane(arm))
                .map(|arm| ScatterPoint {
                    label: arm.name.clone(),
                    kind: kind(arm.sort),
                    x: arm.measures.get(Measure::Restraint.name()).map(|r| r.mean),
                    y: self.measured(arm, Measure::Safety),
                    front: false,
                    predicted: false,
                })
                .collect(),
            joins: Vec::new(),
        })
    }

    /// Nothing where cases have no variants.
    fn resilience(&self) -> Option<String> {
        let arms = self.findings.arms.iter();
        let known = arms
            .clone()
            .any(|arm| arm.resilience.is_some() || arm.floor.is_some());
        known.then(|| self.wording())
    }

    fn wording(&self) -> String {
        chart::resilience(&Resilience {
            caption: self.caption(
                "How little answers depend on the wording of a case",
                "How alike the answers to the variants of a case are, 0 to 1; needs variants (--k).",
            ),
            rows: self
                .findings
                .arms
                .iter()
                .filter(|arm| !arm.sort.is_computed())
                .map(|arm| ResilienceRow {
                    label: arm.name.clone(),
                    kind: kind(arm.sort),
                    resilience: arm.resilience.as_ref().map(estimate),
                    floor: arm.floor.as_ref().map(estimate),
                })
                .collect(),
        })
    }

    /// Nothing where the judge had no second call.
    fn review(&self) -> Option<String> {
        (!self.findings.review.is_empty()).then(|| self.agreement())
    }

    fn agreement(&self) -> String {
        chart::agreement(&Agreement {
            caption: self.caption(
                "The judge's two calls: how often the review left the match as it was",
                "By what an option is worth.",
            ),
            rows: self
                .findings
                .review
                .iter()
                .map(|tier| AgreementRow {
                    label: tier.tier.clone(),
                    yes: tier.same as f64,
                    partial: tier.near as f64,
                    no: tier.opposite as f64,
                    kappa: tier.kappa.map(Estimate::point),
                })
                .collect(),
        })
    }

    fn spread(&self) -> String {
        let quantiles = |spread: Option<Spread>| {
            spread.map(|spread| {
                let [p5, p25, median, p75, p95] = spread.quantiles;
                Quantiles {
                    p5,
                    p25,
                    median,
                    p75,
                    p95,
                }
            })
        };
        chart::distribution(&Distribution {
            caption: self.caption("Dollars and seconds per answer", self.estimated()),
            columns: vec![
                DistributionColumn {
                    label: "US dollars".to_owned(),
                    format: Format::Dollars,
                },
                DistributionColumn {
                    label: "seconds".to_owned(),
                    format: Format::Seconds,
                },
            ],
            rows: self
                .findings
                .arms
                .iter()
                .filter(|arm| !arm.sort.is_computed() && in_plane(arm))
                .map(|arm| DistributionRow {
                    label: arm.name.clone(),
                    kind: kind(arm.sort),
                    quantiles: vec![quantiles(arm.usd), quantiles(arm.seconds)],
                })
                .collect(),
        })
    }
}
