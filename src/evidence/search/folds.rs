//! What is left of a choice on cases that it was not made on.
//!
//! Whoever takes the best of thousands of panels takes, in part, the luckiest
//! on these cases. Repeated K-fold cross-fitting shows how much: the cases are
//! dealt into folds, with all variants and trials of a case in one; the choice
//! is made on all folds but one and measured on that one; every case is
//! measured once in a repeat. It is the whole way of choosing that is measured,
//! not one panel: each fold may choose another.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

use super::candidates::Candidate;
use super::front::{Measure, Rank, rank};
use super::tally::{CaseTally, Tally};
use crate::stats::parallel::parallel_map;

/// What choosing came to on cases that had no say in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossFit {
    /// Severe harm of each case, mean over repeats.
    pub severe: Vec<f64>,
    /// Headline of each case, mean over repeats.
    pub headline: Vec<f64>,
    /// How many folds chose each candidate.
    pub chosen: BTreeMap<usize, usize>,
    /// How many folds chose.
    pub of: usize,
}

/// The fold of each case, for each repeat. Cases are dealt in a shuffled order,
/// so that folds differ by one case at most. No more folds than cases.
pub fn deal(cases: usize, folds: usize, repeats: usize, seed: u64) -> Vec<Vec<usize>> {
    let folds = folds.clamp(1, cases.max(1));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..repeats)
        .map(|_| {
            let mut order: Vec<usize> = (0..cases).collect();
            for at in (1..cases).rev() {
                order.swap(at, below(&mut rng, at + 1));
            }
            let mut fold_of = vec![0; cases];
            for (turn, case) in order.into_iter().enumerate() {
                if let Some(fold) = fold_of.get_mut(case) {
                    *fold = turn % folds;
                }
            }
            fold_of
        })
        .collect()
}

/// A number below `n`. The high half of a product of 64 bits each is uneven by
/// less than `n` in 2^64.
fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    let product = u128::from(rng.next_u64()) * n as u128;
    // Below n, which was a usize.
    usize::try_from(product >> 64).unwrap_or_default()
}

/// Answers each of several questions ("which is best of these candidates?"; a
/// question says of every candidate whether it may be chosen) by cross-fitting.
/// A question without any candidate gets no answer. Fewer than two cases have
/// nothing to be held out.
pub fn cross_fit(
    tally: &Tally,
    candidates: &[Candidate],
    questions: &[Vec<bool>],
    dealt: &[Vec<usize>],
) -> Vec<Option<CrossFit>> {
    let cases = tally.cases.len();
    if cases < 2 || dealt.is_empty() {
        return vec![None; questions.len()];
    }
    let repeats = parallel_map(dealt.len(), |at| match dealt.get(at) {
        Some(fold_of) => one_repeat(tally, candidates, questions, fold_of),
        None => Vec::new(),
    });
    let mut answers: Vec<Option<CrossFit>> = vec![None; questions.len()];
    for repeat in &repeats {
        for (answer, one) in answers.iter_mut().zip(repeat) {
            let Some(one) = one else { continue };
            let sum = answer.get_or_insert_with(|| CrossFit {
                severe: vec![0.0; cases],
                headline: vec![0.0; cases],
                ..CrossFit::default()
            });
            add(&mut sum.severe, &one.severe);
            add(&mut sum.headline, &one.headline);
            for (candidate, folds) in &one.chosen {
                *sum.chosen.entry(*candidate).or_default() += folds;
            }
            sum.of += one.of;
        }
    }
    // Numbers of repeats are small.
    let repeats = dealt.len() as f64;
    for answer in answers.iter_mut().flatten() {
        for value in answer.severe.iter_mut().chain(&mut answer.headline) {
            *value /= repeats;
        }
    }
    answers
}

fn add(into: &mut [f64], values: &[f64]) {
    for (into, value) in into.iter_mut().zip(values) {
        *into += value;
    }
}

