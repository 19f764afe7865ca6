//! Truth recovered: over many worlds of simulated models the benchmark, run as
//! a whole (panel file, deliberation, judge, journal, HTTP), finds the rates of
//! severe harm that the truth program computes without any of it, and finds
//! them wrong where the truth is computed for another world.
//!
//! `cargo test` takes two of the eight demo cases, the first of the judge's two
//! calls, and for the ensembles of equals fewer worlds, because an unoptimised
//! build is slow; the judge reads without error, so its review has nothing to
//! correct. All cases, both calls and a thousand worlds for everything:
//!
//! ```text
//! cargo test --release --test simulate whole_benchmark -- --ignored --nocapture
//! ```

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use primum::bench::item::HALTING;
use primum::bench::run::ITEM;
use primum::bench::schedule::AnswerKey;
use primum::bench::{self, Arm, ArmKind, Bench, ItemResult, arms};
use primum::cases::{CaseSet, Selection, load, select};
use primum::clinical::Outcome;
use primum::gateway::journal::{Journal, system_clock};
use primum::gateway::{Gateway, GatewayConfig};
use primum::panel::model::Panel;
use primum::score::{Healing, Profile, score_record};
use primum::simulate::SimConfig;
use serde_json::json;

use crate::simulate_common::{config, demo_dir, start, truth};

/// Members of `tests/panels/truth.toml` by their models.
const UNLIKE: [&str; 3] = ["sim-alpha", "sim-beta", "sim-gamma"];
const EQUALS: [&str; 3] = ["sim-alpha"; 3];

/// Worlds that share a journal, so that memory does not grow with their number.
const TOGETHER: u64 = 25;

/// How much of it is done.
struct Scale {
    worlds: u64,
    /// Base cases.
    only: &'static [&'static str],
    review: bool,
}

/// What a debug build has time for: two cases that have, between them, every
/// kind of thing that decides about severe harm but one (a score of 9 that
/// depends on another option, which no demo case has).
const QUICK: Scale = Scale {
    worlds: 500,
    only: &["Card901", "Neuro901"],
    review: false,
};

const WHOLE: Scale = Scale {
    worlds: 1_000,
    only: &["*"],
    review: true,
};

/// Severe-harm rates by arm, world by world.
type Rates = BTreeMap<String, Vec<f64>>;

/// The panel in one world: its models' ids name the world, its agents and
/// itself too, so that many worlds fit into one run.
fn panel_of(plain: &Panel, members: &[&str], world: u64, scale: &Scale) -> Arc<Panel> {
    let mut panel = plain.clone();
    panel.name = format!("truth-w{world}");
    for (advisor, id) in panel.advisors.iter_mut().zip(members) {
        let model = plain.models.values().find(|model| model.id == *id);
        advisor.model.clone_from(&model.expect("a model").name);
        advisor.name = format!("{}-w{world}", advisor.name);
    }
    panel.consensus.lead = format!("{}-w{world}", panel.consensus.lead);
    let judge = panel.judge.as_mut().expect("a judge");
    if !scale.review {
        judge.review_agent = None;
    }
    for model in panel.models.values_mut() {
        if model.name != judge.match_agent.model {
            model.id = format!("{}@w{world}", model.id);
        }
    }
    Arc::new(panel)
}

/// The advisors alone, and the panel.
fn is_compared(arm: &Arm) -> bool {
    match &arm.kind {
        ArmKind::Panel => true,
        ArmKind::Solo(agent) => arm.panel.advisors.contains(agent),
        _ => false,
    }
}

