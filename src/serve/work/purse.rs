//! Money of keys: what consults at work may cost is set aside, so that many at
//! once do not spend a day's budget many times.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::panel::estimate::Dollars;

/// How many times its estimate a consult may cost, at least.
const ROOM: f64 = 4.0;
/// Of what is left of a day a consult sets no more than this part aside for the
/// sake of calls at the same time.
const PART: f64 = 4.0;

/// What is set aside, by key.
#[derive(Clone, Debug, Default)]
pub struct Purse(Arc<Mutex<HashMap<String, f64>>>);

impl Purse {
    fn held(&self) -> MutexGuard<'_, HashMap<String, f64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets money aside when a consult fits into what is left of the day: the
    /// budget less what is spent and what others have set aside. It is the most
    /// that the consult may cost, so that all together never spend more than
    /// the day's budget; every call of it is sent only when all of its output
    /// limit is paid for. Set aside is several times the estimate, and more
    /// while the day has plenty, so that its advisors need not wait for each
    /// other. The last money of a day goes to one consult at a time, which may
    /// exceed it by what one call takes beyond its estimate. `None`: it does not
    /// fit.
    pub fn hold(&self, key: &str, budget: f64, spent: f64, consult: Dollars) -> Option<Hold> {
        let mut held = self.held();
        let others = held.get(key).copied().unwrap_or(0.0);
        let left = budget - spent - others;
        if left <= 0.0 || consult.estimate > left {
            return None;
        }
        let least = (ROOM * consult.estimate).max(consult.estimate + consult.one);
        let last = least > left;
        if last && others > 0.0 {
            return None;
        }
        let most = match consult.estimate {
            // What costs nothing needs nothing.
            estimate if estimate <= 0.0 => 0.0,
            _ if last => left,
            _ => consult.at_once.min(left / PART).max(least),
        };
        *held.entry(key.to_owned()).or_default() += most;
        Some(Hold {
            purse: self.clone(),
            key: key.to_owned(),
            most,
            last,
        })
    }
}

/// Money that is set aside until it is dropped.
#[derive(Debug)]
pub struct Hold {
    purse: Purse,
    key: String,
    most: f64,
    last: bool,
}

impl Hold {
    /// Most dollars that the consult may cost.
    pub fn most(&self) -> f64 {
        self.most
    }

    /// Is it the last of the day, and may exceed it by one call's uncertainty?
    pub fn is_last(&self) -> bool {
        self.last
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

    /// A consult of this estimate, its dearest call at twice that.
    fn consult(estimate: f64) -> Dollars {
        Dollars {
            estimate,
            one: 2.0 * estimate,
            at_once: 9.0 * estimate,
        }
    }

    #[test]
    fn what_is_set_aside_counts_until_it_is_given_back() {
        let purse = Purse::default();
        let hold = |spent, estimate| purse.hold("k", 1.0, spent, consult(estimate));
        let first = hold(0.2, 0.1).expect("it fits");
        assert!((first.most() - 0.4).abs() < 1e-9);
        let second = hold(0.2, 0.02).expect("it fits");
        assert!((second.most() - 0.1).abs() < 1e-9, "a quarter of the rest");
        assert!(!second.is_last());
        assert!(hold(0.2, 0.1).is_none(), "others are at work");
        assert!(purse.hold("other", 1.0, 0.2, consult(0.5)).is_some());
        drop((first, second));
        let last = hold(0.7, 0.1).expect("it fits, alone");
        assert!(last.is_last() && (last.most() - 0.3).abs() < 1e-9);
        assert!(hold(0.7, 0.01).is_none());
        drop(last);
        assert!(hold(0.7, 0.4).is_none());
        assert!(hold(1.0, 0.0).is_none());
    }

    #[test]
    fn a_day_with_plenty_lets_advisors_work_at_the_same_time() {
        let purse = Purse::default();
        let hold = purse.hold("k", 100.0, 0.0, consult(0.1)).expect("it fits");
        assert!((hold.most() - 0.9).abs() < 1e-9);
    }
}
