//! The search itself.

use super::LABEL;
use super::ballots::Ballots;
use super::candidates::{self, Candidate};
use super::findings::{
    Choice, Chosen, CrossFitted, FORMAT, FrontPoint, InSample, MemberAlone, PanelSearch,
    SearchedPanel, WithinCost,
};
use super::folds::{CrossFit, cross_fit, deal, means};
use super::front::{Measure, front, rank, steps};
use super::interval::over_cases;
use super::tally::{Tally, tally};
use crate::clinical::Simulated;
use crate::stats::interval::Kind;
use crate::stats::parallel::parallel_map;

/// Case values that a search keeps at once, at most: 480 MB.
const MOST_VALUES: usize = 30_000_000;

/// What is searched for, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Most advisors of a panel.
    pub max_members: usize,
    /// Most dollars of a consult's drafts.
    pub max_usd: Option<f64>,
    /// Most seconds of a consult's slowest draft.
    pub max_seconds: Option<f64>,
    /// Folds.
    pub folds: usize,
    /// Repeats.
    pub repeats: usize,
    /// Seed of the folds.
    pub seed: u64,
    /// Name of the run.
    pub run: String,
    /// Which parts of the run are simulated.
    pub simulated: Simulated,
}

/// Why there is nothing to choose.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SearchError {
    /// Fewer than two advisors.
    #[error("there are judged drafts of {0} advisors, and a choice needs at least two")]
    TooFew(usize),
    /// No item that all have a judged draft of.
    #[error("there is no item that all {0} advisors have a judged draft of")]
    NoItem(usize),
    /// Too many panels.
    #[error(
        "{panels} panels on {cases} cases are too many to keep in memory: lower --max-members, or \
         name fewer advisors"
    )]
    TooMany {
        /// How many.
        panels: usize,
        /// On how many cases.
        cases: usize,
    },
    /// Nothing is within the limits.
    #[error(
        "no panel is within the limits; the cheapest takes {usd} dollars and the fastest {seconds} \
         seconds for the drafts of one consult"
    )]
    NothingWithin {
        /// Least dollars, in words.
        usd: String,
        /// Least seconds, in words.
        seconds: String,
    },
}

/// Searches.
///
/// # Errors
/// [`SearchError`] when there is nothing to choose.
pub fn search(ballots: &Ballots, settings: &Settings) -> Result<PanelSearch, SearchError> {
    let members = ballots.members.len();
    if members < 2 {
        return Err(SearchError::TooFew(members));
    }
    if ballots.cases.is_empty() {
        return Err(SearchError::NoItem(members));
    }
    let most = settings.max_members.clamp(1, members);
    let panels = candidates::number(members, most);
    let cases = ballots.cases.len();
    if panels.saturating_mul(cases) > MOST_VALUES {
        return Err(SearchError::TooMany { panels, cases });
    }
    let candidates = candidates::all(members, most);
    let tally = tally(ballots, &candidates, most);
    Searched::new(ballots, settings, &candidates, &tally).findings(most)
}

struct Searched<'a> {
    ballots: &'a Ballots,
    settings: &'a Settings,
    candidates: &'a [Candidate],
    tally: &'a Tally,
    severe: Vec<f64>,
    headline: Vec<f64>,
    measures: Vec<Measure>,
}

impl<'a> Searched<'a> {
    fn new(
        ballots: &'a Ballots,
        settings: &'a Settings,
        candidates: &'a [Candidate],
        tally: &'a Tally,
    ) -> Self {
        let (severe, headline) = means(tally, candidates.len(), |_| true);
        let measures = (0..candidates.len())
            .map(|at| {
                Measure::new(
                    value(&severe, at),
                    value(&headline, at),
                    known(&tally.usd, at),
                    known(&tally.seconds, at),
                )
            })
            .collect();
        Self {
            ballots,
            settings,
            candidates,
            tally,
            severe,
            headline,
            measures,
        }
    }

