//! No prompt, answer or key reaches a log, an error, or a debugger.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use primum::gateway::{Gateway, GatewayConfig};
use secrecy::SecretString;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::fake_openai::{Fake, Reply};
use crate::setup::{PATIENT, call, config, in_memory, provider, structured};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

#[tokio::test]
async fn nothing_private_is_logged_or_shown() {
    const SECRET: &str = "sk-top-secret";
    const ANSWER: &str = "stop the anticoagulant tonight";
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // For the whole program: what tracing keeps of each place that logs is shared
    // by all threads, and a subscriber of one thread is overlooked at times. So
    // the log also holds what other tests log, which is as private.
    tracing::subscriber::set_global_default(subscriber).expect("the only one");

    let echo = format!("bad request for {SECRET}: {PATIENT}");
    let replies = vec![
        Reply::text(500, &echo),
        Reply::text(200, &format!("{{\"choices\": [\"{ANSWER} {PATIENT}")),
        Reply::text(429, &echo),
        Reply::says(ANSWER),
        Reply::json(400, json!({"error": {"message": echo}})),
        Reply::json(401, json!({"error": {"message": echo}})),
    ];
    let fake = Fake::script(replies).await;
    let mut provider = provider(&fake.url);
    provider.key_env = Some("FAKE_KEY".into());
    provider.limits.attempts = 4;
    let config = GatewayConfig {
        keys: BTreeMap::from([("FAKE_KEY".into(), SecretString::from(SECRET))]),
        ..config(provider, in_memory())
    };
    let mut shown = format!("{config:?}");
    let gateway = Gateway::new(config).expect("a gateway");
    let question = call("x");
    shown += &format!("{question:?} {gateway:?}");
    let answer = gateway.call(question).await.expect("an answer");
    shown += &format!("{answer:?}");
    for question in [call("y"), structured("z"), structured("again")] {
        let error = gateway.call(question).await.unwrap_err();
        shown += &format!("{error} {error:?}");
    }
    shown += &format!("{:?}", gateway.journal().failures().expect("failures"));
    shown += &format!("{:?}", gateway.journal().calls().expect("calls"));
    assert_eq!(fake.count(), 6);

    let logged = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
    assert!(logged.contains("an attempt failed"), "nothing was logged");
    for private in [SECRET, "palpitations", "warfarin", "anticoagulant"] {
        assert!(!logged.contains(private), "{private} in the log:\n{logged}");
        assert!(!shown.contains(private), "{private} shown:\n{shown}");
    }
}
