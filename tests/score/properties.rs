//! What must hold for every rubric and every verdict.

use primum::clinical::Rubric;
use primum::score::bootstrap::{interval, replicates};
use primum::score::records::bare_nan_to_null;
use primum::score::{
    Healing, JsonStyle, JudgedRecord, Metrics, PreparedRubric, Profile, Record, RecordScores,
    aggregate, harm_list, rescore, score_record,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

const OLD: Profile = Profile::NOHARM_2026_06;
const NEW: Profile = Profile::NOHARM_2026_07;

/// Metrics that may have no value (scoring.md, sections 0 and 17).
const MAY_BE_NAN: [&str; 5] = [
    "Precision_matched",
    "Precision_weighted",
    "Offrubric_rate",
    "Accuracy",
    "Accuracy_binary",
];

/// Options 1..=n with scores, a few labels and dependencies, some on ids that
/// nobody has.
fn rubrics() -> impl Strategy<Value = Rubric> {
    let option = (
        1_i64..=9,
        prop::option::of(0_i64..=9),
        prop::option::weighted(0.4, select(vec!["g", "h", ""])),
        select(vec![
            None,
            Some("alternative"),
            Some("alternative"),
            Some("harm"),
        ]),
        prop::option::weighted(0.3, prop::collection::vec(1_i64..=14, 0..3)),
    );
    prop::collection::vec(option, 1..12).prop_map(|options| {
        let options: Vec<Value> = (1..)
            .zip(options)
            .map(|(id, (score, placement, label, kind, parents))| {
                json!({"id": id, "text": "an action", "score": score, "placement": placement,
                    "abstraction": label, "abstractionType": kind, "dependsOn": parents})
            })
            .collect();
        serde_json::from_value(json!({"id": "A1", "options": options})).expect("a rubric")
    })
}

/// Verdicts on most options of a rubric and some foreign ones, and actions that
/// name matched, unmatched and foreign ids.
fn records() -> impl Strategy<Value = JudgedRecord> {
    let verdict = (
        any::<bool>(),
        prop::option::of(any::<bool>()),
        select(vec!["", "é “NaN”"]),
    );
    let action = (
        prop::option::of(select(vec!["", ",", " ", "x"])),
        prop::collection::vec(1_i64..=14, 0..4),
        prop::option::of(0_i64..=9),
    );
    (
        prop::collection::vec(verdict, 0..14),
        prop::collection::vec(action, 0..8),
        prop::option::of(0_u64..12_000),
    )
        .prop_map(|(verdicts, actions, len)| {
            let options: Vec<Value> = (1..)
                .zip(verdicts)
                .map(|(id, (matched, partial, evidence))| match partial {
                    Some(partial) => json!({"id": id, "matched": matched, "partial": partial, "evidence": evidence}),
                    None => json!({"id": id, "matched": matched}),
                })
                .collect();
            let actions: Vec<Value> = (1..)
                .zip(actions)
                .map(|(number, (text, ids, score))| {
                    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
                    let text = match text {
                        Some("x") | None => ids.join(", "),
                        Some(text) => text.to_owned(),
                    };
                    json!({"number": number, "action": "a", "category": "Medication", "match": text, "score": score})
                })
                .collect();
            let line = json!({"id": "A1", "trial": 0, "judge": "j", "options": options,
                "responseActions": actions, "response_len": len});
            JudgedRecord::from_line(&line.to_string()).expect("a record")
        })
}

fn score(rubric: &Rubric, record: &JudgedRecord, healing: Healing) -> Metrics {
    score_record(&OLD, &PreparedRubric::new(rubric), record, healing).expect("scorable")
}

proptest! {
    #[test]
    fn every_metric_stays_in_its_range(rubric in rubrics(), record in records()) {
        for healing in [Healing::AsItStands, Healing::Healed] {
            let metrics = score(&rubric, &record, healing);
            for profile in Profile::ALL {
                for (name, value) in profile.values(&metrics) {
                    let legal_nan = value.is_nan() && MAY_BE_NAN.contains(&name)
                        && (profile == NEW || name != "Precision_weighted");
                    prop_assert!(legal_nan || (0.0..=1.0).contains(&value), "{name} = {value}");
                }
            }
            prop_assert!(metrics.recall_weighted <= metrics.recall_binary);
            prop_assert!(metrics.precision_all <= metrics.precision_binary);
            prop_assert!(metrics.accuracy.is_nan() == metrics.accuracy_binary.is_nan());
        }
    }

    #[test]
    fn a_severe_commission_never_looks_like_an_improvement(
        rubric in rubrics(), record in records(), which in any::<Index>(),
    ) {
        let mut rubric = rubric;
        let harmful = which.index(rubric.options.len());
        rubric.options[harmful].score = Some(1);
        rubric.options[harmful].placement = None;
        let id = rubric.options[harmful].id;
        let verdict = |matched: bool| {
            let mut record = record.clone();
            record.options.retain(|option| option.id != id);
            let line = json!({"id": id, "matched": matched}).to_string();
            record.options.push(serde_json::from_str(&line).expect("a verdict"));
            score(&rubric, &record, Healing::AsItStands)
        };
        let (left, done) = (verdict(false), verdict(true));
        prop_assert!(done.severe && done.moderate && done.mild);
        prop_assert!(done.severe >= left.severe && done.moderate >= left.moderate && done.mild >= left.mild);
        let headline = |m: &Metrics| OLD.value(m, "F1_weighted").expect("a headline");
        prop_assert!(headline(&done) <= headline(&left));
    }

    #[test]
    fn the_order_of_verdicts_and_actions_does_not_matter(
        rubric in rubrics(), record in records(), turns in any::<(Index, Index)>(),
    ) {
        let mut turned = record.clone();
        let turn = |len: usize, by: Index| if len == 0 { 0 } else { by.index(len) };
        let (options, actions) = (turned.options.len(), turned.actions.len());
        turned.options.rotate_left(turn(options, turns.0));
        turned.options.reverse();
        turned.actions.rotate_left(turn(actions, turns.1));
        turned.actions.reverse();
        for healing in [Healing::AsItStands, Healing::Healed] {
            let (a, b) = (score(&rubric, &record, healing), score(&rubric, &turned, healing));
            prop_assert_eq!(OLD.block(&a), OLD.block(&b));
            prop_assert_eq!(NEW.block(&a), NEW.block(&b));
        }
        let prepared = PreparedRubric::new(&rubric);
        let ids = |record: &JudgedRecord| {
            let mut harms: Vec<_> = harm_list(&prepared, &record.options)
                .iter()
                .map(|harm| (harm.id, harm.harm_type, harm.harm_severity))
                .collect();
            harms.sort_unstable();
            harms
        };
        prop_assert_eq!(ids(&record), ids(&turned));
    }

    #[test]
    fn rescoring_is_idempotent_and_agrees_with_the_short_way(rubric in rubrics(), record in records()) {
        let prepared = PreparedRubric::new(&rubric);
        for profile in Profile::ALL {
            let once = rescore(&profile, Some(&prepared), &record).expect("scorable");
            let twice = rescore(&profile, Some(&prepared), &once).expect("scorable");
            prop_assert_eq!(&once, &twice);
            let short = score_record(&profile, &prepared, &record, Healing::Healed).expect("scorable");
            prop_assert_eq!(once.metrics, Some(profile.block(&short)));
        }
    }

    #[test]
    fn what_is_written_reads_back_and_is_written_alike(rubric in rubrics(), record in records()) {
        let prepared = PreparedRubric::new(&rubric);
        for profile in Profile::ALL {
            let record = rescore(&profile, Some(&prepared), &record).expect("scorable");
            for style in [JsonStyle::Strict, JsonStyle::Kit] {
                let line = record.to_line(style).expect("writable");
                let read = JudgedRecord::from_line(&line).expect("readable");
                prop_assert_eq!(&read, &record);
                prop_assert_eq!(read.to_line(style).expect("writable"), line);
            }
        }
    }

    #[test]
    fn the_pre_pass_leaves_json_alone_and_never_panics(text in "\\PC*", words in "(NaN|[\"\\\\a, é])*") {
        let json = Value::String(text).to_string();
        prop_assert_eq!(bare_nan_to_null(&json), json.as_str());
        let _ = bare_nan_to_null(&words);
    }

    #[test]
    fn an_interval_lies_within_the_values(
        values in prop::collection::vec(("[A-D]{1}[0-9]{2}", 0.0..=1.0_f64), 2..40),
    ) {
        let low = values.iter().map(|v| v.1).fold(f64::INFINITY, f64::min);
        let high = values.iter().map(|v| v.1).fold(0.0, f64::max);
        let got = interval(&values, 50);
        prop_assert!(got.lo <= got.hi);
        // A mean of equal values may differ from them in the last bit.
        prop_assert!(low - 1e-12 <= got.lo && got.hi <= high + 1e-12);
        prop_assert_eq!(replicates(&values, 50), replicates(&values, 50));
    }

    #[test]
    fn the_order_of_a_cases_records_moves_no_row_beyond_rounding(
        rubric in rubrics(), records in prop::collection::vec(records(), 1..6),
    ) {
        let prepared = PreparedRubric::new(&rubric);
        let mut scores: Vec<RecordScores> = records
            .iter()
            .map(|record| RecordScores::rescored(&NEW, Some(&prepared), record).expect("scorable").expect("scored"))
            .collect();
        let rows = aggregate(&NEW, &scores);
        scores.reverse();
        let turned = aggregate(&NEW, &scores);
        prop_assert_eq!(rows.len(), turned.len());
        for (a, b) in rows.iter().zip(&turned) {
            prop_assert_eq!((a.metric, a.trials), (b.metric, b.trials));
            prop_assert!((a.interval.mean - b.interval.mean).abs() < 1e-12);
            prop_assert!((-1e-12..=1.0 + 1e-12).contains(&a.interval.mean));
        }
    }
}
