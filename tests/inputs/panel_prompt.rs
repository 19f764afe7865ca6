//! Prompt files: split, rendered, and refused.

use primum::panel::model::Prompt;
use primum::panel::prompt::{BUILT_IN, PromptError, Role, render, split, try_out, variables};
use serde_json::json;

fn prompt(text: &str) -> Prompt {
    split("test", "here", text).expect("one divider")
}

fn built_in(name: &str) -> Prompt {
    let (_, text) = BUILT_IN
        .iter()
        .find(|(known, _)| *known == name)
        .expect("built in");
    split(name, "built in", text).expect("one divider")
}

#[test]
fn every_prompt_file_is_built_in() {
    let mut files: Vec<String> = std::fs::read_dir("prompts")
        .expect("prompts/ is there")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|file| file.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name != "README")
        .collect();
    files.sort();
    let known: Vec<_> = BUILT_IN
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(files, known);
}

#[test]
fn built_in_prompts_use_what_their_role_is_given() {
    let roles = [
        ("advisor", Role::Advisor),
        ("advisor-bare", Role::Advisor),
        ("moderator", Role::Moderator),
        ("guardian", Role::Guardian),
        ("judge-match", Role::JudgeMatch),
        ("judge-review", Role::JudgeReview),
    ];
    for (name, role) in roles {
        let prompt = built_in(name);
        for variable in variables(&prompt).expect("it parses") {
            assert!(
                role.variables().contains(&variable.as_str()),
                "{name}: {variable}"
            );
        }
        try_out(&prompt, role).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn system_and_user_are_trimmed() {
    let (system, user) = render(
        &prompt("{# note #}\nBe {{ persona }}.\n\n  === user ===\n\n{{ case }}\n\n"),
        json!({"persona": "brief", "case": " a\n\n b "}),
    )
    .expect("it renders");
    assert_eq!(system.as_deref(), Some("Be brief."));
    assert_eq!(user, "a\n\n b");
}

#[test]
fn a_blank_system_message_is_none() {
    let (system, user) =
        render(&built_in("advisor-bare"), json!({"presentation": "Case."})).expect("it renders");
    assert_eq!((system, user.as_str()), (None, "Case."));
}

#[test]
fn optional_parts_stay_out_when_they_are_empty() {
    let advisor = built_in("advisor");
    let with = json!({"case": "C", "persona": "You are a geriatrician.", "words": 350});
    let without = json!({"case": "C", "persona": null, "words": null});
    let (with, _) = render(&advisor, with).expect("it renders");
    let (without, _) = render(&advisor, without).expect("it renders");
    let (with, without) = (with.unwrap_or_default(), without.unwrap_or_default());
    assert!(with.contains("geriatrician") && with.contains("At most 350 words"));
    assert!(!without.contains("none") && !without.contains("words in all"));
}

#[test]
fn text_of_a_case_is_never_a_template_and_never_escaped() {
    let case = "{{ persona }} {% if %} <b>&amp; 5 < 6 === user ===\n=== user ===";
    let (_, user) =
        render(&prompt("=== user ===\n{{ case }}"), json!({"case": case})).expect("it renders");
    assert_eq!(user, case);
}

#[test]
fn windows_line_ends_are_as_good() {
    let (system, user) =
        render(&prompt("a\r\nb\r\n=== user ===\r\nc\r\n"), json!({})).expect("it renders");
    assert_eq!((system.as_deref(), user.as_str()), (Some("a\nb"), "c"));
}

#[test]
fn a_missing_variable_is_an_error_that_names_the_line_and_no_value() {
    let error = render(
        &prompt("one\n=== user ===\n{{ case }}\n{{ plan }}"),
        json!({"case": "Mrs. Smith"}),
    )
    .expect_err("plan is missing");
    assert_eq!(error.to_string(), "prompt `test`, line 4: undefined value");
}

#[test]
fn endless_work_is_stopped() {
    let text = "=== user ===\n{% for i in range(9000) %}{% for j in range(9000) %}{{ i }}{% endfor %}{% endfor %}";
    let error = render(&prompt(text), json!({})).expect_err("too much work");
    assert!(matches!(error, PromptError::Template { .. }), "{error}");
}

#[test]
fn an_empty_question_is_an_error() {
    let error = render(
        &prompt("system\n=== user ===\n{{ case }}"),
        json!({"case": " "}),
    )
    .expect_err("nothing to ask");
    assert_eq!(
        error,
        PromptError::Empty {
            name: "test".into()
        }
    );
}

#[test]
fn the_divider_must_stand_there_once() {
    for (text, count) in [
        ("", 0),
        ("=== users ===\n", 0),
        ("=== user ===\n=== user ===\n", 2),
    ] {
        let error = split("test", "here", text).expect_err("not one divider");
        assert_eq!(
            error,
            PromptError::Divider {
                name: "test".into(),
                count
            }
        );
    }
}

#[test]
fn the_hash_is_of_the_file_as_it_lies_there() {
    // printf '=== user ===\nx' | sha256sum
    let expected = "060d95d58a1e7d662db6a2656b2c04962ed12ff9a74058cd7e2cf535716719d4";
    assert_eq!(prompt("=== user ===\nx").sha256, expected);
}

#[test]
fn a_prompt_does_not_show_its_text_in_debug_output() {
    let shown = format!("{:?}", prompt("secret sauce\n=== user ===\nx"));
    assert!(!shown.contains("sauce"));
}
