//! Deliberation: how a panel answers one consult. Who is asked what, in which
//! order, and by which rules the answers become one plan.
//!
//! ```text
//! drafts (parallel, blind) ─► pooling ─► consensus ─► guardians and checks ─► render to the word budget
//! ```
//!
//! What may come in: the panel, the gateway, and of a case its presentation
//! only; rubrics and specialists' recommendations cannot be reached from here.
//! What may not: HTTP, files, the clock, randomness that does not follow from
//! the run's seed. Time is counted in the seconds of the journaled calls along
//! the critical path, so a run that is resumed takes the same decisions.
//!
//! [`run`] runs the stages; [`ask`] puts the questions; [`usable`] says
//! whether a draft can be used, [`parse`] reads it;
//! [`pooling`] finds what means the same; [`consensus`] decides by the panel's
//! protocol; [`guardian`] says which edits stand; [`escalation`] says what asks
//! for a human; [`book`] holds the plan and the ledger; [`render`] writes the
//! text. Only [`run`] asks anybody anything: the rest is pure.
//! [`options`] is the other task, grading the options of a case.

use crate::clinical::PatientText;

pub mod ask;
pub mod book;
pub mod conduct;
pub mod consensus;
pub mod escalation;
pub mod guardian;
pub mod labels;
pub mod options;
pub mod parse;
pub mod pooling;
mod quorum;
pub mod render;
pub mod result;
pub mod run;
mod said;
pub mod schemas;
pub mod usable;
mod vendors;

pub use ask::{AskedDraft, Consult, ask_draft};
pub use conduct::{Conduct, Event, Watch};

pub use result::{Deliberation, Interrupted, StageRecord, Stages, Step, Told};
pub use run::deliberate;
pub use usable::{Unusable, Usable};

/// A text in one line with single spaces, so that an item can never forge
/// another one by a line break.
fn one_line(text: &PatientText) -> PatientText {
    PatientText::new(crate::clinical::text::one_line(text.expose()))
}

/// The same words but for case, punctuation and white space?
fn same_words(a: &PatientText, b: &PatientText) -> bool {
    bare_words(a).eq(bare_words(b))
}

/// The words of a text in lower case, without punctuation.
fn bare_words(text: &PatientText) -> impl Iterator<Item = String> + '_ {
    text.expose()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}
