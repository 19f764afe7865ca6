//! Kind G: what a provider tells beside the answer.

use std::path::Path;
use std::sync::Arc;

use primum::gateway::{Call, Notice};
use serde_json::{Value, json};

use crate::fake_openai::{Fake, Reply, Request, answer};
use crate::panel_fake::{Setup, block, good, prompt, stage, who};
use crate::program::primum;
use crate::setup::{call, gateway, resumed, with_price};

/// A well-behaved answer, changed.
fn changed(request: &Request, change: impl Fn(&mut Value)) -> Reply {
    let Reply::Says(text) = good(request) else {
        return good(request);
    };
    let mut body = answer(&text);
    change(&mut body);
    Reply::json(200, body)
}

/// What came with an answer whose body was changed, and its dollars.
async fn told(about: &str, change: impl Fn(&mut Value)) -> (Vec<Notice>, f64) {
    let mut body = answer("Take it daily, and come back in two weeks.");
    change(&mut body);
    let fake = Fake::always(Reply::json(200, body)).await;
    let first = gateway(&fake.url);
    let question = Call {
        model: Arc::new(with_price(1.0, 10.0)),
        ..call(about)
    };
    let bought = first.call(question.clone()).await.expect("an answer");
    // A run that goes on tells the same.
    let found = resumed(&first, &fake.url)
        .call(question)
        .await
        .expect("an answer");
    assert_eq!(found.notices, bought.notices);
    (bought.notices, bought.usd.expect("a price"))
}

#[tokio::test]
async fn another_model_than_was_asked_for_is_told() {
    for (answered, other) in [
        ("fake-1", false),
        ("fake-1-2024-08-06", false),
        ("acme/FAKE-1:latest", false),
        ("openai/fake-1", false),
        ("models/fake-1-Q4_K_M.gguf", false),
        ("", false),
        ("fake-2", true),
        ("fake-1-mini", true),
        ("gpt-4o", true),
    ] {
        let (notices, _) = told("x", |body| body["model"] = answered.into()).await;
        let expected = match other {
            true => vec![Notice::OtherModel {
                asked: "fake-1".to_owned(),
                answered: answered.to_owned(),
            }],
            false => vec![],
        };
        assert_eq!(notices, expected, "{answered}");
    }
    let (notices, _) = told("x", |body| body["model"] = Value::Null).await;
    assert_eq!(notices, []);
}

#[tokio::test]
async fn usage_that_cannot_be_is_estimated_and_costs() {
    for usage in [
        // As reported.
        json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
        json!(null),
        // Further ones.
        json!({}),
        json!({"prompt_tokens": 25, "completion_tokens": 0}),
        json!({"prompt_tokens": -1, "completion_tokens": -1}),
        json!({"prompt_tokens": "25", "completion_tokens": "11"}),
        json!({"prompt_tokens": 25}),
        json!("unknown"),
    ] {
        let (notices, usd) = told("x", |body| body["usage"] = usage.clone()).await;
        assert_eq!(notices, [Notice::UsageEstimated], "{usage}");
        // 42 letters are about 11 tokens, at ten dollars a million.
        assert!((1e-4..3e-4).contains(&usd), "{usage}: {usd}");
    }
    // Thoughts are paid for as well, where nobody counts them.
    let (_, usd) = told("x", |body| {
        body["usage"] = Value::Null;
        body["choices"][0]["message"]["reasoning_content"] = "hm ".repeat(4_000).into();
    })
    .await;
    assert!(usd > 0.02, "{usd}");
    let (notices, _) = told("x", |_| {}).await;
    assert_eq!(notices, []);
}

#[tokio::test]
async fn a_prompt_that_the_server_cut_is_told() {
    let long = "The patient was well until Tuesday, when palpitations began at rest. ".repeat(100);
    for (tokens, cut) in [(1_500, false), (1_000, false), (800, true), (64, true)] {
        let (notices, _) = told(&long, |body| {
            body["usage"] = json!({"prompt_tokens": tokens, "completion_tokens": 11});
        })
        .await;
        let found = notices
            .iter()
            .any(|notice| matches!(notice, Notice::PromptCut { .. }));
        assert_eq!(found, cut, "{tokens}: {notices:?}");
    }
}

#[tokio::test]
async fn a_panel_whose_question_was_cut_is_not_complete() {
    let asked = Setup::of("vote")
        .ask(|request| match (stage(request), who(request)) {
            ("draft", "ben") => changed(request, |body| {
                body["usage"] = json!({"prompt_tokens": 11, "completion_tokens": 20});
            }),
            _ => good(request),
        })
        .await;
    assert_eq!(asked.state(), "degraded");
    assert!(
        asked.says("ben: the server counted 11 tokens"),
        "{:?}",
        asked.reasons()
    );
}

