//! What hosts have, and how they behave: pure draws, the same whatever else happens.

use crate::behaviours::Behaviours;
use crate::chance::{Chance, Purpose};
use crate::distribution::Distribution;
use crate::scenario::Scenario;
use compup2p_protocol::behaviour::{Character, ComputeBehaviour};
use compup2p_protocol::commodity::Platform;
use compup2p_protocol::ledger::WHOLE;
use compup2p_protocol::market::{Endowment, Offer};
use compup2p_protocol::rules::Pricing;
use std::collections::BTreeSet;

/// The endowment of any host.
#[derive(Clone, Debug)]
pub struct Endowments {
    chance: Chance,
    sellers: f64,
    /// The first so many hosts sell nothing.
    users: u32,
    capacity: Distribution<f64>,
    cost: Distribution<f64>,
    storage: Distribution<f64>,
    storage_cost: Distribution<f64>,
    /// Real speed over the one that is advertised.
    speed: Distribution<f64>,
    /// The shares of nodes in the classes that have a policy.
    classes: Box<[f64]>,
    /// How many machines are of each platform, beside the others.
    platforms: Box<[f64]>,
    behaviours: Behaviours,
    pricing: Pricing,
    /// Hosts that a fault has turned malicious.
    corrupted: BTreeSet<u32>,
}

/// The draws of [`Purpose::Capacities`] by number.
const CPU: u64 = 0;
const SPEED: u64 = 1;
const PLATFORM: u64 = 2;
const STORAGE: u64 = 3;

impl Endowments {
    /// Those of a checked scenario.
    pub fn new(scenario: &Scenario, chance: Chance) -> Self {
        Self {
            chance,
            sellers: scenario.sellers,
            users: scenario.dedicated_users,
            capacity: scenario.capacity.clone(),
            cost: scenario.cost.clone(),
            storage: scenario.storage.clone(),
            storage_cost: scenario.storage_cost.clone(),
            speed: Distribution::Lognormal { median: 1.0, sigma: scenario.capacity_error },
            classes: scenario.policies.iter().map(|policy| policy.share).collect(),
            platforms: scenario.platforms.iter().map(|platform| platform.share).collect(),
            behaviours: scenario.behaviour.clone(),
            pricing: scenario.pricing.clone(),
            corrupted: BTreeSet::new(),
        }
    }

    /// What `host` has, and how it behaves. Who sells nothing has nothing.
    pub fn of(&self, host: u32) -> Endowment {
        let who = u64::from(host);
        let sells = host >= self.users
            && self.chance.pure(Purpose::Behaviour, who, 0).next_unit() < self.sellers;
        let offer = |amount: &Distribution<f64>, nth, cost: &Distribution<f64>, nth_cost| {
            let amount = amount.sample(self.draw(host, nth)).max(0.0) as u64;
            let cost = cost.sample(self.chance.pure(Purpose::Costs, who, nth_cost).next_unit());
            Offer { capacity: amount, cost: in_ticks(cost, &self.pricing) }
        };
        let nothing = Offer::default();
        let (cpu, storage) = match sells {
            true => (
                offer(&self.capacity, CPU, &self.cost, 0),
                offer(&self.storage, STORAGE, &self.storage_cost, 1),
            ),
            false => (nothing, nothing),
        };
        Endowment {
            cpu,
            storage,
            platform: self.platform(host),
            character: self.character(host),
            class: self.class(host),
            speed: libm::round(self.speed(host) * f64::from(WHOLE)).clamp(1.0, 4e9) as u32,
        }
    }

    /// Turns a host malicious, for good.
    pub fn corrupt(&mut self, host: u32) {
        self.corrupted.insert(host);
    }

    fn character(&self, host: u32) -> Character {
        let character = self.behaviours.character(host, self.chance);
        match self.corrupted.contains(&host) {
            true => Character { compute: ComputeBehaviour::Malicious, ..character },
            false => character,
        }
    }

    /// The factor by which the machine of `host` is faster than it advertises.
    pub fn speed(&self, host: u32) -> f64 {
        self.speed.sample(self.draw(host, SPEED))
    }

    /// The class of `host`, by its number among those that have a policy; none if it has none.
    pub fn class(&self, host: u32) -> Option<u8> {
        if self.classes.is_empty() {
            return None;
        }
        let place = self.chance.pure(Purpose::Behaviour, u64::from(host), 1).next_unit();
        falls_in(&self.classes, place).map(|class| class as u8)
    }

    fn platform(&self, host: u32) -> Platform {
        let all: f64 = self.platforms.iter().sum();
        if all == 0.0 {
            return Platform::default();
        }
        let place = self.draw(host, PLATFORM) * all;
        Platform(falls_in(&self.platforms, place).unwrap_or(0) as u8)
    }

    fn draw(&self, host: u32, nth: u64) -> f64 {
        self.chance.pure(Purpose::Capacities, u64::from(host), nth).next_unit()
    }
}

/// The first of `shares`, laid end to end, in which `place` falls.
fn falls_in(shares: &[f64], mut place: f64) -> Option<usize> {
    shares.iter().position(|share| {
        place -= share;
        place < 0.0
    })
}

/// So many credits in ticks of the pricing grid, at least one.
pub(crate) fn in_ticks(credits: f64, pricing: &Pricing) -> u32 {
    libm::round(credits / pricing.tick).clamp(1.0, f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endowments(yaml: &str) -> Endowments {
        Endowments::new(&serde_yaml::from_str(yaml).unwrap(), Chance::new(3))
    }

    #[test]
    fn classes_have_the_shares_that_they_say_and_the_rest_has_none() {
        let some = endowments("{policies: [{share: 0.2}, {share: 0}, {share: 0.5}]}");
        let mut counts = [0; 4];
        for host in 0..10_000 {
            counts[some.class(host).map_or(3, usize::from)] += 1;
        }
        for (count, wanted) in counts.into_iter().zip([2_000_i32, 0, 5_000, 3_000]) {
            assert!((count - wanted).abs() < 200, "{counts:?}");
        }
        let all = endowments("{policies: [{}]}");
        assert!((0..1000).all(|host| all.class(host) == Some(0)));
    }

    #[test]
    fn dedicated_users_sell_nothing_and_change_nobody_else() {
        let [all, some] = ["{}", "{dedicated_users: 2}"].map(endowments);
        assert!((0..2).all(|host| some.of(host).cpu == Offer::default()));
        assert!((2..100).all(|host| some.of(host) == all.of(host) && some.of(host).cpu.cost > 0));
    }

    #[test]
    fn half_of_the_machines_are_slower_than_they_say_by_the_error_that_is_said() {
        let exact = endowments("{}");
        assert!((0..100).all(|host| exact.speed(host) == 1.0));
        let some = endowments("{capacity_error: 0.2}");
        let logs: Vec<f64> = (0..10_000).map(|host| libm::log(some.speed(host))).collect();
        let mean = logs.iter().sum::<f64>() / 1e4;
        let variance = logs.iter().map(|log| (log - mean) * (log - mean)).sum::<f64>() / 1e4;
        assert!(mean.abs() < 0.008 && (libm::sqrt(variance) - 0.2).abs() < 0.006, "{mean}");
    }
}
