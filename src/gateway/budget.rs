//! Dollars: what was spent, and what is set aside for attempts in flight.
//!
//! **The promise.** What a run has cost, and what it may have to pay for
//! attempts without an answer, is never more than its budget and what one call
//! can take beyond its careful estimate. It holds for providers that keep to the
//! output limit that they are sent, and for those that exceed it by no more than
//! they have done before.
//!
//! **The rule.** For every attempt the *bound* is known (`estimate`): the price
//! of its prompt and of every token that its output limit allows, reasoning
//! included, times what the dearest answer of this model took beyond its own
//! bound. An attempt is sent
//!
//! * beside others, when all that is spent, all that is set aside and its own
//!   bound stay within the budget; as long as the model has hardly answered,
//!   several times its bound ([`Need::aside`]);
//! * alone, when what is spent and a careful estimate of it stay within the
//!   budget: twice the mean of what the model took in this stage, or of what
//!   models take before they are known.
//!
//! Otherwise it waits for those in flight, which mostly take far less than was
//! set aside for them. When nothing is in flight and it still does not fit, the
//! budget is reached. So a budget that is large beside the bounds hinders nobody,
//! one that is small makes calls go one after the other, and either is used up to
//! what one more call may probably take. A lower `max_output` lets a small budget
//! carry more calls at once.
//!
//! Every attempt asks anew, so that repair turns and attempts after a failure are
//! no exception. What an attempt without an answer has cost is as much as its
//! bound, until the provider says otherwise (`attempt`).
//!
//! Models without a price cost nothing here: a budget cannot bound what it
//! does not know.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::estimate::Need;
use super::journal::Cost;
use super::sync::locked;

/// The purse of a run.
pub(super) struct Budget {
    limit: Option<f64>,
    /// What may not even be exceeded by the uncertainty of one call.
    cap: Option<f64>,
    money: Mutex<Money>,
    settled: Notify,
    queue: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Money {
    spent: Cost,
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
    aside: f64,
}

impl Budget {
    /// `spent`: what earlier parts of the run have cost.
    pub(super) fn new(limit: Option<f64>, cap: Option<f64>, spent: Cost) -> Arc<Budget> {
        Arc::new(Budget {
            limit,
            cap,
            money: Mutex::new(Money {
                spent,
                ..Money::default()
            }),
            settled: Notify::new(),
            queue: tokio::sync::Mutex::new(()),
        })
    }

    /// Is there a limit to be kept?
    pub(super) fn is_limited(&self) -> bool {
        self.limit.or(self.cap).is_some()
    }

    /// Sets money aside, in the order of arrival. The need is asked for
    /// whenever it is looked at, for it gets better while a call waits. What
    /// costs nothing waits for nobody. Safe to drop while it waits.
    pub(super) async fn reserve(
        self: &Arc<Self>,
        need: impl Fn() -> Need,
    ) -> Result<Reservation, Reached> {
        if !self.is_limited() || need().bound <= 0.0 {
            return Ok(self.set_aside(need().bound));
        }
        let cap = self.cap.unwrap_or(f64::INFINITY);
        let limit = self.limit.unwrap_or(cap).min(cap);
        let _turn = self.queue.lock().await;
        loop {
            let need = need();
            let mut settled = std::pin::pin!(self.settled.notified());
            settled.as_mut().enable();
            {
                let money = locked(&self.money);
                let spent = money.spent.usd;
                let alone = money.reservations == 0;
                let fits = spent + money.reserved + need.aside <= limit;
                let careful = spent + need.careful <= limit && spent + need.bound <= cap;
                if fits || (alone && careful) {
                    drop(money);
                    return Ok(self.set_aside(need.aside));
                }
                if alone {
                    let estimate = match spent + need.careful <= limit {
                        true => need.bound,
                        false => need.careful,
                    };
                    return Err(Reached {
                        limit,
                        spent,
                        estimate,
                    });
                }
            }
            settled.await;
        }
    }

