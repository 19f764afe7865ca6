//! The story of a ledger in which everything happened once, and an answer with
//! all its parts, as a reader sees them at 80 columns.

use std::collections::BTreeMap;

use primum::clinical::ledger::{Origin, RefusedEdit};
use primum::clinical::{
    Change, Check, CheckVerdict, Dissent, DissentKind, DraftRef, Fate, HarmType, Ledger,
    LedgerCandidate, LedgerEntry, LedgerEvent, Outcome, PatientText, Plan, Rating, RatingRound,
    Recommendation, Severity, Stance,
};
use primum::report::answer::{Answer, Asked, CaseHarm, CaseScore, FORMAT, MatchedOption, Source};
use primum::report::answer_terminal;
use primum::report::story::{GuardianStep, Story, Title, render};

fn draft(agent: &str, number: usize) -> DraftRef {
    DraftRef {
        agent: agent.to_owned(),
        number,
    }
}

fn entry(agent: &str, number: usize, text: &str, candidate: &str, fate: Fate) -> LedgerEntry {
    LedgerEntry {
        origin: Origin::Draft(draft(agent, number)),
        text: text.into(),
        candidate: Some(candidate.to_owned()),
        events: Vec::new(),
        fate,
    }
}

fn event(stage: &str, what: &str, reason: &str) -> LedgerEvent {
    LedgerEvent {
        stage: stage.to_owned(),
        what: what.to_owned(),
        reason: reason.into(),
        edit: None,
        before: None,
        checks: Vec::new(),
    }
}

fn rating(rating: u8, if_done: &str, if_left_out: &str) -> Rating {
    Rating {
        rating,
        if_done: if_done.into(),
        if_left_out: if_left_out.into(),
    }
}

fn round(round: u32, all: &[(&str, Rating)], median: f64, disagreement: bool) -> RatingRound {
    RatingRound {
        round,
        ratings: all
            .iter()
            .map(|(agent, rating)| ((*agent).to_owned(), rating.clone()))
            .collect(),
        median: Some(median),
        disagreement,
    }
}

fn removed(by: &str) -> Fate {
    Fate::Removed { by: by.to_owned() }
}

fn edit(json: &serde_json::Value) -> PatientText {
    PatientText::from(json.to_string())
}

fn candidate(id: &str, text: &str, members: Vec<DraftRef>) -> LedgerCandidate {
    LedgerCandidate {
        id: id.to_owned(),
        text: text.into(),
        supporters: members.iter().map(|m| m.agent.clone()).collect(),
        members,
        opposes: Vec::new(),
        rounds: Vec::new(),
        stances: Vec::new(),
        share: None,
        kept: false,
        rule: "median 1 to 3".to_owned(),
    }
}

const ANTICOAGULANT: &str = "Start apixaban 5 mg twice daily today";

