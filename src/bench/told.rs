//! What came with the answers of a run, counted by model: for the warnings of
//! its files, its terminal and its report.

use std::collections::{BTreeMap, BTreeSet};

use crate::gateway::journal::Answered;
use crate::gateway::same_model::{family, same_model};
use crate::gateway::{Ended, Notice};

/// Stages of the judge.
const JUDGED: [&str; 2] = ["match", "review"];

/// What a reader must know of how a run's models answered, what weighs most
/// first. The same answers give the same sentences.
pub fn warnings(answered: &[Answered]) -> Vec<String> {
    let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
    for row in answered {
        *totals.entry(&row.model).or_default() += row.count;
    }
    let mut counts: BTreeMap<(Weight, &str, String), u64> = BTreeMap::new();
    for row in answered {
        let ended = Ended::of(row.finish_reason.as_deref());
        let of_notices = row.notices.iter().filter_map(of_notice);
        for (weight, what) in of_notices.chain(of_ending(&ended)) {
            *counts.entry((weight, &row.model, what)).or_default() += row.count;
        }
    }
    let mut warnings = one_model_behind_many(answered);
    warnings.extend(judge_of_the_same_family(answered));
    for ((weight, model, what), count) in counts {
        let total = totals.get(model).copied().unwrap_or(count);
        let answers = if count == total {
            format!("all {total} answers")
        } else {
            format!("{count} of {total} answers")
        };
        let head = weight.head();
        warnings.push(format!("{head}{model}: {what} ({answers})"));
    }
    warnings
}

/// How much a sentence weighs, the heaviest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Other,
    Question,
    Ending,
    Cost,
    Reading,
}

impl Weight {
    /// What makes a sentence stand out.
    fn head(self) -> &'static str {
        match self {
            Weight::Other => "OTHER MODEL: ",
            Weight::Question => "QUESTION CUT: ",
            Weight::Ending | Weight::Cost | Weight::Reading => "",
        }
    }
}

fn of_notice(notice: &Notice) -> Option<(Weight, String)> {
    let weight = match notice {
        Notice::OtherModel { .. } => Weight::Other,
        Notice::PromptCut { .. } => {
            // The numbers differ from answer to answer.
            let what = "the server counted far fewer tokens than the question has, so it must have \
                        left a part of it out: give it a larger context";
            return Some((Weight::Question, what.to_owned()));
        }
        Notice::LimitRaised { .. } => {
            let what = "an answer was cut and asked for again with a higher limit";
            return Some((Weight::Ending, what.to_owned()));
        }
        Notice::UsageEstimated => Weight::Cost,
        Notice::ModeFellBack { .. } | Notice::ReadLeniently { .. } | Notice::Later => {
            Weight::Reading
        }
    };
    Some((weight, notice.words()))
}

fn of_ending(ended: &Ended) -> Option<(Weight, String)> {
    let what = match ended {
        Ended::Natural => return None,
        Ended::Cut => "answers were cut at their token limit: raise max_output".to_owned(),
        Ended::Filtered(word) => format!("the provider's filter stopped answers (“{word}”)"),
        Ended::Declined => "the model declined to answer".to_owned(),
        Ended::Unknown(None) => {
            "the provider does not say how answers end: they may not be whole".to_owned()
        }
        Ended::Unknown(Some(word)) => format!(
            "answers ended with “{word}”, which is not known to mean their end: they may not be \
             whole"
        ),
    };
    Some((Weight::Ending, what))
}

/// The id of the model that answered, where it is not the one that was asked
/// for.
fn other(row: &Answered) -> Option<&str> {
    row.notices.iter().find_map(|notice| match notice {
        Notice::OtherModel { answered, .. } => Some(answered.as_str()),
        _ => None,
    })
}