    fn set_aside(self: &Arc<Self>, aside: f64) -> Reservation {
        if aside > 0.0 {
            let mut money = locked(&self.money);
            money.reserved += aside;
            money.reservations += 1;
        }
        Reservation {
            budget: Arc::clone(self),
            aside,
        }
    }

    /// Counts what an attempt has cost, or may have.
    pub(super) fn spend(&self, cost: Cost) {
        locked(&self.money).spent += cost;
    }

    /// What the run has cost so far.
    pub(super) fn spent(&self) -> Cost {
        locked(&self.money).spent
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.aside <= 0.0 {
            return;
        }
        let mut money = locked(&self.budget.money);
        money.reservations -= 1;
        // Sums of floats drift; an empty list of reservations is exactly none.
        money.reserved = match money.reservations {
            0 => 0.0,
            _ => (money.reserved - self.aside).max(0.0),
        };
        drop(money);
        self.budget.settled.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(usd: f64) -> Cost {
        Cost {
            usd,
            ..Cost::default()
        }
    }

    fn need(bound: f64, careful: f64) -> Need {
        Need {
            bound,
            aside: bound,
            careful,
        }
    }

    #[tokio::test]
    async fn a_call_waits_for_reservations_and_not_for_money_that_is_gone() {
        let budget = Budget::new(Some(1.0), None, dollars(0.4));
        let first = budget.reserve(|| need(0.5, 0.5)).await.expect("it fits");
        let second = tokio::spawn({
            let budget = Arc::clone(&budget);
            async move { budget.reserve(|| need(0.5, 0.5)).await.map(|_| ()) }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        budget.spend(dollars(0.1));
        drop(first);
        assert!(second.await.expect("no panic").is_ok());
        budget.spend(dollars(0.4));
        let reached = budget.reserve(|| need(0.2, 0.2)).await.map(|_| ());
        assert!((reached.unwrap_err().spent - 0.9).abs() < 1e-9);
    }

    #[tokio::test]
    async fn alone_a_careful_estimate_is_enough_and_beside_others_the_bound_counts() {
        let budget = Budget::new(Some(1.0), None, dollars(0.9));
        let first = budget.reserve(|| need(0.5, 0.05)).await.expect("alone");
        let second = budget.reserve(|| need(0.05, 0.05));
        let waits = futures::FutureExt::now_or_never(second);
        assert!(waits.is_none());
        drop(first);
        assert!(budget.reserve(|| need(0.05, 0.05)).await.is_ok());
        assert!(budget.reserve(|| need(0.5, 0.2)).await.is_err());
    }

    #[tokio::test]
    async fn a_cap_is_not_exceeded_by_a_call_that_is_alone_either() {
        let budget = Budget::new(None, Some(1.0), dollars(0.9));
        assert!(budget.reserve(|| need(0.1, 0.05)).await.is_ok());
        let reached = budget.reserve(|| need(0.5, 0.05)).await.map(|_| ());
        assert!((reached.unwrap_err().estimate - 0.5).abs() < 1e-9);
        let both = Budget::new(Some(0.5), Some(1.0), dollars(0.4));
        assert!(both.reserve(|| need(0.5, 0.05)).await.is_ok());
        assert!(both.reserve(|| need(0.3, 0.2)).await.is_err());
    }

    #[tokio::test]
    async fn what_costs_nothing_waits_for_nobody() {
        let budget = Budget::new(Some(0.0), None, dollars(0.0));
        assert!(budget.reserve(Need::default).await.is_ok());
        assert!(budget.reserve(|| need(0.01, 0.01)).await.is_err());
        budget.spend(dollars(1.0));
        assert!(budget.reserve(Need::default).await.is_ok());
        let unlimited = Budget::new(None, None, dollars(5.0));
        assert!(unlimited.reserve(|| need(1e9, 1e9)).await.is_ok());
    }
}
