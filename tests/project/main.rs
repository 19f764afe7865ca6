//! The repository itself: its layers, and what its documents say.

#[path = "../support/program.rs"]
mod program;

mod layers;
mod licences;
mod readme;
