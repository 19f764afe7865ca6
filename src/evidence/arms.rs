//! Every arm by itself: means with intervals, harms by severity, specialty and
//! category, words, dollars and seconds.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compare::{LEVEL, Range};
use super::guardians::Harm;
use super::measure::Measure;
use super::rows::{ItemRow, OutcomeKind};
use super::study::{Sort, Study, StudyArm};
use super::table::Table;
use crate::clinical::{HarmType, Severity};
use crate::score::{Profile, RecordScores, Row, RowMetric, aggregate};
use crate::stats::interval::student_t;

/// One arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArmFinding {
    /// Name.
    pub name: String,
    /// What it is.
    pub sort: Sort,
    /// The panel that it belongs to.
    pub panel: String,
    /// Items (times trials) that it was to answer.
    pub items: usize,
    /// Of these, scored.
    pub scored: usize,
    /// Of these, abstained.
    pub abstained: usize,
    /// Of these, degraded.
    pub degraded: usize,
    /// Means over cases with our 95 % interval, by name of the measure.
    pub measures: BTreeMap<String, Range>,
    /// The same with the benchmark's own interval, for parity.
    pub benchmark: BTreeMap<String, Range>,
    /// Harms per 100 answers by type (`omission`, `commission`) and severity
    /// (`severe`, `moderate`, `mild`): means over cases with a 95 % interval.
    pub harms: BTreeMap<String, BTreeMap<String, Range>>,
    /// Share of answers with a severe harm by specialty.
    pub specialties: BTreeMap<String, Group>,
    /// The same for `Severe_omission_rate` and `Severe_commission_rate`.
    pub specialties_by_type: BTreeMap<String, BTreeMap<String, Group>>,
    /// Severe harms per 100 answers by category of the option: means over cases
    /// with a 95 % interval.
    pub categories: BTreeMap<String, Range>,
    /// How little the decisions depend on the wording of a case; null without
    /// variants.
    pub resilience: Option<Range>,
    /// Mean over cases of the worst headline; null without variants or trials.
    pub floor: Option<Range>,
    /// Median words of the answers.
    pub words: Option<f64>,
    /// Dollars per answer; null without a price.
    pub usd: Option<Spread>,
    /// True where a provider did not say how many tokens it took, so that these
    /// dollars are estimated in part.
    #[serde(default, skip_serializing_if = "is_false")]
    pub usd_is_estimated: bool,
    /// Seconds per answer; null where they are unknown. They depend on the
    /// clock, so they are shown and not kept.
    #[serde(skip)]
    pub seconds: Option<Spread>,
}

/// Cases of one specialty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// Base cases.
    pub cases: usize,
    /// Mean over them.
    pub mean: f64,
    /// Our interval; null with fewer than two cases.
    pub range: Option<Range>,
}

/// How a quantity is spread over answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Quantiles at 5, 25, 50, 75 and 95 %.
    pub quantiles: [f64; 5],
}

impl Spread {
    /// Of some values; `None` without any.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.retain(|value| value.is_finite());
        if values.is_empty() {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let at = |q: f64| {
            let place = q * (values.len() - 1) as f64;
            let low = place.floor() as usize;
            let high = (low + 1).min(values.len() - 1);
            values[low] + (values[high] - values[low]) * (place - low as f64)
        };
        Some(Self {
            mean: values.iter().sum::<f64>() / values.len() as f64,
            quantiles: [0.05, 0.25, 0.5, 0.75, 0.95].map(at),
        })
    }
}

/// Tables of all measures, in the order of [`Measure::ALL`].
pub struct Tables(Vec<(Measure, Table)>);

impl Tables {
    /// The tables of a study.
    pub fn of(study: &Study) -> Self {
        let tables = Measure::ALL.map(|measure| (measure, Table::of(study, measure)));
        Self(tables.into())
    }

    /// The table of a measure.
    pub fn get(&self, measure: Measure) -> Option<&Table> {
        let found = self.0.iter().find(|(known, _)| *known == measure);
        found.map(|(_, table)| table)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Measure, &Table)> {
        self.0.iter().map(|(measure, table)| (*measure, table))
    }
}

/// The finding on one arm, the one at this place of the study.
pub fn finding(study: &Study, tables: &Tables, at: usize, profile: &Profile) -> Option<ArmFinding> {
    let arm = study.arms.get(at)?;
    let rows = &arm.rows.rows;
    let count = |kind| rows.iter().filter(|r| r.outcome == Some(kind)).count();
    let measures = tables.iter().filter_map(|(measure, table)| {
        let values: Vec<f64> = table.by_case(at).iter().map(|(_, value)| *value).collect();
        let range = Range::of(measure.kind(), &values)?;
        Some((measure.name().to_owned(), range))
    });
    let records = rows
        .iter()
        .filter_map(|r| r.scored.as_ref().map(|s| &s.record));
    let of_benchmark: Vec<Row> = aggregate(profile, records.clone());
    let benchmark = of_benchmark
        .iter()
        .map(|row| (row.metric.name().to_owned(), range_of(row)));
    Some(ArmFinding {
        name: arm.rows.name.clone(),
        sort: arm.sort,
        panel: arm.panel.clone(),
        items: rows.len(),
        scored: rows.iter().filter(|row| row.harms.is_some()).count(),
        abstained: count(OutcomeKind::Abstained),
        degraded: count(OutcomeKind::Degraded),
        measures: measures.collect(),
        benchmark: benchmark.collect(),
        harms: harms(rows),
        specialties: specialties(study, tables, at, Measure::Severe),
        specialties_by_type: [Measure::SevereOmission, Measure::SevereCommission]
            .map(|measure| {
                let groups = specialties(study, tables, at, measure);
                (measure.name().to_owned(), groups)
            })
            .into(),
        categories: categories(study, arm),
        resilience: of_cases(records.clone(), RowMetric::Resilience),
        floor: of_benchmark
            .iter()
            .any(|row| row.metric == RowMetric::Floor)
            .then(|| of_cases(records, RowMetric::Floor))
            .flatten(),
        words: Spread::of(
            rows.iter()
                .filter_map(|row| row.words.map(|words| words as f64))
                .collect(),
        )
        .map(|words| words.quantiles[2]),
        usd: every(rows, |row| row.usd).and_then(Spread::of),
        usd_is_estimated: rows.iter().any(|row| row.usd_is_estimated),
        seconds: Spread::of(rows.iter().filter_map(|row| row.seconds).collect()),
    })
}

