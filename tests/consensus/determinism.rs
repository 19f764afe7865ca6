//! The same answers give the same plan and the same ledger, byte for byte, in
//! whatever order they arrive and however many threads carry them. The answers
//! are recorded by a first run: a prompt that depended on the order would find
//! no answer among them.

use crate::random_models;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::fake_openai::{Reply, Request};
use crate::panel_fake::*;
use crate::random_models::Dice;
use proptest::prelude::*;

/// Answers by request.
type Recorded = HashMap<String, Reply>;

/// What a model says to a request: anything, but always the same.
fn anything(request: &Request, seed: u64) -> Reply {
    let mut dice = Dice::new(seed, &request.body.to_string());
    let prompt = prompt(request);
    let known = |tag: &str| -> Vec<&str> {
        lines(block(prompt, tag))
            .into_iter()
            .map(|(reference, _)| reference)
            .collect()
    };
    if dice.one_in(12) {
        return nonsense();
    }
    let answer = match stage(request) {
        "draft" => return Reply::says(&random_models::draft(&mut dice)),
        "cluster" => random_models::clusters(&mut dice, &known("items")),
        "synthesis" => random_models::synthesis(&mut dice, &known("drafts")),
        "rating" => random_models::ratings(&mut dice, &known("candidates")),
        "debate" => random_models::changes(&mut dice, &known("candidates")),
        "guardian" => random_models::edits(&mut dice),
        _ => random_models::checks(&mut dice, &known("edits")),
    };
    says(&answer)
}

/// Everything that a panel's answer comes to, but for the time that it took.
fn result(asked: &Asked) -> String {
    let result = &asked.result;
    serde_json::json!({
        "plan": result.plan, "ledger": result.ledger, "dissent": result.dissent,
        "outcome": result.outcome, "notes": result.notes, "steps": result.steps,
        "stages": result.stages, "text": result.text,
    })
    .to_string()
}

fn run<T>(threads: usize, work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder
        .worker_threads(threads)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

fn record(
    setup: &Setup,
    answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (String, Recorded) {
    let recorded = Arc::new(Mutex::new(Recorded::new()));
    let tape = Arc::clone(&recorded);
    let asked = run(
        1,
        setup.ask(move |request| {
            let reply = answer(request);
            tape.lock()
                .unwrap()
                .insert(request.body.to_string(), reply.clone());
            reply
        }),
    );
    let recorded = recorded.lock().unwrap().clone();
    (result(&asked), recorded)
}

fn replay(setup: &Setup, recorded: &Recorded, threads: usize, delays: &[u64]) -> String {
    let (tape, delays) = (recorded.clone(), delays.to_vec());
    let asked = run(
        threads,
        setup.ask(move |request| {
            let body = request.body.to_string();
            let reply = tape.get(&body).cloned();
            let reply = reply.unwrap_or_else(|| Reply::text(400, "nobody was asked this before"));
            let at = Dice::new(0, &body).below(delays.len());
            Reply::after(delays[at], reply)
        }),
    );
    result(&asked)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_answers_give_the_same_plan(
        protocol in prop::sample::select(PROTOCOLS.to_vec()),
        parallel in any::<bool>(),
        words in prop::option::of(5..40usize),
        seed in any::<u64>(),
        threads in 1..=4usize,
        delays in prop::collection::vec(0..25u64, 7),
    ) {
        let mode = if parallel { "parallel" } else { "serial" };
        let words = words.map_or(String::new(), |words| format!("[budget]\nwords = {words}\n"));
        let setup = Setup::of(protocol).rules(&format!("[edits]\nmode = \"{mode}\"\n{words}"));
        let (first, recorded) = record(&setup, move |request| anything(request, seed));
        let again = replay(&setup, &recorded, threads, &delays);
        prop_assert_eq!(first, again);
    }
}

#[test]
fn well_behaved_members_may_come_in_any_order() {
    for protocol in PROTOCOLS {
        let setup = Setup::of(protocol);
        let (first, recorded) = record(&setup, good);
        for (threads, delays) in [(2, [40, 0, 20]), (4, [20, 40, 0])] {
            assert_eq!(
                first,
                replay(&setup, &recorded, threads, &delays),
                "{protocol}"
            );
        }
    }
}
