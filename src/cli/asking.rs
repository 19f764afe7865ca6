//! Asking judges about answers from elsewhere: what `primum score --responses`
//! and `primum judge check` share.

use crate::clinical::Simulated;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::bench::meta::RunState;
use crate::bench::run::RunEnd;
use crate::bench::schedule::AnswerKey;
use crate::bench::{JudgedAnswer, Judging, RunMeta, Work, stand_ins};
use crate::cases::CaseSet;
use crate::clinical::Item;
use crate::evidence::Hypotheses;
use crate::gateway::journal::{Journal, system_clock};
use crate::gateway::{CallError, FailureKind, Gateway, GatewayConfig, advice};
use crate::judged::ResponsesFile;
use crate::panel;
use crate::panel::model::Provider;

use super::judges::LoadedJudge;
use super::score::Asking;
use super::session::{self, Expected};
use super::{Exit, Failure, bench, keys, panel as panels, providers, troubles};

/// What is to be judged, by whom.
pub struct Plan {
    /// All tasks.
    pub judging: Arc<Judging>,
    /// What makes it this run.
    pub meta: RunMeta,
    providers: BTreeMap<String, Provider>,
    set: CaseSet,
    simulated: Simulated,
}

/// How judging ended.
pub struct Asked {
    /// Where the verdicts are.
    pub journal: Journal,
    /// The run folder.
    pub out: PathBuf,
    end: RunEnd,
    stopped: Option<CallError>,
    interrupted: bool,
}

/// Items by id.
pub fn items(set: &CaseSet) -> HashMap<&str, &Arc<Item>> {
    set.cases
        .iter()
        .filter(|case| case.rubric.is_some())
        .flat_map(|case| &case.items)
        .map(|item| (item.id.as_str(), item))
        .collect()
}

/// Puts judges and answers together. Nothing is sent and nothing is written.
pub fn plan(
    set: CaseSet,
    judges: &[LoadedJudge],
    files: &[ResponsesFile],
    judge_trials: u32,
    judge_files: &[PathBuf],
    asking: &Asking,
) -> Result<Plan, Failure> {
    if asking
        .budget_usd
        .is_some_and(|usd| usd.is_nan() || usd < 0.0)
    {
        return Err(Failure::usage("--budget-usd must be 0 or more"));
    }
    let known = items(&set);
    let answers: Vec<JudgedAnswer> = files
        .iter()
        .flat_map(|file| {
            file.answers.iter().filter_map(|answer| {
                Some(JudgedAnswer {
                    arm: file.name.clone(),
                    item: Arc::clone(known.get(answer.item.as_str())?),
                    trial: answer.trial,
                    text: answer.text.clone()?,
                })
            })
        })
        .collect();
    let keys = set
        .cases
        .iter()
        .filter_map(|case| Some((case.id.clone(), AnswerKey::of(case)?)))
        .collect();
    let of_judges: Vec<_> = judges.iter().map(|judge| judge.panel.clone()).collect();
    let simulated = stand_ins::simulated(of_judges.iter().map(AsRef::as_ref));
    let judging = Judging {
        answers,
        judges: judges
            .iter()
            .map(|judge| {
                (
                    judge.panel.clone(),
                    judge.judge.clone(),
                    judge.in_records.clone(),
                )
            })
            .collect(),
        judge_trials,
        keys,
    };
    let meta = RunMeta {
        panels: judges
            .iter()
            .map(|judge| (judge.judge.name.clone(), panel::hash(&judge.panel)))
            .collect(),
        panel_order: Vec::new(),
        case_set: set.hash.clone(),
        k: 0,
        limit: None,
        only: Vec::new(),
        trials: judge_trials,
        seed: asking.seed,
        profile: String::new(),
        task: "judge".to_owned(),
        protocols: Vec::new(),
        arms: Vec::new(),
        hypotheses: Hypotheses::default(),
        ledger: false,
        confirm: false,
        panel_files: judge_files.to_vec(),
        cases_dir: set.dir.clone(),
        answers: Some(hash(&judging.answers)),
        budget_usd: asking.budget_usd,
        tasks: judging.tasks().len(),
        state: RunState::Begun,
        simulated: simulated.clone(),
    };
    Ok(Plan {
        providers: providers::of(&of_judges)?,
        judging: Arc::new(judging),
        meta,
        set,
        simulated,
    })
}

/// SHA-256 over the answers that are judged, in order.
fn hash(answers: &[JudgedAnswer]) -> String {
    let mut sha = Sha256::new();
    for answer in answers {
        for part in [&answer.arm, &answer.item.id, answer.text.expose()] {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part);
        }
        sha.update(answer.trial.to_be_bytes());
    }
    format!("{:x}", sha.finalize())
}

