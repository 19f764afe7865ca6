//! Money of keys: what consults at work may cost is set aside, so that many at
//! once do not spend a day's budget many times.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many times its estimate a consult may cost.
const ROOM: f64 = 4.0;

/// What is set aside, by key.
#[derive(Clone, Debug, Default)]
pub struct Purse(Arc<Mutex<HashMap<String, f64>>>);

impl Purse {
    fn held(&self) -> MutexGuard<'_, HashMap<String, f64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets money aside when an estimate fits into what is left of the day: the
    /// budget less what is spent and what others have set aside. So that a
    /// consult which costs more than expected still gets its answer, several
    /// times the estimate is set aside where that is left; it is also the most
    /// that the consult may cost, so that all together never spend more than
    /// the day's budget. `None`: it does not fit.
    pub fn hold(&self, key: &str, budget: f64, spent: f64, estimate: f64) -> Option<Hold> {
        let mut held = self.held();
        let others = held.get(key).copied().unwrap_or(0.0);
        let left = budget - spent - others;
        if left <= 0.0 || estimate > left {
            return None;
        }
        let most = match estimate {
            // What costs nothing needs no more than what is left.
            estimate if estimate <= 0.0 => 0.0,
            estimate => (ROOM * estimate).min(left),
        };
        *held.entry(key.to_owned()).or_default() += most;
        Some(Hold {
            purse: self.clone(),
            key: key.to_owned(),
            most,
        })
    }
}

/// Money that is set aside until it is dropped.
#[derive(Debug)]
pub struct Hold {
    purse: Purse,
    key: String,
    most: f64,
}

impl Hold {
    /// Most dollars that the consult may cost.
    pub fn most(&self) -> f64 {
        self.most
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = self.purse.held();
        if let Some(sum) = held.get_mut(&self.key) {
            *sum -= self.most;
            if *sum <= 1e-12 {
                held.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_counts_until_it_is_given_back() {
        let purse = Purse::default();
        let first = purse.hold("k", 1.0, 0.2, 0.1).expect("it fits");
        assert!((first.most() - 0.4).abs() < 1e-9);
        let second = purse.hold("k", 1.0, 0.2, 0.2).expect("it fits");
        assert!((second.most() - 0.4).abs() < 1e-9, "no more than is left");
        assert!(purse.hold("k", 1.0, 0.2, 0.01).is_none());
        assert!(purse.hold("other", 1.0, 0.2, 0.5).is_some());
        drop(first);
        assert!(purse.hold("k", 1.0, 0.2, 0.3).is_some());
        assert!(purse.hold("k", 1.0, 1.0, 0.0).is_none());
    }
}
