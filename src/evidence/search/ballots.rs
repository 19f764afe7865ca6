//! Judged drafts as ballots: which options each advisor's draft recommends.

use std::collections::BTreeMap;

use super::board::{Bits, Board};
use crate::clinical::{Rubric, Severity};
use crate::score::{JudgedRecord, nonrubric_harms};

/// An advisor's draft on one item, judged.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// What the judge found.
    pub judged: &'a JudgedRecord,
    /// Dollars; `None`: no price.
    pub usd: Option<f64>,
    /// Seconds; `None`: not known.
    pub seconds: Option<f64>,
}

/// One item with the drafts of all searched advisors.
#[derive(Clone, Debug)]
pub struct Posed<'a> {
    /// Base case id.
    pub case: &'a str,
    /// Item id.
    pub item: &'a str,
    /// Trial.
    pub trial: u32,
    /// The case's rubric.
    pub rubric: &'a Rubric,
    /// In the order of the advisors; `None`: no judged draft.
    pub drafts: Vec<Option<Draft<'a>>>,
}

/// One draft as a ballot.
#[derive(Clone, Debug)]
pub struct Ballot {
    /// Options that it recommends, in part or in full.
    pub matched: Bits,
    /// Of these, in full.
    pub full: Bits,
    /// Options on which there is a verdict.
    pub seen: Bits,
    /// Does it do severe harm off the rubric? Nobody shares such an action, so
    /// it is kept where one vote is enough.
    pub severe_off_rubric: bool,
    /// Dollars.
    pub usd: Option<f64>,
    /// Seconds.
    pub seconds: Option<f64>,
}

/// One item that every advisor has a judged draft of.
#[derive(Clone, Debug)]
pub struct BallotItem {
    /// Item id.
    pub item: String,
    /// Trial.
    pub trial: u32,
    /// In the order of [`Ballots::members`].
    pub ballots: Vec<Ballot>,
}

/// A case with its items.
#[derive(Clone, Debug)]
pub struct BallotCase {
    /// Base case id.
    pub case: String,
    /// Its rubric.
    pub board: Board,
    /// Its items that every advisor has a judged draft of; at least one.
    pub items: Vec<BallotItem>,
}

/// Everything that is searched.
#[derive(Clone, Debug)]
pub struct Ballots {
    /// Advisors by name.
    pub members: Vec<String>,
    /// Cases by id.
    pub cases: Vec<BallotCase>,
    /// Items that are left out, because an advisor has no judged draft of them.
    pub left_out: usize,
    /// Of how many items each advisor lacks a judged draft, in the order of
    /// `members`.
    pub missing: Vec<usize>,
}

impl Ballots {
    /// Reads drafts as ballots. Advisors, cases and items are put in the order of
    /// their names, so that the order in which they come changes nothing.
    pub fn new(members: &[String], posed: &[Posed<'_>]) -> Self {
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by_key(|place| members.get(*place));
        let mut missing = vec![0; members.len()];
        let mut left_out = 0;
        let mut cases: BTreeMap<&str, BallotCase> = BTreeMap::new();
        for one in posed {
            let mut drafts = Vec::with_capacity(members.len());
            for (place, missing) in order.iter().zip(&mut missing) {
                match one.drafts.get(*place).and_then(Option::as_ref) {
                    Some(draft) => drafts.push(draft),
                    None => *missing += 1,
                }
            }
            if drafts.len() < members.len() {
                left_out += 1;
                continue;
            }
            let case = cases.entry(one.case).or_insert_with(|| BallotCase {
                case: one.case.to_owned(),
                board: Board::new(one.rubric),
                items: Vec::new(),
            });
            let ballots = drafts.into_iter().map(|d| ballot(&case.board, d));
            case.items.push(BallotItem {
                item: one.item.to_owned(),
                trial: one.trial,
                ballots: ballots.collect(),
            });
        }
        let mut cases: Vec<BallotCase> = cases.into_values().collect();
        for case in &mut cases {
            case.items
                .sort_by(|a, b| (&a.item, a.trial).cmp(&(&b.item, b.trial)));
        }
        Self {
            members: order
                .iter()
                .filter_map(|place| members.get(*place).cloned())
                .collect(),
            cases,
            left_out,
            missing,
        }
    }

    /// Items that are searched.
    pub fn items(&self) -> usize {
        self.cases.iter().map(|case| case.items.len()).sum()
    }
}

fn ballot(board: &Board, draft: &Draft<'_>) -> Ballot {
    let options = &draft.judged.options;
    Ballot {
        matched: board.set(options, |option| option.matched),
        full: board.set(options, |option| option.matched && !option.is_partial()),
        seen: board.set(options, |_| true),
        severe_off_rubric: nonrubric_harms(&draft.judged.actions)
            .iter()
            .any(|harm| harm.severity == Severity::Severe),
        usd: draft.usd,
        seconds: draft.seconds,
    }
}
