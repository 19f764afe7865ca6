//! What real providers and models send, kind by kind, as tables of cases
//! (`docs/dialects.md`). The examples come from public reports; each table
//! holds further cases of the same kind that nobody reported.

#[path = "../support/fake_openai.rs"]
mod fake_openai;
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
mod request_keys;
mod schemas;
mod thinking;
mod told;