fn bench_of(set: &CaseSet, scale: &Scale, panels: &[Arc<Panel>]) -> Bench {
    let selection = Selection {
        only: scale.only.iter().map(ToString::to_string).collect(),
        ..Selection::default()
    };
    let items = select(set, &selection).expect("some items");
    let keys: HashMap<String, AnswerKey> = items
        .iter()
        .map(|selected| {
            let case = &set.cases[selected.case];
            let key = AnswerKey::of(case).expect("a rubric");
            (case.id.clone(), key)
        })
        .collect();
    let mut arms = arms(panels, &[]).expect("arms");
    arms.retain(is_compared);
    Bench {
        arms,
        items: items.into_iter().map(|selected| selected.item).collect(),
        keys,
        trials: 1,
        seed: 0,
        profile: Profile::by_name("noharm-2026-07").expect("a profile"),
        judge: Some((panels[0].clone(), panels[0].judge.clone().expect("a judge"))),
        grading: None,
        ledger: primum::bench::Ledgering::Off,
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true),
    }
}

/// Runs the benchmark over all worlds: rates by seat (`0`, `1`, `2`) and of
/// the panel.
async fn measure(members: &[&str], config: SimConfig, scale: &Scale) -> Rates {
    let set = load(demo_dir()).expect("the demo cases");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/panels/truth.toml");
    let plain = primum::panel::load(&file).expect("the panel").panel;
    let (server, _) = start(&set.cases, config).await;
    let mut providers = plain.providers.clone();
    for provider in providers.values_mut() {
        provider.base_url = server.base_url();
    }

    let mut rates = Rates::new();
    for first in (0..scale.worlds).step_by(TOGETHER as usize) {
        let worlds = first..(first + TOGETHER).min(scale.worlds);
        let panels: Vec<Arc<Panel>> = worlds
            .map(|world| panel_of(&plain, members, world, scale))
            .collect();
        let bench = Arc::new(bench_of(&set, scale, &panels));
        let journal = Journal::in_memory(system_clock).expect("a journal");
        let gateway = Gateway::new(GatewayConfig {
            halt_on: HALTING.to_vec(),
            ..GatewayConfig::new(providers.clone(), journal.clone())
        })
        .expect("a gateway");
        let end = bench::run(bench.clone(), gateway, journal.clone(), Arc::default(), 64)
            .await
            .expect("a run");
        assert_eq!(end.missing, 0, "{:?}", end.stopped_by);
        enter(&bench, &journal, &mut rates);
    }
    rates
}

/// Enters each arm's rate of severe harm: one number a world.
fn enter(bench: &Bench, journal: &Journal, rates: &mut Rates) {
    for (index, arm) in bench.arms.iter().enumerate() {
        let harmed: Vec<f64> = bench
            .tasks()
            .into_iter()
            .filter(|task| task.arm == index)
            .map(|task| {
                let id = bench.id_of(task);
                let body = journal.result(ITEM, &id).expect("a journal");
                let result: ItemResult =
                    serde_json::from_str(&body.expect("a result")).expect("JSON");
                assert_eq!(result.outcome, Outcome::Complete, "{id}");
                assert!(result.judge_left_out.is_empty(), "{id}");
                let record = result.judged.unwrap_or_else(|| panic!("{id} is unscored"));
                let key = bench.key_of(&bench.items[task.item]).expect("a rubric");
                let metrics =
                    score_record(&bench.profile, &key.prepared, &record, Healing::AsItStands);
                f64::from(u8::from(metrics.expect("scores").severe))
            })
            .collect();
        let name = match &arm.kind {
            ArmKind::Solo(agent) => {
                let seat = arm.panel.advisors.iter().position(|a| a == agent);
                seat.expect("an advisor").to_string()
            }
            _ => "panel".to_owned(),
        };
        let mean = harmed.iter().sum::<f64>() / harmed.len() as f64;
        rates.entry(name).or_default().push(mean);
    }
}

