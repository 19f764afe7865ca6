//! What one item will probably cost: calls, tokens, dollars, seconds.
//!
//! An estimate, made before anything is known of the answers. It assumes:
//! * four characters a token, as English text has in most tokenisers;
//! * answers of the sizes below, cut to a model's `max_output`;
//! * a model that reasons adds [`reasoning_tokens`] to each answer; with no
//!   `reasoning_effort` named it is taken not to reason;
//! * no failed attempt, no repair turn, nothing cached by the provider;
//! * `FIRST_TOKEN_SECONDS` and then `TOKENS_PER_SECOND` for every model,
//!   `SIMULATED_SECONDS` for a simulated one; measured times may take their
//!   place ([`Estimate::at_pace`]).
//!
//! A model without a price has unknown dollars, never zero. So has every sum
//! that it is part of.

mod sizes;
mod stages;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::model::{DEFAULT_MOST, Panel, Task};
use sizes::Sizes;

pub use sizes::reasoning_tokens;

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// The panel's answer to a consult.
    Consult,
    /// A model that is compared alone; only in a benchmark.
    Alone,
    /// Judging an answer; only in a benchmark.
    Judging,
}

/// The calls of one seat for one item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stage {
    /// What for.
    pub purpose: Purpose,
    /// `draft`, `cluster`, `synthesis`, `rating`, `debate`, `guardian`, `check`,
    /// `match`, `review`.
    pub stage: &'static str,
    /// Agent, or model for a model alone.
    pub seat: String,
    /// Model.
    pub model: String,
    /// Calls.
    pub calls: u64,
    /// Prompt tokens of all these calls.
    pub prompt_tokens: u64,
    /// Completion tokens of all these calls, reasoning included.
    pub completion_tokens: u64,
    /// Dollars of all these calls; `None`: the model has no price.
    pub usd: Option<f64>,
    /// Seconds of one of these calls; `None`: nobody knows before the first calls
    /// are back. A guess would be off by a hundred times either way.
    pub seconds: Option<f64>,
    /// How many of them run one after the other.
    #[serde(skip)]
    pub turns: u64,
}

/// A sum of stages, for one item.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Total {
    /// Calls.
    pub calls: u64,
    /// Prompt tokens.
    pub prompt_tokens: u64,
    /// Completion tokens, reasoning included.
    pub completion_tokens: u64,
    /// Dollars; `None`: at least one model has no price.
    pub usd: Option<f64>,
    /// Dollars of the models that have a price.
    pub usd_priced: f64,
    /// Seconds from the first call to the last answer, without rate limits;
    /// `None`: unknown.
    pub seconds: Option<f64>,
}

/// The estimate for one item of one case, in one trial.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Per seat, in the order of the work.
    pub stages: Vec<Stage>,
    /// Models without a price.
    pub unpriced: Vec<String>,
}

/// Estimates one item: a case of `case_chars` characters and, for judging, a
/// rubric of `rubric_chars`. Judged are every advisor, every model alone, the
/// panel, and where it has guardians the panel without them and the plan after
/// each of them.
///
/// An upper bound of the calls: protocols that may stop early are taken to need
/// all their rounds, every guardian to propose edits that are checked, and no
/// two judged texts to be the same. What the answers say decides how many calls
/// are left of it.
pub fn estimate(panel: &Panel, case_chars: usize, rubric_chars: usize) -> Estimate {
    estimate_for(panel, case_chars, rubric_chars, judged_texts(panel))
}

/// As [`estimate`], with the number of texts that are judged.
pub fn estimate_for(
    panel: &Panel,
    case_chars: usize,
    rubric_chars: usize,
    judged: u64,
) -> Estimate {
    let stages = stages::of(panel, &Sizes::new(panel, case_chars, rubric_chars), judged);
    let unpriced: BTreeSet<_> = stages
        .iter()
        .filter(|stage| stage.usd.is_none())
        .map(|stage| stage.model.clone())
        .collect();
    Estimate {
        stages,
        unpriced: unpriced.into_iter().collect(),
    }
}

/// Texts of one item that are judged in a benchmark of one panel, at most.
fn judged_texts(panel: &Panel) -> u64 {
    let alone = panel.advisors.len() + panel.alone().len();
    let guarded = usize::from(!panel.guardians.is_empty());
    (alone + 1 + guarded) as u64 + texts_between(panel)
}

/// Texts between guardians, which no arm has: after each but the last, whose is
/// the panel's own; that before the first is the plan without guardians.
pub fn texts_between(panel: &Panel) -> u64 {
    match panel.task {
        Task::Plan => panel.guardians.len().saturating_sub(1) as u64,
        Task::Options => 0,
    }
}

/// What one consult costs: probably, and at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dollars {
    /// The whole consult, probably.
    pub estimate: f64,
    /// Its dearest call, were it to use up its output limit.
    pub one: f64,
    /// The whole consult, were each advisor's first call to use up its limit;
    /// these are sent at the same time.
    pub at_once: f64,
}

