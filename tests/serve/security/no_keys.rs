//! Keys switched off: for this machine alone, and for no web page.

use std::process::Stdio;

use super::wire::{address, ask};
use super::{Setup, operations, panel_file};
use crate::serve_common::{Home, Served};

async fn without_keys() -> Setup {
    let (fake, home) = (
        crate::fake_openai::Fake::start(super::answers).await,
        Home::new(),
    );
    let file = panel_file(&home, &fake, "audit").await;
    let key = home.key("roe", "consult,read,release", &["--person", "Dr Jane Roe"]);
    let served = Served::start(&home, &[&file], &["--no-keys"]);
    Setup {
        home,
        served,
        fake,
        key,
        admin: String::new(),
    }
}

#[tokio::test]
async fn without_keys_the_header_is_needed_and_some_things_still_need_a_key() {
    let setup = without_keys().await;
    let (base, own) = (setup.base(), address(setup.base()));
    let id = format!("c_{}", "0".repeat(32));
    for operation in operations(&id) {
        let bare = operation.ask().send(base).await;
        if operation.scope.is_none() {
            assert_eq!(bare.status, 200, "{operation:?}");
            continue;
        }
        operation.refused(&bare, 403, "header-needed");
        // A key is no header, nor is one that any page may send.
        let keyed = operation
            .ask()
            .key(&setup.key)
            .header("x-requested-with", "XMLHttpRequest");
        operation.refused(&keyed.send(base).await, 403, "header-needed");
        let with = || operation.ask().header("primum-request", "1");
        let page = with()
            .header("origin", "http://localhost:4711")
            .send(base)
            .await;
        operation.refused(&page, 403, "wrong-origin");
        let far = with().host("10.0.0.7").send(base).await;
        operation.refused(&far, 421, "wrong-host");
        let named = with().host("rebound.example").send(base).await;
        operation.refused(&named, 421, "wrong-host");
        let answer = with()
            .header("origin", format!("http://{own}"))
            .send(base)
            .await;
        match operation.template.as_str() {
            "/mast" | "/mast/{panel}" => operation.refused(&answer, 401, "no-key"),
            "/v1/consults/{id}/release" => operation.refused(&answer, 403, "personal-key-needed"),
            "/v1/consults/{id}" | "/v1/consults/{id}/events" => {
                operation.refused(&answer, 404, "not-found")
            }
            _ if operation.method == "post" => assert_eq!(answer.status, 400, "{operation:?}"),
            _ => assert_eq!(answer.status, 200, "{operation:?}"),
        }
    }
    let mast = ask("POST", "/mast")
        .header("primum-request", "1")
        .key(&setup.key)
        .body("text/plain", "A toe?");
    assert_eq!(mast.send(base).await.status, 200);
    // A key opens nothing more here: releasing is a person's, and persons are
    // not told apart while keys are off.
    let asked = ask("POST", "/v1/consults")
        .header("primum-request", "1")
        .header("prefer", "wait=20")
        .json(br#"{"question": "A red toe?"}"#);
    let answer = asked.send(base).await;
    let id = answer.json()["id"]
        .as_str()
        .map(str::to_owned)
        .expect("an id");
    let release = ask("POST", &format!("/v1/consults/{id}/release"))
        .header("primum-request", "1")
        .key(&setup.key)
        .json(br#"{"decision": "release"}"#);
    assert_eq!(release.send(base).await.code(), "personal-key-needed");
    // Simple requests, as a form or an image elsewhere sends them.
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let form = ask("POST", "/v1/consults").body(kind, r#"{"question": "A toe?"}"#);
        assert_eq!(form.send(base).await.code(), "header-needed");
    }
    let asked = setup
        .fake
        .requests()
        .iter()
        .filter(|request| !request.body.is_null())
        .count();
    assert_eq!(asked, 8 + 8, "two consults were asked, and no other");
}

#[tokio::test]
async fn keys_are_off_on_loopback_addresses_only() {
    let setup = without_keys().await;
    let panel = setup.home.path("gout.toml");
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let mut command = setup
            .home
            .primum(&["serve", "--no-keys", "--listen", listen]);
        let output = command
            .arg(&panel)
            .stdin(Stdio::null())
            .output()
            .expect("the program");
        assert_eq!(output.status.code(), Some(2), "{listen}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("loopback"));
    }
}
