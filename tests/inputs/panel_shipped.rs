//! The panels and judges that come with the program, and the schemas for
//! editors.

use std::path::{Path, PathBuf};

use primum::panel::{self, schema};

fn shipped(judges: bool) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir("agents")
        .expect("agents/ is there")
        .map(|entry| entry.expect("agents/ can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("judge-") == judges
        })
        .collect();
    files.sort();
    files
}

#[test]
fn shipped_panels_have_no_errors_and_only_the_warnings_they_speak_of() {
    let files = shipped(false);
    assert_eq!(files.len(), 6, "{files:?}");
    for path in files {
        let loaded = panel::load(&path).unwrap_or_else(|faults| panic!("{faults}"));
        let warnings: Vec<_> = loaded
            .warnings
            .faults()
            .iter()
            .map(|fault| fault.code)
            .collect();
        let expected: &[&str] =
            if path.ends_with("diverse.toml") || path.ends_with("small-local.toml") {
                &["judge-vendor"]
            } else {
                &[]
            };
        assert_eq!(warnings, expected, "{}", loaded.warnings);
        assert_eq!(
            loaded.panel.name,
            path.file_stem().unwrap().to_string_lossy()
        );
        let plans = loaded.panel.task == panel::model::Task::Plan;
        assert_eq!(loaded.panel.judge.is_some(), plans);
    }
}

#[test]
fn shipped_judges_stand_alone() {
    let files = shipped(true);
    assert_eq!(files.len(), 2, "{files:?}");
    for path in files {
        let loaded = panel::load_judge(&path).unwrap_or_else(|faults| panic!("{faults}"));
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
        assert!(loaded.set.judge.review_agent.is_some());
    }
}

#[test]
fn the_demo_panel_is_simulated_throughout_and_has_prices() {
    let panel = panel::load(Path::new("agents/demo.toml"))
        .expect("no faults")
        .panel;
    assert!(panel.simulated());
    assert!(
        panel
            .title
            .as_deref()
            .is_some_and(|title| title.contains("SIMULATED"))
    );
    let estimate = panel::estimate(&panel, 1_200, 6_000);
    assert!(estimate.unpriced.is_empty());
    assert!(estimate.total().usd.is_some_and(|usd| usd > 0.0));
    let alone: Vec<_> = panel.alone().into_iter().map(|solo| solo.model).collect();
    assert_eq!(alone, ["delta", "epsilon"]);
}

#[test]
fn every_shipped_file_names_its_schema() {
    for (judges, schema) in [(false, "panel"), (true, "judge")] {
        for path in shipped(judges) {
            let text = std::fs::read_to_string(&path).expect("readable");
            let first = text.lines().next().unwrap_or_default();
            assert_eq!(
                first,
                format!("#:schema ../schemas/{schema}.schema.json"),
                "{path:?}"
            );
        }
    }
}

/// `UPDATE_SCHEMAS=1 cargo test --test inputs panel_shipped` writes them anew.
#[test]
fn schemas_are_current() {
    for (name, schema) in [("panel", schema::panel()), ("judge", schema::judge())] {
        let path = format!("schemas/{name}.schema.json");
        let text = schema::to_text(schema);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &text).expect("schemas/ can be written");
        }
        let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            checked_in == text,
            "{path} is out of date: run the tests with UPDATE_SCHEMAS=1"
        );
    }
}

#[test]
fn schemas_accept_the_shipped_files_and_refuse_a_slip() {
    for (judges, schema) in [(false, schema::panel()), (true, schema::judge())] {
        let validator = jsonschema::validator_for(schema).expect("a valid schema");
        for path in shipped(judges) {
            let text = std::fs::read_to_string(&path).expect("readable");
            let mut value: serde_json::Value = toml::from_str(&text).expect("TOML");
            let faults: Vec<_> = validator
                .iter_errors(&value)
                .map(|e| e.to_string())
                .collect();
            assert!(faults.is_empty(), "{path:?}: {faults:?}");
            value["modells"] = serde_json::json!({});
            assert!(!validator.is_valid(&value));
        }
    }
}

/// The check of a file's shape reads the schema; a keyword that it does not
/// know would be a rule that is never checked.
#[test]
fn schemas_use_only_keywords_that_the_check_knows() {
    fn walk(schema: &serde_json::Value) {
        for (keyword, value) in schema.as_object().into_iter().flatten() {
            assert!(
                panel::shape::KEYWORDS.contains(&keyword.as_str()),
                "{keyword} in {schema:#}"
            );
            match keyword.as_str() {
                "properties" | "$defs" => {
                    value
                        .as_object()
                        .into_iter()
                        .flatten()
                        .for_each(|(_, inner)| walk(inner));
                }
                "items" | "additionalProperties" | "propertyNames" => walk(value),
                "oneOf" => value.as_array().into_iter().flatten().for_each(walk),
                "pattern" => assert_eq!(value, panel::file::NAME_PATTERN),
                _ => {}
            }
        }
    }
    walk(schema::panel());
    walk(schema::judge());
}
