//! Agreement of judges over all answers that two of them have judged.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::clinical::id::base_and_variant;
use crate::clinical::{HarmType, Severity, Tier};
use crate::score::records::Verdict;
use crate::score::{OptionVerdict, PreparedRubric};
use crate::stats::agreement::{Parting, TIERS, Tally, compare};

use super::judges::Judges;
use super::score_summary::{Agreement, Disagreement, TierAgreement};
use super::scored::{ScoredAnswers, ScoredRecord};

/// Agreement of every two judges with answers in common. Of repeated judgings
/// the first counts.
pub(super) fn agreement(
    arms: &[ScoredAnswers],
    judges: &[Judges],
    rubrics: &BTreeMap<String, Arc<PreparedRubric>>,
) -> Vec<Agreement> {
    let mut labels: Vec<&str> = Vec::new();
    for label in judges.iter().flat_map(|judges| &judges.labels) {
        if !labels.contains(&label.as_str()) {
            labels.push(label);
        }
    }
    let mut found = Vec::new();
    for (i, a) in labels.iter().enumerate() {
        for b in &labels[i + 1..] {
            let pairs: Vec<_> = arms
                .iter()
                .zip(judges)
                .flat_map(|(arm, judges)| {
                    let of = |label: &str| records_of(arm, judges, label);
                    let second: HashMap<_, _> = of(b)
                        .into_iter()
                        .map(|r| ((r.item.as_str(), r.trial), r))
                        .collect();
                    of(a)
                        .into_iter()
                        .filter_map(|one| {
                            let other = *second.get(&(one.item.as_str(), one.trial))?;
                            Some((arm.name.as_str(), one, other))
                        })
                        .collect::<Vec<_>>()
                })
                .collect();
            if !pairs.is_empty() {
                found.push(agreement_of(a, b, &pairs, rubrics));
            }
        }
    }
    found
}

fn records_of<'a>(arm: &'a ScoredAnswers, judges: &Judges, label: &str) -> Vec<&'a ScoredRecord> {
    arm.records
        .iter()
        .zip(&judges.of_record)
        .filter(|(record, of)| {
            record.judge_trial == 1 && judges.labels.get(**of).is_some_and(|l| l == label)
        })
        .map(|(record, _)| record)
        .collect()
}

/// Agreement of two judges over pairs of records on the same answers, each
/// with the name of its arm.
pub fn agreement_of(
    a: &str,
    b: &str,
    pairs: &[(&str, &ScoredRecord, &ScoredRecord)],
    rubrics: &BTreeMap<String, Arc<PreparedRubric>>,
) -> Agreement {
    let mut tallies = [Tally::default(); 7];
    let mut parted: Vec<(Parting, Disagreement)> = Vec::new();
    for (arm, one, other) in pairs {
        let Some(rubric) = rubrics.get(base_and_variant(&one.item).0) else {
            continue;
        };
        let ids: Vec<i64> = rubric.option_ids().collect();
        let scores: Vec<i64> = ids.iter().map(|id| rubric.score_of(*id)).collect();
        for parting in compare(&scores, &one.verdicts, &other.verdicts, &mut tallies) {
            let disagreement = Disagreement {
                arm: (*arm).to_owned(),
                item: one.item.clone(),
                trial: one.trial,
                option: ids[parting.place],
                score: scores[parting.place],
                a: verdict(parting.a).to_owned(),
                b: verdict(parting.b).to_owned(),
                harm_a: harm(parting.a),
                harm_b: harm(parting.b),
                changes_harm: parting.changes_harm(),
            };
            parted.push((parting, disagreement));
        }
    }
    // Stable: within a rank the order of the answers and of the rubric.
    parted.sort_by_key(|(parting, _)| parting.rank());
    let mut all = Tally::default();
    tallies.iter().for_each(|tally| all.merge(tally));
    let tiers = std::iter::once(tier("all".to_owned(), &all))
        .chain(
            TIERS
                .iter()
                .zip(&tallies)
                .map(|(known, tally)| tier(tier_name(*known), tally)),
        )
        .collect();
    Agreement {
        a: a.to_owned(),
        b: b.to_owned(),
        answers: pairs.len(),
        tiers,
        disagreements: parted.into_iter().map(|(_, found)| found).collect(),
    }
}

fn tier(name: String, tally: &Tally) -> TierAgreement {
    TierAgreement {
        tier: name,
        n: tally.n(),
        agreed: tally.agreed(),
        kappa: tally.kappa(),
        found_a: tally.first_found(),
        found_b: tally.second_found(),
        only_a: tally.only_first(),
        only_b: tally.only_second(),
        half: tally.half(),
    }
}

fn tier_name(tier: Tier) -> String {
    match tier {
        Tier::HarmIfOmitted(severity) => harm_name(HarmType::Omission, severity),
        Tier::HarmIfDone(severity) => harm_name(HarmType::Commission, severity),
        Tier::Neutral | Tier::None => "uncertain".to_owned(),
    }
}

fn harm_name(kind: HarmType, severity: Severity) -> String {
    let kind = match kind {
        HarmType::Omission => "omission",
        HarmType::Commission => "commission",
    };
    let severity = match severity {
        Severity::Severe => "severe",
        Severity::Moderate => "moderate",
        Severity::Mild => "mild",
        Severity::Uncertain => "uncertain",
    };
    format!("{kind} {severity}")
}

fn harm(verdict: OptionVerdict) -> Option<String> {
    verdict
        .harm
        .map(|(kind, severity)| harm_name(kind, severity))
}

fn verdict(verdict: OptionVerdict) -> &'static str {
    match verdict.verdict {
        Verdict::Yes => "yes",
        Verdict::Partial => "partial",
        Verdict::No => "no",
    }
}
