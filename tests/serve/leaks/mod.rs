//! Nothing of what callers and models say is found where it must not be: every
//! face and every way of failing is driven with marked text, and then all that
//! the service wrote and said is searched for the marks.

mod ways;
mod world;

use crate::good_models::prompt;
use crate::serve_common::bytes_below;
use futures::future::join_all;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use ways::{FACES, WAYS, answers, every_panel, name, status};
use world::{MARK, PROVIDERS_KEY, Said, World, fault, found, marked};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_retention_none_nothing_of_a_consult_is_found_anywhere() {
    let world = driven("none").await;
    refused(&world, &format!("c_{}", "0".repeat(32))).await;
    let store = world.home.state().join("audit.sqlite");
    assert!(!store.exists(), "there is no store at all");
    world.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_retention_audit_the_store_alone_holds_what_was_said() {
    let world = driven("audit").await;
    assert!(world.in_audit("Zqm4711-question"), "the search can find");
    everything_about_one(&world).await;
    world.ended().await;
}

/// The searches above are worth something only if they find: here a panel is
/// named by the mark, and panels' names are written wherever there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_that_is_written_is_found_in_every_place_that_is_searched() {
    let world = World::new("audit", &[MARK.to_owned()]).await;
    let key = &world.keys[0];
    let said = world.served.ask(key, "A red toe?").await;
    assert_eq!(said.status(), 200);
    let log = world.log_with(&["a consult ended", MARK]).await;
    let places = [
        ("stderr", log.into_bytes()),
        ("/metrics", world.got("/metrics").await),
        ("/v1/models", world.got("/v1/models").await),
        ("/readyz", world.got("/readyz").await),
        ("cmdline", world.arguments()),
    ];
    for (place, bytes) in &places {
        assert!(fault(bytes, &world.keys).is_some(), "nothing in {place}");
    }
    assert!(world.in_audit(MARK));
    // The state is where it is looked for: a key's name is in it, not the key.
    let state = bytes_below(&world.home.state());
    assert!(state.iter().any(|(_, bytes)| found(bytes, "Dr Silent")));
    for secret in [
        key.as_str(),
        key.splitn(3, '_').nth(2).expect("a secret"),
        PROVIDERS_KEY,
    ] {
        assert!(fault(format!("key={secret}").as_bytes(), &world.keys).is_some());
    }
    assert!(fault(b"\xff ZQM4711-x \xff", &[]).is_some());
    assert!(fault(b"a consult ended", &world.keys).is_none());
}

/// A service that was asked in every face while its provider went every way,
/// with a provider for each: that it was asked is seen at the provider, and what
/// the log says of it in the log.
async fn driven(retention: &str) -> World {
    let world = World::new(retention, &every_panel()).await;
    for way in WAYS {
        let asked = FACES.map(|face| {
            let what = format!("{retention} {}", name(way, face));
            let request = question(&world, face, &name(way, face));
            let world = &world;
            async move { (face, world.send(&what, request).await) }
        });
        for (face, said) in join_all(asked).await {
            answered(&format!("{retention} {way} {face}"), way, face, &said);
        }
    }
    let panels = every_panel();
    let all_ended = |log: &str| log.matches("a consult ended").count() >= panels.len();
    let log = world.log_when("ends", all_ended).await;
    // At trace, also those speak who were given what was said.
    assert!(log.contains("TRACE hyper"), "a level at which all is said");
    let said = |words: &[&str]| -> Vec<&str> {
        let all = |line: &&str| words.iter().all(|word| line.contains(word));
        log.lines().filter(all).collect()
    };
    let ends = said(&["a consult ended"]);
    let mut failures = said(&["failed", "provider="]);
    failures.extend(said(&["an answer is not usable"]));
    let bearer = format!("Bearer {PROVIDERS_KEY}");
    for panel in &panels {
        let asked = world.asked_of(panel);
        assert!(!asked.is_empty(), "{panel}: its provider was not asked");
        for one in asked {
            assert!(prompt(&one).contains("Zqm4711-question"), "{panel}");
            assert_eq!(one.headers.get("authorization"), Some(&bearer), "{panel}");
        }
        let named = format!("\"{panel}\"");
        let of = |lines: &[&str]| lines.iter().filter(|line| line.contains(&named)).count();
        assert_eq!(of(&ends), 1, "{panel}: its end is logged");
        let good = panel.starts_with("way-good");
        assert_eq!(of(&failures) > 0, !good, "{panel}: failures are logged");
    }
    world
}

