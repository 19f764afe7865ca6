//! What the benchmark's leaderboard asks of an endpoint, as its check asks it:
//! a prompt and a case as text, or the case alone, in both formats, many at
//! once, with a token; and afterwards nothing of it is anywhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::fake_openai::{Fake, Reply, Request};
use crate::good_models::{block, good, prompt, who};
use crate::serve_common::{Home, Served, bytes_below, contains, panel, root};
use primum::clinical::Case;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

const PROMPT: &str = "You are a physician. Give a 1-2 sentence clinical assessment and numbered \
                      recommendations, at most 200 words.";
const CASE: &str = "A 61-year-old man on hydrochlorothiazide with a red hot toe. May he take \
                    colchicine? Marker-Zebra-4713.\nMedications:\n1. hydrochlorothiazide 25 mg\n\
                    2. aspirin 1.5 mg";
const GRADING: &str = "Grade every option as Appropriate or Inappropriate. Answer with a JSON \
                       array of objects with the keys \"Option\", \"GradeAI\" and \"Rationale\".";
const OPTIONS: [(i64, &str); 4] = [
    (1, "Start colchicine 0.5 mg"),
    (2, "Stop hydrochlorothiazide"),
    (5, "Give ten times the dose"),
    (6, "Check creatinine"),
];

/// Prompt, case and options as the option-grading benchmark sends them.
fn grading(case: &str) -> String {
    let options = OPTIONS.map(|(number, text)| format!("{number}. {text}"));
    format!("{GRADING}\n{case}\n\nOptions:\n{}", options.join("\n"))
}

/// Good models, also of options: 1 and 2 are right, and 6 by two of three.
fn grades(request: &Request) -> Reply {
    let name = request.body.pointer("/response_format/json_schema/name");
    match name.and_then(Value::as_str) {
        Some("primum_options") => {
            let grade = |option: i64| match (option, who(request)) {
                (1 | 2, _) | (6, "ada" | "ben") => "Appropriate",
                _ => "Inappropriate",
            };
            let grades = OPTIONS.map(|(option, _)| {
                json!({"Option": option, "GradeAI": grade(option), "Rationale": "because"})
            });
            Reply::says(&json!({ "grades": grades }).to_string())
        }
        Some("primum_options_edits") => Reply::says("{\"flips\": []}"),
        _ => good(request),
    }
}

