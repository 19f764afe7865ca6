//! Which parts of what is shown are no real work of real models: simulated ones,
//! and ones that their panel warns of.
//!
//! Whoever reads a number or an answer is told which part is meant, wherever it
//! is told (design rule 9): a real answer under a simulated judge is not
//! simulated, and its score is. All wordings are here.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of what stands behind an answer or a number.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Seat {
    /// Answers that came from elsewhere.
    Answers,
    /// Advisors, also as checkers, raters and debaters.
    Advisors,
    /// The moderator.
    Moderator,
    /// The clusterer.
    Clusterer,
    /// Guardians.
    Guardians,
    /// Models that are compared alone.
    Alone,
    /// The judge's models.
    Judge,
}

impl Seat {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::Advisors => "advisors",
            Self::Moderator => "moderator",
            Self::Clusterer => "clusterer",
            Self::Guardians => "guardians",
            Self::Alone => "models alone",
            Self::Judge => "judge",
        }
    }
}

/// How much of a part something is said of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Share {
    /// Nothing of it.
    None,
    /// Some of its models.
    Some,
    /// All of it.
    All,
}

/// Which parts are simulated. In files it is two fields: `simulated`, true when
/// any part is, and `simulated_parts`, which names every part there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Simulated {
    /// True when any model behind it is simulated.
    simulated: bool,
    /// How much of each part is simulated; absent in files of earlier versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    simulated_parts: BTreeMap<Seat, Share>,
}

/// What a mark stands beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Numbers.
    Numbers,
    /// An answer to a consult.
    Answer,
}

impl Simulated {
    /// Of models, each with its part and whether it is simulated.
    pub fn of(models: impl IntoIterator<Item = (Seat, bool)>) -> Self {
        let simulated_parts = shares(models);
        Self {
            simulated: simulated_parts.values().any(|share| *share != Share::None),
            simulated_parts,
        }
    }

    /// One part that is simulated, or is not.
    pub fn part(seat: Seat, simulated: bool) -> Self {
        let share = if simulated { Share::All } else { Share::None };
        Self {
            simulated,
            simulated_parts: BTreeMap::from([(seat, share)]),
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.simulated |= other.simulated;
        for (seat, share) in &other.simulated_parts {
            self.simulated_parts
                .entry(*seat)
                .and_modify(|own| {
                    if own != share {
                        *own = Share::Some;
                    }
                })
                .or_insert(*share);
        }
        self
    }

    /// Is any model simulated?
    pub fn any(&self) -> bool {
        self.simulated
    }

    /// Is every part?
    pub fn all(&self) -> bool {
        self.mark() == "SIMULATED"
    }

    /// Answers from elsewhere, of which `some` or all are simulated.
    pub fn answers(any: bool, all: bool) -> Self {
        let share = match (any, all) {
            (true, true) => Share::All,
            (true, false) => Share::Some,
            (false, _) => Share::None,
        };
        Self {
            simulated: any,
            simulated_parts: BTreeMap::from([(Seat::Answers, share)]),
        }
    }

    /// Is a part of it?
    pub fn has(&self, seat: Seat) -> bool {
        let share = self.simulated_parts.get(&seat);
        self.simulated && share.is_none_or(|share| *share != Share::None)
    }

    /// `SIMULATED`, with the parts that are where not all are; empty where
    /// nothing is.
    pub fn mark(&self) -> String {
        if !self.simulated {
            return String::new();
        }
        let whole = self
            .simulated_parts
            .values()
            .all(|share| *share == Share::All);
        match words(&self.simulated_parts) {
            // Nobody says which: everything is.
            parts if whole || parts.is_empty() => "SIMULATED".to_owned(),
            parts => format!("SIMULATED {parts}"),
        }
    }

    /// The mark with `after` behind it; nothing where there is none.
    pub fn marked(&self, after: &str) -> String {
        match self.mark() {
            mark if mark.is_empty() => mark,
            mark => mark + after,
        }
    }

    /// The sentence that must stand with what is shown, without its full stop.
    pub fn sentence(&self, shown: Shown) -> Option<String> {
        let mark = self.mark();
        let whole = mark == "SIMULATED";
        let (what, nothing) = match shown {
            Shown::Numbers => ("these numbers", "they say nothing about real ones"),
            Shown::Answer => ("this answer", "it says nothing about any patient"),
        };
        self.simulated.then(|| {
            if whole {
                format!("{mark}: simulated models stand behind {what}; {nothing}")
            } else {
                format!(
                    "{mark}: a part of the models behind {what} is simulated, the others are real; \
                     {nothing}"
                )
            }
        })
    }
}

/// What panels warn of, in their own words, with the parts of which it is said:
/// `small local models: advisors, judge`. Each text once, sorted.
pub fn caveats<'a>(models: impl IntoIterator<Item = (Seat, Option<&'a str>)>) -> Vec<String> {
    let models: Vec<(Seat, Option<&str>)> = models.into_iter().collect();
    let mut texts: Vec<&str> = models.iter().filter_map(|(_, caveat)| *caveat).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
        .into_iter()
        .map(|text| {
            let said = models.iter().map(|(seat, own)| (*seat, *own == Some(text)));
            format!("{text}: {}", words(&shares(said)))
        })
        .collect()
}

