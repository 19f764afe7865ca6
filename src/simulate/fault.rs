//! Faults on demand: which kind a request meets, if any.

use std::collections::HashMap;
use std::sync::Mutex;

use serde::{Serialize, Serializer};

use super::draw::Key;

/// Kinds of fault that a server can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// 429 with a Retry-After in one of three forms.
    TooMany,
    /// 500 with OpenAI's error body.
    Internal,
    /// 503 with OpenAI's error body.
    Unavailable,
    /// Nothing for `hang_seconds`, then 504.
    Hang,
    /// The right answer, a few bytes at a time over `drip_seconds`.
    SlowDrip,
    /// The connection is cut in the middle of the body.
    Cut,
    /// A whole body that ends in the middle of its JSON.
    TruncatedJson,
    /// The right JSON with prose and a code fence around it.
    Prose,
    /// JSON of another shape.
    WrongSchema,
    /// A success whose content is empty.
    Empty,
    /// An error body that is not OpenAI's: Gemini's, llama.cpp's or vLLM's.
    OffSpecError,
    /// 429 `insufficient_quota`: no retry helps.
    Quota,
    /// An answer that stops half-way, with finish_reason `length`.
    CutAnswer,
    /// An advisor whose draft says its first items over and over.
    Loop,
    /// An advisor who gives the question back.
    Echo,
    /// An advisor whose draft runs over the end of its turn.
    Leak,
    /// An advisor who declines.
    Decline,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 17] = [
        Self::TooMany,
        Self::Internal,
        Self::Unavailable,
        Self::Hang,
        Self::SlowDrip,
        Self::Cut,
        Self::TruncatedJson,
        Self::Prose,
        Self::WrongSchema,
        Self::Empty,
        Self::OffSpecError,
        Self::Quota,
        Self::CutAnswer,
        Self::Loop,
        Self::Echo,
        Self::Leak,
        Self::Decline,
    ];

    /// The name in configuration and statistics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooMany => "429",
            Self::Internal => "500",
            Self::Unavailable => "503",
            Self::Hang => "hang",
            Self::SlowDrip => "slow_drip",
            Self::Cut => "cut",
            Self::TruncatedJson => "truncated_json",
            Self::Prose => "prose",
            Self::WrongSchema => "wrong_schema",
            Self::Empty => "empty",
            Self::OffSpecError => "off_spec_error",
            Self::Quota => "quota",
            Self::CutAnswer => "cut_answer",
            Self::Loop => "loop",
            Self::Echo => "echo",
            Self::Leak => "leak",
            Self::Decline => "decline",
        }
    }

    /// Does it change what the model says, rather than how it is delivered?
    pub const fn changes_content(self) -> bool {
        matches!(
            self,
            Self::Prose | Self::WrongSchema | Self::Empty | Self::CutAnswer
        ) || self.spoils_drafts()
    }

    /// Does it spoil a draft so that asking again would not help? Such a fault
    /// comes only where it is asked for by name.
    pub const fn spoils_drafts(self) -> bool {
        matches!(self, Self::Loop | Self::Echo | Self::Leak | Self::Decline)
    }

    /// Can a request of this sort meet it? Only structured answers have a
    /// schema to miss, and a turn that asks for repair is answered whole.
    fn applies(self, structured: bool, repair: bool) -> bool {
        match self {
            Self::Prose | Self::WrongSchema => structured && !repair,
            kind if kind.spoils_drafts() => !structured,
            kind => !(kind.changes_content() && repair),
        }
    }
}

impl Serialize for FaultKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How often which faults come.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultConfig {
    /// Share of the requests that meet a fault.
    pub rate: f64,
    /// Kinds to draw from, all equally likely.
    pub kinds: Vec<FaultKind>,
    /// Seed of the draws.
    pub seed: u64,
    /// How long a hang lasts.
    pub hang_seconds: f64,
    /// How long a slow drip takes in all.
    pub drip_seconds: f64,
    /// What Retry-After asks for. Whole seconds are rounded down, so that a
    /// small value says 0.
    pub retry_after_ms: u64,
}

impl Default for FaultConfig {
    /// No faults. With a rate alone, all kinds that a retry can cure.
    fn default() -> Self {
        Self {
            rate: 0.0,
            kinds: FaultKind::ALL
                .into_iter()
                .filter(|kind| *kind != FaultKind::Quota && !kind.spoils_drafts())
                .collect(),
            seed: 0,
            hang_seconds: 5.0,
            drip_seconds: 1.0,
            retry_after_ms: 20,
        }
    }
}

/// Counts how often each request was seen, so that a retry is a new draw.
#[derive(Debug, Default)]
pub struct Seen(Mutex<HashMap<u64, u64>>);

impl Seen {
    /// How often the request was seen before; counts this time.
    pub fn count(&self, request: u64) -> u64 {
        let mut seen = match self.0.lock() {
            Ok(seen) => seen,
            Err(poisoned) => poisoned.into_inner(),
        };
        let count = seen.entry(request).or_default();
        *count += 1;
        *count - 1
    }
}

/// The fault that a request meets, drawn from (fault seed, request hash, how
/// often it was seen before), and the key for the fault's own choices.
pub fn draw(
    config: &FaultConfig,
    request: u64,
    seen: u64,
    structured: bool,
    repair: bool,
) -> Option<(FaultKind, Key)> {
    let key = Key::new("fault").with(config.seed).with(request).with(seen);
    if !key.with(0).chance(config.rate) {
        return None;
    }
    let kinds: Vec<FaultKind> = config
        .kinds
        .iter()
        .copied()
        .filter(|kind| kind.applies(structured, repair))
        .collect();
    let kind = key.with(1).pick(&kinds).copied()?;
    Some((kind, key.with(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_kept_and_every_kind_comes() {
        let config = FaultConfig {
            rate: 0.2,
            ..FaultConfig::default()
        };
        let drawn: Vec<FaultKind> = (0..10_000)
            .filter_map(|i| draw(&config, i, 0, true, false))
            .map(|(kind, _)| kind)
            .collect();
        let se = (10_000.0_f64 * 0.2 * 0.8).sqrt();
        assert!((drawn.len() as f64 - 2000.0).abs() < 4.0 * se);
        for kind in &config.kinds {
            assert!(drawn.contains(kind), "{kind:?}");
        }
    }

    #[test]
    fn free_text_and_repair_turns_are_never_reworded() {
        let config = FaultConfig {
            rate: 1.0,
            ..FaultConfig::default()
        };
        for i in 0..500 {
            let (free, _) = draw(&config, i, 0, false, false).expect("a fault");
            assert!(!matches!(free, FaultKind::Prose | FaultKind::WrongSchema));
            let (repair, _) = draw(&config, i, 0, true, true).expect("a fault");
            assert!(!repair.changes_content());
        }
    }

    #[test]
    fn a_retry_is_a_new_draw() {
        let seen = Seen::default();
        assert_eq!((seen.count(7), seen.count(7), seen.count(8)), (0, 1, 0));
    }
}
