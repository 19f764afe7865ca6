//! The protocol `delphi`: the RAND/UCLA appropriateness method, with models as
//! panellists.
//!
//! Source: K. Fitch, S. J. Bernstein, M. D. Aguilar et al., *The RAND/UCLA
//! Appropriateness Method User's Manual*, RAND MR-1269 (2001), chapter 8. Where
//! we differ, and why: `docs/consensus.md`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::clinical::{PatientText, Rating, RatingRound, Severity};
use crate::gateway::Schema;
use crate::gateway::shape::{integer, list, object, reference, remark};
use crate::panel::model::Uncertain;

use super::board::{Board, Decision};

/// What a rater must answer: a rating of every candidate.
pub fn schema(board: &Board) -> Arc<Schema> {
    let rating = object([
        ("item", reference(board.ids())),
        ("rating", integer(1, 9)),
        ("if_done", remark()),
        ("if_left_out", remark()),
    ]);
    let (least, most) = (board.candidates.len(), board.candidates.len());
    Arc::new(Schema::new(
        "primum_ratings",
        object([("ratings", list(rating, least, most))]),
    ))
}

/// A rater's answer, as its schema has it.
#[derive(Deserialize)]
pub struct Ratings {
    ratings: Vec<Rated>,
}

impl Ratings {
    /// Does it rate any candidate at all?
    pub fn refer_to(&self, board: &Board) -> bool {
        self.ratings
            .iter()
            .any(|rated| board.find(&rated.item).is_some())
    }
}

#[derive(Deserialize)]
struct Rated {
    item: String,
    rating: u8,
    if_done: PatientText,
    if_left_out: PatientText,
}

/// What the ratings of a candidate come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Median 7 to 9 without disagreement.
    Appropriate,
    /// Median 1 to 3 without disagreement.
    Inappropriate,
    /// Everything else.
    Uncertain,
}

/// Classification of one candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Median rating, from 1 to 9; of an even number, the mean of the middle
    /// two.
    pub median: f64,
    /// Do the raters disagree?
    pub disagreement: bool,
    /// Interpercentile range, and how large it may be without disagreement;
    /// `None` with fewer than five raters.
    pub range: Option<(f64, f64)>,
    /// The class.
    pub class: Class,
}

/// Fewest raters for the interpercentile range; with fewer, a rating of 1 to 3
/// beside one of 7 to 9 is disagreement.
const FEWEST_FOR_RANGE: usize = 5;

/// Classifies ratings from 1 to 9; `None` without any.
///
/// With five raters or more, disagreement is an interpercentile range (30th to
/// 70th percentile, linear interpolation) that is larger than the one adjusted
/// for symmetry: `IPRAS = 2.35 + 1.5 * |5 - centre|`, where the centre is the
/// mean of the two percentiles.
pub fn classify(ratings: &[u8]) -> Option<Verdict> {
    let mut sorted: Vec<f64> = ratings.iter().map(|&rating| f64::from(rating)).collect();
    sorted.sort_by(f64::total_cmp);
    let median = percentile(&sorted, 0.5)?;
    let range = if sorted.len() < FEWEST_FOR_RANGE {
        None
    } else {
        let (low, high) = (percentile(&sorted, 0.3)?, percentile(&sorted, 0.7)?);
        let centre = f64::midpoint(low, high);
        Some((high - low, 2.35 + 1.5 * (5.0 - centre).abs()))
    };
    let disagreement = match range {
        Some((range, limit)) => range > limit,
        None => {
            sorted.first().is_some_and(|lowest| *lowest <= 3.0)
                && sorted.last().is_some_and(|highest| *highest >= 7.0)
        }
    };
    let class = if disagreement {
        Class::Uncertain
    } else if median >= 7.0 {
        Class::Appropriate
    } else if median <= 3.0 {
        Class::Inappropriate
    } else {
        Class::Uncertain
    };
    Some(Verdict {
        median,
        disagreement,
        range,
        class,
    })
}

/// Percentile of sorted values with linear interpolation at (n - 1) q.
fn percentile(sorted: &[f64], q: f64) -> Option<f64> {
    let place = (sorted.len().checked_sub(1)?) as f64 * q;
    // Ratings are few; the place is far below 2^53.
    let below = place.floor() as usize;
    let low = sorted.get(below)?;
    let high = sorted.get(below + 1).unwrap_or(low);
    Some(low + (high - low) * (place - place.floor()))
}

/// Enters the ratings of one round, by advisor. A candidate that an advisor
/// leaves out keeps its rating of the round before; of several ratings in one
/// answer the first counts, and references to nothing are dropped.
pub fn enter(board: &mut Board, round: u32, answers: Vec<(String, Ratings)>) {
    let mut by_candidate: Vec<BTreeMap<String, Rating>> = board
        .candidates
        .iter()
        .map(|candidate| {
            let before = candidate.rounds.last();
            before
                .map(|round| round.ratings.clone())
                .unwrap_or_default()
        })
        .collect();
    for (advisor, answer) in answers {
        let mut seen = vec![false; by_candidate.len()];
        for rated in answer.ratings {
            let Some(place) = board.find(&rated.item).filter(|&place| !seen[place]) else {
                continue;
            };
            seen[place] = true;
            by_candidate[place].insert(
                advisor.clone(),
                Rating {
                    rating: rated.rating,
                    if_done: crate::deliberation::one_line(&rated.if_done),
                    if_left_out: crate::deliberation::one_line(&rated.if_left_out),
                },
            );
        }
    }
    for (candidate, ratings) in board.candidates.iter_mut().zip(by_candidate) {
        let numbers: Vec<u8> = ratings.values().map(|rating| rating.rating).collect();
        let verdict = classify(&numbers);
        candidate.rounds.push(RatingRound {
            round,
            ratings,
            median: verdict.map(|verdict| verdict.median),
            disagreement: verdict.is_some_and(|verdict| verdict.disagreement),
        });
    }
}