    fn findings(&self, most: usize) -> Result<PanelSearch, SearchError> {
        let settings = self.settings;
        let allowed = self.within(settings.max_usd, settings.max_seconds);
        let singles: Vec<bool> = (0..)
            .zip(&allowed)
            .map(|(at, allowed)| *allowed && self.size(at) == 1)
            .collect();
        let eligible: Vec<usize> = places(&allowed).collect();
        let choice = self.best(&allowed).ok_or_else(|| self.nothing_within())?;
        let front = front(&self.measures, self.candidates, &eligible);

        // One question for each cost of the front; many of its points share one.
        let mut costs: Vec<(i64, i64)> = front.iter().map(|at| self.cost(*at)).collect();
        costs.sort_unstable();
        costs.dedup();
        let mut questions = vec![allowed, singles];
        questions.extend(costs.iter().map(|cost| self.costing(*cost, &eligible)));
        let dealt = deal(
            self.tally.cases.len(),
            settings.folds,
            settings.repeats,
            settings.seed,
        );
        let fitted = cross_fit(self.tally, self.candidates, &questions, &dealt);
        let fit_of = |question: usize| fitted.get(question).and_then(Option::as_ref);
        let best_of = |question: usize| questions.get(question).and_then(|q| self.best(q));

        let points = parallel_map(front.len(), |place| {
            let at = front.get(place).copied()?;
            let question = costs.binary_search(&self.cost(at)).ok()? + 2;
            let best = best_of(question)?;
            Some(FrontPoint {
                panel: self.panel(at),
                in_sample: self.in_sample(at),
                within_its_cost: fit_of(question).map(|fit| self.within_cost(at, best, fit)),
            })
        });
        let best_single = best_of(1).map(|at| self.choice(at, fit_of(1)));
        let minus = fit_of(0).zip(fit_of(1)).map(|(choice, single)| {
            let pairs = choice.severe.iter().zip(&single.severe);
            over_cases(
                Kind::RateDifference,
                &pairs.map(|(a, b)| a - b).collect::<Vec<_>>(),
            )
        });
        Ok(PanelSearch {
            format: FORMAT.to_owned(),
            simulated: settings.simulated.clone(),
            label: LABEL.to_owned(),
            run: settings.run.clone(),
            seed: settings.seed,
            folds: settings.folds.clamp(1, self.tally.cases.len()),
            repeats: settings.repeats,
            max_members: most,
            max_usd: settings.max_usd,
            max_seconds: settings.max_seconds,
            cases: self.tally.cases.len(),
            items: self.ballots.items(),
            items_left_out: self.ballots.left_out,
            panels: self.candidates.len(),
            panels_within_limits: eligible.len(),
            members: self.members(),
            choice: self.choice(choice, fit_of(0)),
            best_single,
            choice_minus_best_single: minus,
            front: points.into_iter().flatten().collect(),
            warnings: Vec::new(),
        })
    }

    /// Which candidates are within these limits. What is not known is not within
    /// any.
    fn within(&self, usd: Option<f64>, seconds: Option<f64>) -> Vec<bool> {
        let under = |limit: Option<f64>, value: Option<f64>| {
            limit.is_none_or(|limit| value.is_some_and(|v| steps(v) <= steps(limit)))
        };
        (0..self.candidates.len())
            .map(|at| {
                under(usd, known(&self.tally.usd, at))
                    && under(seconds, known(&self.tally.seconds, at))
            })
            .collect()
    }

    /// Of the eligible ones, those that take no more dollars and seconds.
    fn costing(&self, (usd, seconds): (i64, i64), eligible: &[usize]) -> Vec<bool> {
        let mut allowed = vec![false; self.candidates.len()];
        for at in eligible {
            let (own_usd, own_seconds) = self.cost(*at);
            if let Some(allowed) = allowed.get_mut(*at) {
                *allowed = own_usd <= usd && own_seconds <= seconds;
            }
        }
        allowed
    }

    fn cost(&self, at: usize) -> (i64, i64) {
        let measure = self.measures.get(at);
        measure.map_or((i64::MAX, i64::MAX), |m| (m.usd, m.seconds))
    }

