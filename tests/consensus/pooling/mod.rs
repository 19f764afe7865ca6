//! Pooling: the stage as a whole. What the rules make of clinicians' words is
//! in `rules.rs`, what holds for any text in `properties.rs`,
//! how well it does in `measured.rs`.

mod labelled;
mod measured;
mod properties;
mod rules;

use std::time::{Duration, Instant};

use primum::clinical::{DraftRef, PatientText};
use primum::deliberation::pooling::{
    Cluster, Clusters, Drafted, Opposites, Pool, by_rule, schema, with_clusters,
};

/// Each item from a draft of its own.
fn drafted<S: AsRef<str>>(texts: &[S]) -> Vec<Drafted> {
    drafts_of(1, texts)
}

fn drafts_of<S: AsRef<str>>(length: usize, texts: &[S]) -> Vec<Drafted> {
    let item = |(index, text): (usize, &S)| Drafted {
        from: DraftRef {
            agent: format!("agent{}", index / length),
            number: index % length + 1,
        },
        text: PatientText::from(text.as_ref()),
    };
    texts.iter().enumerate().map(item).collect()
}

fn clusters(groups: &[&[&str]], opposites: &[(&str, &str)]) -> Clusters {
    Clusters {
        clusters: groups
            .iter()
            .map(|group| Cluster {
                items: group.iter().map(|item| (*item).to_owned()).collect(),
            })
            .collect(),
        opposites: opposites
            .iter()
            .map(|(a, b)| Opposites {
                a: (*a).to_owned(),
                b: (*b).to_owned(),
            })
            .collect(),
    }
}

fn members(pool: &Pool) -> Vec<Vec<usize>> {
    pool.candidates.iter().map(|c| c.members.clone()).collect()
}

fn opposes(pool: &Pool) -> Vec<Vec<usize>> {
    pool.candidates.iter().map(|c| c.opposes.clone()).collect()
}

#[test]
fn the_most_exact_wording_stands_for_all() {
    let items = drafted(&[
        "Start apixaban",
        "Refer to cardiology",
        "Begin Eliquis 5 mg twice daily",
        "Apixaban 5 mg BID",
        "Do not start apixaban",
    ]);
    let pool = by_rule(&items);
    assert_eq!(members(&pool), [vec![0, 2, 3], vec![1], vec![4]]);
    assert_eq!(opposes(&pool), [vec![2], vec![], vec![0]]);
    assert_eq!(pool.candidates[0].text, items[2].text);
}

#[test]
fn a_model_joins_what_rules_cannot_and_nothing_contrary() {
    let items = drafted(&[
        "Colchicine 0.6 mg BID",
        "Something against the flare, such as colchicine",
        "Colchicine 1.2 mg at once",
        "Do not give colchicine",
        "Aspirate the joint",
        "Use ice packs",
        "Cold compresses",
    ]);
    let resolve = |reference: &str| reference.strip_prefix('A')?.parse().ok();
    let answer = clusters(
        &[
            &["A0", "A1", "A2", "A3", "Z9", "A99", "nonsense", "A0"],
            &["A5", "A0", "A6"],
        ],
        &[("A4", "A6"), ("A4", "A4"), ("A4", "Q1")],
    );
    let pool = with_clusters(&items, answer, resolve);
    assert_eq!(
        members(&pool),
        [vec![0, 1], vec![2], vec![3], vec![4], vec![5, 6]]
    );
    assert!(pool.candidates[0].opposes.contains(&2));
    assert!(pool.candidates[1].opposes.contains(&2));
    assert_eq!(pool.candidates[3].opposes, [4]);
    assert_eq!(pool.candidates[4].opposes, [3]);
}

#[test]
fn a_model_may_part_what_a_rule_pooled_by_calling_it_contrary() {
    let items = drafted(&["Begin aspirin 81 mg", "ASA 81 mg", "ASA 81 mg"]);
    let answer = clusters(&[], &[("0", "1"), ("1", "2")]);
    let pool = with_clusters(&items, answer, |r| r.parse().ok());
    assert_eq!(
        members(&pool),
        [vec![0, 2], vec![1]],
        "the same words stay together"
    );
}

#[test]
fn the_schema_is_strict_and_reads_into_clusters() {
    let asked = schema(&["A1", "B2", "C3"].map(str::to_owned));
    assert_eq!(asked.name(), "primum_clusters");
    let answer = serde_json::json!({
        "clusters": [{"items": ["A1", "B2"]}], "opposites": [{"a": "A1", "b": "C3"}]
    });
    let schema = jsonschema::validator_for(asked.value()).unwrap();
    assert!(schema.is_valid(&answer));
    assert!(!schema.is_valid(&serde_json::json!({"clusters": []})));
    let read: Clusters = serde_json::from_value(answer.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), answer);
}

#[test]
fn twelve_long_drafts_take_no_time_to_speak_of() {
    let parts = [labelled::read("tune"), labelled::read("held_out")];
    let known: Vec<&str> = parts
        .iter()
        .flat_map(|part| &part.consults)
        .flat_map(|consult| &consult.items)
        .map(|item| item.text.expose())
        .collect();
    let texts: Vec<String> = (0..2_400)
        .map(|i| format!("{} {i}", known[i % known.len()]))
        .collect();
    let items = drafts_of(200, &texts);
    let all = (0..items.len()).map(|i| i.to_string()).collect();
    let lump = Clusters {
        clusters: vec![Cluster { items: all }],
        opposites: Vec::new(),
    };
    let begun = Instant::now();
    by_rule(&items);
    println!("by rule: {:?}", begun.elapsed());
    with_clusters(&items, lump, |r| r.parse().ok());
    println!("both: {:?}", begun.elapsed());
    // A debug build on a busy machine; it must only not be quadratic with a
    // large factor.
    assert!(begun.elapsed() < Duration::from_secs(60));
}
