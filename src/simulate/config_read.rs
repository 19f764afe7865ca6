//! The map `simulated` of a panel into a checked configuration. Strict: an
//! unknown key is an error that names the nearest known one, and all errors
//! come at once.

use serde_json::{Map, Value};

use super::config::{
    AsGuardian, ConfigError, ConfigErrors, Knowledge, Layout, ModelConfig, SimConfig, Strength,
};
use super::correlation::Given;
use super::fault::{FaultConfig, FaultKind};

const TOP: &[&str] = &[
    "world_seed",
    "rho",
    "rho_family",
    "rho_self",
    "faults",
    "models",
];
const FAULTS: &[&str] = &[
    "rate",
    "kinds",
    "seed",
    "hang_seconds",
    "drip_seconds",
    "retry_after_ms",
];
const MODEL: &[&str] = &[
    "knows",
    "specialties",
    "family",
    "neutral",
    "verbosity",
    "layout",
    "latency_ms",
    "latency_spread",
    "seed",
    "keep_share",
    "conformity",
    "as_guardian",
    "match_error",
    "review_error",
    "faults",
];
const TIERS: &[&str] = &["severe", "moderate", "mild"];
const DIRECTIONS: &[&str] = &["appropriate", "harmful"];
/// A day: more is a mistake, and far more would overflow a duration.
const LONGEST_SECONDS: f64 = 86_400.0;

pub(super) fn read(map: &Map<String, Value>) -> Result<SimConfig, ConfigErrors> {
    let mut reader = Reader::default();
    let mut config = SimConfig::default();
    let mut given = Given::default();
    for (key, value) in map {
        match key.as_str() {
            "world_seed" => reader.whole(key, value, &mut config.world_seed),
            "rho" => reader.given_share(key, value, &mut given.rho),
            "rho_family" => reader.given_share(key, value, &mut given.rho_family),
            "rho_self" => reader.given_share(key, value, &mut given.rho_self),
            "faults" => reader.faults(key, value, &mut config.faults),
            "models" => reader.each(key, value, |reader, path, id, value| {
                let model = config.models.entry(id.to_owned()).or_default();
                reader.model(path, value, model);
            }),
            _ => reader.unknown("", key, TOP),
        }
    }
    match config.correlation.with(given) {
        Ok(correlation) => config.correlation = correlation,
        Err(errors) => reader.errors.extend(errors),
    }
    match reader.errors.is_empty() {
        true => Ok(config),
        false => Err(ConfigErrors(reader.errors)),
    }
}

#[derive(Default)]
struct Reader {
    errors: Vec<ConfigError>,
}

impl Reader {
    /// A model's own `knows` comes first, wherever it stands: specialties are
    /// written over it, and the built-in ones belong to the built-in `knows`.
    fn model(&mut self, path: &str, value: &Value, model: &mut ModelConfig) {
        if let Some(knows) = value.get("knows") {
            model.specialties.clear();
            self.knowledge(&format!("{path}.knows"), knows, &mut model.knows);
        }
        self.each(path, value, |reader, path, key, value| match key {
            "knows" => {}
            "specialties" => {
                let general = model.knows;
                reader.each(path, value, |reader, path, specialty, value| {
                    let entry = model.specialties.entry(specialty.to_owned());
                    reader.knowledge(path, value, entry.or_insert(general));
                });
            }
            "family" => match value.as_str() {
                Some(name) if !name.trim().is_empty() => model.family = Some(name.to_owned()),
                _ => reader.error(path, "must be a family's name"),
            },
            "neutral" => reader.share(path, value, &mut model.neutral),
            "verbosity" => reader.share(path, value, &mut model.verbosity),
            "layout" => {
                let mut layout = model.layout.unwrap_or(Layout::Dot);
                if reader.named(path, value, "layout", &Layout::ALL, &mut layout) {
                    model.layout = Some(layout);
                }
            }
            "conformity" => reader.share(path, value, &mut model.conformity),
            "as_guardian" => {
                let known = &AsGuardian::ALL;
                reader.named(path, value, key, known, &mut model.as_guardian);
            }
            "latency_ms" => {
                let most = LONGEST_SECONDS * 1000.0;
                reader.number(path, value, 0.0..=most, &mut model.latency_ms);
            }
            "latency_spread" => reader.number(path, value, 0.0..=3.0, &mut model.latency_spread),
            "seed" => reader.whole(path, value, &mut model.seed),
            "keep_share" => {
                reader.given_share(path, value, &mut model.keep_share);
            }
            "match_error" => reader.share(path, value, &mut model.match_error),
            "review_error" => reader.share(path, value, &mut model.review_error),
            "faults" => {
                let faults = model.faults.get_or_insert_default();
                reader.faults(path, value, faults);
            }
            _ => reader.unknown(parent(path), key, MODEL),
        });
    }

