//! A quick look at what `cargo run --release --example coverage` measures at
//! length: how often our intervals cover a known truth.

use crate::world::{Dice, WORLDS, World, ids};
use primum::score::bootstrap;
use primum::stats::interval::{Kind, mean_interval};
use primum::stats::parallel::parallel_map;

const RUNS: usize = 1_000;

/// Coverage of ours at 95% in so many runs.
fn covered(world: &World, n: usize) -> f64 {
    let mut dice = Dice::new(5);
    let truth = world.truth();
    let hits = (0..RUNS)
        .filter(|_| {
            let found = mean_interval(world.kind, &world.draw(n, &mut dice), 0.95);
            found.is_some_and(|found| found.lo <= truth && truth <= found.hi)
        })
        .count();
    hits as f64 / RUNS as f64
}

/// Rare events with one answer a case: with one or two of them in 30 cases no
/// interval can have the level that it says; ours must then cover more.
fn sparse(world: &World, n: usize) -> bool {
    let either = world.means.0.max(world.means.1);
    world.kind == Kind::RateDifference && world.items == 1 && either * (n as f64) < 5.0
}

#[test]
fn intervals_cover_as_often_as_they_say() {
    let work: Vec<(&World, usize)> = WORLDS
        .iter()
        .flat_map(|world| [(world, 30), (world, 100)])
        // Eleven answers to each of 100 cases take long without optimisation.
        .filter(|(world, n)| *n == 30 || world.items == 1)
        .collect();
    let found = parallel_map(work.len(), |i| covered(work[i].0, work[i].1));
    for ((world, n), covered) in work.into_iter().zip(found) {
        let most = if sparse(world, n) { 1.0 } else { 0.985 };
        // The standard error of each is 0.007.
        assert!(
            (0.92..=most).contains(&covered),
            "{:?}, {}, {n} cases: {covered}",
            world.kind,
            world.name
        );
    }
}

#[test]
fn the_interval_of_the_benchmark_is_too_narrow_at_30_cases() {
    let Some(world) = WORLDS.iter().find(|w| w.kind == Kind::ScoreDifference) else {
        panic!("there are differences of scores");
    };
    let (mut dice, names, truth) = (Dice::new(6), ids(30), world.truth());
    let hits = (0..300)
        .filter(|_| {
            let values: Vec<(&str, f64)> = names
                .iter()
                .map(String::as_str)
                .zip(world.draw(30, &mut dice))
                .collect();
            let found = bootstrap::interval(&values, 300);
            found.lo <= truth && truth <= found.hi
        })
        .count();
    // 88 in 100 at length; it says 95.
    assert!(hits < 280, "{hits} of 300");
}
