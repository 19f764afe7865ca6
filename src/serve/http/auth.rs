//! Who asks: the key in `Authorization: Bearer`, or nobody where keys are off.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::problem::{Code, Problem};
use crate::access::{KeyRecord, Refusal, Scope};
use crate::serve::config::Access;
use crate::serve::service::Service;

/// The id of everybody where keys are off.
pub const ANYBODY: &str = "anybody";

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller(Option<Arc<KeyRecord>>);

impl Caller {
    /// Finds out who asks.
    ///
    /// # Errors
    /// [`Problem`] with status 401.
    pub fn of(service: &Service, headers: &HeaderMap) -> Result<Self, Problem> {
        match service.access() {
            Access::Keys(_) => Self::with_key(service, headers),
            Access::Off(_) => Ok(Self(None)),
        }
    }

    /// As [`Caller::of`], for what always needs a key, also where keys are off.
    ///
    /// # Errors
    /// [`Problem`] with status 401.
    pub fn with_key(service: &Service, headers: &HeaderMap) -> Result<Self, Problem> {
        let mut sent = headers.get_all(AUTHORIZATION).iter();
        let key = match (sent.next(), sent.next()) {
            (None, _) => return Err(Code::NoKey.plain()),
            (Some(one), None) => bearer(one.as_bytes()).ok_or_else(|| Code::BadKey.plain())?,
            (Some(_), Some(_)) => return Err(Code::BadKey.because("two keys were sent")),
        };
        let store = match service.access() {
            Access::Keys(store) | Access::Off(Some(store)) => store,
            Access::Off(None) => return Err(Code::BadKey.plain()),
        };
        match store.check(key) {
            Ok(record) => Ok(Self(Some(record))),
            Err(Refusal::Unknown) => Err(Code::BadKey.plain()),
            Err(Refusal::Expired) => Err(Code::ExpiredKey.plain()),
            Err(Refusal::Revoked) => Err(Code::RevokedKey.plain()),
        }
    }

    /// # Errors
    /// [`Problem`] with `wrong-scope` when the key may not do this.
    pub fn needs(&self, scope: Scope) -> Result<(), Problem> {
        match &self.0 {
            Some(key) if !key.scopes.contains(&scope) => Err(Code::WrongScope.because(format!(
                "this needs a key with the scope {}",
                scope.as_str()
            ))),
            _ => Ok(()),
        }
    }

    /// Counts a request against the key's rate.
    ///
    /// # Errors
    /// [`Problem`] with `rate-limited`.
    pub fn within_rate(&self, service: &Service) -> Result<(), Problem> {
        let Some(key) = &self.0 else { return Ok(()) };
        let now = tokio::time::Instant::now();
        service.rates().admit(key, now).map_err(|wait| {
            let seconds = wait.as_secs_f64().ceil() as u64;
            Code::RateLimited.plain().after(seconds)
        })
    }

    /// The key; `None` where keys are off.
    pub fn key(&self) -> Option<&Arc<KeyRecord>> {
        self.0.as_ref()
    }

    /// The key's id.
    pub fn id(&self) -> &str {
        self.0.as_ref().map_or(ANYBODY, |key| &key.id)
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        self.0.as_ref().map_or(ANYBODY, |key| &key.name)
    }

    /// Is a consult of this key the caller's own?
    pub fn owns(&self, owner: &str) -> bool {
        self.id() == owner
    }

    /// May the caller review the consults of this key?
    pub fn reviews(&self, owner: &str) -> bool {
        self.0
            .as_ref()
            .is_some_and(|key| key.reviews.iter().any(|reviewed| reviewed == owner))
    }
}

/// What follows `Bearer`, in any case, as the only thing.
fn bearer(value: &[u8]) -> Option<&str> {
    let value = std::str::from_utf8(value).ok()?;
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() && !key.contains(' ')).then_some(key)
}

impl FromRequestParts<Service> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let caller = Self::of(service, &parts.headers)?;
        caller.within_rate(service)?;
        Ok(caller)
    }
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn a_bearer_is_one_word() {
        assert_eq!(bearer(b"Bearer abc"), Some("abc"));
        assert_eq!(bearer(b"bearer  abc "), Some("abc"));
        for bad in [
            &b"abc"[..],
            b"Basic abc",
            b"Bearer ",
            b"Bearer a b",
            b"Bearer \xff",
        ] {
            assert_eq!(bearer(bad), None);
        }
    }
}
