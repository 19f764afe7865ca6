//! The gateway against a fake server over real HTTP.

#[path = "../support/fake_openai.rs"]
mod fake_openai;
mod setup;

mod budget;
mod cancel;
mod circuit;
mod damage;
mod doors;
mod faults;
mod full;
mod journal;
mod limits;
mod memo;
mod memory;
mod money;
mod privacy;
mod structured;
mod wire;
