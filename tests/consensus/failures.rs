//! Every way in which members of a panel can fail, under every protocol: the
//! outcome says what the rules say, the plan is what is left of good answers,
//! and nothing is lost.

use crate::fake_openai::{Reply, Request};
use crate::panel_fake::*;
use primum::clinical::{Dissent, DissentKind, LedgerCandidate};
use serde_json::json;

#[tokio::test]
async fn when_nobody_fails_every_protocol_answers() {
    for protocol in PROTOCOLS {
        let asked = Setup::of(protocol).ask(good).await;
        assert_eq!(
            asked.state(),
            "complete",
            "{protocol}: {:?}",
            asked.reasons()
        );
        assert_eq!(asked.items(), whole(protocol), "{protocol}");
        let rounds = asked
            .requests
            .iter()
            .filter(|r| stage(r) == protocol || stage(r) == "rating");
        let expected = match protocol {
            "synthesis" => 1,
            "debate" | "delphi" => 6,
            _ => 0,
        };
        assert_eq!(rounds.count(), expected, "{protocol}");
    }
}

#[tokio::test]
async fn without_any_draft_there_is_no_answer() {
    for protocol in PROTOCOLS {
        for reply in [down(), Reply::says("")] {
            let asked = Setup::of(protocol)
                .ask(except(move |_| reply.clone(), in_stage("draft")))
                .await;
            assert_eq!(asked.state(), "failed", "{protocol}");
            let drafts = asked.asked("draft").len();
            assert_eq!(
                asked.requests.len(),
                drafts,
                "{protocol}: nobody else is asked"
            );
            let seats = if protocol == "lead" { 1 } else { 3 };
            assert_eq!(asked.reasons().len(), seats, "{protocol}: all are named");
        }
    }
}

#[tokio::test]
async fn a_lone_survivor_is_carried_and_never_a_panel() {
    for protocol in SEVERAL {
        let alone = |request: &Request| stage(request) == "draft" && who(request) != "cleo";
        let asked = Setup::of(protocol).ask(except(|_| down(), alone)).await;
        assert_eq!(asked.state(), "abstained", "{protocol}");
        assert_eq!(
            asked.reasons(),
            [
                "1 of 3 advisors gave a usable answer; the quorum is 2",
                "ada did not answer (server error)",
                "ben did not answer (server error)"
            ],
            "{protocol}"
        );
        assert_eq!(
            asked.items(),
            ["Colchicine 0.5 mg", "Stop hydrochlorothiazide"]
        );
        assert_eq!(
            asked.requests.len(),
            3,
            "{protocol}: later stages cost nothing"
        );
        let rules = asked
            .result
            .ledger
            .candidates
            .iter()
            .map(|c| c.rule.as_str());
        for rule in rules {
            assert!(!rule.contains(protocol), "no protocol took this: {rule}");
        }
    }
    let asked = Setup::of("lead")
        .ask(except(|_| down(), |request| who(request) == "ada"))
        .await;
    assert_eq!(asked.state(), "failed", "only the lead is asked");
}

#[tokio::test]
async fn one_advisor_less_is_degraded_and_named() {
    for protocol in SEVERAL {
        let asked = Setup::of(protocol)
            .ask(except(|_| down(), seat("ben", "draft")))
            .await;
        assert_eq!(asked.state(), "degraded", "{protocol}");
        assert_eq!(
            asked.reasons(),
            ["ben did not answer (server error)"],
            "{protocol}"
        );
        assert_eq!(asked.items()[0], "Start colchicine 0.5 mg", "{protocol}");
        for again in ["rating", "debate", "check"] {
            assert!(
                !asked.asked(again).contains(&"ben"),
                "{protocol}: not asked in vain"
            );
        }
    }
}

#[tokio::test]
async fn a_moderator_that_fails_is_replaced_openly_or_not_at_all() {
    let empty = json!({"assessment": "Gout.", "items": [], "dropped": []});
    let invented = json!({"assessment": "Gout.", "dropped": [], "items": [{
        "text": "Amputate the toe", "category": null, "urgency": null, "condition": null,
        "basis": ["Z9", "the case"]
    }]});
    for reply in [down(), nonsense(), says(&empty), says(&invented)] {
        let fails = reply.clone();
        let asked = Setup::of("synthesis")
            .ask(except(move |_| fails.clone(), seat("maud", "synthesis")))
            .await;
        assert_eq!(asked.state(), "degraded");
        assert!(asked.says("this is one advisor's plan and not the panel's"));
        assert_eq!(
            asked.items(),
            whole("lead"),
            "the lead's draft, and guardians look at it"
        );

        let asked = Setup::of("synthesis")
            .consensus("if_moderator_fails = \"abstain\"\n")
            .ask(except(move |_| reply.clone(), seat("maud", "synthesis")))
            .await;
        assert_eq!(asked.state(), "abstained");
        assert_eq!(
            asked.items(),
            without_referral("lead"),
            "carried for a human"
        );
        assert!(asked.asked("guardian").is_empty());
    }
}

