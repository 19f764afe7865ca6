//! How well the rules and a clusterer do on labelled drafts.
//!
//! `cargo test --test consensus pooling::measured -- --nocapture` prints the table of
//! `docs/pooling.md`, and the pairs of the tuning part that went wrong. Those
//! of the held-out part are never printed, so that nobody tunes on them.

use std::fmt::Write as _;

use super::labelled::{Consult, Part, read};
use primum::deliberation::pooling::{Cluster, Clusters, Opposites, Pool, by_rule, with_clusters};
use primum::simulate::wording::canon;

/// Pairs of items from different drafts: pooled or contrary, by gold and by
/// us.
#[derive(Default)]
struct Score {
    hits: usize,
    said: usize,
    gold: usize,
}

impl Score {
    fn count(&mut self, said: bool, gold: bool) {
        self.hits += usize::from(said && gold);
        self.said += usize::from(said);
        self.gold += usize::from(gold);
    }

    fn precision(&self) -> f64 {
        self.hits as f64 / self.said.max(1) as f64
    }

    fn recall(&self) -> f64 {
        self.hits as f64 / self.gold.max(1) as f64
    }
}

/// Which candidate an item is in.
fn candidate_of(pool: &Pool, item: usize) -> usize {
    let holds = |c: &primum::deliberation::pooling::Candidate| c.members.contains(&item);
    pool.candidates.iter().position(holds).unwrap()
}

fn score(
    part: &Part,
    pooled: impl Fn(&Consult) -> Pool,
    mut wrong: impl FnMut(&str, &Consult, usize, usize),
) -> (Score, Score) {
    let (mut same, mut contrary) = (Score::default(), Score::default());
    for consult in &part.consults {
        let pool = pooled(consult);
        for (i, j) in consult.pairs() {
            let (a, b) = (candidate_of(&pool, i), candidate_of(&pool, j));
            let said = a == b;
            if said != consult.same(i, j) {
                wrong(if said { "WRONG" } else { "missed" }, consult, i, j);
            }
            same.count(said, consult.same(i, j));
            let said = pool.candidates[a].opposes.contains(&b);
            if said != consult.contrary(i, j) {
                wrong(if said { "CONTRARY" } else { "uncontrary" }, consult, i, j);
            }
            contrary.count(said, consult.contrary(i, j));
        }
    }
    (same, contrary)
}

/// SIMULATED: what the simulated clusterer sees, items of equal meaning to it.
fn simulated_answer(consult: &Consult) -> Clusters {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (index, item) in consult.items.iter().enumerate() {
        let meaning = canon(item.text.expose());
        let reference = index.to_string();
        match groups.iter_mut().find(|(known, _)| *known == meaning) {
            Some((_, members)) => members.push(reference),
            None => groups.push((meaning, vec![reference])),
        }
    }
    Clusters {
        clusters: groups
            .into_iter()
            .map(|(_, items)| Cluster { items })
            .collect(),
        opposites: Vec::new(),
    }
}

/// A clusterer that is always right, to show what the rules then refuse it.
fn perfect_answer(consult: &Consult) -> Clusters {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for (index, label) in consult.labels.iter().enumerate() {
        match groups.iter_mut().find(|(known, _)| known == label) {
            Some((_, members)) => members.push(index.to_string()),
            None => groups.push((label, vec![index.to_string()])),
        }
    }
    let opposites = consult
        .pairs()
        .filter(|(i, j)| consult.contrary(*i, *j))
        .map(|(i, j)| Opposites {
            a: i.to_string(),
            b: j.to_string(),
        });
    Clusters {
        opposites: opposites.collect(),
        clusters: groups
            .into_iter()
            .map(|(_, items)| Cluster { items })
            .collect(),
    }
}

/// One that says all items are one.
fn lump_answer(consult: &Consult) -> Clusters {
    let items = (0..consult.items.len())
        .map(|index| index.to_string())
        .collect();
    Clusters {
        clusters: vec![Cluster { items }],
        opposites: Vec::new(),
    }
}

fn with(consult: &Consult, answer: Clusters) -> Pool {
    with_clusters(&consult.items, answer, |reference| reference.parse().ok())
}

/// A way of pooling, and its name.
type Way = (&'static str, fn(&Consult) -> Pool);

/// Precision and recall of "same" below which a change has made it worse. A
/// lumping clusterer shows what the rules hold it to.
fn floors(part: &str, way: &str) -> (f64, f64) {
    match (part, way) {
        ("tune", "rules alone") => (0.98, 0.80),
        ("held_out", "rules alone") => (0.97, 0.50),
        (_, way) if way.contains("always right") => (0.98, 0.90),
        (_, way) if way.contains("lumps") => (0.55, 0.50),
        _ => (0.97, 0.50),
    }
}

const WAYS: [Way; 4] = [
    ("rules alone", |consult| by_rule(&consult.items)),
    ("with the simulated clusterer (SIMULATED)", |consult| {
        with(consult, simulated_answer(consult))
    }),
    (
        "with a clusterer that is always right (SIMULATED)",
        |consult| with(consult, perfect_answer(consult)),
    ),
    ("with one that lumps everything (SIMULATED)", |consult| {
        with(consult, lump_answer(consult))
    }),
];

#[test]
fn measured_precision_and_recall_keep_their_floors() {
    let mut table = String::from(
        "| part | way | pairs | same: precision | recall | contrary: precision | recall |\n|---|---|---|---|---|---|---|\n",
    );
    for name in ["tune", "held_out"] {
        let part = read(name);
        for (way, pooled) in WAYS {
            let (same, contrary) = score(&part, pooled, |what, consult, i, j| {
                if name == "tune" && way == "rules alone" {
                    let text = |k: usize| consult.items[k].text.expose().to_owned();
                    println!("{what} {}: {} | {}", consult.id, text(i), text(j));
                }
            });
            let figures = |s: &Score| {
                format!(
                    "{:.3} ({}/{}) | {:.3} ({}/{})",
                    s.precision(),
                    s.hits,
                    s.said,
                    s.recall(),
                    s.hits,
                    s.gold
                )
            };
            let (precision, recall) = floors(name, way);
            assert!(same.precision() >= precision, "{name}, {way}: precision");
            assert!(same.recall() >= recall, "{name}, {way}: recall");
            if way == "rules alone" {
                assert!(contrary.precision() >= 0.95, "{name}: contrary");
            }
            let pairs: usize = part.consults.iter().map(|c| c.pairs().count()).sum();
            let _ = writeln!(
                table,
                "| {name} | {way} | {pairs} | {} | {} |",
                figures(&same),
                figures(&contrary)
            );
        }
    }
    println!("{table}");
}
