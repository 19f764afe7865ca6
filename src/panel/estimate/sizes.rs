//! Sizes that an estimate assumes, in tokens.

use crate::panel::model::{Agent, Model, Panel, ProviderKind, StructuredOutput, Task};

use super::{Purpose, Stage};

/// Characters a token.
const CHARS_PER_TOKEN: u64 = 4;
/// Tokens that a word of an answer takes, numbers and punctuation included.
const TOKENS_PER_WORD: f64 = 1.5;
/// Words of an answer where the panel sets no limit.
const DRAFT_WORDS: usize = 450;
/// Tokens of the grade of one option, its rationale included.
const GRADE_TOKENS: u64 = 40;
/// Characters of one option in a rubric, its scores and tags included.
const OPTION_CHARS: u64 = 160;
/// Tokens of a schema, where it is sent in the prompt.
const SCHEMA_TOKENS: u64 = 500;
/// Seconds of one simulated call.
const SIMULATED_SECONDS: f64 = 0.05;

/// Sizes in tokens.
pub(super) struct Sizes {
    pub case: u64,
    pub rubric: u64,
    pub options: u64,
    pub draft: u64,
}

impl Sizes {
    pub fn new(panel: &Panel, case_chars: usize, rubric_chars: usize) -> Self {
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

    /// Of an agent's own prompt.
    pub fn template(&self, panel: &Panel, agent: &Agent) -> u64 {
        of_prompt(panel, agent, &agent.prompt)
    }

    /// As [`Self::template`], where a structured answer is asked for.
    pub fn structured(&self, panel: &Panel, agent: &Agent) -> u64 {
        self.structured_by(panel, agent, &agent.prompt)
    }

    /// As [`Self::structured`], with another prompt than the agent's own.
    pub fn structured_by(&self, panel: &Panel, agent: &Agent, prompt: &str) -> u64 {
        let model = panel.models.get(&agent.model);
        let provider = model.and_then(|model| panel.providers.get(&model.provider));
        let in_prompt = provider
            .is_some_and(|provider| provider.structured_output != StructuredOutput::JsonSchema);
        of_prompt(panel, agent, prompt) + if in_prompt { SCHEMA_TOKENS } else { 0 }
    }
}

fn of_prompt(panel: &Panel, agent: &Agent, prompt: &str) -> u64 {
    let prompt = panel.prompts.get(prompt);
    let chars = prompt.map_or(0, |prompt| prompt.system.len() + prompt.user.len());
    tokens(chars + agent.persona.as_ref().map_or(0, String::len))
}

/// One row: the calls of one seat.
pub(super) struct Row<'a> {
    pub purpose: Purpose,
    pub stage: &'static str,
    pub seat: &'a str,
    pub model: &'a str,
    pub calls: u64,
    /// How many of them run one after the other.
    pub turns: u64,
    pub prompt: u64,
    pub completion: u64,
}

impl Row<'_> {
    /// The row with its tokens, dollars and seconds; `None` without such a
    /// model.
    pub fn priced(&self, panel: &Panel) -> Option<Stage> {
        let model = panel.models.get(self.model)?;
        let completion = completion_of(model, self.completion);
        let calls = self.calls;
        let usd = model.price.map(|price| {
            let one = self.prompt as f64 * price.input + completion as f64 * price.output;
            one * calls as f64 / 1e6
        });
        Some(Stage {
            purpose: self.purpose,
            stage: self.stage,
            seat: self.seat.to_owned(),
            model: model.name.clone(),
            calls,
            prompt_tokens: self.prompt * calls,
            completion_tokens: completion * calls,
            usd,
            seconds: seconds_of(panel, model),
            turns: self.turns,
        })
    }
}

/// Tokens of an answer, thinking included, within the model's limit.
fn completion_of(model: &Model, tokens: u64) -> u64 {
    let wanted = tokens + reasoning_tokens(model.reasoning_effort.as_deref());
    wanted.min(model.most_output().map_or(u64::MAX, u64::from))
}

/// Simulated models are as fast as they are told to be; of others nothing is
/// known before they are asked.
fn seconds_of(panel: &Panel, model: &Model) -> Option<f64> {
    let provider = panel.providers.get(&model.provider)?;
    (provider.kind == ProviderKind::Simulated).then_some(SIMULATED_SECONDS)
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

pub(super) fn tokens(chars: usize) -> u64 {
    (chars as u64).div_ceil(CHARS_PER_TOKEN)
}

pub(super) fn scale(tokens: u64, factor: f64) -> u64 {
    (tokens as f64 * factor).round() as u64
}