#[tokio::test]
async fn a_clusterer_without_an_answer_leaves_it_to_the_rules() {
    for protocol in SEVERAL {
        for reply in [
            down(),
            nonsense(),
            Reply::says(r#"{"clusters": 7}"#),
            Reply::Cut,
        ] {
            let asked = Setup::of(protocol)
                .ask(except(move |_| reply.clone(), in_stage("cluster")))
                .await;
            assert_eq!(asked.state(), "degraded", "{protocol}");
            assert_eq!(asked.reasons().len(), 1, "{:?}", asked.reasons());
            assert!(asked.reasons()[0].starts_with("clem did not answer"));
            assert!(asked.says("the drafts were grouped by rules alone"));
            assert_eq!(asked.items(), whole(protocol), "{protocol}");
        }
    }
}

#[tokio::test]
async fn a_clusterer_that_answers_nonsense_changes_nothing() {
    let invented = |_: &[&str]| {
        json!({
            "clusters": [{"items": ["Z9", "Q1", "", "A0", "the first"]}, {"items": []}],
            "opposites": [{"a": "Z1", "b": "Z2"}]
        })
    };
    let together = |all: &[&str]| json!({"clusters": [{"items": all}], "opposites": []});
    let twice = |all: &[&str]| {
        let one = json!({ "items": all });
        json!({"clusters": [one.clone(), one.clone(), one], "opposites": []})
    };
    let failed = "clem grouped nothing (its answer refers to nothing that it was shown)";
    type Answer = fn(&[&str]) -> serde_json::Value;
    let answers: [(Answer, bool); 3] = [(invented, false), (together, true), (twice, true)];
    for protocol in SEVERAL {
        for (answer, usable) in answers {
            let reply = move |request: &Request| {
                let items = lines(block(prompt(request), "items"));
                let all: Vec<&str> = items.iter().map(|(reference, _)| *reference).collect();
                says(&answer(&all))
            };
            let asked = Setup::of(protocol)
                .ask(except(reply, in_stage("cluster")))
                .await;
            let state = if usable { "complete" } else { "degraded" };
            assert_eq!(asked.state(), state, "{protocol}");
            assert_eq!(asked.says(failed), !usable, "{protocol}");
            assert_eq!(asked.items(), whole(protocol), "{protocol}");
        }
    }
}

#[tokio::test]
async fn opposites_in_one_cluster_never_become_one_candidate() {
    for protocol in SEVERAL {
        let asked = Setup::of(protocol)
            .ask(|request| match (stage(request), who(request)) {
                ("draft", "cleo") => Reply::says("Gout.\n1. Do not start colchicine"),
                ("cluster", _) => {
                    let items = lines(block(prompt(request), "items"));
                    let all: Vec<&str> = items.iter().map(|(item, _)| *item).collect();
                    says(&json!({"clusters": [{"items": all}], "opposites": []}))
                }
                _ => good(request),
            })
            .await;
        let candidates = &asked.result.ledger.candidates;
        let of = |agent: &str| {
            let item =
                |c: &&LedgerCandidate| c.members.iter().any(|m| m.agent == agent && m.number == 1);
            candidates.iter().find(item).unwrap()
        };
        assert_ne!(of("ada").id, of("cleo").id, "{protocol}");
        assert!(of("ada").opposes.contains(&of("cleo").id), "{protocol}");
        let both = ["Start colchicine 0.5 mg", "Do not start colchicine"];
        let in_plan = both.iter().filter(|text| asked.items().contains(text));
        assert!(in_plan.count() <= 1, "{protocol}: {:?}", asked.items());
        let told =
            |d: &Dissent| d.kind == DissentKind::Conflict && d.text.expose().contains("olchicine");
        assert!(
            asked.result.dissent.iter().any(told),
            "{protocol}: the other side is shown"
        );
    }
}

#[tokio::test]
async fn without_ratings_a_panel_abstains() {
    for reply in [down(), nonsense()] {
        let asked = Setup::of("delphi")
            .ask(except(move |_| reply.clone(), in_stage("rating")))
            .await;
        assert_eq!(asked.state(), "abstained");
        assert_eq!(asked.reasons()[0], "no advisor rated the candidates");
        assert_eq!(asked.reasons().len(), 4, "and every rater is named");
        assert_eq!(
            asked.items(),
            without_referral("lead"),
            "one draft is carried"
        );
        assert!(asked.asked("guardian").is_empty());
    }
}

#[tokio::test]
async fn one_rater_alone_decides_nothing() {
    let others = |request: &Request| stage(request) == "rating" && who(request) != "ada";
    let asked = Setup::of("delphi").ask(except(|_| down(), others)).await;
    assert_eq!(asked.state(), "abstained");
    assert_eq!(
        asked.reasons()[..2],
        [
            "among those who rated: 1 of 3 advisors gave a usable answer; the quorum is 2",
            "no recommendation found enough support"
        ]
    );
    for candidate in &asked.result.ledger.candidates {
        assert_eq!(candidate.rule, "1 rating(s); the quorum is 2");
    }
}

#[tokio::test]
async fn a_rater_that_fails_in_the_second_round_keeps_its_first_ratings() {
    for seats in [&["ben"][..], &["ada", "ben", "cleo"]] {
        let second = |request: &Request| {
            stage(request) == "rating" && prompt(request).contains("   ratings: ")
        };
        let fails = move |request: &Request| second(request) && seats.contains(&who(request));
        let asked = Setup::of("delphi").ask(except(|_| down(), fails)).await;
        assert_eq!(asked.state(), "degraded");
        assert_eq!(asked.reasons().len(), seats.len());
        assert!(asked.says("ben did not answer (server error) in the stage rating"));
        // Who failed is not asked to check edits, and without a check none stands.
        let plan = if seats.len() == 3 {
            without_referral("delphi")
        } else {
            whole("delphi")
        };
        assert_eq!(asked.items(), plan);
        for candidate in &asked.result.ledger.candidates {
            let last = candidate.rounds.last().unwrap();
            assert_eq!(last.ratings.len(), 3, "nobody's rating is lost");
        }
    }
}

#[tokio::test]
async fn what_a_rater_leaves_out_is_decided_by_the_others() {
    let asked = Setup::of("delphi")
        .ask(|request| match (stage(request), who(request)) {
            ("rating", "ben") => {
                let mut answer = ratings(prompt(request));
                let all = answer["ratings"].as_array_mut().unwrap();
                all.truncate(1);
                all.push(json!({
                    "item": "C99", "rating": 1, "if_done": "death", "if_left_out": ""
                }));
                all.push(json!({
                    "item": "C1", "rating": 1, "if_done": "again", "if_left_out": ""
                }));
                says(&answer)
            }
            _ => good(request),
        })
        .await;
    assert_eq!(asked.state(), "complete");
    assert_eq!(asked.items(), whole("delphi"));
    let counts = asked
        .result
        .ledger
        .candidates
        .iter()
        .map(|c| c.rounds[1].ratings.len());
    assert_eq!(counts.collect::<Vec<_>>(), [3, 2, 2, 2]);
    let first = &asked.result.ledger.candidates[0].rounds[1].ratings["ben"];
    assert_ne!(
        first.if_done.expose(),
        "again",
        "of two ratings the first counts"
    );
}

#[tokio::test]
async fn debaters_that_fail_leave_the_votes_of_the_drafts() {
    let fails = |reply: Reply| except(move |_| reply.clone(), in_stage("debate"));
    for reply in [down(), nonsense()] {
        let asked = Setup::of("debate").ask(fails(reply)).await;
        assert_eq!(asked.state(), "degraded");
        assert_eq!(asked.reasons().len(), 3, "{:?}", asked.reasons());
        assert!(asked.says("in the stage debate"));
        // Who failed is not asked to check edits, and without a check none stands.
        assert_eq!(
            asked.items(),
            without_referral("vote"),
            "as a vote without a debate"
        );
    }
    let change = |op: &str, item: &str, reason: &str| json!({"op": op, "item": item, "text": null, "reason": reason});
    let answer = json!({"changes": [
        change("adopt", "C99", "his kidney function is unknown"),
        change("withdraw", "C1", "the majority does not want it"),
        change("object", "all of them", "his kidney function is unknown"),
        change("reword", "C2", "his kidney function is unknown"),
    ]});
    let asked = Setup::of("debate").ask(fails(says(&answer))).await;
    assert_eq!(
        asked.state(),
        "complete",
        "there were answers, but no change that counts"
    );
    assert_eq!(asked.items(), whole("vote"));
    assert_eq!(
        asked.asked("debate").len(),
        3,
        "nothing changed: no second round"
    );
    let candidates = &asked.result.ledger.candidates;
    let stances: Vec<_> = candidates.iter().flat_map(|c| &c.stances).collect();
    assert_eq!(stances.len(), 6, "what names a candidate is recorded");
    assert!(stances.iter().all(|stance| stance.refused.is_some()));
}

#[tokio::test]
async fn a_debater_that_fails_does_not_silence_the_others() {
    let asked = Setup::of("debate")
        .ask(except(|_| down(), seat("cleo", "debate")))
        .await;
    assert_eq!(asked.state(), "degraded");
    assert_eq!(asked.items(), whole("debate"), "two of three want it now");
}
