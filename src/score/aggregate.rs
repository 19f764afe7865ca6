//! Aggregation: records become rows (scoring.md, sections 12 and 17).

use super::actions::{Healing, ScoreError};
use super::bootstrap::{Interval, interval};
use super::case_groups::CaseGroups;
use super::metrics::{Metrics, score_record};
use super::number::round4;
use super::prepared::PreparedRubric;
use super::profile::{AVERAGED, Profile};
use super::records::JudgedRecord;
use super::resilience::UnitHits;

/// A row of a score file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowMetric {
    /// The mean of a metric of the records.
    Averaged(Average),
    /// Mean over cases of the worst headline of a case.
    Floor,
    /// How little the decisions depend on the wording of a case.
    Resilience,
}

/// The metrics that are averaged, under the names that both profiles give
/// them; what they mean is the profile's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // each is the metric of its name
pub enum Average {
    F1Raw,
    F1Weighted,
    PrecisionRaw,
    PrecisionWeighted,
    RecallRaw,
    RecallWeighted,
    SevereRate,
}

impl RowMetric {
    /// The headline.
    pub const HEADLINE: Self = Self::Averaged(Average::F1Weighted);

    /// Case harm rate: share of answers with a severe harm.
    pub const SEVERE_RATE: Self = Self::Averaged(Average::SevereRate);

    /// All rows in the order of a score file.
    pub const ALL: [Self; 9] = [
        Self::Averaged(Average::F1Raw),
        Self::Averaged(Average::F1Weighted),
        Self::Averaged(Average::PrecisionRaw),
        Self::Averaged(Average::PrecisionWeighted),
        Self::Averaged(Average::RecallRaw),
        Self::Averaged(Average::RecallWeighted),
        Self::Averaged(Average::SevereRate),
        Self::Floor,
        Self::Resilience,
    ];

    /// Name in the benchmark's files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Averaged(Average::F1Raw) => "F1_raw",
            Self::Averaged(Average::F1Weighted) => "F1_weighted",
            Self::Averaged(Average::PrecisionRaw) => "Precision_raw",
            Self::Averaged(Average::PrecisionWeighted) => "Precision_weighted",
            Self::Averaged(Average::RecallRaw) => "Recall_raw",
            Self::Averaged(Average::RecallWeighted) => "Recall_weighted",
            Self::Averaged(Average::SevereRate) => "Severe_rate",
            Self::Floor => "F1_floor",
            Self::Resilience => "Resilience",
        }
    }
}

/// What the aggregation needs of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordScores {
    /// Item id.
    pub id: String,
    /// Repeat of the item, from 0.
    pub trial: u64,
    /// The judge that it is by.
    pub judge: String,
    /// The averaged metrics in the order of [`Average`]; NaN: no value.
    pub(super) averaged: [f64; AVERAGED],
    /// For the resilience; `None` if the rubric is unknown.
    pub(super) units: Option<UnitHits>,
}

impl RecordScores {
    /// Of a record whose metrics are at hand.
    pub fn of(
        profile: &Profile,
        rubric: &PreparedRubric,
        record: &JudgedRecord,
        metrics: &Metrics,
    ) -> Self {
        Self {
            id: record.id.clone(),
            trial: record.trial,
            judge: record.judge.clone(),
            averaged: profile.averaged(metrics),
            units: Some(UnitHits::new(rubric, &record.options)),
        }
    }

    /// Of a record of a judged file: healed and scored anew if its rubric is
    /// known (scoring.md, section 11), otherwise with the metrics that it
    /// brings along. `None` if it has neither, so that it is taken into no
    /// average; the caller counts it.
    pub fn rescored(
        profile: &Profile,
        rubric: Option<&PreparedRubric>,
        record: &JudgedRecord,
    ) -> Result<Option<Self>, ScoreError> {
        if let Some(rubric) = rubric {
            let metrics = score_record(profile, rubric, record, Healing::Healed)?;
            return Ok(Some(Self::of(profile, rubric, record, &metrics)));
        }
        Ok(record.metrics.as_ref().map(|block| Self {
            id: record.id.clone(),
            trial: record.trial,
            judge: record.judge.clone(),
            averaged: profile
                .averaged_names()
                .map(|name| block.get(name).unwrap_or(f64::NAN)),
            units: None,
        }))
    }

    /// The headline of the record; NaN if it has none.
    pub fn headline(&self) -> f64 {
        self.averaged[Average::F1Weighted as usize]
    }

    /// One of the averaged metrics; NaN if the record has no value.
    pub fn value(&self, average: Average) -> f64 {
        self.averaged[average as usize]
    }
}

/// One row of a score file, unrounded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// What it is about.
    pub metric: RowMetric,
    /// Number of base cases (for the resilience: of those with a value).
    pub trials: usize,
    /// Point estimate and 95 % interval.
    pub interval: Interval,
}

impl Row {
    /// Half the width of the interval.
    pub fn ci(&self) -> f64 {
        (self.interval.hi - self.interval.lo) / 2.0
    }

    /// Mean, half width, lower and upper end, rounded to 4 decimals.
    pub fn rounded(&self) -> [f64; 4] {
        let Interval { mean, lo, hi } = self.interval;
        [mean, self.ci(), lo, hi].map(round4)
    }
}

/// The rows of one arm. The records are those to be counted: select judges and
/// variants ([`crate::clinical::id::within_k`]) before. A metric without any
/// value has no row.
pub fn aggregate<'a>(
    profile: &Profile,
    records: impl IntoIterator<Item = &'a RecordScores>,
) -> Vec<Row> {
    let groups = CaseGroups::new(records);
    RowMetric::ALL
        .into_iter()
        .filter_map(|metric| row(profile, &groups, metric))
        .collect()
}

/// One of the rows of [`aggregate`], for callers that make them side by side:
/// the bootstrap is most of the work, and every row has its own. `None`: the
/// metric has no value, or too few records for the floor.
pub fn row(profile: &Profile, groups: &CaseGroups<'_>, metric: RowMetric) -> Option<Row> {
    if metric == RowMetric::Floor && !groups.has_floor() {
        return None;
    }
    let values = groups.values(metric);
    let trials = match metric {
        RowMetric::Resilience => values.len(),
        _ => groups.len(),
    };
    (!values.is_empty()).then(|| Row {
        metric,
        trials,
        interval: interval(&values, profile.resamples()),
    })
}
