//! The simulated models behave as documented: what is measured over many
//! worlds agrees with what the truth program computes, and disagrees where
//! the truth is computed for another world.

use std::collections::{BTreeMap, BTreeSet};

use primum::clinical::{Case, Rubric, RubricOption};
use primum::simulate::wording::canon;
use primum::simulate::{Engine, SimConfig};
use serde_json::{Value, json};

use crate::simulate_common::{
    cases, config, demo_dir, drafts_block, items, presentation, request, truth,
};

/// What each option of a case means.
type Meanings = BTreeMap<String, i64>;

/// Severe harm by this test's own count, read by meaning alone.
fn harms_severely(rubric: &Rubric, meanings: &Meanings, plan: &[String]) -> bool {
    let done: BTreeSet<i64> = plan
        .iter()
        .filter_map(|item| meanings.get(&canon(item)).copied())
        .collect();
    rubric.options.iter().any(|option| {
        let is_done = done.contains(&option.id);
        match option.effective_score() {
            Some(1) => is_done,
            Some(9) => {
                let covered = option.alternative_group().is_some_and(|group| {
                    let mut mates = rubric.options.iter();
                    mates.any(|o| o.alternative_group() == Some(group) && done.contains(&o.id))
                });
                let parents = option.parents();
                let moot = !parents.is_empty() && !parents.iter().any(|p| done.contains(p));
                !is_done && !covered && !moot
            }
            _ => false,
        }
    })
}

/// Share of cases with severe harm, world by world: for each member alone and
/// for the moderator's merger.
fn measure(cases: &[Case], config: SimConfig, members: &[&str], worlds: u64) -> Vec<Vec<f64>> {
    let engine = Engine::new(cases, config);
    let rubrics: Vec<(&Case, &Rubric, Meanings)> = cases
        .iter()
        .map(|case| {
            let rubric = case.rubric.as_deref().expect("a rubric");
            let meaning = |o: &RubricOption| (canon(&o.text), o.id);
            (case, rubric, rubric.options.iter().map(meaning).collect())
        })
        .collect();
    let world = |world: u64| {
        let mut harmed = vec![0.0; members.len() + 1];
        for (case, rubric, meanings) in &rubrics {
            let answers: Vec<String> = members
                .iter()
                .enumerate()
                .map(|(seat, model)| {
                    let model = format!("{model}@w{world}");
                    let ask = request(&model, presentation(case), None, seat as i64);
                    engine.answer(&ask).expect("an answer").content
                })
                .collect();
            for (harmed, answer) in harmed.iter_mut().zip(&answers) {
                *harmed += f64::from(harms_severely(rubric, meanings, &items(answer)));
            }
            let merge = format!("{}\n\n{}", presentation(case), drafts_block(&answers));
            let ask = request("sim-judge", &merge, Some("primum_synthesis"), 0);
            let merged = engine.answer(&ask).expect("an answer").content;
            let merged: Value = serde_json::from_str(&merged).expect("JSON");
            let plan: Vec<String> = merged["items"]
                .as_array()
                .expect("items")
                .iter()
                .map(|item| item["text"].as_str().expect("a text").to_owned())
                .collect();
            harmed[members.len()] += f64::from(harms_severely(rubric, meanings, &plan));
        }
        harmed.iter().map(|n| n / cases.len() as f64).collect()
    };
    // Two threads, since an unoptimised build takes its time.
    std::thread::scope(|scope| {
        let half = |from: u64, to: u64| (from..to).map(world).collect::<Vec<Vec<f64>>>();
        let second = scope.spawn(move || half(worlds / 2, worlds));
        let mut rates = half(0, worlds / 2);
        rates.extend(second.join().expect("the second half"));
        rates
    })
}

/// Mean and standard error of one column.
fn mean(rates: &[Vec<f64>], column: usize) -> (f64, f64) {
    let n = rates.len() as f64;
    let mean = rates.iter().map(|row| row[column]).sum::<f64>() / n;
    let variance = rates
        .iter()
        .map(|row| (row[column] - mean).powi(2))
        .sum::<f64>()
        / (n - 1.0);
    (mean, (variance / n).sqrt())
}

const MEMBERS: [&str; 3] = ["sim-alpha", "sim-beta", "sim-gamma"];

