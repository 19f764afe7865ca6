//! The service as its callers and its enemies meet it.

#[path = "../support/advisors.rs"]
mod advisors;
#[path = "../support/fake_openai.rs"]
mod fake_openai;
#[path = "../support/good_models.rs"]
mod good_models;
mod serve_common;
#[path = "../support/service_bodies.rs"]
mod service_bodies;

mod admission;
mod cancel;
mod chat;
mod consults;
mod faults;
mod kept;
mod leaks;
mod mast;
mod openapi;
mod security;
