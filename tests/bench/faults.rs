//! A fifth of all calls goes wrong, the judge's among them: whatever is not
//! lost for good must come out as if nothing had happened.
//!
//! Two of the simulator's faults are left out, because they are not passing
//! ones: `quota` says that nothing will be answered any more and stops the run
//! (`bad_input`), and `cut_answer` is a whole answer of a model that
//! stopped at its token limit, so there is nothing to ask again for and the
//! text really is another one.

use std::collections::{BTreeMap, BTreeSet};

use crate::bench_common::folder::{comparable, lines, unlike};
use crate::bench_common::panel::Draft;
use crate::bench_common::provider::Provider;
use crate::bench_common::{Ended, Place, arms, count, must, run, total};
use serde_json::Value;

const KINDS: [&str; 11] = [
    "429",
    "500",
    "503",
    "hang",
    "slow_drip",
    "cut",
    "truncated_json",
    "prose",
    "wrong_schema",
    "empty",
    "off_spec_error",
];

/// How many runs go on at once; they mostly wait.
const AT_ONCE: usize = 7;

/// Faults of these kinds, as settings of a simulated provider.
fn faults(kinds: &[&str], seed: u64) -> String {
    format!(
        "faults = {{ rate = 0.2, kinds = {kinds:?}, seed = {seed}, hang_seconds = 8.0, \
         drip_seconds = 0.2, retry_after_ms = 20 }}"
    )
}

fn limits(attempts: u32) -> String {
    format!("in_flight = 12\ncall_seconds = 3.0\nattempts = {attempts}")
}

/// Items for which a call failed for good, by the journal.
fn failed_items(place: &Place, out: &str) -> BTreeSet<String> {
    let failures = place.journal(out).failures().expect("failures");
    failures.iter().map(|row| row.item.to_string()).collect()
}

/// What must hold of every run under faults. Returns how many items a failure
/// has touched.
fn check(place: &Place, out: &str, whole: &str, ended: &Ended) -> usize {
    let failed = failed_items(place, out);
    let summary = place.summary(out);
    let unscored = total(&summary, "unscored");
    let expected = if unscored == 0 { 0 } else { 3 };
    assert_eq!(ended.code, Some(expected), "{out}\n{}", ended.stderr);

    // Every item is scored, or named as unscored with a reason, and never
    // without a failed call.
    let (lines, sound) = (lines(&place.path(out)), lines(&place.path(whole)));
    for arm in arms(&summary) {
        assert_eq!(count(&summary, &arm, "items"), 8);
        let stem = arm.replace(':', ".");
        let judged: BTreeSet<&str> = lines
            .keys()
            .filter(|(file, ..)| *file == format!("judged/{stem}.jsonl"))
            .map(|(_, item, _)| item.as_str())
            .collect();
        let named: BTreeSet<&str> = summary["arms"][&arm]["unscored_items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| {
                let why = row["why"].as_str().expect("a reason");
                assert!(
                    !why.is_empty() && why != "not reached",
                    "{out} {arm}: {why}"
                );
                row["item"].as_str().expect("an item")
            })
            .collect();
        assert_eq!(judged.intersection(&named).count(), 0, "{out} {arm}");
        assert_eq!(judged.len() + named.len(), 8, "{out} {arm}");
        assert_eq!(named.len() as u64, count(&summary, &arm, "unscored"));
        assert!(
            named.iter().all(|item| failed.contains(*item)),
            "{out} {arm}: unscored without a failed call: {named:?}, failed: {failed:?}"
        );
    }

    // What no failure touched is the same to the byte.
    let untouched = |lines: &BTreeMap<(String, String, u64), String>| {
        let mut lines = lines.clone();
        lines.retain(|(_, item, _), _| !failed.contains(item));
        lines
    };
    let (lines, sound) = (untouched(&lines), untouched(&sound));
    assert_eq!(
        lines.keys().collect::<Vec<_>>(),
        sound.keys().collect::<Vec<_>>(),
        "{out}"
    );
    for (key, line) in &lines {
        assert_eq!(line, &sound[key], "{out} {key:?}");
    }
    failed.len()
}

