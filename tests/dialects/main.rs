//! What real providers and models send, kind by kind, as tables of cases
//! (`docs/dialects.md`). The examples come from public reports; each table
//! holds further cases of the same kind that nobody reported.

mod asking;
#[path = "../support/bench_common/mod.rs"]
mod bench_common;
#[path = "../support/fake_openai.rs"]
mod fake_openai;
#[path = "../support/good_models.rs"]
mod good_models;
#[path = "../support/panel_fake.rs"]
mod panel_fake;
#[path = "../support/program.rs"]
mod program;
#[allow(dead_code)]
#[path = "../gateway/setup.rs"]
mod setup;

mod endings;
mod envelopes;
mod json;
mod judges;
mod machine;
mod parameters;
mod pauses;
mod probe;
mod proxies;
mod request_keys;
mod rules;
mod schemas;
mod thinking;
mod tokens;
mod told;
mod vendors;
