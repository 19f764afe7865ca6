//! How drafts become a plan: the stages of a deliberation against a fake provider,
//! and the pure rules beneath them.

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
#[path = "../support/random_models.rs"]
mod random_models;

mod deadline;
mod determinism;
mod dropped;
mod failures;
mod guardians;
mod injection;
mod ledger;
mod ledger_check;
mod options_panel;
mod panel;
mod parse;
mod plan_rules;
mod pooling;
mod rules;
mod silence;
mod usable;
