//! Protocols side by side, and the arms that are made only when asked for:
//! self-ensembles and shortened solo answers.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::bench_common::folder::{answered, assert_same};
use crate::bench_common::panel::Draft;
use crate::bench_common::provider::Provider;
use crate::bench_common::{Place, arms, count, must, root, run};
use primum::bench::{ArmKind, Extra, self_ensemble};
use primum::panel::model::{Panel, Protocol};
use primum::panel::{self, Wanted};
use serde_json::Value;

fn demo() -> Panel {
    let file = root().join("agents/demo.toml");
    panel::load(&file).expect("the demo panel").panel
}

/// The first metric of every pair.
fn pairs(summary: &Value) -> Vec<(String, String)> {
    let pairs = summary["pairs"].as_array().expect("pairs").iter();
    pairs
        .filter(|pair| pair["metric"] == "F1_weighted")
        .map(|pair| {
            let name = |key: &str| pair[key].as_str().expect("an arm").to_owned();
            (name("a"), name("b"))
        })
        .collect()
}

#[test]
fn one_model_sits_in_every_seat_and_nothing_else_changes() {
    let panel = demo();
    let of = self_ensemble::derive(&panel, "beta").expect("a model of the panel");
    let seats = |panel: &Panel| -> Vec<(String, String, Option<String>)> {
        let guardians = panel.guardians.iter().chain(&panel.moderator);
        let agents = panel.advisors.iter().chain(guardians);
        agents
            .map(|agent| {
                (
                    agent.name.clone(),
                    agent.prompt.clone(),
                    agent.persona.clone(),
                )
            })
            .collect()
    };
    assert_eq!(seats(&of), seats(&panel));
    for agent in of.advisors.iter().chain(&of.guardians).chain(&of.moderator) {
        assert_eq!(
            (agent.model.as_str(), agent.vendor.as_str()),
            ("beta", "south")
        );
    }
    assert_eq!(of.consensus.min_vendors, 1);
    let back = Panel {
        advisors: panel.advisors.clone(),
        guardians: panel.guardians.clone(),
        moderator: panel.moderator.clone(),
        clusterer: panel.clusterer.clone(),
        consensus: panel.consensus.clone(),
        ..of.clone()
    };
    assert_eq!(back, panel);
    assert_eq!(of.alone(), []);
    assert_eq!(self_ensemble::derive(&panel, "nobody"), None);
    let models: Vec<&str> = self_ensemble::models(&panel).into_iter().collect();
    assert_eq!(models, ["alpha", "beta", "delta", "epsilon", "gamma"]);
}

#[test]
fn arms_are_named_after_the_panel_only_where_they_must_be() {
    let of = |protocol| {
        let wanted = Wanted {
            task: None,
            protocol: Some(protocol),
        };
        let file = root().join("agents/demo.toml");
        Arc::new(panel::load_for(&file, wanted).expect("a panel").panel)
    };
    let (lead, vote) = (of(Protocol::Lead), of(Protocol::Vote));
    let names = |panels: &[Arc<Panel>], extras: &[&str]| -> Vec<String> {
        let extras: Vec<Extra> = extras.iter().map(|e| e.parse().expect("an arm")).collect();
        let arms = primum::bench::arms(panels, &extras).expect("arms");
        arms.into_iter()
            .filter(|arm| matches!(arm.kind, ArmKind::SelfEnsemble { .. } | ArmKind::SoloCut(_)))
            .map(|arm| arm.name)
            .collect()
    };
    let one = [lead.clone()];
    assert_eq!(names(&one, &[]), [""; 0]);
    assert_eq!(names(&one, &["self", "self:alpha"]), ["self:alpha"]);
    assert_eq!(
        names(&one, &["self:gamma", "solo-cut", "self"]),
        [
            "self:alpha",
            "self:gamma",
            "solo-cut:ada",
            "solo-cut:ben",
            "solo-cut:cleo"
        ]
    );
    let both = [lead, vote];
    assert_eq!(
        names(&both, &["self"]),
        ["self:alpha@demo-lead", "self:alpha@demo-vote"]
    );
    let nobody = primum::bench::arms(&both, &[Extra::SelfOf("nobody".to_owned())]);
    let said = nobody.expect_err("no such model").to_string();
    assert!(
        said.contains("self:nobody") && said.contains("epsilon"),
        "{said}"
    );
}

