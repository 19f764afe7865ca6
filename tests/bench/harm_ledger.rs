//! The harm ledger against what the simulator knows it caused: panels with
//! guardians that do harm on purpose, a judge that reads without error, and one
//! that errs.
//!
//! Where the truth comes from is in `harm_truth`.

use crate::bench_common;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use primum::clinical::HarmType;
use primum::evidence::ledger::{Change, HarmPath, StageFlow};
use primum::evidence::{Harm, harms_of};
use serde_json::{Value, json};

use crate::bench_common::panel::Draft;
use crate::bench_common::{Place, must};
use crate::harm_truth::{Answered, Found, Options, Truth, answers, harms, judged, plain};

/// The demo panel with guardians that take out what matters, bring in what
/// harms, and mend what they can; its limits let them.
fn spoilt(world: u64) -> Draft {
    let mut draft = Draft::demo();
    let settings = format!(
        "world_seed = {world}\nmodels.sim-epsilon.as_guardian = \"remove\"\n\
         models.sim-beta.as_guardian = \"harm\"\n"
    );
    draft.providers()[0].insert(
        "simulated".into(),
        toml::Value::Table(settings.parse().expect("TOML")),
    );
    let honest: toml::Table = "name = \"gil\"\nmodel = \"delta\"".parse().expect("TOML");
    draft.array("guardians").push(toml::Value::Table(honest));
    let edits: toml::Table =
        "max_edits = 5\nmax_added = 4\nmax_removed = 3\nprotect_vendors = 4\ncheckers = 0"
            .parse()
            .expect("TOML");
    draft
        .panel
        .insert("edits".into(), toml::Value::Table(edits));
    let budget: toml::Table = "words = 110".parse().expect("TOML");
    draft
        .panel
        .insert("budget".into(), toml::Value::Table(budget));
    draft
}

/// Sets how the judge errs: the first reader at this rate, and the second never
/// mends it.
fn erring(draft: &mut Draft, rate: f64) {
    let settings =
        format!("models.sim-judge.match_error = {rate}\nmodels.sim-judge.review_error = 1.0\n");
    let settings = toml::Value::Table(settings.parse().expect("TOML"));
    draft.providers()[1].insert("simulated".into(), settings);
}

/// What the ledger must say of one answer, stage by stage.
fn assert_stages(id: &str, answered: &Answered, truth: &Truth) {
    let case = &answered.case;
    let trace = &answered.flow().trace;
    assert!(trace.missing.is_empty(), "{id}: {:?}", trace.missing);
    let mut before = harms(case, &truth.start());
    assert_eq!(plain(&trace.start), before, "{id}: the drafts together");
    assert_eq!(trace.stages.len(), truth.stages.len(), "{id}");
    for (at, (stage, said)) in truth.stages.iter().zip(&trace.stages).enumerate() {
        let after = harms(case, &truth.at(at));
        assert_eq!(said.stage, stage.0, "{id}");
        let added: BTreeSet<Found> = after.difference(&before).copied().collect();
        let gone: BTreeSet<Found> = before.difference(&after).copied().collect();
        assert_eq!(plain(&said.added), added, "{id}: added by {}", said.stage);
        assert_eq!(
            plain(&said.prevented),
            gone,
            "{id}: prevented by {}",
            said.stage
        );
        before = after;
    }
}

/// Harms by stage, severity and kind over all answers of an arm.
fn count(into: &mut BTreeMap<String, [usize; 6]>, flow: &StageFlow, harms: &[Harm], sign: &str) {
    let counts = into.entry(format!("{sign}{}", flow.stage)).or_default();
    for harm in harms {
        let kind = 3 * usize::from(harm.harm_type == HarmType::Commission);
        counts[kind + harm.severity as usize] += 1;
    }
}

fn of_tally(tally: &Value) -> [usize; 6] {
    let mut all = [0; 6];
    for (k, kind) in ["omission", "commission"].iter().enumerate() {
        for (s, severity) in ["severe", "moderate", "mild"].iter().enumerate() {
            let count = tally[kind][severity].as_u64().expect("a count");
            all[3 * k + s] = usize::try_from(count).expect("small");
        }
    }
    all
}

