//! Every crate has a licence that `deny.toml` allows, comes from crates.io, and
//! is none that is banned there: what `cargo deny check licenses bans sources`
//! says, without the minutes that building it takes. Both read the same file.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cargo(arguments: &[&str]) -> Option<String> {
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo.args(arguments).current_dir(root()).output();
    let output = output.expect("cargo runs");
    let text = || String::from_utf8(output.stdout).expect("UTF-8");
    output.status.success().then(text)
}

/// All packages of the lock file; without those of other platforms where nobody
/// fetched them (`cargo fetch --locked`).
fn packages() -> Vec<Value> {
    let version = cargo(&["--version", "--verbose"]).expect("a version");
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let metadata = ["metadata", "--format-version=1", "--locked", "--offline"];
    let here = ["--filter-platform", host.expect("a host")];
    let text = cargo(&metadata).or_else(|| cargo(&[metadata.as_slice(), &here].concat()));
    let all: Value = serde_json::from_str(&text.expect("what was built")).expect("JSON");
    all["packages"].as_array().expect("packages").clone()
}

fn deny() -> Value {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    toml::from_str(&text).expect("TOML")
}

fn words<'a>(list: impl IntoIterator<Item = &'a Value>) -> BTreeSet<&'a str> {
    let words = list.into_iter().map(|word| word.as_str().expect("a word"));
    words.collect()
}

/// Is an SPDX expression fulfilled by the allowed licences? `OR` (in old crates
/// `/`) binds least, `WITH` most.
fn allowed(expression: &str, allow: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let spaced = spaced.replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let fits = any(&mut words, allow);
    fits && words.next().is_none()
}

type Words<'a, 'b> = &'a mut std::iter::Peekable<std::str::SplitWhitespace<'b>>;

fn any(words: Words<'_, '_>, allow: &BTreeSet<&str>) -> bool {
    let mut fits = all(words, allow);
    while words.next_if_eq(&"OR").is_some() {
        fits |= all(words, allow);
    }
    fits
}

fn all(words: Words<'_, '_>, allow: &BTreeSet<&str>) -> bool {
    let mut fits = one(words, allow);
    while words.next_if_eq(&"AND").is_some() {
        fits &= one(words, allow);
    }
    fits
}

fn one(words: Words<'_, '_>, allow: &BTreeSet<&str>) -> bool {
    let Some(word) = words.next() else {
        return false;
    };
    if word == "(" {
        let fits = any(words, allow);
        return fits & (words.next() == Some(")"));
    }
    match words.next_if_eq(&"WITH") {
        Some(_) => {
            let exception = words.next().unwrap_or_default();
            allow.contains(format!("{word} WITH {exception}").as_str())
        }
        None => allow.contains(word),
    }
}

#[test]
fn every_crate_may_be_used() {
    let deny = deny();
    let allow = words(deny["licenses"]["allow"].as_array().expect("a list"));
    let banned = deny["bans"]["deny"].as_array().expect("a list");
    let banned = words(banned.iter().map(|entry| &entry["crate"]));
    let packages = packages();
    assert!(packages.len() > 200, "{} packages", packages.len());
    let mut faults = Vec::new();
    for package in &packages {
        let name = package["name"].as_str().expect("a name");
        let mut fault = |what: String| faults.push(format!("{name}: {what}"));
        match package["license"].as_str() {
            Some(licence) if allowed(licence, &allow) => {}
            licence => fault(format!("licence {licence:?} is not in deny.toml")),
        }
        if banned.contains(name) {
            fault("banned in deny.toml".into());
        }
        if name == "primum" {
            let dependencies = package["dependencies"].as_array().expect("a list");
            for dependency in dependencies.iter().filter(|one| one["req"] == "*") {
                fault(format!("takes any version of {}", dependency["name"]));
            }
        } else if package["source"] != CRATES_IO {
            fault(format!("comes from {}", package["source"]));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn licences_are_read_as_spdx_has_them() {
    let allow = BTreeSet::from(["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]);
    for (expression, fits) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0-only OR ISC", true),
        ("GPL-3.0-only AND ISC", false),
        ("ISC AND (MIT OR GPL-3.0-only)", true),
        ("(ISC AND MIT) AND GPL-3.0-only", false),
        ("MIT OR ISC AND GPL-3.0-only", true),
        ("Apache-2.0", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("MIT WITH LLVM-exception", false),
        ("(MIT", false),
        ("MIT ISC", false),
        ("", false),
    ] {
        assert_eq!(allowed(expression, &allow), fits, "{expression}");
    }
}
