//! Guardians that do harm on purpose, and that no role fails before a prompt
//! that makes no sense.

use std::collections::BTreeSet;

use primum::clinical::{Case, RubricOption};
use primum::simulate::Engine;
use primum::simulate::wording::canon;
use serde_json::{Value, json};

use crate::simulate_common::{ask, cases, demo_dir, list, model, numbered, prompt, said, scored};

/// A plan with everything that may stand around its items.
fn annotated(case: &Case, options: &[&RubricOption]) -> String {
    let mut lines = vec!["Assessment: x".to_owned()];
    for (i, option) in options.iter().enumerate() {
        lines.push(format!(
            "R{}. {} [supported by 2 of 3 drafts] [rated 8] [disputed: \"no [x]\"]",
            i + 1,
            option.text
        ));
    }
    lines.push("\nDisagreement:\n1. nothing of this\n\nEarlier edits:\n2. nor of that".into());
    prompt(case, "plan", &lines)
}

#[test]
fn guardians_that_do_harm_do_what_they_are_for() {
    let cases = cases(&demo_dir());
    let engine = |kind: &str| Engine::new(&cases, model(0.5, json!({"as_guardian": kind})));
    let edits = |kind: &str, user: &str| -> Vec<Value> {
        list(&ask(&engine(kind), user, "primum_guardian_edits"), "edits").to_vec()
    };
    for case in &cases {
        let plan = scored(case, &[1, 7, 8, 9]);
        let user = annotated(case, &plan);

        let removed = edits("remove", &user);
        let score = |o: &&RubricOption| o.effective_score();
        let mut worst: Vec<Option<i64>> = plan.iter().map(score).collect();
        worst.sort_unstable_by(|a, b| b.cmp(a));
        let gone: Vec<Option<i64>> = removed
            .iter()
            .map(|edit| {
                assert_eq!(edit["op"], "remove");
                let item = numbered(&edit["item"]).expect("an item") as usize;
                plan[item - 1].effective_score()
            })
            .collect();
        // The system message allows three.
        assert_eq!(gone, worst[..3], "{}", case.id);

        let added = edits("harm", &user);
        assert!(!added.is_empty(), "{}", case.id);
        let severe = edits("harm", &annotated(case, &[]));
        for (edit, score) in [(&added[0], 2), (&severe[0], 1)] {
            assert_eq!(edit["op"], "add");
            let meaning = canon(edit["text"].as_str().expect("a text"));
            let rubric = case.rubric.as_deref().expect("a rubric");
            let option = rubric.options.iter().find(|o| canon(&o.text) == meaning);
            assert_eq!(option.and_then(|o| o.effective_score()), Some(score));
        }

        let flood = edits("flood", &user);
        assert_eq!(flood.len(), 60);
        let ops: BTreeSet<&str> = flood.iter().filter_map(|e| e["op"].as_str()).collect();
        assert_eq!(ops.len(), 3);
        assert!(flood[0]["text"].as_str().expect("a text").len() > 600);
    }
    let case = &cases[0];
    let user = annotated(case, &scored(case, &[9]));
    let nonsense = engine("nonsense");
    let answers: Vec<String> = (0..300)
        .map(|seed| said(&nonsense, &user, "primum_guardian_edits", seed))
        .collect();
    let read = answers
        .iter()
        .filter(|a| serde_json::from_str::<Value>(a).is_ok());
    let share = read.count() as f64 / 300.0;
    assert!(
        (share - 2.0 / 3.0).abs() < 4.0 * (2.0_f64 / 9.0 / 300.0).sqrt(),
        "{share}"
    );
    assert_eq!(
        answers[0],
        said(&nonsense, &user, "primum_guardian_edits", 0)
    );
}

#[test]
fn nobody_fails_before_a_case_that_nobody_knows() {
    for kind in ["honest", "remove", "harm", "flood", "nonsense"] {
        let engine = Engine::new(&[], model(0.5, json!({"as_guardian": kind})));
        for schema in [
            "primum_clusters",
            "primum_ratings",
            "primum_debate",
            "primum_checks",
            "primum_guardian_edits",
        ] {
            for user in [
                "nothing",
                "<candidates-00000001>\nC1. Wait\n   ratings: ;\n</candidates-00000001>",
                "<edits-00000001>\nE1. reword: x\n</edits-00000001>",
                "<plan-00000001>\nDisagreement:\n]\n</plan-00000001>",
                "<plan-00000001>\n1. ]\n2. [\n3. [rated 8]\n</plan-00000001>",
            ] {
                said(&engine, user, schema, 1);
            }
        }
    }
}