/// What a consult of so many characters costs; `None`: a model has no price.
pub fn consult_dollars(panel: &Panel, case_chars: usize) -> Option<Dollars> {
    let estimate = estimate(panel, case_chars, 0);
    let probably = estimate.consult().usd?;
    let consult = estimate.stages.iter();
    let consult = consult.filter(|stage| stage.purpose == Purpose::Consult);
    let (mut one, mut drafts): (f64, f64) = (0.0, 0.0);
    for stage in consult {
        let model = panel.models.get(&stage.model)?;
        let price = model.price?;
        let prompt = stage.prompt_tokens.div_ceil(stage.calls.max(1)) * BYTES / BYTES_AT_LEAST;
        let most = u64::from(model.most_output().unwrap_or(DEFAULT_MOST));
        let call = (prompt as f64 * price.input + most as f64 * price.output) / 1e6;
        one = one.max(call);
        if stage.stage == "draft" {
            drafts += call;
        }
    }
    Some(Dollars {
        estimate: probably,
        one,
        at_once: probably + drafts,
    })
}

/// Bytes that make a token, as this estimate takes them, and where a budget must
/// not be too small (as `gateway` has it).
const BYTES: u64 = 4;
const BYTES_AT_LEAST: u64 = 3;

/// How fast a model is, as it was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Seconds to the first words of an answer to a short prompt.
    pub first: f64,
    /// Prompt tokens a second, where it is known.
    pub reading: Option<f64>,
    /// Completion tokens a second.
    pub writing: f64,
}

impl Estimate {
    /// Takes measured times, by the model's name, in place of the usual ones.
    pub fn at_pace(&mut self, paces: &BTreeMap<String, Pace>) {
        for stage in self.stages.iter_mut().filter(|stage| stage.calls > 0) {
            if let Some(pace) = paces.get(&stage.model) {
                let of_one = |tokens: u64| tokens as f64 / stage.calls as f64;
                let reading = pace
                    .reading
                    .map_or(0.0, |rate| of_one(stage.prompt_tokens) / rate);
                let writing = of_one(stage.completion_tokens) / pace.writing;
                stage.seconds = Some(pace.first + reading + writing);
            }
        }
    }

    /// Everything: consult, models alone, judging.
    pub fn total(&self) -> Total {
        self.sum(|_| true)
    }

    /// One consult: what the panel's answer alone takes.
    pub fn consult(&self) -> Total {
        self.sum(|stage| stage.purpose == Purpose::Consult)
    }

    /// Seconds for a run of that many items: the last item's own time, or as
    /// long as the slowest provider needs by its limits (requests and tokens a
    /// minute, calls in flight), whichever is longer. `None`: unknown.
    pub fn run_seconds(&self, panel: &Panel, items: u64) -> Option<f64> {
        let mut loads: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
        for stage in &self.stages {
            if let Some(model) = panel.models.get(&stage.model) {
                let load = loads.entry(model.provider.as_str()).or_default();
                load.0 += stage.calls as f64;
                load.1 += (stage.prompt_tokens + stage.completion_tokens) as f64;
                load.2 += stage.calls as f64 * stage.seconds?;
            }
        }
        let own = if items == 0 {
            0.0
        } else {
            self.total().seconds?
        };
        let bounds = loads
            .into_iter()
            .filter_map(|(provider, (calls, tokens, seconds))| {
                let limits = &panel.providers.get(provider)?.limits;
                let minutes = |load: f64, limit: Option<u32>| {
                    limit.map_or(0.0, |limit| load * items as f64 * 60.0 / f64::from(limit))
                };
                let in_flight = seconds * items as f64 / f64::from(limits.in_flight.max(1));
                Some(
                    minutes(calls, limits.requests_per_minute)
                        .max(minutes(tokens, limits.tokens_per_minute))
                        .max(in_flight),
                )
            });
        Some(bounds.fold(own, f64::max))
    }

    fn sum(&self, belongs: impl Fn(&Stage) -> bool) -> Total {
        let chosen: Vec<&Stage> = self.stages.iter().filter(|stage| belongs(stage)).collect();
        let of = |name: &'static str| chosen.iter().filter(move |stage| stage.stage == name);
        let known = chosen.iter().all(|stage| stage.seconds.is_some());
        let time = |stage: &&&Stage| stage.seconds.unwrap_or_default() * stage.turns as f64;
        let slowest = |name| of(name).map(|stage| time(&stage)).fold(0.0, f64::max);
        let side_by_side = ["draft", "cluster", "synthesis", "rating", "debate"];
        let guardians: f64 = of("guardian").map(|stage| time(&stage)).sum();
        let judging = slowest("match") + slowest("review");
        Total {
            calls: chosen.iter().map(|stage| stage.calls).sum(),
            prompt_tokens: chosen.iter().map(|stage| stage.prompt_tokens).sum(),
            completion_tokens: chosen.iter().map(|stage| stage.completion_tokens).sum(),
            usd: chosen.iter().map(|stage| stage.usd).sum(),
            usd_priced: chosen.iter().filter_map(|stage| stage.usd).sum(),
            seconds: known.then(|| {
                let side_by_side = side_by_side.map(slowest).iter().sum::<f64>();
                side_by_side + guardians + slowest("check") + judging
            }),
        }
    }
}