/// A judge that is, as it turned out, of the family of somebody whom it judges.
fn judge_of_the_same_family(answered: &[Answered]) -> Option<String> {
    let is_judge = |row: &&Answered| JUDGED.contains(&row.stage.as_str());
    let id = |row: &Answered| row.response_model.clone().unwrap_or_default();
    let judges = || answered.iter().filter(is_judge);
    let judged = || answered.iter().filter(|row| !is_judge(row));
    let pairs = judges().flat_map(|judge| judged().map(move |other| (judge, other)));
    let (judge, judged) = pairs
        .filter(|(judge, judged)| other(judge).is_some() || other(judged).is_some())
        .map(|(judge, judged)| (id(judge), id(judged)))
        .find(|(judge, judged)| !family(judge).is_empty() && family(judge) == family(judged))?;
    Some(format!(
        "The judge's answers come from `{judge}`, which is of the family of `{judged}`, whom it \
         judges; judges tend to favour their own kind"
    ))
}

/// Models for which one and the same model answered, against what the panel
/// says.
fn one_model_behind_many(answered: &[Answered]) -> Vec<String> {
    let others: BTreeSet<&str> = answered.iter().filter_map(other).collect();
    let mut warnings = Vec::new();
    for id in others {
        let is_it = |row: &&Answered| {
            let answered = row.response_model.as_deref().unwrap_or_default();
            !answered.is_empty() && same_model(id, answered)
        };
        let rows: Vec<&Answered> = answered.iter().filter(is_it).collect();
        let models: BTreeSet<&str> = rows.iter().map(|row| row.model.as_str()).collect();
        if models.len() < 2 {
            continue;
        }
        let judge = rows.iter().any(|row| JUDGED.contains(&row.stage.as_str()));
        let judge = if judge { ", and it judged" } else { "" };
        let models: Vec<&str> = models.into_iter().collect();
        warnings.push(format!(
            "SAME MODEL BEHIND SEVERAL: `{id}` answered for {}{judge}; they count as one vendor, and \
             what they agree on is said once",
            models.join(", ")
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(model: &str, stage: &str, id: &str, notices: Vec<Notice>, count: u64) -> Answered {
        Answered {
            model: model.to_owned(),
            stage: stage.to_owned(),
            response_model: Some(id.to_owned()),
            finish_reason: Some("stop".to_owned()),
            notices,
            count,
        }
    }

    fn other(asked: &str, answered: &str) -> Notice {
        Notice::OtherModel {
            asked: asked.to_owned(),
            answered: answered.to_owned(),
        }
    }

    #[test]
    fn what_came_with_answers_is_counted_by_model() {
        let cut = |tokens| Notice::PromptCut {
            characters: 9_000,
            tokens,
        };
        let rows = [
            row("a", "draft", "x-1", vec![other("gpt", "x-1")], 3),
            row("a", "draft", "x-1", vec![other("gpt", "x-1"), cut(5)], 1),
            row("a", "guardian", "x-1", vec![other("gpt", "x-1"), cut(6)], 1),
            row("b", "match", "x-1", vec![], 2),
            Answered {
                finish_reason: None,
                ..row("c", "draft", "c", vec![Notice::UsageEstimated], 4)
            },
        ];
        let found = warnings(&rows);
        assert_eq!(
            found,
            [
                "SAME MODEL BEHIND SEVERAL: `x-1` answered for a, b, and it judged; they count as \
                 one vendor, and what they agree on is said once",
                "The judge's answers come from `x-1`, which is of the family of `x-1`, whom it \
                 judges; judges tend to favour their own kind",
                "OTHER MODEL: a: `gpt` was asked for and `x-1` answered (all 5 answers)",
                "QUESTION CUT: a: the server counted far fewer tokens than the question has, so it must have \
                 left a part of it out: give it a larger context (2 of 5 answers)",
                "c: the provider does not say how answers end: they may not be whole (all 4 \
                 answers)",
                "c: the provider did not say how many tokens it took, so cost is estimated (all \
                 4 answers)",
            ]
        );
        assert_eq!(
            warnings(&[row("a", "draft", "a", vec![], 9)]),
            Vec::<String>::new()
        );
    }
}
