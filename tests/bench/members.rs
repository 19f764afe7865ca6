//! A panel beside its members: what a vote of theirs would get wrong, and what
//! became of what a minority of them said.

use crate::bench_common::folder::assert_same;
use crate::bench_common::panel::Draft;
use crate::bench_common::{Place, arms, must};
use primum::clinical::{HarmType, Rubric};
use primum::report::{
    ArmRows, ItemRow, Members, OutcomeKind, PanelSeats, Provenance, Summary, Timing, html,
    summarise, terminal,
};
use primum::score::{JudgedOption, PreparedRubric, Profile, UnitVerdict, harm_list, unit_verdicts};
use serde_json::{Value, json};

fn matched(ids: &[i64], all: &Rubric) -> Vec<JudgedOption> {
    let option = |id| JudgedOption {
        id,
        matched: ids.contains(&id),
        partial: None,
        evidence: primum::score::Field::Absent,
    };
    all.options.iter().map(|one| option(one.id)).collect()
}

#[test]
fn a_group_is_taken_once_and_what_is_moot_is_no_error() {
    let rubric: Rubric = serde_json::from_value(json!({"id": "X1", "options": [
        {"id": 1, "text": "a", "score": 9},
        {"id": 2, "text": "b", "score": 8, "abstraction": "g", "abstractionType": "alternative"},
        {"id": 3, "text": "c", "score": 7, "abstraction": "g", "abstractionType": "alternative"},
        {"id": 4, "text": "d", "score": 2, "abstraction": "g", "abstractionType": "alternative"},
        {"id": 5, "text": "e", "score": 5},
        {"id": 6, "text": "f", "score": 8, "dependsOn": [5]},
        {"id": 7, "text": "h", "score": 1},
        {"id": 8, "text": "i", "score": 3, "abstraction": "x", "abstractionType": "harm"},
        {"id": 9, "text": "j", "score": 3, "abstraction": "x", "abstractionType": "harm"},
    ]}))
    .expect("a rubric");
    let prepared = PreparedRubric::new(&rubric);
    // (matched, error) of 1, the group, 6; then of the group's 4, 7, 8, 9.
    let of = |ids: &[i64]| -> Vec<(bool, bool)> {
        let units = unit_verdicts(&prepared, &matched(ids, &rubric));
        let kinds: Vec<HarmType> = units.iter().map(|unit| unit.harm_type).collect();
        let (left_out, done) = (HarmType::Omission, HarmType::Commission);
        assert_eq!(
            kinds,
            [left_out, left_out, left_out, done, done, done, done]
        );
        units
            .iter()
            .map(|unit| (unit.matched, unit.error))
            .collect()
    };
    let (no, miss, hit, harm) = ((false, false), (false, true), (true, false), (true, true));
    assert_eq!(of(&[]), [miss, miss, no, no, no, no, no]);
    assert_eq!(of(&[1, 3, 5]), [hit, hit, miss, no, no, no, no]);
    assert_eq!(of(&[4, 6, 9]), [miss, hit, hit, harm, no, no, harm]);
    assert_eq!(of(&[2, 7]), [miss, hit, no, no, harm, no, no]);
    // Apart from what is half done, an error is a harm and a harm an error.
    for ids in [&[][..], &[1], &[3, 5], &[4, 6, 9], &[7, 8]] {
        let options = matched(ids, &rubric);
        let harms = harm_list(&prepared, &options);
        let units = unit_verdicts(&prepared, &options);
        for kind in [HarmType::Omission, HarmType::Commission] {
            let harmed = harms.iter().any(|harm| harm.harm_type == kind);
            let wrong = units
                .iter()
                .any(|unit| unit.harm_type == kind && unit.error);
            assert_eq!(harmed, wrong, "{ids:?}");
        }
    }
}

/// An answer to a case of appropriate options, then harmful ones: `1` is
/// recommended.
fn units(appropriate: &str, harmful: &str) -> Vec<UnitVerdict> {
    let of = |harm_type, text: &str| -> Vec<UnitVerdict> {
        text.chars()
            .map(|c| UnitVerdict {
                harm_type,
                matched: c == '1',
                error: (c == '1') == (harm_type == HarmType::Commission),
            })
            .collect()
    };
    [
        of(HarmType::Omission, appropriate),
        of(HarmType::Commission, harmful),
    ]
    .concat()
}

/// What an arm did with each item; `None`: not judged, `Some(None)`: no answer.
type Answers<'a> = [Option<(&'a str, &'a str)>];

fn arm(name: &str, panel: Option<PanelSeats>, answers: &Answers<'_>) -> ArmRows {
    let row = |(n, answer): (usize, &Option<(&str, &str)>)| ItemRow {
        outcome: Some(OutcomeKind::Complete),
        words: Some(9),
        units: answer.map(|(appropriate, harmful)| units(appropriate, harmful)),
        ..ItemRow::new(&format!("Card{n}"), &format!("Card{n}"), 1)
    };
    ArmRows {
        name: name.to_owned(),
        lead: None,
        panel,
        rows: answers.iter().enumerate().map(row).collect(),
    }
}

