//! The labelled drafts.

use std::fs;
use std::path::Path;

use primum::clinical::{DraftRef, PatientText};
use primum::deliberation::pooling::Drafted;
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    consult: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    id: String,
    #[allow(dead_code, reason = "for people who read the file")]
    question: String,
    a: Vec<(String, String)>,
    b: Vec<(String, String)>,
    #[serde(default)]
    opposes: Vec<(String, String)>,
}

pub struct Part {
    pub consults: Vec<Consult>,
}

pub struct Consult {
    pub id: String,
    pub items: Vec<Drafted>,
    pub labels: Vec<String>,
    /// Items of the first draft; the rest are the second's.
    first: usize,
    opposes: Vec<(String, String)>,
}

impl Consult {
    /// Pairs of items from different drafts.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.first).flat_map(|i| (self.first..self.items.len()).map(move |j| (i, j)))
    }

    pub fn same(&self, i: usize, j: usize) -> bool {
        self.labels[i] == self.labels[j]
    }

    pub fn contrary(&self, i: usize, j: usize) -> bool {
        let is = |k: usize, label: &String| self.labels[k] == *label;
        self.opposes
            .iter()
            .any(|(a, b)| (is(i, a) && is(j, b)) || (is(i, b) && is(j, a)))
    }
}

pub fn read(part: &str) -> Part {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/consensus/pooling")
        .join(format!("{part}.toml"));
    let file: File = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let consults = file.consult.into_iter().map(consult).collect();
    Part { consults }
}

fn consult(written: Written) -> Consult {
    let drafts = [("ada", &written.a), ("ben", &written.b)];
    let all = || {
        drafts.iter().flat_map(|(agent, draft)| {
            draft
                .iter()
                .enumerate()
                .map(move |(i, item)| (*agent, i, item))
        })
    };
    Consult {
        items: all()
            .map(|(agent, index, (_, text))| Drafted {
                from: DraftRef {
                    agent: agent.to_owned(),
                    number: index + 1,
                },
                text: PatientText::from(text.as_str()),
            })
            .collect(),
        labels: all().map(|(_, _, (label, _))| label.clone()).collect(),
        first: written.a.len(),
        id: written.id,
        opposes: written.opposes,
    }
}
