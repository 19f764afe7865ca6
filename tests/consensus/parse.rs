//! Drafts as models really lay them out.

use primum::deliberation::parse::{MAX_ITEMS, parse_draft};
use proptest::prelude::*;

fn items(text: &str) -> Vec<String> {
    parse_draft(text)
        .items
        .iter()
        .map(|item| item.expose().to_owned())
        .collect()
}

fn assessment(text: &str) -> String {
    parse_draft(text).assessment.expose().to_owned()
}

#[test]
fn plain_numbers_after_an_assessment() {
    let text = "Likely viral.\n\n1. Rest.\n2. Fluids 1.5 L a day.\n3. Return if worse.";
    assert_eq!(assessment(text), "Likely viral.");
    assert_eq!(
        items(text),
        ["Rest.", "Fluids 1.5 L a day.", "Return if worse."]
    );
}

#[test]
fn parentheses_bold_numbers_and_hashes() {
    for text in [
        "A.\n1) Stop X\n2) Start Y",
        "A.\n**1.** Stop X\n**2.** Start Y",
        "A.\n**1. Stop X**\n**2. Start Y**",
        "A.\n### 1. Stop X\n### 2. Start Y",
        "A.\n(1) Stop X\n(2) Start Y",
        "A.\n 1. Stop X\n 2. Start Y",
        "A.\n**1) Stop X**\n\n**2) Start Y**",
        "A.\n**1:** Stop X\n**2:** Start Y",
    ] {
        assert_eq!(items(text), ["Stop X", "Start Y"], "{text}");
    }
}

#[test]
fn nested_bullets_and_continuation_lines_belong_to_their_item() {
    let text = "1. Stop ibuprofen\n   - it raises pressure\n   - and harms the kidney\n\
                2. Start amlodipine\nonce a day";
    assert_eq!(
        items(text),
        [
            "Stop ibuprofen it raises pressure and harms the kidney",
            "Start amlodipine once a day"
        ]
    );
}

#[test]
fn nested_numbers_belong_to_their_item() {
    let text = "1. Order labs:\n    1. CBC\n    2. CMP\n2. Refer.";
    assert_eq!(items(text), ["Order labs: CBC CMP", "Refer."]);
}

#[test]
fn headings_between_items_are_no_items_and_numbers_may_start_again() {
    let text = "## Assessment\nStable.\n\n## Medications\n1. Stop X\n\n**Follow-up:**\n1. See us";
    assert_eq!(assessment(text), "Stable.");
    assert_eq!(items(text), ["Stop X", "See us"]);
}

#[test]
fn a_closing_remark_is_no_recommendation() {
    let text = "1. Stop X\n2. Start Y\n\nLet me know if you have questions.";
    assert_eq!(items(text), ["Stop X", "Start Y"]);
}

#[test]
fn unnumbered_advice_under_a_heading_is_not_lost() {
    let text = "1. Stop X\n2. Start Y\n\n**Follow-up**\n- See us in 2 weeks\n- Bring the diary\n\n\
                Return precautions:\nGo to the ED\nif worse.";
    assert_eq!(
        items(text),
        [
            "Stop X",
            "Start Y",
            "See us in 2 weeks",
            "Bring the diary",
            "Go to the ED if worse."
        ]
    );
}

#[test]
fn advice_behind_the_last_item_is_not_lost() {
    assert_eq!(
        items("1. Stop X\n\nSend her to the emergency department if chest pain returns."),
        [
            "Stop X",
            "Send her to the emergency department if chest pain returns."
        ]
    );
    assert_eq!(
        items(
            "1. Stop X\n\nIn addition, please make sure that she does the following:\n\
             - Hold metformin\n- No NSAIDs"
        ),
        [
            "Stop X",
            "In addition, please make sure that she does the following: Hold metformin No NSAIDs"
        ]
    );
    assert_eq!(
        items("This is a stroke.\n\n**Start aspirin 81 mg daily**\nIt lowers risk."),
        ["Start aspirin 81 mg daily It lowers risk."]
    );
}

#[test]
fn a_refusal_in_words_is_no_recommendation() {
    for text in [
        "I'm sorry, but I can't help with medical advice.",
        "I cannot provide medical advice. Please see a doctor.",
    ] {
        assert!(items(text).is_empty(), "{text}");
    }
    assert_eq!(
        items("I cannot exclude an infarction. Send him to the emergency department."),
        ["Send him to the emergency department."]
    );
}

#[test]
fn bullets_alone_are_items() {
    let text = "Assessment: gout.\n- Colchicine 0.5 mg\n  - with food\n- Recheck urate";
    assert_eq!(assessment(text), "gout.");
    assert_eq!(
        items(text),
        ["Colchicine 0.5 mg with food", "Recheck urate"]
    );
}

#[test]
fn prose_without_marks_is_split_by_paragraph_or_sentence() {
    assert_eq!(
        items("This is gout.\n\nGive colchicine.\n\nRecheck urate."),
        ["Give colchicine.", "Recheck urate."]
    );
    assert_eq!(
        items("This is gout. Give colchicine 0.5 mg. Recheck urate."),
        ["Give colchicine 0.5 mg.", "Recheck urate."]
    );
    assert_eq!(items("Give colchicine."), ["Give colchicine."]);
    assert!(items("").is_empty());
}

#[test]
fn doses_and_years_are_not_list_marks() {
    let text = "1. Give\n2.5 mg daily\n2. Since 2019. No change.";
    assert_eq!(items(text), ["Give 2.5 mg daily", "Since 2019. No change."]);
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics_and_stays_bounded(
        text in "((?s).|\\n|\\n- |\\n[0-9]{1,2}[.)] |\\n\\*\\*|\\*\\*:|  |\\t){0,200}"
    ) {
        let draft = parse_draft(&text);
        prop_assert!(draft.items.len() <= MAX_ITEMS);
        for item in &draft.items {
            prop_assert!(!item.expose().contains('\n'));
            prop_assert!(!item.is_blank());
        }
    }

    #[test]
    fn a_numbered_list_is_read_back_item_by_item(
        wanted in prop::collection::vec("[A-Z][a-z]{2,9}( [a-z]{2,9}){0,6}", 1..12),
        style in 0..4usize,
    ) {
        let text: String = wanted
            .iter()
            .enumerate()
            .map(|(i, item)| match style {
                0 => format!("{}. {item}\n", i + 1),
                1 => format!("{}) {item}\n\n", i + 1),
                2 => format!("**{}.** {item}\n", i + 1),
                _ => format!("### {}. {item}\n", i + 1),
            })
            .collect();
        prop_assert_eq!(items(&format!("Short view.\n\n{text}")), wanted);
    }
}
