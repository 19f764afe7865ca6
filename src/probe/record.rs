//! What was probed: a small file, so that whoever begins a run can be told that
//! a model was never tried with the settings it has now, and how fast it was.
//!
//! It holds hashes of settings, verdicts and times; no address, no key, no
//! answer. A record that cannot be read counts as none: it only ever serves for
//! advice.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::panel::model::{Model, Panel, Provider, ProviderKind};
use crate::whole_file::{self, WriteError};

use super::report::{Report, Speed, Verdict};

/// Name of the file.
pub const FILE: &str = "probes.json";
/// Version of its format.
const FORMAT: u32 = 1;
/// Most probes that are remembered; the oldest are forgotten.
const MOST: usize = 500;

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    format: u32,
    probes: BTreeMap<String, Probed>,
}

/// One model under its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probed {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Could it be asked as the panel has it?
    pub well: bool,
    /// How fast it answered.
    pub speed: Option<Speed>,
}

impl Record {
    /// Reads it out of a folder; an empty one where there is none that can be
    /// read.
    pub fn read(folder: &Path) -> Record {
        let bytes = std::fs::read(folder.join(FILE)).unwrap_or_default();
        let record: Record = serde_json::from_slice(&bytes).unwrap_or_default();
        match record.format {
            FORMAT => record,
            _ => Record::default(),
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// `WriteError`.
    pub fn write(&self, folder: &Path) -> Result<(), WriteError> {
        whole_file::write_json(&folder.join(FILE), self)
    }

    /// Notes a probe of a panel, which ended at `now`, in milliseconds since
    /// 1970.
    pub fn note(&mut self, panel: &Panel, report: &Report, now: u64) {
        self.format = FORMAT;
        for found in &report.models {
            let model = panel.models.get(&found.model);
            let provider = panel.providers.get(&found.provider);
            if let (Some(model), Some(provider)) = (model, provider) {
                let probed = Probed {
                    at: now,
                    well: found.verdict() < Verdict::Fault,
                    speed: found.speed,
                };
                self.probes.insert(key(provider, model), probed);
            }
        }
        while self.probes.len() > MOST {
            let oldest = self.probes.iter().min_by_key(|(_, probed)| probed.at);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            self.probes.remove(&oldest);
        }
    }

    /// What is known of a model under its settings.
    pub fn of(&self, provider: &Provider, model: &Model) -> Option<&Probed> {
        self.probes.get(&key(provider, model))
    }

    /// Names of a panel's models that were never probed as they are set;
    /// simulated ones need no probe.
    pub fn never<'a>(&self, panel: &'a Panel) -> Vec<&'a str> {
        let real = panel.models.values().filter(|model| {
            let provider = panel.providers.get(&model.provider);
            provider.is_some_and(|provider| {
                provider.kind != ProviderKind::Simulated && self.of(provider, model).is_none()
            })
        });
        real.map(|model| model.name.as_str()).collect()
    }
}

/// A hash of all that decides how a model is asked; what a provider may be asked
/// in a minute and what a model costs have no part in it.
fn key(provider: &Provider, model: &Model) -> String {
    let mut provider = provider.clone();
    let limits = &mut provider.limits;
    limits.requests_per_minute = None;
    limits.tokens_per_minute = None;
    limits.in_flight = 1;
    limits.pool = None;
    let mut model = model.clone();
    model.price = None;
    // The names are the panel's own.
    provider.name.clear();
    model.name.clear();
    model.provider.clear();
    model.vendor.clear();
    let settings = serde_json::to_vec(&(provider, model)).unwrap_or_default();
    let hash = Sha256::digest(settings);
    hash.iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