/// Decides by the last round. With fewer ratings than the quorum a candidate is
/// uncertain, whatever they say (design rule 5).
pub fn decide(board: &mut Board, uncertain: Uncertain, quorum: usize) {
    let voters = board.voters.clone();
    for candidate in &mut board.candidates {
        let ratings: BTreeMap<String, u8> = candidate
            .rounds
            .last()
            .map(|round| {
                let ratings = round.ratings.iter();
                ratings.map(|(name, r)| (name.clone(), r.rating)).collect()
            })
            .unwrap_or_default();
        let numbers: Vec<u8> = ratings.values().copied().collect();
        let verdict = classify(&numbers);
        let enough = numbers.len() >= quorum.max(1);
        let (kept, rule) = match verdict {
            Some(verdict) if enough => by_class(verdict, &numbers, uncertain),
            _ => (
                false,
                format!(
                    "{} rating(s); the quorum is {}",
                    numbers.len(),
                    quorum.max(1)
                ),
            ),
        };
        let place = |name: &String| voters.iter().position(|voter| voter.name == *name);
        let rated = |wanted: &dyn Fn(u8) -> bool| -> Vec<usize> {
            let mut places: Vec<usize> = ratings
                .iter()
                .filter(|(_, rating)| wanted(**rating))
                .filter_map(|(name, _)| place(name))
                .collect();
            places.sort_unstable();
            places
        };
        candidate.supporters = rated(&|rating| rating >= 7);
        candidate.objectors = rated(&|rating| rating <= 3);
        let median = verdict.map(|verdict| verdict.median);
        candidate.decision = Some(Decision {
            kept,
            rule,
            share: None,
            rating: median,
            severity_if_omitted: median.filter(|_| kept).map(severity),
            disagreement: verdict.is_some_and(|verdict| verdict.disagreement),
        });
    }
}

fn by_class(verdict: Verdict, ratings: &[u8], uncertain: Uncertain) -> (bool, String) {
    let list = ratings
        .iter()
        .map(u8::to_string)
        .collect::<Vec<_>>()
        .join(" ");
    let median = verdict.median;
    match verdict.class {
        Class::Appropriate => (
            true,
            format!("appropriate: ratings {list}, median {median}"),
        ),
        Class::Inappropriate => (
            false,
            format!("inappropriate: ratings {list}, median {median}"),
        ),
        Class::Uncertain => {
            let why = if verdict.disagreement {
                "with disagreement"
            } else {
                "between 3 and 7"
            };
            let high = ratings.iter().filter(|rating| **rating >= 7).count();
            let (kept, by) = match uncertain {
                Uncertain::Out => (false, "uncertain candidates stay out"),
                Uncertain::Majority => (
                    2 * high > ratings.len(),
                    "uncertain ones go in when more than half rate 7 to 9",
                ),
                Uncertain::OneSevere => (
                    ratings.contains(&9),
                    "uncertain ones go in when one rates 9",
                ),
            };
            (
                kept,
                format!("uncertain: ratings {list}, median {median} {why}; {by}"),
            )
        }
    }
}

/// How severe it would be to leave out what has this median: the nearest score
/// of the benchmark's scale, the worse one of two that are as near.
fn severity(median: f64) -> Severity {
    if median >= 8.5 {
        Severity::Severe
    } else if median >= 7.5 {
        Severity::Moderate
    } else {
        Severity::Mild
    }
}

/// The candidates as a rater sees them. In a second round each shows how it was
/// rated, the rater's own rating, and reasons without names, those of high
/// ratings and low ones alike.
pub fn block(board: &Board, rater: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2048);
    for (place, candidate) in board.candidates.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}. {}", Board::id(place), candidate.text.expose());
        let Some(round) = candidate.rounds.last() else {
            continue;
        };
        // Sorted by value, and not by rater: nobody is to be recognised.
        let mut ratings: Vec<(u8, &Rating)> =
            round.ratings.values().map(|r| (r.rating, r)).collect();
        ratings.sort_by(|a, b| {
            (a.0, &a.1.if_done, &a.1.if_left_out).cmp(&(b.0, &b.1.if_done, &b.1.if_left_out))
        });
        let list: Vec<String> = ratings
            .iter()
            .map(|(rating, _)| rating.to_string())
            .collect();
        let own = round.ratings.get(rater);
        let own = own.map_or("none".to_owned(), |own| own.rating.to_string());
        let _ = writeln!(text, "   ratings: {}; yours: {own}", list.join(" "));
        for (_, rating) in &ratings {
            if !rating.if_done.is_blank() {
                let _ = writeln!(text, "   if done: {}", rating.if_done.expose());
            }
            if !rating.if_left_out.is_blank() {
                let _ = writeln!(text, "   if left out: {}", rating.if_left_out.expose());
            }
        }
    }
    text
}
