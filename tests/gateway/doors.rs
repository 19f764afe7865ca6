//! Doors that many gateways share: what is common to requests, and what is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use primum::gateway::{Circuit, Doors, Gateway, RequestConfig};
use primum::panel::model::Provider;
use serde_json::json;

use crate::fake_openai::{Fake, Reply};
use crate::setup::{call, in_memory, model, provider, structured};

fn doors(provider: Provider) -> Doors {
    let providers = BTreeMap::from([(provider.name.clone(), provider)]);
    Doors::new(providers, BTreeMap::new(), Circuit::service()).expect("doors")
}

fn request(doors: &Doors) -> Gateway {
    Gateway::over(doors, RequestConfig::new(in_memory())).expect("a gateway")
}

#[tokio::test]
async fn limits_are_shared_and_answers_are_not() {
    let fake = Fake::always(Reply::after(20, Reply::says("fine"))).await;
    let mut provider = provider(&fake.url);
    provider.limits.in_flight = 2;
    let doors = doors(provider);
    let gateways: Vec<Gateway> = (0..10).map(|_| request(&doors)).collect();
    let answers = join_all(gateways.iter().map(|gateway| gateway.call(call("x")))).await;
    assert!(answers.iter().all(Result::is_ok));
    // The same question, and yet every request asks for itself.
    assert_eq!(fake.count(), 10);
    assert!(fake.peak() <= 2, "{}", fake.peak());
    for gateway in &gateways {
        let used = gateway.journal().used().expect("read");
        assert_eq!(
            (used.calls, used.tokens.prompt, used.tokens.completion),
            (1, 10, 5)
        );
        assert_eq!(gateway.snapshot().finished, 1);
    }
}

#[tokio::test]
async fn a_stop_stops_one_request_only() {
    let fake = Fake::always(Reply::says("fine")).await;
    let doors = doors(provider(&fake.url));
    let (one, two) = (request(&doors), request(&doors));
    one.stop("enough");
    assert!(one.call(call("x")).await.is_err());
    assert!(two.call(call("x")).await.is_ok());
}

#[tokio::test]
async fn nothing_is_to_be_stored_whatever_extra_says() {
    let fake = Fake::always(Reply::says("fine")).await;
    let doors = doors(provider(&fake.url));
    for (store_nothing, extra, sent) in [
        (true, json!({}), json!(false)),
        (true, json!({"store": true}), json!(false)),
        (false, json!({"store": true}), json!(true)),
        (false, json!({}), json!(null)),
    ] {
        let config = RequestConfig {
            store_nothing,
            ..RequestConfig::new(in_memory())
        };
        let gateway = Gateway::over(&doors, config).expect("a gateway");
        let mut model = model();
        model.extra = serde_json::from_value(extra).expect("an object");
        let mut call = call("x");
        call.model = Arc::new(model);
        gateway.call(call).await.expect("an answer");
        let requests = fake.requests();
        let body = &requests.last().expect("a request").body;
        assert_eq!(body["store"], sent);
    }
}

#[tokio::test]
async fn a_gateway_per_request_costs_little() {
    let fake = Fake::always(Reply::says(r#"{"n": 1}"#)).await;
    let doors = doors(provider(&fake.url));
    let first = request(&doors).call(structured("x")).await;
    assert!(first.is_ok());
    let started = std::time::Instant::now();
    let gateways: Vec<Gateway> = (0..2_000).map(|_| request(&doors)).collect();
    assert!(
        started.elapsed().as_secs_f64() < 2.0,
        "{:?}",
        started.elapsed()
    );
    assert_eq!(gateways.len(), 2_000);
}
