//! The board: every candidate with who wants it, what was said of it, and what
//! was decided.

use crate::clinical::{
    DraftRef, LedgerCandidate, PatientText, RatingRound, Recommendation, Severity, Stance,
};
use crate::deliberation::book::{Book, Why};
use crate::deliberation::parse::Draft;
use crate::deliberation::pooling::{Action, Drafted, Pool};
use crate::deliberation::same_words;

/// An advisor who gave a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voter {
    /// Name.
    pub name: String,
    /// Vendor, for votes that are weighed by it.
    pub vendor: String,
}

/// Everything that the panel has to decide on.
#[derive(Clone, Debug)]
pub struct Board {
    /// Advisors whose drafts are in, in the panel's order.
    pub voters: Vec<Voter>,
    /// Candidates in the order of their first drafted item.
    pub candidates: Vec<Standing>,
}

/// One candidate as it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The wording that stands for it.
    pub text: PatientText,
    /// What it says to do.
    pub action: Action,
    /// The drafted items behind it.
    pub members: Vec<DraftRef>,
    /// Candidates that would be its contrary, as places on the board.
    pub opposes: Vec<usize>,
    /// Who wants it, as places among the voters, ascending.
    pub supporters: Vec<usize>,
    /// Who spoke against it, as places among the voters, ascending.
    pub objectors: Vec<usize>,
    /// Ratings, round by round.
    pub rounds: Vec<RatingRound>,
    /// What advisors changed about it.
    pub stances: Vec<Stance>,
    /// What was decided.
    pub decision: Option<Decision>,
}

/// What was decided on a candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Does it go into the plan?
    pub kept: bool,
    /// The rule, in words.
    pub rule: String,
    /// Share of the votes for it.
    pub share: Option<f64>,
    /// Median rating.
    pub rating: Option<f64>,
    /// How severe it would be to leave it out, where ratings or a rule say so.
    pub severity_if_omitted: Option<Severity>,
    /// Do the advisors disagree on it?
    pub disagreement: bool,
}

/// The drafted items in the panel's order, for pooling.
pub fn drafted(drafts: &[(String, Draft)]) -> Vec<Drafted> {
    drafts
        .iter()
        .flat_map(|(agent, draft)| {
            draft
                .items
                .iter()
                .enumerate()
                .map(move |(i, text)| Drafted {
                    from: DraftRef {
                        agent: agent.clone(),
                        number: i + 1,
                    },
                    text: text.clone(),
                })
        })
        .collect()
}

/// Has each of two lists somebody who is not on the other?
pub fn two_sides<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.iter().any(|one| !b.contains(one)) && b.iter().any(|one| !a.contains(one))
}

impl Board {
    /// Sets the board up: nothing is decided, and who drafted an item wants it.
    pub fn new(voters: Vec<Voter>, items: &[Drafted], pool: Pool) -> Self {
        let mut candidates: Vec<Standing> = pool
            .candidates
            .into_iter()
            .map(|candidate| {
                let members: Vec<DraftRef> = candidate
                    .members
                    .iter()
                    .filter_map(|&item| items.get(item))
                    .map(|item| item.from.clone())
                    .collect();
                let supporters = (0..voters.len())
                    .filter(|&voter| members.iter().any(|m| m.agent == voters[voter].name))
                    .collect();
                Standing {
                    text: candidate.text,
                    action: candidate.action,
                    members,
                    opposes: candidate.opposes,
                    supporters,
                    objectors: Vec::new(),
                    rounds: Vec::new(),
                    stances: Vec::new(),
                    decision: None,
                }
            })
            .collect();
        // Who wants both is no witness of a contradiction: rules read words,
        // and a physician who wrote both meant both.
        let supporters: Vec<Vec<usize>> = candidates.iter().map(|c| c.supporters.clone()).collect();
        for (place, candidate) in candidates.iter_mut().enumerate() {
            candidate
                .opposes
                .retain(|&other| two_sides(&supporters[place], &supporters[other]));
        }
        Self { voters, candidates }
    }

    /// Puts the candidates into an order that follows from a seed, so that
    /// nobody who rates or debates them reads one advisor's first.
    pub fn shuffle(&mut self, order: &[usize]) {
        let mut at = vec![0; self.candidates.len()];
        for (new, &old) in order.iter().enumerate() {
            if let Some(place) = at.get_mut(old) {
                *place = new;
            }
        }
        let mut shuffled: Vec<(usize, Standing)> = std::mem::take(&mut self.candidates)
            .into_iter()
            .enumerate()
            .map(|(old, mut candidate)| {
                for other in &mut candidate.opposes {
                    *other = at[*other];
                }
                candidate.opposes.sort_unstable();
                (at[old], candidate)
            })
            .collect();
        shuffled.sort_by_key(|(new, _)| *new);
        self.candidates = shuffled
            .into_iter()
            .map(|(_, candidate)| candidate)
            .collect();
    }

    /// Where a candidate was drafted first: place of the advisor, and number.
    fn first(&self, place: usize) -> (usize, usize) {
        let member = self.candidates[place].members.first();
        member.map_or((usize::MAX, 0), |member| {
            let voter = self.voters.iter().position(|v| v.name == member.agent);
            (voter.unwrap_or(usize::MAX), member.number)
        })
    }

    /// `C3` for the third candidate.
    pub fn id(place: usize) -> String {
        format!("C{}", place + 1)
    }

