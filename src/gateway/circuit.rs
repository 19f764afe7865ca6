//! A provider's circuit, for a service: it opens after failures in a row, is
//! tried again by one attempt after a while, and closes when that succeeds.
//! Pure but for the time, which is handed in.

use std::time::Duration;

use tokio::time::Instant;

use super::call::FailureKind;

/// Nobody means more by a cool-down, and no clock overflows by it.
const DAY: Duration = Duration::from_secs(86_400);

/// What becomes of a provider that keeps failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circuit {
    /// For a run: what the next call would meet again is not sent as long as
    /// the doors live. Providers that are only away are tried by every call.
    Permanent,
    /// For a service, which outlives what is wrong today.
    Recovering {
        /// It opens after so many failed attempts in a row (unreachable, server
        /// errors, no answer in time), from 1. A refused key, a used-up quota,
        /// and a call that never reached a provider which has not answered yet
        /// open it at once.
        after: u32,
        /// So long nothing is sent; then one attempt is let through.
        cool_down: Duration,
        /// The time doubles whenever that attempt fails too, up to this.
        longest: Duration,
        /// An attempt that is given up after so long counts as a failure:
        /// otherwise the circuit of a provider that hangs for longer than
        /// anybody waits would never open.
        hangs_after: Duration,
    },
}

impl Circuit {
    /// What suits a service: five failures, five seconds, two minutes at most;
    /// half a minute without an answer that nobody waited for longer.
    pub fn service() -> Circuit {
        Circuit::Recovering {
            after: 5,
            cool_down: Duration::from_secs(5),
            longest: Duration::from_secs(120),
            hangs_after: Duration::from_secs(30),
        }
    }
}

/// How a provider's circuit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CircuitState {
    /// Calls are sent.
    Closed,
    /// Nothing is sent.
    Open {
        /// The failure that opened it.
        failure: FailureKind,
        /// When it is tried again, from now; zero: with the next call. `None`:
        /// never ([`Circuit::Permanent`]).
        again_in: Option<Duration>,
    },
    /// One attempt is on its way; others are not sent until it has ended.
    HalfOpen {
        /// The failure that opened it.
        failure: FailureKind,
    },
}

/// What one attempt said about its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It answered.
    Well,
    /// It failed as one that is away does.
    Away(FailureKind),
    /// It failed in a way that the next attempt meets as well.
    Lost(FailureKind),
}

/// May an attempt be sent?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// Yes; the number goes with its verdict.
    Yes(u64),
    /// No: it is known to fail.
    No {
        failure: FailureKind,
        /// `None`: it is being tried right now.
        again_in: Option<Duration>,
    },
}

/// The switch of one provider.
#[derive(Debug)]
pub(super) struct Switch {
    after: u32,
    cool_down: Duration,
    longest: Duration,
    /// Counts the changes of state. What was sent before the last one says
    /// nothing about the time since.
    epoch: u64,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        failure: FailureKind,
        until: Instant,
        cool_down: Duration,
    },
    Trying {
        failure: FailureKind,
        cool_down: Duration,
    },
}

impl Switch {
    pub(super) fn new(after: u32, cool_down: Duration, longest: Duration) -> Switch {
        let cool_down = cool_down.min(DAY);
        Switch {
            after: after.max(1),
            cool_down,
            longest: longest.min(DAY).max(cool_down),
            epoch: 0,
            state: State::Closed { failures: 0 },
        }
    }

    /// Would an attempt be let through now? Changes nothing.
    pub(super) fn looks(&self, now: Instant) -> Pass {
        match self.state {
            State::Closed { .. } => Pass::Yes(self.epoch),
            State::Open { until, .. } if until <= now => Pass::Yes(self.epoch),
            State::Open { failure, until, .. } => Pass::No {
                failure,
                again_in: Some(until.saturating_duration_since(now)),
            },
            State::Trying { failure, .. } => Pass::No {
                failure,
                again_in: None,
            },
        }
    }

    /// Lets an attempt through, or not. The first one after the cool-down is
    /// the only one until its verdict.
    pub(super) fn pass(&mut self, now: Instant) -> Pass {
        if let State::Open {
            failure,
            until,
            cool_down,
        } = self.state
            && until <= now
        {
            self.turn(State::Trying { failure, cool_down });
            return Pass::Yes(self.epoch);
        }
        self.looks(now)
    }

    /// An attempt has ended.
    pub(super) fn ended(&mut self, pass: u64, verdict: Verdict, now: Instant) {
        if pass != self.epoch {
            return;
        }
        let (failure, at_once) = match verdict {
            Verdict::Well => {
                match &mut self.state {
                    State::Closed { failures } => *failures = 0,
                    _ => self.turn(State::Closed { failures: 0 }),
                }
                return;
            }
            Verdict::Away(failure) => (failure, false),
            Verdict::Lost(failure) => (failure, true),
        };
        let cool_down = match &mut self.state {
            State::Closed { failures } => {
                *failures = failures.saturating_add(1);
                if !at_once && *failures < self.after {
                    return;
                }
                self.cool_down
            }
            State::Trying { cool_down, .. } => cool_down.saturating_mul(2).min(self.longest),
            State::Open { .. } => return,
        };
        self.open(failure, now, cool_down);
    }

    /// A call that was sent in this epoch has failed for good, so that others
    /// need not find out for themselves.
    pub(super) fn lost(&mut self, failure: FailureKind, now: Instant) {
        if matches!(self.state, State::Closed { .. }) {
            self.open(failure, now, self.cool_down);
        }
    }

