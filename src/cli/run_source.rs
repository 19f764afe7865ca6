//! Where the numbers of a run come from (design rule 8), and what its reader
//! must know of its cases and judges.

use crate::clinical::{Seat, Shown};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bench::verdict::name_in_records;
use crate::bench::{Bench, folder, stand_ins};
use crate::cases::CaseSet;
use crate::panel;
use crate::panel::model::Panel;
use crate::report::Provenance;
use crate::report::summary::{CaseSetId, JudgeId};

use super::bench::BenchArgs;
use super::judges;

/// The sources of a run.
pub fn provenance(
    args: &BenchArgs,
    bench: &Bench,
    set: &CaseSet,
    panels: &[Arc<Panel>],
    hashes: &BTreeMap<String, String>,
) -> Provenance {
    let judge = bench.judge.as_ref().map(|(panel, judge)| {
        let source = judges::source(panel, judge);
        JudgeId {
            name: name_in_records(judge, bench.simulated.has(Seat::Judge)),
            matching: source.matching.unwrap_or_default(),
            review: source.review,
            prompts: source.prompts,
        }
    });
    let mut warnings = Vec::new();
    warnings.extend(bench.simulated.sentence(Shown::Numbers));
    let caveats = stand_ins::caveats(panels.iter().map(AsRef::as_ref));
    warnings.extend(caveats.iter().cloned());
    if set.open && !set.synthetic && !bench.simulated.all() {
        warnings.push(format!(
            "The cases of \"{}\" are published: models may have seen them",
            set.name
        ));
    }
    if set.synthetic {
        warnings.push(format!(
            "The cases of \"{}\" are synthetic and were not reviewed by clinicians",
            set.name
        ));
    }
    for panel in panels {
        let agents = judges::vendors_of(panel);
        let judge = bench.judge.as_ref();
        warnings.extend(
            judge
                .into_iter()
                .flat_map(|(_, judge)| judges::vendor_warnings(judge, &agents)),
        );
    }
    let mut said = std::collections::BTreeSet::new();
    warnings.retain(|warning| said.insert(warning.clone()));
    let without: Vec<&str> = set.without_rubric();
    if !without.is_empty() {
        warnings.push(format!(
            "Without a rubric, so unscored: {}",
            without.join(", ")
        ));
    }
    Provenance {
        simulated: bench.simulated.clone(),
        caveats,
        seed: args.seed,
        trials: args.trials,
        k: args.k,
        case_set: CaseSetId {
            name: set.name.clone(),
            hash: set.hash.clone(),
            cases: bench
                .items
                .iter()
                .map(|item| item.base())
                .collect::<std::collections::BTreeSet<_>>()
                .len(),
            items: bench.items.len(),
        },
        panels: hashes.clone(),
        panel_hash: match panels {
            [only] => panel::hash(only),
            many => {
                use sha2::{Digest, Sha256};
                let mut all = Sha256::new();
                for panel in many {
                    all.update(panel::hash(panel).as_bytes());
                }
                format!("{:x}", all.finalize())
            }
        },
        prompt_hashes: folder::prompt_hashes(bench),
        judge,
        warnings,
    }
}
