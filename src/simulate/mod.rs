//! A provider of simulated models: a real server that speaks OpenAI's chat
//! completions, whose models' true behaviour is known, so that what the rest
//! of the program measures can be held against the truth
//! (`docs/simulated-models.md`).
//!
//! What lives here: the models' knowledge ([`mind`]), how they word and read
//! text ([`wording`], [`reading`]), the roles that they play ([`advisor`],
//! [`moderator`], [`clusterer`], [`rater`], [`debater`], [`guardian`] and what it
//! becomes on purpose, [`spoiler`], [`checker`], [`options`], [`judge`]), the server
//! and its faults on demand ([`server`], [`fault`]).
//!
//! What may come in: the words of [`crate::clinical`], cases, libraries.
//!
//! What may not: anything of the callers. The server knows of a request only
//! what the request says: it finds the case by the text in the prompt and the
//! task by the schema's name, and reads drafts, plans, answers and rubrics
//! from the prompt. Nothing here may be imported by what asks it; only the
//! command line and tests start it. The scorer and the truth program
//! (`src/bin/primum-truth`) share no code with it.

pub mod advisor;
pub mod case;
pub mod checker;
pub mod clusterer;
pub mod config;
mod config_read;
pub mod correlation;
pub mod debater;
mod defaults;
pub mod draw;
pub mod engine;
pub mod fault;
mod fault_reply;
pub mod guardian;
pub mod index;
pub mod judge;
pub mod mind;
pub mod moderator;
pub mod options;
pub mod rater;
pub mod reading;
mod reasons;
pub mod request;
pub mod server;
pub mod spoiler;
pub mod stats;
pub mod wording;

pub use config::{AsGuardian, ConfigError, ConfigErrors, ModelConfig, SimConfig};
pub use correlation::Correlation;
pub use engine::{Answer, Engine};
pub use fault::{FaultConfig, FaultKind};
pub use request::{ChatRequest, Refusal, Task};
pub use server::{RunningSimulator, Simulator};
