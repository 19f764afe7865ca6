//! What makes two runs the same, and what a run folder says about itself.

use crate::clinical::Simulated;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::evidence::Hypotheses;

/// Kept in the run's database under [`RunMeta::KEY`]. Everything but the paths
/// and the state decides whether a run may be continued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunMeta {
    /// Name and hash of every panel, judge included.
    pub panels: BTreeMap<String, String>,
    /// The panels' names in the order of the command line; a run of before it
    /// was kept says nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panel_order: Vec<String>,
    /// SHA-256 of the case set.
    pub case_set: String,
    /// Variants per case.
    pub k: u32,
    /// Base cases at most.
    pub limit: Option<usize>,
    /// Globs.
    pub only: Vec<String>,
    /// Repeats.
    pub trials: u32,
    /// Seed.
    pub seed: u64,
    /// Score profile.
    pub profile: String,
    /// What the panels do; a run of before there were two tasks says nothing.
    #[serde(default = "plan")]
    pub task: String,
    /// Protocols in place of the panels' own, as asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protocols: Vec<String>,
    /// Further arms, as asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arms: Vec<String>,
    /// What is to be shown, as it was fixed before the run.
    #[serde(default, skip_serializing_if = "Hypotheses::is_empty")]
    pub hypotheses: Hypotheses,
    /// Are the stages of panels judged?
    #[serde(default, skip_serializing_if = "is_not")]
    pub ledger: bool,
    /// And what other panels would have answered?
    #[serde(default, skip_serializing_if = "is_not")]
    pub confirm: bool,
    /// Panel files as given; for `--resume`.
    pub panel_files: Vec<PathBuf>,
    /// Case folder as given; for `--resume`.
    pub cases_dir: PathBuf,
    /// SHA-256 of the answers, when answers from elsewhere are judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
    /// Most dollars, as given on the command line; for `--resume`. It may
    /// change from session to session.
    #[serde(default)]
    pub budget_usd: Option<f64>,
    /// Tasks in all.
    pub tasks: usize,
    /// How far it came.
    pub state: RunState,
    /// Which parts are simulated.
    #[serde(flatten)]
    pub simulated: Simulated,
}

fn is_not(flag: &bool) -> bool {
    !flag
}

fn plan() -> String {
    "plan".to_owned()
}

/// How far a run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Begun and not brought to an end, by a kill for example.
    Begun,
    /// Ended with items missing or unscored; running it again goes on.
    Partial,
    /// Every item is scored.
    Done,
}

impl RunMeta {
    /// Key in the database's table `meta`.
    pub const KEY: &'static str = "run";

    /// In which ways another run is not this one, in words; empty when it is.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let mut differ = |what: &str, a: String, b: String| {
            if a != b {
                found.push(format!("{what}: {a} then, {b} now"));
            }
        };
        let panels = |meta: &Self| {
            meta.panels
                .iter()
                .map(|(name, hash)| format!("{name} {}", hash.get(..12).unwrap_or(hash)))
                .collect::<Vec<_>>()
                .join(", ")
        };
        differ("panels", panels(self), panels(other));
        let short = |hash: &str| hash.get(..12).unwrap_or(hash).to_owned();
        differ("case set", short(&self.case_set), short(&other.case_set));
        let answers = |hash: &Option<String>| hash.as_deref().map_or("none".to_owned(), short);
        differ("answers", answers(&self.answers), answers(&other.answers));
        differ("--k", self.k.to_string(), other.k.to_string());
        let limit = |l: Option<usize>| l.map_or_else(|| "none".to_owned(), |l| l.to_string());
        differ("--limit", limit(self.limit), limit(other.limit));
        differ("--only", self.only.join(" "), other.only.join(" "));
        differ(
            "--trials",
            self.trials.to_string(),
            other.trials.to_string(),
        );
        differ("--seed", self.seed.to_string(), other.seed.to_string());
        differ("task", self.task.clone(), other.task.clone());
        differ("profile", self.profile.clone(), other.profile.clone());
        let list = |names: &[String]| match names {
            [] => "none".to_owned(),
            names => names.join(","),
        };
        differ("--protocol", list(&self.protocols), list(&other.protocols));
        differ("--arms", list(&self.arms), list(&other.arms));
        let fixed = |meta: &Self| {
            let all = meta.hypotheses.all().map(ToString::to_string);
            list(&all.collect::<Vec<_>>())
        };
        differ("--primary and --family", fixed(self), fixed(other));
        // A finished item is not judged again, so its stages would stay unjudged.
        let flag = |is: bool| if is { "yes" } else { "no" }.to_owned();
        differ("--ledger", flag(self.ledger), flag(other.ledger));
        differ("--confirm", flag(self.confirm), flag(other.confirm));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta() -> RunMeta {
        RunMeta {
            panels: BTreeMap::from([("demo".into(), "ab".repeat(32))]),
            panel_order: vec!["demo".into()],
            case_set: "cd".repeat(32),
            k: 1,
            limit: None,
            only: vec![],
            trials: 1,
            seed: 0,
            profile: "noharm-2026-07".into(),
            task: plan(),
            protocols: vec![],
            arms: vec![],
            hypotheses: Hypotheses::default(),
            ledger: false,
            confirm: false,
            panel_files: vec!["agents/demo.toml".into()],
            cases_dir: "cases/demo".into(),
            answers: None,
            budget_usd: None,
            tasks: 9,
            state: RunState::Begun,
            simulated: Simulated::part(crate::clinical::Seat::Advisors, true),
        }
    }

    #[test]
    fn paths_and_state_do_not_make_another_run() {
        let other = RunMeta {
            panel_files: vec!["elsewhere/demo.toml".into()],
            state: RunState::Partial,
            ..meta()
        };
        assert!(meta().differences(&other).is_empty());
    }

    #[test]
    fn differences_are_named() {
        let other = RunMeta {
            seed: 7,
            k: 11,
            protocols: vec!["lead".into(), "vote".into()],
            arms: vec!["self".into()],
            ..meta()
        };
        assert_eq!(
            meta().differences(&other),
            [
                "--k: 1 then, 11 now",
                "--seed: 0 then, 7 now",
                "--protocol: none then, lead,vote now",
                "--arms: none then, self now",
            ]
        );
    }
}
