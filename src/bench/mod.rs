//! The benchmark run: arms, schedule, resume, progress, and the run folder.
//!
//! What lives here: who is compared ([`arm`], and what must be asked for
//! [`extra`]), what is done in which order
//! ([`schedule`]), doing it ([`mod@run`]), what one item came to ([`item`]), judging
//! its texts ([`texts`]) and, where harms are followed, its stages ([`mod@flow`]), what
//! makes two runs the same ([`meta`]), what its database keeps of it
//! ([`record`]), reading that again ([`stored`]) and making a [`mod@study`] of it
//! and [`mod@stories`] for people,
//! recomputing it ([`mod@verify`]), and the files of a run
//! ([`folder`]) from its [`shape`], with what came with its answers ([`told`]);
//! for runs that grade options, the last two stand in [`options`]. Answers that
//! came from elsewhere are judged by [`judging`].
//! What may come in: deliberation, judge, gateway, report and what is below
//! them. What may not: flags, terminals, signals, environment variables; those
//! are the cli's.
//!
//! There is no barrier: an item's next stage starts when its own inputs are
//! there, and arms that need the same call share it through the gateway. The
//! journal is the only state: a run is resumed by running it again.

pub mod arm;
pub mod drafts;
pub mod extra;
mod failures;
pub mod flow;
pub mod folder;
pub mod item;
pub mod judging;
pub mod meta;
pub mod options;
pub mod record;
pub mod run;
pub mod schedule;
pub mod self_ensemble;
pub mod shape;
mod solo_cut;
pub mod stand_ins;
pub mod stored;
pub mod stories;
pub mod study;
pub mod texts;
pub mod told;
pub mod verdict;
pub mod verify;

pub use arm::{Arm, ArmError, ArmKind, arms};
pub use extra::Extra;
pub use flow::Ledgering;
pub use folder::{FolderError, write_files};
pub use item::ItemResult;
pub use judging::{JudgedAnswer, Judging, JudgingTask};
pub use meta::RunMeta;
pub use record::{ArmRecord, ArmSort, RunRecord};
pub use run::{Progress, RunError, Work, run};
pub use schedule::{Bench, Task};
pub use shape::Shape;
pub use stored::{StoredError, StoredRun};
