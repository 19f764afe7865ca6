//! What a run is made of: panels, cases and flags, read and put together. What
//! was typed is in [`super::bench::BenchArgs`]; what it means is here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::bench::meta::RunState;
use crate::bench::options::Grading;
use crate::bench::schedule::AnswerKey;
use crate::bench::{Bench, Extra, Ledgering, RunMeta, arms, stand_ins};
use crate::cases::{CaseSet, Selection, select};
use crate::evidence::Hypotheses;
use crate::gateway::exact_dollars;
use crate::panel;
use crate::panel::model::{Panel, Provider, Task};
use crate::panel::suggest;
use crate::report::Provenance;

use super::bench::{BenchArgs, about};
use super::run_estimate::Totals;
use super::run_panels::{self, judge_of, profile_of, task_of};
use super::run_source::provenance;
use super::{Failure, cases, panel as panels, panel_probe, providers};

/// A run, ready to begin.
pub struct Setup {
    /// What is done.
    pub bench: Bench,
    /// What makes it this run.
    pub meta: RunMeta,
    /// Where its numbers come from.
    pub provenance: Provenance,
    /// Name and resolved text of each panel.
    pub resolved: Vec<(String, String)>,
    /// All providers of all panels.
    pub providers: BTreeMap<String, Provider>,
    panels: Vec<Arc<Panel>>,
    set: CaseSet,
    totals: Totals,
}

/// Reads panels and cases. Nothing is sent and nothing is written.
pub fn read(args: &BenchArgs) -> Result<Setup, Failure> {
    if args.budget_usd.is_some_and(|usd| usd.is_nan() || usd < 0.0) {
        return Err(Failure::usage("--budget-usd must be 0 or more"));
    }
    let panels = run_panels::load(args)?;
    let task = task_of(&panels)?;
    let profile = profile_of(task, args.profile.as_deref())?;
    let judge = match task {
        Task::Plan => Some(judge_of(&panels)?),
        Task::Options => None,
    };
    let providers = providers::of(&panels)?;
    let extras = extras(args, task)?;
    let arms = arms(&panels, &extras).map_err(Failure::usage)?;

    let set = cases::load(&args.cases)?;
    let selection = Selection {
        only: args.only.clone(),
        k: args.k,
        limit: args.limit,
    };
    let selected = select(&set, &selection).map_err(Failure::usage)?;
    let items: Vec<_> = selected.iter().map(|s| s.item.clone()).collect();
    let keys: HashMap<String, AnswerKey> = selected
        .iter()
        .filter_map(|s| {
            let case = &set.cases[s.case];
            Some((case.id.clone(), AnswerKey::of(case)?))
        })
        .collect();
    let simulated = stand_ins::simulated(panels.iter().map(AsRef::as_ref));
    let grading = (task == Task::Options).then(|| {
        let rubrics = keys.iter();
        Grading::new(rubrics.map(|(case, key)| (case.as_str(), key.rubric.as_ref())))
    });
    let bench = Bench {
        arms,
        items,
        keys,
        trials: args.trials,
        seed: args.seed,
        profile,
        judge,
        grading,
        ledger: Ledgering::of(args.ledger, args.confirm),
        simulated: simulated.clone(),
    };
    let hashes: BTreeMap<String, String> = panels
        .iter()
        .map(|panel| (panel.name.clone(), panel::hash(panel)))
        .collect();
    let provenance = provenance(args, &bench, &set, &panels, &hashes);
    let meta = RunMeta {
        panels: hashes,
        panel_order: panels.iter().map(|panel| panel.name.clone()).collect(),
        case_set: set.hash.clone(),
        k: args.k,
        limit: args.limit,
        only: args.only.clone(),
        trials: args.trials,
        seed: args.seed,
        profile: match &bench.grading {
            None => bench.profile.name().to_owned(),
            Some(grading) => grading.profile.name().to_owned(),
        },
        task: task.name().to_owned(),
        protocols: run_panels::protocols(&args.protocol, task)
            .iter()
            .map(|protocol| protocol.name().to_owned())
            .collect(),
        arms: extras.iter().map(ToString::to_string).collect(),
        hypotheses: hypotheses(args, &bench)?,
        ledger: args.ledger,
        confirm: args.confirm,
        panel_files: args.panels.iter().map(absolute).collect(),
        cases_dir: absolute(&args.cases),
        answers: None,
        budget_usd: args.budget_usd,
        tasks: bench.tasks().len(),
        state: RunState::Begun,
        simulated,
    };
    let totals = Totals::of(&bench, &panels, panels::sizes_of(&set));
    Ok(Setup {
        resolved: panels
            .iter()
            .map(|panel| (panel.name.clone(), panel::resolved_toml(panel)))
            .collect(),
        bench,
        meta,
        provenance,
        providers,
        panels,
        set,
        totals,
    })
}

