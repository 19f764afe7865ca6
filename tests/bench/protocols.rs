//! Every protocol end to end on the benchmark's real open cases, with simulated
//! models: nothing is unscored, and every ledger adds up.

use crate::bench_common;
use crate::bench_common::{Place, arms, count, must};
use primum::bench::ItemResult;
use primum::clinical::Ledger;
use primum::clinical::ledger::Origin;
use primum::deliberation::parse::parse_draft;
use std::collections::{BTreeMap, BTreeSet};

/// How many items each advisor of a ledger drafted, by its own solo answer to
/// the same item.
fn drafted(ledger: &Ledger, solo: impl Fn(&str) -> usize) -> Vec<(String, usize)> {
    let advisors: BTreeSet<&String> = ledger
        .entries
        .iter()
        .filter_map(|entry| match &entry.origin {
            Origin::Draft(draft) => Some(&draft.agent),
            _ => None,
        })
        .collect();
    let counts = advisors.into_iter().map(|name| (name.clone(), solo(name)));
    counts.collect()
}

#[test]
fn all_protocols_score_the_open_cases_whole() {
    let Some(cases) = std::env::var_os("PRIMUM_NOHARM") else {
        println!("skipped: PRIMUM_NOHARM does not name the real open cases");
        return;
    };
    let place = Place::new();
    let demo = bench_common::root().join("agents/demo.toml");
    let mut command = place.primum(&["bench", "--protocol", "all", "--quiet", "--out", "run"]);
    must(0, command.arg(demo).arg("--cases").arg(cases));
    let summary = place.summary("run");
    let names = arms(&summary);
    for protocol in ["lead", "vote", "synthesis", "debate", "delphi"] {
        for arm in ["panel", "panel-no-guardians"] {
            let name = format!("{arm}:demo-{protocol}");
            assert!(names.contains(&name), "{names:?}");
            assert_eq!(count(&summary, &name, "unscored"), 0, "{name}");
            assert_eq!(count(&summary, &name, "failed"), 0, "{name}");
            assert_eq!(count(&summary, &name, "items"), 20, "{name}");
        }
    }
    let journal = place.journal("run");
    let stored: BTreeMap<String, ItemResult> = journal
        .results("item")
        .expect("the store")
        .into_iter()
        .map(|(id, body)| (id, serde_json::from_str(&body).expect("an item")))
        .collect();
    let mut ledgers = 0;
    for (id, result) in stored.iter().filter(|(id, _)| id.starts_with("panel")) {
        let (_, item) = id.split_once(' ').expect("an item");
        let solo = |name: &str| {
            let text = stored[&format!("solo:{name} {item}")].text.clone();
            parse_draft(text.expect("an answer").expose()).items.len()
        };
        let sound = result
            .ledger
            .check(&result.plan, &drafted(&result.ledger, solo));
        assert_eq!(sound, Ok(()), "{id}");
        ledgers += 1;
    }
    assert_eq!(ledgers, 200, "ten panel arms on twenty cases");
}
