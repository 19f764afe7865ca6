//! The program's own way: deliberation, judge, scoring, journal on disk.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use primum::bench::schedule::AnswerKey;
use primum::bench::{self, ArmKind, Bench, Progress, arms};
use primum::gateway::journal::{Journal, system_clock};
use primum::gateway::{Gateway, GatewayConfig};
use primum::score::Profile;

use crate::Failure;
use crate::items::{ITEMS, cases, file};
use crate::shape::Shapes;
use crate::usage::Figures;

#[tokio::main]
pub async fn run(address: &str, shapes: &str) -> Result<(), Failure> {
    let mut bench = bench()?;
    bench.arms.retain(|arm| arm.kind == ArmKind::Panel);
    let mut providers = bench.arms[0].panel.providers.clone();
    for provider in providers.values_mut() {
        provider.base_url = address.to_owned();
    }
    // Beside the build, not in a temporary folder: that may be in memory.
    let folder = tempfile::tempdir_in(file("target"))?;
    let journal = Journal::open(&folder.path().join("run.sqlite"), system_clock)?;
    let gateway = Gateway::new(GatewayConfig::new(providers, journal.clone()))?;

    let started = Instant::now();
    let progress = Arc::new(Progress::default());
    let end = bench::run(
        Arc::new(bench),
        gateway,
        journal.clone(),
        progress.clone(),
        ITEMS,
    )
    .await?;
    let figures = Figures::since(started, &Shapes::default())?;

    let scored = progress.scored.load(Ordering::Relaxed);
    let asked = Shapes::of(&journal)?;
    // Every item is answered and judged, and nothing was asked again.
    if end.missing > 0 || scored < ITEMS || asked.0.len() != ITEMS {
        let calls = journal.calls_count();
        return Err(format!("{scored} items scored with {calls} calls: not what was meant").into());
    }
    asked.write(shapes)?;
    figures.of(&asked).print()
}

fn bench() -> Result<Bench, Failure> {
    let panel = primum::panel::load(&file("examples/fanout/panel.toml"));
    let panel = Arc::new(panel.map_err(|faults| format!("{faults:?}"))?.panel);
    let cases = cases()?;
    let keys: HashMap<String, AnswerKey> = cases
        .iter()
        .filter_map(|case| Some((case.id.clone(), AnswerKey::of(case)?)))
        .collect();
    Ok(Bench {
        arms: arms(std::slice::from_ref(&panel), &[])?,
        items: cases.iter().map(|case| case.items[0].clone()).collect(),
        keys,
        trials: 1,
        seed: 0,
        profile: Profile::by_name("noharm-2026-07").ok_or("no profile")?,
        judge: Some((panel.clone(), panel.judge.clone().ok_or("no judge")?)),
        grading: None,
        ledger: primum::bench::Ledgering::Off,
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true),
    })
}