impl Plan {
    /// The plan for people, with what it will probably cost.
    fn words(&self) -> String {
        let (case_chars, rubric_chars) = panels::sizes_of(&self.set);
        let n = self.judging.answers.len() as u64 * u64::from(self.judging.judge_trials);
        let (mut calls, mut usd, mut seconds, mut unpriced) = (0, 0.0, Some(0.0_f64), Vec::new());
        for (judge, _, _) in &self.judging.judges {
            let estimate = panel::estimate(judge, case_chars, rubric_chars);
            let one = estimate.total();
            calls += one.calls * n;
            usd += one.usd_priced * n as f64;
            let own = estimate.run_seconds(judge, n);
            seconds = seconds.zip(own).map(|(all, own)| all.max(own));
            unpriced.extend(estimate.unpriced);
        }
        let unpriced = if unpriced.is_empty() {
            String::new()
        } else {
            format!(" and what {} costs (no price)", unpriced.join(", "))
        };
        let simulated = match (self.simulated.any(), self.simulated.all()) {
            (true, true) => "SIMULATED judge: nothing real is asked and nothing is spent\n",
            (true, false) => "SIMULATED some judges: the others are real and are asked\n",
            (false, _) => "",
        };
        format!(
            "{simulated}{} answers x {} judge(s) x {} judge trial(s)\nestimate: {calls} calls, \
             ${usd:.2}{unpriced}, {}",
            self.judging.answers.len(),
            self.judging.judges.len(),
            self.judging.judge_trials,
            bench::about(seconds),
        )
    }

    fn calls(&self) -> usize {
        let per_answer: usize = self
            .judging
            .judges
            .iter()
            .map(|(_, judge, _)| 1 + usize::from(judge.review_agent.is_some()))
            .sum();
        per_answer * self.judging.answers.len() * self.judging.judge_trials as usize
    }

    /// Judges everything that is not judged yet, until the end, the budget, a
    /// provider that refuses, or Ctrl-C.
    pub fn run(&self, out: Option<&Path>, name: &str, asking: &Asking) -> Result<Asked, Failure> {
        if !asking.quiet {
            eprintln!("{}", self.words());
        }
        let keys = keys::collect(self.providers.values())?;
        session::confirm(asking.yes, &self.providers)?;
        let out = session::folder(out, asking.new, name, &self.meta)?;
        let journal = session::open(&out, &self.meta)?;
        if !asking.quiet {
            session::say_where(&out, &journal);
        }
        super::runtime()?.block_on(async {
            let (providers, _simulators) =
                providers::start_simulators(&self.providers, &self.set.cases).await?;
            session::save_state(&journal, &self.meta, RunState::Begun).await?;
            let gateway = Gateway::new(GatewayConfig {
                keys,
                run_seed: asking.seed,
                budget_usd: asking.budget_usd,
                jitter_seed: system_clock(),
                halt_on: crate::bench::item::HALTING.to_vec(),
                ..GatewayConfig::new(providers, journal.clone())
            })
            .map_err(Failure::usage)?;
            let width = providers::width(&self.providers);
            let expected = Expected {
                calls: self.calls(),
                simulated: self.simulated.clone(),
                shown: !asking.quiet,
            };
            let driven = session::drive(&self.judging, &gateway, &journal, width, expected);
            let (end, interrupted) = driven.await?;
            Ok(Asked {
                stopped: gateway.stopped(),
                journal: journal.clone(),
                out: out.clone(),
                end,
                interrupted,
            })
        })
    }

    /// Notes how it ended and says what to do; `complete`: nothing is unscored.
    pub fn close(&self, asked: &Asked, complete: bool) -> Result<Exit, Failure> {
        let complete = complete && asked.end.missing == 0;
        let exit = session::exit(complete, asked.stopped.as_ref(), asked.interrupted);
        let state = if exit == Exit::Done {
            RunState::Done
        } else {
            RunState::Partial
        };
        let save = session::save_state(&asked.journal, &self.meta, state);
        super::runtime()?.block_on(save)?;
        asked.explain(exit);
        Ok(exit)
    }
}

impl Asked {
    /// Was something not asked?
    pub fn stopped(&self) -> bool {
        self.interrupted || self.end.missing > 0
    }

    fn explain(&self, exit: Exit) {
        let again = format!("the same command with --out {}", self.out.display());
        let why = self.stopped.as_ref().or(self.end.stopped_by.as_ref());
        match (exit, why) {
            (Exit::Done, _) | (_, None) if !self.interrupted => {}
            (Exit::Interrupted, _) => eprintln!("interrupted; nothing is lost. To go on: {again}"),
            (_, Some(error)) if error.kind == FailureKind::Budget => eprintln!(
                "{error}\n{} verdicts are missing. To go on, with a larger --budget-usd: {again}",
                self.end.missing
            ),
            (_, Some(error)) if !troubles::may_pass(error.kind) => {
                let helps = advice(error.kind, &error.message);
                let helps = helps.map_or(String::new(), |helps| format!("\n  what helps: {helps}"));
                eprintln!(
                    "stopped: {error}{helps}\nThe model refuses what the judge's file says: after \
                     a change of that file it is another run, with another --out"
                );
            }
            (_, Some(error)) => {
                eprintln!("stopped: {error}\nNothing is lost. When it is mended: {again}");
            }
            (_, None) => {}
        }
    }
}
