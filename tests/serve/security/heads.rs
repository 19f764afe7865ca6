//! Paths, methods, hosts, origins, headers.

use super::wire::{MARK, address, ask, exchange, parse};
use super::{operations, setup};

#[tokio::test]
async fn a_path_means_what_it_says_and_nothing_else() {
    let setup = setup("audit", &[]).await;
    let (base, host) = (setup.base(), address(setup.base()));
    // With the key that may do everything here but look at the metrics.
    for path in [
        "/v1/../metrics",
        "/v1/%2e%2e/metrics",
        "/v1/..%2fmetrics",
        "//metrics",
        "//v1/models",
        "/v1//models",
        "/./v1/models",
        "/v1/models/",
        "/metrics/",
        "/metrics;x=1",
        "/metrics%00",
        "/%6detrics",
        "/METRICS",
        "/V1/models",
        "/assets/../index.html",
        "/assets/",
        "/assets",
        "/assets/index.html",
        "/assets/%2e%2e%2fCargo.toml",
        "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/%2e%2e/Cargo.toml",
        "/assets/..%5cpage.js",
        "/assets/page.js%00.css",
        "/assets/page.js%0d%0aset-cookie:%20Zqx4711",
        "/assets/PAGE.JS",
        "/assets/%ff",
        "/v1/consults/x/../../../metrics",
        "/v1/consults/%2e%2e%2f%2e%2e%2fkeys.sqlite",
        "/.git/config",
        "/keys.sqlite",
        "/Zqx4711?Zqx4711=Zqx4711#Zqx4711",
        "/v1/models/%2e%2e",
        "/v1/models/gout%00",
        "/v1/models/Zqx4711%0d%0ax:%20y",
        "/mast/..%2fmetrics",
        "/v1/consults/c_1/release",
    ] {
        let answer = ask("GET", path).key(&setup.key).send(base).await;
        assert!(matches!(answer.status, 404 | 405), "{path}: {answer:?}");
    }
    let answer = ask("POST", "/mast/%2e%2e%2fgout%0d%0aZqx4711")
        .key(&setup.key)
        .body("text/plain", "x");
    assert_eq!(answer.send(base).await.code(), "unknown-panel");
    // Targets that are no paths.
    for (target, statuses) in [
        ("metrics", &[400, 404, 421][..]),
        ("*", &[400, 404, 405]),
        ("http://evil.example/metrics", &[421]),
        ("http://evil.example@localhost/metrics", &[400, 421]),
        ("https:///metrics", &[400, 404, 421]),
        (&format!("/{}", "a".repeat(60_000)), &[400, 414, 431]),
        ("/a b", &[400]),
        ("", &[400]),
    ] {
        let answer = ask("GET", target).any(base).await;
        assert!(
            statuses.contains(&answer.status),
            "{target:.40}: {answer:?}"
        );
    }
    let whole = ask("GET", &format!("http://{host}/healthz"))
        .send(base)
        .await;
    assert_eq!(whole.status, 200);
    setup.lives().await;
}

#[tokio::test]
async fn only_the_methods_that_are_written_down_do_anything() {
    let setup = setup("audit", &[]).await;
    let base = setup.base();
    let id = setup.consult().await;
    let all = operations(&id);
    for operation in &all {
        for method in [
            "PUT", "PATCH", "TRACE", "OPTIONS", "DELETE", "POST", "PROPFIND", "ZQX4711",
        ] {
            let known = all.iter().any(|known| {
                known.path == operation.path && known.method.eq_ignore_ascii_case(method)
            });
            if known {
                continue;
            }
            let answer = ask(method, &operation.path)
                .key(&setup.key)
                .send(base)
                .await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (405, "method-not-allowed"),
                "{method} {operation:?}"
            );
        }
        if operation.method == "get" {
            let head = ask("HEAD", &operation.path).send(base).await;
            let get = ask("GET", &operation.path).send(base).await;
            assert_eq!(head.status, get.status, "HEAD is GET");
            assert!(head.body.is_empty());
        }
    }
    // A method in a header is no method.
    let path = format!("/v1/consults/{id}");
    for name in [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ] {
        let answer = ask("GET", &path).key(&setup.key).header(name, "DELETE");
        assert_eq!(answer.send(base).await.json()["state"], "answered");
    }
    for raw in [
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /healthz HTTP/9.9\r\nhost: localhost\r\n\r\n",
        "GET /healthz\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01",
        "Zqx4711\r\n\r\n",
    ] {
        let said = exchange(address(base), raw.as_bytes()).await;
        let status = parse(&said).map(|answer| answer.status);
        assert!(
            matches!(status, None | Some(400 | 505)),
            "{raw:?}: {status:?}"
        );
        assert!(!String::from_utf8_lossy(&said).contains(MARK));
    }
    setup.lives().await;
}

