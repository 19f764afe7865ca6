//! The roles of the consensus stage: clusterer, rater, debater and checker. Each
//! reads its prompt and nothing else.

use std::collections::BTreeSet;

use primum::clinical::Case;
use primum::simulate::Engine;
use serde_json::{Value, json};

use crate::simulate_common::{
    ask, body, cases, content, demo_dir, list, model, prompt, said, scored, start,
};

/// Does a reason have a word of five letters that the case has?
fn speaks_of(case: &Case, reason: &Value) -> bool {
    let words = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !c.is_alphabetic())
            .filter(|word| word.len() >= 5)
            .map(str::to_lowercase)
            .collect()
    };
    let case = words(case.items[0].prompt.expose());
    words(reason.as_str().expect("a reason"))
        .iter()
        .any(|word| case.contains(word))
}

#[tokio::test]
async fn a_clusterer_joins_equal_items_and_names_contradictions() {
    let (server, client) = start(&[], model(1.0, json!({}))).await;
    let items = "<items-1f0a93c2>\nA1. Start apixaban 5 mg twice daily\nA2. Order a CBC\n\
        B1. Please obtain a complete blood count\nB2. Do not begin apixaban 5 mg BID\n\
        C1. Initiate apixaban 5 mg two times a day\nC2. Stop apixaban 5 mg BID\n\
        C3. Start apixaban 2.5 mg BID\n</items-1f0a93c2>";
    let answer = content(
        &server,
        &client,
        &body("it", items, Some("primum_clusters"), 1),
    )
    .await;
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(
        answer,
        json!({
            "clusters": [
                {"items": ["A1", "C1"]}, {"items": ["A2", "B1"]}, {"items": ["B2"]},
                {"items": ["C2"]}, {"items": ["C3"]},
            ],
            "opposites": [{"a": "A1", "b": "B2"}, {"a": "A1", "b": "C2"}],
        })
    );
}

#[test]
fn a_rater_gives_true_scores_where_it_knows_and_errs_towards_harm_where_not() {
    let cases = cases(&demo_dir());
    let wise = Engine::new(&cases, model(1.0, json!({})));
    let fool = Engine::new(&cases, model(0.0, json!({})));
    for case in &cases {
        let options = scored(case, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let mut lines: Vec<String> = options
            .iter()
            .enumerate()
            .map(|(i, o)| format!("C{}. Please {}", i + 1, o.text))
            .collect();
        lines.push(format!("C{}. Sing a song", lines.len() + 1));
        let user = prompt(case, "candidates", &lines);
        let answers = [&wise, &fool].map(|engine| ask(engine, &user, "primum_ratings"));
        for (answer, knows) in answers.iter().zip([true, false]) {
            let ratings = list(answer, "ratings");
            assert_eq!(ratings.len(), lines.len());
            for (i, rating) in ratings.iter().enumerate() {
                assert_eq!(rating["item"], format!("C{}", i + 1));
                assert!(speaks_of(case, &rating["if_done"]), "{rating}");
                assert!(speaks_of(case, &rating["if_left_out"]), "{rating}");
                let given = rating["rating"].as_i64().expect("a rating");
                let truth = options.get(i).and_then(|o| o.effective_score());
                let allowed = match truth {
                    None => 5..=5,
                    Some(1..=3) if !knows => 7..=8,
                    Some(4..=6) => 4..=6,
                    Some(_) if !knows => 4..=6,
                    Some(score) => score..=score,
                };
                assert!(allowed.contains(&given), "{truth:?}: {given}");
            }
        }
    }
}

#[test]
fn in_the_second_round_who_knows_stays_and_others_follow_the_median_at_times() {
    let cases = cases(&demo_dir());
    let case = &cases[0];
    let lines: Vec<String> = scored(case, &[7, 8, 9])
        .iter()
        .enumerate()
        .map(|(i, o)| {
            let n = i + 1;
            format!(
                "C{n}. {}\n   ratings: 2 4 1; yours: 4\n   if done: x\n   if left out: y",
                o.text
            )
        })
        .collect();
    let user = prompt(case, "candidates", &lines);
    let ratings = |p: f64, conformity: f64| -> Vec<i64> {
        let engine = Engine::new(&cases, model(p, json!({"conformity": conformity})));
        let answer = ask(&engine, &user, "primum_ratings");
        let ratings = list(&answer, "ratings").iter();
        ratings.filter_map(|r| r["rating"].as_i64()).collect()
    };
    let truth: Vec<i64> = scored(case, &[7, 8, 9])
        .iter()
        .filter_map(|o| o.effective_score())
        .collect();
    assert_eq!(ratings(1.0, 1.0), truth);
    assert!(ratings(0.0, 0.0).iter().all(|&r| r == 4), "its own");
    assert!(ratings(0.0, 1.0).iter().all(|&r| r == 2), "the median");
    let some = ratings(0.0, 0.5);
    assert!(some.contains(&2) && some.contains(&4), "{some:?}");
}

/// Label to operation of a debater's changes.
fn changes(engine: &Engine, case: &Case, lines: &[String]) -> Vec<(String, String)> {
    let answer = ask(engine, &prompt(case, "candidates", lines), "primum_debate");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    list(&answer, "changes")
        .iter()
        .map(|change| {
            assert_eq!(change["text"], "", "nothing is reworded");
            assert!(speaks_of(case, &change["reason"]), "{change}");
            (text(&change["item"]), text(&change["op"]))
        })
        .collect()
}

#[test]
fn a_debater_changes_what_it_knows_and_otherwise_goes_along_or_not() {
    let cases = cases(&demo_dir());
    let case = &cases[0];
    let (right, wrong) = (scored(case, &[9])[0], scored(case, &[1])[0]);
    let lines: Vec<String> = [
        (right, "yours; supported by 3 of 3"),
        (scored(case, &[9])[1], "yours; supported by 1 of 3"),
        (scored(case, &[8])[0], "not yours; supported by 1 of 3"),
        (wrong, "not yours; supported by 2 of 3"),
        (scored(case, &[1])[1], "yours; supported by 2 of 3"),
        (scored(case, &[5])[0], "not yours; supported by 1 of 4"),
        (scored(case, &[5])[1], "not yours; supported by 2 of 4"),
        (scored(case, &[5])[2], "yours; supported by 1 of 3"),
    ]
    .iter()
    .enumerate()
    .map(|(i, (o, note))| format!("C{}. {} [{note}]\n   for: x\n   against: y", i + 1, o.text))
    .collect();
    let given = |p: f64, conformity: f64| {
        let engine = Engine::new(&cases, model(p, json!({"conformity": conformity})));
        changes(&engine, case, &lines)
    };
    let expect = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    };
    let known = [("C3", "adopt"), ("C4", "object"), ("C5", "withdraw")];
    assert_eq!(given(1.0, 0.0), expect(&known));
    assert_eq!(given(0.0, 0.0), expect(&[]));
    assert_eq!(
        given(0.0, 1.0),
        expect(&[
            ("C2", "withdraw"),
            ("C3", "adopt"),
            ("C4", "adopt"),
            ("C7", "adopt"),
            ("C8", "withdraw"),
        ])
    );
}

