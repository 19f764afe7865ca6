//! A panel that grades options, against a fake provider: what is not usable is
//! asked for once more, votes are counted by rule, and guardians may only flip
//! within their limits.

use crate::fake_openai;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::fake_openai::{Fake, Reply, Request};
use primum::clinical::{Grade, Outcome};
use primum::deliberation::options::{GradedAnswer, OptionList, grade_options, vote};
use primum::deliberation::{Conduct, Consult, Event, Stages, Watch};
use primum::gateway::journal::system_clock;
use primum::gateway::{Gateway, GatewayConfig, Journal};
use primum::panel::model::{Panel, VoteRule};
use serde_json::{Value, json};

const SCORES: [&str; 3] = ["score", "dependsOn", "abstraction"];

fn list() -> OptionList {
    OptionList::new([
        (1, "Start colchicine"),
        (2, "Stop the thiazide"),
        (3, "Give ten times the dose"),
        (4, "Check\nthe kidneys"),
    ])
}

fn panel(url: &str, rules: &str) -> Panel {
    let mut text = format!(
        "name = \"test\"\ntask = \"options\"\n\
         [providers.fake]\nbase_url = \"{url}\"\n\
         [providers.fake.limits]\ncall_seconds = 0.4\ntotal_seconds = 1.0\nattempts = 1\n"
    );
    for (name, vendor) in [
        ("ada", "north"),
        ("ben", "south"),
        ("cleo", "west"),
        ("gus", "south"),
        ("gwen", "west"),
    ] {
        text.push_str(&format!(
            "[models.{name}]\nprovider = \"fake\"\nid = \"{name}\"\nvendor = \"{vendor}\"\n"
        ));
        let kind = if name.starts_with('g') {
            "guardians"
        } else {
            "advisors"
        };
        text.push_str(&format!(
            "[[{kind}]]\nname = \"{name}\"\nmodel = \"{name}\"\n"
        ));
    }
    text.push_str(rules);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.toml");
    std::fs::write(&path, text).unwrap();
    match primum::panel::load(&path) {
        Ok(loaded) => loaded.panel,
        Err(faults) => panic!("{}", faults.render(primum::panel::Style::Plain)),
    }
}

fn who(request: &Request) -> &str {
    request.body["model"].as_str().unwrap()
}

fn is_second(request: &Request) -> bool {
    request.body["messages"].as_array().unwrap().len() > 2
}

fn grades(grades: &[(i64, bool)]) -> Value {
    let grades = grades.iter().map(|(option, yes)| {
        let word = if *yes { "Appropriate" } else { "Inappropriate" };
        json!({"Option": option, "GradeAI": word, "Rationale": "because"})
    });
    grades.collect()
}

fn says(list: &[(i64, bool)]) -> Reply {
    Reply::says(&json!({"grades": grades(list)}).to_string())
}

fn flips(flips: &[(i64, bool)]) -> Reply {
    let flips: Vec<Value> = flips
        .iter()
        .map(|(option, yes)| {
            let grade = if *yes { "Appropriate" } else { "Inappropriate" };
            json!({"option": option, "grade": grade, "harm_type": "omission",
                   "severity": "Severe", "reason": "his kidneys", "confidence": 1})
        })
        .collect();
    Reply::says(&json!({ "flips": flips }).to_string())
}

const USUAL: [(i64, bool); 4] = [(1, true), (2, true), (3, false), (4, false)];

/// Everybody does well; guardians let it be.
fn good(request: &Request) -> Reply {
    match who(request) {
        "gus" | "gwen" => flips(&[]),
        _ => says(&USUAL),
    }
}

struct Asked {
    result: GradedAnswer,
    requests: Vec<Request>,
}

impl Asked {
    fn reasons(&self) -> &[String] {
        self.result.outcome.reasons()
    }

    fn recommended(&self) -> Vec<i64> {
        let grades = self.result.grades.iter();
        grades
            .filter(|one| one.grade.is_appropriate())
            .map(|one| one.option)
            .collect()
    }

    fn asked(&self, name: &str) -> usize {
        self.requests.iter().filter(|r| who(r) == name).count()
    }

    fn refused(&self) -> Vec<&str> {
        let refused = self.result.ledger.refused.iter();
        refused.map(|edit| edit.rule.as_str()).collect()
    }
}