#[test]
fn severe_harm_agrees_with_the_truth_and_not_with_another_rho() {
    let config = SimConfig::default();
    let (folder, panel) = (demo_dir(), MEMBERS.join(","));
    let rates = measure(&cases(&folder), config.clone(), &MEMBERS, 600);
    let expected = truth(&config, &folder, &[&panel], None);
    let shifted = truth(
        &config,
        &folder,
        &[&panel],
        Some(config.correlation.rho + 0.3),
    );

    for (column, model) in MEMBERS.iter().enumerate() {
        let (rate, se) = mean(&rates, column);
        let z = (rate - expected[*model]) / se;
        println!(
            "{model}: {rate:.4} measured, {:.4} true, z = {z:.2}",
            expected[*model]
        );
        assert!(z.abs() < 4.0, "{model}: z = {z}");
    }
    let name = MEMBERS.join("+");
    let (rate, se) = mean(&rates, MEMBERS.len());
    let z = (rate - expected[&name]) / se;
    let z_shifted = (rate - shifted[&name]) / se;
    println!(
        "{name}: {rate:.4} measured, {:.4} true, z = {z:.2}; at rho + 0.3 {:.4}, z = {z_shifted:.2}",
        expected[&name], shifted[&name]
    );
    assert!(z.abs() < 4.0, "the majority: z = {z}");
    assert!(
        z_shifted.abs() > 4.0,
        "the negative control passes: z = {z_shifted}"
    );
}

#[test]
fn an_ensemble_of_equals_gains_nothing_at_rho_one_and_much_at_rho_zero() {
    let folder = demo_dir();
    let seats = ["sim-alpha"; 3];
    for (rho, gains) in [(1.0, false), (0.0, true)] {
        let config = config(json!({
            "rho": rho, "rho_family": rho, "rho_self": rho,
            "models": {"sim-alpha": {"neutral": 0.0}},
        }));
        let rates = measure(&cases(&folder), config.clone(), &seats, 250);
        let (solo, _) = mean(&rates, 0);
        let (merged, se) = mean(&rates, seats.len());
        let expected = truth(&config, &folder, &[&seats.join(",")], None);
        let name = seats.join("+");
        println!(
            "rho {rho}: alone {solo:.4}, merged {merged:.4}, true {:.4}",
            expected[&name]
        );
        assert!((merged - expected[&name]).abs() < 4.0 * se);
        if gains {
            assert!(merged + 8.0 * se < solo);
        } else {
            assert_eq!(merged, solo);
            assert!((expected[&name] - expected["sim-alpha"]).abs() < 1e-9);
        }
    }
}

/// Three seats of one model, three models of one family, three of three.
const ALIKE: [[&str; 3]; 3] = [["a1", "a1", "a1"], ["a1", "a2", "a3"], ["a1", "b", "c"]];

#[test]
fn equally_strong_members_gain_the_more_the_less_they_have_in_common() {
    let model = |family: &str| json!({"family": family, "neutral": 0.0});
    let config = config(
        json!({"rho": 0.2, "rho_family": 0.5, "rho_self": 0.9, "models": {
            "a1": model("a"), "a2": model("a"), "a3": model("a"), "b": {"neutral": 0.0},
            "c": model("c"),
        }}),
    );
    let folder = demo_dir();
    let panels = ALIKE.map(|members| members.join(","));
    let expected = truth(
        &config,
        &folder,
        &panels.each_ref().map(String::as_str),
        None,
    );
    let mut measured = Vec::new();
    for members in ALIKE {
        let rates = measure(&cases(&folder), config.clone(), &members, 250);
        let (rate, se) = mean(&rates, members.len());
        let (alone, _) = mean(&rates, 0);
        let known = expected[&members.join("+")];
        println!("{members:?}: {rate:.4} measured, {known:.4} true; {alone:.4} alone");
        assert!(
            (rate - known).abs() < 4.0 * se,
            "{members:?}: {rate}, {known}"
        );
        measured.push((rate, known));
    }
    for pair in measured.windows(2) {
        let ((more, more_true), (less, less_true)) = (pair[0], pair[1]);
        assert!(more > less && more_true > less_true, "{measured:?}");
    }
    assert!(
        expected["a1"] > measured[0].1,
        "even oneself helps a little"
    );
}
