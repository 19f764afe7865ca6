//! Parameters that a server takes: those of the panel, or the panel's with as
//! few of them changed as will do.
//!
//! A refusal comes in an open vocabulary, so nothing is concluded from its words:
//! they only say which change is tried first. A change counts when the server
//! answers with it, or refuses something else.

use crate::gateway::FailureKind;
use crate::gateway::probe::Heard;
use crate::panel::model::{OutputLimit, Provider, SystemRole};

use super::asker::{Asked, Asker, Miss, Trial};
use super::questions;

/// Most requests for it.
const MOST: usize = 16;

/// One setting, changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Setting {
    /// The field that bounds the answer.
    OutputLimit(OutputLimit),
    /// The temperature, or none.
    Temperature(Option<f64>),
    /// Instructions in front of the first user message.
    MergeSystem,
    /// No `top_p`.
    NoTopP,
    /// No `reasoning_effort`.
    NoEffort,
    /// No seed.
    NoSeed,
}

impl Setting {
    /// What can be changed about a model, the likeliest first.
    fn all(trial: &Trial, provider: &Provider) -> Vec<Setting> {
        let model = &trial.model;
        let mut all = Vec::new();
        if let Some(field) = model.output_field(provider) {
            let others = OutputLimit::ALL
                .into_iter()
                .filter(|other| other.name() != field);
            all.extend(others.map(Setting::OutputLimit));
        }
        if let Some(temperature) = model.temperature {
            if temperature != 1.0 {
                all.push(Setting::Temperature(Some(1.0)));
            }
            all.push(Setting::Temperature(None));
        }
        if !model.merges_system() {
            all.push(Setting::MergeSystem);
        }
        if model.top_p.is_some() {
            all.push(Setting::NoTopP);
        }
        if model.reasoning_effort.is_some() {
            all.push(Setting::NoEffort);
        }
        if trial.seed {
            all.push(Setting::NoSeed);
        }
        all
    }

    fn apply(self, trial: &mut Trial) {
        let model = &mut trial.model;
        match self {
            Setting::OutputLimit(limit) => model.output_limit = Some(limit),
            Setting::Temperature(temperature) => model.temperature = temperature,
            Setting::MergeSystem => model.system = SystemRole::Merge,
            Setting::NoTopP => model.top_p = None,
            Setting::NoEffort => model.reasoning_effort = None,
            Setting::NoSeed => trial.seed = false,
        }
    }

    /// Do two changes touch the same setting?
    fn same_place(self, other: Setting) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// Parts of words that make it the likelier change.
    fn hints(self) -> &'static [&'static str] {
        match self {
            // The name that is wanted is commonly said, too.
            Setting::OutputLimit(OutputLimit::MaxCompletionTokens) => &["maxcompletiontokens"],
            Setting::OutputLimit(OutputLimit::MaxTokens) => &["maxtokens"],
            Setting::OutputLimit(OutputLimit::None) => &["maxoutput", "maxtokens"],
            Setting::Temperature(_) => &["temperature"],
            Setting::MergeSystem => &["system", "role"],
            Setting::NoTopP => &["topp"],
            Setting::NoEffort => &["reasoning", "effort", "thinking"],
            Setting::NoSeed => &["seed"],
        }
    }

    fn is_hinted(self, words: &str) -> bool {
        let plain = plain(words);
        self.hints().iter().any(|hint| plain.contains(hint))
    }
}

/// Letters alone: what is left of a refusal when numbers of requests and
/// punctuation are taken out.
fn plain(words: &str) -> String {
    let letters = words.chars().filter(char::is_ascii_alphabetic);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// What was found.
#[derive(Debug)]
pub(super) struct Fitted {
    /// Settings that are taken.
    pub(super) trial: Trial,
    /// What had to change, with the words that refused what the panel has.
    pub(super) changed: Vec<(Setting, String)>,
    /// The answer to the first question.
    pub(super) heard: Heard,
}

/// Looks for settings with which the first question is answered.
///
/// # Errors
/// The first refusal, when none are found.
pub(super) async fn fit(asker: &Asker<'_>, trial: &Trial) -> Result<Fitted, Miss> {
    let first = match answered(asker, trial).await {
        Ok(heard) => {
            return Ok(Fitted {
                trial: trial.clone(),
                changed: Vec::new(),
                heard,
            });
        }
        Err(first) => first,
    };
    let mut search = Search {
        asker,
        first: trial.clone(),
        trial: trial.clone(),
        changed: Vec::new(),
        words: first.words().to_owned(),
        left: MOST,
    };
    if !may_be_helped(&first) {
        return Err(first);
    }
    match search.run().await {
        Some(heard) => {
            let heard = search.undo_what_was_not_needed(heard).await;
            Ok(Fitted {
                trial: search.trial,
                changed: search.changed,
                heard,
            })
        }
        None => Err(first),
    }
}

/// Asks; a model that thought until its limit is asked again with room for it.
async fn answered(asker: &Asker<'_>, trial: &Trial) -> Result<Heard, Miss> {
    let asked = Asked::new(questions::hello(), questions::SHORT);
    match asker.ask(trial, &asked).await {
        Err(Miss::Refused(refusal)) if refusal.is_all_thought() => {
            let most = questions::THINKING;
            asker.ask(trial, &Asked { most, ..asked }).await
        }
        other => other,
    }
}

/// Can other parameters help? A server's own fault counts only where its words
/// name one: llama.cpp answers 500 to a role that its template does not know.
fn may_be_helped(miss: &Miss) -> bool {
    let Miss::Refused(refusal) = miss else {
        return false;
    };
    match refusal.kind {
        FailureKind::BadRequest => true,
        FailureKind::Server => {
            let words = plain(&refusal.words);
            ["role", "template", "parameter", "temperature"]
                .iter()
                .any(|hint| words.contains(hint))
        }
        _ => false,
    }
}

struct Search<'a> {
    asker: &'a Asker<'a>,
    /// The settings of the panel.
    first: Trial,
    /// The settings that came furthest.
    trial: Trial,
    changed: Vec<(Setting, String)>,
    /// The refusal of the settings as they are now.
    words: String,
    left: usize,
}

