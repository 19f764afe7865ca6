//! What was found.

use serde::Serialize;

use super::changes::Changes;

/// The whole of it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name of the panel.
    pub panel: String,
    /// Is any of its models simulated?
    pub simulated: bool,
    /// Every model of the panel, in the order of their names.
    pub models: Vec<ModelReport>,
    /// Lines of the panel's file.
    pub changes: Changes,
    /// Requests that were sent.
    pub requests: usize,
    /// Dollars by the panel's prices; models without a price count as nothing.
    pub usd: f64,
    /// Seconds from the first request to the last answer.
    pub seconds: f64,
}

/// One model.
#[derive(Clone, Debug, Serialize)]
pub struct ModelReport {
    /// Its name in the panel.
    pub model: String,
    /// The provider's id of it.
    pub id: String,
    /// The provider's name.
    pub provider: String,
    /// Is it simulated?
    pub simulated: bool,
    /// What was found, in the order in which it was asked.
    pub findings: Vec<Finding>,
    /// How fast it answers, if that could be measured.
    pub speed: Option<Speed>,
}

/// How fast a model answered one short question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, serde::Deserialize)]
pub struct Speed {
    /// Seconds from sending to the first words.
    pub first_token_seconds: f64,
    /// Completion tokens a second after that; `None`: too few came to tell.
    pub tokens_per_second: Option<f64>,
    /// Prompt tokens that are read in a second, by a long prompt; `None`: not
    /// known.
    pub prompt_tokens_per_second: Option<f64>,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What was asked.
    pub about: About,
    /// Is it well?
    pub verdict: Verdict,
    /// In words.
    pub words: String,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// Does anybody answer?
    Reachable,
    /// Is the key accepted?
    Key,
    /// Is the model known, and which one answers?
    Model,
    /// Are the parameters taken as they stand in the panel?
    Parameters,
    /// Is the limit of an answer kept, and its end told?
    OutputLimit,
    /// Are structured answers given as the panel asks for them?
    Structured,
    /// Is a seed honoured?
    Seed,
    /// Where do thoughts land?
    Thinking,
    /// Are tokens counted?
    Usage,
    /// How much fits?
    Context,
    /// How fast is it?
    Speed,
}

impl About {
    /// For a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reachable => "reachable",
            Self::Key => "key",
            Self::Model => "model",
            Self::Parameters => "parameters",
            Self::OutputLimit => "output limit",
            Self::Structured => "structured",
            Self::Seed => "seed",
            Self::Thinking => "thinking",
            Self::Usage => "usage",
            Self::Context => "context",
            Self::Speed => "speed",
        }
    }
}

/// Is it well?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As the panel needs it.
    Well,
    /// It works, and is worth knowing.
    Note,
    /// Not asked: out of time, money or requests.
    NotAsked,
    /// The panel should change, or will suffer from it.
    Fault,
    /// The model cannot be asked at all.
    Lost,
}

impl Verdict {
    /// For a person, at most six letters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Note => "note",
            Self::NotAsked => "?",
            Self::Fault => "FAULT",
            Self::Lost => "LOST",
        }
    }
}

impl Finding {
    pub(super) fn new(about: About, verdict: Verdict, words: impl Into<String>) -> Self {
        Finding {
            about,
            verdict,
            words: words.into(),
        }
    }
}

impl ModelReport {
    /// The worst verdict.
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.findings.iter().map(|finding| finding.verdict);
        verdicts.max().unwrap_or(Verdict::NotAsked)
    }
}

impl Report {
    /// The worst verdict of all models.
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.models.iter().map(ModelReport::verdict);
        verdicts.max().unwrap_or(Verdict::Well)
    }

    /// Was any question left out?
    pub fn is_partial(&self) -> bool {
        let mut findings = self.models.iter().flat_map(|model| &model.findings);
        findings.any(|finding| finding.verdict == Verdict::NotAsked)
    }
}