/// The further arms that are asked for, each once.
fn extras(args: &BenchArgs, task: Task) -> Result<Vec<Extra>, Failure> {
    if task == Task::Options && args.ledger {
        return Err(Failure::usage(
            "--ledger: grades need no judge, so there is nothing to be followed; it is for the \
             task plan",
        ));
    }
    if task == Task::Options && args.arms.contains(&Extra::SoloCut) {
        return Err(Failure::usage(
            "--arms solo-cut: grades have no words that could be cut; it is for the task plan",
        ));
    }
    let mut extras = args.arms.clone();
    extras.sort();
    extras.dedup();
    Ok(extras)
}

/// What is to be shown; arms that the run lacks are refused before it begins.
fn hypotheses(args: &BenchArgs, bench: &Bench) -> Result<Hypotheses, Failure> {
    let fixed = Hypotheses {
        primary: args.primary.clone(),
        family: args.family.clone(),
        ..Hypotheses::default()
    };
    let known: Vec<&str> = bench.arms.iter().map(|arm| arm.name.as_str()).collect();
    for one in fixed.all() {
        for arm in [&one.a, &one.b] {
            if !known.contains(&arm.as_str()) {
                let near = suggest::nearest_few(arm, known.iter().copied(), 5);
                return Err(Failure::usage(format!(
                    "\"{one}\": the run has no arm {arm}; near are {}",
                    near.join(", ")
                )));
            }
        }
    }
    Ok(fixed)
}

fn absolute(path: &std::path::PathBuf) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.clone())
}

impl Setup {
    /// Advice to probe models that were never probed.
    pub fn advice(&self, files: &[std::path::PathBuf]) -> Option<String> {
        let panels: Vec<&Panel> = self.panels.iter().map(Arc::as_ref).collect();
        panel_probe::advice(files, &panels)
    }

    /// The plan before anything starts, for people.
    pub fn plan(&self) -> String {
        let mut text = String::new();
        let simulated = &self.bench.simulated;
        if simulated.any() {
            let mark = simulated.mark();
            text.push_str(&if providers::only_simulated(&self.providers) {
                format!("{mark}: nothing real is asked and nothing is spent\n")
            } else {
                format!("{mark}: the other models are real and are asked\n")
            });
        }
        for caveat in &self.provenance.caveats {
            text.push_str(&format!("{caveat}\n"));
        }
        text.push_str(&format!(
            "{} arms x {} items x {} trial(s) on {} ({} cases)\n",
            self.bench.arms.len(),
            self.bench.items.len(),
            self.bench.trials,
            self.set.name,
            self.provenance.case_set.cases,
        ));
        for arm in &self.bench.arms {
            text.push_str(&format!("  {}\n", arm.name));
        }
        let totals = &self.totals;
        let price = match (totals.usd, totals.unpriced.is_empty()) {
            (usd, true) => format!("${usd:.2}"),
            (usd, false) => format!(
                "${usd:.2} and what {} costs (no price in the panel)",
                totals.unpriced.join(", ")
            ),
        };
        text.push_str(&format!(
            "estimate: {} calls at most, {} prompt and {} completion tokens, {price}, {}",
            totals.calls,
            totals.prompt,
            totals.completion,
            about(totals.seconds)
        ));
        text
    }

    /// The plan for programs.
    pub fn plan_json(&self) -> Value {
        let totals = &self.totals;
        json!({
            "simulated": self.bench.simulated.any(),
            "simulated_mark": self.bench.simulated.mark(),
            "caveats": self.provenance.caveats,
            "arms": self.bench.arms.iter().map(|arm| &arm.name).collect::<Vec<_>>(),
            "items": self.bench.items.len(),
            "trials": self.bench.trials,
            "calls": totals.calls,
            "prompt_tokens": totals.prompt,
            "completion_tokens": totals.completion,
            "usd": totals.usd,
            "models_without_price": totals.unpriced,
            "seconds": totals.seconds,
        })
    }

    /// Calls of the whole run, at most.
    pub fn expected_calls(&self) -> usize {
        usize::try_from(self.totals.calls).unwrap_or(usize::MAX)
    }

    /// The cases, for providers that simulate.
    pub fn cases(&self) -> &[crate::clinical::Case] {
        &self.set.cases
    }

    /// Refuses a budget that could not hold: a model that costs money and has
    /// no price counts as nothing.
    pub fn check_budget(&self, flag: Option<f64>) -> Result<(), Failure> {
        if self.budget_usd(flag).is_none() {
            return Ok(());
        }
        let models = self.panels.iter().flat_map(|panel| panel.models.values());
        providers::check_prices(&self.providers, models)
    }

    /// Says it when the estimate is beyond the budget.
    pub fn beyond_budget(&self, flag: Option<f64>) -> Option<String> {
        let budget = self.budget_usd(flag)?;
        let estimate = self.totals.usd;
        (estimate > budget).then(|| {
            let (estimate, budget) = (exact_dollars(estimate, 2), exact_dollars(budget, 2));
            format!(
                "the estimate of {estimate} is beyond the budget of {budget}: the run will \
                 probably end partial, with as many whole items as the money buys"
            )
        })
    }

    /// The smallest of all budgets that apply.
    pub fn budget_usd(&self, flag: Option<f64>) -> Option<f64> {
        self.panels
            .iter()
            .filter_map(|panel| panel.budget.usd)
            .chain(flag)
            .min_by(f64::total_cmp)
    }
}