#[tokio::test]
async fn broken_and_boundless_headers_are_refused() {
    let setup = setup("audit", &[]).await;
    let (base, host) = (setup.base(), address(setup.base()));
    let with = |lines: &str| {
        format!("GET /v1/models HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{lines}\r\n")
    };
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    for lines in [
        "x: Zqx4711\rset-cookie: a\r\n",
        "x: Zqx4711\x00\r\n",
        "x: Zqx4711\x01\r\n",
        "x Zqx4711: y\r\n",
        "x : Zqx4711\r\n",
        ": Zqx4711\r\n",
        "Zqx4711\r\n",
        " Zqx4711: y\r\n",
        "x: y\r\n folded Zqx4711\r\n",
        &format!("x: {}\r\n", "Zqx4711".repeat(10_000)),
        &many,
    ] {
        let said = exchange(host, with(lines).as_bytes()).await;
        let status = parse(&said).map(|answer| answer.status);
        // The one that is read as nothing gets no further than any other.
        assert!(
            matches!(status, None | Some(400 | 401 | 431)),
            "{lines:.60?}: {status:?}"
        );
        assert!(!String::from_utf8_lossy(&said).contains(MARK));
    }
    // A second request that hides behind two lengths is not answered.
    let hidden = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for lengths in [
        format!("content-length: 0\r\ncontent-length: {}\r\n", hidden.len()),
        "content-length: 0\r\ntransfer-encoding: identity, chunked, x\r\n".to_owned(),
        "transfer-encoding: xchunked\r\n".to_owned(),
        "transfer-encoding : chunked\r\n".to_owned(),
    ] {
        let bytes = format!("POST /mast HTTP/1.1\r\nhost: {host}\r\n{lengths}\r\n{hidden}");
        let said = exchange(host, bytes.as_bytes()).await;
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(!said.contains("\r\n\r\nok\n"), "{lengths:?}: {said}");
    }
    // What a header says does not come back in another.
    let odd = ask("POST", "/v1/consults")
        .key(&setup.key)
        .header("idempotency-key", "Zqx4711-idempotency")
        .header("x-forwarded-host", "Zqx4711.example")
        .header("x-forwarded-for", "Zqx4711")
        .header("forwarded", "host=Zqx4711")
        .header("accept-language", "Zqx4711")
        .header("user-agent", "Zqx4711")
        .header("cookie", "Zqx4711=Zqx4711")
        .header("traceparent", "Zqx4711")
        .json(br#"{"question": "A red toe?"}"#);
    let answer = odd.send(base).await;
    assert_eq!(answer.status, 202);
    assert!(
        answer
            .header("location")
            .is_some_and(|at| at.starts_with("/v1/consults/c_"))
    );
    setup.lives().await;
}

#[tokio::test]
async fn preferences_and_numbers_that_make_no_sense_do_no_harm() {
    let setup = setup("none", &[]).await;
    let asked = || {
        ask("POST", "/v1/consults")
            .key(&setup.key)
            .json(br#"{"question": "A toe?"}"#)
    };
    for prefer in [
        &b"wait"[..],
        b"wait=",
        b"wait=soon",
        b"wait=-1",
        b"wait=nan",
        b"wait=\xff",
        b";;;,,,===",
        b"wait=0x10",
        b"Zqx4711",
        b"",
    ] {
        let answer = asked().header("prefer", prefer).send(setup.base()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "retention-none")
        );
    }
    let none = asked().header("prefer", "wait=0").send(setup.base()).await;
    assert!(
        matches!(none.code().as_str(), "deadline" | "no-answer"),
        "{none:?}"
    );
    for prefer in [
        "wait=1e300",
        "wait=99999999999999999999999",
        "WAIT = \"20\" ; x",
    ] {
        assert_eq!(
            asked()
                .header("prefer", prefer)
                .send(setup.base())
                .await
                .status,
            200,
            "{prefer}"
        );
    }
    let setup = super::setup("audit", &[]).await;
    let id = setup.consult().await;
    let events = format!("/v1/consults/{id}/events");
    for last in [
        &b"x"[..],
        b"-1",
        b"1.5",
        b"99999999999999999999",
        b"Zqx4711",
        b"\xff",
        b"",
    ] {
        let answer = ask("GET", &events)
            .key(&setup.key)
            .header("last-event-id", last);
        let answer = answer.send(setup.base()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "bad-request"),
            "{last:?}"
        );
    }
    let answer = ask("GET", &events)
        .key(&setup.key)
        .header("last-event-id", "18446744073709551615");
    let answer = answer.send(setup.base()).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    for query in [
        "limit=x",
        "limit=-1",
        "before=Zqx4711",
        "limit=1&limit=2",
        "limit=99999999999999999999",
    ] {
        let answer = ask("GET", &format!("/v1/consults?{query}")).key(&setup.key);
        assert_eq!(
            answer.send(setup.base()).await.code(),
            "bad-request",
            "{query}"
        );
    }
    for query in [
        "limit=0",
        "limit=4711",
        "before=0",
        "x=Zqx4711",
        "%ff",
        "before=18446744073709551615",
    ] {
        let answer = ask("GET", &format!("/v1/consults?{query}")).key(&setup.key);
        let answer = answer.send(setup.base()).await;
        assert!(matches!(answer.status, 200 | 400), "{query}: {answer:?}");
    }
    let asked = || {
        ask("POST", "/v1/consults")
            .key(&setup.key)
            .json(br#"{"question": "A toe?"}"#)
    };
    let long = "Zqx4711".repeat(37);
    for key in [
        &b""[..],
        long.as_bytes(),
        b"Zqx 4711",
        b"Zqx\t4711",
        b"Zqx4711\xe9",
    ] {
        let answer = asked()
            .header("idempotency-key", key)
            .send(setup.base())
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "bad-request"),
            "{key:?}"
        );
    }
    let two = asked()
        .header("idempotency-key", "one")
        .header("idempotency-key", "two");
    assert_eq!(two.send(setup.base()).await.code(), "bad-request");
}

