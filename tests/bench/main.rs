//! The commands that run a panel (`bench`, `consult`, `search`, `explain`) as
//! people start them, from the command line to the files.

#[path = "../support/bench_common/mod.rs"]
mod bench_common;
mod harm_truth;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/simulate_common.rs"]
mod simulate_common;

mod bad_input;
mod basics;
mod consult;
mod consult_ends;
mod explain;
mod faults;
mod guardians;
mod harm_ledger;
mod kill;
mod members;
mod money;
mod options;
mod protocols;
mod search;
mod self_ensembles;
