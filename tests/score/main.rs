//! From an answer to a number: the judge, the score profiles, the statistics and
//! the evidence drawn from them.

#[path = "../support/bench_common/mod.rs"]
mod bench_common;
#[path = "../support/fake_openai.rs"]
mod fake_openai;
#[path = "../support/program.rs"]
mod program;
mod score_command;
mod score_support;
#[path = "../../examples/coverage/world.rs"]
#[allow(dead_code)]
mod world;

mod command_answers;
mod command_judged;
mod command_judges;
mod conformance;
mod evidence_rules;
mod grading;
mod harm_ledger_rules;
mod judge;
mod properties;
mod records;
mod rows;
mod rules;
mod search_core;
mod stats_best_member;
mod stats_correlated;
mod stats_coverage;
mod stats_laws;
mod stats_reference;
mod worked_example;
