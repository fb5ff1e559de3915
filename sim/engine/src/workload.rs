//! What is asked of nodes, and what nodes have: pure draws, the same whatever else happens.

use crate::chance::{Chance, Draws, Purpose};
use crate::distribution::Distribution;
use crate::scenario::{Purchases, Scenario};
use compup2p_protocol::commodity::{Platform, Platforms};
use compup2p_protocol::id::Id;
use compup2p_protocol::market::{Endowment, Order};
use compup2p_protocol::time::{Span, Time};

/// Who asks for what, when; and who has what.
#[derive(Clone, Debug)]
pub struct Workload {
    chance: Chance,
    lookups: Option<Distribution<Span>>,
    purchases: Option<Distribution<Span>>,
    wanted: Purchases,
    capacity: Distribution<f64>,
    /// Real speed over the one that is advertised.
    speed: Distribution<f64>,
    /// The shares of nodes in the classes that have a policy.
    classes: Box<[f64]>,
    cost: Distribution<f64>,
    sellers: f64,
    bits: u32,
    stops: Time,
}

impl Workload {
    /// The workload of a checked scenario.
    pub fn new(scenario: &Scenario, chance: Chance) -> Self {
        let poisson =
            |interval: Option<Span>| interval.map(|mean| Distribution::Exponential { mean });
        Self {
            chance,
            lookups: poisson(scenario.workload.lookups.interval),
            purchases: poisson(scenario.workload.purchases.interval),
            wanted: scenario.workload.purchases.clone(),
            capacity: scenario.capacity.clone(),
            speed: Distribution::Lognormal { median: 1.0, sigma: scenario.capacity_error },
            classes: scenario.policies.iter().map(|policy| policy.share).collect(),
            cost: scenario.cost.clone(),
            sellers: scenario.sellers,
            bits: scenario.overlay.bits,
            stops: scenario.workload.stop_at.map_or(Time::NEVER, |at| Time::ZERO + at),
        }
    }

    /// When `host` makes its `nth` lookup, the one before having been made at `last`.
    pub fn lookup_at(&self, host: u32, nth: u32, last: Time) -> Option<Time> {
        let gap = self.lookups.as_ref()?;
        self.unless_stopped(last + gap.sample(self.lookup(host, nth).next_unit()))
    }

    /// The key of the `nth` lookup of `host`.
    pub fn key(&self, host: u32, nth: u32) -> Id {
        let mut draws = self.lookup(host, nth);
        draws.next_u64();
        Id(draws.next_u64()).truncated(self.bits)
    }

    /// When `host` makes its `nth` purchase, the one before having been made at `last`.
    pub fn purchase_at(&self, host: u32, nth: u32, last: Time) -> Option<Time> {
        let gap = self.purchases.as_ref()?;
        self.unless_stopped(last + gap.sample(self.purchase(host, nth).next_unit()))
    }

    /// What `host` orders as its `nth` purchase, which is number `purchase` of the run.
    pub fn order(&self, host: u32, nth: u32, purchase: u32) -> Order {
        let mut draws = self.purchase(host, nth);
        draws.next_u64();
        Order {
            purchase,
            platforms: Platforms::ANY,
            amount: self.wanted.amount.sample(draws.next_unit()).max(1.0) as u64,
            budget: self.wanted.budget,
            hold: self.wanted.hold.sample(draws.next_unit()).max(Span(1)),
        }
    }

    /// What `host` has to sell, if it sells.
    pub fn endowment(&self, host: u32) -> Option<Endowment> {
        let who = u64::from(host);
        if self.chance.pure(Purpose::Behaviour, who, 0).next_unit() >= self.sellers {
            return None;
        }
        let capacity = self.chance.pure(Purpose::Capacities, who, 0).next_unit();
        let cost = self.chance.pure(Purpose::Costs, who, 0).next_unit();
        Some(Endowment {
            platform: Platform::default(),
            capacity: self.capacity.sample(capacity).max(0.0) as u64,
            cost: libm::round(self.cost.sample(cost)).max(1.0) as u32,
        })
    }

    /// The factor by which the machine of `host` is faster than it advertises.
    pub fn speed(&self, host: u32) -> f64 {
        self.speed.sample(self.chance.pure(Purpose::Capacities, u64::from(host), 1).next_unit())
    }

    /// The class of `host`, by its number among those that have a policy; none if it has none.
    pub fn class(&self, host: u32) -> Option<u8> {
        if self.classes.is_empty() {
            return None;
        }
        let mut place = self.chance.pure(Purpose::Behaviour, u64::from(host), 1).next_unit();
        let within = |share: &f64| {
            place -= share;
            place < 0.0
        };
        self.classes.iter().position(within).map(|class| class as u8)
    }

    fn lookup(&self, host: u32, nth: u32) -> Draws {
        self.chance.pure(Purpose::Workload, u64::from(host) * 2, u64::from(nth))
    }

    fn purchase(&self, host: u32, nth: u32) -> Draws {
        self.chance.pure(Purpose::Workload, u64::from(host) * 2 + 1, u64::from(nth))
    }

    fn unless_stopped(&self, at: Time) -> Option<Time> {
        (at < self.stops).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(yaml: &str) -> Workload {
        Workload::new(&serde_yaml::from_str(yaml).unwrap(), Chance::new(3))
    }

    #[test]
    fn classes_have_the_shares_that_they_say_and_the_rest_has_none() {
        let workload = workload("{policies: [{share: 0.2}, {share: 0}, {share: 0.5}]}");
        let mut counts = [0; 4];
        for host in 0..10_000 {
            counts[workload.class(host).map_or(3, usize::from)] += 1;
        }
        for (count, wanted) in counts.into_iter().zip([2_000_i32, 0, 5_000, 3_000]) {
            assert!((count - wanted).abs() < 200, "{counts:?}");
        }
        let all = self::workload("{policies: [{}]}");
        assert!((0..1000).all(|host| all.class(host) == Some(0)));
    }

    #[test]
    fn half_of_the_machines_are_slower_than_they_say_by_the_error_that_is_said() {
        let exact = workload("{}");
        assert!((0..100).all(|host| exact.speed(host) == 1.0));
        let workload = workload("{capacity_error: 0.2}");
        let logs: Vec<f64> = (0..10_000).map(|host| libm::log(workload.speed(host))).collect();
        let mean = logs.iter().sum::<f64>() / 1e4;
        let variance = logs.iter().map(|log| (log - mean) * (log - mean)).sum::<f64>() / 1e4;
        assert!(mean.abs() < 0.008 && (libm::sqrt(variance) - 0.2).abs() < 0.006, "{mean}");
    }
}
