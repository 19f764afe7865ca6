//! All numbers in long form: one a line, for whoever computes on.

use std::fmt::Write;

use super::Dossier;
use crate::evidence::Findings;
use crate::evidence::compare::Range;
use crate::score::float_text;

/// The first line.
const HEADER: &str =
    "simulated,section,arm,against,measure,group,value,lo,hi,n,n_of,p,p_holm,left_out,words\n";

#[derive(Default)]
struct Line<'a> {
    section: &'a str,
    arm: &'a str,
    against: &'a str,
    measure: &'a str,
    group: &'a str,
    range: Option<Range>,
    value: Option<f64>,
    n: Option<usize>,
    p: Option<f64>,
    p_holm: Option<f64>,
    n_of: &'a str,
    left_out: Option<usize>,
    words: String,
}

/// The whole dossier as CSV.
pub fn render(dossier: &Dossier) -> String {
    let mut text = HEADER.to_owned();
    let findings = &dossier.findings;
    let mark = cell(&findings.simulated.mark());
    let mut put = |line: &Line<'_>| {
        let number = |value: Option<f64>| value.map(float_text).unwrap_or_default();
        let range = line.range;
        let cells = [
            mark.clone(),
            line.section.to_owned(),
            cell(line.arm),
            cell(line.against),
            cell(line.measure),
            cell(line.group),
            number(range.map(|r| r.mean).or(line.value)),
            number(range.map(|r| r.lo)),
            number(range.map(|r| r.hi)),
            line.n.map(|n| n.to_string()).unwrap_or_default(),
            line.n_of.to_owned(),
            number(line.p),
            number(line.p_holm),
            line.left_out.map(|n| n.to_string()).unwrap_or_default(),
            cell(&line.words),
        ];
        let _ = writeln!(text, "{}", cells.join(","));
    };
    arms(findings, &mut put);
    comparisons(findings, &mut put);
    cases(findings, &mut put);
    together(findings, &mut put);
    sensitivity(dossier, &mut put);
    outcomes(dossier, &mut put);
    text
}

