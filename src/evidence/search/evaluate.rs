//! What a set of kept options is worth: is there a severe harm, and how good is
//! it as an answer?
//!
//! Harm follows scoring.md, section 5, with the sets of section 4. The headline
//! is that of section 17, F of the matched precision and the weighted recall
//! (7.2, 7.3), computed as if each kept option were one action: how many
//! actions a real plan would make of them is not known.

use super::board::Board;

/// Weights of severe, moderate, mild and neutral scores (scoring.md, section
/// 3).
const WEIGHTS: [u32; 4] = [72, 24, 3, 1];

/// What a set of options is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// Is there a severe harm by the rubric?
    pub severe: bool,
    /// F of precision and recall on options, 0 to 1.
    pub headline: f64,
}

/// Sets of options that a panel, or one member, recommends.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// Recommended, in part or in full: `M`.
    pub matched: &'a [u64],
    /// Recommended in part only: a part of `matched`.
    pub partial: &'a [u64],
    /// On which there is a verdict at all. What nobody was asked about is no
    /// omission.
    pub seen: &'a [u64],
}

/// Room that is used again and again.
#[derive(Clone, Debug)]
pub struct Room {
    moot: Vec<u64>,
    covered: Vec<u64>,
}

impl Room {
    /// Room for boards of this many words.
    pub fn new(words: usize) -> Self {
        Self {
            moot: vec![0; words],
            covered: vec![0; words],
        }
    }
}

/// What the options are worth. All sets and the room must be of the board's
/// size.
pub fn worth(board: &Board, kept: Kept<'_>, room: &mut Room) -> Worth {
    room.moot.fill(0);
    for (word, bit, parents) in &board.dependent {
        if !meet(parents, kept.matched)
            && let Some(moot) = room.moot.get_mut(*word)
        {
            *moot |= bit;
        }
    }
    room.covered.fill(0);
    for group in &board.groups {
        if meet(group, kept.matched) {
            for (covered, members) in room.covered.iter_mut().zip(group) {
                *covered |= members;
            }
        }
    }
    Worth {
        severe: is_severe(board, kept, room),
        headline: f(precision(board, kept), recall(board, kept, &room.moot)),
    }
}

fn meet(a: &[u64], b: &[u64]) -> bool {
    a.iter().zip(b).any(|(a, b)| a & b != 0)
}

fn count(set: impl Iterator<Item = u64>) -> u32 {
    set.map(u64::count_ones).sum()
}

/// The three rules of section 5, as far as they are about scores of 9 and 1.
fn is_severe(board: &Board, kept: Kept<'_>, room: &Room) -> bool {
    let [_, ones, .., nines] = &board.of_score;
    (0..board.words()).any(|at| {
        let word = |set: &[u64]| set.get(at).copied().unwrap_or_default();
        let (matched, covered) = (word(kept.matched), word(&room.covered));
        let left_out = word(kept.seen) & !matched & !word(&room.moot);
        let half_done = matched & word(kept.partial);
        word(nines) & !covered & (left_out | half_done) != 0 || word(ones) & matched != 0
    })
}

/// Matched precision (7.2), every kept option an action; `None` without any.
fn precision(board: &Board, kept: Kept<'_>) -> Option<f64> {
    let [_, s1, s2, s3, s4, s5, s6, s7, s8, s9] = &board.of_score;
    let all = |set: &[u64]| count(set.iter().zip(kept.matched).map(|(a, b)| a & b));
    let half = |set: &[u64]| {
        let partial = kept.partial.iter().zip(kept.matched);
        count(set.iter().zip(partial).map(|(a, (p, m))| a & p & m))
    };
    let [severe, moderate, mild, neutral] = WEIGHTS;
    // In half units, so that half credit is a whole number.
    let (mut credit, mut weight) = (0, 0);
    for (set, w) in [(s9, severe), (s8, moderate), (s7, mild)] {
        let matched = all(set);
        weight += 2 * w * matched;
        credit += w * (2 * matched - half(set));
    }
    for (set, w) in [
        (s1, severe),
        (s2, moderate),
        (s3, mild),
        (s4, neutral),
        (s5, neutral),
        (s6, neutral),
    ] {
        weight += 2 * w * all(set);
    }
    (weight > 0).then(|| f64::from(credit) / f64::from(weight))
}

/// Weighted recall (7.3); 0 where there is nothing to recall.
fn recall(board: &Board, kept: Kept<'_>, moot: &[u64]) -> f64 {
    let [.., s7, s8, s9] = &board.of_score;
    let [severe, moderate, mild, _] = WEIGHTS;
    let tiers = [(s9, severe), (s8, moderate), (s7, mild)];
    let (mut credit, mut weight) = (0, 0);
    for (set, w) in tiers {
        let live = |at: usize| {
            let word = |set: &[u64]| set.get(at).copied().unwrap_or_default();
            word(set) & word(&board.single) & !word(moot)
        };
        for at in 0..board.words() {
            let word = |set: &[u64]| set.get(at).copied().unwrap_or_default();
            let (live, matched) = (live(at), word(kept.matched));
            weight += 2 * w * live.count_ones();
            let met = live & matched;
            credit += w * (2 * met.count_ones() - (met & word(kept.partial)).count_ones());
        }
    }
    for group in &board.groups {
        let mut top = None;
        let mut best = None;
        for (set, w) in tiers {
            let mut any = false;
            let (mut met, mut full) = (false, false);
            for at in 0..board.words() {
                let word = |set: &[u64]| set.get(at).copied().unwrap_or_default();
                let live = word(set) & word(group) & !word(moot);
                let matched = live & word(kept.matched);
                any |= live != 0;
                met |= matched != 0;
                full |= matched & !word(kept.partial) != 0;
            }
            if any {
                top = top.or(Some(w));
            }
            if met {
                best = best.or(Some(if full { 2 * w } else { w }));
            }
        }
        weight += 2 * top.unwrap_or_default();
        credit += best.unwrap_or_default();
    }
    if weight == 0 {
        return 0.0;
    }
    f64::from(credit) / f64::from(weight)
}

/// Harmonic mean as scoring.md, section 0, has it; 0 without a precision.
fn f(precision: Option<f64>, recall: f64) -> f64 {
    match precision {
        Some(precision) if precision + recall > 0.0 => {
            ((2.0 * precision) * recall) / (precision + recall)
        }
        _ => 0.0,
    }
}