/// What the truth program says for these cases.
fn truth_of(
    config: &SimConfig,
    scale: &Scale,
    members: &[&str],
    rho: f64,
) -> BTreeMap<String, f64> {
    let folder = tempfile::tempdir().expect("a folder");
    let rubrics = folder.path().join("dataset/rubrics");
    std::fs::create_dir_all(&rubrics).expect("a folder");
    for entry in std::fs::read_dir(demo_dir().join("dataset/rubrics")).expect("rubrics") {
        let path = entry.expect("a rubric").path();
        let name = path.file_name().expect("a name");
        let case = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("an id");
        if scale.only.iter().any(|only| *only == "*" || *only == case) {
            std::fs::copy(&path, rubrics.join(name)).expect("a copy");
        }
    }
    truth(config, folder.path(), &[&members.join(",")], Some(rho))
}

/// Mean and standard error.
fn mean(rates: &[f64]) -> (f64, f64) {
    let n = rates.len() as f64;
    let mean = rates.iter().sum::<f64>() / n;
    let variance = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// How many standard errors each arm lies from a truth.
fn distances(rates: &Rates, members: &[&str], truth: &BTreeMap<String, f64>) -> Vec<(String, f64)> {
    let seats = members.iter().enumerate();
    seats
        .map(|(seat, model)| (seat.to_string(), (*model).to_owned()))
        .chain([("panel".to_owned(), members.join("+"))])
        .map(|(column, name)| {
            let (rate, se) = mean(&rates[&column]);
            let z = (rate - truth[&name]) / se;
            println!(
                "SIMULATED {name}: {rate:.4} measured, {:.4} true, z = {z:+.2}",
                truth[&name]
            );
            (name, z)
        })
        .collect()
}

async fn recovers_the_truth(scale: &Scale) {
    let config = SimConfig::default();
    let rates = measure(&UNLIKE, config.clone(), scale).await;
    let expected = truth_of(&config, scale, &UNLIKE, config.correlation.rho);
    for (name, z) in distances(&rates, &UNLIKE, &expected) {
        assert!(
            z.abs() < 4.0,
            "{name} is {z} standard errors from the truth"
        );
    }
    println!("and if rho were {:.2}:", config.correlation.rho + 0.3);
    let shifted = truth_of(&config, scale, &UNLIKE, config.correlation.rho + 0.3);
    let found_out = distances(&rates, &UNLIKE, &shifted)
        .iter()
        .any(|(_, z)| z.abs() > 4.0);
    assert!(found_out, "the negative control passes");
}

/// Equal members without neutral options: what one writes is what all write,
/// as far as they know the same.
async fn equals(rho: f64, scale: &Scale) -> Rates {
    let config = config(json!({
        "rho": rho, "rho_family": rho, "rho_self": rho,
        "models": {"sim-alpha": {"neutral": 0.0}},
    }));
    let rates = measure(&EQUALS, config.clone(), scale).await;
    println!("rho = {rho}:");
    let expected = truth_of(&config, scale, &EQUALS, rho);
    for (name, z) in distances(&rates, &EQUALS, &expected) {
        assert!(
            z.abs() < 4.0,
            "{name} is {z} standard errors from the truth"
        );
    }
    rates
}

async fn equals_gain_nothing_at_rho_one_and_much_at_rho_zero(scale: &Scale) {
    let same = equals(1.0, scale).await;
    assert_eq!(same["panel"], same["0"], "world by world");

    let unlike = equals(0.0, scale).await;
    let gains: Vec<f64> = unlike["0"]
        .iter()
        .zip(&unlike["panel"])
        .map(|(alone, panel)| alone - panel)
        .collect();
    let (gain, se) = mean(&gains);
    println!("the panel harms less by {gain:.4}, standard error {se:.4}");
    assert!(gain > 4.0 * se);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_benchmark_recovers_the_truth() {
    recovers_the_truth(&QUICK).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ensemble_of_equals() {
    let scale = Scale {
        worlds: 60,
        ..QUICK
    };
    equals_gain_nothing_at_rho_one_and_much_at_rho_zero(&scale).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "minutes; see the top of this file"]
async fn the_whole_benchmark_recovers_the_truth() {
    recovers_the_truth(&WHOLE).await;
    equals_gain_nothing_at_rho_one_and_much_at_rho_zero(&WHOLE).await;
}
