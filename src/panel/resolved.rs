//! The panel as it is stored with every run, and its hash.

use sha2::{Digest, Sha256};

use super::model::{Panel, ProviderKind, USUAL_LONGEST_PAUSE};
use super::prompt::hex;

/// The whole panel as TOML, `panel.resolved.toml`: every default filled in,
/// prompts by name and hash, names of key variables but no keys. The same
/// panel gives the same text, whatever the order of keys in its file.
pub fn resolved_toml(panel: &Panel) -> String {
    let service = toml::to_string(&panel.service).unwrap_or_else(|error| format!("# {error}\n"));
    format!("{}\n[service]\n{service}", answering(panel))
}

/// All of it that can change an answer.
fn answering(panel: &Panel) -> String {
    // Plain data with string keys always serialises; if it ever did not, the
    // reason stands where it is seen and the hash still tells panels apart.
    toml::to_string(panel).unwrap_or_else(|error| format!("# {error}\n# {panel:?}\n"))
}

/// SHA-256, in hex, of [`resolved_toml`] without what cannot change an answer:
/// the addresses of simulated providers, which are chosen by the system when
/// the program starts them, how fast providers are asked and how long they are
/// waited for, how much a run may cost, what is said of a model, and what is kept
/// by whom and how long a service waits. So a run that met a slow quota goes on under a gentler limit, and
/// one that reached its budget under a larger one, as the same run.
pub fn hash(panel: &Panel) -> String {
    let mut panel = panel.clone();
    for provider in panel.providers.values_mut() {
        if provider.kind == ProviderKind::Simulated {
            provider.base_url.clear();
        }
        provider.keeps_nothing = false;
        provider.stream = false;
        let pace = &mut provider.limits;
        pace.requests_per_minute = None;
        pace.tokens_per_minute = None;
        pace.in_flight = 1;
        pace.pool = None;
        pace.longest_pause_seconds = USUAL_LONGEST_PAUSE;
    }
    for model in panel.models.values_mut() {
        model.caveat = None;
    }
    panel.budget.usd = None;
    hex(&Sha256::digest(answering(&panel)))
}