/// The summary's numbers are the sums of the answers'.
fn assert_sums(summary: &Value, answers: &BTreeMap<String, Answered>) {
    for (panel, ledger) in summary["ledger"].as_object().expect("a ledger") {
        let mut sums: BTreeMap<String, [usize; 6]> = BTreeMap::new();
        let own = |id: &&String| id.starts_with(&format!("panel:{panel} "));
        let items: Vec<&Answered> = answers.keys().filter(own).map(|id| &answers[id]).collect();
        assert_eq!(ledger["items"], json!(items.len()));
        for answered in items {
            let trace = &answered.flow().trace;
            for flow in trace.stages.iter().chain([&trace.judge]) {
                count(&mut sums, flow, &flow.added, "+");
                count(&mut sums, flow, &flow.prevented, "-");
            }
        }
        let mut running = of_tally(&ledger["start"]).map(|n| n as i64);
        let stages = ledger["stages"].as_array().expect("stages").iter();
        for stage in stages.chain([&ledger["judge"]]) {
            let name = stage["stage"].as_str().expect("a name");
            for (sign, key) in [("+", "added"), ("-", "prevented")] {
                let said = of_tally(&stage[key]);
                let sum = sums.remove(&format!("{sign}{name}")).unwrap_or_default();
                assert_eq!(said, sum, "{panel}: {sign}{name}");
                for (total, n) in running.iter_mut().zip(said) {
                    *total += if sign == "+" { n as i64 } else { -(n as i64) };
                }
            }
        }
        assert_eq!(
            running,
            of_tally(&ledger["end"]).map(|n| n as i64),
            "{panel}"
        );
        assert!(sums.values().all(|counts| *counts == [0; 6]), "{sums:?}");
    }
}

fn assert_paths(id: &str, answered: &Answered, truth: &Truth) {
    let case = &answered.case;
    let trace = &answered.flow().trace;
    let last = harms(case, &truth.at(truth.stages.len() - 1));
    let there = |path: &&HarmPath| path.removed_by.is_none();
    let found: BTreeSet<Found> = trace
        .paths
        .iter()
        .filter(there)
        .map(|path| {
            (
                path.option.expect("an option"),
                path.harm_type,
                path.severity,
            )
        })
        .collect();
    assert_eq!(found, last, "{id}");
    for path in &trace.paths {
        let harm = (
            path.option.expect("an option"),
            path.harm_type,
            path.severity,
        );
        let with: Vec<&String> = truth
            .drafts
            .iter()
            .filter(|(_, done)| harms(case, done).contains(&harm))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(
            path.drafts.iter().collect::<Vec<_>>(),
            with,
            "{id}: {path:?}"
        );
        // From the last stage backwards: how long was it as it ended?
        let mut states = vec![("drafts", harms(case, &truth.start()).contains(&harm))];
        for (at, (stage, _)) in truth.stages.iter().enumerate() {
            states.push((stage, harms(case, &truth.at(at)).contains(&harm)));
        }
        let since = |wanted: bool| {
            let turned = states
                .windows(2)
                .rev()
                .find(|w| w[0].1 != w[1].1 && w[1].1 == wanted);
            turned.map_or("drafts", |w| w[1].0)
        };
        assert_eq!(path.introduced_by, since(true), "{id}: {path:?}");
        let removed = (!last.contains(&harm)).then(|| since(false).to_owned());
        assert_eq!(path.removed_by, removed, "{id}: {path:?}");
        assert!(!path.unlocated, "{id}: {path:?}");
    }
}

fn run(place: &Place, draft: &mut Draft, out: &str, args: &[&str]) {
    let panel = draft.write(place, out);
    let all = ["--ledger", "--quiet"];
    let ended = bench_common::run(place.bench(&panel, out).args(all).args(args));
    // A panel that abstained has an answer all the same.
    assert!(matches!(ended.code, Some(0 | 3)), "{}", ended.stderr);
}