fn arms(findings: &Findings, put: &mut impl FnMut(&Line<'_>)) {
    for arm in &findings.arms {
        for (section, ranges) in [("arm", &arm.measures), ("arm_benchmark", &arm.benchmark)] {
            for (measure, range) in ranges {
                put(&Line {
                    section,
                    arm: &arm.name,
                    measure,
                    range: Some(*range),
                    n: Some(arm.scored),
                    n_of: "answers",
                    ..Line::default()
                });
            }
        }
        for (kind, by_severity) in &arm.harms {
            for (severity, range) in by_severity {
                put(&Line {
                    section: "harms_per_100",
                    arm: &arm.name,
                    measure: kind,
                    group: severity,
                    range: Some(*range),
                    n: Some(arm.scored),
                    n_of: "answers",
                    ..Line::default()
                });
            }
        }
        let severe = [("Severe_rate", &arm.specialties)];
        let by_type = arm.specialties_by_type.iter();
        let by_type = by_type.map(|(measure, groups)| (measure.as_str(), groups));
        for (measure, groups) in severe.into_iter().chain(by_type) {
            for (specialty, group) in groups {
                put(&Line {
                    section: "specialty",
                    arm: &arm.name,
                    measure,
                    group: specialty,
                    range: group.range,
                    value: Some(group.mean),
                    n: Some(group.cases),
                    n_of: "cases",
                    ..Line::default()
                });
            }
        }
        for (category, range) in &arm.categories {
            put(&Line {
                section: "severe_per_100_by_category",
                arm: &arm.name,
                measure: "severe harms",
                group: category,
                range: Some(*range),
                n: Some(arm.scored),
                n_of: "answers",
                ..Line::default()
            });
        }
        let single = [
            ("words_median", arm.words),
            ("usd_per_answer", arm.usd.map(|usd| usd.mean)),
            ("usd_is_estimated", arm.usd_is_estimated.then_some(1.0)),
        ];
        for (measure, value) in single {
            if value.is_some() {
                put(&Line {
                    section: "arm",
                    arm: &arm.name,
                    measure,
                    value,
                    n: Some(arm.scored),
                    n_of: "answers",
                    ..Line::default()
                });
            }
        }
    }
}

fn comparisons(findings: &Findings, put: &mut impl FnMut(&Line<'_>)) {
    for one in &findings.comparisons {
        let line = |section, range| Line {
            section,
            arm: &one.a,
            against: &one.b,
            measure: one.measure.name(),
            range,
            n: Some(one.cases),
            n_of: "cases",
            ..Line::default()
        };
        put(&Line {
            p: one.p,
            p_holm: one.p_holm,
            left_out: Some(one.left_out),
            words: format!(
                "{}; {} better, {} worse{}",
                one.test.words(),
                one.better,
                one.worse,
                one.rate
                    .as_ref()
                    .map(|rate| format!("; number needed {}", rate.needed))
                    .unwrap_or_default()
            ),
            ..line("difference", one.diff)
        });
        for (group, value) in [("worst", one.worst), ("best", one.best)] {
            if value.is_some() {
                put(&Line {
                    group,
                    value,
                    ..line("difference_if_left_out", None)
                });
            }
        }
        for (case, value) in &one.by_case {
            put(&Line {
                group: case,
                value: Some(*value),
                n: None,
                n_of: "",
                ..line("case_difference", None)
            });
        }
        if one.benchmark.is_some() {
            put(&line("difference_benchmark", one.benchmark));
        }
        if let Some(rate) = &one.rate {
            put(&line("absolute_reduction", Some(rate.absolute)));
            if rate.relative.is_some() {
                put(&line("relative_reduction", rate.relative));
            }
        }
    }
    for best in &findings.best_member {
        put(&Line {
            section: "best_member",
            arm: &best.panel,
            against: "best member without the case",
            measure: best.measure.name(),
            range: Some(best.diff),
            n: Some(best.cases),
            n_of: "cases",
            ..Line::default()
        });
    }
}

fn cases(findings: &Findings, put: &mut impl FnMut(&Line<'_>)) {
    for values in &findings.by_case {
        for (arm, cases) in &values.arms {
            for (case, value) in cases {
                put(&Line {
                    section: "case",
                    arm,
                    measure: values.measure.name(),
                    group: case,
                    value: Some(*value),
                    ..Line::default()
                });
            }
        }
    }
}

/// How the errors of two members hang together.
fn together(findings: &Findings, put: &mut impl FnMut(&Line<'_>)) {
    for (panel, ensemble) in &findings.ensembles {
        let sides = [
            ("omission", &ensemble.omission),
            ("commission", &ensemble.commission),
        ];
        for (kind, errors) in sides {
            let Some(errors) = errors else { continue };
            for pair in &errors.pairs {
                let values = [
                    ("phi", pair.phi),
                    ("kappa", pair.kappa),
                    ("tetrachoric", pair.tetrachoric),
                ];
                for (measure, value) in values {
                    if value.is_some() {
                        put(&Line {
                            section: "members_errors_together",
                            arm: &pair.a,
                            against: &pair.b,
                            measure,
                            group: kind,
                            value,
                            n: Some(errors.units),
                            n_of: "options",
                            words: panel.clone(),
                            ..Line::default()
                        });
                    }
                }
            }
        }
    }
}

fn sensitivity(dossier: &Dossier, put: &mut impl FnMut(&Line<'_>)) {
    for run in &dossier.runs {
        for (arm, summary) in &run.summary.arms {
            for (metric, other) in &summary.sensitivity {
                let values = [
                    ("scored only", other.complete_cases),
                    ("worst case", Some(other.worst)),
                    ("best case", Some(other.best)),
                    ("abstained as doing nothing", other.abstained_as_nothing),
                    ("abstained as the lead's draft", other.abstained_as_lead),
                ];
                for (group, value) in values {
                    if value.is_some() {
                        put(&Line {
                            section: "sensitivity",
                            arm,
                            measure: metric,
                            group,
                            value,
                            words: run.name.clone(),
                            ..Line::default()
                        });
                    }
                }
            }
        }
    }
}

fn outcomes(dossier: &Dossier, put: &mut impl FnMut(&Line<'_>)) {
    for one in &dossier.outcomes {
        for (group, span) in [("predicted", one.predicted), ("measured", one.measured)] {
            put(&Line {
                section: "prediction",
                arm: &one.panel,
                measure: "Severe_rate",
                group,
                range: Some(Range {
                    mean: span.mean,
                    lo: span.lo,
                    hi: span.hi,
                }),
                words: format!(
                    "same panel: {}, same cases: {}",
                    one.same_panel, one.same_cases
                ),
                ..Line::default()
            });
        }
    }
}

/// A cell: quoted where it must be.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
