//! Panels made from the demo panel: copies in which a test changes what it is
//! about, and nothing else.

use toml::{Table, Value};

use super::{Place, root};

/// A panel file and its judge file, to be changed and written.
pub struct Draft {
    pub panel: Table,
    pub judge: Table,
}

impl Draft {
    /// The demo panel with its judge.
    pub fn demo() -> Draft {
        let read = |name: &str| {
            let text = std::fs::read_to_string(root().join("agents").join(name)).expect("a panel");
            text.parse::<Table>().expect("TOML")
        };
        Draft {
            panel: read("demo.toml"),
            judge: read("judge-demo.toml"),
        }
    }

    /// One advisor, no guardian, no moderator: the fewest calls.
    pub fn small() -> Draft {
        let mut draft = Draft::demo();
        for table in ["moderator", "clusterer", "guardians", "consensus"] {
            draft.panel.remove(table);
        }
        draft.array("advisors").truncate(1);
        draft.keep_models(&["alpha"]);
        draft
    }

    /// Only these models of the panel stay.
    pub fn keep_models(&mut self, names: &[&str]) -> &mut Self {
        table(&mut self.panel, "models").retain(|name, _| names.contains(&name));
        self
    }

    pub fn named(&mut self, name: &str) -> &mut Self {
        self.panel.insert("name".into(), name.into());
        self
    }

    /// An array of tables of the panel.
    pub fn array(&mut self, name: &str) -> &mut Vec<Value> {
        match self.panel.get_mut(name) {
            Some(Value::Array(array)) => array,
            _ => panic!("no [[{name}]]"),
        }
    }

    /// The only provider of the panel, and that of the judge.
    pub fn providers(&mut self) -> [&mut Table; 2] {
        [
            table(table(&mut self.panel, "providers"), "sim"),
            table(table(&mut self.judge, "providers"), "sim-judging"),
        ]
    }

    /// Sets a value of both providers.
    pub fn both(&mut self, key: &str, value: impl Into<Value>) -> &mut Self {
        let value = value.into();
        for provider in self.providers() {
            provider.insert(key.into(), value.clone());
        }
        self
    }

    /// Sets limits of both providers, as TOML.
    pub fn limits(&mut self, limits: &str) -> &mut Self {
        self.both("limits", inline(limits))
    }

    /// Settings of the simulated models of both providers, as TOML.
    pub fn simulated(&mut self, settings: &str) -> &mut Self {
        self.both("simulated", inline(settings))
    }

    /// Writes `<name>.toml` and `judge-<name>.toml`.
    pub fn write(&mut self, place: &Place, name: &str) -> String {
        let judge = format!("judge-{name}.toml");
        place.write(&judge, &self.judge.to_string());
        self.panel.insert("judge_file".into(), judge.into());
        let file = format!("{name}.toml");
        place.write(&file, &self.panel.to_string());
        file
    }
}

/// A table that is there.
pub fn table<'a>(parent: &'a mut Table, name: &str) -> &'a mut Table {
    match parent.get_mut(name) {
        Some(Value::Table(table)) => table,
        _ => panic!("no table {name}"),
    }
}

fn inline(text: &str) -> Value {
    Value::Table(text.parse::<Table>().expect("TOML"))
}
