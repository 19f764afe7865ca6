//! The roles: each reads its prompt and nothing else.

use std::collections::BTreeSet;

use primum::clinical::Case;
use primum::simulate::wording::canon;
use primum::simulate::{Engine, SimConfig};
use serde_json::{Value, json};

use crate::simulate_common::{
    case_block, cases, config, demo_dir, drafts_block, items, numbered, request, rubric_block,
};

/// A model that knows everything, and the same with one thing changed.
fn sage(change: Value) -> SimConfig {
    let all = json!({"appropriate": 1.0, "harmful": 1.0});
    let knows = json!({"severe": all, "moderate": all, "mild": all});
    let mut model = json!({"knows": knows, "neutral": 0.0});
    for (key, value) in change.as_object().expect("a map") {
        model[key] = value.clone();
    }
    config(json!({"models": {"sage": model}}))
}

fn ask(engine: &Engine, user: &str, schema: Option<&str>) -> Value {
    let answer = engine
        .answer(&request("sage", user, schema, 1))
        .expect("an answer");
    serde_json::from_str(&answer.content).expect("JSON")
}

fn draft(engine: &Engine, case: &Case) -> String {
    let answer = engine.answer(&request("sage", &case_block(case), None, 1));
    answer.expect("an answer").content
}

/// Ids that the plan of a sage has: appropriate options, of a group of
/// alternatives the first.
fn right(case: &Case) -> BTreeSet<i64> {
    let rubric = case.rubric.as_deref().expect("a rubric");
    let mut groups = BTreeSet::new();
    rubric
        .options
        .iter()
        .filter(|o| o.effective_score() >= Some(7))
        .filter(|o| {
            o.alternative_group()
                .is_none_or(|group| groups.insert(group))
        })
        .map(|o| o.id)
        .collect()
}

fn matched(record: &Value) -> BTreeSet<i64> {
    let options = record["options"].as_array().expect("options");
    let matched = options.iter().filter(|o| o["matched"] == true);
    matched.filter_map(|o| numbered(&o["id"])).collect()
}

#[test]
fn who_knows_everything_writes_what_is_right_in_every_layout_and_is_read() {
    let cases = cases(&demo_dir());
    for layout in ["dot", "paren", "bold", "nested", "headings"] {
        let engine = Engine::new(&cases, sage(json!({"layout": layout, "verbosity": 0.7})));
        for case in &cases {
            let rubric = case.rubric.as_deref().expect("a rubric");
            let answer = draft(&engine, case);
            let user = format!(
                "{}\n<answer-12345678>\n{answer}\n</answer-12345678>",
                rubric_block(rubric)
            );
            let record = ask(&engine, &user, Some("primum_match"));
            assert_eq!(matched(&record), right(case), "{layout} {}", case.id);
            let ids: Vec<i64> = record["options"]
                .as_array()
                .expect("options")
                .iter()
                .filter_map(|o| numbered(&o["id"]))
                .collect();
            let order: Vec<i64> = rubric.options.iter().map(|o| o.id).collect();
            assert_eq!(ids, order, "every option, in its order");
            for action in record["actions"].as_array().expect("actions") {
                let evidence = action["evidence"].as_str().expect("evidence");
                assert!(answer.contains(evidence), "{evidence}");
            }
        }
    }
}

#[test]
fn a_moderator_keeps_what_most_drafts_have_and_accounts_for_the_rest() {
    let engine = Engine::new(&[], sage(json!({})));
    let drafts = [
        "Fine.\n1. Please order chest X-ray\n2. Stop ibuprofen\n3. Start Apixaban 5 mg PO BID",
        "Well.\n1) Discontinue ibuprofen\n2) Recommended: Obtain chest radiograph.",
        "Ill.\n**1.** Begin apixaban 2.5 mg by mouth twice daily\n**2.** Order chest X-ray",
    ]
    .map(str::to_owned);
    let plan = ask(&engine, &drafts_block(&drafts), Some("primum_synthesis"));
    let basis = |i: usize| plan["items"][i]["basis"].clone();
    assert_eq!(plan["items"].as_array().map(Vec::len), Some(2), "{plan}");
    assert_eq!(basis(0), json!(["A1", "B2", "C2"]));
    assert_eq!(basis(1), json!(["A2", "B1"]));
    let dropped: Vec<&Value> = plan["dropped"]
        .as_array()
        .expect("dropped")
        .iter()
        .map(|d| &d["item"])
        .collect();
    assert_eq!(dropped, ["A3", "C1"], "two doses are two actions");
}

