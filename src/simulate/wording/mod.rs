//! How the simulated models word an action, and how they read it back.
//!
//! [`vary`](vary()) rewords a text: lead-ins, synonyms, cases, rationales.
//! [`canon`](canon()) finds the meaning again, and the two keep one law for
//! every text: `canon(vary(text)) == canon(text)`. Nothing looks an answer up:
//! a reader has the words on the page and these tables. Real models word
//! things in ways that no table has; so nothing that this reader achieves says
//! anything about real judges.

mod canon;
mod opposite;
mod tables;
mod tokens;
mod vary;

pub use canon::{canon, collisions, likeness};
pub use opposite::opposite;
pub use vary::{Style, Varied, vary};
