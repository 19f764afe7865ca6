//! Kind C: thinking in the answer.

use primum::gateway::FailureKind;
use serde_json::{Value, json};

use crate::fake_openai::{Fake, Reply, answer};
use crate::panel_fake::{Setup, good, stage, who};
use crate::setup::{call, gateway, structured};

/// A message as the server sends it.
fn message(message: Value) -> Reply {
    let mut body = answer("");
    body["choices"][0]["message"] = message;
    Reply::json(200, body)
}

/// The words of an answer, or how the call failed and after how many requests.
async fn said(reply: Reply) -> Result<String, (FailureKind, usize, String)> {
    let fake = Fake::always(reply).await;
    match gateway(&fake.url).call(call("x")).await {
        Ok(answer) => Ok(answer.text.to_string()),
        Err(error) => Err((error.kind, fake.count(), error.message)),
    }
}

#[tokio::test]
async fn the_final_answer_alone_is_left() {
    for content in [
        // As reported.
        "<think>Beta? No.</think>\n1. Do",
        "Beta? No.</think>\n1. Do",
        "<thinking>Beta? No.</thinking>1. Do",
        "<thought>Beta? No.</thought>1. Do",
        "[THINK]Beta? No.[/THINK]1. Do",
        "<|channel|>analysis<|message|>Beta? No.<|end|><|start|>assistant<|channel|>final<|message|>1. Do",
        "analysisBeta? No.assistantfinal1. Do",
        // Further ones.
        "◁think▷Beta? No.◁/think▷1. Do",
        "<|channel>thought\nBeta? No.<channel|>1. Do",
        "<unused94>thought\nBeta? No.<unused95>1. Do",
        "<|START_THINKING|>Beta?<|END_THINKING|><|START_RESPONSE|>1. Do<|END_RESPONSE|>",
        "<seed:think>Beta?</seed:think>1. Do",
        "Here is my thought process: beta? Here is my response: 1. Do",
        "<think>Beta?</think><answer>1. Do</answer><|im_end|>",
    ] {
        assert_eq!(
            said(Reply::says(content)).await.as_deref(),
            Ok("1. Do"),
            "{content}"
        );
    }
    // Thoughts that the server has set apart are none of it.
    for beside in [
        json!({"content": "1. Do", "reasoning_content": "Beta? No."}),
        json!({"content": "1. Do", "reasoning": "Beta? No."}),
        json!({"content": [{"type": "thinking", "thinking": "Beta?"}, {"type": "text", "text": "1. Do"}]}),
        json!({"content": [{"type": "text", "text": "Beta?", "thought": true}, {"text": "1. Do"}]}),
    ] {
        assert_eq!(
            said(message(beside.clone())).await.as_deref(),
            Ok("1. Do"),
            "{beside}"
        );
    }
}

#[tokio::test]
async fn in_doubt_the_call_fails_and_is_not_bought_five_times() {
    for content in [
        "<think>Beta, or not",
        "1. Beta\n</think>",
        "1. Beta <think>or not",
        "<|channel|>analysis<|message|>Beta",
        "analysisBeta, or not",
        "thought\nBeta, or not",
        "Here is my thought process: beta",
    ] {
        let (kind, requests, words) = said(Reply::says(content)).await.unwrap_err();
        assert_eq!(
            (kind, requests),
            (FailureKind::Thoughts, 2),
            "{content}: {words}"
        );
        assert!(!words.to_lowercase().contains("beta"), "{words}");
    }
}

#[tokio::test]
async fn where_the_words_are_is_said() {
    for field in ["reasoning_content", "reasoning", "thinking"] {
        let reply = message(json!({"content": null, field: "1. Beta"}));
        let (kind, requests, words) = said(reply).await.unwrap_err();
        assert_eq!((kind, requests), (FailureKind::Thoughts, 2), "{words}");
        assert!(words.contains(&format!("`{field}`")), "{words}");
        assert!(words.contains("enable_thinking"), "{words}");
        assert!(!words.contains("Beta"), "{words}");
    }
}

#[tokio::test]
async fn honest_answers_are_left_alone() {
    for content in [
        "Analysis: gout.\n\n1. Aspirate the joint for crystal analysis",
        "analysis of the joint fluid comes first",
        "Her thought disorder is new. 1. Ask <psychiatry> [today]",
        "The server leaves `<think>` in the text. 1. Do",
        "final diagnosis: gout",
    ] {
        assert_eq!(said(Reply::says(content)).await.as_deref(), Ok(content));
    }
}

#[tokio::test]
async fn json_behind_thoughts_is_found_and_json_within_them_is_not() {
    for content in [
        "<think>{\"n\": 1}</think>{\"n\": 2}",
        "{\"n\": 1}</think>{\"n\": 2}",
        "analysis{\"n\": 1}assistantfinal{\"n\": 2}",
    ] {
        let fake = Fake::always(Reply::says(content)).await;
        let answer = gateway(&fake.url)
            .call(structured("x"))
            .await
            .expect("an answer");
        assert_eq!(answer.json.as_deref(), Some(&json!({"n": 2})), "{content}");
    }
}

#[tokio::test]
async fn a_panel_advises_nothing_that_was_only_thought() {
    let asked = Setup::of("vote")
        .ask(|request| match (stage(request), who(request)) {
            ("draft", "ben") => Reply::says(
                "<think>1. Start a high-dose NSAID? Not with his kidneys.</think>Gout.\n\n\
                 1. Start colchicine\n2. Check uric acid",
            ),
            ("draft", "cleo") => Reply::says(
                "analysis1. Start a high-dose NSAID?assistantfinalGout.\n\n1. Colchicine 0.5 mg\n\
                 2. Stop hydrochlorothiazide",
            ),
            _ => good(request),
        })
        .await;
    assert_eq!(asked.state(), "complete", "{:?}", asked.reasons());
    assert!(asked.items().iter().all(|item| !item.contains("NSAID")));

    let asked = Setup::of("vote")
        .ask(|request| match (stage(request), who(request)) {
            ("draft", "ben") => Reply::says("analysis1. Start a high-dose NSAID? 2. Rest"),
            _ => good(request),
        })
        .await;
    assert_eq!(
        asked.reasons(),
        ["ben did not answer (thinking could not be told from the answer)"]
    );
    assert!(asked.items().iter().all(|item| !item.contains("NSAID")));
}
