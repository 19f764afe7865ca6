//! What real providers and models send, kind by kind, as tables of cases
//! (`docs/dialects.md`). The examples come from public reports; each table
//! holds further cases of the same kind that nobody reported.

mod endings;
mod envelopes;
mod json;
mod judges;
mod machine;
mod parameters;
mod pauses;
mod schemas;
mod thinking;
mod told;
