//! What a panel says about being served: `[service]` and `keeps_nothing`.

use std::path::Path;

use primum::panel::model::Retention;
use primum::panel::{self, Diagnostics, Loaded, Style, hash, resolved_toml, typed_toml};

/// A panel of two providers; `remote` is real and its own table ends in this,
/// and the whole file in that.
fn file(remote: &str, service: &str) -> String {
    format!(
        "[providers.sim]\nkind = \"simulated\"\n\
         [providers.remote]\nbase_url = \"https://models.invalid/v1\"\n{remote}\
         [models.a]\nprovider = \"sim\"\nid = \"a\"\n\
         [models.b]\nprovider = \"remote\"\nid = \"b\"\n\
         [[advisors]]\nname = \"ada\"\nmodel = \"a\"\n\
         [[advisors]]\nname = \"ben\"\nmodel = \"b\"\n{service}"
    )
}

fn load(text: &str) -> Result<Loaded, Diagnostics> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("test.toml");
    std::fs::write(&path, text).expect("written");
    panel::load(&path)
}

fn sound(text: &str) -> Loaded {
    load(text).unwrap_or_else(|faults| panic!("{}", faults.render(Style::Plain)))
}

#[test]
fn a_panel_that_says_nothing_keeps_nothing_and_has_280_seconds() {
    let panel = sound(&file("", "")).panel;
    assert_eq!(panel.service.retention, Retention::None);
    assert_eq!(panel.service.deadline_seconds, 280);
    assert!(panel.providers["sim"].keeps_nothing && !panel.providers["remote"].keeps_nothing);
    assert_eq!(panel.may_keep(), ["remote"]);
    let resolved = resolved_toml(&panel);
    let table: toml::Table = resolved.parse().expect("TOML");
    assert_eq!(table["service"]["retention"].as_str(), Some("none"));
    assert_eq!(table["service"]["deadline_seconds"].as_integer(), Some(280));
}

#[test]
fn what_is_said_counts_and_changes_no_hash() {
    let plain = sound(&file("", "")).panel;
    let service = "[service]\nretention = \"audit\"\ndeadline_seconds = 290\n";
    let said = sound(&file("keeps_nothing = true\n", service)).panel;
    assert_eq!(said.service.retention, Retention::Audit);
    assert_eq!(said.service.deadline_seconds, 290);
    assert!(said.may_keep().is_empty());
    assert_eq!(hash(&plain), hash(&said));
    let again = sound(&typed_toml(&said)).panel;
    assert_eq!((&again.service, again.may_keep()), (&said.service, vec![]));
}

#[test]
fn providers_of_judges_and_solo_models_are_not_asked_in_a_consult() {
    let text = file("", "").replace("model = \"b\"", "model = \"a\"") + "[[solo]]\nmodel = \"b\"\n";
    assert!(sound(&text).panel.may_keep().is_empty());
}

#[test]
fn faults_are_named_with_their_places() {
    for (service, code, said) in [
        ("[service]\nretention = \"all\"\n", "", "`all`"),
        ("[service]\ndeadline_seconds = 291\n", "", "291"),
        ("[service]\ndeadline_seconds = 0\n", "", "0"),
        ("[service]\nretentoin = \"none\"\n", "", "retention"),
        ("[service]\nretention = true\n", "", "retention"),
    ] {
        let faults = load(&file("", service)).expect_err(service);
        let shown = faults.render(Style::Plain);
        assert_eq!(faults.errors(), 1, "{code}{shown}");
        assert!(shown.contains(said), "{shown}");
    }
    let faults = load(&file("keeps_nothing = \"yes\"\n", "")).expect_err("no boolean");
    assert_eq!(faults.errors(), 1);
}

#[test]
fn nothing_kept_here_and_much_kept_there_is_noticed() {
    let none = "[service]\nretention = \"none\"\n";
    let warned = sound(&file("", none)).warnings.render(Style::Plain);
    assert!(
        warned.contains("may-keep") && warned.contains("`remote`"),
        "{warned}"
    );
    for (remote, service) in [
        ("keeps_nothing = true\n", none),
        ("", "[service]\nretention = \"audit\"\n"),
        ("", ""),
    ] {
        let warned = sound(&file(remote, service)).warnings.render(Style::Plain);
        assert!(!warned.contains("may-keep"), "{warned}");
    }
}

#[test]
fn the_demo_keeps_consults_in_the_audit_log() {
    let demo = panel::load(Path::new("agents/demo.toml"))
        .expect("a panel")
        .panel;
    assert_eq!(demo.service.retention, Retention::Audit);
    assert!(demo.may_keep().is_empty());
}
