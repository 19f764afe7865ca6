//! Time that runs out in every stage of every protocol, by both clocks: the
//! journaled seconds of a benchmark, and the wall clock of a service. The
//! answer is there in time, says what is missing, and loses nothing.

#[path = "support/fake_openai.rs"]
mod fake_openai;
#[path = "support/panel_fake.rs"]
mod panel_fake;

use fake_openai::{Reply, Request};
use panel_fake::*;

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

/// Everybody behaves, but nobody ever answers in one stage.
fn hangs(wanted: &'static str) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    move |request| {
        if stage(request) == wanted {
            Reply::Hang
        } else {
            good(request)
        }
    }
}

const NO_CLUSTERS: &str = "clem did not group the drafts, rules alone did: no time was left";
const NO_GUARDIANS: &str = "the guardians were left out: no time was left";

#[tokio::test]
async fn what_is_skipped_first_is_what_the_panel_names_first() {
    // Drafts take 0.2 s of 1.0 s, and so will every call to come: of 0.8 s,
    // the moderator needs 0.2, the clusterer 0.2, the guardians and their
    // checks 0.8.
    let cases: [(&str, &[&str]); 4] = [
        (
            "\"rounds\", \"clusterer\", \"guardians\"",
            &[NO_CLUSTERS, NO_GUARDIANS],
        ),
        ("\"guardians\", \"clusterer\"", &[NO_GUARDIANS]),
        ("\"guardians\"", &[NO_GUARDIANS]),
        ("", &[]),
    ];
    for (order, reasons) in cases {
        let asked = Setup::of("synthesis")
            .rules(&format!("[budget]\nseconds = 1.0\nskip = [{order}]\n"))
            .ask(slow(&[("draft", 200)]))
            .await;
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
    for (protocol, reason) in words {
        let asked = Setup::of(protocol)
            .rules("[budget]\nseconds = 1.2\nskip = [\"rounds\"]\n")
            .ask(slow(&[("draft", 200)]))
            .await;
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

#[tokio::test]
async fn when_counted_time_runs_out_the_rest_is_left_out_openly() {
    for protocol in PROTOCOLS {
        let runs = stages_of(protocol).into_iter().map(|wanted| async move {
            let asked = Setup::of(protocol)
                .rules("[budget]\nseconds = 1.0\nskip = []\n")
                .ask(move |request| match stage(request) {
                    name if name == wanted => Reply::after(1_200, good(request)),
                    _ => good(request),
                })
                .await;
            as_the_rules_say(&asked, protocol, wanted);
            assert!(asked.result.seconds <= 1.01, "{protocol}, {wanted}");
        });
        futures::future::join_all(runs).await;
    }
}

#[tokio::test]
async fn when_the_deadline_passes_the_answer_is_there() {
    for protocol in PROTOCOLS {
        let runs = stages_of(protocol).into_iter().map(|wanted| async move {
            let asked = Setup::of(protocol)
                .rules("[budget]\nskip = []\n")
                .deadline(700)
                .ask(hangs(wanted))
                .await;
            as_the_rules_say(&asked, protocol, wanted);
            assert!(
                asked.seconds < 1.7,
                "{protocol}, {wanted}: {} s",
                asked.seconds
            );
        });
        futures::future::join_all(runs).await;
    }
}

#[tokio::test]
async fn an_answer_before_the_deadline_is_in_time_however_little_is_left() {
    for protocol in SEVERAL {
        let asked = Setup::of(protocol)
            .rules("[budget]\nskip = []\n")
            .deadline(1_200)
            .ask(slow(&[("draft", 700)]))
            .await;
        assert_eq!(
            asked.state(),
            "complete",
            "{protocol}: {:?}",
            asked.reasons()
        );
        assert_eq!(asked.items().last(), Some(&"Refer to rheumatology"));
    }
}

#[tokio::test]
async fn a_quorum_does_not_wait_for_the_last_draft() {
    for (setup, least) in [
        (Setup::of("vote").deadline(1_500), 0.9),
        (
            Setup::of("vote").rules("[budget]\nseconds = 1.5\nskip = []\n"),
            0.0,
        ),
    ] {
        let asked = setup
            .ask(|request| match (stage(request), who(request)) {
                ("draft", "cleo") => Reply::after(1_300, good(request)),
                _ => good(request),
            })
            .await;
        assert_eq!(asked.state(), "degraded");
        assert_eq!(asked.reasons(), ["cleo's draft came too late"]);
        assert_eq!(asked.asked("guardian").len(), 2, "the rest has its time");
        assert!(
            asked.seconds >= least && asked.seconds < 2.5,
            "{}",
            asked.seconds
        );
    }
}

#[tokio::test]
async fn a_quorum_is_waited_for_until_the_end() {
    for setup in [
        Setup::of("vote").deadline(1_500),
        Setup::of("vote").rules("[budget]\nseconds = 1.5\nskip = []\n"),
    ] {
        let asked = setup
            .ask(|request| match (stage(request), who(request)) {
                ("draft", "ada") => Reply::after(2_000, good(request)),
                ("draft", "cleo") => Reply::after(1_100, good(request)),
                _ => good(request),
            })
            .await;
        let reason = asked.reasons()[0];
        assert!(reason.starts_with("ada"), "{reason}");
        assert_ne!(asked.state(), "abstained", "{:?}", asked.reasons());
        assert_eq!(
            asked.items()[0],
            "Colchicine 0.5 mg",
            "both of them want it"
        );
    }
}