async fn ask(rules: &str, handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Asked {
    let fake = Fake::start(handler).await;
    let panel = panel(&fake.url, rules);
    let journal = Journal::in_memory(system_clock).unwrap();
    let gateway = Gateway::new(GatewayConfig {
        backoff: Duration::from_millis(2),
        ..GatewayConfig::new(panel.providers.clone(), journal)
    })
    .unwrap();
    let consult = Consult {
        item: "Rheu001".into(),
        trial: 1,
        presentation: "A 61-year-old man with a red hot toe.".into(),
    };
    let result = grade_options(
        &panel,
        &gateway,
        &consult,
        &list(),
        &Conduct::new(0, Stages::All),
    )
    .await
    .unwrap();
    if !matches!(result.outcome, Outcome::Failed { .. }) {
        let entries: Vec<i64> = result.ledger.entries.iter().map(|e| e.option).collect();
        assert_eq!(entries, [1, 2, 3, 4], "the ledger adds up");
    }
    Asked {
        result,
        requests: fake.requests(),
    }
}

#[tokio::test]
async fn a_whole_panel_grades_and_sees_numbers_and_texts_only() {
    let asked = ask("", good).await;
    assert_eq!(asked.result.outcome, Outcome::Complete);
    assert_eq!(asked.recommended(), [1, 2]);
    assert_eq!(asked.requests.len(), 5);
    for request in &asked.requests {
        let all = request.body["messages"].to_string();
        assert!(SCORES.iter().all(|word| !all.contains(word)), "{all}");
        assert!(!all.contains("ada"), "{all}");
        let user = request.message(0);
        assert!(
            user.contains("O4. Check the kidneys") || user.contains("[Inappropriate, 3 of 3"),
            "{user}"
        );
    }
    let named = &asked.requests[0].body["response_format"]["json_schema"];
    assert_eq!(named["name"], "primum_options");
    let option = &named["schema"]["properties"]["grades"]["items"]["properties"]["Option"];
    assert_eq!(option["enum"], json!(["O1", "O2", "O3", "O4"]));
}

#[tokio::test]
async fn what_is_missing_repeated_or_unknown_is_named_in_one_more_question() {
    for (first, named) in [
        (
            vec![(1, true), (2, true), (3, false)],
            "without a grade: O4",
        ),
        (
            vec![(1, true), (2, true), (3, false), (3, true), (4, false)],
            "more than one grade: O3",
        ),
        (
            vec![(1, true), (2, true), (3, false), (4, false), (9, true)],
            "the list does not have: O9",
        ),
    ] {
        let asked = ask("", move |request| match who(request) {
            "ben" if !is_second(request) => says(&first),
            _ => good(request),
        })
        .await;
        assert_eq!(asked.result.outcome, Outcome::Complete, "{named}");
        assert_eq!(asked.asked("ben"), 2);
        let second = asked.requests.iter().find(|r| is_second(r)).unwrap();
        assert!(second.message(0).contains(named), "{}", second.message(0));
    }
}

#[tokio::test]
async fn only_what_was_in_question_is_taken_from_the_second_answer() {
    // The second answer turns everything round; only 4 was asked for.
    let asked = ask("[consensus]\nprotocol = \"lead\"\n", |request| {
        match who(request) {
            "ada" if is_second(request) => says(&[(1, false), (2, false), (3, true), (4, true)]),
            "ada" => says(&[(1, true), (2, true), (3, false)]),
            _ => good(request),
        }
    })
    .await;
    assert_eq!(asked.recommended(), [1, 2, 4]);
    assert_eq!(asked.result.outcome, Outcome::Complete);
}

#[tokio::test]
async fn what_stays_unusable_is_said_and_has_no_vote() {
    let asked = ask("", |request| match who(request) {
        "ben" => says(&[(1, true), (3, false), (3, true), (4, false)]),
        _ => good(request),
    })
    .await;
    assert_eq!(
        asked.reasons(),
        ["ben gave no usable grade for option 2, 3"]
    );
    assert_eq!(asked.asked("ben"), 2, "one more question, not more");
    assert_eq!(asked.result.ledger.entries[1].votes.len(), 2);
    assert_eq!(asked.recommended(), [1, 2]);
}

#[tokio::test]
async fn an_option_below_the_quorum_of_votes_has_no_grade() {
    let asked = ask("", |request| match who(request) {
        "ben" | "cleo" => says(&[(1, true), (2, true), (3, false)]),
        _ => good(request),
    })
    .await;
    assert!(matches!(asked.result.outcome, Outcome::Degraded { .. }));
    let last = asked.reasons().last().unwrap();
    assert_eq!(last, "no quorum of usable grades for option 4");
    assert_eq!(asked.result.grades.len(), 3);
    assert_eq!(asked.result.ledger.entries[3].grade(), None);
}

#[tokio::test]
async fn a_bare_array_in_prose_is_read() {
    let asked = ask("", |request| match who(request) {
        "ben" => Reply::says(&format!("Here you are:\n```json\n{}\n```", grades(&USUAL))),
        _ => good(request),
    })
    .await;
    assert_eq!(asked.result.outcome, Outcome::Complete);
    assert_eq!(asked.asked("ben"), 1);
}

#[tokio::test]
async fn a_refusal_is_no_draft_whatever_shape_it_has() {
    let asked = ask("", |request| match who(request) {
        "ben" => {
            let all = [(1, false), (2, false), (3, false), (4, false)];
            let text = json!({"grades": grades(&all)}).to_string();
            let mut body = fake_openai::answer(&text);
            body["choices"][0]["finish_reason"] = "content_filter".into();
            Reply::json(200, body)
        }
        _ => good(request),
    })
    .await;
    let filtered = "ben did not answer (the model or a filter declined)";
    assert_eq!(asked.reasons(), [filtered]);
    assert_eq!(asked.result.ledger.entries[0].votes.len(), 2);
}

#[tokio::test]
async fn one_advisor_less_is_degraded_and_a_lone_survivor_abstains() {
    let asked = ask("", |request| match who(request) {
        "ben" => Reply::text(500, ""),
        _ => good(request),
    })
    .await;
    assert_eq!(asked.reasons(), ["ben did not answer (server error)"]);
    assert_eq!(asked.recommended(), [1, 2]);

    let asked = ask("", |request| match who(request) {
        "ada" | "ben" => Reply::text(500, ""),
        _ => good(request),
    })
    .await;
    assert!(matches!(asked.result.outcome, Outcome::Abstained { .. }));
    assert_eq!(
        asked.reasons()[0],
        "1 of 3 advisors gave a usable answer; the quorum is 2"
    );
    assert_eq!(asked.result.notes[0], "the grades are cleo's");
    assert_eq!(asked.asked("gus"), 0);

    let asked = ask("", |_| Reply::text(500, "")).await;
    assert!(matches!(asked.result.outcome, Outcome::Failed { .. }));
    assert!(asked.result.grades.is_empty());
}

#[tokio::test]
async fn guardians_flip_within_their_limits() {
    let rules = "[edits]\nmax_edits = 3\nmax_added = 1\nmax_removed = 1\n";
    let asked = ask(rules, |request| match who(request) {
        // 7 is unknown, 1 is protected by three vendors, 3 is the one that may
        // be added, 4 would be the second, 3 again was flipped already.
        "gus" => flips(&[(7, true), (1, false), (3, true), (4, true), (3, false)]),
        // A second voice takes out what one alone may not; 2 changes nothing.
        "gwen" => flips(&[(1, false), (2, true)]),
        _ => good(request),
    })
    .await;
    assert_eq!(asked.result.outcome, Outcome::Complete);
    assert_eq!(asked.recommended(), [2, 3]);
    assert_eq!(
        asked.refused(),
        [
            "the list has no option 7",
            "3 vendors grade it appropriate: one guardian alone does not flip it",
            "at most 1 flips to appropriate",
            "option 3 was flipped already",
            "it changes nothing",
        ]
    );
    let flipped = &asked.result.grades[0];
    assert_eq!(flipped.grade, Grade::Inappropriate);
    assert_eq!(flipped.rationale.expose(), "his kidneys");
}

#[tokio::test]
async fn a_guardian_that_fails_leaves_the_grades_as_they_were() {
    for nonsense in [
        Reply::Hang,
        Reply::says("no"),
        Reply::says(r#"{"flips": 1}"#),
    ] {
        let asked = ask("", move |request| match who(request) {
            "gus" => nonsense.clone(),
            _ => good(request),
        })
        .await;
        assert!(asked.reasons()[0].starts_with("guardian gus did not answer"));
        assert_eq!(asked.recommended(), [1, 2]);
        assert_eq!(asked.asked("gwen"), 1);
    }
}

fn decide(yes: usize, no: usize, threshold: f64, tie: bool) -> Option<bool> {
    let votes: BTreeMap<String, Grade> = (0..yes + no)
        .map(|n| (format!("a{n}"), Grade::of(n < yes)))
        .collect();
    let rule = VoteRule {
        threshold,
        tie_is_appropriate: tie,
        weigh_vendors: false,
        keep: Vec::new(),
    };
    vote::decide(&votes, &rule, 2)
        .ok()
        .map(|(grade, _)| grade.is_appropriate())
}

#[test]
fn the_table_of_votes() {
    for (yes, no, threshold, tie, expected) in [
        (2, 1, 0.5, false, Some(true)),
        (1, 2, 0.5, true, Some(false)),
        (2, 2, 0.5, false, Some(false)),
        (2, 2, 0.5, true, Some(true)),
        (3, 2, 0.6, false, Some(false)),
        (3, 2, 0.6, true, Some(true)),
        (4, 1, 0.6, false, Some(true)),
        (2, 1, 2.0 / 3.0, true, Some(true)),
        (2, 1, 0.67, true, Some(false)),
        (3, 0, 0.9, false, Some(true)),
        (1, 2, 0.0, false, Some(true)),
        (0, 3, 0.0, false, Some(false)),
        (0, 3, 0.0, true, Some(true)),
        (1, 0, 0.5, true, None),
        (0, 0, 0.5, true, None),
    ] {
        let found = decide(yes, no, threshold, tie);
        assert_eq!(found, expected, "{yes} to {no}, {threshold}, {tie}");
    }
}

/// Writes down what it is told.
#[derive(Default)]
struct Seen(std::sync::Mutex<Vec<String>>);

impl Watch for Seen {
    fn saw(&self, event: Event<'_>) {
        let line = match event {
            Event::Asked { stage, seats } => format!("asked {stage} {}", seats.join(" ")),
            Event::Answered {
                stage,
                seat,
                failure,
                ..
            } => {
                let how = failure.map_or("well", |kind| kind.as_str());
                format!("answered {stage} {seat} {how}")
            }
            Event::Skipped { stage } => format!("skipped {stage}"),
            Event::Plan { after, items } => format!("plan {after} {items}"),
            Event::Unusable { stage, seat, .. } => format!("{stage} {seat} not usable"),
        };
        self.0.lock().unwrap().push(line);
    }
}

/// Asks with a deadline, and says what was seen and how long it took.
async fn ask_until(
    milliseconds: u64,
    rules: &str,
    handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (GradedAnswer, Vec<String>, Duration) {
    let fake = Fake::start(handler).await;
    let mut panel = panel(&fake.url, rules);
    for provider in panel.providers.values_mut() {
        provider.limits.call_seconds = 30.0;
        provider.limits.total_seconds = 60.0;
    }
    let journal = Journal::in_memory(system_clock).unwrap();
    let config = GatewayConfig::new(panel.providers.clone(), journal);
    let gateway = Gateway::new(config).unwrap();
    let consult = Consult {
        item: "Rheu001".into(),
        trial: 1,
        presentation: "A 61-year-old man with a red hot toe.".into(),
    };
    let seen = Seen::default();
    let started = std::time::Instant::now();
    let conduct = Conduct {
        deadline: Some(tokio::time::Instant::now() + Duration::from_millis(milliseconds)),
        watch: &seen,
        ..Conduct::new(0, Stages::All)
    };
    let result = grade_options(&panel, &gateway, &consult, &list(), &conduct).await;
    (
        result.unwrap(),
        seen.0.into_inner().unwrap(),
        started.elapsed(),
    )
}

#[tokio::test]
async fn an_advisor_who_hangs_is_waited_for_until_the_drafts_share_of_the_deadline() {
    let (result, seen, took) = ask_until(2_000, "", |request| match who(request) {
        "cleo" => Reply::Hang,
        _ => good(request),
    })
    .await;
    assert!(took < Duration::from_millis(1_900), "{took:?}");
    assert_eq!(result.outcome.reasons(), ["cleo's grades came too late"]);
    assert_eq!(result.grades.len(), 4);
    assert_eq!(
        seen.first().map(String::as_str),
        Some("asked draft ada ben cleo")
    );
    for line in [
        "answered draft ada well",
        "answered draft cleo timeout",
        "plan consensus 4",
        "asked guardian gus",
        "answered guardian gus well",
        "plan gus 4",
        "plan gwen 4",
    ] {
        assert!(seen.iter().any(|one| one == line), "{line}: {seen:?}");
    }
}

#[tokio::test]
async fn the_answer_is_there_by_the_deadline_whoever_hangs() {
    let (result, _, took) = ask_until(500, "", |request| match who(request) {
        "gus" => Reply::Hang,
        _ => good(request),
    })
    .await;
    assert!(took < Duration::from_millis(1_500), "{took:?}");
    let reasons = [
        "guardian gus's flips came too late",
        "no time was left for guardian gwen",
    ];
    assert_eq!(result.outcome.reasons(), reasons);
    assert_eq!(result.grades.len(), 4);

    let (result, _, took) = ask_until(300, "", |_| Reply::Hang).await;
    assert!(took < Duration::from_millis(1_300), "{took:?}");
    assert!(matches!(result.outcome, Outcome::Failed { .. }));
}