    /// The ids of all candidates, in their order.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        (0..self.candidates.len()).map(Self::id)
    }

    /// The candidate that an answer names as `C3`, `[c3]` or `3`.
    pub fn find(&self, reference: &str) -> Option<usize> {
        let digits = reference
            .trim_matches(|c: char| !c.is_ascii_alphanumeric())
            .trim_start_matches(['C', 'c']);
        let number: usize = digits.parse().ok()?;
        number
            .checked_sub(1)
            .filter(|place| *place < self.candidates.len())
    }

    /// Names of voters by place.
    pub fn names(&self, places: &[usize]) -> Vec<String> {
        places
            .iter()
            .filter_map(|&place| self.voters.get(place))
            .map(|voter| voter.name.clone())
            .collect()
    }

    /// Share of the candidates on which the advisors disagree; 0 for an empty
    /// board. Where nothing was rated, they disagree on what half of them or
    /// fewer want.
    pub fn disagreement(&self) -> f64 {
        let disagreed = self.candidates.iter().filter(|candidate| {
            candidate.decision.as_ref().is_some_and(|decision| {
                if decision.rating.is_some() {
                    decision.disagreement
                } else {
                    2 * candidate.supporters.len() <= self.voters.len()
                }
            })
        });
        if self.candidates.is_empty() {
            return 0.0;
        }
        disagreed.count() as f64 / self.candidates.len() as f64
    }

    /// Puts what was decided into the plan, what matters most first, and ends
    /// the rest with the rule that decided.
    pub fn write(&self, book: &mut Book, stage: &str) {
        let mut order: Vec<usize> = (0..self.candidates.len())
            .filter(|&place| self.kept(place))
            .collect();
        order.sort_by(|&a, &b| {
            let by_rank = self.rank(b).total_cmp(&self.rank(a));
            by_rank.then_with(|| self.first(a).cmp(&self.first(b)))
        });
        for place in order {
            let candidate = &self.candidates[place];
            let decision = candidate.decision.as_ref();
            let placed = book.place(
                stage,
                Recommendation {
                    text: candidate.text.clone(),
                    category: candidate.action.category(),
                    urgency: None,
                    condition: None,
                    basis: candidate.members.clone(),
                    edited_by: None,
                    severity_if_omitted: decision.and_then(|d| d.severity_if_omitted),
                    supporters: self.names(&candidate.supporters),
                    objectors: self.names(&candidate.objectors),
                    rating: decision.and_then(|d| d.rating),
                },
            );
            if !placed {
                self.join(book, stage, candidate);
            }
        }
        book.drop_unplaced(stage, |draft| {
            let of = |candidate: &&Standing| candidate.members.contains(draft);
            let decision = self.candidates.iter().find(of);
            decision
                .and_then(|candidate| candidate.decision.as_ref())
                .map_or_else(PatientText::default, |d| PatientText::from(d.rule.as_str()))
        });
    }

    /// A candidate that was reworded into the words of another goes with it.
    fn join(&self, book: &mut Book, stage: &str, candidate: &Standing) {
        let same = |item: &Recommendation| same_words(&item.text, &candidate.text);
        let Some(index) = book.items().position(same) else {
            return;
        };
        let why = Why::reason("the plan says it in the same words");
        for member in &candidate.members {
            book.join(stage, index, member, &why);
        }
        let own = self.names(&candidate.supporters);
        let other = book.items().nth(index);
        let other = other
            .map(|item| item.supporters.clone())
            .unwrap_or_default();
        let all = self.voters.iter().map(|voter| voter.name.clone());
        let supporters = all.filter(|name| own.contains(name) || other.contains(name));
        book.support(index, supporters.collect());
    }

    fn kept(&self, place: usize) -> bool {
        let decision = self.candidates[place].decision.as_ref();
        decision.is_some_and(|decision| decision.kept)
    }

    /// What comes first in a plan: what is severe to leave out, then ratings,
    /// then votes.
    fn rank(&self, place: usize) -> f64 {
        let candidate = &self.candidates[place];
        let Some(decision) = &candidate.decision else {
            return 0.0;
        };
        let severe = decision.severity_if_omitted == Some(Severity::Severe);
        let share = decision
            .share
            .unwrap_or_else(|| candidate.supporters.len() as f64 / self.voters.len().max(1) as f64);
        100.0 * f64::from(u8::from(severe)) + 10.0 * decision.rating.unwrap_or(0.0) / 9.0 + share
    }

    /// The candidates for the ledger. `placed`: is a drafted item in the plan?
    /// It speaks where no rule of candidates decided (`lead`, `synthesis`).
    pub fn ledger(&self, placed: impl Fn(&DraftRef) -> bool, by: &str) -> Vec<LedgerCandidate> {
        self.candidates
            .iter()
            .enumerate()
            .map(|(place, candidate)| {
                let in_plan = candidate.members.iter().any(&placed);
                let (kept, rule) = match &candidate.decision {
                    Some(decision) => (decision.kept, decision.rule.clone()),
                    None if in_plan => (true, format!("taken by {by}")),
                    None => (false, format!("not taken by {by}")),
                };
                LedgerCandidate {
                    id: Self::id(place),
                    text: candidate.text.clone(),
                    members: candidate.members.clone(),
                    opposes: candidate
                        .opposes
                        .iter()
                        .map(|&other| Self::id(other))
                        .collect(),
                    supporters: self.names(&candidate.supporters),
                    rounds: candidate.rounds.clone(),
                    stances: candidate.stances.clone(),
                    share: candidate.decision.as_ref().and_then(|d| d.share),
                    kept,
                    rule,
                }
            })
            .collect()
    }
}
