//! Who judged an arm's answers, and whether their verdicts may be averaged.
//!
//! Several judges are pooled over the answers that all of them have judged:
//! then every answer counts under every judge, and no difference of judges
//! looks like a difference of answers. What only some have judged is left out
//! and counted. Two prompts of one judge are never pooled. `--mix-judges`
//! pools whatever there is, as the public kit does.

use std::collections::{BTreeMap, BTreeSet};

use super::scored::{ScoredAnswers, ScoredRecord};

/// Characters of a prompt hash that stand in a label.
const SHORT: usize = 8;

/// The judges of an arm.
#[derive(Debug, PartialEq, Eq)]
pub struct Judges {
    /// Labels in order of first appearance: the judge's name, with the head of
    /// its prompts' hash where one name has several.
    pub labels: Vec<String>,
    /// Label of each record.
    pub of_record: Vec<usize>,
    /// Why they must not be averaged, if so.
    pub refusal: Option<String>,
}

impl Judges {
    /// The judges of some records.
    pub fn of(arm: &ScoredAnswers, mix: bool) -> Self {
        let mut prompts: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
        for record in &arm.records {
            prompts
                .entry(&record.judge)
                .or_default()
                .insert(record.prompts.as_deref());
        }
        let several = |judge: &str| prompts.get(judge).is_some_and(|p| p.len() > 1);
        let mut labels: Vec<String> = Vec::new();
        let of_record = arm
            .records
            .iter()
            .map(|record| {
                let label = label(record, several(&record.judge));
                let found = labels.iter().position(|known| *known == label);
                found.unwrap_or_else(|| {
                    labels.push(label);
                    labels.len() - 1
                })
            })
            .collect();
        let mut judges = Self {
            labels,
            of_record,
            refusal: None,
        };
        if !mix {
            let mixed: Vec<&str> = prompts.keys().copied().filter(|j| several(j)).collect();
            judges.refusal = judges.why_not(arm, &mixed);
        }
        judges
    }

    fn why_not(&self, arm: &ScoredAnswers, mixed: &[&str]) -> Option<String> {
        let way_out = "the scores of each stand by themselves; --mix-judges averages all the same";
        if !mixed.is_empty() {
            return Some(format!(
                "verdicts of {} were made with different prompts ({}), so they are not averaged: \
                 {way_out}",
                mixed.join(", "),
                self.labels.join(", ")
            ));
        }
        (self.labels.len() > 1 && self.common(arm).is_empty()).then(|| {
            format!(
                "no answer was judged by all of {}, so their verdicts are not averaged: {way_out}",
                self.labels.join(", ")
            )
        })
    }

    /// Items and trials that every judge has judged.
    pub fn common<'a>(&self, arm: &'a ScoredAnswers) -> BTreeSet<(&'a str, u64)> {
        let mut by: BTreeMap<(&str, u64), BTreeSet<usize>> = BTreeMap::new();
        for (record, label) in arm.records.iter().zip(&self.of_record) {
            by.entry((record.item.as_str(), record.trial))
                .or_default()
                .insert(*label);
        }
        by.into_iter()
            .filter(|(_, labels)| labels.len() == self.labels.len())
            .map(|(key, _)| key)
            .collect()
    }
}

fn label(record: &ScoredRecord, with_prompts: bool) -> String {
    if !with_prompts {
        return record.judge.clone();
    }
    let prompts = record.prompts.as_deref().unwrap_or("unknown");
    let short: String = prompts.chars().take(SHORT).collect();
    format!("{}@{short}", record.judge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::rows::HarmCounts;

    fn record(item: &str, judge: &str, prompts: Option<&str>) -> ScoredRecord {
        ScoredRecord {
            item: item.into(),
            trial: 1,
            judge: judge.into(),
            prompts: prompts.map(Into::into),
            judge_trial: 1,
            scores: vec![],
            harms: HarmCounts::default(),
            verdicts: vec![],
        }
    }

    fn arm(records: Vec<ScoredRecord>) -> ScoredAnswers {
        ScoredAnswers {
            records,
            ..ScoredAnswers::default()
        }
    }

    #[test]
    fn judges_of_the_same_answers_are_pooled_over_what_all_have_judged() {
        let arm = arm(vec![
            record("A1", "x", None),
            record("A2", "x", None),
            record("A1", "y", None),
        ]);
        let judges = Judges::of(&arm, false);
        assert_eq!(judges.labels, ["x", "y"]);
        assert_eq!(judges.refusal, None);
        assert_eq!(judges.common(&arm), BTreeSet::from([("A1", 1)]));
    }

    #[test]
    fn judges_of_different_answers_are_not() {
        let arm = arm(vec![record("A1", "x", None), record("A2", "y", None)]);
        assert!(Judges::of(&arm, false).refusal.is_some());
        assert_eq!(Judges::of(&arm, true).refusal, None);
    }

    #[test]
    fn two_prompts_of_one_judge_are_two_labels_and_never_pooled() {
        let arm = arm(vec![
            record("A1", "x", Some("0123456789")),
            record("A2", "x", Some("abcdefghij")),
        ]);
        let judges = Judges::of(&arm, false);
        assert_eq!(judges.labels, ["x@01234567", "x@abcdefgh"]);
        assert!(judges.refusal.is_some());
    }
}