fn ledger() -> Ledger {
    let change = edit(&serde_json::json!({
        "op": "modify", "item": 1, "category": null, "harm_type": "commission",
        "severity": "Severe", "confidence": 0.9,
        "text": "Start apixaban 2.5 mg twice daily today, since she is 84 and weighs 52 kg",
        "reason": "the full dose is too much at this age and weight",
    }));
    let mut first = entry("ada", 1, ANTICOAGULANT, "C1", Fate::Modified { number: 1 });
    first.events.push(LedgerEvent {
        edit: Some(change),
        before: Some(ANTICOAGULANT.into()),
        checks: vec![
            Check {
                agent: "ben".to_owned(),
                verdict: CheckVerdict::Agree,
                severity: None,
                reason: "two of three criteria for the lower dose are met".into(),
            },
            Check {
                agent: "cleo".to_owned(),
                verdict: CheckVerdict::Object,
                severity: Some(Severity::Mild),
                reason: "the creatinine is not known".into(),
            },
        ],
        ..event(
            "guardian:gus",
            "modified",
            "the full dose is too much at this age and weight",
        )
    });
    let mut second = first.clone();
    second.origin = Origin::Draft(draft("ben", 2));
    second.text = "Begin apixaban 5 mg bid".into();
    let mut holter = entry("ben", 1, "Order a Holter", "C3", removed("render"));
    holter.events.push(event(
        "render",
        "left-out",
        "left out to stay within 350 words",
    ));

    let mut c1 = candidate("C1", ANTICOAGULANT, vec![draft("ada", 1), draft("ben", 2)]);
    c1.opposes = vec!["C2".to_owned()];
    c1.rounds = vec![
        round(
            1,
            &[
                (
                    "ada",
                    rating(9, "less risk of stroke", "a stroke within the year"),
                ),
                ("ben", rating(8, "", "")),
                ("cleo", rating(2, "she may bleed after the fall", "little")),
            ],
            8.0,
            true,
        ),
        round(
            2,
            &[
                ("ada", rating(9, "", "")),
                ("ben", rating(8, "", "")),
                ("cleo", rating(7, "the fall was without head injury", "")),
            ],
            8.0,
            false,
        ),
    ];
    c1.stances = vec![
        Stance {
            round: 1,
            agent: "cleo".to_owned(),
            change: Change::Adopt,
            reason: "the head CT after the fall was normal".into(),
            text: None,
            refused: None,
        },
        Stance {
            round: 2,
            agent: "ben".to_owned(),
            change: Change::Withdraw,
            reason: "the others think otherwise".into(),
            text: None,
            refused: Some("the reason does not refer to the case".to_owned()),
        },
    ];
    c1.supporters = ["ada", "ben", "cleo"].map(str::to_owned).to_vec();
    c1.share = Some(1.0);
    c1.kept = true;
    c1.rule = "median 7 to 9 without disagreement".to_owned();
    let mut c3 = candidate("C3", "Order a Holter", vec![draft("ben", 1)]);
    c3.kept = true;
    c3.rule = "uncertain, kept by one rating of 9".to_owned();

    Ledger {
        entries: vec![
            first,
            entry(
                "ada",
                2,
                "Do not anticoagulate now",
                "C2",
                removed("delphi"),
            ),
            holter,
            second,
            LedgerEntry {
                origin: Origin::Guardian("gwen".to_owned()),
                candidate: None,
                events: vec![event("guardian:gwen", "added", "no creatinine is known")],
                ..entry(
                    "x",
                    1,
                    "Measure creatinine today",
                    "",
                    Fate::Kept { number: 2 },
                )
            },
        ],
        candidates: vec![
            c1,
            candidate("C2", "Do not anticoagulate now", vec![draft("ada", 2)]),
            c3,
        ],
        refused: vec![RefusedEdit {
            guardian: "gwen".to_owned(),
            edit: edit(&serde_json::json!({
                "op": "remove", "item": 1, "text": null, "category": null,
                "harm_type": "commission", "severity": "Moderate", "confidence": 0.6,
                "reason": "she fell",
            })),
            rule: "2 vendors drafted it: one guardian alone does not remove it".to_owned(),
            checks: Vec::new(),
        }],
        unused: Vec::new(),
    }
}

fn plan() -> Plan {
    let mut first = Recommendation::drafted(
        "Start apixaban 2.5 mg twice daily today, since she is 84 and weighs 52 kg",
        draft("ada", 1),
    );
    first.basis.push(draft("ben", 2));
    first.supporters = ["ada", "ben", "cleo"].map(str::to_owned).to_vec();
    first.rating = Some(8.0);
    first.edited_by = Some("gus".to_owned());
    first.severity_if_omitted = Some(Severity::Severe);
    first.urgency = Some("today".into());
    first.condition = Some("no bleeding is found".into());
    let mut second = Recommendation::drafted("Measure creatinine today", draft("ada", 1));
    second.basis.clear();
    second.edited_by = Some("gwen".to_owned());
    second.objectors = vec!["cleo".to_owned()];
    Plan {
        assessment: "Atrial fibrillation after a fall. The risk of stroke is high.".into(),
        items: vec![first, second],
    }
}

fn dissent() -> Vec<Dissent> {
    vec![
        Dissent {
            kind: DissentKind::Conflict,
            severity: Some(Severity::Severe),
            text: "“Start apixaban” and “Do not anticoagulate now” are opposite.".into(),
            by: vec!["ada".to_owned()],
            items: vec![1],
        },
        Dissent {
            kind: DissentKind::MinorityWarning,
            severity: None,
            text: "She may bleed after the fall.".into(),
            by: vec!["cleo".to_owned(), "ben".to_owned()],
            items: vec![1, 2],
        },
    ]
}

fn abstained() -> Outcome {
    Outcome::Abstained {
        reasons: vec!["a severe conflict is not settled".to_owned()],
    }
}