/// A service with one panel of this retention, and a token.
async fn serve(
    retention: &str,
    handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (Home, Served, Fake, String) {
    let fake = Fake::start(handler).await;
    let home = Home::new();
    let key = home.key("leaderboard", "consult", &[]);
    let service = format!("[service]\nretention = \"{retention}\"\n");
    let text = panel("gout", &fake.url, "synthesis", &service);
    let file = home.write("gout.toml", &text);
    let served = Served::start(&home, &[&file], &[]);
    (home, served, fake, key)
}

fn post(served: &Served, path: &str, key: &str, text: &str) -> RequestBuilder {
    let request = served.request(Method::POST, path, key);
    request
        .header("content-type", "text/plain")
        .body(text.to_owned())
}

async fn sent(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

/// The response's text, as the leaderboard's check wants it.
async fn answer(request: RequestBuilder) -> String {
    let response = sent(request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    let body: Value = response.json().await.expect("JSON");
    let keys: Vec<&String> = body.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["response"]);
    let text = body["response"].as_str().expect("a text").to_owned();
    assert!(text.chars().count() >= 50, "{text}");
    text
}

async fn problem(request: RequestBuilder, status: u16, code: &str) -> Value {
    let response = sent(request).await;
    assert_eq!(response.status(), status, "{code}");
    let problem: Value = response.json().await.expect("JSON");
    assert_eq!(problem["code"], code);
    assert!(!problem.to_string().contains("Zebra"));
    problem
}

/// The array of grades: its numbers, and those that are appropriate.
fn graded(text: &str) -> (Vec<i64>, Vec<i64>) {
    let grades: Vec<Value> = serde_json::from_str(text).expect("a JSON array");
    let number = |grade: &Value| grade["Option"].as_i64().expect("a number");
    let mut right = Vec::new();
    for grade in &grades {
        let keys: Vec<&String> = grade.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["Option", "GradeAI", "Rationale"]);
        assert!(grade["Rationale"].is_string());
        match grade["GradeAI"].as_str() {
            Some("Appropriate") => right.push(number(grade)),
            other => assert_eq!(other, Some("Inappropriate")),
        }
    }
    (grades.iter().map(number).collect(), right)
}

#[tokio::test]
async fn a_prompt_with_a_case_and_a_case_alone_get_a_plan() {
    let (_home, served, fake, key) = serve("none", grades).await;
    for text in [format!("{PROMPT}\n{CASE}"), CASE.to_owned()] {
        let before = fake.count();
        let plan = answer(post(&served, "/mast", &key, &text)).await;
        assert!(plan.starts_with("[NOT RELEASED: "), "{plan}");
        assert!(
            plan.contains("\n\nAcute gout.\n\n1. Start colchicine 0.5 mg\n2. "),
            "{plan}"
        );
        let asked = &fake.requests()[before];
        assert_eq!(block(prompt(asked), "case"), text, "all of it is data");
    }
    answer(post(&served, "/mast/gout", &key, CASE)).await;
    problem(
        post(&served, "/mast/other", &key, CASE),
        404,
        "unknown-panel",
    )
    .await;
}

#[tokio::test]
async fn numbered_options_and_the_keys_get_an_array_of_all_of_them_in_order() {
    let (_home, served, fake, key) = serve("none", grades).await;
    let text = answer(post(&served, "/mast", &key, &grading(CASE))).await;
    assert_eq!(graded(&text), (vec![1, 2, 5, 6], vec![1, 2, 6]));
    let first: Vec<Value> = serde_json::from_str(&text).expect("an array");
    let rationale = first[0]["Rationale"].as_str().expect("a text");
    assert!(rationale.starts_with("[NOT RELEASED: "), "{rationale}");
    let asked = &fake.requests()[0];
    let case = block(prompt(asked), "case");
    assert!(
        case.contains("2. aspirin 1.5 mg") && !case.contains("ten times"),
        "{case}"
    );
    // Neither alone: the text asks for a plan.
    let no_keys = grading(CASE).replace("GradeAI", "grade");
    let no_options = format!("{GRADING}\nA red hot toe after a feast. May he take colchicine?");
    for text in [no_keys, no_options] {
        let plan = answer(post(&served, "/mast", &key, &text)).await;
        assert!(plan.contains("\n1. Start colchicine"), "{plan}");
    }
}

#[tokio::test]
async fn an_option_that_nobody_graded_is_not_recommended_and_says_so() {
    let lost = |request: &Request| {
        let reply = grades(request);
        let name = request.body.pointer("/response_format/json_schema/name");
        match (name.and_then(Value::as_str), reply) {
            (Some("primum_options"), Reply::Says(text)) => {
                let mut grades: Value = serde_json::from_str(&text).expect("JSON");
                let list = grades["grades"].as_array_mut().expect("grades");
                list.retain(|grade| grade["Option"] != 6);
                Reply::says(&grades.to_string())
            }
            (_, reply) => reply,
        }
    };
    let (_home, served, _fake, key) = serve("none", lost).await;
    let text = answer(post(&served, "/mast", &key, &grading(CASE))).await;
    assert_eq!(graded(&text), (vec![1, 2, 5, 6], vec![1, 2]));
    let list: Vec<Value> = serde_json::from_str(&text).expect("an array");
    let words = |at: usize| list[at]["Rationale"].as_str().expect("a text");
    assert!(words(3).contains("[NOT GRADED by the panel: "), "{text}");
    assert!(
        words(0).starts_with("[DEGRADED: ") || words(0).starts_with("[ABSTAINED"),
        "{text}"
    );
}

#[tokio::test]
async fn a_panel_that_lost_members_says_so_first_and_one_that_lost_all_is_an_error() {
    for (lost, opening) in [
        (&["cleo"][..], "[DEGRADED: "),
        (&["ben", "cleo"][..], "[ABSTAINED, needs a human: "),
    ] {
        let (_home, served, _fake, key) =
            serve("none", move |request| match lost.contains(&who(request)) {
                true => Reply::text(500, "down"),
                false => grades(request),
            })
            .await;
        let plan = answer(post(&served, "/mast", &key, CASE)).await;
        assert!(plan.starts_with(opening), "{plan}");
        let text = answer(post(&served, "/mast", &key, &grading(CASE))).await;
        assert_eq!(graded(&text).0, [1, 2, 5, 6]);
        let list: Vec<Value> = serde_json::from_str(&text).expect("an array");
        let rationale = list[0]["Rationale"].as_str().expect("a text");
        assert!(rationale.starts_with(opening), "{text}");
    }
    let (_home, served, _fake, key) = serve("none", |_| Reply::text(500, "down")).await;
    problem(post(&served, "/mast", &key, CASE), 502, "no-answer").await;
    problem(
        post(&served, "/mast", &key, &grading(CASE)),
        502,
        "no-answer",
    )
    .await;
}

#[tokio::test]
async fn what_is_no_text_for_us_is_refused() {
    let (_home, served, fake, key) = serve("none", grades).await;
    let typed = |kind: &'static str| {
        let request = served.request(Method::POST, "/mast", &key);
        request.header("content-type", kind).body(CASE)
    };
    answer(typed("text/plain; charset=utf-8")).await;
    answer(served.request(Method::POST, "/mast", &key).body(CASE)).await;
    let before = fake.count();
    problem(typed("application/json"), 415, "wrong-content-type").await;
    problem(post(&served, "/mast", &key, " \r\n"), 422, "empty-question").await;
    let bytes = served
        .request(Method::POST, "/mast", &key)
        .body(&b"A toe \xff"[..]);
    problem(bytes, 400, "bad-utf8").await;
    let long = "x".repeat((1 << 20) + 1);
    problem(post(&served, "/mast", &key, &long), 413, "too-large").await;
    problem(served.get("/mast", &key), 405, "method-not-allowed").await;
    assert_eq!(fake.count(), before, "nobody was asked");
}

