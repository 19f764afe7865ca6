//! Every operation with every kind of key that must not do.

use std::collections::BTreeSet;
use std::sync::Arc;

use primum::access::{KEYS_FILE, KeyStore, NewKey, Scope};
use secrecy::ExposeSecret;

use super::wire::{Answer, ask};
use super::{Setup, operations, setup};

/// A key whose time was over long ago, made while its maker's clock was behind.
fn expired(setup: &Setup) -> String {
    let path = setup.home.state().join(KEYS_FILE);
    let store = KeyStore::open(&path, Arc::new(|| 1_000)).expect("the store opens");
    let new = NewKey {
        name: "late".into(),
        person: Some("Dr Late".into()),
        scopes: BTreeSet::from(Scope::ALL),
        expires_at: Some(2_000),
        ..NewKey::default()
    };
    let (_, key) = store.add(new).expect("a key");
    key.expose_secret().to_owned()
}

/// A key with the id of a good one and another secret.
fn forged(key: &str) -> String {
    let (id, secret) = key.rsplit_once('_').expect("parts");
    let secret: String = secret.chars().rev().collect();
    format!("{id}_{secret}")
}

#[tokio::test]
async fn no_operation_is_served_without_a_good_key_of_the_right_scope() {
    let setup = setup("audit", &[]).await;
    let base = setup.base();
    let id = setup.consult().await;
    let late = expired(&setup);
    setup.until(&late, "expired-key").await;
    let gone = setup.home.key(
        "gone",
        "consult,read,release,admin",
        &["--person", "Dr Gone"],
    );
    setup.until(&gone, "").await;
    let revoked = setup.home.primum(&["keys", "revoke", "gone"]).output();
    assert!(revoked.expect("the program").status.success());
    setup.until(&gone, "revoked-key").await;
    let reader = setup.home.key("reader", "read", &[]);
    let asker = setup.home.key("asker", "consult", &[]);
    setup.until(&asker, "").await;
    let twice = forged(&setup.key);
    for operation in operations(&id) {
        let Some(scope) = operation.scope.as_deref() else {
            // What needs no key takes any, and says the same.
            for answer in [
                operation.ask().send(base).await,
                operation.ask().key("nonsense").send(base).await,
            ] {
                assert_eq!(answer.status, 200, "{operation:?}");
            }
            continue;
        };
        let answer = operation.ask().send(base).await;
        operation.refused(&answer, 401, "no-key");
        for bad in [
            "Bearer nonsense",
            "Bearer primum_aaaaaaaaaaaa_bbbb",
            &format!("Bearer {twice}"),
            &format!("Bearer {} ", &setup.key[..setup.key.len() - 1]),
            &format!("Bearer {0} {0}", setup.key),
            &format!("Basic {}", setup.key),
            setup.key.as_str(),
            "Bearer",
            "",
        ] {
            let answer = operation
                .ask()
                .header("authorization", bad)
                .send(base)
                .await;
            operation.refused(&answer, 401, "bad-key");
        }
        let broken = operation.ask().header("authorization", b"Bearer \xff\xfe");
        operation.refused(&broken.send(base).await, 401, "bad-key");
        let both = operation.ask().key(&setup.key).key(&setup.key);
        operation.refused(&both.send(base).await, 401, "bad-key");
        let answer = operation.ask().key(&late).send(base).await;
        operation.refused(&answer, 401, "expired-key");
        let answer = operation.ask().key(&gone).send(base).await;
        operation.refused(&answer, 401, "revoked-key");
        let mut wrong = match scope {
            "admin" => vec![&setup.key, &reader, &asker],
            _ => vec![&setup.admin],
        };
        match (operation.method.as_str(), operation.template.as_str()) {
            ("get", "/v1/consults") => wrong.push(&asker),
            (_, "/v1/consults/{id}/release") => wrong.extend([&asker, &reader]),
            ("post" | "delete", _) => wrong.push(&reader),
            _ => {}
        }
        for key in wrong {
            let answer = operation.ask().key(key).send(base).await;
            operation.refused(&answer, 403, "wrong-scope");
        }
    }
    // A key in the URL is no key.
    let answer = ask(
        "GET",
        &format!("/v1/models?key={0}&access_token={0}", setup.key),
    );
    assert_eq!(answer.send(base).await.code(), "no-key");
    let log = setup.served.log();
    for key in [
        &setup.key,
        &setup.admin,
        &late,
        &gone,
        &reader,
        &asker,
        &twice,
    ] {
        assert!(!log.contains(key.as_str()), "a key is in the log");
    }
}

#[tokio::test]
async fn foreign_unknown_and_impossible_ids_look_the_same() {
    let setup = setup("audit", &[]).await;
    let id = setup.consult().await;
    let more = ["--person", "Dr Other"];
    let other = setup.home.key("other", "consult,read,release,admin", &more);
    setup.until(&other, "").await;
    let unknown = format!("c_{}", "0".repeat(32));
    let upper = id.to_uppercase().replace("C_", "c_");
    let odd = [
        unknown.as_str(),
        upper.as_str(),
        "c_",
        "c_1",
        "%ff",
        "%00",
        "..%2f..%2fkeys.sqlite",
        "c_%0d%0aset-cookie:%20Zqx4711",
        "'%20or%201=1--",
        "Zqx4711",
    ];
    for (method, rest) in [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/events"),
        ("POST", "/release"),
    ] {
        let asked = async |id: &str| -> Answer {
            let mut asked = ask(method, &format!("/v1/consults/{id}{rest}")).key(&other);
            if method == "POST" {
                asked = asked.json(br#"{"decision": "release", "note": "Zqx4711"}"#);
            }
            asked.send(setup.base()).await
        };
        let foreign = asked(&id).await;
        assert_eq!(
            (foreign.status, foreign.code().as_str()),
            (404, "not-found")
        );
        for odd in odd {
            assert_eq!(
                asked(odd).await.look(),
                foreign.look(),
                "{method} {odd}{rest}"
            );
        }
    }
    // The consult is as it was.
    let mine = ask("GET", &format!("/v1/consults/{id}")).key(&setup.key);
    let mine = mine.send(setup.base()).await;
    assert_eq!(mine.json()["state"], "answered");
    assert_eq!(mine.json()["release"]["state"], "unreleased");
}
