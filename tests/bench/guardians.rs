//! What each guardian's edits did to the score: judged free where an arm has the
//! same text, counted over items, and named where a guardian does harm.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use primum::bench::schedule::AnswerKey;
use primum::bench::texts::Texts;
use primum::bench::{Bench, arms};
use primum::cases::{CaseSet, load};
use primum::clinical::{HarmType, PatientText, Severity};
use primum::deliberation::{Consult, Step};
use primum::gateway::journal::{Journal, system_clock};
use primum::gateway::{Gateway, GatewayConfig};
use primum::report::{
    ArmRows, Harm, ItemRow, JudgedStep, Members, OutcomeKind, PanelSeats, Provenance, Summary,
    Timing, html, summarise, terminal,
};
use primum::score::Profile;
use primum::simulate::SimConfig;

use crate::simulate_common::{demo_dir, start};

fn harm(option: Option<i64>, harm_type: HarmType, severity: Severity) -> Harm {
    Harm {
        option,
        harm_type,
        severity,
    }
}

fn left_out(option: i64, severity: Severity) -> Harm {
    harm(Some(option), HarmType::Omission, severity)
}

fn done(option: i64, severity: Severity) -> Harm {
    harm(Some(option), HarmType::Commission, severity)
}

fn step(after: &str, edits: (usize, usize), harms: Option<&[Harm]>) -> JudgedStep {
    JudgedStep {
        after: after.to_owned(),
        applied: edits.0,
        refused: edits.1,
        harms: harms.map(<[Harm]>::to_vec),
    }
}

/// The summary of one panel with the guardians gus and gwen.
fn summary(items: Vec<Vec<JudgedStep>>) -> Summary {
    let row = |(n, steps)| ItemRow {
        outcome: Some(OutcomeKind::Complete),
        steps,
        ..ItemRow::new(&format!("Card{n}"), &format!("Card{n}"), 1)
    };
    let arm = ArmRows {
        name: "panel:demo".to_owned(),
        lead: None,
        panel: Some(PanelSeats {
            name: "demo".to_owned(),
            guardians: vec!["gus".to_owned(), "gwen".to_owned()],
            members: Members::Arms(Vec::new()),
            unguarded: None,
        }),
        rows: items.into_iter().enumerate().map(row).collect(),
    };
    let provenance = Provenance {
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true),
        ..Provenance::default()
    };
    summarise(&Profile::default(), provenance, &[arm], &[])
}

#[test]
fn harms_are_added_and_prevented_and_the_harmful_guardian_is_named() {
    use Severity::{Mild, Moderate, Severe, Uncertain};
    let off = |severity| harm(None, HarmType::Commission, severity);
    let summary = summary(vec![
        // gus takes out what matters; gwen brings it back and adds a mild harm.
        vec![
            step("consensus", (0, 0), Some(&[left_out(4, Mild)])),
            step(
                "gus",
                (2, 1),
                Some(&[left_out(1, Severe), left_out(4, Mild)]),
            ),
            step("gwen", (1, 0), Some(&[left_out(4, Mild), done(7, Mild)])),
        ],
        // Two harms off the rubric become one; what is uncertain is no harm.
        vec![
            step("consensus", (0, 0), Some(&[off(Moderate), off(Moderate)])),
            step("gus", (1, 0), Some(&[off(Moderate), off(Uncertain)])),
            step("gwen", (0, 3), Some(&[off(Moderate)])),
        ],
        // The harm changes its place but the case stays severe.
        vec![
            step("consensus", (0, 0), Some(&[left_out(1, Severe)])),
            step("gus", (2, 0), Some(&[done(9, Severe)])),
            step("gwen", (0, 0), None),
        ],
        // Not asked: an abstained item has no steps.
        vec![],
    ]);
    let of = &summary.guardians["demo"];
    let names: Vec<&str> = of.iter().map(|guardian| guardian.name.as_str()).collect();
    assert_eq!(names, ["gus", "gwen"]);
    let (gus, gwen) = (&of[0], &of[1]);
    assert_eq!(
        (gus.items, gus.unjudged, gus.applied, gus.refused),
        (3, 0, 5, 1)
    );
    assert_eq!(gus.added.omission.severe, 1);
    assert_eq!(gus.added.commission.severe, 1);
    assert_eq!(gus.prevented.omission.severe, 1);
    assert_eq!(gus.prevented.commission.moderate, 1);
    assert_eq!((gus.severe_cases_added, gus.severe_cases_prevented), (1, 0));
    assert_eq!(
        (gwen.items, gwen.unjudged, gwen.applied, gwen.refused),
        (2, 1, 1, 3)
    );
    assert_eq!(gwen.added.commission.mild, 1);
    assert_eq!(gwen.prevented.omission.severe, 1);
    assert_eq!(
        (gwen.severe_cases_added, gwen.severe_cases_prevented),
        (0, 1)
    );

    let named: Vec<&String> = summary
        .warnings
        .iter()
        .filter(|warning| warning.starts_with("HARMFUL GUARDIAN"))
        .collect();
    assert_eq!(named.len(), 1, "{:?}", summary.warnings);
    assert!(named[0].contains("gus of panel demo"), "{}", named[0]);
    let unjudged = summary
        .warnings
        .iter()
        .any(|w| w.contains("gwen") && w.contains("no judgment"));
    assert!(unjudged, "{:?}", summary.warnings);

    let table = terminal::render(&summary, &Timing::default(), Some(100));
    assert!(table.contains("What each guardian's edits did"), "{table}");
    assert!(table.contains("+1/0/0 -1/0/0"), "{table}");
    let from = table.find("What each guardian").expect("the table");
    let about: Vec<&str> = table[from..]
        .lines()
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(
        about.iter().all(|line| line.chars().count() <= 100),
        "{about:#?}"
    );
    let page = html::render(&summary).expect("a page");
    assert!(page.contains("What each guardian's edits did (SIMULATED)"));
}