#[tokio::test]
async fn vendors_are_counted_by_the_models_that_answered() {
    // Three vendors by the panel's word, and one model behind two of them.
    let two_vendors = || Setup::of("vote").consensus("min_vendors = 2");
    let asked = two_vendors()
        .ask(|request| match (stage(request), who(request)) {
            ("draft", "ada" | "ben") => changed(request, |body| body["model"] = "qwen3-8b".into()),
            _ => good(request),
        })
        .await;
    assert_eq!(asked.state(), "complete", "{:?}", asked.reasons());
    let notes = &asked.result.notes;
    assert!(
        notes.contains(&"ada: `ada` was asked for and `qwen3-8b` answered".to_owned()),
        "{notes:?}"
    );

    let asked = two_vendors()
        .ask(|request| match stage(request) {
            "draft" => changed(request, |body| body["model"] = "qwen3-8b".into()),
            _ => good(request),
        })
        .await;
    assert_eq!(asked.state(), "abstained");
    let said = "the drafts come from 1 vendor(s); 2 are asked for (`qwen3-8b` answered for ada, \
                `qwen3-8b` answered for ben, `qwen3-8b` answered for cleo)";
    assert!(asked.says(said), "{:?}", asked.reasons());
}

/// Grades every option of the list that is asked about.
fn grades(request: &Request) -> Reply {
    let options = block(prompt(request), "options").lines();
    let numbers = options.filter_map(|line| line.split_once(". ")?.0.parse::<i64>().ok());
    let grades: Vec<Value> = numbers
        .map(|number| json!({"Option": number, "GradeAI": "Appropriate", "Rationale": "as usual"}))
        .collect();
    let mut body = answer(&json!({ "grades": grades }).to_string());
    match who(request) {
        "north-1" => body["model"] = "qwen3-8b".into(),
        "south-1" => {
            body["model"] = "qwen3-8b".into();
            body["usage"] = json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0});
        }
        _ => {}
    }
    Reply::json(200, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_says_in_terminal_files_and_report_what_was_told() {
    let fake = Fake::start(grades).await;
    let dir = tempfile::tempdir().expect("a folder");
    let member = |name: &str, vendor: &str| {
        format!(
            "[models.{name}]\nprovider = \"fake\"\nid = \"{vendor}-1\"\nvendor = \"{vendor}\"\n\
             price = {{ input = 1.0, output = 10.0 }}\n\
             [[advisors]]\nname = \"{name}\"\nmodel = \"{name}\"\n"
        )
    };
    let panel = format!(
        "name = \"told\"\ntask = \"options\"\n[providers.fake]\nbase_url = \"{}\"\n{}{}\
         [consensus]\nprotocol = \"vote\"\nquorum = 2\n",
        fake.url,
        member("ada", "north"),
        member("ben", "south")
    );
    std::fs::write(dir.path().join("told.toml"), panel).expect("a panel");
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/demo");
    let ended = tokio::process::Command::new(primum())
        .current_dir(dir.path())
        .args([
            "bench",
            "told.toml",
            "--limit",
            "2",
            "--out",
            "run",
            "--cases",
        ])
        .arg(cases)
        .output()
        .await
        .expect("the program");
    let stdout = String::from_utf8_lossy(&ended.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(
        ended.status.code().is_some_and(|code| code <= 4),
        "{stdout}{stderr}"
    );
    let read = |name: &str| std::fs::read_to_string(dir.path().join("run").join(name)).expect(name);
    let summary: Value = serde_json::from_str(&read("summary.json")).expect("JSON");
    let warnings: Vec<&str> = summary["warnings"]
        .as_array()
        .expect("warnings")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let one = "SAME MODEL BEHIND SEVERAL: `qwen3-8b` answered for ada, ben";
    let other = "OTHER MODEL: ben: `south-1` was asked for and `qwen3-8b` answered (all ";
    let cost = "ben: the provider did not say how many tokens it took, so cost is estimated";
    for words in [one, other, cost] {
        assert!(
            warnings.iter().any(|warning| warning.starts_with(words)),
            "{words}: {warnings:?}"
        );
        let start: String = words.chars().take(24).collect();
        assert!(stdout.contains(&start), "{start}: {stdout}");
        assert!(read("report.html").contains(&start), "{start}");
    }
    let arms = summary["arms"].as_object().expect("arms");
    let solo = |name: &str| {
        let mut found = arms.iter().filter(|(arm, _)| arm.contains(name));
        found
            .next()
            .map(|(_, arm)| arm["usd_is_estimated"] == true)
            .expect(name)
    };
    assert!(solo("ben") && !solo("ada"));
    assert!(stdout.contains('~'), "{stdout}");
    let responses = std::fs::read_dir(dir.path().join("run/responses")).expect("a folder");
    let lines: String = responses
        .filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok())
        .collect();
    assert!(
        lines.contains("`south-1` was asked for and `qwen3-8b` answered"),
        "{lines}"
    );
    assert!(lines.contains("cost is estimated"), "{lines}");
}
