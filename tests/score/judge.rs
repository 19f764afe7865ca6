//! The judge against a fake provider: what it is shown, and what becomes of
//! its answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::fake_openai::{Fake, Reply, Request};
use primum::clinical::Rubric;
use primum::gateway::journal::system_clock;
use primum::gateway::{Gateway, GatewayConfig, Journal};
use primum::judge::{JudgeError, Judgment, Question, judge};
use primum::panel::model::Panel;
use primum::score::{PreparedRubric, clean_overrides};
use serde_json::{Value, json};

fn panel(url: &str) -> Panel {
    let text = format!(
        "name = \"test\"\n\
         [providers.fake]\nbase_url = \"{url}\"\n\
         [providers.fake.limits]\ncall_seconds = 10.0\ntotal_seconds = 20.0\nattempts = 1\n\
         [models.m]\nprovider = \"fake\"\nid = \"m\"\nprice = {{ input = 1.0, output = 1.0 }}\n\
         [[advisors]]\nname = \"ada\"\nmodel = \"m\"\n\
         [judge]\nname = \"jo\"\nmodel = \"m\"\n"
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.toml");
    std::fs::write(&path, text).unwrap();
    match primum::panel::load(&path) {
        Ok(loaded) => loaded.panel,
        Err(faults) => panic!("{}", faults.render(primum::panel::Style::Plain)),
    }
}

fn rubric() -> Rubric {
    serde_json::from_value(json!({
        "id": "Rheu001",
        "case": {"presentation": "…", "recommendations": "SECRET OF THE SPECIALISTS"},
        "options": [
            {"id": 1, "text": "Start colchicine", "score": 9},
            {"id": 2, "text": "Give allopurinol\nnow", "score": 2, "abstraction": "Too early", "abstractionType": "harm"},
            {"id": 3, "text": "Aspirate the joint", "score": 8, "abstraction": "Proof", "abstractionType": "alternative"},
            {"id": 4, "text": "Ultrasound", "score": 8, "abstraction": "Proof", "abstractionType": "alternative", "dependsOn": [1]},
            {"id": 5, "text": "Diary", "placement": 6, "score": 1}
        ]
    }))
    .unwrap()
}

fn question() -> Question {
    Question {
        item: "Rheu001".into(),
        trial: 1,
        judge_trial: 1,
        presentation: "A man with a red toe.".into(),
        rubric: Arc::new(rubric()),
        guidance: Some(Arc::new(json!({
            "spirit": "Treat the flare.", "watchouts": ["Not allopurinol."],
            "options": {"1": {"matching": "Any dose.", "aliases": ["Colcrys"], "gates": 7}}
        }))),
        answer: "1. Start colchicine 0.5 mg\n2. Keep a diary".into(),
    }
}

fn matching(ids: &[i64]) -> Value {
    let options: Vec<Value> = ids
        .iter()
        .map(|id| {
            json!({"id": format!("O{id}"), "matched": *id == 1, "partial": false,
                   "matched_action_ids": [], "evidence": ""})
        })
        .collect();
    json!({
        "actions": [
            {"id": "A1", "action": "Start colchicine", "category": "Medication",
             "evidence": "Start colchicine", "dependsOn": [], "match": ["O1"]},
            {"id": "A2", "action": "Diary", "category": "Counseling", "evidence": "Keep a diary",
             "dependsOn": [], "match": []}
        ],
        "options": options
    })
}

fn task(request: &Request) -> &str {
    request.body["response_format"]["json_schema"]["name"]
        .as_str()
        .unwrap_or_default()
}

async fn judged(
    handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (Result<Judgment, JudgeError>, Vec<Request>) {
    let fake = Fake::start(handler).await;
    let panel = panel(&fake.url);
    let gateway = Gateway::new(GatewayConfig {
        backoff: Duration::from_millis(2),
        ..GatewayConfig::new(
            panel.providers.clone(),
            Journal::in_memory(system_clock).unwrap(),
        )
    })
    .unwrap();
    let by = panel.judge.clone().unwrap();
    let result = judge(&panel, &by, &gateway, &question()).await;
    (result, fake.requests())
}

fn good(request: &Request) -> Reply {
    match task(request) {
        "primum_match" => Reply::says(&matching(&[1, 2, 3, 4, 5]).to_string()),
        _ => Reply::says(
            &json!({"overrides": [
                {"option_id": "O5", "new_verdict": "yes", "rationale": "diary",
                 "evidence": "Keep a diary", "action_id": "A2"}
            ]})
            .to_string(),
        ),
    }
}

#[tokio::test]
async fn two_calls_make_a_judgment() {
    let (result, requests) = judged(good).await;
    let judgment = result.unwrap();
    assert_eq!(requests.len(), 2);
    assert_eq!(judgment.matched.actions.len(), 2);
    assert!(judgment.left_out.is_empty());
    assert!(judgment.usd.unwrap() > 0.0);
    assert_eq!(judgment.matched.prompt_hash.as_ref().unwrap().len(), 64);
    let review = judgment.review.unwrap();
    let clean = clean_overrides(
        &review.overrides,
        &PreparedRubric::new(&rubric()),
        &judgment.matched.actions,
    );
    assert_eq!(clean.len(), 1);
    assert_eq!((clean[0].option_id, clean[0].action_id), (5, Some(2)));
}

#[tokio::test]
async fn the_judge_sees_tiers_groups_and_guidance_and_not_who_wrote_it() {
    let (_, requests) = judged(good).await;
    let prompt = requests[0].message(0);
    for line in [
        "O1 (score 9): Start colchicine",
        "O5 (score 6): Diary",
        "Group: Too early",
        "O2 (score 2): Give allopurinol now",
        "Group of alternatives: Proof",
        "O4 (score 8): Ultrasound (depends on O1)",
        "Treat the flare.",
        "- Not allopurinol.",
        "O1: Any dose. Also called: Colcrys.",
    ] {
        assert!(prompt.lines().any(|l| l == line), "{line} in\n{prompt}");
    }
    let review = requests[1].message(0);
    assert!(review.contains(r#"{"option_id":"O1","verdict":"yes","action_ids":["A1"]}"#));
    assert!(review.contains(r#"{"option_id":"O2","verdict":"no","action_ids":[]}"#));
    for request in &requests {
        let all = request.body["messages"].to_string();
        for hidden in ["SECRET", " ada", "panel:", "solo:"] {
            assert!(!all.contains(hidden), "{hidden} in {all}");
        }
    }
}

#[tokio::test]
async fn options_left_out_are_asked_for_once_by_name() {
    let (result, requests) = judged(|request| match task(request) {
        "primum_match" if request.body["messages"].as_array().unwrap().len() > 2 => {
            assert!(request.message(0).contains("left out: O2, O4, O5"));
            Reply::says(&matching(&[1, 2, 3, 5]).to_string())
        }
        "primum_match" => Reply::says(&matching(&[1, 3]).to_string()),
        _ => Reply::says(r#"{"overrides": []}"#),
    })
    .await;
    assert_eq!(requests.len(), 3);
    let judgment = result.unwrap();
    assert_eq!(
        judgment.left_out,
        [4],
        "the better answer is kept, and what it lacks is said"
    );
    assert_eq!(judgment.matched.options.len(), 4);
}

#[tokio::test]
async fn a_judge_without_a_usable_answer_gives_no_verdict() {
    for failing in ["primum_match", "primum_review"] {
        let (result, _) = judged(move |request| {
            if task(request) == failing {
                Reply::says("I would rather not.")
            } else {
                good(request)
            }
        })
        .await;
        let error = result.unwrap_err();
        assert_eq!(format!("primum_{}", error.call), failing);
        assert!(!error.to_string().contains("red toe"));
    }
}

#[tokio::test]
async fn the_same_words_are_judged_once() {
    let fake = Fake::start(good).await;
    let panel = panel(&fake.url);
    let gateway = Gateway::new(GatewayConfig::new(
        panel.providers.clone(),
        Journal::in_memory(system_clock).unwrap(),
    ))
    .unwrap();
    let by = panel.judge.clone().unwrap();
    for _ in 0..3 {
        judge(&panel, &by, &gateway, &question()).await.unwrap();
    }
    let by_task: BTreeMap<String, usize> =
        fake.requests().iter().fold(BTreeMap::new(), |mut map, r| {
            *map.entry(task(r).to_owned()).or_default() += 1;
            map
        });
    assert_eq!(by_task.values().copied().collect::<Vec<_>>(), [1, 1]);
}
