//! Killed at any moment, a run goes on where it was and buys nothing twice.
//! The provider is a process of its own, so that its count survives.

use std::process::Child;
use std::time::{Duration, Instant};

use crate::bench_common::folder::assert_same;
use crate::bench_common::panel::Draft;
use crate::bench_common::provider::Provider;
use crate::bench_common::{Place, must, start};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

const KILLS: usize = 20;

/// Of these, so many while the results are worked out and written, when all
/// calls are bought.
const LATE_KILLS: usize = 4;

/// Of each provider; panel and judge have one each.
const IN_FLIGHT: u64 = 6;

/// When to kill: when the provider has seen so many requests, and so much
/// later.
struct Moment {
    requests: u64,
    later: Duration,
}

/// Moments over a whole run of `calls` calls: one drawn from each of equal
/// parts of it.
fn moments(calls: u64, rng: &mut ChaCha8Rng) -> Vec<Moment> {
    let mut below = |limit: u64| rng.next_u64() % limit;
    let early = (KILLS - LATE_KILLS) as u64;
    let mut moments: Vec<Moment> = (0..early)
        .map(|part| Moment {
            requests: (calls * part + below(calls)) / early,
            later: Duration::from_millis(below(40)),
        })
        .collect();
    moments.extend((0..LATE_KILLS).map(|_| Moment {
        requests: calls,
        later: Duration::from_millis(below(400)),
    }));
    moments
}

/// Kills the run at the moment; `false`: it had ended before.
fn kill_at(run: &mut Child, provider: &Provider, begun: u64, moment: &Moment) -> bool {
    let patience = Instant::now() + Duration::from_secs(60);
    while provider.requests() - begun < moment.requests {
        if run.try_wait().expect("the run").is_some() {
            return false;
        }
        assert!(Instant::now() < patience, "the run makes no progress");
        std::thread::sleep(Duration::from_millis(3));
    }
    std::thread::sleep(moment.later);
    if run.try_wait().expect("the run").is_some() {
        return false;
    }
    run.kill().expect("SIGKILL");
    run.wait().expect("the run");
    true
}

#[test]
fn killed_twenty_times_a_run_ends_as_if_it_had_not_been() {
    let place = Place::of_this_build();
    let latency: String = ["alpha", "beta", "gamma", "delta", "epsilon", "judge"]
        .iter()
        .map(|model| format!("[models.sim-{model}]\nlatency_ms = 60.0\nlatency_spread = 0.5\n"))
        .collect();
    let provider = Provider::start(&place, &latency);
    let panel = Draft::demo()
        .limits(&format!("in_flight = {IN_FLIGHT}"))
        .both("base_url", provider.url())
        .write(&place, "p");
    let whole = must(0, place.bench(&panel, "whole").arg("--quiet"));
    let calls = place.journal("whole").calls_count() as u64;
    assert_eq!(provider.requests(), calls);
    println!("a whole run: {calls} calls in {:.1?}", whole.took);

    let begun = provider.requests();
    let mut rng = ChaCha8Rng::seed_from_u64(20);
    let (mut kills, mut lost, mut journaled) = (0, 0, 0);
    // A moment that comes too late in its session is drawn again.
    let mut rounds = 0;
    let mut open: Vec<Moment> = moments(calls, &mut rng);
    open.reverse();
    while let Some(moment) = open.pop() {
        rounds += 1;
        assert!(rounds <= 2 * KILLS, "runs end before they are killed");
        let before = provider.requests();
        // The same command, and by turns the one that people are told.
        let mut command = if kills % 2 == 0 || !place.path("killed/run.sqlite").exists() {
            place.bench(&panel, "killed")
        } else {
            place.primum(&["bench", "--resume", "killed"])
        };
        let mut run = start(command.arg("--quiet"));
        if !kill_at(&mut run, &provider, begun + lost, &moment) {
            println!("a session ended before it was killed");
            open.push(Moment {
                later: moment.later / 2,
                ..moment
            });
            continue;
        }
        kills += 1;
        // A request that was on its way when the run died may still arrive.
        std::thread::sleep(Duration::from_millis(20));
        let sent = provider.requests() - before;
        let now = match place.path("killed/run.sqlite").exists() {
            true => place.journal("killed").calls_count() as u64,
            false => 0,
        };
        let kept = now - journaled;
        journaled = now;
        let in_flight = sent - kept;
        lost += in_flight;
        println!("kill {kills}: {sent} sent, {kept} journaled, {in_flight} in flight");
        // Two windows; and answers that had come and whose commit had not
        // returned, which on a slow disk are a few more.
        assert!(
            in_flight <= 3 * IN_FLIGHT,
            "more were lost than were in flight"
        );
    }
    assert!(lost <= KILLS as u64 * 2 * IN_FLIGHT, "{lost}");
    assert_eq!(kills, KILLS);
    must(0, place.bench(&panel, "killed").arg("--quiet"));

    assert_eq!(place.journal("killed").calls_count() as u64, calls);
    assert_eq!(place.journal("killed").failures().expect("failures"), []);
    let requests = provider.requests() - begun;
    println!("{requests} requests for {calls} calls, {lost} lost in {kills} kills");
    assert_eq!(requests, calls + lost, "something was bought twice");
    assert_same(&place.path("whole"), &place.path("killed"));
}
