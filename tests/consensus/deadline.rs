//! Time that runs out in every stage of every protocol, by both clocks: the
//! journaled seconds of a benchmark, and the wall clock of a service. The
//! answer is there in time, says what is missing, and loses nothing.

use crate::fake_openai::{Reply, Request};
use crate::panel_fake::*;

/// Everybody behaves, but slowly in these stages.
fn slow(
    stages: &'static [(&'static str, u64)],
) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    move |request| {
        let reply = good(request);
        match stages.iter().find(|(name, _)| *name == stage(request)) {
            Some((_, milliseconds)) => Reply::after(*milliseconds, reply),
            None => reply,
        }
    }
}

const NO_CLUSTERS: &str = "clem did not group the drafts, rules alone did: no time was left";
const NO_GUARDIANS: &str = "the guardians were left out: no time was left";

#[tokio::test]
async fn what_is_skipped_first_is_what_the_panel_names_first() {
    // Drafts take 0.4 s of 2.0 s, and so will every call to come: of 1.6 s,
    // the moderator needs 0.4, the clusterer 0.4, the guardians and their
    // checks 1.6.
    let cases: [(&str, &[&str]); 4] = [
        (
            "\"rounds\", \"clusterer\", \"guardians\"",
            &[NO_CLUSTERS, NO_GUARDIANS],
        ),
        ("\"guardians\", \"clusterer\"", &[NO_GUARDIANS]),
        ("\"guardians\"", &[NO_GUARDIANS]),
        ("", &[]),
    ];
    let mut panels = Vec::new();
    for (order, reasons) in cases {
        let rules = format!("[budget]\nseconds = 2.0\nskip = [{order}]\n");
        let setup = Setup::of("synthesis").rules(&rules);
        panels.push(((order, reasons), setup.ready(slow(&[("draft", 400)])).await));
    }
    for ((order, reasons), asked) in all(panels).await {
        assert_eq!(asked.reasons(), reasons, "skip = [{order}]");
        let clustered = !reasons.contains(&NO_CLUSTERS);
        assert_eq!(asked.asked("cluster").len(), usize::from(clustered));
        let guarded = !reasons.contains(&NO_GUARDIANS);
        assert_eq!(asked.asked("guardian").len(), if guarded { 2 } else { 0 });
        assert_eq!(asked.items()[0], "Start colchicine 0.5 mg");
    }
}

#[tokio::test]
async fn rounds_are_what_changes_least() {
    let words = [
        (
            "debate",
            "round 1 of the debate was left out: no time was left",
        ),
        (
            "delphi",
            "the second round of ratings was left out: no time was left",
        ),
    ];
    let mut panels = Vec::new();
    for (protocol, reason) in words {
        let setup = Setup::of(protocol).rules("[budget]\nseconds = 2.4\nskip = [\"rounds\"]\n");
        panels.push((
            (protocol, reason),
            setup.ready(slow(&[("draft", 400)])).await,
        ));
    }
    for ((protocol, reason), asked) in all(panels).await {
        assert_eq!(asked.state(), "degraded");
        assert_eq!(asked.reasons(), [reason]);
        assert_eq!(asked.asked("guardian"), ["gus", "gwen"], "{protocol}");
        assert_eq!(asked.asked("debate").len(), 0);
        let ratings = if protocol == "delphi" { 3 } else { 0 };
        assert_eq!(asked.asked("rating").len(), ratings);
    }
}

/// What a panel answers whose time runs out in a stage, by either clock.
fn runs_out(protocol: &str, wanted: &str) -> (&'static str, &'static str) {
    match (protocol, wanted) {
        ("lead", "draft") => ("failed", "ada's draft came too late"),
        (_, "draft") => ("failed", "cleo's draft came too late"),
        (_, "cluster") if protocol == "delphi" => {
            ("abstained", "no time was left to rate the candidates")
        }
        (_, "cluster") => (
            "degraded",
            "clem came too late: the drafts were grouped by rules",
        ),
        (_, "synthesis") => (
            "degraded",
            "maud's merge came too late: this is one advisor's plan",
        ),
        (_, "rating") => ("abstained", "no advisor rated the candidates"),
        (_, "debate") => ("degraded", "ben came too late in the stage debate"),
        (_, "guardian") => ("degraded", "guardian gus's edits came too late"),
        _ => (
            "degraded",
            "ada came too late when asked about the guardians' edits",
        ),
    }
}

