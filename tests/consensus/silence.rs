//! Guardians and checkers that never answer, or answer nonsense, under every
//! protocol: the plan stays as it was, and its reader is told.

use crate::fake_openai::Reply;
use crate::panel_fake::*;
use primum::clinical::Dissent;
use serde_json::json;

#[tokio::test]
async fn a_guardian_that_never_answers_leaves_the_plan() {
    let mut panels = Vec::new();
    for mode in ["serial", "parallel"] {
        for protocol in PROTOCOLS {
            let rules = format!("[edits]\nmode = \"{mode}\"\n");
            let setup = Setup::of(protocol).rules(&rules).call_seconds(2.5);
            let silent = except(|_| Reply::Hang, in_stage("guardian"));
            panels.push((protocol, setup.ready(silent).await));
        }
    }
    for (protocol, asked) in all(panels).await {
        assert_eq!(asked.state(), "degraded", "{protocol}");
        assert_eq!(
            asked.reasons(),
            [
                "guardian gus did not answer (no answer in time)",
                "guardian gwen did not answer (no answer in time)"
            ]
        );
        assert_eq!(asked.items(), without_referral(protocol), "{protocol}");
    }
}

#[tokio::test]
async fn a_guardian_without_form_leaves_the_plan() {
    for protocol in PROTOCOLS {
        for reply in [
            down(),
            nonsense(),
            Reply::says(r#"{"edits": [{"op": "destroy"}]}"#),
        ] {
            let asked = Setup::of(protocol)
                .ask(except(move |_| reply.clone(), seat("gus", "guardian")))
                .await;
            assert_eq!(asked.state(), "degraded", "{protocol}");
            assert!(asked.reasons()[0].starts_with("guardian gus did not answer"));
            assert_eq!(asked.items(), without_referral(protocol), "{protocol}");
            assert_eq!(
                asked.asked("guardian").last(),
                Some(&"gwen"),
                "the next is asked"
            );
        }
    }
}

#[tokio::test]
async fn edits_that_nobody_checks_are_not_carried_out() {
    let invented = says(&json!({"checks": [
        {"edit": "E9", "verdict": "agree", "severity": null, "reason": "yes"},
        {"edit": "all", "verdict": "agree", "severity": null, "reason": "yes"}
    ]}));
    let mut panels = Vec::new();
    for (reply, state) in [
        (Reply::Hang, "degraded"),
        (nonsense(), "degraded"),
        (invented, "degraded"),
    ] {
        for protocol in PROTOCOLS {
            let reply = reply.clone();
            let check = except(move |_| reply.clone(), in_stage("check"));
            let setup = Setup::of(protocol).call_seconds(2.5);
            panels.push(((protocol, state), setup.ready(check).await));
        }
    }
    for ((protocol, state), asked) in all(panels).await {
        assert_eq!(asked.state(), state, "{protocol}: {:?}", asked.reasons());
        assert_eq!(asked.items(), without_referral(protocol), "{protocol}");
        let refused = &asked.result.ledger.refused;
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].rule, "nobody could be asked about it");
        let warned = |d: &Dissent| d.text.expose().contains("rheumatology");
        assert!(
            asked.result.dissent.iter().any(warned),
            "{protocol}: it is told"
        );
    }
}

#[tokio::test]
async fn one_checker_is_enough() {
    for protocol in PROTOCOLS {
        let asked = Setup::of(protocol)
            .ask(except(|_| down(), seat("ada", "check")))
            .await;
        assert_eq!(asked.items(), whole(protocol), "{protocol}: ben agreed");
        let reason = "ada did not answer (server error) when asked about the guardians' edits";
        assert_eq!(asked.reasons(), [reason]);
    }
}