    fn knowledge(&mut self, path: &str, value: &Value, knowledge: &mut Knowledge) {
        self.each(path, value, |reader, path, tier, value| match tier {
            "severe" => reader.strength(path, value, &mut knowledge.severe),
            "moderate" => reader.strength(path, value, &mut knowledge.moderate),
            "mild" => reader.strength(path, value, &mut knowledge.mild),
            _ => reader.unknown(parent(path), tier, TIERS),
        });
    }

    fn strength(&mut self, path: &str, value: &Value, strength: &mut Strength) {
        self.each(
            path,
            value,
            |reader, path, direction, value| match direction {
                "appropriate" => reader.share(path, value, &mut strength.appropriate),
                "harmful" => reader.share(path, value, &mut strength.harmful),
                _ => reader.unknown(parent(path), direction, DIRECTIONS),
            },
        );
    }

    fn faults(&mut self, path: &str, value: &Value, faults: &mut FaultConfig) {
        self.each(path, value, |reader, path, key, value| match key {
            "rate" => reader.share(path, value, &mut faults.rate),
            "kinds" => reader.kinds(path, value, &mut faults.kinds),
            "seed" => reader.whole(path, value, &mut faults.seed),
            "hang_seconds" => {
                reader.number(path, value, 0.0..=LONGEST_SECONDS, &mut faults.hang_seconds);
            }
            "drip_seconds" => {
                reader.number(path, value, 0.0..=LONGEST_SECONDS, &mut faults.drip_seconds);
            }
            "retry_after_ms" => reader.whole(path, value, &mut faults.retry_after_ms),
            _ => reader.unknown(parent(path), key, FAULTS),
        });
    }

    fn kinds(&mut self, path: &str, value: &Value, into: &mut Vec<FaultKind>) {
        let Some(list) = value.as_array() else {
            return self.error(path, "must be a list of fault kinds");
        };
        let names: Vec<&str> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
        into.clear();
        for entry in list {
            // `kinds = [429]` is what people write first.
            let name = match entry {
                Value::String(name) => name.clone(),
                other => other.to_string(),
            };
            match FaultKind::ALL.iter().find(|kind| kind.name() == name) {
                Some(kind) => into.push(*kind),
                None => self.choice(path, &name, "fault kind", &names),
            }
        }
    }

    /// One of the named values; says whether there is such a one.
    fn named<T: Copy>(
        &mut self,
        path: &str,
        value: &Value,
        what: &str,
        all: &[(&str, T)],
        into: &mut T,
    ) -> bool {
        let name = value.as_str().unwrap_or_default();
        let found = all.iter().find(|(known, _)| *known == name);
        match found {
            Some((_, known)) => *into = *known,
            None => {
                let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
                self.choice(path, name, what, &names);
            }
        }
        found.is_some()
    }

    fn each(
        &mut self,
        path: &str,
        value: &Value,
        mut visit: impl FnMut(&mut Self, &str, &str, &Value),
    ) {
        match value.as_object() {
            Some(map) => {
                for (key, value) in map {
                    visit(self, &format!("{path}.{key}"), key, value);
                }
            }
            None => self.error(path, "must be a table"),
        }
    }

    fn share(&mut self, path: &str, value: &Value, into: &mut f64) {
        self.number(path, value, 0.0..=1.0, into);
    }

    fn given_share(&mut self, path: &str, value: &Value, into: &mut Option<f64>) {
        let mut share = f64::NAN;
        self.share(path, value, &mut share);
        if !share.is_nan() {
            *into = Some(share);
        }
    }

    fn number(
        &mut self,
        path: &str,
        value: &Value,
        range: std::ops::RangeInclusive<f64>,
        into: &mut f64,
    ) {
        match value.as_f64() {
            Some(number) if range.contains(&number) => *into = number,
            _ => {
                let message = format!(
                    "must be a number from {} to {}, not {value}",
                    range.start(),
                    range.end()
                );
                self.error(path, &message);
            }
        }
    }

