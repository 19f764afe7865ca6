//! Pooling: any texts, one item a line, and any answer of a clusterer. Every
//! item ends in one candidate, contrary ones apart and marked on both sides.

#![no_main]

use libfuzzer_sys::fuzz_target;
use primum::clinical::{DraftRef, PatientText};
use primum::deliberation::pooling::{
    Action, Cluster, Clusters, Drafted, Opposites, Pool, by_rule, opposite, with_clusters,
};

fn holds(items: &[Drafted], actions: &[Action], pool: &Pool) {
    let members = pool
        .candidates
        .iter()
        .flat_map(|c| c.members.iter().copied());
    let mut members: Vec<usize> = members.collect();
    members.sort_unstable();
    assert!(members.into_iter().eq(0..items.len()));
    for (index, candidate) in pool.candidates.iter().enumerate() {
        for other in &candidate.opposes {
            assert!(pool.candidates[*other].opposes.contains(&index));
        }
        for a in &candidate.members {
            for b in &candidate.members {
                assert!(!opposite(&actions[*a], &actions[*b]));
            }
        }
    }
}

fuzz_target!(|text: &str| {
    let items: Vec<Drafted> = text
        .lines()
        .take(40)
        .enumerate()
        .map(|(index, line)| Drafted {
            from: DraftRef {
                agent: format!("agent{}", index / 5),
                number: index % 5 + 1,
            },
            text: PatientText::from(line),
        })
        .collect();
    let actions: Vec<Action> = items
        .iter()
        .map(|i| Action::read(i.text.expose()))
        .collect();
    holds(&items, &actions, &by_rule(&items));
    // The numbers of the text are the references of an answer.
    let numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|n| !n.is_empty());
    let numbers: Vec<String> = numbers.map(str::to_owned).collect();
    let (pairs, rest) = numbers.split_at(numbers.len().min(4));
    let answer = Clusters {
        clusters: rest
            .chunks(6)
            .map(|items| Cluster {
                items: items.to_vec(),
            })
            .collect(),
        opposites: pairs
            .chunks_exact(2)
            .map(|pair| Opposites {
                a: pair[0].clone(),
                b: pair[1].clone(),
            })
            .collect(),
    };
    let pool = with_clusters(&items, answer, |reference| reference.parse().ok());
    holds(&items, &actions, &pool);
});
