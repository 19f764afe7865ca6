//! A gateway before a fake server, and one structured question.
#![allow(dead_code)] // each kind uses a part of it

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use primum::gateway::journal::system_clock;
use primum::gateway::{
    Answer, Call, CallError, Gateway, GatewayConfig, Journal, Message, Role, Schema,
};
use primum::panel::model::{Panel, Provider};
use serde_json::Value;

use crate::fake_openai::Fake;

/// A panel of one advisor at this address; `more`: lines of the provider.
pub fn panel(url: &str, more: &str) -> Panel {
    let text = format!(
        "name = \"test\"\n\
         [providers.fake]\nbase_url = \"{url}\"\n{more}\n\
         [providers.fake.limits]\ncall_seconds = 10.0\ntotal_seconds = 20.0\nattempts = 2\n\
         [models.m]\nprovider = \"fake\"\nid = \"m-1\"\nprice = {{ input = 1.0, output = 1.0 }}\n\
         [[advisors]]\nname = \"ada\"\nmodel = \"m\"\n\
         [judge]\nname = \"jo\"\nmodel = \"m\"\n"
    );
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("test.toml");
    std::fs::write(&path, text).expect("a file");
    match primum::panel::load(&path) {
        Ok(loaded) => loaded.panel,
        Err(faults) => panic!("{}", faults.render(primum::panel::Style::Plain)),
    }
}

/// A gateway for a panel, over a journal.
pub fn over(panel: &Panel, journal: Journal) -> Gateway {
    let providers: BTreeMap<String, Provider> = panel.providers.clone();
    Gateway::new(GatewayConfig {
        backoff: Duration::from_millis(2),
        ..GatewayConfig::new(providers, journal)
    })
    .expect("a gateway")
}

pub fn in_memory() -> Journal {
    Journal::in_memory(system_clock).expect("a journal")
}

pub fn schema_of(value: Value) -> Arc<Schema> {
    Arc::new(Schema::new("primum_test", value))
}

/// A question that wants an answer of this shape; `about` makes it another one.
pub fn call(panel: &Panel, about: &str, schema: Option<Arc<Schema>>) -> Call {
    Call {
        model: Arc::new(panel.models["m"].clone()),
        stage: "guardian",
        seat: "ada".into(),
        trial: 1,
        messages: vec![Message {
            role: Role::User,
            content: about.into(),
        }],
        schema,
        item: "Card001".into(),
    }
}

/// Asks a fake server once.
pub async fn asked(fake: &Fake, schema: Arc<Schema>) -> Result<Answer, CallError> {
    let panel = panel(&fake.url, "");
    let gateway = over(&panel, in_memory());
    gateway
        .call(call(&panel, "Is it safe?", Some(schema)))
        .await
}