#[test]
fn every_harm_is_put_down_to_the_stage_that_caused_it() {
    let place = Place::new();
    run(
        &place,
        &mut spoilt(3),
        "run",
        &["--protocol", "all", "--trials", "1"],
    );
    let answers = answers(&place, "run");
    assert_eq!(answers.len(), 5 * 8);
    let mut caused: BTreeMap<String, [usize; 6]> = BTreeMap::new();
    for (id, answered) in &answers {
        let truth = answered.truth();
        assert_stages(id, answered, &truth);
        assert_paths(id, answered, &truth);
        let trace = &answered.flow().trace;
        assert_eq!(trace.judge.misread, 0, "{id}");
        assert!(trace.judge.added.is_empty() && trace.judge.prevented.is_empty());
        let judged = answered.result.judged.as_ref().expect("a judgment");
        assert_eq!(trace.end, harms_of(judged), "{id}");
        for flow in &trace.stages {
            count(&mut caused, flow, &flow.added, "+");
            count(&mut caused, flow, &flow.prevented, "-");
        }
    }
    // Each stage did what it is there for, or there was nothing to be proved:
    // gus takes out what matters, gwen brings in what harms severely, gil mends.
    assert!(caused["+gus"][0] > 0, "{caused:?}");
    assert_eq!(caused["+gus"][3..], [0; 3], "{caused:?}");
    assert!(caused["+gwen"][3] > 0, "{caused:?}");
    assert!(caused["-gil"].iter().sum::<usize>() > 0, "{caused:?}");
    assert!(caused["+render"].iter().sum::<usize>() > 0, "{caused:?}");
    assert!(caused["+consensus"][0] > 0, "{caused:?}");
    assert!(
        caused["-consensus"][3..].iter().sum::<usize>() > 0,
        "{caused:?}"
    );
    assert_sums(&place.summary("run"), &answers);
}

#[test]
fn what_the_judge_reads_in_two_ways_is_the_judges() {
    let place = Place::new();
    let mut draft = spoilt(5);
    erring(&mut draft, 0.006);
    run(
        &place,
        &mut draft,
        "run",
        &["--protocol", "vote,synthesis,lead", "--trials", "2"],
    );
    let answers = answers(&place, "run");
    let (mut whole, mut flipped, mut at_the_end) = (0, 0, 0);
    for (id, answered) in &answers {
        let (truth, flow) = (answered.truth(), answered.flow());
        // What is read wrong at first sight cannot be known to be wrong.
        let drafts_are_right = flow
            .drafts
            .iter()
            .all(|draft| judged(flow, draft.verdict) == truth.drafts[&draft.plan.stage]);
        let mut ever = truth.start();
        let mut flips: Vec<usize> = Vec::new();
        let mut unchanged = true;
        for (at, stage) in flow.stages.iter().enumerate() {
            let (done, read) = (truth.at(at), judged(flow, stage.verdict));
            let wrong: Options = done.symmetric_difference(&read).copied().collect();
            let never = |id: &i64| done.contains(id) || !ever.contains(id);
            unchanged &= wrong.is_empty() || (truth.brings_no_words(at) && wrong.iter().all(never));
            flips.push(wrong.len());
            ever.extend(done);
        }
        if !drafts_are_right || !unchanged {
            continue;
        }
        whole += 1;
        flipped += flips.iter().sum::<usize>();
        assert_stages(id, answered, &truth);
        let trace = &flow.trace;
        let misread: Vec<usize> = trace.stages.iter().map(|flow| flow.misread).collect();
        assert_eq!(misread, flips, "{id}");
        let last = flow.stages.last().expect("an answer");
        let true_end = harms(&answered.case, &truth.at(flow.stages.len() - 1));
        let read_end = harms(&answered.case, &judged(flow, last.verdict));
        let added: BTreeSet<Found> = read_end.difference(&true_end).copied().collect();
        let gone: BTreeSet<Found> = true_end.difference(&read_end).copied().collect();
        assert_eq!(plain(&trace.judge.added), added, "{id}");
        assert_eq!(plain(&trace.judge.prevented), gone, "{id}");
        at_the_end += added.len() + gone.len();
    }
    println!(
        "SIMULATED: {whole} of {} answers, {flipped} flips on unchanged words, {at_the_end} harms of the judge",
        answers.len()
    );
    assert!(
        whole >= 12 && flipped >= 8 && at_the_end >= 2,
        "{whole} {flipped} {at_the_end}"
    );
    assert_sums(&place.summary("run"), &answers);
}