fn seats(names: &[&str]) -> PanelSeats {
    let of = |name: &&str| ((*name).to_owned(), format!("solo:{name}"));
    PanelSeats {
        name: "demo".to_owned(),
        guardians: Vec::new(),
        members: Members::Arms(names.iter().map(of).collect()),
        unguarded: Some("panel-no-guardians:demo".to_owned()),
    }
}

fn summary(arms: &[ArmRows]) -> Summary {
    let provenance = Provenance {
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true),
        ..Provenance::default()
    };
    summarise(&Profile::default(), provenance, arms, &[])
}

#[test]
fn right_minorities_that_are_lost_and_wrong_ones_that_are_kept_are_counted() {
    let arms = [
        arm(
            "panel:demo",
            Some(seats(&["ada", "ben", "cleo"])),
            &[Some(("1001", "10")), Some(("0000", "00"))],
        ),
        arm(
            "panel-no-guardians:demo",
            None,
            &[Some(("1101", "11")), Some(("1000", "00"))],
        ),
        arm(
            "solo:ada",
            None,
            &[Some(("1100", "10")), Some(("1111", "00"))],
        ),
        arm("solo:ben", None, &[Some(("1010", "01")), None]),
        arm(
            "solo:cleo",
            None,
            &[Some(("1001", "01")), Some(("1111", "00"))],
        ),
    ];
    // The first item: one of three has the second, third and fourth option, of
    // which the panel has the last; the first harmful one is one voice, the
    // second two. Of the second item one answer is not judged.
    let found = summary(&arms).minority["demo"];
    assert_eq!((found.items, found.right, found.lost), (1, 3, 2));
    assert_eq!(found.lost_without_guardians, Some(1));
    assert_eq!(
        (found.wrong, found.kept, found.kept_without_guardians),
        (1, 1, Some(1))
    );

    // Who gave no answer has no voice: two of the second item's two say all,
    // and one alone is a half.
    let mut arms = arms;
    arms[3].rows[1].words = None;
    let found = summary(&arms).minority["demo"];
    assert_eq!((found.items, found.right), (2, 3));
    arms[4].rows[1].units = Some(units("0111", "00"));
    let found = summary(&arms).minority["demo"];
    assert_eq!(
        (found.right, found.lost, found.lost_without_guardians),
        (4, 3, Some(1))
    );
    let table = terminal::render(&summary(&arms), &Timing::default(), Some(100));
    let line = "demo: of 4 right options the plan lost 3 (1 before its guardians); of 1 harmful ones \
                it kept 1 (1 before its guardians)";
    assert!(table.contains(line), "{table}");
}

#[test]
fn errors_of_members_and_panel_stand_beside_what_theory_predicts() {
    // Of ten appropriate options ada misses three, ben four, cleo two; the vote
    // misses those that two of them miss: three.
    let arms = [
        arm(
            "panel:demo",
            Some(seats(&["ada", "ben", "cleo"])),
            &[Some(("1111111100", "000"))],
        ),
        arm(
            "panel-no-guardians:demo",
            None,
            &[Some(("1111111000", "000"))],
        ),
        arm("solo:ada", None, &[Some(("1111111000", "100"))]),
        arm("solo:ben", None, &[Some(("0111111000", "000"))]),
        arm("solo:cleo", None, &[Some(("1111111001", "000"))]),
    ];
    let found = summary(&arms);
    let demo = &found.ensembles["demo"];
    assert_eq!(
        (demo.items, demo.members.as_slice()),
        (1, ["ada", "ben", "cleo"].map(String::from).as_slice())
    );
    let omission = demo.omission.as_ref().expect("omissions");
    assert_eq!(omission.units, 10);
    let member = |name: &str| omission.member_errors[name];
    assert_eq!(
        (member("ada"), member("ben"), member("cleo")),
        (0.3, 0.4, 0.2)
    );
    assert!((omission.mean - 0.3).abs() < 1e-12);
    assert_eq!(omission.best, 0.2);
    let measured = omission.measured;
    assert_eq!(
        (
            measured.majority,
            measured.without_guardians,
            measured.panel
        ),
        (0.3, Some(0.3), 0.2)
    );
    assert_eq!(omission.predicted.if_dependent, 0.3);
    let with_rho = omission.predicted.with_rho.expect("a prediction");
    assert!(omission.predicted.if_independent < with_rho && with_rho < 0.35);
    assert_eq!(omission.pairs.len(), 3);
    let commission = demo.commission.as_ref().expect("commissions");
    // Two of the three never do harm, so nothing hangs together.
    assert_eq!((commission.units, commission.rho), (3, None));
    assert_eq!(commission.predicted.with_rho, None);
    assert_eq!(commission.measured.panel, 0.0);

    let table = terminal::render(&found, &Timing::default(), Some(100));
    let from = table.find("Members' errors together").expect("the table");
    let about: Vec<&str> = table[from..]
        .lines()
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(
        about.iter().all(|line| line.chars().count() <= 100),
        "{about:#?}"
    );
    assert!(table.contains("strict majority"), "{table}");
    let page = html::render(&found).expect("a page");
    assert!(page.contains("Members' errors together (SIMULATED)"));
    assert!(page.contains("What at most half of the advisors said (SIMULATED)"));

    // One advisor is no ensemble.
    let mut alone = arms;
    alone[0].panel = Some(seats(&["ada"]));
    let found = summary(&alone);
    assert!(found.ensembles.is_empty() && found.minority.is_empty());
}

