//! The resolved panel, its hash, its estimate and its picture.

use std::path::Path;

use primum::panel::estimate::Purpose;
use primum::panel::model::{Limits, Panel, Protocol, Retention};
use primum::panel::prompt::split;
use primum::panel::{self, estimate, hash, resolved_toml, show};
use proptest::prelude::*;

fn load_text(text: &str) -> Panel {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("test.toml");
    std::fs::write(&path, text).expect("the folder can be written");
    panel::load(&path)
        .unwrap_or_else(|faults| panic!("{faults}"))
        .panel
}

fn shipped(name: &str) -> Panel {
    let path = format!("agents/{name}.toml");
    panel::load(Path::new(&path))
        .unwrap_or_else(|faults| panic!("{faults}"))
        .panel
}

/// A shipped panel with prompts of a fixed size and hash, so that a better
/// wording of a prompt does not change what is expected here.
fn with_plain_prompts(name: &str) -> Panel {
    let mut panel = shipped(name);
    for (name, prompt) in &mut panel.prompts {
        let text = format!("{}\n=== user ===\n{{{{ case }}}}", "x".repeat(1_000));
        *prompt = split(name, "built in", &text).expect("one divider").into();
    }
    panel
}

/// A panel, one table a block; the keys of each block may come in any order.
const BLOCKS: [&[&str]; 6] = [
    &["name = \"order\"", "title = \"Order\""],
    &[
        "[providers.sim]",
        "kind = \"simulated\"",
        "seed = false",
        "simulated = { b = 1, a = { d = 2, c = 3 } }",
    ],
    &[
        "[models.alpha]",
        "provider = \"sim\"",
        "id = \"a\"",
        "temperature = 0.5",
        "extra = { y = 1, x = [2, 3] }",
    ],
    &[
        "[[advisors]]",
        "name = \"ada\"",
        "model = \"alpha\"",
        "persona = \"Be brief.\"",
    ],
    &["[consensus]", "protocol = \"lead\"", "quorum = 1"],
    &["[budget]", "words = 300", "usd = 2.5"],
];

fn ordered(seeds: &[u64]) -> String {
    let mut tables: Vec<(u64, String)> = BLOCKS
        .iter()
        .zip(seeds)
        .enumerate()
        .map(|(at, (block, seed))| {
            let (header, keys) = if at == 0 {
                (None, *block)
            } else {
                (Some(block[0]), &block[1..])
            };
            let mut keys: Vec<&str> = keys.to_vec();
            let turn = *seed as usize % keys.len();
            keys.rotate_left(turn);
            if seed & 1 == 1 {
                keys.reverse();
            }
            let lines: Vec<&str> = header.into_iter().chain(keys).collect();
            (if at == 0 { 0 } else { seed + 1 }, lines.join("\n") + "\n")
        })
        .collect();
    tables.sort();
    tables.into_iter().map(|(_, table)| table).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_keys_and_tables_in_a_file_does_not_matter(seeds in prop::collection::vec(0u64..1000, 6)) {
        let base = load_text(&ordered(&[0; 6]));
        let other = load_text(&ordered(&seeds));
        prop_assert_eq!(resolved_toml(&base), resolved_toml(&other));
        prop_assert_eq!(hash(&base), hash(&other));
    }

    #[test]
    fn any_panel_resolves_to_toml_again(
        title in "\\PC{0,30}",
        persona in "\\PC{1,30}",
        temperature in 0.0f64..=2.0,
        words in prop::option::of(1u32..5000),
        // Letters of which no word for a secret can be made.
        extra in prop::collection::btree_map("[b-d]{8,12}", -5i64..5, 0..4),
    ) {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let extra: Vec<_> = extra.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        let text = format!(
            "title = {}\n[providers.sim]\nkind = \"simulated\"\n[models.m]\nprovider = \"sim\"\nid = \"x\"\n\
             temperature = {temperature:?}\nextra = {{ {} }}\n[[advisors]]\nname = \"a\"\nmodel = \"m\"\npersona = {}\n{}",
            quoted(&title), extra.join(", "), quoted(&persona),
            words.map(|words| format!("[budget]\nwords = {words}\n")).unwrap_or_default(),
        );
        let panel = load_text(&text);
        let table: toml::Table = resolved_toml(&panel).parse().expect("TOML");
        prop_assert_eq!(table["models"]["m"]["temperature"].as_float(), Some(temperature));
        prop_assert_eq!(table["title"].as_str(), Some(title.as_str()));
        prop_assert_eq!(hash(&panel).len(), 64);
    }
}

#[test]
fn what_matters_changes_the_hash() {
    let base = shipped("demo");
    let mut seen = vec![hash(&base)];
    let changes: [fn(&mut Panel); 6] = [
        |panel| panel.budget.words = Some(351),
        |panel| panel.advisors.reverse(),
        |panel| panel.consensus.quorum = 3,
        |panel| drop(panel.models.remove("epsilon")),
        |panel| panel.guardians[0].persona = Some("Be brief.".into()),
        |panel| limits(panel).attempts = 2,
    ];
    for change in changes {
        let mut panel = base.clone();
        change(&mut panel);
        seen.push(hash(&panel));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7);
}

fn limits(panel: &mut Panel) -> &mut Limits {
    &mut panel.providers.get_mut("sim").expect("there").limits
}