    /// Whoever made the attempt went away before it ended. It says nothing; if
    /// it was the one that tries, the next one may.
    pub(super) fn left(&mut self, pass: u64, now: Instant) {
        if pass == self.epoch
            && let State::Trying { failure, cool_down } = self.state
        {
            self.turn(State::Open {
                failure,
                until: now,
                cool_down,
            });
        }
    }

    pub(super) fn state(&self, now: Instant) -> CircuitState {
        match self.state {
            State::Closed { .. } => CircuitState::Closed,
            State::Open { failure, until, .. } => CircuitState::Open {
                failure,
                again_in: Some(until.saturating_duration_since(now)),
            },
            State::Trying { failure, .. } => CircuitState::HalfOpen { failure },
        }
    }

    fn open(&mut self, failure: FailureKind, now: Instant, cool_down: Duration) {
        let until = now + cool_down;
        self.turn(State::Open {
            failure,
            until,
            cool_down,
        });
    }

    fn turn(&mut self, state: State) {
        self.epoch += 1;
        self.state = state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);
    const AWAY: Verdict = Verdict::Away(FailureKind::Server);

    fn switch() -> Switch {
        Switch::new(3, SECOND * 4, SECOND * 10)
    }

    fn sent(switch: &mut Switch, now: Instant) -> u64 {
        match switch.pass(now) {
            Pass::Yes(pass) => pass,
            no => panic!("{no:?}"),
        }
    }

    fn opened(now: Instant) -> Switch {
        let mut switch = switch();
        for _ in 0..3 {
            let pass = sent(&mut switch, now);
            switch.ended(pass, AWAY, now);
        }
        switch
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_open_it_and_an_answer_between_starts_anew() {
        let now = Instant::now();
        let mut switch = switch();
        for verdict in [AWAY, AWAY, Verdict::Well, AWAY, AWAY] {
            let pass = sent(&mut switch, now);
            switch.ended(pass, verdict, now);
            assert_eq!(switch.state(now), CircuitState::Closed);
        }
        let pass = sent(&mut switch, now);
        switch.ended(pass, AWAY, now);
        let again_in = Some(SECOND * 4);
        let failure = FailureKind::Server;
        assert_eq!(switch.pass(now), Pass::No { failure, again_in });
    }

    #[tokio::test(start_paused = true)]
    async fn one_tries_and_the_time_doubles_up_to_a_limit() {
        let mut now = Instant::now();
        let mut switch = opened(now);
        for wait in [4, 8, 10, 10] {
            assert!(matches!(switch.pass(now), Pass::No { .. }));
            now += SECOND * wait;
            let probe = sent(&mut switch, now);
            assert!(matches!(switch.pass(now), Pass::No { again_in: None, .. }));
            switch.ended(probe, AWAY, now);
        }
        now += SECOND * 10;
        let probe = sent(&mut switch, now);
        switch.ended(probe, Verdict::Well, now);
        assert_eq!(switch.state(now), CircuitState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_tries_and_goes_away_leaves_its_place() {
        let mut now = Instant::now();
        let mut switch = opened(now);
        now += SECOND * 4;
        let probe = sent(&mut switch, now);
        switch.left(probe, now);
        let next = sent(&mut switch, now);
        // The first one's end, should it be told after all, decides nothing.
        switch.ended(probe, Verdict::Well, now);
        assert!(matches!(switch.state(now), CircuitState::HalfOpen { .. }));
        switch.ended(next, Verdict::Well, now);
        assert_eq!(switch.state(now), CircuitState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_before_it_opened_says_nothing_any_more() {
        let now = Instant::now();
        let mut switch = switch();
        let old = sent(&mut switch, now);
        switch.ended(old, Verdict::Lost(FailureKind::Refused), now);
        for verdict in [Verdict::Well, AWAY] {
            switch.ended(old, verdict, now + SECOND);
            let again_in = Some(SECOND * 3);
            let failure = FailureKind::Refused;
            assert_eq!(switch.looks(now + SECOND), Pass::No { failure, again_in });
        }
    }

    proptest! {
        /// Whatever happens in whatever order: never more than one attempt is
        /// on its way that was let through after it opened, and a provider that
        /// is well again is reached after at most the longest time.
        #[test]
        fn it_lets_one_through_and_never_stays_shut(
            steps in prop::collection::vec((0u8..6, 0u64..15), 0..80)
        ) {
            let mut now = Instant::now();
            let mut switch = switch();
            let mut out: Vec<u64> = Vec::new();
            for (what, seconds) in steps {
                now += SECOND * u32::try_from(seconds).expect("small");
                let was_shut = switch.state(now) != CircuitState::Closed;
                match (what, out.pop()) {
                    (0 | 1, last) => {
                        out.extend(last);
                        if let Pass::Yes(pass) = switch.pass(now) {
                            let alone = matches!(switch.state(now), CircuitState::HalfOpen { .. });
                            prop_assert_eq!(was_shut, alone);
                            prop_assert!(!was_shut || !out.contains(&pass));
                            out.push(pass);
                        }
                    }
                    (2, Some(pass)) => switch.ended(pass, Verdict::Well, now),
                    (3, Some(pass)) => switch.ended(pass, AWAY, now),
                    (4, Some(pass)) => {
                        switch.ended(pass, Verdict::Lost(FailureKind::Quota), now);
                    }
                    (5, Some(pass)) => switch.left(pass, now),
                    _ => {}
                }
            }
            for pass in out {
                switch.left(pass, now);
            }
            now += SECOND * 10;
            let probe = sent(&mut switch, now);
            switch.ended(probe, Verdict::Well, now);
            prop_assert_eq!(switch.state(now), CircuitState::Closed);
        }
    }
}
