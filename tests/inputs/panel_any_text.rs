//! No text, however odd, makes the reader of panel files panic, and no key in
//! it is ever shown.

use std::path::Path;

use primum::panel::{self, Style};
use proptest::prelude::*;

fn write_and_check(text: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("any.toml");
    std::fs::write(&path, text).expect("the folder can be written");
    let faults = panel::check(&path);
    format!(
        "{}{}{}{faults:?}",
        faults.render(Style::Plain),
        faults.render(Style::Terminal),
        faults.to_json()
    )
}

/// Lines that a panel file might have, sound and broken.
fn line() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "name",
        "title",
        "judge_file",
        "kind",
        "base_url",
        "key_env",
        "seed",
        "limits",
        "simulated",
        "provider",
        "id",
        "temperature",
        "top_p",
        "extra",
        "price",
        "model",
        "prompt",
        "persona",
        "protocol",
        "lead",
        "quorum",
        "api_key",
        "words",
        "x.y",
        "\"\"",
        "'a b'",
        "match_model",
    ]);
    let values = prop::sample::select(vec![
        "1",
        "-1",
        "0.5",
        "nan",
        "inf",
        "true",
        "\"\"",
        "\"a\"",
        "\"sim\"",
        "\"../../x\"",
        "'''\nmany\n'''",
        "[]",
        "[[1], {a=2}]",
        "{}",
        "{ a = { b = [1] } }",
        "1979-05-27T07:32:00Z",
        "\"simulated\"",
        "99999999999999999999",
        "0x7f",
        "\"\u{1f980}\u{0301}\"",
        "\"http://\"",
        "\"https://a:b@c/?d#e\"",
        "\"http://[::1]:99999/v1\"",
        "=",
        "\"open",
        "{",
        "]",
    ]);
    let headers = prop::sample::select(vec![
        "[providers.sim]",
        "[models.alpha]",
        "[[advisors]]",
        "[[guardians]]",
        "[moderator]",
        "[[solo]]",
        "[consensus]",
        "[edits]",
        "[budget]",
        "[judge]",
        "[advisors]",
        "[[models]]",
        "[providers]",
        "[a.b.c]",
        "[[",
        "[models.\"\u{e9} \"]",
    ]);
    prop_oneof![
        3 => (words, values).prop_map(|(key, value)| format!("{key} = {value}")),
        2 => headers.prop_map(str::to_owned),
        1 => "\\PC{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        write_and_check(&bytes);
    }

    #[test]
    fn any_text(text in "(?s).{0,200}") {
        write_and_check(text.as_bytes());
    }

    #[test]
    fn anything_like_a_panel(lines in prop::collection::vec(line(), 0..40)) {
        write_and_check(lines.join("\n").as_bytes());
    }

    #[test]
    fn a_key_in_anything_like_a_panel_is_not_shown(
        lines in prop::collection::vec(line(), 1..30),
        at in any::<prop::sample::Index>(),
        way in 0usize..5,
    ) {
        let key = "sk-ant-Zx81Qq27Ww63Ee49Rr05";
        let leak = match way {
            0 => format!("api_key = \"{key}\""),
            1 => format!("title = \"{key}\""),
            2 => format!("[models.{key}]"),
            3 => format!("# {key}"),
            _ => format!("base_url = 'https://me:{key}@example.org' {key}"),
        };
        let mut lines = lines;
        let at = at.index(lines.len());
        lines.insert(at, leak);
        let shown = write_and_check(lines.join("\n").as_bytes());
        prop_assert!(!shown.contains("Zx81Qq27"), "{}", shown);
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let text = format!("extra = {}1{}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(write_and_check(text.as_bytes()).contains("syntax"));
}

#[test]
fn a_prompt_name_is_no_way_out_of_the_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inner = folder.path().join("a/b");
    std::fs::create_dir_all(&inner).expect("a folder");
    std::fs::write(folder.path().join("out.md"), "=== user ===\n{{ case }}").expect("a file");
    let path = inner.join("p.toml");
    let text = "[providers.s]\nkind = \"simulated\"\n[models.m]\nprovider = \"s\"\nid = \"x\"\n\
        [[advisors]]\nname = \"a\"\nmodel = \"m\"\nprompt = \"../../out\"\n";
    std::fs::write(&path, text).expect("a file");
    let faults = panel::load(Path::new(&path)).expect_err("not a name");
    assert_eq!(faults.faults()[0].code, "bad-name");
}