#[test]
fn even_a_lone_item_known_to_be_right_is_given_up_at_a_third_of_the_rate() {
    let cases = cases(&demo_dir());
    let engine = Engine::new(&cases, model(1.0, json!({"conformity": 0.9})));
    let (mut given_up, mut all) = (0, 0);
    for case in &cases {
        let lines: Vec<String> = scored(case, &[7, 8, 9])
            .iter()
            .enumerate()
            .map(|(i, o)| format!("C{}. {} [yours; supported by 1 of 3]", i + 1, o.text))
            .collect();
        for seed in 0..10 {
            let user = prompt(case, "candidates", &lines);
            let answer: Value =
                serde_json::from_str(&said(&engine, &user, "primum_debate", seed)).expect("JSON");
            given_up += list(&answer, "changes").len();
            all += lines.len();
        }
    }
    let share = given_up as f64 / all as f64;
    let se = (0.3 * 0.7 / all as f64).sqrt();
    assert!((share - 0.3).abs() < 4.0 * se, "{share} of {all}");
}

#[test]
fn a_checker_objects_to_harm_that_it_knows_and_mildly_to_the_loss_of_what_it_believes_in() {
    let cases = cases(&demo_dir());
    for case in &cases {
        let text = |score: i64| scored(case, &[score])[0].text.clone();
        let into = |old: &str, new: &str| format!("reword: {old}\n   into: {new}");
        let lines: Vec<String> = [
            format!("add: {}", text(1)),
            format!("add: {}", text(9)),
            format!("add: {}", text(5)),
            format!("remove: {}", text(9)),
            format!("remove: {}", text(2)),
            "remove: Sing a song".to_owned(),
            into(&text(9), &format!("Please {}", text(9))),
            into(&text(9), &text(1)),
            into(&text(1), &text(9)),
            into(&text(1), "Sing a song"),
        ]
        .iter()
        .enumerate()
        .map(|(i, line)| format!("E{}. {line}\n   reason: remove: it", i + 1))
        .collect();
        let verdicts = |p: f64| -> Vec<String> {
            let engine = Engine::new(&cases, model(p, json!({})));
            let answer = ask(&engine, &prompt(case, "edits", &lines), "primum_checks");
            list(&answer, "checks")
                .iter()
                .enumerate()
                .map(|(i, check)| {
                    assert_eq!(check["edit"], format!("E{}", i + 1));
                    assert!(speaks_of(case, &check["reason"]), "{check}");
                    let verdict = check["verdict"].as_str().expect("a verdict");
                    match check["severity"].as_str() {
                        Some("none") | None => verdict.to_owned(),
                        Some(severity) => format!("{verdict} {severity}"),
                    }
                })
                .collect()
        };
        let severe = "object Severe";
        assert_eq!(
            verdicts(1.0),
            [
                severe, "agree", "neutral", severe, "agree", "neutral", "agree", severe, "agree",
                "neutral"
            ],
            "{}",
            case.id
        );
        let mild = "object Mild";
        assert_eq!(
            verdicts(0.0),
            [
                "agree", "neutral", "neutral", "neutral", mild, "neutral", "agree", "neutral",
                mild, mild
            ],
            "{}",
            case.id
        );
    }
}
