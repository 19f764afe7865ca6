//! The option-grading task in a benchmark run (scoring.md, section 18). Arms,
//! schedule, journal and resume are those of plans; what differs is what an
//! item comes to ([`item`]) and which files it ends in ([`folder`]). No judge
//! is asked.

pub mod case;
pub mod folder;
pub mod item;

pub use case::{CaseOptions, Grading};
pub use item::OptionsResult;
