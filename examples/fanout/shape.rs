//! How the calls of an item hang together, as the journal of a run shows it:
//! what is asked at the same time, and what one after the other. It follows from
//! the panel and from what its models said (a guardian without edits has nothing
//! that is checked), so it is counted and not assumed.

use std::collections::BTreeMap;
use std::fs::File;
use std::time::Duration;

use primum::gateway::Journal;
use serde::{Deserialize, Serialize};

use crate::Failure;

/// Items, each with the number of calls at once, step by step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shapes(pub Vec<Vec<usize>>);

/// Calls of an item by stage and seat.
type Calls = BTreeMap<(String, String), usize>;

impl Shapes {
    /// Of a finished run.
    pub fn of(journal: &Journal) -> Result<Self, Failure> {
        let mut items: BTreeMap<String, Calls> = BTreeMap::new();
        for row in journal.calls()? {
            let asked = (row.stage.to_string(), row.seat.to_string());
            let calls = items.entry(row.item.to_string()).or_default();
            *calls.entry(asked).or_default() += 1;
        }
        Ok(Shapes(items.values().map(steps).collect()))
    }

    pub fn read(path: &str) -> Result<Self, Failure> {
        Ok(serde_json::from_reader(File::open(path)?)?)
    }

    pub fn write(&self, path: &str) -> Result<(), Failure> {
        Ok(serde_json::to_writer(File::create(path)?, self)?)
    }

    pub fn calls(&self) -> usize {
        self.0.iter().flatten().sum()
    }

    /// Calls in a row of the item that has most of them.
    pub fn in_a_row(&self) -> usize {
        self.0.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Nothing can be done sooner: all items go on at once, and every call takes
    /// the server that long.
    pub fn critical_path(&self, latency: Duration) -> Duration {
        latency * u32::try_from(self.in_a_row()).unwrap_or(u32::MAX)
    }
}

fn steps(calls: &Calls) -> Vec<usize> {
    let of = |stage: &'static str| {
        let of_stage = calls.iter().filter(move |((name, _), _)| name == stage);
        of_stage.map(|(_, count)| *count).collect::<Vec<_>>()
    };
    let mut steps = Vec::new();
    // Seats of a stage are asked at the same time, and each once a round.
    for stage in ["draft", "cluster", "synthesis"] {
        steps.extend(rounds(&of(stage)));
    }
    // Guardians are asked one after the other; whoever checks the edits of one
    // does so before the next.
    steps.extend(vec![1; of("guardian").iter().sum()]);
    steps.extend(rounds(&of("check")));
    // The answer is judged first, and then what the plan was before, at once.
    for stage in ["match", "review"] {
        steps.extend(of(stage).iter().map(|_| 1));
    }
    for stage in ["match", "review"] {
        let before: usize = of(stage).iter().map(|count| count - 1).sum();
        steps.extend((before > 0).then_some(before));
    }
    steps
}

fn rounds(counts: &[usize]) -> Vec<usize> {
    let most = counts.iter().max().copied().unwrap_or(0);
    let asked = |round: usize| counts.iter().filter(|count| **count > round).count();
    (0..most).map(asked).collect()
}