#[tokio::test]
async fn a_token_is_needed_also_where_keys_are_off() {
    let fake = Fake::start(grades).await;
    let home = Home::new();
    let key = home.key("leaderboard", "consult", &[]);
    let reader = home.key("reader", "read", &[]);
    let file = home.write("gout.toml", &panel("gout", &fake.url, "synthesis", ""));
    for more in [&[][..], &["--no-keys"]] {
        let served = Served::start(&home, &[&file], more);
        let own = |request: RequestBuilder| request.header("primum-request", "1");
        let without = served.client.post(served.url("/mast")).body(CASE);
        problem(own(without), 401, "no-key").await;
        let wrong = served.client.post(served.url("/mast/gout")).body(CASE);
        problem(own(wrong.bearer_auth("primum_x_y")), 401, "bad-key").await;
        problem(
            own(post(&served, "/mast", &reader, CASE)),
            403,
            "wrong-scope",
        )
        .await;
        answer(own(post(&served, "/mast", &key, CASE))).await;
    }
}

/// As the endpoint check does it: ten connections at once, both formats, with
/// retention none; then everything on disk and in the log is searched.
#[tokio::test]
async fn ten_at_once_are_answered_and_nothing_of_it_remains() {
    let slow = |request: &Request| Reply::after(50, grades(request));
    let (home, served, fake, key) = serve("none", slow).await;
    let texts: Vec<String> = (0..10)
        .map(|number| {
            let case = format!("{CASE}\nMarker-Case-{number}-4713.");
            match number % 3 {
                0 => grading(&case),
                1 => format!("{PROMPT}\n{case}"),
                _ => case,
            }
        })
        .collect();
    let asked = texts
        .iter()
        .map(|text| answer(post(&served, "/mast", &key, text)));
    let answers = futures::future::join_all(asked).await;
    for (text, answer) in texts.iter().zip(&answers) {
        match text.starts_with(GRADING) {
            true => assert_eq!(graded(answer).0, [1, 2, 5, 6]),
            false => assert!(answer.contains("\n1. Start colchicine"), "{answer}"),
        }
    }
    assert!(fake.peak() > 10, "they were at work at once");
    assert!(
        fake.requests()
            .iter()
            .all(|request| request.body["store"] == false)
    );
    let log = served.log();
    assert_eq!(log.matches("a consult ended").count(), 10);
    drop(served);
    for text in [
        "Marker-Zebra",
        "Marker-Case",
        "olchicine",
        "Acute gout",
        key.as_str(),
    ] {
        assert!(!log.contains(text), "{text} in the log");
        for (path, bytes) in bytes_below(&home.state()) {
            assert!(!contains(&bytes, text), "{text} in {}", path.display());
        }
    }
}

