//! The page of a report: small enough to send, nothing in it that runs or is
//! fetched, every name and text escaped, patients' words only where they are
//! wanted. On a run of the benchmark's size, made up.

mod large;

use std::sync::OnceLock;

use primum::report::dossier::{Dossier, page};

/// A name that would break out of a page that does not escape it.
const NASTY: &str = r#"<b>&"'</b><script>alert(1)</script>"#;
const ESCAPED: &str = "&lt;b&gt;&amp;";
const WORDS: &str = "A woman of 64 is short of breath";

/// The findings take the longest; they are made once.
fn dossier() -> Dossier {
    static MADE: OnceLock<Dossier> = OnceLock::new();
    MADE.get_or_init(|| large::dossier(NASTY)).clone()
}

fn rendered(dossier: &Dossier) -> String {
    page::render(dossier).expect("a page")
}

#[test]
fn a_run_of_31_arms_on_1100_items_fits_into_5_mb() {
    let page = rendered(&dossier());
    if let Ok(path) = std::env::var("PRIMUM_PAGE") {
        std::fs::write(path, &page).expect("written");
    }
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    assert!(page.len() > 500_000, "the cases are in it: {}", page.len());
}

#[test]
fn nothing_runs_and_nothing_is_fetched() {
    let page = rendered(&dossier());
    for what in [
        "<script",
        "javascript:",
        "onclick",
        "onload",
        "<link",
        "<img",
        "<iframe",
        "@import",
    ] {
        assert!(!page.contains(what), "{what}");
    }
    // The name of SVG is an address that nobody opens.
    let rest = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!rest.contains("http:") && !rest.contains("https:"));
    assert!(!rest.contains("url("));
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn names_are_escaped_wherever_they_stand() {
    let page = rendered(&dossier());
    assert!(!page.contains("<b>"));
    assert!(!page.contains("<script>"));
    assert!(
        page.matches(ESCAPED).count() > 20,
        "arms and cases have the name"
    );
}

#[test]
fn every_link_has_its_place_and_no_id_stands_twice() {
    let page = rendered(&dossier());
    let after = |mark: &str| -> Vec<String> {
        let parts = page.split(mark).skip(1);
        parts
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .collect()
    };
    let ids = after(" id=\"");
    let mut once = ids.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "an id stands twice");
    for link in after("href=\"#") {
        assert!(ids.contains(&link), "{link}");
    }
}

#[test]
fn headings_do_not_skip_a_level() {
    let page = rendered(&dossier());
    let mut last = 0;
    for rest in page.split("<h").skip(1) {
        let Some(level) = rest.chars().next().and_then(|c| c.to_digit(10)) else {
            continue;
        };
        assert!(level <= last + 1, "h{level} after h{last}");
        last = level;
    }
    assert!(last > 0);
}

#[test]
fn simulated_is_said_if_and_only_if_it_is_so() {
    let mut dossier = dossier();
    assert!(!rendered(&dossier).contains("SIMULATED"));
    dossier.findings.simulated =
        primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true);
    let page = rendered(&dossier);
    assert!(page.contains("<title>SIMULATED"));
    let charts = page.matches("<svg").count();
    assert!(charts > 5);
    assert_eq!(page.matches("aria-label=\"SIMULATED. ").count(), charts);
}

#[test]
fn texts_are_shown_where_they_are_wanted_and_escaped() {
    let mut dossier = dossier();
    large::add_texts(&mut dossier, &format!("{WORDS} {NASTY}"));
    let with = rendered(&dossier);
    assert!(with.contains(WORDS));
    assert!(!with.contains("<script") && !with.contains("<b>"));
    // Stories that hold texts by mistake do not give them away either.
    dossier.with_text = false;
    assert!(!rendered(&dossier).contains(WORDS));
}