#[test]
fn confirmed_counterfactuals_stand_beside_predicted_ones() {
    let place = Place::new();
    let args = ["--confirm", "--protocol", "vote", "--trials", "2"];
    run(&place, &mut spoilt(3), "run", &args);
    let summary = place.summary("run");
    let ledger = &summary["ledger"]["demo-vote"];
    let items = ledger["items"].as_u64().expect("items");
    let what_ifs = ledger["what_ifs"].as_array().expect("what ifs");
    let names: Vec<Change> = what_ifs
        .iter()
        .map(|one| serde_json::from_value(one["change"].clone()).expect("a change"))
        .collect();
    let guardians = ["gus", "gwen", "gil"].map(|name| Change::WithoutGuardian(name.into()));
    let voices = (1..=3).map(Change::Voices);
    let wanted: Vec<Change> = guardians
        .into_iter()
        .chain([Change::WithoutBudget])
        .chain(voices)
        .collect();
    assert_eq!(names, wanted);
    for one in what_ifs {
        assert_eq!(one["label"], "approximate");
        // The judge reads without error, so what items carry is what it reads.
        assert_eq!(one["confirmed"]["judged"]["items"], items, "{one:#}");
        assert_eq!(
            one["confirmed"]["judged"], one["confirmed"]["predicted"],
            "{one:#}"
        );
        assert_eq!(one["confirmed"]["predicted"], one["predicted"], "{one:#}");
    }
    let severe = |at: usize| {
        what_ifs[at]["predicted"]["severe_cases"]
            .as_u64()
            .expect("cases")
    };
    let answered = ledger["severe_cases"].as_u64().expect("cases");
    assert!(severe(1) <= answered, "without gwen, who brings in harm");
    // One voice keeps all that was offered, so it leaves out least.
    let left_out = |at: usize| {
        of_tally(&what_ifs[at]["predicted"]["harms"])[..3]
            .iter()
            .sum::<usize>()
    };
    assert!(left_out(4) <= left_out(5) && left_out(5) <= left_out(6));

    // Resumed, it is the same run and nothing is bought.
    let calls = place.journal("run").calls_count();
    bench_common::run(&mut place.primum(&["bench", "--resume", "run", "--quiet"]));
    assert_eq!(place.journal("run").calls_count(), calls);
    assert_eq!(place.summary("run"), summary);
    // Without the flag it would be another run.
    let other = bench_common::run(place.bench("run.toml", "run").args([
        "--quiet",
        "--trials",
        "2",
        "--protocol",
        "vote",
    ]));
    assert!(
        other.stderr.contains("--ledger: yes then, no now"),
        "{}",
        other.stderr
    );

    let told = must(0, &mut place.primum(&["explain", "run", "Card901"])).stdout;
    assert!(told.contains("\nHarms\n"), "{told}");
    assert!(
        told.contains("introduced by gwen") || told.contains("introduced by gus"),
        "{told}"
    );
    for line in told.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn without_the_flag_nothing_more_is_bought_and_nothing_said() {
    let place = Place::new();
    let panel = Draft::demo().write(&place, "plain");
    let args = ["--limit", "2", "--quiet"];
    let table = must(0, place.bench(&panel, "plain").args(args)).stdout;
    assert!(!table.contains("Which stage"), "{table}");
    let plain = place.journal("plain").calls_count();
    must(0, place.bench(&panel, "ledger").args(args).arg("--ledger"));
    assert!(place.journal("ledger").calls_count() > plain);
    let (before, after) = (place.summary("plain"), place.summary("ledger"));
    assert!(before.get("ledger").is_none());
    let mut rest = after.clone();
    rest.as_object_mut().expect("a summary").remove("ledger");
    assert_eq!(rest, before, "judging more changes no other number");
    let refused = bench_common::run(
        place
            .bench(&panel, "x")
            .args(["--task", "options", "--ledger"]),
    );
    assert_eq!(refused.code, Some(2));
    assert!(!Path::new(&place.path("x")).exists());
}
