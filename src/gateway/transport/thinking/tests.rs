use proptest::prelude::*;

use super::*;

/// Texts of which the answer is known.
const ANSWERS: [(&str, &str); 46] = [
    ("<think>\nhm {1}\n</think>\n\n1. Do", "1. Do"),
    ("<thinking>hm</thinking>1. Do", "1. Do"),
    ("<thought>hm</thought>\n1. Do", "1. Do"),
    ("<reasoning>hm</reasoning>1. Do", "1. Do"),
    ("<THINK>hm</Think>1. Do", "1. Do"),
    ("<think time=\"3s\">hm</think >1. Do", "1. Do"),
    ("<seed:think>hm</seed:think>1. Do", "1. Do"),
    ("<mm:think>hm</mm:think>1. Do", "1. Do"),
    (
        "<REASONING_SCRATCHPAD>hm</REASONING_SCRATCHPAD>1. Do",
        "1. Do",
    ),
    ("&lt;think&gt;hm&lt;/think&gt;1. Do", "1. Do"),
    ("<think/>1. Do", "1. Do"),
    ("<think></think>1. Do", "1. Do"),
    ("[THINK]hm[/THINK]1. Do", "1. Do"),
    ("◁think▷hm◁/think▷1. Do", "1. Do"),
    ("<|channel>thought\nhm<channel|>1. Do", "1. Do"),
    ("<|turn>thinking\nhm<turn|>1. Do", "1. Do"),
    ("<unused94>thought\nhm<unused95>1. Do", "1. Do"),
    (
        "<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>1. Do<|END_RESPONSE|>",
        "1. Do",
    ),
    (
        "<|START_THINKING|>hm<|END_THINKING|><|START_TEXT|>1. Do<|END_TEXT|>",
        "1. Do",
    ),
    (
        "<|begin_of_thought|>hm<|end_of_thought|>\n<|begin_of_solution|>1. Do<|end_of_solution|>",
        "1. Do",
    ),
    ("<think>hm</think><answer>1. Do</answer>", "1. Do"),
    (
        "<details type=\"reasoning\" done=\"true\">\n<summary>Thought</summary>hm</details>\n1. Do",
        "1. Do",
    ),
    // The mark that opens stands in the prompt.
    ("So: never beta.\n</think>\n\n1. Do", "1. Do"),
    ("hm[/THINK]1. Do", "1. Do"),
    ("hm<channel|>1. Do", "1. Do"),
    ("hm◁/think▷1. Do", "1. Do"),
    ("</think>\n1. Do", "1. Do"),
    // Nested, repeated, in the middle.
    ("<think>a<think>b</think>c</think>1. Do", "1. Do"),
    ("<think>a<reasoning>b</reasoning>c</think>1. Do", "1. Do"),
    ("<think>a</think><think>b</think>1. Do", "1. Do"),
    ("1. Do\n<think>and?</think>2. Do not", "1. Do\n\n2. Do not"),
    ("a</think><think>b</think>1. Do", "1. Do"),
    ("<think>quoting `</think>` here</think>1. Do", "1. Do"),
    (r#"{"text": "<think>hm</think>Do"}"#, r#"{"text": "Do"}"#),
    // Harmony, whole and stripped.
    (
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>1. Do<|return|>",
        "1. Do",
    ),
    (
        "<|start|>assistant<|channel|>commentary<|message|>hm<|end|><|channel|>final <|constrain|>json<|message|>{}",
        "{}",
    ),
    (
        "hm<|end|><|start|>assistant<|channel|>final<|message|>1. Do",
        "1. Do",
    ),
    ("<|start|>assistant<|message|>1. Do<|return|>", "1. Do"),
    ("analysisThe user asks. Beta?assistantfinal1. Do", "1. Do"),
    (
        "analysis\nWe need\nassistantcommentaryhmassistantfinal\n\n1. Do",
        "1. Do",
    ),
    ("analysis We need it. assistant final 1. Do", "1. Do"),
    ("We need a plan.assistantfinal1. Do", "1. Do"),
    ("final{\"edits\": []}", "{\"edits\": []}"),
    // Headings.
    (
        "Here is my thought process: hm. Here is my response:\n1. Do",
        "1. Do",
    ),
    (
        "Here are my reasoning steps:\nhm\n[BEGIN FINAL RESPONSE]\n1. Do\n[END FINAL RESPONSE]",
        "1. Do\n",
    ),
    ("Thinking...\nhm\n...done thinking.\n\n1. Do", "1. Do"),
];

/// Honest answers, which come back as they are.
const HONEST: [&str; 18] = [
    "",
    " \n",
    "1. Do",
    " leading blank\n",
    "analysis of the joint fluid comes first. 1. Aspirate",
    "Analysis\n\n1. Do",
    "Analysis: gout. 1. Aspirate the joint for crystal analysis.",
    "Her thought disorder is new.\n1. Ask psychiatry",
    "thought disorder is likely. 1. Do",
    "thoughtful follow-up is needed. 1. Do",
    "final diagnosis: gout. 1. Do",
    "The assistant finally called. 1. Do",
    "INR < 2 or > 3: 1. Adjust <warfarin> [see note] & recheck",
    "The template ends in `</think>`; the server is set up wrongly.\n1. Do",
    "1. Set this:\n```xml\n<think>draft</think>\n```\n2. Restart it",
    "Thinking about it, gout is likely. 1. Do",
    "<details><summary>More</summary>1. Do</details>",
    "She is thinking clearly. [x] Done. <b>1.</b> Do",
];

const NO_ANSWER: [(&str, Lost); 17] = [
    ("<think>for ever", Lost::ThoughtsAlone),
    ("<think>hm</think>", Lost::ThoughtsAlone),
    ("[THINK]hm", Lost::ThoughtsAlone),
    ("<think>a<think>b</think>c", Lost::ThoughtsAlone),
    (
        "1. Do <think>or not",
        Lost::Unclear("thoughts without an end"),
    ),
    (
        "1. Do\n</think>",
        Lost::Unclear("an end of thoughts with nothing behind"),
    ),
    (
        "a</think>1. Do</think>2. Do",
        Lost::Unclear("thoughts that end twice"),
    ),
    (
        "<think>a</think>1. Do</think>2. Do",
        Lost::Unclear("thoughts that end twice"),
    ),
    ("<|channel|>analysis<|message|>hm", Lost::ThoughtsAlone),
    (
        "<|channel|>analysis<|message|>hm<|end|>1. Do",
        Lost::Unclear("thoughts in a channel and no final channel"),
    ),
    (
        "<|channel|>analysis hm",
        Lost::Unclear("a channel without a message"),
    ),
    (
        "analysisThe user asks",
        Lost::Unclear("a channel of thoughts and no final one"),
    ),
    (
        "analysisLet me thinkfinal42",
        Lost::Unclear("a channel of thoughts and no final one"),
    ),
    (
        "analysis\nThe user",
        Lost::Unclear("a channel of thoughts and no final one"),
    ),
    (
        "thought\nShe may have gout",
        Lost::Unclear("the name of a channel of thoughts in front"),
    ),
    (
        "thoughtI see",
        Lost::Unclear("the name of a channel of thoughts in front"),
    ),
    (
        "Here is my thought process: hm",
        Lost::Unclear("a heading of thoughts and none of an answer"),
    ),
];

#[test]
fn the_answer_alone_is_left() {
    for (text, answer) in ANSWERS {
        assert_eq!(without_thoughts(text).as_deref(), Ok(answer), "{text}");
    }
}

#[test]
fn honest_answers_come_back_as_they_are() {
    for text in HONEST {
        assert_eq!(without_thoughts(text).as_deref(), Ok(text));
    }
}

#[test]
fn in_doubt_there_is_no_answer() {
    for (text, lost) in NO_ANSWER {
        assert_eq!(without_thoughts(text), Err(lost), "{text}");
    }
}

#[test]
fn tokens_that_end_a_turn_are_cut_off() {
    for token in ["<|im_end|>", "</s>", "<|eot_id|>\n", "<|end|><|return|>"] {
        let text = format!("1. Do{token}");
        assert_eq!(without_thoughts(&text).as_deref(), Ok("1. Do"), "{text}");
    }
}

/// Pieces of which confused models make texts.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("<think>".to_owned()),
        Just("</think>".to_owned()),
        Just("[THINK]".to_owned()),
        Just("[/THINK]".to_owned()),
        Just("◁think▷".to_owned()),
        Just("<|channel|>".to_owned()),
        Just("<|message|>".to_owned()),
        Just("<|end|>".to_owned()),
        Just("analysis".to_owned()),
        Just("assistantfinal".to_owned()),
        Just("final".to_owned()),
        Just("```\n".to_owned()),
        Just("`".to_owned()),
        Just("&lt;".to_owned()),
        "\\PC{0,8}",
        "[<>|/\\[\\]&; \n]{0,6}",
    ]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(pieces in prop::collection::vec(piece(), 0..12)) {
        let _ = without_thoughts(&pieces.concat());
    }

    #[test]
    fn a_text_without_marks_comes_back_as_it_is(text in "[A-Z0-9][A-Za-z0-9 .,:;()%*#\n-]{0,300}") {
        prop_assume!(!text.contains("assistantfinal"));
        prop_assume!(!text.to_lowercase().starts_with("here "));
        prop_assume!(!text.starts_with("Thinking..."));
        let answer = without_thoughts(&text);
        prop_assert_eq!(answer.as_deref(), Ok(text.as_str()));
    }

    #[test]
    fn what_stands_between_marks_never_comes_through(
        before in "[A-Z0-9][a-z .]{0,20}\n|",
        secret in "[a-z]{3,12}",
        after in "1\\. [A-Z][a-z]{3,20}",
        pair in prop::sample::select(vec![
            ("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷"),
            ("<|channel>thought\n", "<channel|>"), ("<thought>", "</thought>"),
        ]),
    ) {
        let secret = format!("XX{secret}XX");
        let text = format!("{before}{}{secret}{}{after}", pair.0, pair.1);
        let answer = without_thoughts(&text).expect("an answer").into_owned();
        prop_assert!(!answer.contains(&secret));
        prop_assert!(answer.ends_with(&after));
    }
}