    fn whole(&mut self, path: &str, value: &Value, into: &mut u64) {
        match value.as_u64() {
            Some(number) => *into = number,
            None => self.error(path, &format!("must be a whole number >= 0, not {value}")),
        }
    }

    fn unknown(&mut self, parent: &str, key: &str, known: &[&str]) {
        let path = match parent {
            "" => key.to_owned(),
            parent => format!("{parent}.{key}"),
        };
        self.choice(&path, key, "key", known);
    }

    fn choice(&mut self, path: &str, given: &str, what: &str, known: &[&str]) {
        let suggestion = known
            .iter()
            .map(|name| (resemblance(given, name), *name))
            .filter(|(resemblance, _)| *resemblance > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, name)| name.to_owned());
        self.errors.push(ConfigError {
            path: path.to_owned(),
            message: format!("unknown {what}; known are {}", known.join(", ")),
            suggestion,
        });
    }

    fn error(&mut self, path: &str, message: &str) {
        self.errors.push(ConfigError {
            path: path.to_owned(),
            message: message.to_owned(),
            suggestion: None,
        });
    }
}

/// From 0 to 1; one slip of the finger is always near.
fn resemblance(given: &str, known: &str) -> f64 {
    let slip = strsim::damerau_levenshtein(given, known) <= 1;
    strsim::jaro_winkler(given, known).max(if slip { 0.95 } else { 0.0 })
}

fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::simulate::Correlation;

    fn read_json(value: Value) -> Result<SimConfig, ConfigErrors> {
        read(value.as_object().expect("a map"))
    }

    #[test]
    fn what_is_printed_reads_back_the_same() {
        let mut config = SimConfig {
            correlation: Correlation::alike(0.7),
            ..SimConfig::default()
        };
        let alpha = config.models.get_mut("sim-alpha").expect("built in");
        alpha.keep_share = Some(0.4);
        alpha.layout = Some(Layout::Nested);
        alpha.faults = Some(FaultConfig {
            rate: 0.5,
            kinds: vec![FaultKind::Cut],
            ..FaultConfig::default()
        });
        alpha.as_guardian = AsGuardian::Flood;
        alpha.conformity = 0.9;
        alpha.family = Some("east".into());
        assert_eq!(read_json(config.to_json()), Ok(config));
    }

    #[test]
    fn all_faults_at_once_each_with_its_place_and_the_nearest_key() {
        let errors = read_json(json!({
            "roh": 0.2,
            "rho": 1.5,
            "rho_family": 0.6,
            "rho_self": 0.5,
            "faults": {"rate": 0.1, "kinds": ["429", "hangs"]},
            "models": {"sim-alpha": {
                "latency": 3, "family": 7, "knows": {"sever": {}}, "as_guardian": "harms", "conformity": 2,
            }},
        }))
        .expect_err("nine faults");
        let shown: Vec<(&str, Option<&str>)> = errors
            .0
            .iter()
            .map(|e| (e.path.as_str(), e.suggestion.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [
                ("roh", Some("rho")),
                ("rho", None),
                ("faults.kinds", Some("hang")),
                ("models.sim-alpha.knows.sever", Some("severe")),
                ("models.sim-alpha.latency", Some("latency_ms")),
                ("models.sim-alpha.family", None),
                ("models.sim-alpha.as_guardian", Some("harm")),
                ("models.sim-alpha.conformity", None),
                ("rho_self", None),
            ]
        );
    }

    #[test]
    fn a_new_model_starts_from_the_plain_one_and_a_known_one_keeps_the_rest() {
        let config = read_json(json!({"models": {
            "mine": {"neutral": 0.0},
            "sim-beta": {"latency_ms": 200},
            "sim-gamma": {
                "specialties": {"Card": {"mild": {"harmful": 0.5}}},
                "knows": {"mild": {"appropriate": 0.1}},
            },
        }}))
        .expect("valid");
        let gamma = &config.models["sim-gamma"];
        assert_eq!(gamma.specialties.len(), 1, "the built-in ones are gone");
        let mild = gamma.knowledge("Card").mild;
        assert_eq!((mild.appropriate, mild.harmful), (0.1, 0.5));
        assert_eq!(config.models["mine"].knows, ModelConfig::default().knows);
        let default = SimConfig::default();
        assert_eq!(
            config.models["sim-beta"].knows,
            default.models["sim-beta"].knows
        );
        assert_eq!(config.models["sim-beta"].latency_ms, 200.0);
    }
}