fn stages_of(protocol: &'static str) -> Vec<&'static str> {
    let mut stages = vec!["draft"];
    if protocol != "lead" {
        stages.push("cluster");
    }
    match protocol {
        "synthesis" | "debate" => stages.push(protocol),
        "delphi" => stages.push("rating"),
        _ => {}
    }
    stages.extend(["guardian", "check"]);
    stages
}

fn as_the_rules_say(asked: &Asked, protocol: &str, wanted: &str) {
    let (state, reason) = runs_out(protocol, wanted);
    let place = format!("{protocol}, {wanted}: {:?}", asked.reasons());
    assert_eq!(asked.state(), state, "{place}");
    assert!(asked.says(reason), "{place}");
    if state == "failed" {
        return;
    }
    assert!(
        asked.items().contains(&"Start colchicine 0.5 mg"),
        "{place}"
    );
    assert!(
        !asked.items().contains(&"Refer to rheumatology"),
        "nobody could check it"
    );
    let guarded = asked.asked("guardian").len();
    let expected = if ["guardian", "check"].contains(&wanted) {
        1
    } else {
        0
    };
    assert_eq!(guarded, expected, "{place}");
    if state == "degraded" && guarded == 0 {
        assert_eq!(asked.reasons().last(), Some(&NO_GUARDIANS), "{place}");
    }
    if guarded == 1 {
        assert!(asked.says("no time was left for guardian gwen"), "{place}");
    }
}

/// Every stage of every protocol, with this setup and this way of not
/// answering in it.
async fn every_stage(
    setup: impl Fn(Setup) -> Setup,
    late: impl Fn(&Request) -> Reply + Copy + Send + Sync + 'static,
) -> Vec<((&'static str, &'static str), Asked)> {
    let mut panels = Vec::new();
    for protocol in PROTOCOLS {
        for wanted in stages_of(protocol) {
            let setup = setup(Setup::of(protocol));
            let ready = setup.ready(except(late, in_stage(wanted))).await;
            panels.push(((protocol, wanted), ready));
        }
    }
    all(panels).await
}

#[tokio::test]
async fn when_counted_time_runs_out_the_rest_is_left_out_openly() {
    let setup = |setup: Setup| setup.rules("[budget]\nseconds = 3.0\nskip = []\n");
    let late = |request: &Request| Reply::after(3_500, good(request));
    for ((protocol, wanted), asked) in every_stage(setup, late).await {
        as_the_rules_say(&asked, protocol, wanted);
        assert!(asked.result.seconds <= 3.01, "{protocol}, {wanted}");
    }
}

#[tokio::test]
async fn when_the_deadline_passes_the_answer_is_there() {
    let setup = |setup: Setup| setup.rules("[budget]\nskip = []\n").deadline(3_000);
    for ((protocol, wanted), asked) in every_stage(setup, |_| Reply::Hang).await {
        as_the_rules_say(&asked, protocol, wanted);
        assert!(
            asked.seconds < 4.0,
            "{protocol}, {wanted}: {} s",
            asked.seconds
        );
    }
}

#[tokio::test]
async fn an_answer_before_the_deadline_is_in_time_however_little_is_left() {
    let mut panels = Vec::new();
    for protocol in SEVERAL {
        let setup = Setup::of(protocol)
            .rules("[budget]\nskip = []\n")
            .deadline(3_500);
        panels.push((protocol, setup.ready(slow(&[("draft", 1_900)])).await));
    }
    for (protocol, asked) in all(panels).await {
        assert_eq!(
            asked.state(),
            "complete",
            "{protocol}: {:?}",
            asked.reasons()
        );
        assert_eq!(asked.items().last(), Some(&"Refer to rheumatology"));
    }
}

/// A panel with three seconds by the wall clock, and one by the journal.
fn both_clocks() -> [Setup; 2] {
    [
        Setup::of("vote").deadline(3_000),
        Setup::of("vote").rules("[budget]\nseconds = 3.0\nskip = []\n"),
    ]
}

#[tokio::test]
async fn a_quorum_does_not_wait_for_the_last_draft() {
    let mut panels = Vec::new();
    for setup in both_clocks() {
        let late = |request: &Request| Reply::after(2_700, good(request));
        panels.push(((), setup.ready(except(late, seat("cleo", "draft"))).await));
    }
    for ((), asked) in all(panels).await {
        assert_eq!(asked.state(), "degraded");
        assert_eq!(asked.reasons(), ["cleo's draft came too late"]);
        assert_eq!(asked.asked("guardian").len(), 2, "the rest has its time");
    }
}

#[tokio::test]
async fn a_quorum_is_waited_for_until_the_end() {
    let mut panels = Vec::new();
    for setup in both_clocks() {
        let answer = |request: &Request| match (stage(request), who(request)) {
            ("draft", "ada") => Reply::after(4_000, good(request)),
            ("draft", "cleo") => Reply::after(2_200, good(request)),
            _ => good(request),
        };
        panels.push(((), setup.ready(answer).await));
    }
    for ((), asked) in all(panels).await {
        assert_eq!(asked.reasons()[0], "ada's draft came too late");
        assert_ne!(asked.state(), "abstained", "{:?}", asked.reasons());
        assert_eq!(
            asked.items()[0],
            "Colchicine 0.5 mg",
            "both of them want it"
        );
    }
}
