//! The simulator's numbers, and the probability that a unit stands in a
//! majority's plan.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;
use statrs::distribution::{ContinuousCDF, Normal};

use super::quadrature::over_normal;
use super::rubric::{Rubric, Unit};

/// What a simulator printed about itself.
pub struct Config {
    pub rho: f64,
    models: serde_json::Map<String, Value>,
}

impl Config {
    /// Reads the numbers; `rho` replaces the configured one.
    pub fn read(file: &Path, rho: Option<f64>) -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let value: Value = serde_json::from_str(&text)?;
        let rho = rho
            .or(value["rho"].as_f64())
            .ok_or("no rho in the configuration")?;
        if !(0.0..=1.0).contains(&rho) {
            return Err(format!("rho must be from 0 to 1, not {rho}").into());
        }
        let models = value["models"]
            .as_object()
            .ok_or("no models in the configuration")?;
        Ok(Self {
            rho,
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
        let writers = members
            .iter()
            .map(|member| self.writer(member, rubric, unit))
            .collect::<Result<Vec<_>, _>>()?;
        let breaks: Vec<f64> = writers
            .iter()
            .filter_map(|writer| match writer {
                Writer::Knowing { threshold, .. } if self.rho > 0.0 => {
                    Some(threshold / self.rho.sqrt())
                }
                _ => None,
            })
            .collect();
        Ok(over_normal(&breaks, |common| {
            let each: Vec<f64> = writers.iter().map(|w| w.given(common, self.rho)).collect();
            more_than_half(&each)
        }))
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

impl Writer {
    /// Probability of writing, given the common factor.
    fn given(&self, common: f64, rho: f64) -> f64 {
        match *self {
            Self::Rate(rate) => rate,
            Self::Knowing { threshold, harmful } => {
                let left = threshold - rho.sqrt() * common;
                let knows = if rho < 1.0 {
                    cdf(left / (1.0 - rho).sqrt())
                } else if left > 0.0 {
                    1.0
                } else {
                    0.0
                };
                if harmful { 1.0 - knows } else { knows }
            }
        }
    }
}

/// Probability that more than half of independent events come true.
fn more_than_half(each: &[f64]) -> f64 {
    let mut count = vec![1.0];
    for p in each {
        let mut next = vec![0.0; count.len() + 1];
        for (k, probability) in count.iter().enumerate() {
            next[k] += probability * (1.0 - p);
            next[k + 1] += probability * p;
        }
        count = next;
    }
    count
        .iter()
        .enumerate()
        .filter(|(k, _)| 2 * k > each.len())
        .map(|(_, probability)| probability)
        .sum()
}

fn cdf(x: f64) -> f64 {
    if x.is_infinite() {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    Normal::standard().cdf(x)
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
    use super::*;

    #[test]
    fn majorities_of_coins() {
        assert!((more_than_half(&[0.3]) - 0.3).abs() < 1e-12);
        assert!((more_than_half(&[0.5, 0.5]) - 0.25).abs() < 1e-12);
        let p: f64 = 0.9;
        let three = p.powi(3) + 3.0 * p.powi(2) * (1.0 - p);
        assert!((more_than_half(&[p; 3]) - three).abs() < 1e-12);
    }

    #[test]
    fn one_writer_alone_keeps_its_probability_whatever_rho() {
        for rho in [0.0, 0.35, 0.999, 1.0_f64] {
            let writer = Writer::Knowing {
                threshold: quantile(0.85),
                harmful: false,
            };
            let breaks = [quantile(0.85) / rho.sqrt().max(1e-9)];
            let p = over_normal(&breaks, |common| writer.given(common, rho));
            assert!((p - 0.85).abs() < 1e-6, "{rho}: {p}");
        }
    }
}