/// What a caller is told, by the way that the provider went.
fn answered(what: &str, way: &str, face: &str, said: &Said) {
    let about = format!("{what}: {} {}", said.status, said.body);
    assert_eq!(said.status, status(way, face), "{about}");
    let failed = said.body.contains("no-answer");
    assert_eq!(failed, !answers(way, face), "{about}");
    if way == "way-good" && face != "grades" {
        // The marks do reach the panel and come back to who asked.
        assert!(marked(said.body.as_bytes()), "{about}");
    }
    for foreign in ["Zqm4711-echo", "Zqm4711-header", "Zqm4711-redirect"] {
        assert!(!said.body.contains(foreign), "{about}");
    }
}

/// A question to a panel in one of the faces, with marks wherever there is room.
fn question(world: &World, face: &str, panel: &str) -> RequestBuilder {
    let question = "Zqm4711-question A red toe on hydrochlorothiazide?";
    let consult = json!({
        "question": question,
        "panel": panel,
        "context": {
            "sex": "Zqm4711-sex",
            "conditions": ["Zqm4711-condition"],
            "measurements": [{"name": "Zqm4711-name", "value": "Zqm4711-value"}],
            "other": {"Zqm4711-field": "Zqm4711-context"}
        }
    });
    let chat = json!({
        "model": panel,
        "stream": face == "chunks",
        "user": "Zqm4711-user",
        "metadata": {"Zqm4711-meta": "Zqm4711-meta"},
        "messages": [
            {"role": "system", "content": "Zqm4711-system"},
            {"role": "user", "content": [{"type": "text", "text": question}]},
        ],
    });
    let options = "1. Zqm4711-option\n2. Zqm4711-other";
    let mast = |text: String| {
        let request = world.post(&format!("/mast/{panel}"));
        request.header("content-type", "text/plain").body(text)
    };
    let consults = world.post("/v1/consults").json(&consult);
    let request = match face {
        "wait" => consults.header("prefer", "wait=25"),
        "events" => consults.header("accept", "text/event-stream"),
        "chat" | "chunks" => world.post("/v1/chat/completions").json(&chat),
        "mast" => mast(question.to_owned()),
        _ => mast(format!(
            "Use the keys Option and GradeAI. {question}\n{options}\n"
        )),
    };
    request
        .header("user-agent", "Zqm4711-agent")
        .header("referer", "http://localhost/Zqm4711-referer")
        .header("traceparent", "Zqm4711-trace")
        .header("cookie", "Zqm4711-cookie=1")
        .header("x-request-id", "Zqm4711-request")
}

