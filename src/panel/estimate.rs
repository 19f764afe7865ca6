//! What one item will probably cost: calls, tokens, dollars, seconds.
//!
//! An estimate, made before anything is known of the answers. It assumes:
//! * four characters a token, as English text has in most tokenisers;
//! * answers of the sizes below, cut to a model's `max_tokens`;
//! * a model that reasons adds [`reasoning_tokens`] to each answer; with no
//!   `reasoning_effort` named it is taken not to reason;
//! * no failed attempt, no repair turn, nothing cached by the provider;
//! * `FIRST_TOKEN_SECONDS` and then `TOKENS_PER_SECOND` for every model,
//!   `SIMULATED_SECONDS` for a simulated one.
//!
//! A model without a price has unknown dollars, never zero. So has every sum
//! that it is part of.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::model::{Agent, Model, Panel, Protocol, ProviderKind, StructuredOutput, Task};

/// Characters a token.
const CHARS_PER_TOKEN: u64 = 4;
/// Tokens that a word of an answer takes, numbers and punctuation included.
const TOKENS_PER_WORD: f64 = 1.5;
/// Words of an answer where the panel sets no limit.
const DRAFT_WORDS: usize = 450;
/// The moderator repeats the plan with the basis of every item and lists what
/// it dropped.
const SYNTHESIS_FACTOR: f64 = 2.0;
/// Tokens of the grade of one option, its rationale included.
const GRADE_TOKENS: u64 = 40;
/// Tokens of a guardian's edits.
const GUARDIAN_TOKENS: u64 = 350;
/// Characters of one option in a rubric, its scores and tags included.
const OPTION_CHARS: u64 = 160;
/// Tokens of the match answer for one option.
const MATCH_TOKENS_PER_OPTION: u64 = 45;
/// Tokens of the match answer for the actions.
const MATCH_TOKENS_FOR_ACTIONS: u64 = 900;
/// Tokens of the verdicts of one option in the review's prompt.
const VERDICT_TOKENS_PER_OPTION: u64 = 30;
/// Tokens of the review's answer.
const REVIEW_TOKENS: u64 = 250;
/// Tokens of a schema, where it is sent in the prompt.
const SCHEMA_TOKENS: u64 = 500;
/// Seconds until a real model's first token.
const FIRST_TOKEN_SECONDS: f64 = 1.5;
/// Completion tokens a second of a real model.
const TOKENS_PER_SECOND: f64 = 70.0;
/// Seconds of one simulated call.
const SIMULATED_SECONDS: f64 = 0.05;

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
    /// `draft`, `synthesis`, `guardian`, `match`, `review`.
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
    /// Seconds of one of these calls; they run at the same time.
    pub seconds: f64,
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
    /// Seconds from the first call to the last answer, without rate limits.
    pub seconds: f64,
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
/// panel, and the panel without its guardians where it has some.
pub fn estimate(panel: &Panel, case_chars: usize, rubric_chars: usize) -> Estimate {
    let sizes = Sizes::new(panel, case_chars, rubric_chars);
    let alone = panel.alone();
    let mut stages = Vec::new();
    let mut add = |purpose, stage, seat: &str, model: &str, calls, prompt, completion| {
        if let Some(model) = panel.models.get(model) {
            stages.push(one(
                panel, model, purpose, stage, seat, calls, prompt, completion,
            ));
        }
    };
    for advisor in &panel.advisors {
        let prompt = sizes.template(panel, advisor) + sizes.case;
        add(
            Purpose::Consult,
            "draft",
            &advisor.name,
            &advisor.model,
            1,
            prompt,
            sizes.draft,
        );
    }
    if let (Protocol::Synthesis, Some(moderator)) = (panel.consensus.protocol, &panel.moderator) {
        let drafts = sizes.draft * panel.advisors.len() as u64;
        let prompt = sizes.structured(panel, moderator) + sizes.case + drafts;
        let completion = scale(sizes.draft, SYNTHESIS_FACTOR);
        add(
            Purpose::Consult,
            "synthesis",
            &moderator.name,
            &moderator.model,
            1,
            prompt,
            completion,
        );
    }
    for guardian in &panel.guardians {
        let prompt = sizes.structured(panel, guardian) + sizes.case + sizes.draft;
        add(
            Purpose::Consult,
            "guardian",
            &guardian.name,
            &guardian.model,
            1,
            prompt,
            GUARDIAN_TOKENS,
        );
    }
    for solo in &alone {
        let template = panel
            .prompts
            .get(&solo.prompt)
            .map_or(0, |prompt| tokens(prompt.system.len() + prompt.user.len()));
        let prompt = template + sizes.case;
        add(
            Purpose::Alone,
            "draft",
            &solo.model,
            &solo.model,
            1,
            prompt,
            sizes.draft,
        );
    }
    if let Some(judge) = &panel.judge {
        let panels = if panel.guardians.is_empty() { 1 } else { 2 };
        let judged = (panel.advisors.len() + alone.len() + panels) as u64;
        let shown = sizes.case + sizes.rubric + sizes.draft;
        let agent = &judge.match_agent;
        let prompt = sizes.structured(panel, agent) + shown;
        let completion = MATCH_TOKENS_FOR_ACTIONS + sizes.options * MATCH_TOKENS_PER_OPTION;
        add(
            Purpose::Judging,
            "match",
            &agent.name,
            &agent.model,
            judged,
            prompt,
            completion,
        );
        if let Some(agent) = &judge.review_agent {
            let verdicts = sizes.options * VERDICT_TOKENS_PER_OPTION;
            let prompt = sizes.structured(panel, agent) + shown + verdicts;
            add(
                Purpose::Judging,
                "review",
                &agent.name,
                &agent.model,
                judged,
                prompt,
                REVIEW_TOKENS,
            );
        }
    }
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

impl Estimate {
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
    /// minute, calls in flight), whichever is longer.
    pub fn run_seconds(&self, panel: &Panel, items: u64) -> f64 {
        let mut loads: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
        for stage in &self.stages {
            if let Some(model) = panel.models.get(&stage.model) {
                let load = loads.entry(model.provider.as_str()).or_default();
                load.0 += stage.calls as f64;
                load.1 += (stage.prompt_tokens + stage.completion_tokens) as f64;
                load.2 += stage.calls as f64 * stage.seconds;
            }
        }
        let own = if items == 0 {
            0.0
        } else {
            self.total().seconds
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
        bounds.fold(own, f64::max)
    }

    fn sum(&self, belongs: impl Fn(&Stage) -> bool) -> Total {
        let chosen: Vec<&Stage> = self.stages.iter().filter(|stage| belongs(stage)).collect();
        let slowest = |name: &str| {
            let of_stage = chosen.iter().filter(|stage| stage.stage == name);
            of_stage.map(|stage| stage.seconds).fold(0.0, f64::max)
        };
        let guardians = chosen.iter().filter(|stage| stage.stage == "guardian");
        let in_series: f64 = guardians.map(|stage| stage.seconds).sum();
        Total {
            calls: chosen.iter().map(|stage| stage.calls).sum(),
            prompt_tokens: chosen.iter().map(|stage| stage.prompt_tokens).sum(),
            completion_tokens: chosen.iter().map(|stage| stage.completion_tokens).sum(),
            usd: chosen.iter().map(|stage| stage.usd).sum(),
            usd_priced: chosen.iter().filter_map(|stage| stage.usd).sum(),
            seconds: slowest("draft")
                + slowest("synthesis")
                + in_series
                + slowest("match")
                + slowest("review"),
        }
    }
}

/// Sizes in tokens.
struct Sizes {
    case: u64,
    rubric: u64,
    options: u64,
    draft: u64,
}

impl Sizes {
    fn new(panel: &Panel, case_chars: usize, rubric_chars: usize) -> Self {
        let words = panel.budget.words.unwrap_or(DRAFT_WORDS);
        let options = rubric_chars as u64 / OPTION_CHARS;
        let (case, draft) = match panel.task {
            Task::Plan => (0, (words as f64 * TOKENS_PER_WORD).round() as u64),
            // Agents see the options with the case, and answer with grades.
            Task::Options => (tokens(rubric_chars), options * GRADE_TOKENS),
        };
        Self {
            case: tokens(case_chars) + case,
            rubric: tokens(rubric_chars),
            options,
            draft,
        }
    }

    fn template(&self, panel: &Panel, agent: &Agent) -> u64 {
        let prompt = panel.prompts.get(&agent.prompt);
        let chars = prompt.map_or(0, |prompt| prompt.system.len() + prompt.user.len());
        tokens(chars + agent.persona.as_ref().map_or(0, String::len))
    }

    fn structured(&self, panel: &Panel, agent: &Agent) -> u64 {
        let model = panel.models.get(&agent.model);
        let provider = model.and_then(|model| panel.providers.get(&model.provider));
        let in_prompt = provider
            .is_some_and(|provider| provider.structured_output != StructuredOutput::JsonSchema);
        self.template(panel, agent) + if in_prompt { SCHEMA_TOKENS } else { 0 }
    }
}

#[expect(clippy::too_many_arguments, reason = "one row of a table")]
fn one(
    panel: &Panel,
    model: &Model,
    purpose: Purpose,
    stage: &'static str,
    seat: &str,
    calls: u64,
    prompt: u64,
    completion: u64,
) -> Stage {
    let provider = panel.providers.get(&model.provider);
    let simulated = provider.is_some_and(|provider| provider.kind == ProviderKind::Simulated);
    let wanted = completion + reasoning_tokens(model.reasoning_effort.as_deref());
    let completion = wanted.min(model.max_tokens.map_or(u64::MAX, u64::from));
    let usd = model.price.map(|price| {
        (prompt as f64 * price.input + completion as f64 * price.output) * calls as f64 / 1e6
    });
    Stage {
        purpose,
        stage,
        seat: seat.to_owned(),
        model: model.name.clone(),
        calls,
        prompt_tokens: prompt * calls,
        completion_tokens: completion * calls,
        usd,
        seconds: if simulated {
            SIMULATED_SECONDS
        } else {
            FIRST_TOKEN_SECONDS + completion as f64 / TOKENS_PER_SECOND
        },
    }
}

/// Tokens that a model thinks before it answers, by its reasoning effort.
pub fn reasoning_tokens(effort: Option<&str>) -> u64 {
    match effort {
        None | Some("none") => 0,
        Some("minimal") => 100,
        Some("low") => 500,
        Some("high") => 5_000,
        Some("xhigh") => 10_000,
        Some(_) => 2_000,
    }
}

fn tokens(chars: usize) -> u64 {
    (chars as u64).div_ceil(CHARS_PER_TOKEN)
}

fn scale(tokens: u64, factor: f64) -> u64 {
    (tokens as f64 * factor).round() as u64
}
