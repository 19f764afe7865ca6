//! Any sequence of records leaves a chain that verifies.

use std::sync::atomic::Ordering;

use primum::audit::{Audit, AuditError, End, verify};
use proptest::prelude::*;

use super::{clock, consult, decision, place, runtime};

#[derive(Clone, Debug)]
enum Step {
    Ask(u8, String),
    Answer(u8, String),
    End(u8),
    Decide(u8, bool),
    Interrupt,
    Purge(u64),
    Reopen,
    Clock(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..6_u8;
    prop_oneof![
        4 => (id.clone(), "\\PC{0,40}").prop_map(|(id, text)| Step::Ask(id, text)),
        4 => (id.clone(), "\\PC{0,40}").prop_map(|(id, text)| Step::Answer(id, text)),
        2 => id.clone().prop_map(Step::End),
        2 => (id, any::<bool>()).prop_map(|(id, release)| Step::Decide(id, release)),
        1 => Just(Step::Interrupt),
        1 => (0..3_000_u64).prop_map(Step::Purge),
        1 => Just(Step::Reopen),
        1 => (0..3_000_u64).prop_map(Step::Clock),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_sequence_leaves_a_chain_that_verifies(steps in proptest::collection::vec(step(), 1..24)) {
        let (_folder, path) = place();
        let (clock, time) = clock();
        let mut audit = Audit::open(&path, clock.clone()).expect("opens");
        let runtime = runtime();
        for step in steps {
            let done = runtime.block_on(async {
                match step {
                    Step::Ask(id, text) => audit.asked(consult(&id.to_string(), &text)).await,
                    Step::Answer(id, text) => {
                        audit.answered(&id.to_string(), "answered", text.into(), "[]".into()).await
                    }
                    Step::End(id) => audit.ended(&id.to_string(), End::Cancelled).await,
                    Step::Decide(id, release) => {
                        audit.decided(&id.to_string(), decision(release)).await
                    }
                    Step::Interrupt => audit.interrupt_running().await.map(drop),
                    Step::Purge(before) => audit.purge(before).await.map(drop),
                    Step::Clock(now) => {
                        time.store(now, Ordering::Relaxed);
                        Ok(())
                    }
                    Step::Reopen => Err(AuditError::Closed),
                }
            });
            prop_assert!(!matches!(done, Err(AuditError::Store { .. })), "{:?}", done);
            if done == Err(AuditError::Closed) {
                drop(audit);
                audit = Audit::open(&path, clock.clone()).expect("opens again");
            }
            let found = verify(&path, Some(&audit.head().hash)).expect("read");
            prop_assert!(found.is_sound(), "{:?}", found);
            prop_assert_eq!(found.entries, audit.head().seq);
        }
    }
}
