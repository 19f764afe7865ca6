//! What becomes of one judged record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cases::{Flaw, RubricSet};
use crate::clinical::id::{base_and_variant, judge_base};
use crate::evidence::rows::HarmCounts;
use crate::report::ScoredRecord;
use crate::score::records::RecordError;
use crate::score::{
    Healing, JsonStyle, JudgedRecord, PreparedRubric, Profile, Record, RecordScores, ScoreError,
    option_verdicts, rescore, score_record,
};

use super::check;
use super::expected::ItemFilter;
use super::pipeline::Line;

/// Everything that scoring a record needs. Shared by all threads.
#[derive(Debug)]
pub struct Scorer {
    /// Rubrics by base id.
    pub rubrics: BTreeMap<String, Arc<PreparedRubric>>,
    /// Base ids whose rubric cannot be used.
    pub faulty: BTreeSet<String>,
    /// How records are scored, the leading profile first.
    pub profiles: Vec<Profile>,
    /// Which items count.
    pub filter: ItemFilter,
    /// Are the records wanted as lines as well?
    pub written: bool,
}

/// What became of a line.
#[derive(Debug)]
pub enum Outcome {
    /// Not among the items that count.
    Beyond,
    /// It could not be read or scored.
    Faulty {
        /// Item and trial, as far as they can be read.
        key: Option<(String, u64)>,
        /// Why; empty where the fault is the rubric's and named there.
        flaws: Vec<Flaw>,
    },
    /// Scored.
    Scored(Box<Scored>),
}

/// A scored line.
#[derive(Debug)]
pub struct Scored {
    /// For the report.
    pub record: ScoredRecord,
    /// The record as the kit writes it, by profile; empty unless wanted.
    pub lines: Vec<String>,
}

/// Why a record has no score.
#[derive(Debug, thiserror::Error)]
pub enum UnscoredError {
    /// Its verdicts cannot be read.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] RecordError),
}

impl Scorer {
    /// By the rubrics of a folder.
    pub fn new(set: &RubricSet, profiles: Vec<Profile>, filter: ItemFilter, written: bool) -> Self {
        Self {
            rubrics: set
                .rubrics
                .iter()
                .map(|(id, rubric)| (id.clone(), Arc::new(PreparedRubric::new(rubric))))
                .collect(),
            faulty: set.faulty.clone(),
            profiles,
            filter,
            written,
        }
    }

    /// The rubric of an item. Scorer and judge of the benchmark find the base
    /// of an id by different rules; all real ids have one base.
    pub fn rubric_of(&self, item: &str) -> Option<&Arc<PreparedRubric>> {
        self.rubrics
            .get(base_and_variant(item).0)
            .or_else(|| self.rubrics.get(judge_base(item)))
    }

    /// Reads, checks, heals and scores a line.
    pub fn line(&self, line: Line<'_>) -> Outcome {
        let number = line.number;
        let Some(text) = line.text else {
            return Outcome::Faulty {
                key: None,
                flaws: vec![check::not_utf8(number)],
            };
        };
        let Ok(record) = JudgedRecord::from_line(text) else {
            let key = check::key_of(text);
            if key.as_ref().is_some_and(|(id, _)| !self.filter.takes(id)) {
                return Outcome::Beyond;
            }
            return Outcome::Faulty {
                key,
                flaws: check::judged_flaws(text, number),
            };
        };
        if !self.filter.takes(&record.id) {
            return Outcome::Beyond;
        }
        let faulty = |flaws| Outcome::Faulty {
            key: Some((record.id.clone(), record.trial)),
            flaws,
        };
        let Some(rubric) = self.rubric_of(&record.id) else {
            return if self.faulty.contains(base_and_variant(&record.id).0) {
                faulty(Vec::new())
            } else {
                faulty(vec![check::unknown_case(text, number, &record.id)])
            };
        };
        match self.score(rubric, &record, Healing::Healed) {
            Ok(scored) => Outcome::Scored(Box::new(scored)),
            Err(_) => faulty(vec![check::bad_match(text, number, &record)]),
        }
    }

    /// Scores a record under every profile.
    ///
    /// # Errors
    /// [`UnscoredError`] when a match string cannot be read.
    pub fn score(
        &self,
        rubric: &PreparedRubric,
        record: &JudgedRecord,
        healing: Healing,
    ) -> Result<Scored, UnscoredError> {
        let first = self.profiles.first().copied().unwrap_or_default();
        let mut record = match healing {
            Healing::Healed => rescore(&first, Some(rubric), record)?,
            Healing::AsItStands => record.clone(),
        };
        let mut scores = Vec::with_capacity(self.profiles.len());
        let mut lines = Vec::new();
        for profile in &self.profiles {
            let metrics = score_record(profile, rubric, &record, Healing::AsItStands)?;
            scores.push(RecordScores::of(profile, rubric, &record, &metrics));
            if self.written {
                record.metrics = Some(profile.block(&metrics));
                lines.push(record.to_line(JsonStyle::Kit)?);
            }
        }
        Ok(Scored {
            record: ScoredRecord {
                harms: HarmCounts::of(&record),
                verdicts: option_verdicts(rubric, &record),
                item: record.id,
                trial: record.trial,
                judge: record.judge,
                prompts: record.prompt_hash.map(Into::into),
                judge_trial: 1,
                scores,
            },
            lines,
        })
    }
}