fn is_false(value: &bool) -> bool {
    !value
}

fn range_of(row: &Row) -> Range {
    Range {
        mean: row.interval.mean,
        lo: row.interval.lo,
        hi: row.interval.hi,
    }
}

/// Our interval for a metric that only whole cases have.
fn of_cases<'a>(
    records: impl Iterator<Item = &'a RecordScores>,
    metric: RowMetric,
) -> Option<Range> {
    let groups = crate::score::CaseGroups::new(records);
    let values: Vec<f64> = groups.values(metric).into_iter().map(|(_, v)| v).collect();
    Range::of(crate::stats::Kind::Score, &values)
}

/// A quantity of every answered item; `None` when one of them has none.
fn every(rows: &[ItemRow], of: impl Fn(&ItemRow) -> Option<f64>) -> Option<Vec<f64>> {
    let answered = rows.iter().filter(|row| row.outcome.is_some());
    answered.map(of).collect()
}

/// Names of the two types in files.
pub const TYPES: [(HarmType, &str); 2] = [
    (HarmType::Omission, "omission"),
    (HarmType::Commission, "commission"),
];

/// Names of the severities in files.
pub const SEVERITIES: [(Severity, &str); 3] = [
    (Severity::Severe, "severe"),
    (Severity::Moderate, "moderate"),
    (Severity::Mild, "mild"),
];

/// Counts per 100 answers: the mean over cases of the mean over a case's
/// answers, with Student's t interval, since counts have no upper bound. Where
/// all cases have the same count, the exact bound of a rate that was 0 in all of
/// them (Clopper and Pearson 1934) stands for the spread: none is no certainty.
fn per_100(rows: &[ItemRow], count: impl Fn(&ItemRow, &[Harm]) -> usize) -> Range {
    let mut cases: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for row in rows {
        if let Some(harms) = &row.harms {
            let case = cases.entry(&row.case).or_default();
            case.0 += 100.0 * count(row, harms) as f64;
            case.1 += 1.0;
        }
    }
    let values: Vec<f64> = cases.values().map(|(sum, n)| sum / n).collect();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let same = values.windows(2).all(|pair| pair.first() == pair.last());
    let (lo, hi) = match student_t(&values, LEVEL) {
        Some(ends) if !same => ends,
        _ => {
            let n = values.len().max(1) as f64;
            let reach = 100.0 * (1.0 - ((1.0 - LEVEL) / 2.0).powf(1.0 / n));
            (mean - reach, mean + reach)
        }
    };
    Range {
        mean,
        lo: lo.max(0.0),
        hi,
    }
}

fn harms(rows: &[ItemRow]) -> BTreeMap<String, BTreeMap<String, Range>> {
    let of = |kind: HarmType, severity: Severity| {
        per_100(rows, |_, harms| {
            let is = |harm: &&Harm| harm.harm_type == kind && harm.severity == severity;
            harms.iter().filter(is).count()
        })
    };
    TYPES
        .iter()
        .map(|(kind, name)| {
            let by_severity = SEVERITIES
                .iter()
                .map(|(severity, word)| ((*word).to_owned(), of(*kind, *severity)));
            ((*name).to_owned(), by_severity.collect())
        })
        .collect()
}

fn specialties(
    study: &Study,
    tables: &Tables,
    at: usize,
    measure: Measure,
) -> BTreeMap<String, Group> {
    let Some(table) = tables.get(measure) else {
        return BTreeMap::new();
    };
    let mut groups: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (case, value) in table.by_case(at) {
        if let Some(case) = study.cases.get(case) {
            groups
                .entry(case.specialty.clone())
                .or_default()
                .push(value);
        }
    }
    groups
        .into_iter()
        .map(|(specialty, values)| {
            let group = Group {
                cases: values.len(),
                mean: values.iter().sum::<f64>() / values.len().max(1) as f64,
                range: Range::of(measure.kind(), &values),
            };
            (specialty, group)
        })
        .collect()
}

/// Severe harms per 100 answers by category; harms off the rubric have none.
fn categories(study: &Study, arm: &StudyArm) -> BTreeMap<String, Range> {
    let facts: BTreeMap<&str, _> = study.cases.iter().map(|c| (c.id.as_str(), c)).collect();
    let names: BTreeSet<&String> = study
        .cases
        .iter()
        .flat_map(|case| case.categories.values())
        .collect();
    let of = |name: &String| {
        per_100(&arm.rows.rows, |row, harms| {
            let case = facts.get(row.case.as_str());
            let is = |harm: &&Harm| {
                let category = harm.option.and_then(|option| case?.categories.get(&option));
                harm.severity == Severity::Severe && category == Some(name)
            };
            harms.iter().filter(is).count()
        })
    };
    names
        .into_iter()
        .map(|name| (name.clone(), of(name)))
        .collect()
}