#[test]
fn protocols_are_compared_on_the_same_members_with_one_command() {
    let place = Place::new();
    let provider = Provider::start(&place, "");
    let panel = Draft::demo()
        .both("base_url", provider.url())
        .write(&place, "demo");
    let flags = ["--limit", "2", "--quiet"];
    let asked = ["--protocol", "synthesis,lead", "--arms", "solo-cut,self"];
    must(0, place.bench(&panel, "run").args(flags).args(asked));
    let summary = place.summary("run");
    assert_eq!(
        arms(&summary),
        [
            "panel-no-guardians:demo-lead",
            "panel-no-guardians:demo-synthesis",
            "panel:demo-lead",
            "panel:demo-synthesis",
            "self:alpha@demo-lead",
            "self:alpha@demo-synthesis",
            "solo-cut:ada",
            "solo-cut:ben",
            "solo-cut:cleo",
            "solo:ada",
            "solo:ben",
            "solo:cleo",
            "solo:delta",
            "solo:epsilon",
        ]
    );
    let items = answered(&place.path("run"), "panel:demo-lead");
    for arm in arms(&summary) {
        assert_eq!(count(&summary, &arm, "scored"), 2, "{arm}");
        assert_eq!(answered(&place.path("run"), &arm), items, "{arm}");
    }
    let of: BTreeSet<String> = pairs(&summary)
        .into_iter()
        .filter(|(a, _)| a == "panel:demo-synthesis")
        .map(|(_, b)| b)
        .collect();
    for other in [
        "panel-no-guardians:demo-synthesis",
        "self:alpha@demo-synthesis",
        "solo:ben",
        "solo-cut:ben",
    ] {
        assert!(of.contains(other), "{other} in {of:?}");
    }
    assert!(!of.contains("self:alpha@demo-lead"));
    let pairs = pairs(&summary);
    let first = pairs.first().map(|(a, b)| (a.as_str(), b.as_str()));
    assert_eq!(first, Some(("panel:demo-lead", "panel:demo-synthesis")));
    assert_eq!(
        summary["panels"].as_object().map(serde_json::Map::len),
        Some(2)
    );

    // Drafts are bought once for all arms: five models alone, and under
    // synthesis two more seats of the self-ensemble.
    let advisor = provider.stats()["by_task"]["advisor"].as_u64();
    assert_eq!(advisor, Some(2 * (5 + 2)));
    let calls = place.journal("run").calls_count() as u64;
    assert_eq!(provider.requests(), calls);

    // What was asked for is part of the run, and is not forgotten.
    let resumed = ["bench", "--resume", "run", "--quiet"];
    must(0, &mut place.primum(&resumed));
    assert_eq!(place.summary("run"), summary);
    assert_eq!(provider.requests(), calls);
    let other = run(place.bench(&panel, "run").args(flags).args(&asked[..2]));
    assert_eq!(other.code, Some(2));
    assert!(
        other
            .stderr
            .contains("--arms: self,solo-cut then, none now"),
        "{}",
        other.stderr
    );
    // In whatever order it is typed, it is the same run.
    let turned = [
        "--protocol",
        "lead",
        "--protocol",
        "synthesis",
        "--arms",
        "self,solo-cut",
    ];
    must(0, place.bench(&panel, "again").args(flags).args(turned));
    assert_same(&place.path("run"), &place.path("again"));
}

