//! What a person sees who made mistakes in a panel file: all of them at once,
//! each with its place, and no secret.

use std::path::Path;

use primum::panel::{self, Diagnostics, Severity, Style};

fn faults(file: &str) -> Diagnostics {
    let path = Path::new("tests/panels/faults").join(file);
    panel::load(&path).expect_err("the file has faults")
}

/// Loads a panel text that lies in a folder of its own.
fn check(text: &str) -> Result<panel::Loaded, Diagnostics> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("test.toml");
    std::fs::write(&path, text).expect("the folder can be written");
    panel::load(&path)
}

const SOUND: &str = r#"
[providers.sim]
kind = "simulated"

[models.alpha]
provider = "sim"
id = "sim-alpha"

[[advisors]]
name = "ada"
model = "alpha"
"#;

fn codes(result: &Result<panel::Loaded, Diagnostics>) -> Vec<&'static str> {
    let faults = match result {
        Ok(loaded) => &loaded.warnings,
        Err(faults) => faults,
    };
    faults.faults().iter().map(|fault| fault.code).collect()
}

#[test]
fn many_faults_are_all_shown() {
    insta::assert_snapshot!(faults("many.toml").render(Style::Plain));
}

#[test]
fn syntax_errors_are_all_shown() {
    insta::assert_snapshot!(faults("syntax.toml").render(Style::Plain));
}

#[test]
fn conflicts_with_a_judge_file_are_shown_in_the_judge_file() {
    insta::assert_snapshot!(faults("conflict.toml").render(Style::Plain));
}

#[test]
fn programs_get_the_same_faults_as_json() {
    insta::assert_json_snapshot!(faults("conflict.toml").to_json());
}

#[test]
fn a_terminal_gets_the_same_faults_in_colour() {
    let faults = faults("conflict.toml");
    let coloured = faults.render(Style::Terminal);
    assert!(coloured.contains('\u{1b}'));
    assert!(!faults.render(Style::Plain).contains('\u{1b}'));
    assert_eq!(Style::choose(true, true), Style::Plain);
    assert_eq!(Style::choose(false, false), Style::Plain);
    assert_eq!(Style::choose(true, false), Style::Terminal);
}

#[test]
fn a_file_that_is_not_there_is_one_clear_fault() {
    let faults = panel::load(Path::new("agents/nowhere.toml")).expect_err("no such file");
    assert_eq!(faults.errors(), 1);
    let shown = faults.render(Style::Plain);
    assert!(
        shown.contains("agents/nowhere.toml") && shown.contains("cannot read"),
        "{shown}"
    );
}

#[test]
fn a_sound_panel_has_its_defaults() {
    let loaded = check(SOUND).expect("no faults");
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    let panel = loaded.panel;
    assert_eq!(panel.name, "test");
    assert_eq!(panel.consensus.protocol, panel::model::Protocol::Lead);
    assert_eq!(
        (panel.consensus.lead.as_str(), panel.consensus.quorum),
        ("ada", 1)
    );
    assert_eq!(panel.models["alpha"].vendor, "sim");
    let limits = &panel.providers["sim"].limits;
    assert_eq!((limits.in_flight, limits.attempts), (256, 5));
    assert!(panel.providers["sim"].seed);
    assert_eq!(panel.prompts["advisor"].source, "built in");
}

#[test]
fn an_empty_file_says_what_is_missing() {
    assert_eq!(codes(&check("")), ["missing-key"; 3]);
}

#[test]
fn no_advisors_are_an_error() {
    let text =
        "advisors = []\n".to_owned() + SOUND.split("[[advisors]]").next().unwrap_or_default();
    assert!(codes(&check(&text)).contains(&"no-advisor"));
}