impl Search<'_> {
    async fn run(&mut self) -> Option<Heard> {
        let mut untried = Setting::all(&self.trial, self.asker.provider);
        while self.left > 0 && !untried.is_empty() {
            // The likeliest, by the words of this refusal; else the next.
            let hinted = untried
                .iter()
                .position(|setting| setting.is_hinted(&self.words));
            let setting = untried.remove(hinted.unwrap_or(0));
            let mut trial = self.trial.clone();
            setting.apply(&mut trial);
            self.left -= 1;
            match answered(self.asker, &trial).await {
                Ok(heard) => {
                    self.adopt(setting, trial);
                    return Some(heard);
                }
                Err(miss) if !may_be_helped(&miss) => return None,
                // Refused for the change itself.
                Err(miss) if setting.is_hinted(miss.words()) => {}
                Err(miss) if plain(miss.words()) != plain(&self.words) => {
                    // Something else is in the way now. What was tried in vain
                    // before may be what helps against that.
                    self.adopt(setting, trial);
                    miss.words().clone_into(&mut self.words);
                    untried = Setting::all(&self.trial, self.asker.provider);
                    untried.retain(|next| !self.is_changed(*next));
                }
                Err(_) => {}
            }
        }
        self.all_at_once().await
    }

    /// A server that refuses several things in the same few words is asked with
    /// all of them changed.
    async fn all_at_once(&mut self) -> Option<Heard> {
        let limits = OutputLimit::ALL.map(Setting::OutputLimit);
        let others: Vec<Setting> = Setting::all(&self.first, self.asker.provider)
            .into_iter()
            .filter(|setting| !limits.contains(setting))
            .collect();
        for limit in std::iter::once(None).chain(limits.map(Some)) {
            let mut trial = self.first.clone();
            let changed: Vec<Setting> = limit.into_iter().chain(others.iter().copied()).collect();
            changed.iter().for_each(|setting| setting.apply(&mut trial));
            if changed.len() < 2 || self.left == 0 {
                continue;
            }
            self.left -= 1;
            if let Ok(heard) = answered(self.asker, &trial).await {
                self.trial = trial;
                // Of a temperature of 1 and none, the second was applied.
                let last = |at: usize| !changed[at + 1..].iter().any(|s| s.same_place(changed[at]));
                let kept = (0..changed.len())
                    .filter(|at| last(*at))
                    .map(|at| changed[at]);
                self.changed = kept.map(|setting| (setting, self.words.clone())).collect();
                return Some(heard);
            }
        }
        None
    }

    fn adopt(&mut self, setting: Setting, trial: Trial) {
        self.trial = trial;
        self.changed
            .retain(|(before, _)| !before.same_place(setting));
        self.changed.push((setting, self.words.clone()));
    }

    fn is_changed(&self, setting: Setting) -> bool {
        let mut changed = self.changed.iter();
        changed.any(|(before, _)| *before == setting)
    }

    /// A change that no word asked for may have been an accident of the words.
    async fn undo_what_was_not_needed(&mut self, mut heard: Heard) -> Heard {
        for at in (0..self.changed.len()).rev() {
            if self.changed.len() < 2 || self.left == 0 {
                break;
            }
            let mut fewer = self.changed.clone();
            let (setting, words) = fewer.remove(at);
            if setting.is_hinted(&words) {
                continue;
            }
            let mut trial = self.first.clone();
            fewer
                .iter()
                .for_each(|(setting, _)| setting.apply(&mut trial));
            self.left -= 1;
            if let Ok(answer) = answered(self.asker, &trial).await {
                heard = answer;
                self.trial = trial;
                self.changed = fewer;
            }
        }
        heard
    }
}