/// Everything that is refused, with marks wherever there is room.
async fn refused(world: &World, id: &str) {
    let one = format!("/v1/consults/{id}");
    let get = |path: &str| world.served.get(path, &world.keys[0]);
    let raw = |path: &str, body: &'static str| {
        world
            .post(path)
            .header("content-type", "application/json")
            .body(body)
    };
    let decide = format!("{one}/release");
    let question = json!({"question": "Zqm4711-question"});
    let requests = vec![
        get("/Zqm4711-path?Zqm4711-query=Zqm4711"),
        get("/v1/consults/Zqm4711-id"),
        get("/v1/consults/Zqm4711-id/events"),
        get("/v1/consults?limit=Zqm4711-limit"),
        get("/v1/models/Zqm4711-model"),
        get("/assets/Zqm4711-asset.js"),
        get(&format!("{one}/events")).header("last-event-id", "Zqm4711-last"),
        get("/v1/models").header("origin", "http://Zqm4711-origin.example"),
        get("/v1/models").header("host", "Zqm4711-host.example"),
        world.served.client.get(world.served.url("/v1/models")).bearer_auth("Zqm4711-key"),
        world.served.client.get(world.served.url("/v1/models?key=Zqm4711-key")),
        world.served.client.request(
            Method::from_bytes(b"ZQM4711").expect("a method"),
            world.served.url("/v1/consults"),
        ),
        raw("/v1/consults", r#"{"question": "Zqm4711-json"#),
        raw("/v1/consults", r#"{"question": "a", "Zqm4711-json": 1}"#),
        raw("/v1/consults", r#"{"question": "a", "panel": "Zqm4711-panel"}"#),
        raw("/v1/consults", r#"{"question": 1, "context": {"sex": "Zqm4711-sex"}}"#),
        raw("/v1/consults", r#"{"question": "a", "deadline_seconds": "Zqm4711"}"#),
        raw("/v1/chat/completions", r#"{"model": "Zqm4711-model", "messages": []}"#),
        raw("/v1/chat/completions", r#"{"model": "way-good-chat", "messages": [{"role": "Zqm4711-role"}]}"#),
        raw("/v1/chat/completions", r#"{"model": "way-good-chat", "response_format": {"type": "Zqm4711"}, "messages": []}"#),
        raw("/mast/Zqm4711-panel", "Zqm4711"),
        raw(&decide, r#"{"decision": "Zqm4711-decision"}"#),
        raw(&decide, r#"{"decision": "release", "note": ["Zqm4711-note"]}"#),
        world.post("/v1/consults").header("content-type", "text/Zqm4711-type").body("Zqm4711"),
        world.post("/v1/consults")
            .header("content-type", "multipart/form-data; boundary=Zqm4711")
            .body("--Zqm4711\r\ncontent-disposition: form-data; name=\"f\"; filename=\"Zqm4711-file.txt\"\r\n\r\nZqm4711\r\n"),
        world.post("/v1/consults").header("idempotency-key", "Zqm4711 two words").json(&question),
        world.post("/mast").header("content-type", "text/plain").body(&b"Zqm4711-utf8 \xff"[..]),
        world.post("/v1/consults")
            .header("prefer", "wait=1")
            .json(&json!({"question": "Zqm4711-late", "deadline_seconds": 1e-9})),
    ];
    for (at, request) in requests.into_iter().enumerate() {
        let said = world.send(&format!("refused {at}"), request).await;
        assert!(said.status >= 400, "{at}: {} {}", said.status, said.body);
    }
}

/// A job with all that can be done with it, and a key that keeps nothing.
async fn everything_about_one(world: &World) {
    let key = &world.keys[0];
    let question = json!({"question": "Zqm4711-silent A red toe?"});
    let silent = world
        .served
        .request(Method::POST, "/v1/consults", &world.keys[1]);
    let silent = silent.header("prefer", "wait=25").json(&question);
    let said = world.send("silent", silent).await;
    assert_eq!(said.status, 200, "{}", said.body);
    let asked = world
        .post("/v1/consults")
        .header("idempotency-key", "Zqm4711-idempotency")
        .json(&json!({"question": "Zqm4711-job A red toe?"}));
    let said = world.send("job", asked).await;
    let consult: Value = serde_json::from_str(&said.body).expect("JSON");
    let id = consult["id"].as_str().expect("an id").to_owned();
    world.served.ended(key, &id).await;
    let one = format!("/v1/consults/{id}");
    let events = world.served.get(&format!("{one}/events"), key);
    let events = world.send("events", events).await.body;
    assert!(
        events.contains("finished") && !marked(events.as_bytes()),
        "{events}"
    );
    refused(world, &id).await;
    let note = json!({"decision": "release", "note": "Zqm4711-note"});
    let decide = || world.post(&format!("{one}/release")).json(&note);
    let released = world.send("release", decide()).await;
    assert_eq!(released.status, 200, "{}", released.body);
    assert_eq!(world.send("again", decide()).await.status, 409);
    let list = world
        .send("list", world.served.get("/v1/consults", key))
        .await;
    assert!(!marked(list.body.as_bytes()), "{}", list.body);
    let gone = world.served.request(Method::DELETE, &one, key);
    world.send("delete", gone).await;
    for kept in [
        "Zqm4711-context",
        "Zqm4711-answer",
        "Zqm4711-job",
        "Zqm4711-note",
    ] {
        assert!(world.in_audit(kept), "{kept} is kept");
    }
    assert!(!world.in_audit("Zqm4711-silent"), "the key keeps nothing");
}
