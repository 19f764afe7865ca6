//! Keys as plain data.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::error::AccessError;
use super::limits::MAX_PER_MINUTE;

/// Characters of a key's name at most.
pub const MAX_NAME: usize = 40;
/// Characters of a person's name at most.
pub const MAX_PERSON: usize = 100;

/// What a key may do. A key sees its own consults only, and those of keys that
/// it reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Ask, and watch, fetch and cancel its own consults.
    Consult,
    /// List its own consults, and read those of the keys that it reviews.
    Read,
    /// Release or reject answers, its own or reviewed ones; needs a person.
    Release,
    /// Read the service's metrics.
    Admin,
}

impl Scope {
    /// All scopes, in the order in which they are listed.
    pub const ALL: [Scope; 4] = [Scope::Consult, Scope::Read, Scope::Release, Scope::Admin];

    /// Its name: `consult`, `read`, `release` or `admin`.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Consult => "consult",
            Scope::Read => "read",
            Scope::Release => "release",
            Scope::Admin => "admin",
        }
    }

    /// The scope of this name, exactly.
    pub fn named(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// A key without its secret.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRecord {
    /// `k_` and 12 characters; part of the key's own text, no secret.
    pub id: String,
    /// `[a-z0-9][a-z0-9-]*`, never used twice.
    pub name: String,
    /// Who holds it, when it is a person's own.
    pub person: Option<String>,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// Requests in any 60 seconds at most.
    pub per_minute: Option<u32>,
    /// US dollars in a UTC day at most.
    pub usd_per_day: Option<f64>,
    /// Nothing of what is asked with it is kept, whatever the panel says.
    pub retention_none: bool,
    /// Ids of keys whose consults it may read and release.
    pub reviews: Vec<String>,
    /// Milliseconds since 1970.
    pub created_at: u64,
    /// Milliseconds since 1970; from then on it is refused.
    pub expires_at: Option<u64>,
    /// Milliseconds since 1970; a key that was ever revoked stays so, whatever
    /// the clock says.
    pub revoked_at: Option<u64>,
}

impl KeyRecord {
    /// Whether it has the scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Why it is refused at this time (milliseconds since 1970), if it is.
    pub fn refused(&self, now: u64) -> Option<Refusal> {
        if self.revoked_at.is_some() {
            Some(Refusal::Revoked)
        } else if self.expires_at.is_some_and(|end| now >= end) {
            Some(Refusal::Expired)
        } else {
            None
        }
    }
}

/// A key that is to be made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewKey {
    /// `[a-z0-9][a-z0-9-]*`, at most [`MAX_NAME`] characters.
    pub name: String,
    /// Whose it is; at most [`MAX_PERSON`] characters, needed for scope `release`.
    pub person: Option<String>,
    /// What it may do; at least one.
    pub scopes: BTreeSet<Scope>,
    /// Requests in any 60 seconds, 1 to [`MAX_PER_MINUTE`].
    pub per_minute: Option<u32>,
    /// US dollars in a UTC day, above 0.
    pub usd_per_day: Option<f64>,
    /// Nothing of what is asked with it is kept.
    pub retention_none: bool,
    /// Names or ids of keys that are there already.
    pub reviews: Vec<String>,
    /// Milliseconds since 1970.
    pub expires_at: Option<u64>,
}

impl NewKey {
    /// All that can be said without the other keys.
    pub(super) fn check(&self, now: u64) -> Result<(), AccessError> {
        if !good_name(&self.name) {
            return Err(AccessError::BadName {
                name: self.name.clone(),
            });
        }
        if self.scopes.is_empty() {
            return Err(AccessError::NoScope);
        }
        match &self.person {
            Some(person) if !good_person(person) => return Err(AccessError::BadPerson),
            None if self.scopes.contains(&Scope::Release) => return Err(AccessError::PersonNeeded),
            _ => {}
        }
        if let Some(limit) = self.per_minute
            && !(1..=MAX_PER_MINUTE).contains(&limit)
        {
            return Err(AccessError::BadLimit {
                what: "requests per minute",
                value: limit.to_string(),
                wanted: "1 to 10000",
            });
        }
        if let Some(usd) = self.usd_per_day
            && !(usd.is_finite() && usd > 0.0)
        {
            return Err(AccessError::BadLimit {
                what: "dollars per day",
                value: usd.to_string(),
                wanted: "a number above 0",
            });
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(AccessError::ExpiryPast);
        }
        let sees = [Scope::Read, Scope::Release];
        if !self.reviews.is_empty() && !sees.iter().any(|scope| self.scopes.contains(scope)) {
            return Err(AccessError::ReviewsNeedScope);
        }
        Ok(())
    }
}

fn good_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= MAX_NAME && name.starts_with(plain) && name.chars().all(|c| plain(c) || c == '-')
}

/// The name stands in answers and tables: nothing in it may move other text.
fn good_person(person: &str) -> bool {
    let moves_text = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    !person.trim().is_empty()
        && person.chars().count() <= MAX_PERSON
        && !person.chars().any(moves_text)
}

/// Why a presented key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No key of ours.
    #[error("the key is not known")]
    Unknown,
    /// Its time is over.
    #[error("the key has expired")]
    Expired,
    /// It was taken back.
    #[error("the key was revoked")]
    Revoked,
}
