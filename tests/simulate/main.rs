//! The provider of simulated models, and the truth that is known about them.

#[path = "../support/program.rs"]
mod program;
#[path = "../support/simulate_common.rs"]
mod simulate_common;

mod consensus;
mod knowledge;
mod roles;
mod server;
mod spoilers;
mod truth;
mod whole_benchmark;
