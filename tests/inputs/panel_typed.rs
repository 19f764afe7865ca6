//! A panel written as a file and read again, and panels made of others'
//! advisors.

use std::path::Path;

use primum::panel::found::{FoundError, Wanted, found};
use primum::panel::model::{Panel, Protocol};
use primum::panel::{self, hash, typed_toml};

fn shipped() -> Vec<Panel> {
    let folder = std::fs::read_dir("agents").expect("agents/");
    let mut files: Vec<_> = folder.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let panels = files
        .iter()
        .filter(|path| !path.display().to_string().contains("judge-"));
    panels.map(|path| load(path)).collect()
}

fn load(path: &Path) -> Panel {
    let loaded = panel::load(path).unwrap_or_else(|faults| panic!("{faults}"));
    loaded.panel
}

/// Written into a folder from where the shipped prompts are found.
fn again(text: &str) -> Panel {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("again.toml");
    std::fs::write(&path, text).expect("written");
    load(&path)
}

/// Where a prompt was found is no part of a panel.
fn without_sources(mut panel: Panel) -> Panel {
    for prompt in panel.prompts.values_mut() {
        let mut plain = (**prompt).clone();
        plain.source.clear();
        *prompt = plain.into();
    }
    panel
}

#[test]
fn what_is_written_is_read_as_the_same_panel() {
    let panels = shipped();
    assert!(panels.len() >= 5);
    for panel in panels {
        let text = typed_toml(&panel);
        assert_eq!(
            without_sources(again(&text)),
            without_sources(panel),
            "{text}"
        );
    }
}

#[test]
fn every_protocol_is_written() {
    for protocol in Protocol::ALL {
        let wanted = panel::Wanted {
            task: None,
            protocol: Some(protocol),
        };
        let loaded = panel::load_for(Path::new("agents/demo.toml"), wanted).expect("a panel");
        let text = typed_toml(&loaded.panel);
        assert_eq!(hash(&again(&text)), hash(&loaded.panel), "{text}");
    }
}

#[test]
fn a_panel_of_others_advisors_is_a_panel() {
    let demo = load(Path::new("agents/demo.toml"));
    let advisors = ["ada", "cleo", "delta"].map(str::to_owned);
    let mut wanted = Wanted {
        name: "found-2of3",
        title: "Found",
        advisors: &advisors,
        threshold: 0.5,
        guardians: false,
    };
    let made = found(&[&demo], &wanted).expect("a panel");
    let read = again(&typed_toml(&made));
    assert_eq!(hash(&read), hash(&made));
    assert_eq!(read.advisors.len(), 3);
    assert_eq!(read.advisors[0], demo.advisors[0]);
    assert!(read.guardians.is_empty() && read.moderator.is_none());
    assert_eq!(read.clusterer, demo.clusterer);
    assert_eq!(read.judge, demo.judge);
    let vote = read.consensus.vote.expect("a vote");
    assert!(vote.keep.is_empty());
    assert_eq!(read.consensus.min_vendors, 2);
    // Nothing that nobody uses.
    assert!(!read.models.contains_key("beta") && !read.models.contains_key("epsilon"));

    wanted.guardians = true;
    let made = found(&[&demo], &wanted).expect("a panel");
    let read = again(&typed_toml(&made));
    assert_eq!(read.guardians, demo.guardians);
    assert_eq!(read.edits.checkers, 2);

    let strangers = ["ada", "zoe"].map(str::to_owned);
    wanted.advisors = &strangers;
    let error = found(&[&demo], &wanted).expect_err("nobody");
    assert_eq!(error, FoundError::NoAdvisor("zoe".to_owned()));

    let mut other = demo.clone();
    other.advisors[0].name = "zoe".to_owned();
    other.models.get_mut("alpha").expect("a model").temperature = Some(1.0);
    let error = found(&[&demo, &other], &wanted).expect_err("two alphas");
    assert!(
        error
            .to_string()
            .contains("the model `alpha` is not the same"),
        "{error}"
    );
}
