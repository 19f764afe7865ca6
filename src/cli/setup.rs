//! What a run is made of: panels, cases and flags, read and put together. What
//! was typed is in [`super::bench::BenchArgs`]; what it means is here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::bench::meta::RunState;
use crate::bench::options::Grading;
use crate::bench::schedule::AnswerKey;
use crate::bench::verdict::name_in_records;
use crate::bench::{Bench, RunMeta, arms, folder};
use crate::cases::{CaseSet, Selection, select};
use crate::panel::model::{Panel, Provider, Task};
use crate::panel::{self, Estimate};
use crate::report::Provenance;
use crate::report::summary::{CaseSetId, JudgeId};
use crate::score::Profile;
use crate::score::grading::GradingProfile;

use super::bench::{BenchArgs, about};
use super::{Failure, cases, judges, panel as panels, providers};

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
    estimates: Vec<(usize, Estimate)>,
}

/// Reads panels and cases. Nothing is sent and nothing is written.
pub fn read(args: &BenchArgs) -> Result<Setup, Failure> {
    if args.budget_usd.is_some_and(|usd| usd.is_nan() || usd < 0.0) {
        return Err(Failure::usage("--budget-usd must be 0 or more"));
    }
    let panels = args
        .panels
        .iter()
        .map(|file| {
            let wanted = panel::Wanted {
                task: args.task.map(Into::into),
                protocol: None,
            };
            Ok(Arc::new(panels::load_for(file, wanted)?.panel))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let task = task_of(&panels)?;
    let profile = profile_of(task, args.profile.as_deref())?;
    let judge = match task {
        Task::Plan => Some(judge_of(&panels)?),
        Task::Options => None,
    };
    let providers = providers::of(&panels)?;
    let arms = arms(&panels).map_err(Failure::usage)?;

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
    let simulated = panels.iter().any(|panel| panel.simulated());
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
        simulated,
    };
    let hashes: BTreeMap<String, String> = panels
        .iter()
        .map(|panel| (panel.name.clone(), panel::hash(panel)))
        .collect();
    let provenance = provenance(args, &bench, &set, &panels, &hashes);
    let meta = RunMeta {
        panels: hashes,
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
        panel_files: args.panels.iter().map(absolute).collect(),
        cases_dir: absolute(&args.cases),
        answers: None,
        budget_usd: args.budget_usd,
        tasks: bench.tasks().len(),
        state: RunState::Begun,
        simulated,
    };
    let (case_chars, rubric_chars) = panels::sizes_of(&set);
    let estimates = panels
        .iter()
        .map(|panel| {
            let per_item = panel::estimate(panel, case_chars, rubric_chars);
            (bench.items.len() * args.trials as usize, per_item)
        })
        .collect();
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
        estimates,
    })
}

fn absolute(path: &std::path::PathBuf) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.clone())
}

/// All panels of a run have one task.
fn task_of(panels: &[Arc<Panel>]) -> Result<Task, Failure> {
    let Some(first) = panels.first() else {
        return Err(Failure::usage("no panel was named"));
    };
    match panels.iter().find(|panel| panel.task != first.task) {
        None => Ok(first.task),
        Some(other) => Err(Failure::usage(format!(
            "panel \"{}\" is for the task {}, panel \"{}\" for {}: a run has one task. Name it \
             with --task, or run them apart",
            first.name,
            first.task.name(),
            other.name,
            other.task.name()
        ))),
    }
}

/// The score profile that judged answers get; options are graded by the one
/// that there is for them.
fn profile_of(task: Task, typed: Option<&str>) -> Result<Profile, Failure> {
    let graded = GradingProfile::NOHARM_V1.name();
    match (task, typed) {
        (_, None) => Ok(Profile::default()),
        (Task::Options, Some(name)) if name == graded => Ok(Profile::default()),
        (Task::Options, Some(name)) => Err(Failure::usage(format!(
            "--profile {name}: options are graded by {graded}, and by no other"
        ))),
        (Task::Plan, Some(name)) => Profile::by_name(name).ok_or_else(|| {
            let known: Vec<&str> = Profile::ALL.iter().map(Profile::name).collect();
            Failure::usage(format!(
                "--profile {name}: for plans there is {}; {graded} is for --task options",
                known.join(" and ")
            ))
        }),
    }
}

/// All panels of a run have one judge: a difference of judges would look like
/// a difference of panels.
fn judge_of(panels: &[Arc<Panel>]) -> Result<(Arc<Panel>, crate::panel::model::Judge), Failure> {
    let mut found: Option<(Arc<Panel>, crate::panel::model::Judge)> = None;
    for panel in panels {
        let Some(judge) = &panel.judge else {
            return Err(Failure::usage(format!(
                "panel \"{}\" names no judge, and without one nothing can be scored: add \
                 judge_file = \"judge-….toml\" or a [judge]",
                panel.name
            )));
        };
        match &found {
            None => found = Some((panel.clone(), judge.clone())),
            Some((first, known)) => {
                let model = |p: &Panel, name: &str| p.models.get(name).cloned();
                let same = known == judge
                    && model(first, &known.match_agent.model)
                        == model(panel, &judge.match_agent.model)
                    && known.review_agent.as_ref().map(|a| model(first, &a.model))
                        == judge.review_agent.as_ref().map(|a| model(panel, &a.model))
                    && [&judge.match_agent]
                        .into_iter()
                        .chain(&judge.review_agent)
                        .all(|a| first.prompts.get(&a.prompt) == panel.prompts.get(&a.prompt));
                if !same {
                    return Err(Failure::usage(format!(
                        "panels \"{}\" and \"{}\" have different judges: arms can only be compared \
                         under one. Let both name the same judge_file",
                        first.name, panel.name
                    )));
                }
            }
        }
    }
    found.ok_or_else(|| Failure::usage("no panel was named"))
}