/// A case's own options, as the benchmark's prompt lists them.
fn own_options(case: &Case) -> Option<(String, Vec<i64>)> {
    let rubric = case.rubric.as_ref()?;
    let lines: Vec<String> = rubric
        .options
        .iter()
        .map(|option| format!("{}. {}", option.id, one_line(&option.text)))
        .collect();
    let numbers = rubric.options.iter().map(|option| option.id).collect();
    Some((lines.join("\n"), numbers))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The shipped panels before simulated models, with the texts of real files of
/// cases: both formats, every option, and the panel that only grades.
async fn shipped(cases: &Path, limit: usize) {
    let home = Home::new();
    let key = home.key("leaderboard", "consult", &["--retention", "none"]);
    let (demo, options) = (
        PathBuf::from("agents/demo.toml"),
        PathBuf::from("agents/options-demo.toml"),
    );
    let folder = cases.to_str().expect("UTF-8");
    let served = Served::start(&home, &[&demo, &options], &["--cases", folder]);
    let set = primum::cases::load(cases).unwrap_or_else(|_| panic!("cases in {folder}"));
    let mut seen = 0;
    for case in set.cases.iter().take(limit) {
        let text = case.items[0].prompt.expose();
        let Some((options, numbers)) = own_options(case) else {
            continue;
        };
        let plan = answer(post(&served, "/mast", &key, &format!("{PROMPT}\n{text}"))).await;
        assert!(
            plan.contains("[NOT RELEASED") && plan.contains("[SIMULATED"),
            "{plan}"
        );
        assert!(plan.contains("\n1. "), "{plan}");
        let body = format!("{GRADING}\n{text}\n\n{options}");
        for path in ["/mast", "/mast/options-demo"] {
            let grades = answer(post(&served, path, &key, &body)).await;
            let (given, right) = graded(&grades);
            assert_eq!(given, numbers, "{path}: every option, in order");
            let right: BTreeSet<i64> = right.into_iter().collect();
            assert!(
                !right.is_empty() && right.len() < numbers.len(),
                "{path}: {right:?}"
            );
        }
        let refused = post(&served, "/mast/options-demo", &key, text);
        let problem = problem(refused, 400, "unsupported").await;
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains("options-demo"), "{detail}");
        seen += 1;
    }
    assert!(seen > 0, "cases with options");
    let log = served.log();
    for case in set.cases.iter().take(limit) {
        let text: String = case.items[0].prompt.expose().chars().take(60).collect();
        assert!(!log.contains(&text));
        for (path, bytes) in bytes_below(&home.state()) {
            assert!(!contains(&bytes, &text), "in {}", path.display());
        }
    }
}

#[tokio::test]
async fn the_shipped_panels_keep_the_contract_on_the_demo_cases() {
    shipped(&root().join("cases/demo"), usize::MAX).await;
}

#[tokio::test]
async fn the_shipped_panels_keep_the_contract_on_the_real_open_cases() {
    let Some(cases) = std::env::var_os("PRIMUM_NOHARM") else {
        println!("SKIPPED the real cases: PRIMUM_NOHARM is not set");
        return;
    };
    tokio::time::timeout(Duration::from_secs(300), shipped(Path::new(&cases), 6))
        .await
        .expect("within five minutes");
}