#[tokio::test]
async fn other_hosts_and_other_pages_are_refused_everywhere() {
    let setup = setup("audit", &["--host", "consult.example"]).await;
    let base = setup.base();
    let id = setup.consult().await;
    for operation in operations(&id) {
        let from = |host: &str, origin: &str| {
            let asked = operation.ask().key(&setup.key);
            let asked = if host.is_empty() {
                asked
            } else {
                asked.host(host)
            };
            if origin.is_empty() {
                asked
            } else {
                asked.header("origin", origin)
            }
        };
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "Zqx4711",
            "user@127.0.0.1",
        ] {
            let answer = from(host, "").send(base).await;
            operation.refused(&answer, 421, "wrong-host");
        }
        let own = address(base);
        for origin in [
            "null",
            "http://evil.example",
            "http://localhost",
            "file://",
            "Zqx4711",
            &format!("http://{own}.evil.example"),
            &format!("http://x@{own}"),
        ] {
            let answer = from("", origin).send(base).await;
            operation.refused(&answer, 403, "wrong-origin");
        }
        let twice = from("", &format!("http://{own}")).header("origin", "http://evil.example");
        operation.refused(&twice.send(base).await, 403, "wrong-origin");
    }
    for host in [
        "localhost",
        "LOCALHOST:4711",
        "127.0.0.1",
        "[::1]:80",
        "consult.example",
        "Consult.Example:443",
    ] {
        let asked = ask("GET", "/v1/models").key(&setup.key).host(host);
        let asked = asked
            .header("origin", format!("https://{host}"))
            .send(base)
            .await;
        assert_eq!(asked.status, 200, "{host}");
    }
    // A page elsewhere that asks whether it may is told no, in no header.
    let preflight = ask("OPTIONS", "/v1/consults")
        .header("origin", "http://evil.example")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization, primum-request",
        );
    assert_eq!(preflight.send(base).await.status, 403);
}
