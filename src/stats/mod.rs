//! Statistics over cases: paired differences between arms with intervals and
//! tests, a panel against the best of its members, what a case set can show, how
//! far judges agree with each other and with themselves, and what a vote of
//! members would get wrong whose errors hang together. `docs/statistics.md` tells
//! them in plain words.
//!
//! What lives here: pure functions from numbers to numbers. What may come in:
//! [`crate::score`] (its bootstrap) and [`crate::clinical`]. What may not: I/O,
//! the clock, randomness of its own; seeds are passed in, and the same inputs
//! give the same bits.

pub mod agreement;
pub mod best_member;
pub mod components;
pub mod correlated;
pub mod exact;
pub mod holm;
pub mod interval;
pub mod kappa;
pub mod mcnemar;
pub mod nnt;
pub mod normal;
pub mod paired;
pub mod parallel;
pub mod power;
pub mod relative;
pub mod resamples;
pub mod sign_flip;
pub mod spread;
pub mod student;

pub use best_member::{BestMember, Direction, best_member};
pub use components::{Components, components};
pub use exact::clopper_pearson;
pub use holm::holm;
pub use interval::{Kind, MeanInterval, Method, mean_interval, paired_interval};
pub use nnt::NumberNeeded;
pub use paired::{CaseValue, paired_by_case};
pub use relative::{NoRelativeRisk, RelativeRisk, relative_risk};
pub use resamples::Resamples;
pub use sign_flip::sign_flip;