    fn size(&self, at: usize) -> usize {
        self.candidates.get(at).map_or(0, |c| c.members.len())
    }

    fn best(&self, allowed: &[bool]) -> Option<usize> {
        places(allowed)
            .filter_map(|at| Some((rank(self.measures.get(at)?, self.candidates.get(at)?), at)))
            .min()
            .map(|(_, at)| at)
    }

    fn nothing_within(&self) -> SearchError {
        let least = |values: &[Option<f64>]| {
            let least = values.iter().flatten().copied().min_by(f64::total_cmp);
            least.map_or_else(|| "an unknown number of".to_owned(), |v| format!("{v:.4}"))
        };
        SearchError::NothingWithin {
            usd: least(&self.tally.usd),
            seconds: least(&self.tally.seconds),
        }
    }

    fn panel(&self, at: usize) -> SearchedPanel {
        let candidate = self.candidates.get(at);
        let names = candidate.iter().flat_map(|c| c.members.iter());
        SearchedPanel {
            members: names
                .filter_map(|place| self.ballots.members.get(*place).cloned())
                .collect(),
            votes: candidate.map_or(0, |c| c.votes),
        }
    }

    fn in_sample(&self, at: usize) -> InSample {
        let values: Vec<f64> = self
            .tally
            .cases
            .iter()
            .map(|case| value(&case.severe, at))
            .collect();
        InSample {
            severe: over_cases(Kind::Rate, &values),
            rubric_assisted_headline: value(&self.headline, at),
            usd: known(&self.tally.usd, at),
            seconds: known(&self.tally.seconds, at),
        }
    }

    fn members(&self) -> Vec<MemberAlone> {
        let alone = (0..self.candidates.len()).filter(|at| self.size(*at) == 1);
        let alone: Vec<usize> = alone.collect();
        let measured = parallel_map(alone.len(), |at| {
            alone.get(at).map(|at| self.in_sample(*at))
        });
        let names = self.ballots.members.iter().zip(&self.ballots.missing);
        names
            .zip(measured.into_iter().flatten())
            .map(|((name, missing), alone)| MemberAlone {
                name: name.clone(),
                missing: *missing,
                alone,
            })
            .collect()
    }

    fn choice(&self, at: usize, fit: Option<&CrossFit>) -> Choice {
        Choice {
            panel: self.panel(at),
            in_sample: self.in_sample(at),
            cross_fitted: fit.map(|fit| self.cross_fitted(at, fit)),
        }
    }

    fn cross_fitted(&self, at: usize, fit: &CrossFit) -> CrossFitted {
        let severe = over_cases(Kind::Rate, &fit.severe);
        let mut chosen: Vec<(usize, usize)> = fit.chosen.iter().map(|(a, n)| (*a, *n)).collect();
        chosen.sort_by_key(|(at, folds)| (std::cmp::Reverse(*folds), *at));
        CrossFitted {
            optimism: severe.mean - value(&self.severe, at),
            severe,
            rubric_assisted_headline: crate::score::mean(&fit.headline),
            chosen: chosen
                .into_iter()
                .map(|(at, folds)| Chosen {
                    panel: self.panel(at),
                    share: folds as f64 / fit.of as f64,
                })
                .collect(),
        }
    }

    fn within_cost(&self, at: usize, best: usize, fit: &CrossFit) -> WithinCost {
        let severe = over_cases(Kind::Rate, &fit.severe);
        let chosen = fit.chosen.get(&at).copied().unwrap_or_default();
        WithinCost {
            optimism: severe.mean - value(&self.severe, best),
            severe,
            chosen: chosen as f64 / fit.of as f64,
        }
    }
}

fn places(allowed: &[bool]) -> impl Iterator<Item = usize> + '_ {
    allowed
        .iter()
        .enumerate()
        .filter(|(_, allowed)| **allowed)
        .map(|(at, _)| at)
}

fn value(values: &[f64], at: usize) -> f64 {
    values.get(at).copied().unwrap_or_default()
}

fn known(values: &[Option<f64>], at: usize) -> Option<f64> {
    values.get(at).copied().flatten()
}