#[test]
fn what_cannot_change_an_answer_does_not_change_the_hash() {
    let base = shipped("demo");
    let changes: [fn(&mut Panel); 7] = [
        |panel| panel.service.retention = Retention::None,
        |panel| panel.service.deadline_seconds = 60,
        |panel| panel.providers.get_mut("sim").expect("there").keeps_nothing = false,
        |panel| {
            let started = "http://127.0.0.1:40123/v1".into();
            panel.providers.get_mut("sim").expect("there").base_url = started;
        },
        |panel| limits(panel).in_flight = 3,
        |panel| limits(panel).requests_per_minute = Some(60),
        |panel| limits(panel).tokens_per_minute = Some(9_000),
    ];
    for change in changes {
        let mut panel = base.clone();
        change(&mut panel);
        assert_eq!(hash(&base), hash(&panel));
        assert_ne!(resolved_toml(&base), resolved_toml(&panel));
    }
}

#[test]
fn the_resolved_demo_panel() {
    insta::assert_snapshot!(resolved_toml(&with_plain_prompts("demo")));
}

#[test]
fn the_picture_of_the_demo_panel() {
    let panel = with_plain_prompts("demo");
    insta::assert_snapshot!(show(&panel, &estimate(&panel, 1_200, 6_000)));
}

#[test]
fn the_picture_of_a_panel_without_all_prices() {
    let panel = with_plain_prompts("openrouter");
    insta::assert_snapshot!(show(&panel, &estimate(&panel, 1_200, 6_000)));
}

#[test]
fn a_consult_has_one_call_a_seat_and_a_benchmark_judges_every_arm() {
    let panel = shipped("demo");
    let estimate = estimate(&panel, 1_200, 6_000);
    // Two advisors check the edits of each of two guardians.
    assert_eq!(estimate.consult().calls, 3 + 1 + 1 + 2 + 4);
    // 3 advisors, 2 models alone, the panel with and without guardians, the plan
    // between the two; 2 calls each
    let judging = estimate
        .stages
        .iter()
        .filter(|stage| stage.purpose == Purpose::Judging);
    assert_eq!(judging.map(|stage| stage.calls).sum::<u64>(), 8 * 2);
    assert_eq!(estimate.total().calls, 11 + 2 + 16);
}

/// Calls of one stage of the demo panel under another protocol.
fn calls_under(protocol: Protocol, change: fn(&mut Panel)) -> Vec<(&'static str, u64)> {
    let wanted = panel::Wanted {
        task: None,
        protocol: Some(protocol),
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/demo.toml");
    let mut panel = panel::load_for(&file, wanted).expect("a panel").panel;
    change(&mut panel);
    let mut calls: Vec<(&'static str, u64)> = Vec::new();
    for stage in estimate(&panel, 1_200, 6_000).stages {
        if stage.purpose == Purpose::Consult {
            match calls.last_mut() {
                Some((name, sum)) if *name == stage.stage => *sum += stage.calls,
                _ => calls.push((stage.stage, stage.calls)),
            }
        }
    }
    calls
}

#[test]
fn every_protocol_is_estimated_with_all_its_rounds() {
    let as_it_is: fn(&mut Panel) = |_| {};
    let safety = [("guardian", 2), ("check", 4)];
    let drafts = ("draft", 3);
    let grouped = ("cluster", 1);
    for (protocol, expected) in [
        (Protocol::Lead, vec![("draft", 1)]),
        (Protocol::Vote, vec![drafts, grouped]),
        (Protocol::Synthesis, vec![drafts, grouped, ("synthesis", 1)]),
        (Protocol::Debate, vec![drafts, grouped, ("debate", 2 * 3)]),
        (Protocol::Delphi, vec![drafts, grouped, ("rating", 2 * 3)]),
    ] {
        let expected = [expected.as_slice(), &safety].concat();
        assert_eq!(calls_under(protocol, as_it_is), expected, "{protocol:?}");
    }
    let by_rule = calls_under(Protocol::Vote, |panel| {
        panel.clusterer = None;
        panel.guardians.clear();
    });
    assert_eq!(by_rule, [drafts]);
}

#[test]
fn dollars_are_tokens_times_price() {
    let panel = shipped("demo");
    let estimate = estimate(&panel, 1_200, 6_000);
    let ada = &estimate.stages[0];
    let by_hand = (ada.prompt_tokens as f64 * 1.25 + ada.completion_tokens as f64 * 10.0) / 1e6;
    assert_eq!(ada.usd, Some(by_hand));
}

#[test]
fn a_missing_price_makes_a_sum_unknown_and_not_smaller() {
    let mut panel = shipped("demo");
    panel.models.get_mut("alpha").expect("there").price = None;
    let estimate = estimate(&panel, 1_200, 6_000);
    assert_eq!(estimate.unpriced, ["alpha"]);
    assert_eq!(estimate.consult().usd, None);
    assert!(estimate.consult().usd_priced > 0.0);
}

#[test]
fn a_run_takes_as_long_as_the_tightest_limit() {
    let mut panel = shipped("demo");
    let calls = estimate(&panel, 1_200, 6_000).total().calls - 16;
    panel
        .providers
        .get_mut("sim")
        .expect("there")
        .limits
        .requests_per_minute = Some(60);
    let estimate = estimate(&panel, 1_200, 6_000);
    assert_eq!(
        estimate.run_seconds(&panel, 100),
        Some((100 * calls) as f64)
    );
    assert_eq!(estimate.run_seconds(&panel, 0), Some(0.0));
    assert_eq!(estimate.run_seconds(&panel, 1), Some(calls as f64));
}
