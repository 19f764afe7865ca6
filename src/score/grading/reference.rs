//! Published reference points of the format (scoring.md, section 18).

/// One published row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// Who was measured.
    pub who: &'static str,
    /// How many of them; the numbers are their means.
    pub count: Option<u32>,
    /// Share of cases with a severe error.
    pub case_harm_rate: f64,
    /// Number needed to harm.
    pub nnh: Option<f64>,
}

/// What must be said wherever these rows are shown.
pub const CAVEAT: &str = "published, measured on another and larger case set: no comparison, only \
                          an order of size";

/// The published rows. Their Safety is left out: its normalisation is not
/// public, and ours must not stand beside it.
pub const PUBLISHED: [Reference; 6] = [
    row("solo models", Some(32), 0.140, Some(7.7)),
    row("two-agent teams", Some(105), 0.137, Some(8.6)),
    row("three-agent teams", Some(40), 0.096, Some(11.4)),
    row("doing nothing", None, 0.29, None),
    row("random choice", None, 0.426, None),
    row("generalist physicians", None, 0.167, None),
];

const fn row(
    who: &'static str,
    count: Option<u32>,
    case_harm_rate: f64,
    nnh: Option<f64>,
) -> Reference {
    Reference {
        who,
        count,
        case_harm_rate,
        nnh,
    }
}
