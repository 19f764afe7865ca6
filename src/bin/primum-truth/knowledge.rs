//! The simulator's numbers, and the probability that a unit stands in a
//! majority's plan.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;
use statrs::distribution::{ContinuousCDF, Normal};

use super::rubric::{Rubric, Unit};
use super::tree::{Tree, more_than_half, sum_of};

/// Shares of the error variance in common: of all models, of a family, of one
/// model. The order is that of `RHOS`.
pub type Rhos<T> = [T; 3];

/// Their names in the simulator's configuration.
pub const RHOS: Rhos<&str> = ["rho", "rho_family", "rho_self"];

/// What a simulator printed about itself.
pub struct Config {
    pub rhos: Rhos<f64>,
    models: serde_json::Map<String, Value>,
}

impl Config {
    /// Reads the numbers; `given` replaces the configured shares, and the
    /// others move as little as that requires.
    pub fn read(file: &Path, given: Rhos<Option<f64>>) -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let value: Value = serde_json::from_str(&text)?;
        let models = value["models"]
            .as_object()
            .ok_or("no models in the configuration")?;
        Ok(Self {
            rhos: rhos(&value, given)?,
            models: models.clone(),
        })
    }

    /// The models' ids.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }

    /// Probability that more than half of the members write the unit. One
    /// member alone is its own majority.
    pub fn written_by_majority(
        &self,
        members: &[String],
        rubric: &Rubric,
        unit: &Unit,
    ) -> Result<f64, Box<dyn Error>> {
        let [all, family, own] = self.rhos;
        let mut by_chance: Vec<Vec<f64>> = Vec::new();
        let mut families: BTreeMap<&str, BTreeMap<&str, Vec<Tree>>> = BTreeMap::new();
        for member in members {
            match self.writer(member, rubric, unit)? {
                Writer::Rate(rate) => by_chance.push(vec![1.0 - rate, rate]),
                Writer::Knowing { threshold, harmful } => {
                    let house = self.models[member]["family"].as_str().unwrap_or(member);
                    let models = families.entry(house).or_default();
                    let sd = (1.0 - own).sqrt();
                    models.entry(member).or_default().push(Tree::Seat {
                        threshold,
                        harmful,
                        sd,
                    });
                }
            }
        }
        let root = |variance: f64| variance.max(0.0).sqrt();
        let families: Vec<Tree> = families
            .into_values()
            .map(|models| {
                let models = models.into_values();
                let models = models.map(|seats| Tree::group(root(own - family), seats));
                Tree::group(root(family - all), models.collect())
            })
            .collect();
        if !families.is_empty() {
            by_chance.push(Tree::group(root(all), families).writers());
        }
        Ok(more_than_half(&sum_of(by_chance)))
    }

    fn writer(&self, member: &str, rubric: &Rubric, unit: &Unit) -> Result<Writer, String> {
        let model = self
            .models
            .get(member)
            .ok_or(format!("no model {member}"))?;
        if (4..=6).contains(&unit.score) {
            let rate = model["neutral"].as_f64();
            return rate
                .map(Writer::Rate)
                .ok_or(format!("{member}: no neutral rate"));
        }
        let tier = match unit.score {
            1 | 9 => "severe",
            2 | 8 => "moderate",
            _ => "mild",
        };
        let harmful = unit.score <= 3;
        let direction = if harmful { "harmful" } else { "appropriate" };
        let knowledge = match &model["specialties"][rubric.specialty().as_str()] {
            Value::Null => &model["knows"],
            special => special,
        };
        let p = knowledge[tier][direction]
            .as_f64()
            .ok_or(format!("{member}: no {tier}.{direction}"))?;
        Ok(Writer::Knowing {
            threshold: quantile(p),
            harmful,
        })
    }
}

/// When a model writes a unit.
enum Writer {
    /// Iff it knows (or, of something harmful, does not know) what is right.
    Knowing { threshold: f64, harmful: bool },
    /// At a fixed rate.
    Rate(f64),
}

/// The shares in force. A simulator that says nothing of families or of one
/// model's seats has nothing in common there but what all have.
fn rhos(config: &Value, given: Rhos<Option<f64>>) -> Result<Rhos<f64>, Box<dyn Error>> {
    let mut rhos = [0.0; 3];
    for place in 0..3 {
        let low = given[..=place].iter().flatten().fold(0.0, |a, b| b.max(a));
        let high = given[place..].iter().flatten().fold(1.0, |a, b| b.min(a));
        let below = place.checked_sub(1).map(|below| rhos[below]);
        let configured = config[RHOS[place]].as_f64().or(below);
        let rho = given[place]
            .or(configured.map(|rho: f64| rho.max(low).min(high)))
            .ok_or("no rho in the configuration")?;
        if !(0.0..=1.0).contains(&rho) {
            return Err(format!("{} must be from 0 to 1, not {rho}", RHOS[place]).into());
        }
        if below.is_some_and(|below| rho < below) {
            let (name, other) = (RHOS[place], RHOS[place - 1]);
            return Err(format!("{name}, {rho}, must not be below {other}").into());
        }
        rhos[place] = rho;
    }
    Ok(rhos)
}

fn quantile(p: f64) -> f64 {
    match p {
        p if p <= 0.0 => f64::NEG_INFINITY,
        p if p >= 1.0 => f64::INFINITY,
        p => Normal::standard().inverse_cdf(p),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shares_are_those_configured_but_for_what_is_given() {
        let three = json!({"rho": 0.3, "rho_family": 0.4, "rho_self": 0.7});
        let read = |config: &Value, given| rhos(config, given).ok();
        assert_eq!(read(&three, [None; 3]), Some([0.3, 0.4, 0.7]));
        assert_eq!(read(&json!({"rho": 0.3}), [None; 3]), Some([0.3; 3]));
        assert_eq!(read(&three, [Some(0.6), None, None]), Some([0.6, 0.6, 0.7]));
        assert_eq!(read(&three, [None, None, Some(0.2)]), Some([0.2; 3]));
        assert_eq!(read(&three, [Some(0.6), Some(0.5), None]), None);
        assert_eq!(read(&json!({}), [None; 3]), None);
        assert_eq!(read(&three, [Some(1.5), None, None]), None);
    }
}
