//! Dollars: what was spent, and what is reserved for calls in flight.
//!
//! A call is sent when what was spent, what is reserved and its own estimate
//! stay within the budget. When they would exceed it only because of others'
//! reservations, it waits for one of those to be settled, for estimates are
//! careful and most calls take less. When nothing is in flight and it still
//! does not fit, the budget is reached.
//!
//! Models without a price cost nothing here: a budget cannot bound what it
//! does not know.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::sync::locked;

/// The purse of a run.
pub(super) struct Budget {
    limit: Option<f64>,
    money: Mutex<Money>,
    settled: Notify,
    queue: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Money {
    spent: f64,
    given_up: f64,
    reserved: f64,
    reservations: usize,
}

/// The budget is reached.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) limit: f64,
    pub(super) spent: f64,
    /// What the next call may cost.
    pub(super) estimate: f64,
}

impl Reached {
    /// For the person who set the limit, with as many digits as it has.
    pub(super) fn words(&self) -> String {
        let limit = exact_dollars(self.limit, 2);
        let next = exact_dollars(self.estimate, 4);
        if self.spent > 0.0 {
            let spent = exact_dollars(self.spent, 4);
            format!(
                "the budget of {limit} is reached: {spent} are spent, and the next call may cost \
                 {next}"
            )
        } else {
            format!(
                "the budget of {limit} would be exceeded: nothing is spent, and the next call may \
                 cost {next}"
            )
        }
    }
}

/// Dollars with so many digits after the point, and with more where these would
/// say another number, up to what the next call of the cheapest model costs.
pub fn exact_dollars(usd: f64, digits: usize) -> String {
    const MOST: usize = 9;
    let off = |digits: &usize| {
        let shown: f64 = format!("{usd:.digits$}").parse().unwrap_or(usd);
        (shown - usd).abs() <= usd.abs() * 0.01
    };
    let digits = (digits..MOST).find(off).unwrap_or(MOST);
    format!("${usd:.digits$}")
}

/// Money that is set aside; given back when dropped.
pub(super) struct Reservation {
    budget: Arc<Budget>,
    estimate: f64,
}

impl Budget {
    /// `spent`: what earlier parts of the run have cost.
    pub(super) fn new(limit: Option<f64>, spent: f64) -> Arc<Budget> {
        Arc::new(Budget {
            limit,
            money: Mutex::new(Money {
                spent,
                ..Money::default()
            }),
            settled: Notify::new(),
            queue: tokio::sync::Mutex::new(()),
        })
    }

    /// Sets money aside, in the order of arrival. The estimate is asked for
    /// whenever it is looked at, for it gets better while a call waits. Safe to
    /// drop while it waits.
    pub(super) async fn reserve(
        self: &Arc<Self>,
        estimate: impl Fn() -> f64,
    ) -> Result<Reservation, Reached> {
        let _turn = self.queue.lock().await;
        loop {
            let estimate = estimate();
            let mut settled = std::pin::pin!(self.settled.notified());
            settled.as_mut().enable();
            {
                let mut money = locked(&self.money);
                let total = money.spent + money.reserved + estimate;
                match self.limit {
                    Some(limit) if total > limit => {
                        if money.reservations == 0 {
                            return Err(Reached {
                                limit,
                                spent: money.spent,
                                estimate,
                            });
                        }
                    }
                    _ => {
                        money.reserved += estimate;
                        money.reservations += 1;
                        return Ok(Reservation {
                            budget: Arc::clone(self),
                            estimate,
                        });
                    }
                }
            }
            settled.await;
        }
    }

    /// Counts what an attempt has cost.
    pub(super) fn spend(&self, usd: f64) {
        locked(&self.money).spent += usd;
    }

    /// Counts what a request was expected to cost that was given up on its way.
    pub(super) fn given_up(&self, usd: f64) {
        locked(&self.money).given_up += usd;
    }

    /// Dollars that requests were expected to cost which were given up on their
    /// way.
    pub(super) fn of_given_up(&self) -> f64 {
        locked(&self.money).given_up
    }

    /// Dollars spent in the run so far.
    pub(super) fn spent(&self) -> f64 {
        locked(&self.money).spent
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut money = locked(&self.budget.money);
        money.reservations -= 1;
        // Sums of floats drift; an empty list of reservations is exactly none.
        money.reserved = match money.reservations {
            0 => 0.0,
            _ => (money.reserved - self.estimate).max(0.0),
        };
        drop(money);
        self.budget.settled.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_waits_for_reservations_and_not_for_money_that_is_gone() {
        let budget = Budget::new(Some(1.0), 0.4);
        let first = budget.reserve(|| 0.5).await.expect("it fits");
        let second = tokio::spawn({
            let budget = Arc::clone(&budget);
            async move { budget.reserve(|| 0.5).await.map(|_| ()) }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        budget.spend(0.1);
        drop(first);
        assert!(second.await.expect("no panic").is_ok());
        budget.spend(0.4);
        let reached = budget.reserve(|| 0.2).await.map(|_| ()).unwrap_err();
        assert!((reached.spent - 0.9).abs() < 1e-9);
    }

    #[tokio::test]
    async fn free_calls_pass_until_the_budget_is_exceeded() {
        let budget = Budget::new(Some(0.0), 0.0);
        assert!(budget.reserve(|| 0.0).await.is_ok());
        assert!(budget.reserve(|| 0.01).await.is_err());
        assert!(Budget::new(None, 5.0).reserve(|| 1e9).await.is_ok());
    }
}