fn provenance(
    args: &BenchArgs,
    bench: &Bench,
    set: &CaseSet,
    panels: &[Arc<Panel>],
    hashes: &BTreeMap<String, String>,
) -> Provenance {
    let judge = bench.judge.as_ref().map(|(panel, judge)| {
        let source = judges::source(panel, judge);
        JudgeId {
            name: name_in_records(judge, bench.simulated),
            matching: source.matching.unwrap_or_default(),
            review: source.review,
            prompts: source.prompts,
        }
    });
    let mut warnings = Vec::new();
    if bench.simulated {
        warnings.push(
            "SIMULATED: simulated models stand behind these numbers; they say nothing about real ones"
                .to_owned(),
        );
    }
    if set.open && !set.synthetic && !bench.simulated {
        warnings.push(format!(
            "The cases of \"{}\" are published: models may have seen them",
            set.name
        ));
    }
    if set.synthetic {
        warnings.push(format!(
            "The cases of \"{}\" are synthetic and were not reviewed by clinicians",
            set.name
        ));
    }
    for panel in panels {
        let agents = judges::vendors_of(panel);
        let judge = bench.judge.as_ref();
        warnings.extend(
            judge
                .into_iter()
                .flat_map(|(_, judge)| judges::vendor_warnings(judge, &agents)),
        );
    }
    warnings.dedup();
    let without: Vec<&str> = set.without_rubric();
    if !without.is_empty() {
        warnings.push(format!(
            "Without a rubric, so unscored: {}",
            without.join(", ")
        ));
    }
    Provenance {
        simulated: bench.simulated,
        seed: args.seed,
        trials: args.trials,
        k: args.k,
        case_set: CaseSetId {
            name: set.name.clone(),
            hash: set.hash.clone(),
            cases: bench
                .items
                .iter()
                .map(|item| item.base())
                .collect::<std::collections::BTreeSet<_>>()
                .len(),
            items: bench.items.len(),
        },
        panels: hashes.clone(),
        panel_hash: match panels {
            [only] => panel::hash(only),
            many => {
                use sha2::{Digest, Sha256};
                let mut all = Sha256::new();
                for panel in many {
                    all.update(panel::hash(panel).as_bytes());
                }
                format!("{:x}", all.finalize())
            }
        },
        prompt_hashes: folder::prompt_hashes(bench),
        judge,
        warnings,
    }
}

impl Setup {
    /// The plan before anything starts, for people.
    pub fn plan(&self) -> String {
        let mut text = String::new();
        if self.bench.simulated {
            text.push_str(if providers::only_simulated(&self.providers) {
                "SIMULATED models: nothing real is asked and nothing is spent\n"
            } else {
                "SIMULATED in part: some models are simulated, others are real and are asked\n"
            });
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
        let totals = self.totals();
        let price = match (totals.usd, totals.unpriced.is_empty()) {
            (usd, true) => format!("${usd:.2}"),
            (usd, false) => format!(
                "${usd:.2} and what {} costs (no price in the panel)",
                totals.unpriced.join(", ")
            ),
        };
        text.push_str(&format!(
            "estimate: {} calls, {} prompt and {} completion tokens, {price}, {}",
            totals.calls,
            totals.prompt,
            totals.completion,
            about(totals.seconds)
        ));
        text
    }

    /// The plan for programs.
    pub fn plan_json(&self) -> Value {
        let totals = self.totals();
        json!({
            "simulated": self.bench.simulated,
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

    /// Calls of the whole run, roughly: panels that share advisors share calls.
    pub fn expected_calls(&self) -> usize {
        usize::try_from(self.totals().calls).unwrap_or(usize::MAX)
    }

    fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (panel, (items, estimate)) in self.panels.iter().zip(&self.estimates) {
            let n = *items as u64;
            let one = estimate.total();
            totals.calls += one.calls * n;
            totals.prompt += one.prompt_tokens * n;
            totals.completion += one.completion_tokens * n;
            totals.usd += one.usd_priced * n as f64;
            totals.seconds += estimate.run_seconds(panel, n);
            totals.unpriced.extend(estimate.unpriced.iter().cloned());
        }
        totals.unpriced.sort();
        totals.unpriced.dedup();
        totals
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
        let estimate = self.totals().usd;
        (estimate > budget).then(|| {
            format!(
                "the estimate of ${estimate:.2} is beyond the budget of ${budget:.2}: the run will \
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

#[derive(Default)]
struct Totals {
    calls: u64,
    prompt: u64,
    completion: u64,
    usd: f64,
    seconds: f64,
    unpriced: Vec<String>,
}
