//! A client that goes away: what is in flight is cancelled, and nothing more is
//! asked.

use std::time::Duration;

use crate::fake_openai::{Fake, Reply};
use crate::panel_fake::*;
use primum::deliberation::{Conduct, Stages, deliberate};

/// Waits for something that must come to pass soon.
async fn soon(what: &str, mut true_yet: impl FnMut() -> bool) {
    for _ in 0..400 {
        if true_yet() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}");
}

/// Drops a deliberation whose panel has come to a stage that hangs.
async fn dropped_in(protocol: &'static str, hanging: &'static str) {
    let fake = Fake::start(move |request| {
        if stage(request) == hanging {
            Reply::Hang
        } else {
            good(request)
        }
    })
    .await;
    let setup = Setup::of(protocol).call_seconds(60.0);
    let panel = setup.panel(&fake.url);
    let gateway = gateway(&panel);
    let consult = setup.consult();
    let asking = tokio::spawn({
        let gateway = gateway.clone();
        async move {
            let conduct = Conduct::new(0, Stages::All);
            deliberate(&panel, &gateway, &consult, &conduct)
                .await
                .map(|_| ())
        }
    });
    let what = format!("{protocol}, {hanging}");
    soon(&what, || {
        fake.requests().iter().any(|one| stage(one) == hanging)
    })
    .await;
    // Everybody of that stage is asked at once; all of them are to be cancelled.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let asked = fake.count();
    assert!(fake.open() > 0, "{what}");
    asking.abort();
    soon(&what, || fake.open() == 0).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(fake.count(), asked, "{what}: something more was sent");
    let progress = gateway.snapshot();
    assert_eq!((progress.in_flight, progress.waiting), (0, 0), "{what}");
}

#[tokio::test]
async fn whatever_stage_it_is_in_nothing_goes_on() {
    for (protocol, stage) in [
        ("synthesis", "draft"),
        ("synthesis", "cluster"),
        ("synthesis", "synthesis"),
        ("synthesis", "guardian"),
        ("debate", "debate"),
        ("delphi", "rating"),
        ("lead", "draft"),
        ("vote", "draft"),
    ] {
        dropped_in(protocol, stage).await;
    }
}

#[tokio::test]
async fn what_waits_for_another_attempt_is_not_sent_either() {
    let fake = Fake::always(Reply::text(503, "")).await;
    let setup = Setup::of("vote");
    let mut panel = setup.panel(&fake.url);
    for provider in panel.providers.values_mut() {
        provider.limits.attempts = 1_000;
    }
    let gateway = gateway(&panel);
    let consult = setup.consult();
    let asking = tokio::spawn(async move {
        let conduct = Conduct::new(0, Stages::All);
        deliberate(&panel, &gateway, &consult, &conduct)
            .await
            .map(|_| ())
    });
    soon("several attempts", || fake.count() > 6).await;
    asking.abort();
    assert!(asking.await.is_err());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let asked = fake.count();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(fake.count(), asked);
}