#[test]
fn everything_that_can_happen_to_a_recommendation_is_told() {
    let (ledger, plan) = (ledger(), plan());
    let drafted = [("ada".to_owned(), 2), ("ben".to_owned(), 2)];
    assert_eq!(ledger.check(&plan, &drafted), Ok(()));
    let story = Story {
        harms: None,
        title: Title {
            item: "Card001-3",
            arm: "panel:demo",
            trial: 2,
            simulated: &primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true),
            caveats: &[],
        },
        outcome: &abstained(),
        plan: &plan,
        text: None,
        ledger: Some(&ledger),
        dissent: &dissent(),
        guardians: &[GuardianStep {
            guardian: "gus".to_owned(),
            applied: 1,
            refused: 0,
        }],
        notes: &["the plan has 20 words".to_owned()],
        doubt: Some("ada#9 was drafted and has no entry"),
    };
    let text = render(&story, Some(80));
    insta::assert_snapshot!(text);
    for width in [20, 40, 60, 80, 100, 200] {
        let told = render(&story, Some(width));
        let widest = usize::from(width.clamp(40, 100));
        for line in told.lines() {
            assert!(line.chars().count() <= widest, "{width}: {line}");
        }
    }
}

#[test]
fn an_answer_with_all_its_parts_is_shown() {
    let score = CaseScore {
        item: "Card001-3".to_owned(),
        case_set: "ab".repeat(32),
        own_text: false,
        caveats: Vec::new(),
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true),
        profile: "noharm-2026-07".to_owned(),
        judge: None,
        unscored: None,
        metrics: BTreeMap::from([
            ("F1_weighted".to_owned(), Some(0.5)),
            ("Precision_weighted".to_owned(), None),
        ]),
        harms: vec![
            CaseHarm {
                harm_type: HarmType::Omission,
                severity: Severity::Severe,
                option: Some(4),
                text: "Stop the ibuprofen".into(),
                partial: true,
            },
            CaseHarm {
                harm_type: HarmType::Commission,
                severity: Severity::Mild,
                option: None,
                text: "Bed rest".into(),
                partial: false,
            },
        ],
        matched: vec![MatchedOption {
            option: 1,
            text: "Start an anticoagulant".into(),
            score: 9,
            partial: true,
        }],
        off_rubric: 1,
        judge_left_out: vec![3],
        judge_unproved: vec![4],
    };
    let answer = Answer {
        format: FORMAT.to_owned(),
        outcome: abstained(),
        needs_human: true,
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, false),
        notices: vec!["a notice".to_owned()],
        text: Some("not shown".into()),
        plan: plan(),
        dissent: dissent(),
        notes: vec!["a note".to_owned()],
        stages: vec![
            Asked {
                stage: "draft".to_owned(),
                seat: "ada".to_owned(),
                seconds: Some(12.345),
                usd: None,
                usd_estimated: 0.0,
                failure: None,
                unusable: None,
            },
            Asked {
                stage: "guardian".to_owned(),
                seat: "gus".to_owned(),
                seconds: None,
                usd: None,
                usd_estimated: 0.0,
                failure: Some("timeout".to_owned()),
                unusable: None,
            },
        ],
        usd: None,
        usd_is_estimated: false,
        spent_usd: 0.5,
        spent_usd_estimated: 0.0,
        seconds: 12.345,
        source: Source {
            panel: "demo".to_owned(),
            panel_hash: "0123456789abcdef".to_owned(),
            protocol: "delphi".to_owned(),
            prompt_hashes: BTreeMap::from([("advisor".to_owned(), "fedcba98765432".to_owned())]),
            program_version: "9.9.9".to_owned(),
            seed: 7,
            trial: 2,
        },
        ledger: ledger(),
        score: Some(score),
    };
    insta::assert_snapshot!(answer_terminal::render(&answer, Some(80)));
}

/// A model may say anything; a terminal must not obey it.
#[test]
fn no_control_character_of_a_model_reaches_the_terminal() {
    let mut plan = plan();
    plan.items[0].text = "Stop\u{1b}]0;title\u{7} it\r\u{1b}[1A now".into();
    let mut ledger = ledger();
    ledger.candidates[0].rule = "\u{1b}[31mred".to_owned();
    ledger.entries[0].text = "\u{9b}2J".into();
    let story = Story {
        harms: None,
        title: Title {
            item: "Card001",
            arm: "panel:demo",
            trial: 1,
            simulated: &primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, false),
            caveats: &[],
        },
        outcome: &Outcome::Complete,
        plan: &plan,
        text: None,
        ledger: Some(&ledger),
        dissent: &[],
        guardians: &[],
        notes: &[],
        doubt: None,
    };
    let text = render(&story, Some(80));
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
}
