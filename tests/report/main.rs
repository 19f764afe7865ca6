//! What is shown of a run: pages, charts, stories, and `primum report`.

#[path = "../support/bench_common/mod.rs"]
mod bench_common;
#[path = "../support/program.rs"]
mod program;

mod charts;
mod command;
mod page;
mod story;
