//! Makes a large benchmark run out of the conformance vectors: 31 arms of 1,100
//! judged records (100 cases, 11 variants), and the rubrics of their cases.
//! What `primum score --judged` costs is measured on it
//! (`docs/performance.md`).
//!
//! ```text
//! cargo run --release --example make_judged -- FOLDER
//! primum score --cases FOLDER --judged FOLDER/judged/*.jsonl --k 11
//! ```

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

const ARMS: usize = 31;
const CASES: usize = 100;
const VARIANTS: usize = 11;
const SPECIALTIES: [&str; 10] = [
    "All", "Card", "Derm", "Endo", "GI", "Heme", "ID", "Nephro", "Neuro", "Pulm",
];

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A rubric and the records that were made for it.
struct Source {
    rubric: Value,
    records: Vec<Value>,
}

fn sources(vectors: &Path) -> Result<Vec<Source>> {
    let mut sources: Vec<Source> = Vec::new();
    for line in fs::read_to_string(vectors)?.lines() {
        let mut line: Value = serde_json::from_str(line)?;
        match line["kind"].as_str() {
            Some("rubric") => sources.push(Source {
                rubric: line["rubric"].take(),
                records: Vec::new(),
            }),
            Some("single") => {
                let of = sources
                    .iter_mut()
                    .find(|source| source.rubric["id"] == line["rubric_id"]);
                if let Some(source) = of {
                    let mut record = line["record"].take();
                    record["metrics"] = line["expect"]["metrics"].take();
                    source.records.push(record);
                }
            }
            _ => {}
        }
    }
    sources.retain(|source| !source.records.is_empty());
    Ok(sources)
}

fn case_id(case: usize) -> String {
    let specialty = SPECIALTIES[case % SPECIALTIES.len()];
    format!("{specialty}{:03}", case / SPECIALTIES.len() + 1)
}

fn main() -> Result<()> {
    let folder = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("name a folder to write to")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources(&root.join("tests/fixtures/conformance/vectors.jsonl"))?;
    let rubrics = folder.join("dataset/rubrics");
    let judged = folder.join("judged");
    fs::create_dir_all(&rubrics)?;
    fs::create_dir_all(&judged)?;
    for case in 0..CASES {
        let mut rubric = sources[case % sources.len()].rubric.clone();
        rubric["id"] = json!(case_id(case));
        fs::write(
            rubrics.join(format!("{}.json", case_id(case))),
            rubric.to_string(),
        )?;
    }
    for arm in 0..ARMS {
        let path = judged.join(format!("arm-{arm:02}.jsonl"));
        let mut file = BufWriter::new(fs::File::create(path)?);
        for case in 0..CASES {
            let source = &sources[case % sources.len()];
            for variant in 0..VARIANTS {
                let turn = arm * 7 + case * 3 + variant;
                let mut record = source.records[turn % source.records.len()].clone();
                record["id"] = json!(match variant {
                    0 => case_id(case),
                    n => format!("{}-{}", case_id(case), n - 1),
                });
                record["trial"] = json!(1);
                record["judge"] = json!("judge");
                record["response_len"] = json!(1_200 + turn * 37 % 1_500);
                writeln!(file, "{record}")?;
            }
        }
        file.flush()?;
    }
    println!(
        "{} records in {ARMS} files below {}",
        ARMS * CASES * VARIANTS,
        judged.display()
    );
    Ok(())
}