#[test]
fn warnings_do_not_make_a_check_fail() {
    let text = SOUND.to_owned()
        + "\n[models.spare]\nprovider = \"sim\"\nid = \"x\"\n[moderator]\nmodel = \"alpha\"\n[consensus]\nprotocol = \"lead\"\n[judge]\nmodel = \"alpha\"\n";
    let loaded = check(&text).expect("warnings only");
    assert_eq!(loaded.warnings.errors(), 0);
    let all = loaded
        .warnings
        .faults()
        .iter()
        .all(|fault| fault.severity == Severity::Warning);
    assert!(all);
    assert_eq!(codes(&Ok(loaded)), ["unused", "unused", "judge-vendor"]);
}

#[test]
fn a_file_that_is_not_utf8_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("latin.toml");
    std::fs::write(&path, b"title = \"caf\xe9\"\n").expect("the folder can be written");
    let faults = panel::load(&path).expect_err("not UTF-8");
    assert_eq!(faults.faults()[0].position(), Some((1, 13)));
}

#[test]
fn a_prompt_beside_the_panel_wins_over_the_built_in_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let agents = folder.path().join("agents");
    let prompts = folder.path().join("prompts");
    std::fs::create_dir_all(&agents).expect("a folder");
    std::fs::create_dir_all(&prompts).expect("a folder");
    let path = agents.join("test.toml");
    std::fs::write(&path, SOUND).expect("a file");
    let source = || {
        panel::load(&path).expect("no faults").panel.prompts["advisor"]
            .source
            .clone()
    };
    assert_eq!(source(), "built in");
    std::fs::write(prompts.join("advisor.md"), "=== user ===\n{{ case }}").expect("a file");
    assert!(source().ends_with("../prompts/advisor.md"));
    std::fs::write(agents.join("advisor.md"), "=== user ===\n{{ case }}").expect("a file");
    assert!(source().ends_with("agents/advisor.md"));
}

#[test]
fn a_template_that_fails_only_when_it_runs_is_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("test.toml");
    std::fs::write(&path, SOUND).expect("a file");
    for fault in [
        "{{ case|shout }}",
        "{{ case.age }}",
        "{% for i in range(9999) %}{% for j in range(9999) %}{{ case }}{% endfor %}{% endfor %}",
    ] {
        let prompt = format!("{{# own #}}\n=== user ===\n{{{{ case }}}}\n{fault}\n");
        std::fs::write(folder.path().join("advisor.md"), prompt).expect("a file");
        let faults = panel::load(&path).expect_err(fault);
        assert_eq!(faults.faults()[0].code, "bad-prompt", "{faults}");
        assert_eq!(faults.faults()[0].position(), Some((4, 1)), "{faults}");
    }
}

