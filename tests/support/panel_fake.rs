//! A panel of three advisors, a moderator, a clusterer and two guardians at a
//! fake provider, and what became of asking it. A test says how each of them
//! answers; whoever behaves well is in `good_models.rs`.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use primum::clinical::Outcome;
use primum::deliberation::parse::parse_draft;
use primum::deliberation::{Conduct, Consult, Deliberation, Stages, deliberate};
use primum::gateway::journal::system_clock;
use primum::gateway::{Ended, Gateway, GatewayConfig, Journal};
use primum::panel::model::Panel;

use crate::fake_openai::{Fake, Reply, Request};

pub use crate::good_models::*;

/// All protocols.
pub const PROTOCOLS: [&str; 5] = ["lead", "vote", "synthesis", "debate", "delphi"];
/// Those that ask more than one advisor.
pub const SEVERAL: [&str; 4] = ["vote", "synthesis", "debate", "delphi"];
/// The advisors with their vendors, in the panel's order.
pub const ADVISORS: [(&str, &str); 3] = [("ada", "north"), ("ben", "south"), ("cleo", "west")];

pub const CASE: &str = "A 61-year-old man on hydrochlorothiazide with a red hot toe. His \
                        kidney function is unknown. May he take colchicine?";

/// A panel under test.
#[derive(Clone)]
pub struct Setup {
    pub protocol: &'static str,
    /// Further lines of `[consensus]`.
    pub consensus: String,
    /// Further tables, such as `[budget]`.
    pub rules: String,
    /// When a provider that does not answer is given up.
    pub call_seconds: f64,
    /// Which question is asked.
    pub case: String,
    /// Time until the answer must be there.
    pub deadline: Option<Duration>,
}

impl Setup {
    pub fn of(protocol: &'static str) -> Self {
        Self {
            protocol,
            consensus: String::new(),
            rules: String::new(),
            call_seconds: 5.0,
            case: CASE.to_owned(),
            deadline: None,
        }
    }

    pub fn consensus(mut self, lines: &str) -> Self {
        self.consensus.push_str(lines);
        self
    }

    pub fn rules(mut self, tables: &str) -> Self {
        self.rules.push_str(tables);
        self
    }

    pub fn call_seconds(mut self, seconds: f64) -> Self {
        self.call_seconds = seconds;
        self
    }

    pub fn case(mut self, text: &str) -> Self {
        text.clone_into(&mut self.case);
        self
    }

    pub fn deadline(mut self, milliseconds: u64) -> Self {
        self.deadline = Some(Duration::from_millis(milliseconds));
        self
    }

    /// The panel's file. Every agent has a model of its own name, so that the
    /// fake server knows who is asked.
    pub fn text(&self, url: &str) -> String {
        let mut text = format!(
            "name = \"test\"\n[providers.fake]\nbase_url = \"{url}\"\n[providers.fake.limits]\n\
             call_seconds = {:?}\ntotal_seconds = 9.0\nattempts = 1\n",
            self.call_seconds
        );
        let others = [
            ("maud", "north"),
            ("clem", "north"),
            ("gus", "south"),
            ("gwen", "west"),
        ];
        for (name, vendor) in ADVISORS.into_iter().chain(others) {
            text.push_str(&format!(
                "[models.{name}]\nprovider = \"fake\"\nid = \"{name}\"\nvendor = \"{vendor}\"\n"
            ));
        }
        let seat = |name: &str| format!("name = \"{name}\"\nmodel = \"{name}\"\n");
        for (name, _) in ADVISORS {
            text.push_str(&format!("[[advisors]]\n{}", seat(name)));
        }
        text.push_str(&format!("[moderator]\n{}", seat("maud")));
        text.push_str(&format!("[clusterer]\n{}", seat("clem")));
        for name in ["gus", "gwen"] {
            text.push_str(&format!("[[guardians]]\n{}", seat(name)));
        }
        text.push_str(&format!(
            "[consensus]\nprotocol = \"{}\"\n{}\n{}",
            self.protocol, self.consensus, self.rules
        ));
        text
    }

    pub fn panel(&self, url: &str) -> Panel {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.toml");
        std::fs::write(&path, self.text(url)).unwrap();
        match primum::panel::load(&path) {
            Ok(loaded) => loaded.panel,
            Err(faults) => panic!("{}", faults.render(primum::panel::Style::Plain)),
        }
    }

    pub fn consult(&self) -> Consult {
        Consult {
            item: "Rheu001".into(),
            trial: 1,
            presentation: self.case.as_str().into(),
        }
    }

