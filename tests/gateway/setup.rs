//! A small language for the tests: a gateway before a fake server, and calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use primum::gateway::journal::system_clock;
use primum::gateway::{Call, Gateway, GatewayConfig, Journal, Message, Role, Schema};
use primum::panel::model::{
    Limits, Model, Price, Provider, ProviderKind, StructuredOutput, SystemRole, USUAL_LONGEST_PAUSE,
};
use serde_json::json;

/// The patient's words in every test call.
pub const PATIENT: &str =
    "A 54-year-old woman with palpitations since Tuesday; she takes warfarin.";

pub fn provider(url: &str) -> Provider {
    Provider {
        name: "fake".into(),
        kind: ProviderKind::Openai,
        base_url: url.into(),
        key_env: None,
        structured_output: StructuredOutput::JsonSchema,
        seed: false,
        keeps_nothing: false,
        stream: false,
        headers: BTreeMap::new(),
        headers_env: BTreeMap::new(),
        query: BTreeMap::new(),
        limits: Limits {
            requests_per_minute: None,
            tokens_per_minute: None,
            in_flight: 64,
            call_seconds: 5.0,
            total_seconds: 30.0,
            attempts: 3,
            pool: None,
            longest_pause_seconds: USUAL_LONGEST_PAUSE,
        },
        simulated: serde_json::Map::new(),
    }
}

pub fn config(provider: Provider, journal: Journal) -> GatewayConfig {
    let providers = BTreeMap::from([(provider.name.clone(), provider)]);
    GatewayConfig {
        backoff: Duration::from_millis(5),
        ..GatewayConfig::new(providers, journal)
    }
}

pub fn in_memory() -> Journal {
    Journal::in_memory(system_clock).expect("a journal")
}

/// A gateway with a journal in memory, its provider changed a little.
pub fn gateway_with(url: &str, change: impl FnOnce(&mut Provider)) -> Gateway {
    let mut provider = provider(url);
    change(&mut provider);
    Gateway::new(config(provider, in_memory())).expect("a gateway")
}

pub fn gateway(url: &str) -> Gateway {
    gateway_with(url, |_| {})
}

/// Another session over the same journal.
pub fn resumed(gateway: &Gateway, url: &str) -> Gateway {
    Gateway::new(config(provider(url), gateway.journal().clone())).expect("a gateway")
}

pub fn model() -> Model {
    Model {
        name: "m".into(),
        provider: "fake".into(),
        id: "fake-1".into(),
        vendor: "acme".into(),
        temperature: Some(0.0),
        top_p: None,
        max_output: None,
        context: None,
        output_limit: None,
        system: SystemRole::Separate,
        reasoning_effort: None,
        extra: serde_json::Map::new(),
        price: None,
        caveat: None,
    }
}

pub fn with_price(input: f64, output: f64) -> Model {
    Model {
        // What may be reserved for a call depends on it.
        max_output: Some(3_000),
        price: Some(Price {
            input,
            output,
            cached_input: None,
        }),
        ..model()
    }
}

/// A call about the patient; `about` makes it another one.
pub fn call(about: &str) -> Call {
    let message = |role, content: &str| Message {
        role,
        content: content.into(),
    };
    Call {
        model: Arc::new(model()),
        stage: "draft",
        seat: "a".into(),
        trial: 1,
        messages: vec![
            message(Role::System, "You are a physician."),
            message(Role::User, &format!("{about}. {PATIENT}")),
        ],
        schema: None,
        item: "Card001".into(),
    }
}

/// A call that asks for `{"n": integer}`.
pub fn structured(about: &str) -> Call {
    Call {
        schema: Some(Arc::new(Schema::new(
            "primum_number",
            json!({
                "type": "object",
                "properties": {"n": {"type": "integer"}},
                "required": ["n"],
                "additionalProperties": false,
            }),
        ))),
        ..call(about)
    }
}
