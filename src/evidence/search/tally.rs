//! Every candidate on every item, once: what each case is worth under it.
//!
//! Votes are counted for all options at a time: the set of options that at least
//! `t` advisors have is, with one more advisor, what at least `t` had before,
//! and what at least `t - 1` had and this one has too. So one step to a larger
//! set of advisors gives all its vote rules.

use super::ballots::{Ballot, BallotCase, Ballots};
use super::candidates::Candidate;
use super::evaluate::{Kept, Room, worth};
use crate::stats::parallel::parallel_map;

/// What one case is worth under each candidate.
#[derive(Clone, Debug)]
pub struct CaseTally {
    /// Share of its items with severe harm, by candidate.
    pub severe: Vec<f64>,
    /// Mean headline of its items, by candidate.
    pub headline: Vec<f64>,
}

/// What every candidate is worth and costs.
#[derive(Clone, Debug)]
pub struct Tally {
    /// In the order of [`Ballots::cases`].
    pub cases: Vec<CaseTally>,
    /// Mean dollars of a consult's drafts, by candidate; `None`: a price is
    /// missing.
    pub usd: Vec<Option<f64>>,
    /// Mean seconds of a consult's slowest draft, by candidate.
    pub seconds: Vec<Option<f64>>,
}

/// Counts the votes. `candidates`: all of [`super::candidates::all`] for these
/// ballots' members and `most`.
pub fn tally(ballots: &Ballots, candidates: &[Candidate], most: usize) -> Tally {
    let cases = parallel_map(ballots.cases.len(), |at| {
        let case = ballots.cases.get(at);
        case.map(|case| one_case(case, candidates.len(), most))
    });
    // Candidates of one set of advisors stand side by side and cost the same.
    let sets: Vec<&Candidate> = candidates.iter().filter(|c| c.votes == 1).collect();
    let costs = parallel_map(sets.len(), |at| match sets.get(at) {
        Some(set) => (usd(ballots, set), seconds(ballots, set)),
        None => (None, None),
    });
    let each = sets.iter().zip(costs);
    let each = each.flat_map(|(set, cost)| set.members.iter().map(move |_| cost));
    let (usd, seconds) = each.unzip();
    Tally {
        cases: cases.into_iter().flatten().collect(),
        usd,
        seconds,
    }
}

fn usd(ballots: &Ballots, set: &Candidate) -> Option<f64> {
    mean_of_items(ballots, |item| {
        let each = set.members.iter().filter_map(|member| item.get(*member));
        each.map(|ballot| ballot.usd).sum()
    })
}

fn seconds(ballots: &Ballots, set: &Candidate) -> Option<f64> {
    mean_of_items(ballots, |item| {
        let mut each = set.members.iter().filter_map(|member| item.get(*member));
        each.try_fold(0.0, |most: f64, ballot| Some(most.max(ballot.seconds?)))
    })
}

fn mean_of_items(ballots: &Ballots, of: impl Fn(&[Ballot]) -> Option<f64>) -> Option<f64> {
    let items = ballots.cases.iter().flat_map(|case| &case.items);
    let sum: Option<f64> = items.map(|item| of(&item.ballots)).sum();
    // Numbers of items are far below 2^53.
    sum.map(|sum| sum / ballots.items() as f64)
}

fn one_case(case: &BallotCase, candidates: usize, most: usize) -> CaseTally {
    let mut sums = Sums {
        severe: vec![0; candidates],
        headline: vec![0.0; candidates],
    };
    let mut walk = Walk::new(case, most);
    for item in &case.items {
        let mut next = 0;
        walk.descend(&item.ballots, 0, 0, &mut |severe, headline| {
            if let (Some(s), Some(h)) = (sums.severe.get_mut(next), sums.headline.get_mut(next)) {
                *s += u32::from(severe);
                *h += headline;
            }
            next += 1;
        });
    }
    let items = case.items.len() as f64;
    CaseTally {
        severe: sums.severe.iter().map(|n| f64::from(*n) / items).collect(),
        headline: sums.headline.iter().map(|sum| sum / items).collect(),
    }
}

struct Sums {
    severe: Vec<u32>,
    headline: Vec<f64>,
}

/// What is known of the set of advisors at each depth of the walk.
struct Level {
    /// Options that at least so many have; the first set holds every bit.
    at_least: Vec<Vec<u64>>,
    /// Options that one has in full.
    full: Vec<u64>,
    /// Options on which one has a verdict.
    seen: Vec<u64>,
    /// Does one do severe harm off the rubric?
    severe_off_rubric: bool,
}

struct Walk<'a> {
    case: &'a BallotCase,
    levels: Vec<Level>,
    partial: Vec<u64>,
    room: Room,
}

impl<'a> Walk<'a> {
    fn new(case: &'a BallotCase, most: usize) -> Self {
        let words = case.board.words();
        let level = |depth: usize| Level {
            at_least: (0..=depth + 1)
                .map(|votes| vec![if votes == 0 { u64::MAX } else { 0 }; words])
                .collect(),
            full: vec![0; words],
            seen: vec![0; words],
            severe_off_rubric: false,
        };
        Self {
            case,
            levels: (0..=most).map(level).collect(),
            partial: vec![0; words],
            room: Room::new(words),
        }
    }

    /// Gives the worth of every candidate that begins with the advisors of this
    /// depth, in the order of [`super::candidates::all`].
    fn descend(
        &mut self,
        ballots: &[Ballot],
        first: usize,
        depth: usize,
        give: &mut impl FnMut(bool, f64),
    ) {
        for (member, ballot) in ballots.iter().enumerate().skip(first) {
            let Some([before, after, ..]) = self.levels.get_mut(depth..) else {
                return;
            };
            after.extend(before, ballot);
            let size = depth + 1;
            for votes in 1..=size {
                let Some(matched) = after.at_least.get(votes) else {
                    continue;
                };
                for ((partial, m), full) in self.partial.iter_mut().zip(matched).zip(&after.full) {
                    *partial = m & !full;
                }
                let kept = Kept {
                    matched,
                    partial: &self.partial,
                    seen: &after.seen,
                };
                let worth = worth(&self.case.board, kept, &mut self.room);
                let off_rubric = votes == 1 && after.severe_off_rubric;
                give(worth.severe || off_rubric, worth.headline);
            }
            self.descend(ballots, member + 1, size, give);
        }
    }
}

impl Level {
    /// Becomes the level before with one more advisor.
    fn extend(&mut self, before: &Self, ballot: &Ballot) {
        for (votes, set) in self.at_least.iter_mut().enumerate().skip(1) {
            let fewer = before.at_least.get(votes - 1);
            let same = before.at_least.get(votes);
            for (at, word) in set.iter_mut().enumerate() {
                let of = |set: Option<&Vec<u64>>| {
                    set.and_then(|set| set.get(at)).copied().unwrap_or_default()
                };
                let has = ballot.matched.get(at).copied().unwrap_or_default();
                *word = of(same) | (of(fewer) & has);
            }
        }
        let or = |into: &mut [u64], old: &[u64], new: &[u64]| {
            for ((into, old), new) in into.iter_mut().zip(old).zip(new) {
                *into = old | new;
            }
        };
        or(&mut self.full, &before.full, &ballot.full);
        or(&mut self.seen, &before.seen, &ballot.seen);
        self.severe_off_rubric = before.severe_off_rubric || ballot.severe_off_rubric;
    }
}