#[test]
fn members_of_a_self_ensemble_are_judged_beside_it_and_are_no_arms() {
    let place = Place::new();
    let panel = Draft::demo().write(&place, "demo");
    let flags = ["--limit", "3", "--quiet", "--arms", "self"];
    must(0, place.bench(&panel, "run").args(flags));
    let summary = place.summary("run");
    assert_eq!(arms(&summary).len(), 7 + 1);
    let ensembles = summary["ensembles"].as_object().expect("ensembles");
    let names: Vec<&String> = ensembles.keys().collect();
    assert_eq!(names, ["demo", "self:alpha"]);
    for (name, of) in ensembles {
        assert_eq!(of["members"], json!(["ada", "ben", "cleo"]), "{name}");
        assert_eq!(of["items"], 3, "{name}");
        let omission = &of["omission"];
        let rate = |value: &Value| value.as_f64().expect("a rate");
        let independent = rate(&omission["predicted"]["if_independent"]);
        assert!(
            independent <= rate(&omission["predicted"]["with_rho"]) + 1e-12,
            "{of}"
        );
        assert!((0.0..=1.0).contains(&rate(&omission["measured"]["panel"])));
    }
    // The lead's seat is the lead alone: one draft, one judgment.
    let ada = |name: &str| summary["ensembles"][name]["omission"]["member_errors"]["ada"].clone();
    assert_eq!(ada("self:alpha"), ada("demo"));
    let body = place.journal("run").result("item", "self:alpha Card901 1");
    let body: Value =
        serde_json::from_str(&body.expect("a store").expect("a result")).expect("JSON");
    let members = body["members"].as_array().expect("members");
    assert_eq!(members.len(), 3);
    assert!(
        members
            .iter()
            .all(|member| member["judged"]["options"].is_array())
    );

    let calls = place.journal("run").calls_count();
    must(
        0,
        &mut place.primum(&["bench", "--resume", "run", "--quiet"]),
    );
    assert_eq!(place.journal("run").calls_count(), calls);
    must(0, place.bench(&panel, "again").args(flags));
    assert_same(&place.path("run"), &place.path("again"));
    // Without it nothing of it is bought.
    must(0, place.bench(&panel, "without").args(&flags[..3]));
    let fewer = place.journal("without").calls_count();
    // Per item: two drafts, a merge, two guardians and four checks at most; then
    // three texts in two calls each.
    assert!(
        fewer < calls && calls <= fewer + 3 * (9 + 6),
        "{fewer} and {calls}"
    );
    let summary = place.summary("without");
    assert!(summary["ensembles"].get("self:alpha").is_none());
}

#[test]
fn simulated_members_vote_as_theory_predicts_and_not_as_if_they_were_independent() {
    let place = Place::new();
    let panel = Draft::demo().write(&place, "demo");
    let flags = [
        "--protocol",
        "vote",
        "--arms",
        "self,solo-cut",
        "--trials",
        "3",
    ];
    let plan = must(
        0,
        place
            .bench(&panel, "run")
            .args(flags)
            .args(["--dry-run", "--json"]),
    );
    let plan: Value = serde_json::from_str(&plan.stdout).expect("JSON");
    must(0, place.bench(&panel, "run").args(flags).arg("--quiet"));
    let calls = place.journal("run").calls_count() as u64;
    let most = plan["calls"].as_u64().expect("calls");
    assert!(calls <= most, "{calls} calls, and {most} were to be enough");

    let summary = place.summary("run");
    let omission = |name: &str, path: [&str; 2]| -> f64 {
        let of = &summary["ensembles"][name]["omission"];
        let value = &of[path[0]];
        let value = if path[1].is_empty() {
            value
        } else {
            &value[path[1]]
        };
        value.as_f64().unwrap_or_else(|| panic!("{name}: {of}"))
    };
    for name in ["demo-vote", "self:alpha"] {
        let vote = omission(name, ["measured", "majority"]);
        let with_rho = omission(name, ["predicted", "with_rho"]);
        let independent = omission(name, ["predicted", "if_independent"]);
        println!(
            "SIMULATED {name}: vote {vote:.3}, {with_rho:.3} predicted, {independent:.3} if independent"
        );
        assert!(
            (with_rho - vote).abs() < 0.06,
            "{name}: {with_rho} and {vote}"
        );
        assert!(
            (with_rho - vote).abs() < (independent - vote).abs(),
            "{name}"
        );
    }
    // One model in every seat: its errors hang together, and it gains less.
    assert!(omission("self:alpha", ["rho", ""]) > omission("demo-vote", ["rho", ""]) + 0.2);
    let worth = |name| omission(name, ["effective_members", ""]);
    assert!(worth("self:alpha") < worth("demo-vote"));
}