#[test]
fn a_guardian_removes_what_harms_and_adds_what_is_missing_within_its_limit() {
    let cases = cases(&demo_dir());
    let engine = Engine::new(&cases, sage(json!({})));
    for case in &cases {
        let rubric = case.rubric.as_deref().expect("a rubric");
        let harmful = |o: &&primum::clinical::RubricOption| o.effective_score() == Some(1);
        let harm = rubric.options.iter().find(harmful).expect("a severe harm");
        let prompt = |plan: &str| {
            format!(
                "{}\n\n<plan-0a0b0c0d>\n{plan}</plan-0a0b0c0d>",
                case_block(case)
            )
        };
        let poor = format!(
            "Assessment: x\nR1. Please {} [supported by 1 of 3 drafts]\n",
            harm.text
        );
        let edits = ask(&engine, &prompt(&poor), Some("primum_guardian_edits"));
        let edits = edits["edits"].as_array().expect("edits");
        // The system message allows three.
        assert_eq!(edits.len(), 3, "{}", case.id);
        assert_eq!(
            (&edits[0]["op"], &edits[0]["item"]),
            (&json!("remove"), &json!("R1"))
        );
        assert_eq!(edits[0]["text"], "");
        for edit in &edits[1..] {
            assert_eq!(
                (&edit["op"], &edit["harm_type"]),
                (&json!("add"), &json!("omission"))
            );
            let meaning = canon(edit["text"].as_str().expect("a text"));
            let option = rubric.options.iter().find(|o| canon(&o.text) == meaning);
            assert_eq!(option.and_then(|o| o.effective_score()), Some(9));
        }

        let mut plan = String::from("Assessment: x\n");
        for (i, item) in items(&draft(&engine, case)).iter().enumerate() {
            plan.push_str(&format!(
                "R{}. {item} [supported by 3 of 3 drafts]\n",
                i + 1
            ));
        }
        let none = ask(&engine, &prompt(&plan), Some("primum_guardian_edits"));
        assert_eq!(
            none,
            json!({"edits": []}),
            "{}: a right plan is left alone",
            case.id
        );
    }
}

#[test]
fn a_reviewer_corrects_what_the_first_reader_got_wrong() {
    let cases = cases(&demo_dir());
    let case = &cases[0];
    let rubric = case.rubric.as_deref().expect("a rubric");
    let sharp = Engine::new(&cases, sage(json!({})));
    let blunt = Engine::new(&cases, sage(json!({"match_error": 0.3})));
    let user = format!(
        "{}\n<answer-12345678>\n{}\n</answer-12345678>",
        rubric_block(rubric),
        draft(&sharp, case)
    );
    let record = ask(&blunt, &user, Some("primum_match"));
    assert_eq!(record, ask(&blunt, &user, Some("primum_match")));
    let truth = right(case);
    let wrong: BTreeSet<i64> = matched(&record)
        .symmetric_difference(&truth)
        .copied()
        .collect();
    assert!((3..25).contains(&wrong.len()), "{wrong:?}");

    let mut lines = String::new();
    for action in record["actions"].as_array().expect("actions") {
        let line = json!({"action_id": action["id"], "action": action["action"]});
        lines.push_str(&format!("{line}\n"));
    }
    for option in record["options"].as_array().expect("options") {
        let verdict = if option["matched"] == true {
            "yes"
        } else {
            "no"
        };
        let line = json!({"option_id": option["id"], "verdict": verdict, "action_ids": []});
        lines.push_str(&format!("{line}\n"));
    }
    let user = format!("{user}\n<verdicts-99aabbcc>\n{lines}</verdicts-99aabbcc>");
    let review = ask(&sharp, &user, Some("primum_review"));
    let overrides = review["overrides"].as_array().expect("overrides");
    let named: BTreeSet<i64> = overrides
        .iter()
        .filter_map(|o| numbered(&o["option_id"]))
        .collect();
    assert_eq!(named, wrong);
    for o in overrides {
        let is_right = truth.contains(&numbered(&o["option_id"]).expect("an id"));
        assert_eq!(o["new_verdict"], if is_right { "yes" } else { "no" });
        assert_eq!(numbered(&o["action_id"]).is_some(), is_right);
        assert_eq!(o["evidence"] != "", is_right);
    }
    let lazy = Engine::new(&cases, sage(json!({"review_error": 1.0})));
    assert_eq!(
        ask(&lazy, &user, Some("primum_review")),
        json!({"overrides": []})
    );
}

#[test]
fn a_judge_reads_the_rubric_of_the_prompt_and_denials_for_what_they_are() {
    let engine = Engine::new(&cases(&demo_dir()), sage(json!({})));
    let user = "<rubric-00000001>\nGroup of alternatives: Beta blocker\nO7 (score 9): Start carvedilol\n\
        O3 (score 1): Give the patient a golden ring (depends on O7)\n</rubric-00000001>\n\
        <answer-00000002>\nGood.\n1. Do not start carvedilol\n2. I would give the patient a golden ring now\n\
        </answer-00000002>";
    let record = ask(&engine, user, Some("primum_match"));
    assert_eq!(matched(&record), BTreeSet::from([3]));
    assert_eq!(record["actions"][1]["match"], json!(["O3"]));
    assert_eq!(record["options"][1]["matched_action_ids"], json!(["A2"]));
}