#[test]
fn a_self_ensemble_asks_as_often_as_its_panel() {
    let place = Place::new();
    let panel = Draft::demo().write(&place, "demo");
    must(
        0,
        place
            .bench(&panel, "run")
            .args(["--limit", "2", "--quiet", "--arms", "self,self:beta"]),
    );
    let stages = |arm: &str| -> Vec<(String, String)> {
        let body = place
            .journal("run")
            .result("item", &format!("{arm} Card901 1"));
        let body = body.expect("a store").expect("a result");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let stages = body["stages"].as_array().expect("stages").iter();
        stages
            .map(|stage| {
                let text = |key: &str| stage[key].as_str().expect("a word").to_owned();
                (text("stage"), text("seat"))
            })
            .filter(|(stage, _)| stage != "check")
            .collect()
    };
    assert_eq!(stages("self:alpha"), stages("panel:demo"));
    assert_eq!(stages("self:beta"), stages("panel:demo"));
    let response = |arm: &str| {
        let file = format!("run/responses/{arm}.jsonl");
        std::fs::read_to_string(place.path(file)).expect("responses")
    };
    assert_ne!(response("self.alpha"), response("self.beta"));
    assert_ne!(response("self.alpha"), response("panel.demo"));
}

#[test]
fn the_plan_counts_what_is_asked_for() {
    let place = Place::new();
    let panel = Draft::demo().write(&place, "demo");
    let plan = |flags: &[&str]| -> Value {
        let mut command = place.bench(&panel, "run");
        let ended = must(0, command.args(flags).args(["--dry-run", "--json"]));
        serde_json::from_str(&ended.stdout).expect("JSON")
    };
    let calls = |plan: &Value| plan["calls"].as_u64().expect("calls") / 8;
    // Three drafts, two models alone, one grouping, one merge, two guardians
    // with four checks; eight texts, judged in two calls each.
    assert_eq!(calls(&plan(&[])), 5 + 1 + 1 + 2 + 4 + 2 * 8);
    // The self-ensemble: two new drafts, the rest as the panel; its plan and
    // the two drafts are judged.
    assert_eq!(calls(&plan(&["--arms", "self"])), 29 + 2 + 8 + 2 * 3);
    assert_eq!(calls(&plan(&["--arms", "solo-cut"])), 29 + 2 * 3);
    // Five panels share drafts and models alone; four of them group.
    let all = plan(&["--protocol", "all"]);
    assert_eq!(all["arms"].as_array().map(Vec::len), Some(5 * 2 + 5));
    let asked = 5 + 5 * (2 + 4) + 4 + 1 + 6 + 6;
    assert_eq!(calls(&all), asked + 2 * (15 + 5));
}

#[test]
fn what_cannot_be_asked_for_is_said_at_once() {
    let place = Place::new();
    let demo = Draft::demo().write(&place, "demo");
    let small = Draft::small().write(&place, "small");
    let options = root().join("agents/options-demo.toml");
    let said = |panel: &Path, flags: &[&str]| {
        let panel = panel.to_str().expect("UTF-8");
        let ended = run(place.bench(panel, "run").args(flags).arg("--quiet"));
        assert_eq!(ended.code, Some(2), "{flags:?}");
        ended.stderr
    };
    for (panel, flags, words) in [
        (
            Path::new(&demo),
            ["--protocol", "votes"],
            "possible values: lead, vote",
        ),
        (Path::new(&demo), ["--arms", "selves"], "`self:MODEL`"),
        (
            Path::new(&demo),
            ["--arms", "self:zeta"],
            "there are: alpha, beta",
        ),
        (
            Path::new(&small),
            ["--protocol", "all"],
            "without `synthesis`",
        ),
        (
            &options,
            ["--arms", "solo-cut"],
            "no words that could be cut",
        ),
        (
            &options,
            ["--protocol", "delphi"],
            "the task options has lead and vote",
        ),
        (Path::new(&demo), ["--resume", "run"], "cannot be used"),
    ] {
        let flags: Vec<&str> = if flags[0] == "--resume" {
            vec!["--arms", "self", flags[0], flags[1]]
        } else {
            flags.to_vec()
        };
        let said = said(panel, &flags);
        assert!(said.contains(words), "{flags:?}: {said}");
    }
    assert!(!place.path("run").exists());
}
