//! Numbers with a unit: doses, spans of time, and how two of them compare.

use super::words::{Joint, Token};

/// What a unit measures.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Unit {
    /// In days.
    Time(f64),
    /// In a base unit (`mg`, `ml`), perhaps per something (`mg/kg`), and
    /// whether the unit says "per day".
    Amount {
        of: String,
        factor: f64,
        daily: bool,
    },
}

/// Reads a unit in its plain form: `mg`, `g/day`, `mg/kg/day`, `week`.
pub(super) fn unit(word: &str) -> Option<Unit> {
    if let Some(days) = days(word) {
        return Some(Unit::Time(days));
    }
    let mut parts = word.split('/');
    let (base, factor) = amount(parts.next()?)?;
    let mut of = base.to_owned();
    let mut daily = false;
    for part in parts {
        match part {
            "day" | "d" | "daily" | "24h" => daily = true,
            "kg" | "dl" | "l" | "ml" | "min" | "h" | "hr" | "m2" => {
                of.push('/');
                of.push_str(part);
            }
            _ => return None,
        }
    }
    Some(Unit::Amount { of, factor, daily })
}

fn days(word: &str) -> Option<f64> {
    Some(match word {
        "min" | "minute" => 1.0 / 1440.0,
        "h" | "hr" | "hrs" | "hour" => 1.0 / 24.0,
        "d" | "day" => 1.0,
        "w" | "wk" | "wks" | "week" => 7.0,
        "mo" | "mos" | "month" | "mth" => 30.0,
        "y" | "yr" | "yrs" | "year" => 365.0,
        _ => return None,
    })
}

fn amount(word: &str) -> Option<(&'static str, f64)> {
    Some(match word {
        "mg" | "milligram" => ("mg", 1.0),
        "mcg" | "ug" | "microgram" => ("mg", 0.001),
        "g" | "gram" | "gm" => ("mg", 1000.0),
        "ml" | "cc" => ("ml", 1.0),
        "l" | "liter" | "litre" => ("ml", 1000.0),
        "iu" | "unit" | "u" => ("unit", 1.0),
        "meq" => ("meq", 1.0),
        "mmol" => ("mmol", 1.0),
        "mmhg" => ("mmhg", 1.0),
        "tablet" | "tab" | "pill" | "capsule" | "cap" => ("tablet", 1.0),
        "puff" | "inhalation" => ("puff", 1.0),
        "%" | "percent" => ("%", 1.0),
        _ => return None,
    })
}

/// An amount as an item states it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dose {
    of: String,
    values: Vec<f64>,
}

impl Dose {
    pub fn new(of: String, factor: f64, values: &[f64]) -> Self {
        let values = values.iter().map(|value| value * factor).collect();
        Self { of, values }
    }

    /// `160/4.5` as it stands, whatever the unit.
    pub fn ratio(values: &[f64]) -> Self {
        Self::new("ratio".to_owned(), 1.0, values)
    }

    /// An amount of something, not a bare number or a percentage.
    pub fn is_of_a_drug(&self) -> bool {
        !matches!(self.of.as_str(), "number" | "%" | "mmhg")
    }

    fn equals(&self, other: &Self) -> bool {
        self.of == other.of
            && self.values.len() == other.values.len()
            && self
                .values
                .iter()
                .zip(&other.values)
                .all(|(a, b)| near(*a, *b))
    }
}

/// Do both state amounts of one measure, and not the same ones? A list that
/// begins alike and leaves some out says less ("50 mg, later 100 mg" beside
/// "50 mg"); any other difference is a different dose.
pub(super) fn doses_differ(a: &[Dose], b: &[Dose]) -> bool {
    a.iter().any(|dose| {
        let measure = |all: &'_ [Dose]| -> Vec<Dose> {
            let mut found: Vec<Dose> = Vec::new();
            for other in all.iter().filter(|other| other.of == dose.of) {
                if !found.iter().any(|known| known.equals(other)) {
                    found.push(other.clone());
                }
            }
            found
        };
        differ(&measure(a), &measure(b), Dose::equals)
    })
}

/// Neither the same in some order, nor alike at first and the rest of one in
/// the other?
fn differ<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    let (Some(x), Some(y)) = (a.first(), b.first()) else {
        return false;
    };
    let within = |a: &[T], b: &[T]| a.iter().all(|x| b.iter().any(|y| same(x, y)));
    let (ab, ba) = (within(a, b), within(b, a));
    !(ab && ba) && !(same(x, y) && (ab || ba))
}

/// A span in days (or hours, for how often): from, to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub from: f64,
    pub to: f64,
}

impl Span {
    pub fn of(values: &[f64], factor: f64) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(0.0, f64::max);
        Self {
            from: low.min(high) * factor,
            to: high * factor,
        }
    }

    /// Overlap, with a quarter of the longer end as room: a month and four
    /// weeks are the same to a clinician, one week and two are not.
    fn meets(&self, other: &Self) -> bool {
        self.from <= other.to * 1.25 && other.from <= self.to * 1.25
    }
}

/// Do both state times, and none of one meets one of the other?
pub(super) fn times_differ(a: &[Span], b: &[Span]) -> bool {
    let met = a.iter().any(|x| b.iter().any(|y| x.meets(y)));
    !a.is_empty() && !b.is_empty() && !met
}

/// Do both say how often, and differently?
pub(super) fn rhythms_differ(a: &[Span], b: &[Span]) -> bool {
    differ(a, b, Span::meets)
}

/// Equal but for rounding.
pub(super) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs())
}

/// The numbers from `tokens[at]` on that one unit belongs to (`6, 12 and 24
/// months`, `2 to 4 weeks`, `5 mg`): spans as they are listed, the unit, and
/// how many tokens that is.
pub(super) fn measured(tokens: &[Token], at: usize) -> Option<(Vec<Vec<f64>>, Joint, Unit, usize)> {
    let mut lists: Vec<Vec<f64>> = Vec::new();
    let mut joint = Joint::Range;
    let mut range = false;
    let mut next = at;
    while let Some(token) = tokens.get(next) {
        match token {
            Token::Number(values, j) => {
                if *j == Joint::Slash {
                    joint = Joint::Slash;
                }
                match lists.last_mut() {
                    Some(last) if range => last.extend(values),
                    _ => lists.push(values.clone()),
                }
                range = false;
            }
            Token::Word(word) if word == "to" && !lists.is_empty() => range = true,
            Token::Word(word) if matches!(word.as_str(), "and" | "or") => {}
            Token::Mark(super::words::Mark::Comma) => {}
            Token::Word(word) => {
                let unit = unit(word)?;
                return (!lists.is_empty()).then_some((lists, joint, unit, next + 1 - at));
            }
            Token::Mark(_) => return None,
        }
        // A list that long is no list of times.
        if next - at > 12 {
            return None;
        }
        next += 1;
    }
    None
}
