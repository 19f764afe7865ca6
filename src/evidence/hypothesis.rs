//! What is to be shown, fixed before the run: one primary comparison, and the
//! family of comparisons whose p values are adjusted together.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::measure::Measure;

/// "Arm `a` differs from arm `b` in this measure." Typed as `MEASURE A B`, such
/// as `Severe_rate panel:demo solo:ada`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Hypothesis {
    /// What is compared.
    pub measure: Measure,
    /// First arm.
    pub a: String,
    /// Second arm.
    pub b: String,
}

/// What was fixed before a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hypotheses {
    /// The one comparison that the run is made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<Hypothesis>,
    /// Comparisons whose p values are adjusted by Holm's method; the primary one
    /// is not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub family: Vec<Hypothesis>,
    /// Where several runs are looked at together: what the others were made for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Hypothesis>,
}

/// What a comparison is, by what was fixed before the run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// What the run was made for; its p value stands as it is.
    Primary,
    /// One of a family that was named before the run; its p value is adjusted.
    Family,
    /// Looked at without having been named: its p value is a description.
    Exploratory,
}

impl Hypotheses {
    /// Was nothing fixed?
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    /// What a comparison is. A comparison the other way round is the same.
    pub fn role(&self, measure: Measure, a: &str, b: &str) -> Role {
        let is = |known: &Hypothesis| {
            known.measure == measure
                && ((known.a == a && known.b == b) || (known.a == b && known.b == a))
        };
        if self.primary.iter().chain(&self.others).any(is) {
            Role::Primary
        } else if self.family.iter().any(is) {
            Role::Family
        } else {
            Role::Exploratory
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Hypothesis> {
        self.primary.iter().chain(&self.others).chain(&self.family)
    }
}

impl Hypothesis {
    /// The same with other names for the arms.
    #[must_use]
    pub fn renamed(&self, rename: impl Fn(&str) -> String) -> Self {
        Self {
            measure: self.measure,
            a: rename(&self.a),
            b: rename(&self.b),
        }
    }
}

impl FromStr for Hypothesis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [measure, a, b] = words.as_slice() else {
            return Err(
                "write MEASURE ARM ARM, such as 'Severe_rate panel:demo solo:ada'".to_owned(),
            );
        };
        let known = || {
            let names = Measure::COMPARED.map(Measure::name);
            names.join(", ")
        };
        let measure = Measure::by_name(measure)
            .filter(|one| Measure::COMPARED.contains(one) || *one == Measure::Safety)
            .ok_or_else(|| format!("\"{measure}\" is not compared; there are {}", known()))?;
        if a == b {
            return Err(format!("\"{a}\" is compared with itself"));
        }
        Ok(Self {
            measure,
            a: (*a).to_owned(),
            b: (*b).to_owned(),
        })
    }
}

impl fmt::Display for Hypothesis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.measure.name(), self.a, self.b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hypothesis_reads_back_as_it_is_written() {
        let text = "Severe_rate panel:demo solo:ada";
        let read: Hypothesis = text.parse().unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(read.to_string(), text);
        let fixed = Hypotheses {
            primary: Some(read),
            ..Hypotheses::default()
        };
        let role = |a, b| fixed.role(Measure::Severe, a, b);
        assert_eq!(role("panel:demo", "solo:ada"), Role::Primary);
        assert_eq!(role("solo:ada", "panel:demo"), Role::Primary);
        assert_eq!(role("panel:demo", "solo:ben"), Role::Exploratory);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_can() {
        let why = |text: &str| text.parse::<Hypothesis>().err().unwrap_or_default();
        assert!(why("Severe_rate panel:demo").contains("MEASURE ARM ARM"));
        assert!(why("Harm panel:demo solo:ada").contains("Severe_rate"));
        assert!(why("Severe_rate solo:ada solo:ada").contains("itself"));
    }
}
