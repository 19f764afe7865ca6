//! Reading structured answers leniently, before a repair is bought.
//!
//! Models that were asked for JSON write nearly JSON: a trailing comma, a raw
//! line end in a string, a number in quotes, the whole of it in one more
//! object. What can only mean one thing is read as that; each [`Slip`] is noted
//! and told. Three files: `lexer` reads nearly-JSON, `coerce` brings a value
//! into the shape of a schema, `reference` reads what a value refers to.
//!
//! What may come in: text, values, schemas. What may not: anything of a call or
//! a model, time, chance. The same text gives the same value.
//!
//! A leniency never turns a meaning: a key given twice with different values, an
//! answer without its closing brackets, a word that two entries of a vocabulary
//! could be, are not read, and the question is asked again.

mod coerce;
mod lexer;
pub mod reference;
mod slip;

pub use coerce::{Coerced, Lacks, coerce};
pub use lexer::{Fault, Parsed, parse};
pub use slip::{Slip, Slips};
