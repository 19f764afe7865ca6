//! Primum answers clinical consults with a panel of unlike LLM agents and
//! measures on the NOHARM benchmark whether the panel harms less than its
//! members alone.
//!
//! It is a research tool and no medical device.
//!
//! Layers, from what a person touches down to plain data; an import may only
//! go downwards (`tests/project/layers.rs` enforces it):
//!
//! ```text
//! cli                          what a person touches
//!   └ serve                    the consult service, over HTTP
//!   │   └ audit ─ access       what remains of a consult; who may ask
//!   └ consult                  one consult through a panel, and its answer
//!   └ probe                    what models are like, before anybody spends
//!   └ bench                    arms, schedule, resume, progress
//!       ├ deliberation, judge  who is asked what, in which order
//!       │   └ gateway          one door to every model
//!       ├ judged               judged files: read, checked, scored, written
//!       │   └ report           findings as text, tables and pages
//!       │       └ evidence     from judged items to findings, pure
//!       │           └ stats ─ score  pure functions
//!       └ cases                files of cases, read and checked
//!           └ clinical         case, rubric, plan, harm: plain data
//! panel                        TOML into checked configuration
//! simulate                     a provider of simulated models, behind HTTP
//! ```

pub mod access;
pub mod audit;
pub mod bench;
pub mod cases;
pub mod cli;
pub mod clinical;
pub mod consult;
pub mod deliberation;
pub mod evidence;
pub mod gateway;
pub mod judge;
pub mod judged;
mod one_writer;
pub mod panel;
pub mod probe;
pub mod report;
pub mod score;
pub mod serve;
pub mod simulate;
pub mod stats;
mod whole_file;