/// How much of each part something is said of.
fn shares(models: impl IntoIterator<Item = (Seat, bool)>) -> BTreeMap<Seat, Share> {
    let mut parts: BTreeMap<Seat, Share> = BTreeMap::new();
    for (seat, said) in models {
        let share = if said { Share::All } else { Share::None };
        parts
            .entry(seat)
            .and_modify(|known| {
                if *known != share {
                    *known = Share::Some;
                }
            })
            .or_insert(share);
    }
    parts
}

/// The parts of which something is said: `some advisors, judge`.
fn words(parts: &BTreeMap<Seat, Share>) -> String {
    let said: Vec<String> = parts
        .iter()
        .filter_map(|(seat, share)| match share {
            Share::None => None,
            Share::Some => Some(format!("some {}", seat.words())),
            Share::All => Some(seat.words().to_owned()),
        })
        .collect();
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(models: &[(Seat, bool)]) -> Simulated {
        Simulated::of(models.iter().copied())
    }

    #[test]
    fn the_mark_names_the_parts_unless_it_is_all_or_nothing() {
        use Seat::{Advisors, Guardians, Judge};
        let marks = [
            (vec![(Advisors, false), (Judge, false)], ""),
            (vec![(Advisors, true), (Judge, true)], "SIMULATED"),
            (vec![(Advisors, false), (Judge, true)], "SIMULATED judge"),
            (
                vec![(Advisors, true), (Guardians, true), (Judge, false)],
                "SIMULATED advisors, guardians",
            ),
            (
                vec![(Advisors, true), (Advisors, false), (Judge, true)],
                "SIMULATED some advisors, judge",
            ),
        ];
        for (models, mark) in marks {
            assert_eq!(of(&models).mark(), mark);
            assert_eq!(of(&models).any(), !mark.is_empty());
        }
    }

    #[test]
    fn parts_of_several_are_put_together() {
        let real = of(&[(Seat::Advisors, false)]);
        let sim = of(&[(Seat::Advisors, true)]);
        let judge = Simulated::part(Seat::Judge, true);
        assert_eq!(sim.clone().and(&judge).mark(), "SIMULATED");
        assert_eq!(real.clone().and(&judge).mark(), "SIMULATED judge");
        assert_eq!(real.and(&sim).mark(), "SIMULATED some advisors");
    }

    #[test]
    fn files_of_earlier_versions_say_all_or_nothing() {
        fn read(text: &str) -> Simulated {
            serde_json::from_str(text).expect("it is read")
        }
        assert_eq!(read(r#"{"simulated": true}"#).mark(), "SIMULATED");
        assert_eq!(read(r#"{"simulated": false}"#).mark(), "");
        let parts = r#"{"judge": "all", "advisors": "none"}"#;
        let judge = read(&format!(
            r#"{{"simulated": true, "simulated_parts": {parts}}}"#
        ));
        assert_eq!(judge.mark(), "SIMULATED judge");
        assert!(judge.has(Seat::Judge) && !judge.has(Seat::Advisors));
        let foreign = read(r#"{"simulated": true}"#).and(&Simulated::part(Seat::Judge, false));
        assert_eq!(foreign.mark(), "SIMULATED");
    }

    #[test]
    fn caveats_name_their_parts() {
        let small = Some("small local models");
        let told = caveats([
            (Seat::Advisors, small),
            (Seat::Advisors, small),
            (Seat::Guardians, small),
            (Seat::Guardians, None),
            (Seat::Judge, Some("not calibrated")),
        ]);
        assert_eq!(
            told,
            [
                "not calibrated: judge",
                "small local models: advisors, some guardians"
            ]
        );
    }
}
