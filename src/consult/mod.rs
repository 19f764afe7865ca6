//! One consult through a panel, and what is told of it afterwards: what the
//! command line and the service share.
//!
//! What lives here: asking a panel and putting the answer together with what it
//! cost and where it comes from ([`mod@ask`]), and holding it against a case
//! ([`against`]); the shape of the answer is [`Answer`], a report. For the
//! ledgers of stored runs, [`drafted`] counts what was drafted.
//! What may come in: bench (what judge and score know of a case), deliberation,
//! judge, gateway, report, score, panel and clinical. What may not: terminals,
//! flags, signals, HTTP of our own, files. Whoever asks decides where the
//! journal lives; nothing here writes to disk.

pub mod against;
pub mod ask;
mod drafts;

pub use crate::bench::stand_ins;
pub use crate::deliberation::{Conduct, Consult, Event, Interrupted, Stages, Watch};
pub use crate::report::answer::Answer;
pub use against::{Key, hold_against};
pub use ask::{ask_panel, source};
pub use drafts::drafted;