    /// Asks the panel at a server that answers by `handler`. The ledger must
    /// add up whatever happens.
    pub async fn ask(&self, handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Asked {
        self.ready(handler).await.run().await
    }

    /// The panel and its server, ready to be asked: what takes the processor's
    /// time is done before anybody looks at the clock.
    pub async fn ready(
        &self,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Ready {
        let drafts = Arc::new(Mutex::new(BTreeMap::new()));
        let seen = Arc::clone(&drafts);
        let fake = Fake::start(move |request| {
            let reply = handler(request);
            if stage(request) == "draft" {
                let items = items_of(&reply);
                seen.lock().unwrap().insert(who(request).to_owned(), items);
            }
            reply
        })
        .await;
        let panel = self.panel(&fake.url);
        Ready {
            setup: self.clone(),
            gateway: gateway(&panel),
            panel,
            fake,
            drafts,
        }
    }
}

/// A panel that can be asked at once.
pub struct Ready {
    setup: Setup,
    panel: Panel,
    gateway: Gateway,
    fake: Fake,
    drafts: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Ready {
    pub async fn run(self) -> Asked {
        let start = Instant::now();
        let deadline = self.setup.deadline;
        let conduct = Conduct {
            deadline: deadline.map(|wait| tokio::time::Instant::now() + wait),
            ..Conduct::new(0, Stages::All)
        };
        let consult = self.setup.consult();
        let result = deliberate(&self.panel, &self.gateway, &consult, &conduct);
        let result = result.await.unwrap();
        let asked = Asked {
            seconds: start.elapsed().as_secs_f64(),
            requests: self.fake.requests(),
            result,
        };
        asked.adds_up(&self.drafts.lock().unwrap());
        asked
    }
}

/// Several panels at once, each made ready before the first is asked.
pub async fn all<T>(panels: Vec<(T, Ready)>) -> Vec<(T, Asked)> {
    let runs = panels
        .into_iter()
        .map(|(what, ready)| async move { (what, ready.run().await) });
    futures::future::join_all(runs).await
}

pub fn gateway(panel: &Panel) -> Gateway {
    let journal = Journal::in_memory(system_clock).unwrap();
    Gateway::new(GatewayConfig {
        backoff: Duration::from_millis(2),
        ..GatewayConfig::new(panel.providers.clone(), journal)
    })
    .unwrap()
}

/// Number of items in a draft that is answered.
fn items_of(reply: &Reply) -> usize {
    match reply {
        Reply::Says(text) => parse_draft(text).items.len(),
        Reply::After(_, reply) => items_of(reply),
        // An answer with an ending of its own, or a stream of one chunk: what was
        // cut is no item.
        Reply::Raw(200, _, body) => {
            let json = body.lines().next().unwrap_or_default();
            let json = json.strip_prefix("data: ").unwrap_or(body);
            let body: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
            let choice = &body["choices"][0];
            let said = ["message", "delta"].map(|part| choice[part]["content"].as_str());
            let text = said.into_iter().flatten().next().unwrap_or_default();
            let ended = Ended::of(choice["finish_reason"].as_str());
            let lost = usize::from(ended == Ended::Cut);
            parse_draft(text).items.len().saturating_sub(lost)
        }
        _ => 0,
    }
}

/// What a panel answered, and what was asked for it.
pub struct Asked {
    pub result: Deliberation,
    pub requests: Vec<Request>,
    pub seconds: f64,
}

impl Asked {
    pub fn state(&self) -> &'static str {
        self.result.outcome.name()
    }

    pub fn reasons(&self) -> Vec<&str> {
        self.result
            .outcome
            .reasons()
            .iter()
            .map(String::as_str)
            .collect()
    }

    /// Is there a reason that holds all of these words?
    pub fn says(&self, words: &str) -> bool {
        self.result
            .outcome
            .reasons()
            .iter()
            .any(|reason| reason.contains(words))
    }

    /// The words of the plan's items.
    pub fn items(&self) -> Vec<&str> {
        let items = self.result.plan.items.iter();
        items.map(|item| item.text.expose()).collect()
    }

    /// Who was asked in a stage, in order of name, each request once.
    pub fn asked(&self, wanted: &str) -> Vec<&str> {
        let of_stage = self
            .requests
            .iter()
            .filter(|request| stage(request) == wanted);
        let mut names: Vec<&str> = of_stage.map(who).collect();
        names.sort_unstable();
        names
    }

    /// Nothing is lost: every item of every draft that came in time has one
    /// entry and one fate, and every item of the plan is carried.
    fn adds_up(&self, drafts: &BTreeMap<String, usize>) {
        let result = &self.result;
        let in_time = |name: &str| {
            let failed = result
                .stages
                .iter()
                .any(|s| s.stage == "draft" && s.seat == name && s.failure.is_some());
            let late = self.says(&format!("{name}'s draft came too late"));
            let mut unused = result.ledger.unused.iter();
            let unused = unused.any(|one| one.agent == name && one.item.is_none());
            !failed && !late && !unused && result.text.is_some()
        };
        let drafted: Vec<(String, usize)> = drafts
            .iter()
            .filter(|(name, _)| in_time(name))
            .map(|(name, items)| (name.clone(), *items))
            .collect();
        result.ledger.check(&result.plan, &drafted).unwrap();
        for entry in &result.ledger.entries {
            assert!(!entry.events.is_empty(), "nothing happens without a record");
        }
        assert_eq!(
            result.text.is_none(),
            matches!(result.outcome, Outcome::Failed { .. })
        );
    }
}
