//! Folders of cases: read, checked, listed and selected.
//!
//! What lives here: everything between a folder in the benchmark's own layout
//! (`dataset/items.jsonl`, `dataset/rubrics/*.json`, `guidance/*.yaml`) and
//! the plain types of [`crate::clinical`], and the way back to text.
//!
//! What may come in: `crate::clinical` and libraries. What may not: anything
//! about models, panels, runs or scores; a special rule for any one case; and
//! the words of a case in a message (a fault names file, line, column, item
//! and field, never what stands there).
//!
//! Two rules shape the code. *Real data is kind to no one*: groups without
//! members, scores that contradict their label, nulls, unknown fields, a byte
//! order mark or Windows line ends must not stop a run, so [`load()`] refuses
//! only what would make a run ask or score the wrong thing, and carries every
//! other finding along as a value. *All faults at once*: [`load()`] and
//! [`check`] look at the files in the same way, and the second just returns
//! all that was found.
//!
//! Text is parsed by pure functions ([`parse_items`], [`parse_rubric`],
//! [`parse_guidance`]); only `files` touches the disk.

mod check_guidance;
mod check_items;
mod check_rubric;
mod contents;
mod fault;
mod files;
mod guidance;
mod hash;
mod items;
mod json;
mod list;
mod load;
pub(crate) mod position;
mod rubric;
mod rubric_set;
mod select;
pub(crate) mod shape;
mod write;

pub(crate) use fault::quoted;
pub use fault::{Fault, FaultSeverity, Flaw, faults_as_json, faults_as_text};
pub use guidance::parse_guidance;
pub use items::parse_items;
pub use list::{Listing, SpecialtyRow, list};
pub use load::{CaseSet, LoadError, check, load};
pub use position::Position;
pub use rubric::parse_rubric;
pub use rubric_set::{RubricSet, load_rubrics};
pub use select::{MAX_K, SelectError, SelectedItem, Selection, select};
pub use write::{write_item, write_rubric};
