//! Turnover at a steady size: at the moments of a Poisson process one node leaves and another
//! joins (Chord, 6.4). Who has left waits in the reserve and may return.

use compup2p_protocol::time::{Span, Time};

use crate::chance::{Chance, Draws, Purpose};
use crate::distribution::Distribution;

/// No node has this number: the draws of turnover belong to it.
const NOBODY: u64 = u64::MAX;

/// The moments of turnover and whom each concerns: pure draws by the number of the moment.
///
/// The caller keeps two lists, of who is live and of who is in the reserve. At moment `nth` it
/// moves `leaver(nth, live.len())` from the one to the other, how it goes being
/// [`super::sessions::Sessions::exit`], and the `joiner(nth, reserve.len())` (of the reserve before
/// that) the other way.
#[derive(Clone, Debug)]
pub struct Turnover {
    chance: Chance,
    gap: Distribution<Span>,
    begins: Time,
    ends: Time,
}

/// How many nodes wait in the reserve beside `nodes` live ones (ours): enough that who just left
/// seldom is who joins next.
pub const fn reserve(nodes: u32) -> u32 {
    nodes / 4 + 16
}

impl Turnover {
    /// Turnover with a mean gap of `mean_s` seconds, between two times.
    pub(super) fn new(chance: Chance, mean_s: f64, begins: Time, ends: Time) -> Self {
        let gap = Distribution::Exponential { mean: Span::from_secs_f64(mean_s) };
        Self { chance, gap, begins, ends }
    }

    /// The first moment, number 0; [`Time::NEVER`] if churn ends before.
    pub fn first(&self) -> Time {
        self.moment(self.begins, 0)
    }

    /// The moment after the `nth`, which was at `now`; [`Time::NEVER`] if churn ends before.
    pub fn after(&self, nth: u64, now: Time) -> Time {
        self.moment(now, nth + 1)
    }

    /// Which of `live` nodes, by place in the caller's list, leaves at the `nth` moment.
    pub fn leaver(&self, nth: u64, live: usize) -> usize {
        let mut draws = self.draws(nth);
        draws.next_u64();
        draws.below(live as u64) as usize
    }

    /// Which of the `waiting` nodes, by place in the caller's list, joins at the `nth` moment.
    pub fn joiner(&self, nth: u64, waiting: usize) -> usize {
        let mut draws = self.draws(nth);
        draws.next_u64();
        draws.next_u64();
        draws.below(waiting as u64) as usize
    }

    fn moment(&self, from: Time, nth: u64) -> Time {
        let time = from + self.gap.sample(self.draws(nth).next_unit());
        if time < self.ends { time } else { Time::NEVER }
    }

    fn draws(&self, nth: u64) -> Draws {
        self.chance.pure(Purpose::Churn, NOBODY, nth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turnover(ends: Time) -> Turnover {
        Turnover::new(Chance::new(5), 20.0, Time(0) + Span::secs(100), ends)
    }

    #[test]
    fn gaps_have_the_mean_of_the_rate_and_nothing_comes_outside_of_the_window() {
        let turnover = turnover(Time::ZERO + Span::secs(400_000));
        let mut now = turnover.first();
        assert!(now > Time::ZERO + Span::secs(100));
        let mut nth = 0;
        while now < Time::NEVER {
            assert!(now.as_secs() < 400_000.0);
            now = turnover.after(nth, now);
            nth += 1;
        }
        // 20,000 expected, with a deviation of their root.
        assert!((19_500..20_500).contains(&nth), "{nth} moments");
    }

    #[test]
    fn everyone_is_as_likely_to_leave_or_to_join() {
        let turnover = turnover(Time::NEVER);
        let (mut leaves, mut joins) = ([0; 10], [0; 10]);
        for nth in 0..10_000 {
            leaves[turnover.leaver(nth, 10)] += 1;
            joins[turnover.joiner(nth, 10)] += 1;
        }
        for count in leaves.into_iter().chain(joins) {
            assert!((850..1150).contains(&count), "{leaves:?} {joins:?}");
        }
        assert_eq!(turnover.leaver(3, 1), 0);
    }
}