fn one_repeat(
    tally: &Tally,
    candidates: &[Candidate],
    questions: &[Vec<bool>],
    fold_of: &[usize],
) -> Vec<Option<CrossFit>> {
    let cases = tally.cases.len();
    let mut answers: Vec<Option<CrossFit>> = vec![None; questions.len()];
    let folds = fold_of.iter().max().map_or(0, |last| last + 1);
    for fold in 0..folds {
        let held_out: Vec<(usize, &CaseTally)> = (0..cases)
            .zip(&tally.cases)
            .filter(|(case, _)| fold_of.get(*case) == Some(&fold))
            .collect();
        let ranked = ranked(tally, candidates, |case| fold_of.get(case) != Some(&fold));
        for (answer, allowed) in answers.iter_mut().zip(questions) {
            let mut allowed_ones = ranked
                .iter()
                .filter(|(_, at)| allowed.get(*at) == Some(&true));
            let Some((_, choice)) = allowed_ones.next() else {
                continue;
            };
            let answer = answer.get_or_insert_with(|| CrossFit {
                severe: vec![0.0; cases],
                headline: vec![0.0; cases],
                ..CrossFit::default()
            });
            *answer.chosen.entry(*choice).or_default() += 1;
            answer.of += 1;
            for (case, worth) in &held_out {
                let of = |values: &[f64]| values.get(*choice).copied().unwrap_or_default();
                if let (Some(severe), Some(headline)) =
                    (answer.severe.get_mut(*case), answer.headline.get_mut(*case))
                {
                    *severe = of(&worth.severe);
                    *headline = of(&worth.headline);
                }
            }
        }
    }
    answers
}

/// All candidates by their rank on some of the cases, the best one first.
/// Dollars count as they are over all cases: they are no outcome.
fn ranked<'a>(
    tally: &Tally,
    candidates: &'a [Candidate],
    takes_part: impl Fn(usize) -> bool,
) -> Vec<(Rank<'a>, usize)> {
    let (severe, headline) = means(tally, candidates.len(), takes_part);
    let mut ranked: Vec<(Rank<'_>, usize)> = candidates
        .iter()
        .enumerate()
        .map(|(at, candidate)| {
            let of = |values: &[f64]| values.get(at).copied().unwrap_or_default();
            let usd = tally.usd.get(at).copied().flatten();
            let measure = Measure::new(of(&severe), of(&headline), usd, None);
            (rank(&measure, candidate), at)
        })
        .collect();
    ranked.sort_unstable();
    ranked
}

/// Mean over cases of severe harm and headline, by candidate.
pub fn means(
    tally: &Tally,
    candidates: usize,
    takes_part: impl Fn(usize) -> bool,
) -> (Vec<f64>, Vec<f64>) {
    let mut severe = vec![0.0; candidates];
    let mut headline = vec![0.0; candidates];
    let mut cases = 0.0;
    for (_, case) in (0..).zip(&tally.cases).filter(|(at, _)| takes_part(*at)) {
        add(&mut severe, &case.severe);
        add(&mut headline, &case.headline);
        cases += 1.0;
    }
    for value in severe.iter_mut().chain(&mut headline) {
        *value /= cases;
    }
    (severe, headline)
}

#[cfg(test)]
mod tests {
    use super::deal;

    #[test]
    fn folds_are_even_and_seeded() {
        let dealt = deal(23, 5, 4, 7);
        assert_eq!(dealt.len(), 4);
        for fold_of in &dealt {
            let size = |fold| fold_of.iter().filter(|f| **f == fold).count();
            let sizes: Vec<usize> = (0..5).map(size).collect();
            assert_eq!(sizes.iter().sum::<usize>(), 23);
            assert!(sizes.iter().all(|size| (4..=5).contains(size)), "{sizes:?}");
        }
        assert_ne!(dealt[0], dealt[1]);
        assert_eq!(dealt, deal(23, 5, 4, 7));
        assert_ne!(dealt, deal(23, 5, 4, 8));
        // Leaving one out is as far as it goes.
        let mut folds = deal(3, 5, 1, 0).remove(0);
        folds.sort_unstable();
        assert_eq!(folds, [0, 1, 2]);
    }
}