#[test]
fn passing_faults_of_every_kind_change_nothing() {
    let place = Place::new();
    let sound = Draft::demo().limits(&limits(5)).write(&place, "sound");
    must(0, place.bench(&sound, "sound").arg("--quiet"));
    // Each kind alone, and all of them mixed; with two attempts only, so that
    // some calls fail for good, and again with eight, which hardly any call
    // needs: which calls meet a fault depends on every byte that is sent.
    let mut runs: Vec<(String, Vec<&str>, u32)> = KINDS
        .iter()
        .map(|kind| (format!("only-{}", kind.replace('_', "-")), vec![*kind], 8))
        .collect();
    runs.push(("mixed".into(), KINDS.to_vec(), 8));
    runs.push(("mixed-short".into(), KINDS.to_vec(), 2));
    runs.push(("server-short".into(), vec!["500", "cut", "empty"], 2));
    let mut touched = BTreeMap::new();
    for some in runs.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            let open: Vec<_> = some
                .iter()
                .map(|(name, kinds, attempts)| {
                    let place = &place;
                    scope.spawn(move || {
                        let panel = Draft::demo()
                            .limits(&limits(*attempts))
                            .simulated(&faults(kinds, 3))
                            .write(place, name);
                        let ended = run(place.bench(&panel, name).arg("--quiet"));
                        (name, check(place, name, "sound", &ended), ended.took)
                    })
                })
                .collect();
            for run in open {
                let (name, failed, took) = run.join().expect("the run is sound");
                println!("{name}: {failed} of 8 items with a failed call, {took:.1?}");
                touched.insert(name.clone(), failed);
            }
        });
    }
    // The test must have seen both: runs in which everything was mended, and
    // runs in which something was lost.
    assert!(touched["mixed-short"] > 0 && touched["server-short"] > 0);
    assert!(touched.values().filter(|n| **n == 0).count() >= 6);
}

#[test]
fn running_it_again_asks_only_for_what_failed_and_ends_as_if_nothing_had_happened() {
    let place = Place::new();
    let faulty = Provider::start(&place, &faults(&["500", "empty", "cut", "wrong_schema"], 5));
    let sound = Provider::start(&place, "");
    let panel = |provider: &Provider, name: &str| {
        Draft::demo()
            .limits(&limits(2))
            .both("base_url", provider.url())
            .write(&place, name)
    };
    let (faulty_panel, sound_panel) = (panel(&faulty, "faulty"), panel(&sound, "sound"));
    must(0, place.bench(&sound_panel, "sound").arg("--quiet"));

    let mut runs = 0;
    loop {
        runs += 1;
        assert!(runs <= 6, "it does not get better");
        let known: BTreeMap<_, _> = match runs {
            1 => BTreeMap::new(),
            _ => rows(&place),
        };
        let failed = match runs {
            1 => BTreeSet::new(),
            _ => failed_items(&place, "run"),
        };
        let before = faulty.requests();
        let ended = run(place.bench(&faulty_panel, "run").arg("--quiet"));
        let asked = faulty.requests() - before;
        let now = rows(&place);
        let journal = place.journal("run");
        if runs > 1 {
            for (key, row) in &known {
                assert_eq!(now.get(key), Some(row), "a bought call was touched");
            }
            for (_, (item, ..)) in now.iter().filter(|(key, _)| !known.contains_key(*key)) {
                assert!(
                    failed.contains(item),
                    "{item} was whole and was asked again"
                );
            }
            let new: u64 = now
                .iter()
                .filter(|(key, _)| !known.contains_key(*key))
                .map(|(_, (_, attempts, _))| u64::from(*attempts))
                .sum();
            let still = journal.failures().expect("failures");
            let still: u64 = still.iter().map(|row| u64::from(row.attempts)).sum();
            assert!(
                asked <= new + still,
                "{asked} requests, {new} + {still} explained"
            );
        }
        println!("run {runs}: {asked} requests, {} calls", now.len());
        // A run whose items are all scored, some of them degraded, is done; the
        // same command still asks for what failed. What failed on the way of an
        // answer that has come another way since is asked no more.
        if ended.code == Some(0) && (asked == 0 || failed_items(&place, "run").is_empty()) {
            break;
        }
        let done = ended.code == Some(0);
        assert!(
            done || ended.stderr.contains("--resume"),
            "{}",
            ended.stderr
        );
    }
    assert!(runs > 1, "the test must have seen a failed call");
    let (a, b) = (
        comparable(&place.path("run")),
        comparable(&place.path("sound")),
    );
    assert_eq!(unlike(&a, &b), ["panel.resolved.toml"]);
}

type Row = (String, u32, u64);

/// What the journal holds: item, attempts and time by key.
fn rows(place: &Place) -> BTreeMap<String, Row> {
    let calls = place.journal("run").calls().expect("calls");
    let row = |row: &primum::gateway::journal::CallRow| {
        (row.item.to_string(), row.attempts, row.created_at)
    };
    calls.iter().map(|c| (c.key.to_string(), row(c))).collect()
}

#[test]
fn an_answer_that_ends_at_a_token_limit_is_an_answer() {
    // Why `cut_answer` is not among the faults above: the run is whole, and
    // its texts are other ones.
    let place = Place::new();
    let mut draft = Draft::small();
    let faults = "faults = { rate = 1.0, kinds = [\"cut_answer\"] }";
    let faults: toml::Table = faults.parse().expect("TOML");
    // The judge's answers are whole: a cut one is no verdict.
    draft.providers()[0].insert("simulated".into(), toml::Value::Table(faults));
    let panel = draft.write(&place, "cut");
    let ended = run(place.bench(&panel, "run").args(["--limit", "2", "--quiet"]));
    let summary: Value = place.summary("run");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(count(&summary, "solo:ada", "scored"), 2);
}
