use proptest::prelude::*;

use super::*;

const PROMPT: &str = "A 54-year-old woman with new atrial fibrillation.\nShe takes \"warfarin\".";

fn shown(words: &str) -> String {
    presentable(words, [PROMPT].into_iter(), None)
}

/// Every way in which a server may quote.
fn quotations(text: &str) -> Vec<(&'static str, String)> {
    let json = serde_json::to_string(text).unwrap_or_default();
    let twice = serde_json::to_string(&json).unwrap_or_default();
    let ascii: String = text
        .encode_utf16()
        .map(|unit| match unit {
            0x20..=0x7e => String::from_utf16_lossy(&[unit]),
            unit => format!("\\u{unit:04x}"),
        })
        .collect();
    let percent: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let form: String = text
        .chars()
        .map(|c| match c {
            ' ' => "+".to_owned(),
            c if c.is_ascii_alphanumeric() => c.to_string(),
            c => c
                .to_string()
                .bytes()
                .map(|byte| format!("%{byte:02x}"))
                .collect(),
        })
        .collect();
    let bytes: String = text
        .bytes()
        .map(|byte| match byte {
            0x20..=0x7e => char::from(byte).to_string(),
            byte => format!("\\x{byte:02x}"),
        })
        .collect();
    let entities: String = text
        .chars()
        .map(|c| format!("&#{};", u32::from(c)))
        .collect();
    let html = text
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;");
    vec![
        ("as it is", text.to_owned()),
        ("upper case", text.to_uppercase()),
        ("json", json),
        ("json in json", twice),
        ("json in ascii", ascii),
        ("rust", format!("{text:?}")),
        ("python bytes", bytes),
        ("percent", percent),
        ("a form", form),
        ("html", html),
        ("entities", entities),
        ("spaces", text.replace(' ', "   ")),
        ("base64", encode(text.as_bytes())),
        (
            "base64 behind a word",
            format!("x{}", encode(text.as_bytes())),
        ),
    ]
}

fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut bits = three
            .iter()
            .fold(0u32, |bits, byte| (bits << 8) | u32::from(*byte));
        bits <<= 8 * (3 - three.len());
        for digit in 0..=three.len() {
            let index = (bits >> (18 - 6 * digit)) & 63;
            text.push(char::from(DIGITS[index as usize]));
        }
    }
    text
}

#[test]
fn a_quotation_is_cut_however_it_is_written() {
    for (way, quotation) in quotations(PROMPT) {
        let words = shown(&format!("context too long: {quotation}; shorten it"));
        assert!(words.starts_with("context too long"), "{way}: {words}");
        assert!(words.ends_with("shorten it"), "{way}: {words}");
        for word in ["woman", "fibrillation", "takes"] {
            assert!(!words.to_lowercase().contains(word), "{way}: {words}");
        }
    }
}

#[test]
fn a_few_words_are_a_quotation_and_a_word_is_none() {
    assert_eq!(
        shown("unexpected token near atrial fibrillation. in line 1"),
        "unexpected token near […]. in line 1"
    );
    assert_eq!(
        shown("the word woman is unknown"),
        "the word woman is unknown"
    );
    let chinese = "患者是一名五十四岁的女性，新发心房颤动。";
    let words = presentable("无法处理：新发心房颤动", [chinese].into_iter(), None);
    assert_eq!(words, "无法处理：[…]");
}

#[test]
fn a_text_that_is_escaped_itself_is_found_too() {
    let prompt = r#"{"note": "caf\u00e9 au lait spots on both legs"}"#;
    let words = presentable("bad: café au lait spots!", [prompt].into_iter(), None);
    assert_eq!(words, "bad: […]!");
}

#[test]
fn other_words_stay_in_one_short_line() {
    assert_eq!(shown("no such\nmodel:\u{7} `x`"), "no such model: `x`");
    assert_eq!(shown(&"ab ".repeat(400)).chars().count(), MOST_SHOWN + 1);
    let long =
        "The model `gpt-4o-2024-08-06` does not exist (request 0123456789abcdef0123456789abcdef)";
    assert_eq!(shown(long), long);
}

#[test]
fn the_key_is_taken_out() {
    let key = SecretString::from("sk-very-secret\n");
    let words = presentable("bad key sk-very-secret!", [].into_iter(), Some(&key));
    assert_eq!(words, "bad key [key]!");
}

proptest! {
    #[test]
    fn no_run_of_a_few_words_is_left(
        before in "[ -~]{0,40}", prompt in "[a-zA-Z0-9 .,éß日本]{40,120}", after in "[ -~]{0,40}",
        from in 0usize..20, way in 0usize..14,
    ) {
        let quoted: String = prompt.chars().skip(from).collect();
        let (way, quoted) = quotations(&quoted).swap_remove(way);
        // What stands around it may be taken for a part of base64.
        let words = match way {
            "base64" | "base64 behind a word" => format!("{before} {quoted} {after}"),
            _ => format!("{before}{quoted}{after}"),
        };
        let shown = presentable(&words, [prompt.as_str()].into_iter(), None);
        let plain = |text: &str| -> Vec<char> {
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let left: String = plain(&shown).into_iter().collect();
        for run in plain(&prompt).windows(RUN + 4) {
            let run: String = run.iter().collect();
            prop_assert!(!left.contains(&run), "{}: {}", way, shown);
        }
    }

    #[test]
    fn no_words_make_it_panic(words in "\\PC{0,80}", escapes in "[\\\\ux&#;%{}0-9a-f]{0,80}") {
        let _ = presentable(&words, [escapes.as_str()].into_iter(), None);
        let _ = presentable(&escapes, [words.as_str()].into_iter(), None);
    }
}

#[test]
fn a_key_in_another_spelling_is_a_quotation() {
    let key = SecretString::from("sk/test+4f0a9c77d1e2b8");
    let texts = || [key.expose_secret()].into_iter();
    for spelled in [
        "sk/test+4f0a9c77d1e2b8",
        "sk%2Ftest%2B4f0a9c77d1e2b8",
        "sk\\/test+4f0a9c77d1e2b8",
        "sk&#47;test&#43;4f0a9c77d1e2b8",
    ] {
        let words = presentable(&format!("no such key: {spelled}."), texts(), Some(&key));
        assert!(!words.contains("4f0a9c77"), "{words}");
        assert!(words.contains("no such key"), "{words}");
    }
}
