//! The gateway against a fake server over real HTTP.

#[path = "../support/fake_openai.rs"]
mod fake_openai;
mod setup;

mod budget;
mod circuit;
mod doors;
mod faults;
mod journal;
mod limits;
mod memo;
mod memory;
mod privacy;
mod structured;
mod wire;