#[test]
fn secrets_are_never_echoed() {
    let secrets = [
        "sk-proj-AAAABBBBCCCCDDDD",
        "hush-hush-0001",
        "hunter2",
        "abcdefgh12345678",
    ];
    let shown = faults("many.toml");
    for text in [
        shown.render(Style::Plain),
        shown.render(Style::Terminal),
        shown.to_json().to_string(),
        format!("{shown:?}"),
    ] {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(!faults("syntax.toml").to_string().contains("hush-hush-0002"));
}

/// A key may be pasted anywhere. Wherever it stands, the file is refused and
/// the key is not shown.
#[test]
fn a_key_is_not_echoed_wherever_it_stands() {
    let key = "sk-live-9f8e7d6c5b4a39281706";
    let places = [
        format!("name = \"{key}\"\n{SOUND}"),
        format!("title = \"{key}\"\n{SOUND}"),
        format!("{key} = 1\n{SOUND}"),
        format!("judge_file = \"{key}\"\n{SOUND}"),
        format!("{SOUND}prompt = \"{key}\"\n"),
        format!("{SOUND}[consensus]\nlead = \"{key}\"\nprotocol = \"{key}\"\n"),
        format!("{SOUND}[[guardians]]\nname = \"g\"\nmodel = \"{key}\"\n"),
        format!("{SOUND}[models.beta]\nprovider = \"{key}\"\nid = \"{key}\"\n"),
        format!("{SOUND}[models.{key}]\nprovider = \"sim\"\nid = \"x\"\n"),
        format!("{SOUND}[providers.o]\nbase_url = \"https://x.org/v1?key={key}\"\n"),
        format!("{SOUND}[providers.o]\nbase_url = \"https://x.org/v1\"\nkey_env = \"{key}\"\n"),
        format!(
            "{SOUND}[models.b]\nprovider = \"sim\"\nid = \"x\"\nextra = {{ h = [[\"Bearer {key}\"]] }}\n"
        ),
        format!(
            "{SOUND}[models.b]\nprovider = \"sim\"\nid = \"x\"\nextra = {{ api-key = [\"\"\"\n{key}\"\"\"] }}\n"
        ),
        format!("{SOUND}[budget]\nwords = \"sk-live\\u002d9f8e7d6c5b4a39281706\"\n"),
        format!("{SOUND}broken = = \"{key}\"\n"),
        format!("{SOUND}[providers.o]\npassword = '{key}\n"),
    ];
    for text in places {
        let faults = check(&text).expect_err(&text);
        let shown = faults.render(Style::Plain) + &faults.to_json().to_string();
        assert!(!shown.contains("9f8e7d6c5b4a39281706"), "{shown}");
    }
}

#[test]
fn what_a_protocol_does_not_use_is_said() {
    let with = |task: &str, rules: &str| {
        let text = format!("task = \"{task}\"\n{SOUND}\n[consensus]\n{rules}\n");
        codes(&check(&text))
    };
    assert!(with("plan", "protocol = \"vote\"").is_empty());
    assert!(with("plan", "protocol = \"delphi\"\nuncertain = \"majority\"").is_empty());
    assert!(with("plan", "protocol = \"debate\"\nrounds = 3\nthreshold = 0.3").is_empty());
    assert_eq!(with("plan", "protocol = \"vote\"\nrounds = 3"), ["unused"]);
    assert_eq!(with("options", "protocol = \"delphi\""), ["task"]);
    let keep = |rule: &str| with("plan", &format!("protocol = \"vote\"\nkeep = [{rule}]"));
    assert!(keep("{actions = [\"refer\"], urgent = true, voices = 1}").is_empty());
    assert_eq!(keep("{actions = [\"refer\"]}"), ["missing-key"]);
    assert_eq!(keep("{voices = 1, share = 0.5}"), ["two-thresholds"]);
    assert_eq!(keep("{voices = 9}"), ["voices"]);
    assert_eq!(
        keep("{actions = [\"reffer\"], voices = 1}"),
        ["unknown-word"]
    );
    assert_eq!(with("options", "protocol = \"synthesis\""), ["task"]);
    assert_eq!(with("options", "threshold = 1.0"), ["threshold"]);
    assert_eq!(with("plan", "threshold = 0.4"), ["unused"]);
    assert_eq!(
        with("options", "protocol = \"lead\"\ntie = \"appropriate\""),
        ["unused"]
    );
    assert!(with("options", "threshold = 0.6\ntie = \"appropriate\"").is_empty());
}

#[test]
fn a_panel_that_grades_options_votes_and_has_no_judge() {
    let judged = format!("task = \"options\"\n{SOUND}\n[judge]\nmodel = \"alpha\"\n");
    let panel = check(&judged).expect("no faults").panel;
    assert_eq!(panel.task, panel::model::Task::Options);
    assert_eq!(panel.consensus.protocol, panel::model::Protocol::Vote);
    let rule = panel.consensus.vote.expect("a rule");
    assert_eq!((rule.threshold, rule.tie_is_appropriate), (0.5, false));
    assert!(panel.judge.is_none());
    let prompts: Vec<_> = panel.prompts.keys().collect();
    assert_eq!(prompts, ["options-advisor"]);
}