#[test]
fn without_guardians_nothing_is_said_of_them() {
    let summary = summary(vec![vec![], vec![]]);
    assert!(summary.guardians.is_empty());
    let text = serde_json::to_string(&summary).expect("JSON");
    assert!(!text.contains("\"guardians\""));
    let table = terminal::render(&summary, &Timing::default(), Some(100));
    assert!(!table.contains("guardian's"), "{table}");
}

/// A run of the demo panel on the demo cases.
fn bench_of(set: &CaseSet) -> Bench {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/demo.toml");
    let panel = Arc::new(primum::panel::load(&file).expect("the panel").panel);
    let keys: HashMap<String, AnswerKey> = set
        .cases
        .iter()
        .filter_map(|case| Some((case.id.clone(), AnswerKey::of(case)?)))
        .collect();
    Bench {
        arms: arms(std::slice::from_ref(&panel), &[]).expect("arms"),
        items: set.cases.iter().map(|case| case.items[0].clone()).collect(),
        keys,
        trials: 1,
        seed: 0,
        profile: Profile::default(),
        judge: Some((panel.clone(), panel.judge.clone().expect("a judge"))),
        grading: None,
        ledger: primum::bench::Ledgering::Off,
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_an_arm_has_costs_nothing() {
    let set = load(demo_dir()).expect("the demo cases");
    let (server, _) = start(&set.cases, SimConfig::default()).await;
    let bench = bench_of(&set);
    let mut providers = bench.arms[0].panel.providers.clone();
    for provider in providers.values_mut() {
        provider.base_url = server.base_url();
    }
    let journal = Journal::in_memory(system_clock).expect("a journal");
    let gateway = Gateway::new(GatewayConfig::new(providers, journal.clone())).expect("a gateway");

    let item = bench
        .items
        .iter()
        .find(|item| item.id == "Card901")
        .expect("a case")
        .clone();
    let rubric = bench.keys["Card901"].rubric.clone();
    let list = |wanted: &dyn Fn(i64) -> bool| -> PatientText {
        let chosen = rubric
            .options
            .iter()
            .filter(|option| option.effective_score().is_some_and(wanted));
        let lines = chosen
            .enumerate()
            .map(|(i, option)| format!("{}. {}\n", i + 1, option.text));
        lines.collect::<String>().into()
    };
    let after = |after: &str, text: &PatientText| Step {
        after: after.to_owned(),
        text: text.clone(),
        applied: 1,
        refused: 0,
    };
    let careful = list(&|score| score >= 7);
    let careless = list(&|score| (7..9).contains(&score) || score == 1);
    let consult = Consult {
        item: item.id.as_str().into(),
        trial: 1,
        presentation: item.prompt.clone(),
    };
    let texts = Texts {
        bench: &bench,
        gateway: &gateway,
        item: &item,
        consult: &consult,
    };

    // As an arm has it judged.
    let arm = texts
        .record(&careful)
        .await
        .expect("not interrupted")
        .expect("a record");
    let calls = journal.calls_count();
    let steps = [
        after("consensus", &careful),
        after("gus", &careful),
        after("gwen", &careful),
    ];
    let judged = texts
        .judge_steps(&steps, (&careless, None))
        .await
        .expect("not interrupted");
    assert_eq!(
        journal.calls_count(),
        calls,
        "the same text was bought twice"
    );
    assert!(judged.iter().all(|step| step.harms == judged[0].harms));
    let nothing_severe = |step: &JudgedStep| {
        let harms = step.harms.as_ref().expect("a judgment");
        harms.iter().all(|harm| harm.severity != Severity::Severe)
    };
    assert!(nothing_severe(&judged[0]), "{judged:?}");

    // Of three texts two are new; the last is the answer, whose judgment is at
    // hand, whatever it is.
    let steps = [
        after("consensus", &careful),
        after("gus", &careless),
        after("gwen", &careless),
    ];
    let judged = texts
        .judge_steps(&steps, (&careful, Some(&arm)))
        .await
        .expect("not interrupted");
    assert!(journal.calls_count() - calls <= 2);
    assert!(
        nothing_severe(&judged[0]) && !nothing_severe(&judged[1]),
        "{judged:?}"
    );
    assert_eq!(judged[1].harms, judged[2].harms);
    let steps = [
        after("gwen", &careful),
        after("nobody", &PatientText::from(" ")),
    ];
    let judged = texts
        .judge_steps(&steps, (&careful, None))
        .await
        .expect("not interrupted");
    assert_eq!(
        judged[0].harms, None,
        "an answer without a judgment has none as a step either"
    );
    assert_eq!(judged[1].harms, None);
}
