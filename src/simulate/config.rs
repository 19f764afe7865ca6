//! What the simulated models are like: plain numbers, checked when read.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::config_read;
use super::correlation::Correlation;
use super::defaults;
use super::fault::FaultConfig;
use crate::clinical::Severity;

/// Everything that a simulator needs to know besides the cases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SimConfig {
    /// Which world: the same seed gives the same knowledge.
    pub world_seed: u64,
    /// How much of what they do not know models have in common.
    #[serde(flatten)]
    pub correlation: Correlation,
    /// Faults for every model that has no own ones.
    pub faults: FaultConfig,
    /// The models by id.
    pub models: BTreeMap<String, ModelConfig>,
}

/// One simulated model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelConfig {
    /// Probability of knowing what is right, by tier.
    pub knows: Knowledge,
    /// The same for single specialties (leading letters of the case id).
    pub specialties: BTreeMap<String, Knowledge>,
    /// Models of one family have more in common; `None`: a family of its own.
    pub family: Option<String>,
    /// Probability of writing an option of score 4 to 6.
    pub neutral: f64,
    /// Probability that an item carries a rationale.
    pub verbosity: f64,
    /// How it writes lists; `None`: by its id.
    pub layout: Option<Layout>,
    /// Median time to an answer, in milliseconds.
    pub latency_ms: f64,
    /// Spread of that time: standard deviation of its logarithm.
    pub latency_spread: f64,
    /// The model's own seed, besides its id.
    pub seed: u64,
    /// As moderator: share of the drafts that must have an item for it to be
    /// kept; `None`: more than half.
    pub keep_share: Option<f64>,
    /// Probability that it goes along with others where it does not know better.
    pub conformity: f64,
    /// As guardian: what it is there for.
    pub as_guardian: AsGuardian,
    /// As first judge: share of verdicts that come out wrong.
    pub match_error: f64,
    /// As second judge: share of wrong verdicts that it lets stand.
    pub review_error: f64,
    /// Its own faults, in place of the common ones.
    pub faults: Option<FaultConfig>,
}

/// Probabilities of knowing what is right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Knowledge {
    /// Scores 1 and 9.
    pub severe: Strength,
    /// Scores 2 and 8.
    pub moderate: Strength,
    /// Scores 3 and 7.
    pub mild: Strength,
}

/// Probability of knowing, by direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Strength {
    /// That an appropriate option is to be done.
    pub appropriate: f64,
    /// That a harmful option is not to be done.
    pub harmful: f64,
}

/// How a model writes a list of recommendations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// `1. text`
    Dot,
    /// `1) text`
    Paren,
    /// `**1.** text`
    Bold,
    /// `1. text` with the rationale in a bullet below.
    Nested,
    /// `1. text` with headings between.
    Headings,
}

/// What a model does when it is asked to guard a plan. All but the first are
/// there to show what a panel makes of a guardian that does harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AsGuardian {
    /// Removes what it knows to harm, adds what it knows to be missing.
    #[default]
    Honest,
    /// Removes what matters most.
    Remove,
    /// Adds what harms most.
    Harm,
    /// Proposes far more than anybody can read.
    Flood,
    /// Answers in the right form and makes no sense, or not even in the form.
    Nonsense,
}

impl AsGuardian {
    /// All of them, by name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("honest", Self::Honest),
        ("remove", Self::Remove),
        ("harm", Self::Harm),
        ("flood", Self::Flood),
        ("nonsense", Self::Nonsense),
    ];
}

impl Layout {
    /// All layouts, by name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("dot", Self::Dot),
        ("paren", Self::Paren),
        ("bold", Self::Bold),
        ("nested", Self::Nested),
        ("headings", Self::Headings),
    ];
}

impl Knowledge {
    /// The pair of probabilities of a tier.
    pub fn tier(&self, severity: Severity) -> Strength {
        match severity {
            Severity::Severe => self.severe,
            Severity::Moderate => self.moderate,
            Severity::Mild | Severity::Uncertain => self.mild,
        }
    }
}

impl ModelConfig {
    /// Its knowledge in a specialty.
    pub fn knowledge(&self, specialty: &str) -> &Knowledge {
        self.specialties.get(specialty).unwrap_or(&self.knows)
    }

    /// Its family; its own id where it has none.
    pub fn family_or<'a>(&'a self, id: &'a str) -> &'a str {
        self.family.as_deref().unwrap_or(id)
    }
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            world_seed: 0,
            correlation: defaults::CORRELATION,
            faults: FaultConfig::default(),
            models: defaults::models(),
        }
    }
}

impl Default for ModelConfig {
    fn default() -> Self {
        defaults::model()
    }
}

impl SimConfig {
    /// Reads the map `simulated` of a panel over the built-in defaults. A
    /// model that is not built in starts from [`ModelConfig::default`].
    ///
    /// # Errors
    /// All faults at once: unknown keys with the nearest known one, wrong
    /// types, values out of range.
    pub fn from_map(map: &Map<String, Value>) -> Result<Self, ConfigErrors> {
        config_read::read(map)
    }

    /// Every number in one JSON object; [`SimConfig::from_map`] reads it back,
    /// and the truth program computes from it.
    pub fn to_json(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        drop_nulls(&mut value);
        value
    }
}

fn drop_nulls(value: &mut Value) {
    if let Value::Object(map) = value {
        map.retain(|_, v| !v.is_null());
        map.values_mut().for_each(drop_nulls);
    }
}

/// One fault of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Where: `models.sim-alpha.latency_ms`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, " (did you mean `{suggestion}`?)"),
            None => Ok(()),
        }
    }
}

/// All faults of a configuration; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
